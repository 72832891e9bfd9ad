"""/v: anyone checks a document, by typing its two numbers or by the QR code that carries both (BJQ-V-01)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.paper import MOST_PAGES, Pictures, TooMany, issued_of
from bot.pages.shell import read_form, render, wants_elder
from bot.pages.tables import day_text, parts_of
from dialogs.statement import Statement
from handlers.documents import NoSuchPage, PaperKeys, Unprintable, group_check_code, group_serial, parse_check_code, parse_serial
from handlers.paper_files import FileLost
from handlers.policy import HOUR
from handlers.verification import NotRight, Throttled, Verified
from storage.ports.record import Record

_MOST = 60
"""Characters of a number that are worth showing again."""
_LINES_OF_A_PAGE: Final = 16
_PAGES_AN_HOUR: Final = 200
"""Pictures for one asker: two of the longest documents, or a hundred short ones."""


class _Look(Record):
    """Which page of the original is shown, and of how many; None as long as nobody has seen any."""

    number: int
    pages: int | None

    @property
    def words(self) -> str:
        return f"第 {self.number} 页" + (f"，共 {self.pages} 页" if self.pages else "")

    @property
    def next(self) -> int | None:
        """None behind the last."""
        return self.number + 1 if self.number < (self.pages or MOST_PAGES) else None


def _short(statement: Statement) -> bool:
    """Whether it is printed on one page: a year of one insurance is, and a registration."""
    return sum(len(table.rows) for table in statement.tables) + len(statement.facts) // 2 <= _LINES_OF_A_PAGE


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
        """GET /v/<流水号>/<校验码>: the verdict, one page (`?page=`) of the original form as a picture, and its content as text.

        Nothing is drawn for it: the browser asks for the picture when it comes into sight. A paper that counts no more is a verdict alone.
        """
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
            tables=parts_of(statement, request.query, elder=wants_elder(request)) if found.shown else (),
            as_of=day_text(statement.as_of),
            serial=group_serial(document.serial_no),
            code=group_check_code(document.check_code),
            base=f"/v/{document.serial_no}/{document.check_code}",
            look=self._look(found, request.query.get("page", "")),
        )

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """GET /v/<流水号>/<校验码>/<n>.png: page n of the original form. Checked and throttled like the page itself."""
        found = await self._check(request, request.match_info["serial"], request.match_info["code"], record=False)
        match found:
            case Throttled():
                raise web.HTTPTooManyRequests
            case NotRight():
                raise web.HTTPNotFound
        number = int(request.match_info["number"])
        if not found.shown or not 1 <= number <= MOST_PAGES:
            raise web.HTTPNotFound
        await self._spend(request)
        try:
            drawn = await self._pictures.page(found.document.serial_no, number, lambda: self._file(found))
        except TooMany:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"}) from None
        except (NoSuchPage, Unprintable, FileLost):
            raise web.HTTPNotFound from None
        return web.Response(body=drawn, content_type="image/png")

    def _look(self, found: Verified, asked: str) -> _Look:
        """Which page is looked at. How many there are is known once one of them was drawn."""
        known = self._pictures.pages(found.document.serial_no) or (1 if _short(found.statement) else None)
        number = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= len(str(MOST_PAGES)) else 1
        return _Look(min(max(number, 1), known or MOST_PAGES), known)

    async def _spend(self, request: web.Request) -> None:
        """A page drawn costs the asker something also when the numbers are right. Raises 429."""
        now = self._deps.clock.now()
        async with self._deps.store.transaction() as tx:
            verdict = await tx.limits.hit("verify-pages", self._deps.asker(request), _PAGES_AN_HOUR, HOUR, now)
        if not verdict.allowed:
            raise web.HTTPTooManyRequests

    async def _file(self, found: Verified) -> bytes:
        """The signed file if it was ever made, for that is the original; else as it would be printed."""
        kept = await self._deps.paper_files.kept(found.document.serial_no) if self._deps.paper_files else None
        if kept is not None:
            return kept
        issued = issued_of(found.document, found.statement, self._deps.base, self._keys(found), found.state)
        return await self._deps.renderer.pdf(replace(issued, sample=found.sample))

    async def _check(self, request: web.Request, serial: str, code: str, *, record: bool) -> Verified | NotRight | Throttled:
        async with self._deps.store.transaction() as tx:
            return await self._deps.verification.check(tx, serial, code, self._deps.asker(request), record=record)

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
