"""审计日志 (A8): append-only, and so chained that what is changed or taken away shows.

An entry is written with its business transaction, as a plain row with a keyed hash of its content; nobody waits for a chain. Afterwards
one linker at a time gives the committed entries their places: `link_hash = HMAC(previous link_hash, place, id, content)`. At intervals
`anchor` seals the end of the chain. Whoever can write to the database but does not have the key can

- change an entry:              its content hash and link do not fit any more;
- insert one:                   it has no right content hash, is never linked, and is named;
- delete or swap linked ones:   the place after it does not fit, or the last anchor finds its end missing;

and is found by `verify`, which names the entry. What cannot be found from the database alone is the removal of the newest entries *and*
of all anchors over them; that is why `anchor` returns its seal, to be noted elsewhere (a log, a sheet of paper).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, TextClause, bindparam, func, select, update

from storage.ports.records import AuditEntry, AuditSearch, ChainReport
from storage.sql.codec import micros, moment, opened_or_empty, sealed_or_none
from storage.sql.tables import BY_STAFF, audit_anchor, audit_log
from storage.sql.unit import Query, Unit, values
from storage.vault import Sealed

_LOCK = 0x53424155
"""Of the linker, among advisory locks."""
_PAGE = 2000
_GENESIS = bytes(32)
_SEAL = 1
_NOTE = "audit.note"

_l = audit_log.c
_a = audit_anchor.c
_ENTRY = (_l.id, _l.at, _l.actor, _l.role, _l.action, _l.feature, _l.subject, _l.result, _l.note)
_WRITE = Query(lambda insert: insert(audit_log).values(values(audit_log, "id")))
_OF_SUBJECT = select(*_ENTRY).where(_l.subject == bindparam("subject")).order_by(_l.id.desc()).limit(bindparam("limit"))
_UNLINKED = (
    select(*_ENTRY, _l.content_hash).where(_l.seq.is_(None), _l.id > bindparam("after")).order_by(_l.id).limit(bindparam("limit"))
)
_LINKED = (
    select(*_ENTRY, _l.content_hash, _l.seq, _l.link_hash)
    .where(_l.seq > bindparam("after"))
    .order_by(_l.seq)
    .limit(bindparam("limit"))
)
_END = select(_l.seq, _l.link_hash, _l.id).where(_l.seq.is_not(None)).order_by(_l.seq.desc()).limit(1)
_LINK = (
    update(audit_log)
    .where(_l.id == bindparam("entry"), _l.seq.is_(None))
    .values(seq=bindparam("place"), link_hash=bindparam("link"))
)
_COUNT = select(func.count()).select_from(audit_log)
_ANCHORS = select(_a.seq, _a.last_id, _a.head, _a.at, _a.seal).order_by(_a.seq)
_ANCHOR_LAST = select(_a.seq, _a.seal).order_by(_a.seq.desc()).limit(1)
_ANCHOR_ADD = Query(lambda insert: insert(audit_anchor).values(values(audit_anchor)))


# What is looked for, and how; whatever is not asked for has no part in the statement.
_SEARCH: dict[str, ColumnElement[bool] | TextClause] = {
    "actor": _l.actor == bindparam("actor"),
    "subject": _l.subject == bindparam("subject"),
    "action": _l.action == bindparam("action"),
    "feature": _l.feature == bindparam("feature"),
    "start": _l.at >= bindparam("start"),
    "end": _l.at < bindparam("end"),
    "above": _l.id > bindparam("above"),
    "below": _l.id < bindparam("below"),
    "staff": BY_STAFF,
}
_IS_STAFF = select(_l.id).where(_SEARCH["actor"], BY_STAFF).limit(1)
_FIRST_FROM = select(_l.id, _l.at).where(_l.id >= bindparam("id")).order_by(_l.id).limit(1)
_NEWEST = select(_l.id).order_by(_l.id.desc()).limit(1)
_SLACK = 3600 * 1_000_000
"""By so much may the moments of entries be out of the order of their numbers: far longer than any transaction takes."""


@lru_cache
def _search(names: frozenset[str]) -> Select[Any]:
    return select(*_ENTRY).where(*[_SEARCH[name] for name in sorted(names)]).order_by(_l.id.desc()).limit(bindparam("limit"))


def _content(row: Sequence[Any], note: str) -> bytes:
    """Everything an entry says, in one unambiguous form; `row` as `_ENTRY`, its id is not part of it, nor is a note that is empty."""
    return msgspec.json.encode((*row[1:8], note) if note else tuple(row[1:8]))


class Audit:
    """Implements `ports.repositories.Audit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _said(self, row: Sequence[Any]) -> bytes:
        """As `_content`, of a stored row; raises Sealed when its note is not one that we wrote."""
        return _content(row, opened_or_empty(self._vault, row[8], _NOTE))

    async def write(self, entry: AuditEntry) -> None:
        at = micros(entry.at)
        told = (0, at, entry.actor, entry.role, entry.action, entry.feature, entry.subject, entry.result)
        await self._unit.later(
            _WRITE,
            {
                "at": at,
                "actor": entry.actor,
                "role": entry.role,
                "action": entry.action,
                "feature": entry.feature,
                "subject": entry.subject,
                "result": entry.result,
                "content_hash": self._vault.mac(_content(told, entry.note), "audit.content"),
                "seq": None,
                "link_hash": None,
                "note": sealed_or_none(self._vault, entry.note, _NOTE),
            },
        )

    async def pseudonym(self, text: str) -> str:
        return self._vault.digest(text, "audit")

    async def of_subject(self, subject: str, limit: int = 20) -> tuple[AuditEntry, ...]:
        rows = await self._unit.rows(_OF_SUBJECT, {"subject": subject, "limit": limit})
        return tuple(self._entry(row) for row in rows)

    async def search(self, wanted: AuditSearch, limit: int = 50) -> tuple[AuditEntry, ...]:
        params: dict[str, Any] = {
            name: value for name in ("actor", "subject", "action", "feature") if (value := getattr(wanted, name))
        }
        if wanted.start:
            params["start"] = micros(wanted.start)
            params["above"] = await self._first_since(params["start"] - _SLACK) - 1
        if wanted.end:
            params["end"] = micros(wanted.end)
            params["below"] = await self._first_since(params["end"] + _SLACK)
        if wanted.before_id is not None:
            params["below"] = min(wanted.before_id, params.get("below", wanted.before_id))
        names = set(params)
        if wanted.actor and await self._unit.glance(_IS_STAFF, {"actor": wanted.actor}) is not None:
            names.add("staff")  # staff never act in another role
        rows = await self._unit.rows(_search(frozenset(names)), {**params, "limit": limit})
        return tuple(self._entry(row) for row in rows)

    async def _first_since(self, at: int) -> int:
        """The number from which on entries are of that moment or later, found by halving: numbers and moments rise together."""
        newest = await self._unit.glance(_NEWEST)
        low, high = 1, (newest[0] if newest else 0) + 1
        while low < high:
            middle = (low + high) // 2
            row = await self._unit.glance(_FIRST_FROM, {"id": middle})
            if row is None or row[1] >= at:
                high = middle
            else:
                low = row[0] + 1
        return low

    def _entry(self, row: Sequence[Any]) -> AuditEntry:
        return AuditEntry(
            at=moment(row[1]),
            actor=row[2],
            role=row[3],
            action=row[4],
            feature=row[5],
            subject=row[6],
            result=row[7],
            id=row[0],
            note=opened_or_empty(self._vault, row[8], _NOTE),
        )

    # ── the chain ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _genuine(self, row: Sequence[Any]) -> bool:
        try:
            said = self._said(row)
        except Sealed:
            return False
        return hmac.compare_digest(bytes(row[9]), self._vault.mac(said, "audit.content"))

    def _link(self, previous: bytes, place: int, row: Sequence[Any]) -> bytes:
        return self._vault.mac(
            b"\x1f".join((previous, b"%d\x1f%d" % (place, row[0]), bytes(row[9]), self._said(row))), "audit.link"
        )

    def _seal(self, previous: bytes, seq: int, last_id: int, head: bytes, at: int) -> bytes:
        return self._vault.mac(b"\x1f".join((previous, b"%d\x1f%d\x1f%d" % (seq, last_id, at), head)), "audit.anchor")

    async def _end(self) -> tuple[int, bytes, int]:
        """(place, hash, id) of the last linked entry."""
        row = await self._unit.row(_END)
        return (row[0], bytes(row[1]), row[2]) if row else (0, _GENESIS, 0)

    async def link(self, limit: int = 1000) -> int:
        # Looking is free; the lock is taken only when there is something to link. On PostgreSQL an id may be committed after a
        # greater one: it is linked when it is seen, later than its number says, and the chain is the order of linking.
        if not await self._unit.rows(_UNLINKED, {"after": 0, "limit": 1}):
            return 0
        await self._unit.exclusively(_LOCK)
        place, head, _ = await self._end()
        links: list[dict[str, Any]] = []
        after = 0
        while len(links) < limit:
            # An entry that is not genuine is not made part of the chain: `verify` names it. So those are passed by.
            rows = await self._unit.rows(_UNLINKED, {"after": after, "limit": limit})
            for row in rows:
                after = row[0]
                if self._genuine(row) and len(links) < limit:
                    place += 1
                    head = self._link(head, place, row)
                    links.append({"entry": row[0], "place": place, "link": head})
            if len(rows) < limit:
                break
        await self._unit.many(_LINK, links)
        return len(links)

    async def anchor(self, at: datetime) -> str | None:
        await self._unit.exclusively(_LOCK)
        place, head, last_id = await self._end()
        last = await self._unit.row(_ANCHOR_LAST)
        if place == (last[0] if last else 0):
            return None
        seal = self._seal(bytes(last[1]) if last else _GENESIS, place, last_id, head, micros(at))
        await self._unit.change(
            _ANCHOR_ADD, {"seq": place, "last_id": last_id, "head": head, "at": micros(at), "kind": _SEAL, "seal": seal}
        )
        return seal.hex()

    async def verify(self) -> ChainReport:
        counted = await self._unit.row(_COUNT)
        entries = int(counted[0]) if counted else 0
        anchors = {row[0]: row for row in await self._unit.rows(_ANCHORS)}
        previous = _GENESIS
        for seq, last_id, anchored, at, seal in anchors.values():
            if not hmac.compare_digest(bytes(seal), self._seal(previous, seq, last_id, bytes(anchored), at)):
                return ChainReport(entries, 0, last_id, "an anchor has been changed, or one before it is missing")
            previous = bytes(seal)
        place, head, last_anchor = 0, _GENESIS, max(anchors, default=0)
        while rows := await self._unit.rows(_LINKED, {"after": place, "limit": _PAGE}):
            for row in rows:
                if trouble := self._trouble(head, place, row):
                    return ChainReport(entries, place, row[0], trouble)
                place, head = row[10], bytes(row[11])
                anchor = anchors.get(place)
                if anchor and not hmac.compare_digest(bytes(anchor[2]), head):
                    return ChainReport(entries, place, row[0], "the entry is not the one that was anchored here")
        if place < last_anchor:
            following = min(seq for seq in anchors if seq > place)
            return ChainReport(entries, place, anchors[following][1], "entries before this one's anchor are missing at the end")
        after = 0
        while rows := await self._unit.rows(_UNLINKED, {"after": after, "limit": _PAGE}):
            for row in rows:
                after = row[0]
                if not self._genuine(row):
                    return ChainReport(
                        entries, place, row[0], "the entry was added or changed from outside, before it was chained"
                    )
        return ChainReport(entries, place, None)

    def _trouble(self, head: bytes, place: int, row: Sequence[Any]) -> str:
        """What is wrong with the entry that follows `place`; '' if nothing is."""
        if not self._genuine(row):
            return "the entry has been changed"
        if row[10] != place + 1:
            return "an entry before this one is missing"
        if not hmac.compare_digest(bytes(row[11]), self._link(head, row[10], row)):
            return "the entry does not stand where it was chained"
        return ""
