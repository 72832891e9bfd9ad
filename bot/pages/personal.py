"""/p/<ticket>, the whole table behind a chat answer, and /d/<token>, the document made of it."""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from bot.pages.deps import PageDeps
from bot.pages.entry import Visit, enter, submitted
from bot.pages.paper import disposition, issued_of, statement_of
from bot.pages.shell import csrf_token, error_page, give_holder, render, wants_elder
from bot.pages.sifting import newest_first, sift
from bot.pages.tables import day_text, parts_of
from dialogs.phrases import hour_and_minute
from handlers.documents import Unprintable, group_check_code, group_serial
from handlers.family.standing import actor_of, allowed, scope_of_feature, scope_of_query, today_of
from handlers.links import DOCUMENT, PAGE, new_secret
from handlers.pages import forms_of
from handlers.paper_files import FileLost
from handlers.policy import TooMuch
from handlers.verification import come_back, state_of
from storage.ports.records import AuditEntry, Document, Ticket
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

_TYPES: Final = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

_WARNINGS: Final = {
    "valid": "",
    "replaced": "这份单据后来换成了新的，请以新单据为准。",
    "revoked": "这份单据已经作废，不能再当凭证使用。",
    "expired": "这份单据过了您设的有效期，不能再当凭证使用。在公众号里发送“我的单据”可以改。",
}


