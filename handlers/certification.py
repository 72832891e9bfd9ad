"""What can be looked up or printed about 资格认证: the records (认证记录, BJH-M-22) and the day that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from dialogs.phrases import day
from dialogs.statement import Column, ColumnKind, Statement, Table
from handlers.query import Asker, Query, holder_facts
from storage.certifying import why
from storage.ports.records import Certification, CertificationRecord
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

SHOWN_IN_CHAT = 5
_KEPT = 200
_COLUMNS = (
    Column("认证时间", ColumnKind.TIME, 1.4),
    Column("认证渠道", weight=1.4),
    Column("认证结果", weight=1.0),
    Column("办理人", weight=1.0),
    Column("说明", weight=2.0),
)


async def certification_records(tx: Repositories, asker: Asker, _: Mapping[str, str]) -> Statement:
    """认证记录, newest first. Where only the newest state is on record, it is the one row."""
    state = await tx.certifications.of_person(asker.person.id)
    records = await tx.certifications.history(asker.person.id, _KEPT) or _of_state(state)
    rows = tuple(_row(one) for one in records)
    facts: tuple[tuple[str, str], ...] = ()
    if state is not None:
        because = why(asker.region.certification, asker.person.birth_date, state.last_at, state.due_on)
        facts = (("认证到期日", state.due_on.isoformat()), ("怎么定的", because))
    return Statement(
        feature="BJH-M-22" if asker.region.offers("BJH-M-22") else "BJH-26",
        title="待遇资格认证记录",
        region=asker.region.code,
        agency=asker.region.agency,
        holder=asker.person.name,
        facts=(*holder_facts(asker.person), *facts),
        tables=(Table("认证记录", _COLUMNS, rows),) if rows else (),
        notes=(asker.region.texts["certification_note"],),
        as_of=asker.today.isoformat(),
        summary=_summary(rows, state),
    )


def _of_state(state: Certification | None) -> tuple[CertificationRecord, ...]:
    if state is None or state.last_at is None:
        return ()
    at = datetime.combine(state.last_at, time(0), SHANGHAI)
    return (CertificationRecord(state.person_id, at, state.channel, state.result, state.by_other),)


def _row(one: CertificationRecord) -> tuple[str, ...]:
    at = one.at.astimezone(SHANGHAI)
    # The first moment of a day stands for the day: the time of day is not known.
    when = f"{at:%Y-%m-%d}" if at.time() == time(0) else f"{at:%Y-%m-%d %H:%M}"
    return when, one.channel, one.result, "他人代办" if one.by_other else "本人", one.note


def _summary(rows: tuple[tuple[str, ...], ...], state: Certification | None) -> tuple[str, ...]:
    until = f"下次认证到{day(state.due_on)}为止。" if state else ""
    if not rows:
        return tuple(line for line in ("还没有认证记录。刚做的认证，要等结果出来才看得到。", until) if line)
    more = f"，最近 {SHOWN_IN_CHAT} 条是" if len(rows) > SHOWN_IN_CHAT else ""
    lines = tuple(
        f"{when} {channel}：{result}{'（他人代办）' if who != '本人' else ''}"
        for when, channel, result, who, _ in rows[:SHOWN_IN_CHAT]
    )
    return tuple(line for line in (f"认证记录共 {len(rows)} 条{more}：", *lines, until) if line)


QUERIES: dict[str, Query] = {"certification_records": certification_records}
"""By the name that links and documents carry."""
