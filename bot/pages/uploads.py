"""Photos of a draft: taken in piece by piece under a limit, judged, written anew and stored; shown to nobody but their chat (S18)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web
from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import HttpProcessingError

from bot.pages.deps import PageDeps, Work
from bot.pages.entry import Visit, holding, submitted
from bot.pages.forms import PHOTOS, Forms
from bot.pages.shell import csrf_right, error_page
from bot.pages.turn import turn
from dialogs.filing import Material
from handlers.drafts import Closed, Draft
from handlers.links import PAGE
from handlers.materials import Unfit, too_large
from handlers.policy import TooMuch
from handlers.verification import come_back
from storage.ports.records import Attachment

_PIECE: Final = 64 * 1024
_FIELD: Final = 200
_PARTS: Final = 8
_AT_ONCE: Final = 16
"""Uploads in memory at the same time; the others wait unread."""
_AT_ONCE_OF_A_CHAT: Final = 2
_SECONDS: Final = 120


@dataclass(slots=True)
class _Came:
    """What was read of an upload so far."""

    csrf: str = ""
    material: str = ""
    file_name: str = ""
    body: bytes | None = None


class _Place:
    """Where the uploads of one chat stand in line."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(_AT_ONCE_OF_A_CHAT)
        self.wanted = 0


