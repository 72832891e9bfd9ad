"""What became of notices: by whoever sent them, and by the receipts of platform and providers.

`attempts` is the fence: a claim counts it, and whoever settles names it. What a receipt decides counts it too, so that a worker who is just
sending that row settles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Executable,
    Integer,
    Text,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.types import TypeEngine

from storage.ports.records import Channel, NoticeState, Rung, Settled
from storage.sql.codec import micros, micros_or_none
from storage.sql.lists import Spelling, among, given, packed, rows
from storage.sql.notice_rows import on_list, rank_under
from storage.sql.tables import OPEN, binding, notice, notice_receipt, relative_grant
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit, values

RECEIPT = "receipt:"
"""A `sent` row whose note begins so is known not to have arrived: whoever claims it gives it the next rung."""

_n, _r, _b, _g = notice.c, notice_receipt.c, binding.c, relative_grant.c
_KEY = ("person_id", "kind", "cycle", "stage", "channel", "recipient")
_HELD = Query(
    lambda insert: (
        select(_n.id, _n.attempts, _n.campaign_id, _n.stage, _n.channel, _n.state, _n.person_id, _n.kind, _n.cycle, _n.recipient)
        .where(among(insert, _n.id, "ids"), _n.due.is_not(None))
        .order_by(_n.id)
        .with_for_update()
    )
)
_TOLD: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "state": Text(),
    "due": BigInteger(),
    "note": Text(),
    "msg_id": Text(),
    "openid": Text(),
    "began_at": BigInteger(),
    "moved_to": Text(),
}


def _settle(spelling: Spelling) -> Executable:
    told = given(spelling, "told", _TOLD)
    return (
        update(notice)
        .where(_n.id == told.c.id)
        .values(
            state=told.c.state,
            channel=func.coalesce(told.c.moved_to, _n.channel),
            rank=rank_under(told.c.state, told.c.due),
            due=told.c.due,
            at=bindparam("now", type_=BigInteger()),
            note=told.c.note,
            # A later state that names none does not take away what a late receipt is found by.
            msg_id=func.coalesce(told.c.msg_id, _n.msg_id),
            openid=func.coalesce(told.c.openid, _n.openid),
            began_at=told.c.began_at,
        )
    )


_SETTLE = Query(_settle)
_RUNG: dict[str, TypeEngine[Any]] = {
    "place": Integer(),
    "parent": BigInteger(),
    "channel": Text(),
    "recipient": Text(),
    "state": Text(),
    "due": BigInteger(),
}


def _add_rungs(spelling: Spelling) -> Executable:
    rung = given(spelling, "told", _RUNG)
    copied = ("campaign_id", "kind", "region", "person_id", "cycle", "stage", "rank", "expires_at", "body")
    columns = {
        **{name: _n[name] for name in copied},
        "channel": rung.c.channel,
        "recipient": rung.c.recipient,
        "state": rung.c.state,
        "due": rung.c.due,
        "at": bindparam("now", type_=BigInteger()),
        "attempts": literal_column("0", Integer()),
        "following": literal_column("''", Text()),
        "note": literal_column("''", Text()),
    }
    made = (
        select(*[column.label(name) for name, column in columns.items()])
        .where(_n.id == rung.c.parent, or_(rung.c.state != literal_column(f"'{NoticeState.LISTED.value}'"), ~on_list(_n)))
        .order_by(rung.c.place)
    )
    return (
        spelling(notice)
        .from_select(list(columns), made)
        .on_conflict_do_nothing()
        .returning(_n.campaign_id, _n.stage, _n.channel, _n.state)
    )


_ADD_RUNGS = Query(_add_rungs)
_IS_THERE = select(_n.id).where(*[_n[name] == bindparam(name) for name in _KEY])
_WAITING = Query(lambda insert: select(_r.msg_id, _r.delivered, _r.note, _r.at).where(among(insert, _r.msg_id, "msg_ids")))
# Few: a day's receipts that fitted nothing yet.
_ANY_WAITING = select(_r.msg_id).limit(1)
_WAITING_OF = (
    select(_r.msg_id, _r.delivered, _r.note, _r.at).where(_r.openid_hash == bindparam("openid_hash")).order_by(_r.at).limit(10)
)
_TAKEN = Query(lambda insert: delete(notice_receipt).where(among(insert, _r.msg_id, "msg_ids")))


async def settle(unit: Unit, tallies: Tallies, settled: Sequence[Settled], now: datetime) -> int:
    """As `ports.repositories.Notices.settle`."""
    if not settled:
        return 0
    # Through the writer, and locked: what is decided here about a row holds until the commit.
    found = {row[0]: row for row in await unit.write(_HELD, {"ids": packed(unit, (one.id for one in settled))})}
    mine = {one.id: one for one in settled if one.id in found and found[one.id][1] == one.attempts}
    if not mine:
        return 0
    receipts = await _waiting(unit, mine.values())
    changes: list[Mapping[str, Any]] = []
    rungs: list[Mapping[str, Any]] = []
    for one in mine.values():
        _, _, campaign_id, stage, channel, before, *_ = found[one.id]
        change = {
            "id": one.id,
            "state": one.state.value,
            "due": micros_or_none(one.due),
            "note": one.note,
            "msg_id": one.msg_id or None,
            "openid": one.openid or None,
            "began_at": micros_or_none(one.began_at),
            "moved_to": await _way_of(unit, found[one.id], one),
        }
        if receipt := receipts.get(one.id):
            msg_id, delivered, note, _ = receipt
            change |= {"msg_id": msg_id, **_outcome(bool(delivered), note, micros(now))}
        changes.append(change)
        if change["moved_to"] is None:
            tallies.move(campaign_id, stage, channel, before, str(change["state"]))
        else:
            tallies.move(campaign_id, stage, channel, "", before, -1)
            tallies.move(campaign_id, stage, str(change["moved_to"]), "", str(change["state"]))
        rungs += rungs_of(one.id, one.rungs, len(rungs))
    await unit.change(_SETTLE, {"told": rows(changes), "now": micros(now)})
    await add_rungs(unit, tallies, rungs, now)
    if receipts:
        await unit.change(_TAKEN, {"msg_ids": packed(unit, [receipt[0] for receipt in receipts.values()])})
    await _doubts_settled(unit, tallies, {one.openid for one in mine.values() if one.openid}, now)
    return len(mine)


def rungs_of(parent: int, rungs: Sequence[Rung], first: int = 0) -> list[Mapping[str, Any]]:
    """What `add_rungs` writes for the row `parent`."""
    return [
        {
            "place": first + place,
            "parent": parent,
            "channel": rung.channel.value,
            "recipient": rung.recipient,
            "state": rung.state.value,
            "due": None if rung.state is NoticeState.LISTED else micros(rung.due),
        }
        for place, rung in enumerate(rungs)
    ]


async def add_rungs(unit: Unit, tallies: Tallies, rungs: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Write next rungs; one that is there is left alone, and so is who stands on the list for visits already, or was visited."""
    if rungs:
        for row in await unit.write(_ADD_RUNGS, {"told": rows(rungs), "now": micros(now)}):
            tallies.move(row[0], row[1], row[2], "", row[3])


