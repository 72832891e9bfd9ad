"""Planning of notices, set by set: a piece of an audience becomes rows of the ledger in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Executable,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert

from storage.ports.records import Channel, NoticeState, Plan, Planned
from storage.sql.audiences import ABOUT, HAS_CHAT, Shape, asked
from storage.sql.codec import day, micros
from storage.sql.lists import Spelling, packed
from storage.sql.notice_rows import on_list
from storage.sql.tables import notice, person, relative_grant
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit

CHATS = (Channel.CHAT, Channel.TEMPLATE, Channel.SUBSCRIBE)
"""The rungs that need a chat that follows."""

_LOCK = 0x706C << 32
"""Beside the kind and stage: two who plan one stage at a moment wait for each other, so that nobody gets two first rungs."""
_NEAR = 7
"""Days by which a due day is corrected; the next cycle's lies months away."""
_BEGUN = (NoticeState.SENDING, NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNANSWERED, NoticeState.DOUBTFUL)
_DAYS = (0, 1, 3, 7, 15, 30)
"""Days that are left: a rank each, the most urgent first."""

# A piece is small beside its tables, and the ledger grows while it is planned: whatever the statistics say, one look into an index for each
# person is right, and a plan that was made for an empty ledger is not to be kept. Until the end of the transaction.
_BY_INDEX = select(
    *[
        func.set_config(name, literal_column(f"'{value}'"), literal_column("true"))
        for name, value in {
            "plan_cache_mode": "force_custom_plan",
            "join_collapse_limit": "1",
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
        }.items()
    ]
)

_n, _p, _g = notice.c, person.c, relative_grant.c
_COLUMNS = [name for name in notice.columns.keys() if name != "id"]  # noqa: SIM118 (columns, not names)


def _granted(about: str) -> list[ColumnElement[bool]]:
    """A grant of the person whose relative is told of this: `remind`, and `benefits` too for what is not about the certification."""
    scopes = literal_column("','", Text()) + _g.scopes + literal_column("','", Text())
    wanted = ("remind",) if about == "due" else ("remind", "benefits")
    return [
        _g.person_id == _p.id,
        _g.ended_at.is_(None),
        _g.openid != literal_column("''"),
        *[scopes.like(literal_column(f"'%,{scope},%'")) for scope in wanted],
    ]


def _has_relative(about: str) -> ColumnElement[bool]:
    """Whether there is any. Whoever it is is judged when it is sent."""
    one: Select[Any] = select(literal_column("1")).where(*_granted(about)).limit(literal_column("1"))
    return one.correlate(person).scalar_subquery().is_not(None)


def _text(name: str) -> ColumnElement[str]:
    return cast_to(bindparam(name, type_=Text()), Text())


def _number(name: str) -> ColumnElement[int]:
    return cast_to(bindparam(name, type_=BigInteger()), BigInteger())


@lru_cache(maxsize=128)
def _boundary(shape: Shape, after: bool) -> Select[str, int]:
    """The place of the last one of the piece. On the index alone: nobody's person is looked at."""
    about = ABOUT[shape.about]
    found = select(about.day, about.person_id).where(*shape.days(after))
    return found.order_by(about.day, about.person_id).offset(bindparam("place")).limit(1)


