"""Who looked at whom: what a search finds and what it does not, what it leaves behind, and whether an altered record shows."""

from __future__ import annotations

import re
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.watch import in_words
from storage.ports.records import AuditEntry, AuditSearch, ChainReport
from storage.sql import audit
from tests import people
from tests.console.conftest import OfficeWorld, Window
from tests.console.work import put

ANY = {"start": "2024-09-01", "end": "2024-09-30"}


async def _two_looks(office: OfficeWorld) -> None:
    """受理 looks at a case of 李秀英, 审核 at one of 王德福."""
    first = await put(office, 1, "card_replace", person_id=office.ids.xiuying)
    second = await put(office, 2, "card_replace", person_id=office.ids.defu)
    clerk, reviewer = await office.signed_in("受理"), await office.signed_in("审核")
    assert (await clerk.get(f"/console/cases/{first.case_no}")).status == 200
    assert (await reviewer.get(f"/console/cases/{second.case_no}")).status == 200


def _rows(answer_text: str) -> list[str]:
    """The rows of the answer's table as words."""
    table = re.search(r'<section class="card" id="found".*?</section>', answer_text, re.S)
    assert table, answer_text
    body = re.search(r"<tbody.*?</tbody>", table[0], re.S)
    rows = re.findall(r"<tr.*?</tr>", body[0], re.S) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


async def test_searching_by_person_finds_who_looked_at_them(office: OfficeWorld) -> None:
    """By 李秀英's number: the look of 受理 and not the one of 审核 at somebody else."""
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    answer = await auditor.post("/console/audit", {**ANY, "id_no": people.XIUYING.id_no})
    rows = _rows(answer.text)
    assert any("钱受理（shouli）" in row and "看业务" in row for row in rows), rows
    assert not any("孙审核" in row for row in rows), rows
    answer.expect("只看关于同一个人的记录")


async def test_searching_by_login_finds_what_they_did(office: OfficeWorld) -> None:
    """By login: sign-in and look of that account, nothing of the other; the spelling of the login does not matter."""
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    rows = _rows((await auditor.post("/console/audit", {**ANY, "login": " ShouLi "})).text)
    assert [re.sub(r".*?\d+:\d+ ", "", row).split()[4] for row in rows] == ["看业务", "登录工作台"]
    assert all("钱受理（shouli）" in row for row in rows)


async def test_searching_by_action_feature_and_days(office: OfficeWorld) -> None:
    """Each condition narrows; a day is a whole day in Beijing; both ends are included."""
    await _two_looks(office)
    office.clock.advance(24 * 3600)
    auditor = await office.signed_in("审计")
    assert len(_rows((await auditor.post("/console/audit", {**ANY, "action": "look"})).text)) == 2
    assert len(_rows((await auditor.post("/console/audit", {**ANY, "action": "look", "login": "shenhe"})).text)) == 1
    first_day = {"start": "2024-09-12", "end": "2024-09-12"}
    assert len(_rows((await auditor.post("/console/audit", {**first_day, "action": "sign-in"})).text)) == 2
    second_day = {"start": "2024-09-13", "end": "2024-09-13"}
    rows = _rows((await auditor.post("/console/audit", {**second_day, "action": "sign-in"})).text)
    assert len(rows) == 1
    assert "吴审计" in rows[0]
    assert len(_rows((await auditor.post("/console/audit", {**ANY, "feature": "console", "login": "shenhe"})).text)) == 1
    (await auditor.post("/console/audit", {"start": "2024-09-14", "end": "2024-09-20"})).expect("没有符合条件的记录")


async def test_the_number_is_in_no_address_and_in_no_answer(office: OfficeWorld) -> None:
    """ASVS 14.2.1: it travels in the form alone, an address with one finds nothing, and the answer carries its keyed hash instead."""
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    answer = await auditor.post("/console/audit", {**ANY, "id_no": people.XIUYING.id_no})
    answer.expect_not(people.XIUYING.id_no, people.XIUYING.id_no[6:14])
    by_address = await auditor.get(f"/console/audit?id_no={people.XIUYING.id_no}&login=shouli")
    by_address.expect_not(people.XIUYING.id_no, "钱受理", 'id="found"')


async def test_asking_on_by_the_hash_finds_the_same(office: OfficeWorld) -> None:
    """只看此人 leads from one record to all about the same person, without anybody typing a number."""
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    looks = await auditor.post("/console/audit", {**ANY, "action": "look"})
    hashes = re.findall(r'name="subject" value="([0-9a-f]+)"><button', looks.text)
    assert len(set(hashes)) == 2
    for subject in hashes:
        rows = _rows((await auditor.post("/console/audit", {"subject": subject})).text)
        assert sum("看业务" in row for row in rows) == 1


async def test_the_auditor_is_on_record_too(office: OfficeWorld) -> None:
    """Every search and every check leaves a record about the person that was searched for."""
    auditor = await office.signed_in("审计")
    await auditor.post("/console/audit", {**ANY, "id_no": people.XIUYING.id_no})
    await auditor.post("/console/audit/chain")
    async with office.store.reading() as tx:
        me = await tx.audit.pseudonym("staff:shenji")
        about = await tx.people.identity_hash(office.ids.xiuying)
        found = await tx.audit.search(AuditSearch(actor=me))
    assert [(entry.action, entry.subject, entry.result) for entry in found] == [
        ("chain", "", "ok"),
        ("audit", about, "empty"),
        ("sign-in", "", "ok"),
    ]


