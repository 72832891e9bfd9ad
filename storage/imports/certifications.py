"""Import of 资格认证 (E19): what was certified or tried, until when people are certified, and whether their benefit is paid.

Made for a whole province at once: rows are read one by one, people are looked up in batches, and what is to be written waits in a
scratch file (without identity numbers, and without a name in the file system) until the last row has been found right. Then it is written in
one transaction.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby, islice

from storage import identity
from storage.certifying import PASSED, RESULTS, next_due
from storage.imports import cells
from storage.imports.report import LISTED, NOBODY_KNOWN, ImportReport, Problem, Refused
from storage.imports.source import Given, Stream, opened
from storage.imports.table import Cell, Column, Row
from storage.ports.record import Record
from storage.ports.records import Benefit, Certification, CertificationRecord, Person
from storage.ports.regions import CertificationRules
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI

COLUMNS = (
    Column("证件号码", ("公民身份号码", "身份证号码", "身份证号", "社会保障号码"), required=True),
    Column("姓名"),
    Column("认证日期", ("认证时间", "上次认证时间", "上次认证日期"), required=True),
    Column("渠道", ("认证渠道",), required=True),
    Column("结果", ("认证结果",), required=True),
    Column("是否代办", ("代办", "他人代办")),
    Column("下次到期日", ("到期日", "认证到期日", "到期日期")),
    Column("说明", ("备注",)),
    Column("待遇状态", ("待遇发放状态", "发放状态")),
    Column("状态日期", ("待遇状态日期", "停发日期", "恢复日期")),
    Column("停发原因", ("暂停原因",)),
    Column("开始领取日期", ("开始领取待遇日期", "待遇起始日期")),
)
_CHANNELS = {
    **dict.fromkeys(("APP", "app", "APP认证", "手机认证", "手机APP", "北京通", "刷脸认证"), "APP认证"),
    **dict.fromkeys(("委托单位认证", "委托单位", "单位认证", "单位"), "委托单位认证"),
    **dict.fromkeys(("经办机构窗口", "窗口", "经办机构", "柜台"), "经办机构窗口"),
    **dict.fromkeys(("异地机构", "异地协助认证", "异地经办机构", "remote_agency"), "异地机构"),
    **dict.fromkeys(("使领馆", "驻外使领馆", "使馆", "领事馆", "embassy"), "使领馆"),
}
"""Words for one channel become one; any other is kept as it stands, since the manuals' list is open."""
_BY_OTHER = {
    **dict.fromkeys(("是", "代办", "他人代办", "家人代办", "Y", "y", "1", "1.0", "True", "true"), True),
    **dict.fromkeys(("否", "本人", "N", "n", "0", "0.0", "False", "false"), False),
}
_PAID = {
    **dict.fromkeys(("正常发放", "正常", "在发", "恢复发放"), "paying"),
    **dict.fromkeys(("暂停发放", "暂停", "停发", "已停发"), "paused"),
}
_OF_BENEFIT = ("状态日期", "停发原因", "开始领取日期")
_BATCH = 500
_WRITTEN_AT_ONCE = 5000
_NEVER = -(2**62)
"""In the scratch file: the moment of a row that tells of no certification."""
_FURTHEST = timedelta(days=11 * 366)


class _Line(Record):
    """A row that is in order by itself."""

    row: int
    id_no: str
    name: str | None
    at: datetime | None
    channel: str
    result: str
    by_other: bool
    due_on: date | None
    note: str
    benefit: Benefit | None
    """Without its person."""