class Uploads:
    """Takes photos in, shows them, takes them away."""

    def __init__(self, deps: PageDeps, work: Work, forms: Forms) -> None:
        self._deps = deps
        self._work = work
        self._forms = forms
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._chats: dict[str, _Place] = {}

    async def add(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/photo, multipart: csrf and material first, then the photo. Nothing of it is read before both are right."""
        visit = await holding(self._deps, request, PAGE)
        if request.content_type != "multipart/form-data":
            raise web.HTTPBadRequest
        try:
            async with self._place_of(visit.ticket.openid), self._places, asyncio.timeout(_SECONDS):
                return await self._add(request, visit)
        except Closed:
            raise web.HTTPSeeOther(f"/p/{visit.token}") from None
        except TooMuch as trouble:
            when = come_back(trouble.retry_at, self._deps.clock.now())
            sentence = f"今天上传的次数到上限了，请在{when}以后再来。填好的内容和已经传的照片都在。"
            return error_page(self._deps, request, 429, sentence)
        except TimeoutError:
            return error_page(self._deps, request, 503, "网络太慢，照片没有传完。请换个网络再传一次，填好的内容都在。")

    @contextlib.asynccontextmanager
    async def _place_of(self, openid: str) -> AsyncIterator[None]:
        """A chat sends a few at once, so that one that sends slowly holds up nobody but itself; its others wait unread."""
        place = self._chats.setdefault(openid, _Place())
        place.wanted += 1
        try:
            async with place.free:
                yield
        finally:
            place.wanted -= 1
            if not place.wanted:
                self._chats.pop(openid, None)

    async def _add(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        ticket = visit.ticket
        with _as_browsers_send():
            came, part = await _up_to_the_photo(await request.multipart())
        if not csrf_right(came.csrf, visit.holder, visit.token):
            raise web.HTTPForbidden
        draft = await turn(self._deps, lambda tx: self._work.drafts.may_attach(tx, ticket.params, ticket.openid))
        if draft is None:
            raise web.HTTPNotFound
        try:
            material = _wanted(draft, came.material)
            with _as_browsers_send():
                body = await _read(part, material) if part is not None else b""
            if not body and not came.file_name:
                raise Unfit("还没有选照片。请点“拍照或选照片”，选好再上传。")
            kept = await self._keep(visit, material, came.file_name, body)
        except Unfit as unfit:
            return self._forms.photos_page(request, visit, draft, wrong=came.material, sentence=unfit.sentence, status=422)
        if kept is None:
            raise web.HTTPNotFound
        raise web.HTTPSeeOther(f"/p/{visit.token}?at={PHOTOS}&m={material.name}#m-{material.name}")

    async def _keep(self, visit: Visit, material: Material, name: str, body: bytes) -> Attachment | None:
        """Bytes first, row second: bytes without a row are dropped again. Raises Unfit, Closed."""
        ticket = visit.ticket
        photo = await self._work.darkroom.develop(body, material)
        stored_as = await self._work.files.put(photo.body)
        kept: Attachment | None = None
        try:
            kept = await turn(
                self._deps,
                lambda tx: self._work.drafts.attach(tx, ticket.params, ticket.openid, material.name, name, photo, stored_as),
            )
        finally:
            if kept is None or kept.stored_as != stored_as:
                await self._work.files.drop(stored_as)
        return kept

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/drop: take a photo away. One that is gone already is gone."""
        visit, sent = await submitted(self._deps, request, PAGE)
        ticket, number = visit.ticket, sent.get("photo", "")
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise web.HTTPNotFound
        try:
            gone = await turn(self._deps, lambda tx: self._work.drafts.detach(tx, ticket.params, ticket.openid, int(number)))
        except Closed:
            raise web.HTTPSeeOther(f"/p/{visit.token}") from None
        if gone is not None:
            await self._work.files.drop(gone.stored_as)
        at = f"&m={gone.material}#m-{gone.material}" if gone is not None else ""
        raise web.HTTPSeeOther(f"/p/{visit.token}?at={PHOTOS}{at}")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /p/<ticket>/photo/<id>.jpg: a small picture of it; `?size=full` the whole."""
        visit = await holding(self._deps, request, PAGE)
        ticket, number = visit.ticket, int(request.match_info["photo"])
        found = await turn(self._deps, lambda tx: self._work.drafts.photo(tx, ticket.params, ticket.openid, number))
        body = await self._work.files.get(found.stored_as) if found is not None else None
        if body is None:
            raise web.HTTPNotFound
        if request.query.get("size") != "full":
            body = await self._work.darkroom.small(body)
        return web.Response(body=body, content_type="image/jpeg", headers={"Content-Disposition": 'inline; filename="photo.jpg"'})


@contextlib.contextmanager
def _as_browsers_send() -> Iterator[None]:
    """What no browser sends is a 400 and no fault of ours."""
    try:
        yield
    except (ValueError, AssertionError, HttpProcessingError, ClientPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None


def _wanted(draft: Draft, name: str) -> Material:
    found = next((one for one in draft.materials if one.name == name), None)
    if found is None:
        raise Unfit("这一项现在不用传照片，请看看下面要传的材料。")
    return found


async def _up_to_the_photo(reader: MultipartReader) -> tuple[_Came, BodyPartReader | None]:
    """The small fields, and the part in which the photo begins; None when there is none. Raises ValueError for what our form does not send."""
    came = _Came()
    for _ in range(_PARTS):
        part = await reader.next()
        if part is None:
            return came, None
        if not isinstance(part, BodyPartReader):
            raise ValueError("a form in a form")
        if part.name == "photo":
            came.file_name = part.filename or ""
            return came, part
        text = bytearray()
        while piece := await part.read_chunk(_FIELD):
            text += piece
            if len(text) > _FIELD:
                raise ValueError("a long field")
        if part.name in ("csrf", "material"):
            setattr(came, part.name, text.decode("utf-8"))
    raise ValueError("many parts")


async def _read(part: BodyPartReader, material: Material) -> bytes:
    """The photo, no further than its limit. Raises Unfit beyond."""
    body = bytearray()
    while piece := await part.read_chunk(_PIECE):
        body += piece
        if len(body) > material.at_most:
            # The browser shows the answer only once it has sent what it wanted to send; so some more is let pass, unread.
            with contextlib.suppress(ValueError):
                await _pass_by(part, 4 * material.at_most)
            raise Unfit(too_large(material))
    return bytes(body)


async def _pass_by(part: BodyPartReader, most: int) -> None:
    passed = 0
    while passed < most and (piece := await part.read_chunk(_PIECE)):
        passed += len(piece)