def _row(about_day: ColumnElement[str], **differ: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """A planned row, in the order of the table."""
    rank = case(*[(about_day <= _text(f"left_{days}"), rank) for rank, days in enumerate(_DAYS)], else_=len(_DAYS))
    given: dict[str, ColumnElement[Any]] = {
        "campaign_id": _number("campaign_id"),
        "kind": _text("kind"),
        "region": _p.region,
        "person_id": _p.id,
        "cycle": about_day,
        "stage": _text("stage"),
        "rank": rank,
        "state": _text("planned"),
        "due": _number("due"),
        "at": _number("now"),
        "attempts": literal_column("0"),
        "began_at": null(),
        "expires_at": _number("expires_at"),
        "openid": null(),
        "following": literal_column("''"),
        "body": null(),
        "msg_id": null(),
        "note": literal_column("''"),
        **differ,
    }
    return [given[name].label(name) for name in _COLUMNS]


def _counted(spelling: Spelling, rows: Select[Any]) -> Executable:
    """Write the rows that are not there yet; what comes back is (channel, state, how many), on SQLite one for each row."""
    made = spelling(notice).from_select(_COLUMNS, rows).on_conflict_do_nothing().returning(_n.channel, _n.state)
    if spelling is SqliteInsert:
        return made
    written = made.cte("written")
    return select(written.c.channel, written.c.state, func.count()).group_by(written.c.channel, written.c.state)


def _from(shape: Shape) -> FromClause:
    about = ABOUT[shape.about]
    return about.table.join(person, _p.id == about.person_id)


def _told_of_near(spelling: Spelling, shape: Shape, recipient: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether this stage has begun for them under a due day of the same week: a day that was corrected since is not told again."""
    if shape.about != "due":
        return false()
    about = ABOUT[shape.about]
    if spelling is SqliteInsert:
        first, last = (func.date(about.day, f"{days:+} days") for days in (-_NEAR, _NEAR))
    else:
        first, last = (
            func.to_char(cast_to(about.day, Date()) + literal_column(str(days), Integer()), "YYYY-MM-DD")
            for days in (-_NEAR, _NEAR)
        )
    one: Select[Any] = select(literal_column("1")).where(
        _n.person_id == about.person_id,
        _n.kind == _text("kind"),
        _n.cycle != about.day,
        _n.cycle >= first,
        _n.cycle <= last,
        _n.stage == _text("stage"),
        _n.recipient == recipient,
        _n.state.in_([literal_column(f"'{state.value}'") for state in _BEGUN]),
    )
    return one.select_from(notice).limit(literal_column("1")).correlate(about.table).scalar_subquery().is_not(None)


@lru_cache(maxsize=128)
def _first(shape: Shape, after: bool, until: bool, listed: bool, told: bool) -> Query:
    """Everybody of the piece, once: who has any rung of this stage is left as they are. `listed`: who has no chat is for a visit at once;
    `told`: who has none is for their relatives at once."""
    about = ABOUT[shape.about]

    def build(spelling: Spelling) -> Executable:
        there = (
            select(literal_column("1"))
            .select_from(notice)
            .where(
                _n.person_id == about.person_id,
                _n.kind == _text("kind"),
                _n.cycle == about.day,
                _n.stage == _text("stage"),
                _n.recipient == literal_column("''"),
            )
            .limit(literal_column("1"))
            .correlate(about.table)
            .scalar_subquery()
        )
        ways: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [(HAS_CHAT, _text("with_chat"))]
        if told:  # nobody gets a rung for relatives whom they do not have
            ways.append((~_has_relative(shape.about), _text("with_chat")))
        differ: dict[str, ColumnElement[Any]] = {
            "channel": case(*ways, else_=_text("without")),
            "recipient": literal_column("''"),
        }
        once: list[ColumnElement[bool]] = [~_told_of_near(spelling, shape, literal_column("''"))]
        if listed:
            once.append(or_(HAS_CHAT, ~on_list(about, about.day, _text("kind"))))
            differ["state"] = case((HAS_CHAT, _text("planned")), else_=literal_column(f"'{NoticeState.LISTED.value}'"))
            differ["due"] = case((HAS_CHAT, _number("due")), else_=null())
        rows = select(*_row(about.day, **differ)).select_from(_from(shape))
        return _counted(spelling, rows.where(*shape.days(after, until), *shape.people(spelling), there.is_(None), *once))

    return Query(build)


@lru_cache(maxsize=128)
def _relatives(shape: Shape, after: bool, until: bool) -> Query:
    """Their relatives who are reminded together with them."""
    about = ABOUT[shape.about]

    def build(spelling: Spelling) -> Executable:
        living = and_(
            *_granted(shape.about),
            _g.until >= _text("today"),
            _g.together.is_(True),
        )
        # Person by person, too: PostgreSQL would rather look for the whole piece once for each relative there is.
        asked_for_each = select(_g.id).where(living).correlate(person).offset(literal_column("0")).lateral("relatives")
        relatives: FromClause = relative_grant if spelling is SqliteInsert else asked_for_each
        differ = {
            "channel": _text("relative"),
            "recipient": literal_column("'g'", Text()) + cast_to(relatives.c.id, Text()),
        }
        on = living if spelling is SqliteInsert else true()
        rows = select(*_row(about.day, **differ)).select_from(_from(shape).join(relatives, on))
        return _counted(spelling, rows.where(*shape.days(after, until), *shape.people(spelling)))

    return Query(build)


def _rungs(ladder: Sequence[Channel]) -> tuple[Channel, Channel]:
    """The first rung of who has a chat and of who has none. A ladder without the fitting one: its first, which the sender judges."""
    first = ladder[0]
    return (
        next((rung for rung in ladder if rung in CHATS), first),
        next((rung for rung in ladder if rung not in CHATS), first),
    )


async def plan(unit: Unit, tallies: Tallies, plan: Plan, after: str, limit: int) -> Planned:
    """As `ports.repositories.Notices.plan`. A place is `2026-12-15/4711`: the day and the person who came last."""
    shape = Shape.of(plan.audience, plan.about, unopened=bool(plan.unopened))
    params: dict[str, Any] = asked(unit, plan.audience)
    if after:
        after_day, _, after_id = after.partition("/")
        params |= {"after_day": after_day, "after_id": int(after_id)}
    await unit.exclusively(_LOCK | int(unit.vault.digest(f"{plan.kind}|{plan.stage}", "plan")[:8], 16))
    if unit.dialect == "postgresql":
        await unit.rows(_BY_INDEX)
    last = await unit.row(_boundary(shape, bool(after)), {**params, "place": limit - 1})
    if last is not None:
        params |= {"until_day": last[0], "until_id": last[1]}
    with_chat, without = _rungs(plan.ladder)
    params |= {
        "campaign_id": plan.campaign_id,
        "kind": plan.kind,
        "stage": plan.stage,
        "due": micros(plan.due),
        "now": micros(unit.clock.now()),
        "expires_at": micros(plan.expires_at),
        "planned": NoticeState.PLANNED.value,
        "today": day(plan.today),
        **{f"left_{days}": day(plan.today + timedelta(days=days)) for days in _DAYS},
        "with_chat": with_chat.value,
        "without": without.value,
        "relative": Channel.RELATIVE.value,
        "unopened": packed(unit, [f"{day(due)}|{month:02}" for due, month in plan.unopened]),
    }
    statements = [_first(shape, bool(after), last is not None, without is Channel.VISIT, without is Channel.RELATIVE)]
    if Channel.RELATIVE in plan.ladder:
        statements.append(_relatives(shape, bool(after), last is not None))
    new: Counter[tuple[str, str]] = Counter()
    for statement in statements:
        for channel, state, *many in await unit.write(statement, params):
            new[channel, state] += many[0] if many else 1
    for (channel, state), count in new.items():
        tallies.move(plan.campaign_id, plan.stage, channel, "", state, count)
    place = after if last is None else f"{last[0]}/{last[1]}"
    return Planned(sum(new.values()), place, last is None)
