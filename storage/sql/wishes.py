"""What a chat wants to hear, what was stopped, and how many subscription notices it still allows."""

from __future__ import annotations

from datetime import time

from sqlalchemy import and_, bindparam, case, delete, literal, or_, select, update

from storage.ports.records import Consent, Preferences
from storage.sql.codec import micros, opened_or_empty, sealed_or_none, words
from storage.sql.tables import chat_wish, consent, opt_out
from storage.sql.unit import Query, Unit, values

_FOR_GOOD = -1

_w = chat_wish.c
_OF = select(_w.quiet_from, _w.quiet_to, _w.zone, _w.months, _w.word, _w.sms).where(_w.openid == bindparam("openid"))
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
        if row is None:
            return Preferences(openid)
        return Preferences(
            openid,
            quiet_from=_time(row[0]),
            quiet_to=_time(row[1]),
            zone=row[2],
            months=tuple(int(month) for month in words(row[3])),
            word=opened_or_empty(self._unit.vault, row[4], "wish.word"),
            sms=bool(row[5]),
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
