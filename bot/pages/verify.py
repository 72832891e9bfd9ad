"""/v: anyone checks a document, by typing its two numbers or by the QR code that carries both (BJQ-V-01)."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.paper import PagePicture, Pictures, issued_of
from bot.pages.shell import read_form, render, wants_elder
from bot.pages.tables import day_text, parts_of
from handlers.documents import PaperKeys, Unprintable, group_check_code, group_serial, parse_check_code, parse_serial
from handlers.verification import NotRight, Throttled, Verified

_MOST = 60
"""Characters of a number that are worth showing again."""


class Verify:
    """Public verification. Nobody is logged in; every look costs the asker's tries when it is wrong."""

    def __init__(self, deps: PageDeps, pictures: Pictures) -> None:
        self._deps = deps
        self._pictures = pictures

    async def form(self, request: web.Request) -> web.StreamResponse:
        """GET /v and GET /v/<流水号>: the form, empty or with the number filled in."""
        return self._form(request, request.match_info.get("serial", ""), "", "")

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST /v: check what was typed; when right, go to the address that the QR code has."""
        fields = await read_form(request)
        serial, code = fields.get("serial", ""), fields.get("code", "")
        found = await self._check(request, serial, code, record=False)
        if isinstance(found, Verified):
            document = found.document
            return web.Response(status=303, headers={"Location": f"/v/{document.serial_no}/{document.check_code}"})
        return self._not_shown(request, found, serial, code)

    async def result(self, request: web.Request) -> web.StreamResponse:
        """GET /v/<流水号>/<校验码>: the verdict, the original form as pictures, and its content as text."""
        serial, code = request.match_info["serial"], request.match_info["code"]
        found = await self._check(request, serial, code, record=True)
        if not isinstance(found, Verified):
            return self._not_shown(request, found, serial, code)
        document, statement = found.document, found.statement
        return render(
            request,
            "verified.html",
            found=found,
            statement=statement,
            tables=parts_of(statement, request.query, elder=wants_elder(request)),
            as_of=day_text(statement.as_of),
            serial=group_serial(document.serial_no),
            code=group_check_code(document.check_code),
            base=f"/v/{document.serial_no}/{document.check_code}",
            pages=await self._drawn(found),
        )

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """GET /v/<流水号>/<校验码>/<n>.png: page n of the original form. Checked and throttled like the page itself."""
        found = await self._check(request, request.match_info["serial"], request.match_info["code"], record=False)
        match found:
            case Throttled():
                raise web.HTTPTooManyRequests
            case NotRight():
                raise web.HTTPNotFound
        pages, number = await self._drawn(found), int(request.match_info["number"])
        if not 1 <= number <= len(pages):
            raise web.HTTPNotFound
        return web.Response(body=pages[number - 1].body, content_type="image/png")

    async def _check(self, request: web.Request, serial: str, code: str, *, record: bool) -> Verified | NotRight | Throttled:
        async with self._deps.store.transaction() as tx:
            return await self._deps.verification.check(tx, serial, code, self._deps.asker(request), record=record)

    async def _drawn(self, found: Verified) -> list[PagePicture]:
        """The pages; none when a character cannot be printed (the page then says so and shows the text)."""
        try:
            issued = issued_of(found.document, found.statement, self._deps.base, self._keys(found), found.state)
            return await self._pictures.of(replace(issued, sample=found.sample))
        except Unprintable:
            return []

    def _keys(self, found: Verified) -> PaperKeys | None:
        """What is marked 样章 is not drawn with a code that a real key signed, nor the other way round."""
        keys = self._deps.paper_keys
        return keys if found.sample == keys.sample else None

    def _not_shown(self, request: web.Request, found: NotRight | Throttled, serial: str, code: str) -> web.StreamResponse:
        if isinstance(found, NotRight):
            return self._form(request, serial, code, found.text)
        response = render(request, "throttled.html", 429, sentence=f"{found.text}急用请拨打 12333。", back="/v")
        response.headers["Retry-After"] = str(found.seconds)
        return response

    @staticmethod
    def _form(request: web.Request, serial: str, code: str, failure: str) -> web.StreamResponse:
        """The form. What can be read is shown as it is printed, the rest as it was typed."""
        read_serial, read_code = parse_serial(serial[:200]), parse_check_code(code[:200])
        return render(
            request,
            "verify.html",
            serial=group_serial(read_serial) if read_serial else serial[:_MOST],
            code=group_check_code(read_code) if read_code else code[:_MOST],
            failure=failure,
        )