async def import_certifications(
    store: Store | None,
    region: str,
    data: Given,
    filename: str,
    rules: CertificationRules,
    now: datetime,
    dry_run: bool = False,
) -> ImportReport:
    """Insert or update the 认证记录 of a source (CSV, XLSX or SQL) in one region, all of them or none.

    The people must be on file. A record is known by person, moment, channel and result. The newest passed one is the person's state, unless
    a newer one is stored (未通过 and 审核中 are history only); its due day is 下次到期日, or follows from the region's rule where that cell is blank. A row with 下次到期日
    alone is of somebody who has never certified; one with 待遇状态 needs neither. 待遇状态 is kept by person, the latest 状态日期 of the
    source. Idempotent. Problems are reported, never raised. Without a store it is a dry run that
    does not ask who is on file. `added` are records, `updated` the people whose state the source tells.
    """
    dry_run = dry_run or store is None
    note = NOBODY_KNOWN if store is None else ""
    problems = _Problems()
    with _Scratch() as scratch:
        try:
            async with opened(data, COLUMNS) as stream:
                rows = await _checked(stream, store, region, rules, now, scratch, problems)
        except Refused as refused:
            return ImportReport(filename, region, 0, 0, 0, dry_run, (Problem(0, "", str(refused)),))
        if problems.listed:
            return ImportReport(
                filename, region, rows, 0, 0, dry_run, tuple(problems.listed), problems.count - len(problems.listed), note
            )
        if store is None or dry_run:
            return ImportReport(filename, region, rows, 0, 0, dry_run, note=note)
        async with store.transaction() as repos:
            added, updated = await _write(repos, scratch)
    return ImportReport(filename, region, rows, added, updated, dry_run)


class _Problems:
    """The first of them, and how many there are: a source of a million wrong rows is not a million sentences."""

    def __init__(self) -> None:
        self.listed: list[Problem] = []
        self.count = 0

    def add(self, *problems: Problem) -> None:
        self.count += len(problems)
        self.listed += problems[: max(0, LISTED - len(self.listed))]


