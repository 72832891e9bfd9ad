"""The list for visits, what is in doubt, and tests: who sees whom, what the workbook holds, what is on record. Today is 2024-09-12."""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from handlers.reminders import visits as lists
from handlers.reminders.channels import Doubt, Later, Letter, Outcome, Taken
from storage.identity import make
from storage.ports.records import AuditSearch, Binding, Certification, Channel, NoticeState, Person, User
from tests.console.campaigning import CHEN_PHONE, Machinery, drafted, retired, started
from tests.console.conftest import OfficeWorld, Window
from tests.people import AREA

VISITS = "/console/campaigns/visits"
LADDER = ["template", "sms", "visit"]


async def _unreached(office: OfficeWorld) -> tuple[Machinery, Window, str]:
    """刘一凡 (his chat refuses, no phone) and 周三宝 (nothing) of 滨州, and 吴四海 of 北京 (his chat refuses) are on the list."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    machinery.template.refuses |= {"oLiu", "oWu"}
    address = await started(office, window, region=["binzhou"], ladder=LADDER)
    await started(office, window, title="北京的", region=["beijing"], due_to="2024-09-20", ladder=LADDER)
    await machinery.run()
    return machinery, window, address


def _row(page: str, name: str) -> str:
    """The number of somebody's row on the list."""
    found = re.search(rf'/visits/(\d+)[^"]*"[^>]*>(?:(?!</form>).)*?{re.escape(name)} 的上门结果', page, re.S)
    assert found, name
    return found[1]


async def test_who_is_on_the_list_and_what_was_tried(office: OfficeWorld) -> None:
    """Masked, with every try in words and no code of the platform; by region and by campaign."""
    _, window, address = await _unreached(office)
    page = await window.get(VISITS)
    page.expect("刘*凡", "模板消息 9月12日 没关注（取消了关注）", "短信 9月12日 没送到（没有手机号）", "周*宝", "吴*海")
    page.expect_not("刘一凡", "43004", "no phone")
    beijing = await window.get(f"{VISITS}?region=beijing")
    beijing.expect("吴*海")
    beijing.expect_not("刘*凡")
    one = await window.get(f"{VISITS}?campaign={address.rpartition('/')[2]}")
    one.expect("刘*凡", "周*宝")
    one.expect_not("吴*海")
    (await window.get(f"{VISITS}?region=atlantis&campaign=x&after=-1")).expect("刘*凡", "吴*海")


async def test_the_list_is_of_ones_own_regions(office: OfficeWorld) -> None:
    """北京's account sees 吴四海 alone and can neither mark nor export the others."""
    _, window, _ = await _unreached(office)
    liu = _row((await window.get(VISITS)).text, "刘*凡")
    await office.employ("bj", "京运营", {"运营"}, frozenset({"beijing"}))
    other = await office.signed_in("bj")
    page = await other.get(f"{VISITS}?region=binzhou")
    page.expect("吴*海")
    page.expect_not("刘*凡", "周*宝")
    assert (await other.post(f"{VISITS}/{liu}", {"note": "已上门"})).status == 404
    book = CalamineWorkbook.from_filelike(
        BytesIO((await other.post(f"{VISITS}/export", {"reason": "上门", "region": "binzhou"})).body)
    )
    assert [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]] == ["吴四海"]


async def test_a_visit_is_written_down(office: OfficeWorld) -> None:
    """With what came of it; the person leaves the list and stands among those visited; a short note is refused and kept."""
    _, window, _ = await _unreached(office)
    number = _row((await window.get(VISITS)).text, "刘*凡")
    short = await window.post(f"{VISITS}/{number}", {"note": "好"})
    assert short.status == 400
    short.expect("请写一下上门或电话的结果")
    assert 'value="好"' in short.text
    assert f'id="note-{number}-error"' in short.text, "told beside the field too"
    answer = await window.post(f"{VISITS}/{number}?region=binzhou", {"note": "已帮老人在手机上认证"})
    assert answer.location == f"{VISITS}?region=binzhou"
    assert (await window.post(f"{VISITS}/{number}", {"note": "再点一次"})).status == 303
    (await window.get(VISITS)).expect_not("刘*凡")
    (await window.get(f"{VISITS}?done=1")).expect("刘*凡", "已帮老人在手机上认证")
    async with office.store.reading() as tx:
        notice = await tx.notices.get(int(number))
        assert notice is not None
        found = await tx.audit.search(AuditSearch(action="campaign-visited"))
        assert [entry.subject for entry in found] == [await tx.people.identity_hash(notice.person_id)]
        other = next(one for one in await tx.notices.of_person(notice.person_id) if one.state is not NoticeState.VISITED)
    assert (await window.post(f"{VISITS}/{other.id}", {"note": "不是上门的那条"})).status == 404


