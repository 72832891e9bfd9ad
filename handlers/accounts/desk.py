"""个人账号 of one turn: links to its pages, the end of a log-in by password, 服务分区."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from dialogs.desk import BindOutcome, CodeChecked
from dialogs.desk_family import OWN_ONLY
from handlers.accounts.door import digits_token
from handlers.accounts.words import EMAIL, PASSWORD
from handlers.cards.holds import HOLD
from storage.ports.records import Account, Ticket

if TYPE_CHECKING:
    from handlers.desk import TurnDesk

_DIGITS: Final = "account-digits"
_TRIES: Final = 5
_WINDOW: Final = timedelta(minutes=30)
_AREA: Final = "area"
_KEPT: Final = timedelta(days=3650)


class AccountDesk:
    """Implements `dialogs.desk_accounts.AccountsDesk`."""

    def __init__(self, desk: TurnDesk) -> None:
        self._desk = desk

    async def page(self, act: str, request: str = "") -> str:
        desk = self._desk
        params = {"page": "account", "act": act, "stage": "form", "request": request}
        if act in {PASSWORD, EMAIL}:
            person = desk.mine(OWN_ONLY)
            params |= {"person": str(person.id), "region": person.region}
        elif desk.region is not None:
            params |= {"region": desk.region.code}
        await desk.spend("打开账号页面", "account.page", desk.services.policy.filings_per_chat_day, daily=True)
        return await desk.services.links.page(desk.tx, desk.user.openid, params)

    async def mine(self) -> Account | None:
        person = self._desk.mine(OWN_ONLY)
        return await self._desk.tx.accounts.of_person(person.id)

    async def confirm(self, request: str, digits: str) -> CodeChecked:
        desk, token = self._desk, digits_token(request)
        verdict = await desk.tx.limits.hit("account.digits", request, _TRIES, _WINDOW, desk.now)
        kept = await desk.tx.tickets.get(token, _DIGITS, desk.now)
        given = desk.services.digest(f"{request}|{desk.user.openid}|{digits}", "account-login")
        known = kept is not None and hmac.compare_digest(kept.openid, desk.user.openid)
        if not (verdict.allowed and known and kept is not None):
            return CodeChecked(right=False)
        if hmac.compare_digest(kept.params["digits"], given):
            await desk.tx.tickets.drop(token)
            passed = Ticket(_DIGITS, desk.user.openid, {**kept.params, "passed": "yes"}, desk.now, kept.expires_at)
            await desk.tx.tickets.add(token, passed)
            return CodeChecked(right=True)
        if verdict.used >= _TRIES:
            await desk.tx.tickets.drop(token)
        return CodeChecked(right=False, left=max(0, _TRIES - verdict.used))

    async def log_in(self, request: str, consent: str) -> BindOutcome:
        desk = self._desk
        kept = await desk.tx.tickets.get(digits_token(request), _DIGITS, desk.now)
        if kept is None or kept.openid != desk.user.openid or kept.params.get("passed") != "yes":
            return BindOutcome(None, expired=True)
        await desk.tx.tickets.drop(digits_token(request))
        person = await desk.tx.people.get(int(kept.params["person"]))
        account = await desk.tx.accounts.of_person(person.id) if person else None
        if person is None or person.person_status == "死亡" or account is None or account.status != "active":
            return BindOutcome(None, expired=True)
        # Numbers from a card were all that proved it: what is sensitive waits, as after a new phone.
        unproved = account.register_via == "card" and not person.phone
        await desk.admit(person, "password", consent, "BJQ-L-01", account.agreed_at + HOLD if unproved else None)
        return BindOutcome(person)

    async def close(self) -> bool:
        desk, person = self._desk, self._desk.mine(OWN_ONLY)
        gone = await desk.tx.accounts.remove(person.id)
        await desk.audit("account-close", "my-data", "ok" if gone else "empty", person)
        return gone

    async def resident(self) -> bool:
        desk = self._desk
        said = await desk.tx.tickets.get(_area_token(desk.user.openid), _AREA, desk.now)
        if said is not None:
            return said.params["resident"] == "yes"
        found = await desk.tx.rights.registration(desk.person.id) if desk.person else None
        return found is not None and found.resident

    async def choose_resident(self, *, resident: bool) -> None:
        desk, token = self._desk, _area_token(self._desk.user.openid)
        await desk.tx.tickets.drop(token)
        said = {"resident": "yes" if resident else "no"}
        await desk.tx.tickets.add(token, Ticket(_AREA, desk.user.openid, said, desk.now, desk.now + _KEPT))


def _area_token(openid: str) -> str:
    return f"area|{openid}"