async def _way_of(unit: Unit, row: Sequence[Any], one: Settled) -> str | None:
    """The channel that a row is moved to; None: it stays, also where somebody has made that rung already."""
    if one.moved_to is None:
        return None
    _, _, _, stage, _, _, person_id, kind, cycle, recipient = row
    key = dict(zip(_KEY, (person_id, kind, cycle, stage, one.moved_to.value, recipient), strict=True))
    return None if await unit.row(_IS_THERE, key) else one.moved_to.value


def _outcome(delivered: bool, note: str, at: int) -> dict[str, Any]:
    """What a receipt makes of a row: arrived, or due at once for the next rung."""
    if delivered:
        return {"state": NoticeState.DELIVERED.value, "due": None, "note": note}
    return {"state": NoticeState.SENT.value, "due": at, "note": f"{RECEIPT}{note}"}


async def _waiting(unit: Unit, settled: Iterable[Settled]) -> dict[int, Sequence[Any]]:
    """Receipts that were faster than our record, by id of the row."""
    sent = {one.msg_id: one.id for one in settled if one.state is NoticeState.SENT and one.msg_id}
    found: dict[int, Sequence[Any]] = {}
    if sent:
        found = {sent[row[0]]: row for row in await unit.rows(_WAITING, {"msg_ids": packed(unit, sent)})}
    return found


# ── receipts ────────────────────────────────────────────────────────────────────────────────────────────────────────

_ROW = select(_n.id, _n.campaign_id, _n.stage, _n.channel, _n.state, _n.note)
_BY_MSG_ID = _ROW.where(_n.msg_id == bindparam("msg_id")).order_by(_n.id.desc()).limit(1).with_for_update()
_LATEST = 24 * 3600 * 1_000_000
"""A receipt that comes longer after the call than that is not taken for a doubtful row's."""
# Two could be either's.
_DOUBTFUL_OF = (
    _ROW.where(
        _n.openid == bindparam("openid"),
        _n.state == NoticeState.DOUBTFUL.value,
        _n.began_at <= bindparam("at", type_=BigInteger()),
        _n.began_at >= bindparam("at", type_=BigInteger()) - _LATEST,
    )
    .order_by(_n.id)
    .limit(2)
    .with_for_update()
)
_of_chat = bindparam("openid", type_=Text())
# What is being sent to a chat does not name it before it is settled: it is for somebody who is bound to it, or for a relative. Held
# while a receipt is kept, so that whoever settles it sees that.
_UNDER_WAY = (
    select(_n.id)
    .where(
        or_(
            _n.openid == _of_chat,
            _n.person_id.in_(
                union_all(
                    select(_b.person_id).where(_b.openid == _of_chat, _b.unbound_at.is_(None)),
                    select(_g.person_id).where(_g.openid == _of_chat),
                )
            ),
        ),
        _n.channel != Channel.SMS.value,
        OPEN,
        _n.state == NoticeState.SENDING.value,
    )
    .order_by(_n.id)
)
_UNDER_WAY_HELD = _UNDER_WAY.with_for_update()
_BY_ID = _ROW.where(_n.id == bindparam("id")).with_for_update()
_KEEP = Query(lambda insert: insert(notice_receipt).values(values(notice_receipt)).on_conflict_do_nothing())
_RECEIVE = (
    update(notice)
    .where(_n.id == bindparam("the_row"))
    .values(
        state=bindparam("becomes", type_=Text()),
        rank=rank_under(bindparam("becomes", type_=Text()), bindparam("due_at", type_=BigInteger())),
        due=bindparam("due_at", type_=BigInteger()),
        at=bindparam("now", type_=BigInteger()),
        note=bindparam("noted", type_=Text()),
        msg_id=func.coalesce(bindparam("named", type_=Text()), _n.msg_id),
        attempts=_n.attempts + 1,
    )
)
_FORGET = delete(notice_receipt).where(
    _r.msg_id.in_(select(_r.msg_id).where(_r.at < bindparam("before", type_=BigInteger())).limit(bindparam("limit")))
)
_OPEN = (NoticeState.SENDING.value, NoticeState.SENT.value, NoticeState.DOUBTFUL.value)


