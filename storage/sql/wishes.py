"""What a chat wants to hear, what was stopped, and how many subscription notices it still allows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any

from sqlalchemy import BigInteger, Text, and_, bindparam, case, delete, literal, or_, select, update

from storage.ports.records import Consent, Preferences
from storage.sql.codec import micros, opened_or_empty, sealed_or_none, words
from storage.sql.tables import chat_wish, consent, opt_out
from storage.sql.unit import Query, Unit, values

_FOR_GOOD = -1

_w = chat_wish.c
WISH = (_w.openid, _w.quiet_from, _w.quiet_to, _w.zone, _w.months, _w.word, _w.sms)
"""What `Wishes.read` reads."""
_OF = select(*WISH).where(_w.openid == bindparam("openid"))
_OF_MONTH = (
    select(*WISH)
    .where(
        (literal(",", Text()) + _w.months + literal(",", Text())).like(bindparam("month", type_=Text())),
        _w.openid > bindparam("after"),
    )
    .order_by(_w.openid)
    .limit(bindparam("at_most", type_=BigInteger()))
)
_SAVE = Query(
    lambda insert: (
        insert(chat_wish)
        .values(values(chat_wish))
        .on_conflict_do_update(
            index_elements=["openid"],
            set_={c.name: bindparam(c.name, type_=c.type) for c in chat_wish.c if c.name != "openid"},
        )
        .returning(literal(1))
    )
)

_o = opt_out.c
_STOP = Query(lambda insert: insert(opt_out).values(values(opt_out)).on_conflict_do_nothing().returning(literal(1)))
_START = delete(opt_out).where(
    _o.openid == bindparam("the_chat"), _o.person_id == bindparam("the_person"), _o.kind == bindparam("the_kind")
)
# '' and 0 stand for "no chat" and "no person": whoever asks with them asks about nobody, not about everybody's rows.
_STOPPED = select(_o.kind).where(
    or_(
        and_(_o.openid == bindparam("openid"), _o.openid != "", _o.person_id == 0),
        and_(_o.person_id == bindparam("person_id"), _o.person_id != 0, _o.openid == ""),
    )
)

_c = consent.c
_CONSENT = select(_c.remaining).where(_c.openid == bindparam("openid"), _c.template_id == bindparam("template_id"))
_CONSENTED = Query(
    lambda insert: (
        insert(consent)
        .values(values(consent))
        .on_conflict_do_update(
            index_elements=["openid", "template_id"],
            set_={
                "remaining": case(
                    (_c.remaining == _FOR_GOOD, _FOR_GOOD),
                    (bindparam("remaining", type_=_c.remaining.type) == _FOR_GOOD, _FOR_GOOD),
                    else_=_c.remaining + bindparam("remaining", type_=_c.remaining.type),
                )
            },
        )
        .returning(literal(1))
    )
)
_USED = (
    update(consent)
    .where(_c.openid == bindparam("the_chat"), _c.template_id == bindparam("the_template"), _c.remaining != 0)
    .values(remaining=case((_c.remaining == _FOR_GOOD, _FOR_GOOD), else_=_c.remaining - 1))
)
_WITHDRAWN = delete(consent).where(_c.openid == bindparam("the_chat"), _c.template_id == bindparam("the_template"))


class Wishes:
    """Implements `ports.repositories.Wishes`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, openid: str) -> Preferences:
        row = await self._unit.glance(_OF, {"openid": openid})
        return Preferences(openid) if row is None else self.read(row)

    def read(self, row: Sequence[Any]) -> Preferences:
        """From the columns `WISH`."""
        return Preferences(
            openid=row[0],
            quiet_from=_time(row[1]),
            quiet_to=_time(row[2]),
            zone=row[3],
            months=tuple(int(month) for month in words(row[4])),
            word=opened_or_empty(self._unit.vault, row[5], "wish.word"),
            sms=bool(row[6]),
        )

    async def save(self, preferences: Preferences) -> None:
        columns = {
            "openid": preferences.openid,
            "quiet_from": _minutes(preferences.quiet_from),
            "quiet_to": _minutes(preferences.quiet_to),
            "zone": preferences.zone,
            "months": ",".join(str(month) for month in preferences.months),
            "word": sealed_or_none(self._unit.vault, preferences.word, "wish.word"),
            "sms": preferences.sms,
        }
        await self._unit.write(_SAVE, columns)

    async def of_month(self, month: int, after: str, limit: int) -> tuple[Preferences, ...]:
        found = await self._unit.rows(_OF_MONTH, {"month": f"%,{month},%", "after": after, "at_most": limit})
        return tuple(self.read(row) for row in found)

    async def stop(self, kind: str, *, openid: str = "", person_id: int = 0) -> bool:
        _one(openid, person_id)
        at = micros(self._unit.clock.now())
        return bool(await self._unit.write(_STOP, {"openid": openid, "person_id": person_id, "kind": kind, "at": at}))

    async def start(self, kind: str, *, openid: str = "", person_id: int = 0) -> bool:
        _one(openid, person_id)
        return await self._unit.change(_START, {"the_chat": openid, "the_person": person_id, "the_kind": kind}) > 0

    async def stopped(self, *, openid: str = "", person_id: int = 0) -> frozenset[str]:
        return frozenset(row[0] for row in await self._unit.rows(_STOPPED, {"openid": openid, "person_id": person_id}))

    async def consent(self, openid: str, template_id: str) -> Consent | None:
        row = await self._unit.glance(_CONSENT, {"openid": openid, "template_id": template_id})
        return None if row is None else Consent(openid, template_id, row[0])

    async def consented(self, openid: str, template_id: str, count: int) -> None:
        await self._unit.write(_CONSENTED, {"openid": openid, "template_id": template_id, "remaining": count})

    async def used(self, openid: str, template_id: str) -> bool:
        return await self._unit.change(_USED, {"the_chat": openid, "the_template": template_id}) > 0

    async def withdrawn(self, openid: str, template_id: str) -> None:
        await self._unit.change(_WITHDRAWN, {"the_chat": openid, "the_template": template_id})


def _one(openid: str, person_id: int) -> None:
    if bool(openid) == bool(person_id):
        raise ValueError("a stop is either a chat's or a person's")


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
