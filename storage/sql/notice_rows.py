"""Between a row of the ledger and its record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, literal_column

from storage.ports.records import Channel, Notice, NoticeState
from storage.sql.codec import micros, micros_or_none, moment, moment_or_none
from storage.sql.tables import notice
from storage.vault import Vault

_n = notice.c
NOTICE = (
    _n.id,
    _n.campaign_id,
    _n.kind,
    _n.region,
    _n.person_id,
    _n.cycle,
    _n.stage,
    _n.channel,
    _n.recipient,
    _n["rank"],
    _n.state,
    _n.due,
    _n["at"],
    _n.attempts,
    _n.began_at,
    _n.expires_at,
    _n.openid,
    _n.following,
    _n.body,
    _n.msg_id,
    _n.note,
)
"""What `notice_of` reads."""


RANKS = 10
"""0 to 9, of what is planned or over. What a campaign has begun lies below, before all others: -20 to -11 is being sent (the platform knows
its id for ten minutes only, however many are waiting), -10 to -1 was sent and awaits its receipt. So it is found without looking through
what is planned."""

SENDING = -1 - RANKS - _n["rank"]
"""The rank of a planned row that is claimed."""

_own = case((_n["rank"] >= 0, _n["rank"]), (_n["rank"] >= -RANKS, -1 - _n["rank"]), else_=-1 - RANKS - _n["rank"])


def rank_under(state: ColumnElement[str], due: ColumnElement[int]) -> ColumnElement[int]:
    """The rank of a row that comes to that state and time."""
    return case(
        (and_(state == NoticeState.SENDING.value, due.is_not(None)), -1 - RANKS - _own),
        (and_(state == NoticeState.SENT.value, due.is_not(None)), -1 - _own),
        else_=_own,
    )


_place = notice.alias("place")


def on_list(about: Any, cycle: ColumnElement[str] | None = None, kind: ColumnElement[str] | None = None) -> ColumnElement[bool]:
    """Whether the person of a row stands on the list for visits in this cycle, in whatever stage or campaign, or was visited: one line a
    person and cycle. `about` has the columns `person_id`, and `kind` and `cycle` unless they are given."""
    states = (NoticeState.LISTED, NoticeState.VISITED)
    return exists().where(
        _place.c.person_id == about.person_id,
        _place.c.kind == (about.kind if kind is None else kind),
        _place.c.cycle == (about.cycle if cycle is None else cycle),
        _place.c.channel == literal_column(f"'{Channel.VISIT.value}'"),
        _place.c.state.in_([literal_column(f"'{state.value}'") for state in states]),
    )


def _rank(stored: int) -> int:
    if stored >= 0:
        return stored
    return -1 - stored if stored >= -RANKS else -1 - RANKS - stored


def notice_of(vault: Vault, row: Sequence[Any]) -> Notice:
    """From the columns `NOTICE`, at the beginning of a row. What came of a visit is about a person: it stands sealed in the body."""
    state = NoticeState(row[10])
    sealed: bytes | None = row[18]
    note: str = row[20]
    if sealed is not None and state is NoticeState.VISITED:
        note, sealed = vault.text(sealed, "notice.visit"), None
    return Notice(
        id=row[0],
        campaign_id=row[1],
        kind=row[2],
        region=row[3],
        person_id=row[4],
        cycle=row[5],
        stage=row[6],
        channel=Channel(row[7]),
        recipient=row[8],
        rank=_rank(row[9]),
        state=state,
        due=moment_or_none(row[11]),
        at=moment(row[12]),
        attempts=row[13],
        began_at=moment_or_none(row[14]),
        expires_at=moment_or_none(row[15]),
        openid=row[16] or "",
        following=row[17],
        body=b"" if sealed is None else vault.open(sealed, "notice"),
        msg_id=row[19] or "",
        note=note,
    )


def columns_of(vault: Vault, one: Notice) -> dict[str, Any]:
    """The columns of a new row."""
    return {
        "campaign_id": one.campaign_id,
        "kind": one.kind,
        "region": one.region,
        "person_id": one.person_id,
        "cycle": one.cycle,
        "stage": one.stage,
        "channel": one.channel.value,
        "recipient": one.recipient,
        "rank": one.rank,
        "state": one.state.value,
        "due": micros_or_none(one.due),
        "at": micros(one.at),
        "attempts": one.attempts,
        "began_at": micros_or_none(one.began_at),
        "expires_at": micros_or_none(one.expires_at),
        "openid": one.openid or None,
        "following": one.following,
        "body": vault.seal(one.body, "notice") if one.body else None,
        "msg_id": one.msg_id or None,
        "note": one.note,
    }