async def receipt(unit: Unit, tallies: Tallies, msg_id: str, openid: str, delivered: bool, note: str, at: datetime) -> bool:
    """As `ports.repositories.Notices.receipt`."""
    found = await unit.write(_BY_MSG_ID, {"msg_id": msg_id}) if msg_id else ()
    if not found and openid:
        under_way = await unit.write(_UNDER_WAY_HELD, {"openid": openid})
        if msg_id:  # whoever held what was under way may have settled it meanwhile
            found = await unit.write(_BY_MSG_ID, {"msg_id": msg_id})
        if not found and not under_way:
            doubtful = await unit.write(_DOUBTFUL_OF, {"openid": openid, "at": micros(at)})
            found = doubtful if len(doubtful) == 1 else ()
    if found:
        return await _receive(unit, tallies, found[0], msg_id, delivered, note, at)
    if msg_id:
        kept = {"msg_id": msg_id, "openid_hash": unit.vault.digest(openid, "openid"), "delivered": delivered, "note": note}
        await unit.change(_KEEP, {**kept, "at": micros(at)})
    return False


async def _doubts_settled(unit: Unit, tallies: Tallies, openids: Iterable[str], now: datetime) -> None:
    """What was kept for these chats while something was on its way to them, and was not its receipt: one receipt that fits one doubtful row
    settles it."""
    chats = sorted(openids)
    if not chats or await unit.row(_ANY_WAITING) is None:
        return
    for openid in chats:
        kept = await unit.rows(_WAITING_OF, {"openid_hash": unit.vault.digest(openid, "openid")})
        if not kept or await unit.rows(_UNDER_WAY, {"openid": openid}):
            continue
        fitting: dict[int, list[tuple[Sequence[Any], Sequence[Any]]]] = {}
        for receipt in kept:
            rows_of = await unit.write(_DOUBTFUL_OF, {"openid": openid, "at": receipt[3]})
            if len(rows_of) == 1:
                fitting.setdefault(rows_of[0][0], []).append((rows_of[0], receipt))
        for pairs in fitting.values():
            if len(pairs) == 1:
                row, (msg_id, delivered, note, _) = pairs[0]
                await _receive(unit, tallies, row, msg_id, bool(delivered), note, now)
                await unit.change(_TAKEN, {"msg_ids": packed(unit, [msg_id])})


async def sms_receipt(unit: Unit, tallies: Tallies, notice_id: int, delivered: bool, note: str, at: datetime) -> bool:
    """As `ports.repositories.Notices.sms_receipt`."""
    found = await unit.write(_BY_ID, {"id": notice_id})
    return bool(found) and await _receive(unit, tallies, found[0], "", delivered, note, at)


async def _receive(
    unit: Unit, tallies: Tallies, row: Sequence[Any], msg_id: str, delivered: bool, note: str, at: datetime
) -> bool:
    row_id, campaign_id, stage, channel, state, noted = row
    if state == NoticeState.UNANSWERED.value:  # too late for the next rung, not for the truth
        becomes = NoticeState.DELIVERED if delivered else NoticeState.REFUSED
        outcome: dict[str, Any] = {"state": becomes.value, "due": None, "note": note}
    elif state in _OPEN and not noted.startswith(RECEIPT):
        outcome = _outcome(delivered, note, micros(at))
    else:
        return False
    params = {"the_row": row_id, "becomes": outcome["state"], "due_at": outcome["due"], "noted": outcome["note"]}
    await unit.change(_RECEIVE, {**params, "now": micros(at), "named": msg_id or None})
    tallies.move(campaign_id, stage, channel, state, outcome["state"])
    return True


async def forget_receipts(unit: Unit, before: datetime, limit: int) -> int:
    """Delete receipts that nothing was found for; how many."""
    return await unit.change(_FORGET, {"before": micros(before), "limit": limit})
