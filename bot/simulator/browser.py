"""What the phone's own page asks of the simulator: which phones there are, what is on their screens, and everything new as it happens."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import BodyPartReader, web

from bot.simulator.documents import MAX_BYTES, Documents, NoViewer, Unreadable
from bot.simulator.keys import SIM
from bot.simulator.programs import answer, body_of, openid_of, wrong
from bot.simulator.simulator import Simulator
from bot.simulator.world import Phone

DOCUMENTS: web.AppKey[Documents] = web.AppKey("documents", Documents)
_HEARTBEAT_S = 15.0


def add_routes(app: web.Application) -> None:
    """The page's own addresses."""
    app.router.add_get("/sim/phones", _phones)
    app.router.add_post("/sim/phones", _new_phone)
    app.router.add_get("/sim/phone", _phone)
    app.router.add_get("/sim/live", _live)
    app.router.add_get("/sim/media/{media_id}", _media)
    app.router.add_post("/sim/decode", _decode)
    app.router.add_post("/sim/document", _document)
    app.router.add_get(r"/sim/document/{name:[0-9a-f]{32}}/{page:\d{1,3}}", _page)


def _card(phone: Phone) -> dict[str, Any]:
    return {"openid": phone.openid, "followed": phone.followed, "person": phone.person}


async def _phones(request: web.Request) -> web.Response:
    return answer([_card(one) for one in request.app[SIM].world.phones.values() if one.in_browser])


async def _new_phone(request: web.Request) -> web.Response:
    """A phone for the demo person with the number `phone` (or for nobody).

    One person has one phone: asking again gives the same. A page that outlived a restart names its `openid` and whether it had
    `followed`, and finds its place again.
    """
    sim = request.app[SIM]
    body = await body_of(request)
    number = str(body.get("phone") or "")
    person = next((one for one in await sim.people() if number and one.get("phone") == number), None)
    known = next((one for one in sim.world.phones.values() if one.in_browser and person and one.number == number), None)
    openid = openid_of(body["openid"]) if body.get("openid") else ""
    phone = sim.world.phones.get(openid) or known
    if phone is None:
        phone = sim.world.new_phone(person, openid)
        if body.get("followed") is True:
            phone.followed, phone.followed_at = True, sim.clock.now()
    phone.in_browser = True
    phone.person = phone.person or person
    return answer(_card(phone))


async def _phone(request: web.Request) -> web.Response:
    """Everything that the page shows of one phone."""
    sim = request.app[SIM]
    phone = sim.world.phones.get(openid_of(request.query.get("openid")))
    if phone is None:
        raise web.HTTPNotFound
    return answer(
        _card(phone)
        | {
            "entries": [one.shown() for one in phone.entries if one.number >= phone.visible_from],
            "sms": [
                {"at": one.at.isoformat(), "text": one.text, "mine": one.mine}
                for one in sim.world.sms
                if one.phone == phone.number
            ],
            "menu": sim.menu_of(phone),
            "now": sim.clock.now().isoformat(),
            "account": {"name": sim.account.name, "intro": sim.account.intro, "original_id": sim.account.original_id},
            "origins": sim.page_origins,
            "movable": sim.move_clock is not None,
        }
    )


async def _live(request: web.Request) -> web.StreamResponse:
    """Server-sent events, one JSON object each: entry, sms, menu, phone, typing, clock, reset."""
    stream = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    with request.app[SIM].world.listening() as queue:
        await stream.prepare(request)
        await stream.write(b"retry: 1000\n\n")
        while True:
            try:
                async with asyncio.timeout(_HEARTBEAT_S):
                    news = await queue.get()
            except TimeoutError:
                await _write(stream, b": still here\n\n")
                continue
            if news is None or not await _write(stream, f"data: {json.dumps(news, ensure_ascii=False)}\n\n".encode()):
                return stream


async def _write(stream: web.StreamResponse, chunk: bytes) -> bool:
    try:
        await stream.write(chunk)
    except ConnectionResetError:
        return False
    return True


async def _media(request: web.Request) -> web.Response:
    item = request.app[SIM].world.fresh_media(request.match_info["media_id"])
    if item is None:
        raise web.HTTPNotFound
    return web.Response(body=item.content, content_type=item.content_type, headers={"X-Content-Type-Options": "nosniff"})


async def _decode(request: web.Request) -> web.Response:
    """Read the QR code in an uploaded picture or PDF (form field `file`, or the raw body), or in one of the bot's files (`{"url"}`)."""
    documents = request.app[DOCUMENTS]
    try:
        if request.content_type == "application/json":
            content = await documents.fetch(str((await body_of(request)).get("url", "")))
        else:
            content = await _uploaded(request)
        return answer({"text": await documents.read_code(content)})
    except Unreadable as error:
        return answer({"error": str(error)}, status=422)


async def _uploaded(request: web.Request) -> bytes:
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == "file":
            content = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                content += chunk
                if len(content) > MAX_BYTES:
                    raise Unreadable("文件太大了")
            return bytes(content)
    raise wrong("no file in the form")


async def _document(request: web.Request) -> web.Response:
    """Open one of the bot's PDF files, named by its address or sent as it is: `{"id","pages"}`; 501 when pages cannot be drawn here."""
    documents = request.app[DOCUMENTS]
    try:
        if request.content_type == "application/pdf":
            return answer(await documents.hold(await request.read()))
        return answer(await documents.open(str((await body_of(request)).get("url", ""))))
    except NoViewer as error:
        return answer({"error": str(error)}, status=501)
    except Unreadable as error:
        return answer({"error": str(error)}, status=422)


async def _page(request: web.Request) -> web.Response:
    try:
        picture = await request.app[DOCUMENTS].page(request.match_info["name"], int(request.match_info["page"]))
    except Unreadable:
        picture = None
    if picture is None:
        raise web.HTTPNotFound
    return web.Response(body=picture, content_type="image/png", headers={"Cache-Control": "private, max-age=600"})


def documents_for(sim: Simulator) -> Documents:
    """The document desk of one simulator."""
    return Documents(sim.page_origins)
