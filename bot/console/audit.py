"""审计: who looked at whom, and whether the records are whole. What is typed travels in a form, never in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from aiohttp import web

from bot.console.menu import AUDIT_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, first_of, form, seated, view
from handlers.staff import StaffRefusal
from handlers.watch import ACTIONS, Answer, Asked, Watch, features

AUDIT: Final = "/console/audit"
_DAYS: Final = 30
_SUBJECT: Final = frozenset("0123456789abcdef")


class Auditing:
    """The pages of the audit log."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._clock = deps.clock
        self._watch = Watch(deps.store, deps.clock)

    async def show(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: the empty form; nothing is looked at yet."""
        today = self._clock.now().date()
        return self._page(request, seat, Asked(start=today - timedelta(days=_DAYS), end=today))

    async def search(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: one page of what was asked for."""
        asked = _asked(await form(request, seat))
        try:
            answer = await self._watch.search(seat.staff, asked)
        except StaffRefusal as refusal:
            return self._page(request, seat, asked, failure=refusal.sentence)
        return self._page(request, seat, asked, answer)

    async def chain(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: walk the chain now."""
        await form(request, seat)
        whole, words = await self._watch.chain(seat.staff)
        today = self._clock.now().date()
        return self._page(request, seat, Asked(start=today - timedelta(days=_DAYS), end=today), chain=(whole, words))

    def _page(
        self,
        request: web.Request,
        seat: Seat,
        asked: Asked,
        answer: Answer | None = None,
        *,
        failure: str = "",
        chain: tuple[bool, str] | None = None,
    ) -> web.Response:
        # After a search the number in clear is not sent back: the keyed hash stands for it on the pages that follow.
        kept = replace(asked, id_no="" if answer else asked.id_no, subject=answer.subject if answer else "")
        return view(
            request,
            seat,
            "audit.html",
            status=400 if failure else 200,
            asked=kept,
            answer=answer,
            failure=failure,
            chain=chain,
            actions=list(ACTIONS.items()),
            features=[(code, f"{title} {code}") for code, title in features()],
        )


def _asked(given: Mapping[str, list[str]]) -> Asked:
    subject, before = first_of(given, "subject"), first_of(given, "before")
    action, feature = first_of(given, "action"), first_of(given, "feature")
    if len(subject) > 128 or not set(subject) <= _SUBJECT or len(before) > 18 or not (before == "" or before.isdecimal()):
        raise Trouble(400)
    return Asked(
        login=first_of(given, "login")[:64],
        id_no=first_of(given, "id_no")[:40],
        subject=subject,
        action=action if action in ACTIONS else "",
        feature=feature[:32],
        start=_day(first_of(given, "start")),
        end=_day(first_of(given, "end")),
        before_id=int(before) if before else None,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of the audit log."""
    auditing = Auditing(deps)

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: the empty form."""
        raise web.HTTPSeeOther(AUDIT)

    return [
        web.get(AUDIT, seated(deps, "audit", auditing.show, *AUDIT_ROLES)),
        web.post(AUDIT, seated(deps, "audit", auditing.search, *AUDIT_ROLES)),
        web.post(f"{AUDIT}/chain", seated(deps, "audit", auditing.chain, *AUDIT_ROLES)),
        web.get(f"{AUDIT}/chain", seated(deps, "audit", back, *AUDIT_ROLES)),
    ]