class _Scratch:
    """Rows that are in order, by person and moment, on disk; SQLite removes the file when it is closed."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)  # a temporary file, not memory
        self._file.execute(
            "CREATE TABLE line (person INTEGER, at INTEGER, channel TEXT, result TEXT, by_other INTEGER, due TEXT, note TEXT, row INTEGER,"
            " PRIMARY KEY (person, at, channel, result)) WITHOUT ROWID"
        )
        self._file.execute(
            "CREATE TABLE benefit (person INTEGER PRIMARY KEY, state TEXT, since TEXT, drawing TEXT, reason TEXT, row INTEGER)"
        )
        self._file.execute("BEGIN")
        self._salt = secrets.token_bytes(16)

    def __enter__(self) -> _Scratch:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def stand_in(self, id_no: str) -> int:
        """A number for a person whose id is not known."""
        return int.from_bytes(hashlib.blake2b(id_no.encode(), digest_size=8, key=self._salt).digest(), signed=True)

    def add(self, person: int, line: _Line, due_on: date | None) -> int | None:
        """Keep a row; the number of the row that says the same already."""
        at = _NEVER if line.at is None else round(line.at.timestamp())
        due = due_on.isoformat() if due_on else None
        columns = (person, at, line.channel, line.result, line.by_other, due, line.note, line.row)
        if self._file.execute("INSERT OR IGNORE INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?)", columns).rowcount:
            return None
        found: tuple[int] = self._file.execute(
            "SELECT row FROM line WHERE person = ? AND at = ? AND channel = ? AND result = ?",
            (person, at, line.channel, line.result),
        ).fetchone()
        return found[0]

    def add_benefit(self, person: int, one: Benefit, row: int) -> int | None:
        """Keep it if it is the latest of the person; the number of a row that says otherwise of the same day."""
        told = (one.state, one.since.isoformat(), one.drawing_since.isoformat() if one.drawing_since else None, one.reason)
        had = self._file.execute("SELECT state, since, drawing, reason, row FROM benefit WHERE person = ?", (person,)).fetchone()
        if had is not None and had[1] == told[1] and had[:4] != told:
            return int(had[4])
        if had is None or had[1] < told[1]:
            self._file.execute("INSERT OR REPLACE INTO benefit VALUES (?, ?, ?, ?, ?, ?)", (person, *told, row))
        return None

    def benefits(self) -> Iterator[tuple[Benefit, bool]]:
        """In order of person, and whether the source says nothing else about the state of that person."""
        found = self._file.execute(
            "SELECT person, state, since, drawing, reason,"
            " NOT EXISTS (SELECT 1 FROM line WHERE line.person = benefit.person AND (result = ? OR at = ?)) FROM benefit ORDER BY person",
            (PASSED, _NEVER),
        )
        for person, state, since, drawing, reason, alone in found:
            began = date.fromisoformat(drawing) if drawing else None
            yield Benefit(person, state, date.fromisoformat(since), began, reason), bool(alone)

    def people(self) -> Iterator[tuple[list[CertificationRecord], Certification | None]]:
        """Person by person: their records, oldest first, and the state that follows from them."""
        lines = self._file.execute("SELECT person, at, channel, result, by_other, due, note FROM line ORDER BY person, at")
        for person, group in groupby(lines, key=lambda line: int(line[0])):
            records: list[CertificationRecord] = []
            state: Certification | None = None
            for _, at, channel, result, by_other, due, note in group:
                if at == _NEVER:
                    state = Certification(person, None, date.fromisoformat(due))
                    continue
                moment = datetime.fromtimestamp(at, SHANGHAI)
                records.append(CertificationRecord(person, moment, channel, result, bool(by_other), note))
                if result == PASSED:
                    state = Certification(person, moment.date(), date.fromisoformat(due), channel, result, bool(by_other))
            yield records, state


async def _checked(
    stream: Stream,
    store: Store | None,
    region: str,
    rules: CertificationRules,
    now: datetime,
    scratch: _Scratch,
    problems: _Problems,
) -> int:
    """Read every row, note what is wrong, and keep in the scratch file what is not; how many rows there were."""
    problems.add(*stream.problems)
    rows = 0
    if not stream.usable:
        return rows
    batch: list[_Line] = []
    async for row, wrong in stream.rows:
        rows += 1
        line = _line(row, now, wrong)
        problems.add(*sorted(wrong, key=lambda problem: problem.row))
        if line is not None:
            batch.append(line)
        if len(batch) >= _BATCH:
            await _settle(batch, store, region, rules, scratch, problems)
            batch = []
    await _settle(batch, store, region, rules, scratch, problems)
    problems.listed.sort(key=lambda problem: problem.row)
    return rows


def _line(row: Row, now: datetime, problems: list[Problem]) -> _Line | None:
    reading = cells.Reading(row, problems)
    id_no = reading.required("证件号码", cells.other_id)
    name = reading.optional("姓名", cells.text)
    due_on = reading.optional("下次到期日", cells.day)
    note = reading.optional("说明", cells.text) or ""
    by_other = reading.optional("是否代办", cells.word(_BY_OTHER)) or False
    benefit = _benefit(reading, now)
    if not reading.given("认证日期"):
        for column in ("渠道", "结果"):
            if reading.given(column):
                reading.complain("认证日期", f"填了{column}，这一格也要填")
                return None
        if not reading.given("下次到期日") and not reading.given("待遇状态"):
            reading.complain("下次到期日", "还没有认证过的，请填下次到期日")
        if not reading.ok or id_no is None:
            return None
        return _Line(row.number, id_no, name, None, "", "", by_other, due_on, note, benefit)
    at = reading.required("认证日期", cells.instant)
    channel = reading.required("渠道", _channel)
    result = reading.required("结果", cells.word(RESULTS))
    if at is not None and at > now and at.date() > now.astimezone(SHANGHAI).date():
        reading.complain("认证日期", "晚于今天")
    elif at is not None and due_on is not None and not timedelta(0) < due_on - at.date() <= _FURTHEST:
        reading.complain("下次到期日", "应晚于认证日期，相差不超过十年")
    if not reading.ok or id_no is None or at is None or channel is None or result is None:
        return None
    return _Line(row.number, id_no, name, at, channel, result, by_other, due_on, note, benefit)


def _benefit(reading: cells.Reading, now: datetime) -> Benefit | None:
    """待遇发放 of a row; None where it says nothing about it, or something wrong (which has then been noted)."""
    if not reading.given("待遇状态"):
        for column in _OF_BENEFIT:
            if reading.given(column):
                reading.complain("待遇状态", f"填了{column}，这一格也要填")
                break
        return None
    state = reading.optional("待遇状态", cells.word(_PAID))
    since = reading.required("状态日期", cells.day)
    reason = reading.optional("停发原因", cells.text) or ""
    drawing_since = reading.optional("开始领取日期", cells.day)
    today = now.astimezone(SHANGHAI).date()
    if since is not None and since > today:
        reading.complain("状态日期", "晚于今天")
    if since is not None and drawing_since is not None and drawing_since > since:
        reading.complain("开始领取日期", "晚于状态日期")
    if state == "paying" and reason:
        reading.complain("停发原因", "待遇正常发放的，请把这一格留空")
    if not reading.ok or state is None or since is None:
        return None
    return Benefit(0, state, since, drawing_since, reason)


def _channel(cell: Cell) -> str:
    found = cells.text(cell)
    return _CHANNELS.get("".join(found.split()), found)


async def _settle(
    batch: list[_Line],
    store: Store | None,
    region: str,
    rules: CertificationRules,
    scratch: _Scratch,
    problems: _Problems,
) -> None:
    """Look up the people of a batch, work out due days, and keep the rows."""
    known: dict[str, Person] = {}
    if store is not None and batch:
        async with store.reading() as repos:
            known = await repos.people.many_by_id_no((line.id_no for line in batch), region)
    for line in batch:
        person = known.get(line.id_no)
        if store is not None and person is None:
            problems.add(Problem(line.row, "证件号码", _unknown(line.id_no)))
            continue
        if person is None:
            if mistyped := _mistyped(line.id_no):
                problems.add(Problem(line.row, "证件号码", mistyped))
                continue
            number, due_on = scratch.stand_in(line.id_no), line.due_on
        else:
            if line.name is not None and line.name != person.name:
                problems.add(Problem(line.row, "姓名", "与登记的姓名不一致"))
                continue
            if line.at is not None and line.at.date() <= person.birth_date:
                problems.add(Problem(line.row, "认证日期", "早于出生日期"))
                continue
            number = person.id
            due_on = line.due_on or next_due(rules, person.birth_date, line.at.date() if line.at else None)
        if line.benefit is not None and (other := scratch.add_benefit(number, line.benefit, line.row)) is not None:
            problems.add(Problem(line.row, "待遇状态", f"与第{other}行不一致（同一人、同一天的待遇）"))
        if line.at is None and line.due_on is None:
            continue  # of the benefit alone
        if (same := scratch.add(number, line, due_on)) is not None:
            problems.add(Problem(line.row, "", f"与第{same}行重复（同一人、认证日期、渠道和结果）"))


def _mistyped(id_no: str) -> str | None:
    return identity.check(id_no) if id_no[:17].isdecimal() and len(id_no) == 18 else None


def _unknown(id_no: str) -> str:
    return _mistyped(id_no) or "这个人在本地区还没有参保登记，请先导入人员"


async def _write(repos: Repositories, scratch: _Scratch) -> tuple[int, int]:
    """Everything of the scratch file: how many records, and of how many people the state, or whether they are paid."""
    added = updated = 0
    records: list[CertificationRecord] = []
    states: list[Certification] = []

    async def flush() -> None:
        await repos.certifications.add_records(records)
        await repos.certifications.renew(states)

    for found, state in scratch.people():
        records += found
        states += [state] if state is not None else []
        if len(records) + len(states) >= _WRITTEN_AT_ONCE:
            added, updated = added + len(records), updated + len(states)
            await flush()
            records, states = [], []
    await flush()
    added, updated = added + len(records), updated + len(states)
    benefits = scratch.benefits()
    while batch := list(islice(benefits, _WRITTEN_AT_ONCE)):
        await repos.certifications.put_benefits(benefit for benefit, _ in batch)
        updated += sum(alone for _, alone in batch)
    return added, updated