async def test_who_certifies_leaves_the_list(office: OfficeWorld) -> None:
    """Nobody is sent to somebody who has certified meanwhile."""
    _, window, _ = await _unreached(office)
    number = _row((await window.get(VISITS)).text, "刘*凡")
    async with office.store.transaction() as tx:
        notice = await tx.notices.get(int(number))
        assert notice is not None
        await tx.certifications.put_many(
            [Certification(notice.person_id, date(2024, 9, 12), date(2025, 9, 12), "APP认证", "通过")]
        )
    (await window.get(VISITS)).expect_not("刘*凡")


async def test_the_workbook(office: OfficeWorld) -> None:
    """Names, numbers and phones in clear, no phone said plainly, days as days, and a name that looks like a formula is a text. Each person is
    on record."""
    phone = "19900000077"
    async with office.store.transaction() as tx:
        odd = Person(0, "binzhou", "=1+2", make(AREA, date(1940, 1, 1), 71), phone, "男", date(1940, 1, 1), "已退休")
        number = (await tx.people.put_many([odd]))["binzhou", odd.id_no]
        await tx.certifications.put_many([Certification(number, None, date(2024, 10, 20))])
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    machinery.sms.refuses.add(phone)
    await started(office, window, due_from="2024-10-01", ladder=["sms", "visit"])
    await machinery.run()
    bare = await window.post(f"{VISITS}/export", {"reason": " "})
    assert bare.status == 400
    bare.expect("请写明为什么导出")
    assert 'id="reason-error"' in bare.text
    answer = await window.post(f"{VISITS}/export", {"reason": "九月上门"})
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="visits.xlsx"')
    assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    head, *rows = CalamineWorkbook.from_filelike(BytesIO(answer.body)).get_sheet_by_name("上门名单").to_python()
    assert head == ["姓名", "证件号码", "电话", "认证期限", "试过什么", "地区", "结果（上门后填）"]
    by_name = {str(row[0]): row for row in rows}
    assert set(by_name) == {"=1+2", "周三宝"}
    assert by_name["=1+2"][2:4] == [phone, date(2024, 10, 20)]
    assert by_name["=1+2"][1] == odd.id_no
    assert by_name["周三宝"][2:6] == ["没有登记电话", date(2024, 10, 12), "短信 9月12日 没送到（没有手机号）", "滨州"]
    with zipfile.ZipFile(BytesIO(answer.body)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")
    async with office.store.reading() as tx:
        found = await tx.audit.search(AuditSearch(action="campaign-export"))
        assert {entry.note for entry in found} == {"九月上门"}
        assert len({entry.subject for entry in found} - {""}) == 2


async def test_an_empty_list_is_no_workbook(office: OfficeWorld) -> None:
    """There is nothing to export, and it says so."""
    window = await office.signed_in("运营")
    answer = await window.post(f"{VISITS}/export", {"reason": "九月上门"})
    assert answer.status == 400
    answer.expect("名单是空的")


async def test_who_looks_may_not_export_or_mark(office: OfficeWorld) -> None:
    """管理员 and 审计 see the list masked, without buttons."""
    _, window, _ = await _unreached(office)
    number = _row((await window.get(VISITS)).text, "刘*凡")
    for role in ("管理员", "审计"):
        other = await office.signed_in(role)
        page = await other.get(VISITS)
        page.expect("刘*凡", "还没上门")
        page.expect_not("visits/export", f"visits/{number}")
        assert (await other.post(f"{VISITS}/export", {"reason": "想看"})).status == 403
        assert (await other.post(f"{VISITS}/{number}", {"note": "想改"})).status == 403


async def test_pages_of_the_list(office: OfficeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two a page: the second page goes on after the first, and both together are everybody once."""
    monkeypatch.setattr("bot.console.campaign_lists.PAGE", 2)
    _, window, _ = await _unreached(office)
    first = await window.get(VISITS)
    following = re.search(r'href="(/console/campaigns/visits\?after=\d+)"[^>]*rel="next"', first.text)
    assert following
    second = await window.get(following[1])
    names = [re.findall(r'rowheader">(\S+?)<span', page.text) for page in (first, second)]
    assert [len(one) for one in names] == [2, 1]
    assert {*names[0], *names[1]} == {"刘*凡", "周*宝", "吴*海"}
    monkeypatch.setattr(lists, "MOST", 2)
    answer = await window.post(f"{VISITS}/export", {"reason": "九月上门"})
    assert "%E5%89%8D2%E4%BA%BA" in answer.headers["Content-Disposition"], "the name says that it is the first two"
    assert len(CalamineWorkbook.from_filelike(BytesIO(answer.body)).get_sheet_by_index(0).to_python()) == 3


class _Unsure:
    """A channel that never says what has become of it."""

    async def send(self, letter: Letter) -> Outcome:
        return Doubt("timeout", again=False)


async def test_what_is_in_doubt_is_listed(office: OfficeWorld) -> None:
    """A short message without an answer stands there, masked, in words; another region's account does not see it."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    machinery.sms.send = _Unsure().send  # type: ignore[method-assign]
    address = await started(office, window, due_to="2024-09-30", reach="no_chat", ladder=["sms"])
    await machinery.run()
    (await window.get(address)).expect("存疑 1")
    for path in ("/console/campaigns/doubtful", f"/console/campaigns/doubtful?campaign={address.rpartition('/')[2]}"):
        page = await window.get(path)
        page.expect("陈*妹", "滨州", "本次", "短信", "2024年9月12日 10:")
        page.expect_not("陈二妹", "timeout")
    await office.employ("bj", "京运营", {"运营"}, frozenset({"beijing"}))
    other = await office.signed_in("bj")
    (await other.get("/console/campaigns/doubtful")).expect("没有存疑的")
    assert (await other.get(f"/console/campaigns/doubtful?campaign={address.rpartition('/')[2]}")).status == 404


DOUBTFUL = "/console/campaigns/doubtful"


async def _in_doubt(office: OfficeWorld, **fields: str | list[str]) -> tuple[Machinery, Window, str, str]:
    """陈二妹's short message is in doubt; the address of the campaign and the number of the row."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    machinery.sms.send = _Unsure().send  # type: ignore[method-assign]
    wanted: dict[str, str | list[str]] = {"due_to": "2024-09-30", "reach": "no_chat", "ladder": ["sms", "visit"], **fields}
    address = await started(office, window, **wanted)
    await machinery.run()
    found = re.search(rf'action="{DOUBTFUL}/(\d+)"', (await window.get(DOUBTFUL)).text)
    assert found
    return machinery, window, address, found[1]


@pytest.mark.parametrize(
    ("choice", "sentence", "state"),
    [
        ("arrived", "记好了。", NoticeState.DELIVERED),
        ("next", "已列进上门名单", NoticeState.REFUSED),
        ("leave", "记好了。", NoticeState.DROPPED),
    ],
)
async def test_a_doubt_is_decided(office: OfficeWorld, choice: str, sentence: str, state: NoticeState) -> None:
    """It arrived, it did not and the next way has it, or nothing more: once, on record, by 运营 alone."""
    _, window, _, number = await _in_doubt(office)
    boss = await office.signed_in("管理员")
    (await boss.get(DOUBTFUL)).expect("还没处理")
    assert (await boss.post(f"{DOUBTFUL}/{number}", {"choice": choice})).status == 403
    wrong = await window.post(f"{DOUBTFUL}/{number}", {"choice": "again"})
    assert wrong.status == 400
    wrong.expect("请选一种处理办法")
    (await window.follow(await window.post(f"{DOUBTFUL}/{number}", {"choice": choice}))).expect(sentence, "没有存疑的")
    (await window.follow(await window.post(f"{DOUBTFUL}/{number}", {"choice": "arrived"}))).expect("已经处理过了")
    async with office.store.reading() as tx:
        notice = await tx.notices.get(int(number))
        assert notice is not None
        assert notice.state is state
        found = await tx.audit.search(AuditSearch(action="campaign-decided"))
        assert [entry.subject for entry in found] == [await tx.people.identity_hash(notice.person_id)]
    listed = (await window.get(VISITS)).text
    assert ("陈*妹" in listed) is (choice == "next")
    await office.employ("bj", "京运营", {"运营"}, frozenset({"beijing"}))
    assert (await (await office.signed_in("bj")).post(f"{DOUBTFUL}/{number}", {"choice": "next"})).status == 404


async def test_a_doubt_that_nobody_decides_climbs(office: OfficeWorld) -> None:
    """After a day the next way has it, once; before, and where no other way follows, it stays for a decision."""
    machinery, _, _, number = await _in_doubt(office)
    office.clock.advance(23 * 3600)
    await machinery.work.climb(b"0")
    async with office.store.reading() as tx:
        assert len(await tx.notices.doubtful(0)) == 1
    office.clock.advance(2 * 3600)
    window = await office.signed_in("运营")
    for _ in range(2):
        await machinery.work.climb(b"0")
    (await window.get(DOUBTFUL)).expect("没有存疑的")
    (await window.get(VISITS)).expect("陈*妹", "短信 9月13日 没有回执")
    async with office.store.reading() as tx:
        notice = await tx.notices.get(int(number))
        assert notice is not None
        rows = await tx.notices.of_person(notice.person_id)
    assert sorted((row.channel.value, row.state) for row in rows) == [
        ("sms", NoticeState.UNANSWERED),
        ("visit", NoticeState.LISTED),
    ]


async def test_a_doubt_without_a_next_way_stays(office: OfficeWorld) -> None:
    """The ladder ends there: somebody has to decide."""
    machinery, _, _, _ = await _in_doubt(office, ladder=["sms"])
    office.clock.advance(25 * 3600)
    await machinery.work.climb(b"0")
    (await (await office.signed_in("运营")).get(DOUBTFUL)).expect("陈*妹")


async def test_a_test_goes_to_whom_the_staff_typed(office: OfficeWorld) -> None:
    """To a phone and to a chat, marked 测试, about nobody; the campaign's counters and the audience know nothing of it."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address = await drafted(window, sms="{name}，请在{due}前认证", hint="请尽快认证")
    for channel, to in (("sms", "13912345678"), ("template", "oWu")):
        page = await window.follow(await window.post(f"{address}/test", {"channel": channel, "to": to}))
        page.expect("测试已经发出")
    assert await machinery.jobs() == ["campaign-test", "campaign-test"]
    (sms,), (card,) = machinery.sms.letters, machinery.template.letters
    assert sms.phone == "13912345678"
    assert sms.words.sms == "（测试）刘*凡，请在2024年9月20日前认证。回TD退订"
    assert card.user is not None
    assert card.user.openid == "oWu"
    assert (card.words.holder, card.words.hint) == ("测试", "测试：请尽快认证")
    assert (card.notice.person_id, card.notice.stage) == (0, "test")
    await machinery.sender.drain()
    assert len(machinery.sms.letters + machinery.template.letters) == 2
    async with office.store.reading() as tx:
        assert await tx.campaigns.tallies(int(address.rpartition("/")[2])) == ()
        states = [(await tx.notices.get(letter.notice.id)) for letter in (sms, card)]
        assert [one.state if one else None for one in states] == [NoticeState.SENT, NoticeState.SENT]
        assert len(await tx.audit.search(AuditSearch(action="campaign-test"))) == 2
    whole = (office.folder / "office.sqlite").read_bytes()
    assert b"13912345678" not in whole, "the phone is sealed"


@pytest.mark.parametrize(
    ("channel", "to", "sentence"),
    [
        ("sms", "12345", "没看懂发给谁。请填 11 位手机号"),
        ("template", "不是手机号", "没看懂发给谁。请填 11 位手机号"),
        ("template", "oNobody", "没有找到能收的微信"),
        ("template", "13912345678", "没有找到能收的微信"),
        ("sms", "", "没看懂发给谁"),
        ("visit", "oWu", "请选一种测试方式"),
    ],
)
async def test_a_test_to_nobody_is_refused(office: OfficeWorld, channel: str, to: str, sentence: str) -> None:
    """What cannot be sent to is told at once, and stands in the form still."""
    await retired(office)
    window = await office.signed_in("运营")
    answer = await window.post(f"{await drafted(window)}/test", {"channel": channel, "to": to})
    assert answer.status == 400
    answer.expect(sentence)
    assert f'value="{to}"' in answer.text
    assert 'id="to-error"' in answer.text


async def test_a_test_finds_the_chat_by_the_phone(office: OfficeWorld) -> None:
    """Staff know phones, no openids: the card goes to the chat where somebody with that phone has logged in."""
    ids = await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    async with office.store.transaction() as tx:
        await tx.users.save(User("oChen", True, "person", None, ids["陈二妹"], following="f-oChen"))
        await tx.users.bind(Binding(0, "oChen", ids["陈二妹"], "person", "sms", "1", office.clock.now()))
    page = await window.follow(await window.post(f"{await drafted(window)}/test", {"channel": "template", "to": CHEN_PHONE}))
    page.expect("测试已经发出")
    await machinery.jobs()
    (card,) = machinery.template.letters
    assert card.user is not None
    assert card.user.openid == "oChen"


async def test_a_test_that_cannot_go_now_says_so(office: OfficeWorld) -> None:
    """The phone has just had a short message, or the way is halted: it stands on the page, and nothing is queued."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address, now = await drafted(window), office.clock.now()
    async with office.store.transaction() as tx:
        await tx.limits.hit("sms.reminder.minute", "13912345678", 1, timedelta(minutes=1), now)
        await tx.paces.halt("template", now + timedelta(hours=2), "45009")
    answer = await window.post(f"{address}/test", {"channel": "sms", "to": "13912345678"})
    assert answer.status == 400
    answer.expect("一分钟内刚收到过短信")
    answer = await window.post(f"{address}/test", {"channel": "template", "to": "oWu"})
    assert answer.status == 400
    answer.expect("模板消息现在停着，今天 12:0")
    assert await machinery.jobs() == []


class _Busy:
    """A channel that takes nothing the first time."""

    def __init__(self) -> None:
        self.tries = 0

    async def send(self, letter: Letter) -> Outcome:
        self.tries += 1
        return Later("limit", timedelta(seconds=40)) if self.tries == 1 else Taken("m1")


async def test_a_test_goes_later_and_never_sticks(office: OfficeWorld) -> None:
    """Not now: it goes a minute later. One that a worker was killed with is found and stands among the doubts: nothing stays open."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    busy = _Busy()
    machinery.sms.send = busy.send  # type: ignore[method-assign]
    address = await drafted(window)
    await window.post(f"{address}/test", {"channel": "sms", "to": "13912345678"})
    await machinery.jobs()
    office.clock.advance(61)
    await machinery.jobs()
    assert busy.tries == 2
    async with office.store.reading() as tx:
        assert not await tx.notices.open(0)
    await window.post(f"{address}/test", {"channel": "sms", "to": "13912345679"})
    async with office.store.transaction() as tx:  # a worker takes it, and is gone
        (taken,) = await tx.notices.claim(Channel.SMS, (0,), office.clock.now(), timedelta(minutes=2), 5)
    for _ in range(4):
        await machinery.jobs()
        office.clock.advance(61)
    async with office.store.reading() as tx:
        assert not await tx.notices.open(0)
        row = await tx.notices.get(taken.id)
    assert row is not None
    assert row.state is NoticeState.DOUBTFUL
    assert busy.tries == 2


async def test_tests_are_limited(office: OfficeWorld) -> None:
    """Twenty an hour for each account."""
    await retired(office)
    window = await office.signed_in("运营")
    address = await drafted(window)
    for _ in range(20):
        assert (await window.post(f"{address}/test", {"channel": "sms", "to": "13912345678"})).status == 303
    answer = await window.post(f"{address}/test", {"channel": "sms", "to": "13912345678"})
    assert answer.status == 400
    answer.expect("一小时最多测试 20 次")