async def test_long_answers_come_in_pages(office: OfficeWorld) -> None:
    """Fifty a page, each record once, the last page says so; turning pages is one look."""
    async with office.store.transaction() as tx:
        for number in range(120):
            at = office.clock.now() + timedelta(seconds=number)
            await tx.audit.write(AuditEntry(at, f"a{number}", "person", "query", "BZ-11", "", "ok"))
    auditor = await office.signed_in("审计")
    seen: list[str] = []
    fields = {**ANY, "action": "query"}
    for expected in (50, 50, 20):
        answer = await auditor.post("/console/audit", fields)
        numbers = re.findall(r"编号 (\d+)", answer.text)
        assert len(numbers) == expected
        seen += numbers
        more = re.search(r'name="before" value="(\d+)"', answer.text)
        fields = {**fields, "before": more[1] if more else ""}
    assert more is None
    answer.expect("已经是最早的一页")
    assert len(set(seen)) == 120
    async with office.store.reading() as tx:
        assert len(await tx.audit.search(AuditSearch(action="audit"))) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"login": "nobody"}, "没有登录名是“nobody”的账号"),
        ({"id_no": "12345"}, "证件号码应为18位，现在是5位"),
        ({"id_no": people.XIUYING.id_no[:17] + ("1" if people.XIUYING.id_no[17] != "1" else "2")}, "校验码"),
        ({"start": "2024-09-12", "end": "2024-09-11"}, "开始日期在结束日期后面"),
    ],
)
async def test_a_wrong_field_is_told_and_the_others_stay(office: OfficeWorld, fields: dict[str, str], sentence: str) -> None:
    """What was wrong and what to do, with everything typed still there."""
    auditor = await office.signed_in("审计")
    answer = await auditor.post("/console/audit", {**ANY, "action": "look", **fields})
    assert answer.status == 400
    answer.expect(sentence)
    assert '<option value="look" selected>' in answer.text


async def test_staff_are_shown_by_name_and_people_by_a_short_hash(office: OfficeWorld) -> None:
    """A record about an account names it; a record about a person does not."""
    boss = await office.signed_in("管理员")
    target = office.staff["客服"]
    await boss.post(f"/console/staff/{target.id}/off", {"version": str(target.version)})
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    answer = await auditor.post("/console/audit", ANY)
    off = next(row for row in _rows(answer.text) if "停用账号" in row)
    assert "郑管理（guanli） 管理员" in off
    assert "李客服" in off
    look = next(row for row in _rows(answer.text) if "看业务" in row)
    assert re.search(r"参保人 [0-9a-f]{6}", look)
    answer.expect_not("李秀英", "王德福")


# ── the chain ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def _linked(office: OfficeWorld) -> Window:
    await _two_looks(office)
    auditor = await office.signed_in("审计")
    async with office.store.transaction() as tx:
        await tx.audit.link()
        await tx.audit.anchor(office.clock.now())
    return auditor


def _intrude(office: OfficeWorld, statement: str) -> None:
    with sqlite3.connect(office.folder / "office.sqlite") as connection:
        assert connection.execute(statement).rowcount == 1
    connection.close()


async def test_a_whole_chain_is_told_as_whole(office: OfficeWorld) -> None:
    """Five records linked, one more since: all are counted and checked."""
    auditor = await _linked(office)
    answer = await auditor.post("/console/audit/chain")
    answer.expect("全部 5 条记录核对无误，其中 5 条已首尾相连", "没有发现改动、删除或插入")
    again = await auditor.post("/console/audit/chain")
    again.expect("全部 6 条记录核对无误，其中 5 条已首尾相连，最新 1 条还没到串联的时间")


@pytest.mark.parametrize(
    ("statement", "number", "sentence"),
    [
        ("UPDATE audit_log SET subject = '' WHERE id = 3", 3, "这一条的内容被改过"),
        ("UPDATE audit_log SET result = 'denied' WHERE id = 1", 1, "这一条的内容被改过"),
        ("DELETE FROM audit_log WHERE id = 2", 3, "这一条前面少了记录"),
        ("DELETE FROM audit_log WHERE id = 5", 5, "最后有记录被删掉了"),
        ("UPDATE audit_anchor SET head = x'00'", 5, "封存记录被改过"),
    ],
)
async def test_an_altered_record_is_named(office: OfficeWorld, statement: str, number: int, sentence: str) -> None:
    """S23: what somebody changed or cut in the database is found, with its number, in words and not in English."""
    auditor = await _linked(office)
    _intrude(office, statement)
    answer = await auditor.post("/console/audit/chain")
    answer.expect("发现问题", f"编号 {number} 的记录", sentence, "马上告诉信息安全负责人")


def test_every_reason_of_storage_has_words() -> None:
    """Whatever storage says of a broken chain is said in Chinese; also what it may say one day."""
    reasons = set(re.findall(r'"((?:an?|the|entries) [a-z\', ]{15,})"', Path(audit.__file__).read_text("utf-8")))
    assert len(reasons) == 7, reasons
    for reason in (*reasons, "something new"):
        assert not re.search(r"[a-z]{3}", in_words(ChainReport(5, 2, 3, reason))), reason