class Personal:
    """Pages that belong to one person. What is not the person's looks like what does not exist."""

    def __init__(self, deps: PageDeps) -> None:
        self._deps = deps

    # ── /p ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the table."""
        return await self._shown(request, visit)

    async def _shown(self, request: web.Request, visit: Visit, unticked: str = "") -> web.StreamResponse:
        """The page; `unticked` says what is wrong with the forms that were ticked."""
        async with self._deps.store.transaction() as tx:
            statement = await self._deps.queries.statement(tx, visit.ticket.params, visit.ticket.openid)
        if statement is None:
            raise web.HTTPNotFound
        statement = newest_first(statement)
        shown, sifting = sift(statement, request.query)
        tables = parts_of(shown, request.query, elder=wants_elder(request), sifting=sifting, whole=statement)
        return render(
            request,
            "statement.html",
            statement=statement,
            sifting=sifting,
            orders=[
                (name, value) for name, value in request.query.items() if name in {f"s{n}" for n in range(len(shown.tables))}
            ],
            tables=[part for part in tables if part.groups] or tables if sifting and sifting.active else tables,
            as_of=day_text(statement.as_of),
            forms=forms_of(visit.ticket.params.get("query", "")) if statement.tables else (),
            unticked=unticked,
            token=visit.token,
            csrf=csrf_token(visit.holder, visit.token),
        )

    async def make_document(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/document: issue what the page shows, of several forms those that are ticked, once however often it is pressed, and go to
        it."""
        visit, typed = await submitted(self._deps, request, PAGE)
        ticket = visit.ticket
        forms = forms_of(ticket.params.get("query", ""))
        ticked = ",".join(code for code, _ in forms if typed.get(f"form-{code}"))
        if forms and not ticked:
            return await self._shown(request, visit, "请至少勾选一种，再点下载。")
        params = {**ticket.params, "forms": ticked} if forms else ticket.params
        key = f"page|{hashlib.sha256(visit.token.encode()).hexdigest()}{f'|{ticked}' if forms else ''}"
        try:
            async with self._deps.store.transaction() as tx:
                person_id = await self._person(tx, ticket)
                statement = await self._deps.queries.statement(tx, params, ticket.openid)
                if statement is None or not statement.holder:  # what is nobody's is no paper
                    raise web.HTTPNotFound
                document = await self._deps.issue(tx, statement, person_id, ticket.openid, key)
                # This browser has just proved itself: the document's link is its own from the start.
                url = await self._deps.links.document(tx, ticket.openid, document.serial_no)
                token, holder = url.rpartition("/")[2], new_secret()
                await self._deps.links.open(tx, token, DOCUMENT, holder)
        except TooMuch as trouble:
            sentence = f"今天下载的次数到上限了，请在{come_back(trouble.retry_at, self._deps.clock.now())}以后再来。"
            return error_page(self._deps, request, 429, sentence)
        response = web.Response(status=303, headers={"Location": f"/d/{token}"})
        give_holder(self._deps, response, f"/d/{token}", holder, self._deps.links.minutes(DOCUMENT) * 60)
        return response

    async def _person(self, tx: Repositories, ticket: Ticket) -> int | None:
        """For whom the document is made: the person of the link, else the one the chat speaks for now. Raises 404 if no longer bound."""
        named = ticket.params.get("person", "")
        user = await tx.users.get(ticket.openid)
        person_id = int(named) if named.isascii() and named.isdigit() else user.person_id if user else None
        scope = scope_of_query(ticket.params.get("query", ""))
        if person_id is not None and not await self._may(tx, ticket.openid, person_id, scope):
            raise web.HTTPNotFound
        return person_id

    async def _may(self, tx: Repositories, openid: str, person_id: int, scope: str) -> bool:
        """Whether the chat is the person's own, or that of a relative who holds the scope today."""
        return await allowed(tx, openid, person_id, today_of(self._deps.clock.now()), scope) is not None

    # ── /d ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def landing(self, request: web.Request) -> web.StreamResponse:
        """GET /d/<token>: buttons for the files, the two numbers, and how a stranger checks the paper."""
        visit = await enter(self._deps, request, DOCUMENT)
        if not isinstance(visit, Visit):
            return visit
        async with self._deps.store.transaction() as tx:
            document = await self._owned(tx, visit.ticket)
            validity = await tx.papers.validity(document.serial_no)
        statement = statement_of(document)
        state = state_of(document, validity, today_of(self._deps.clock.now()))
        created = document.created_at.astimezone(SHANGHAI)
        note = document.status_note.strip().rstrip("。")
        warning = _WARNINGS.get(state, _WARNINGS["revoked"])
        return render(
            request,
            "document.html",
            document=document,
            statement=statement,
            created=f"{created.year}年{created.month}月{created.day}日 {created:%H:%M}",
            warning=f"{warning}说明：{note}。" if warning and note else warning,
            serial=group_serial(document.serial_no),
            code=group_check_code(document.check_code),
            verify_address=f"{self._deps.base.partition('://')[2]}/v",
            until=hour_and_minute(visit.ticket.expires_at.astimezone(SHANGHAI), self._deps.clock.now().astimezone(SHANGHAI)),
            token=visit.token,
            csrf=csrf_token(visit.holder, visit.token),
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """GET /d/<token>/<流水号>.pdf or .xlsx: the file itself."""
        visit = await enter(self._deps, request, DOCUMENT)
        if not isinstance(visit, Visit):
            return visit
        kind = request.match_info["kind"]
        async with self._deps.store.transaction() as tx:
            document = await self._owned(tx, visit.ticket)
            if request.match_info["serial"] != document.serial_no:
                raise web.HTTPNotFound
            if request.method != "HEAD":
                await self._audit(tx, visit.ticket.openid, document)
        body = b""
        if request.method != "HEAD":
            kept, renderer = self._deps.paper_files, self._deps.renderer
            # A signed file is the one that was issued, whatever became of the document since: the page beside it and 校验 say that.
            status = "valid" if kept and kind == "pdf" else None
            issued = issued_of(document, statement_of(document), self._deps.base, self._deps.paper_keys, status)
            try:
                if kind == "xlsx":
                    body = await renderer.xlsx(issued)
                else:
                    body = await (kept.pdf(issued) if kept else renderer.pdf(issued))
            except FileLost:
                return error_page(
                    self._deps, request, 500, "这份单据的文件暂时取不到。请在公众号里再查一次、再点“下载”，会得到一份新的。"
                )
            except Unprintable:
                sentence = "单据里有一个字暂时打印不出来，没有做成 PDF。请在公众号里回复“人工”，我们来补上这个字。"
                return error_page(self._deps, request, 500, sentence)
        headers = {"Content-Disposition": disposition(document, kind, inline=kind == "pdf")}
        return web.Response(body=body, content_type=_TYPES[kind], headers=headers)

    async def other_browser(self, request: web.Request) -> web.StreamResponse:
        """POST /d/<token>/link: a fresh link to the same document, for a browser that can open the file."""
        visit, _ = await submitted(self._deps, request, DOCUMENT)
        async with self._deps.store.transaction() as tx:
            document = await self._owned(tx, visit.ticket)
            url = await self._deps.links.document(tx, visit.ticket.openid, document.serial_no)
        minutes, back = self._deps.links.minutes(DOCUMENT), (f"/d/{visit.token}", "返回单据")
        return render(request, "link.html", url=url, back=back, minutes=minutes)

    async def _owned(self, tx: Repositories, ticket: Ticket) -> Document:
        """The link's document, while its chat still speaks for its person. Raises the 404 that everything else gets."""
        document = await tx.documents.by_serial(ticket.params.get("serial_no", ""))
        if document is None:
            raise web.HTTPNotFound
        scope = scope_of_feature(document.feature)
        if document.person_id is not None and not await self._may(tx, ticket.openid, document.person_id, scope):
            raise web.HTTPNotFound
        return document

    async def _audit(self, tx: Repositories, openid: str, document: Document) -> None:
        actor, now, role = await tx.audit.pseudonym(openid), self._deps.clock.now(), "person"
        subject = "" if document.person_id is None else await tx.people.identity_hash(document.person_id)
        if document.person_id is not None:
            role = await actor_of(tx, openid, document.person_id, today_of(now))
        entry = AuditEntry(now, actor, role, "download", document.feature, subject, "ok")
        await tx.audit.write(entry)
