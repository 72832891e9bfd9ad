"""资格认证 at the chat: the date and its reason under each rule, other ways than the face, missed dates, records with page and PDF."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pypdfium2
import pytest

from handlers.documents import Issued, thaw
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import render_pdf
from handlers.documents.typesetter import Typesetter
from storage.identity import make
from storage.ports.records import Benefit, Certification, CertificationRecord, Person
from storage.ports.regions import CertificationRules, MissedRules, MonthDay
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World, shown

LAST4 = people.SHUFEN.id_no[-4:]


def at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


async def knows(world: World, *records: CertificationRecord) -> None:
    """These records of 赵淑芬 are on file."""
    async with world.store.transaction() as tx:
        await tx.certifications.add_records(records)


def of(
    world: World, when: datetime, channel: str = "APP认证", result: str = "通过", by_other: bool = False
) -> CertificationRecord:
    return CertificationRecord(world.ids.shufen, when, channel, result, by_other)


def under(world: World, **changes: object) -> None:
    """北京 with other settings for certification."""
    beijing = world.services.regions["beijing"]
    rules: CertificationRules = replace(beijing.certification, **changes)  # type: ignore[arg-type]
    world.services.regions["beijing"] = replace(beijing, certification=rules)  # type: ignore[index]


@pytest.fixture
def own_regions(world: World) -> None:
    """Regions of this test alone, to be changed."""
    object.__setattr__(world.services, "regions", dict(world.services.regions))


async def test_the_date_comes_with_its_reason(chat: Chat) -> None:
    """Certified on 2023-09-27, twelve months: due 2024-09-27, and that is said."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("我的认证到什么时候")
    chat.expect("2024年9月27日", "还有 15 天", "上次认证 2023年9月27日，每 12 个月一次")
    chat.expect("认证记录", "错过了怎么办", "刷脸没过怎么办", "帮家人", "人在境外", "请所在单位协助", "居住地的社保机构")


@pytest.mark.usefixtures("own_regions")
async def test_the_month_of_birth_as_a_rule(chat: Chat) -> None:
    """赵淑芬 was born in November: her day is its end, and before its first day there is nothing to do yet."""
    world = chat.world
    under(world, rule="birthday")
    async with world.store.transaction() as tx:
        await tx.certifications.put_many(
            [Certification(world.ids.shufen, date(2023, 11, 10), date(2024, 11, 30), "APP认证", "通过")]
        )
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("资格认证")
    chat.expect("2024年11月30日", "还有 79 天", "每年在您的出生月份", "2024年11月1日起可以办")
    world.clock.set(at(2024, 11, 1, 9, 0))
    await chat.says("资格认证")
    chat.expect("还有 29 天")
    chat.expect_not("起可以办")


@pytest.mark.usefixtures("own_regions")
async def test_a_season_as_a_rule(chat: Chat) -> None:
    """1 September to 31 October each year."""
    under(chat.world, rule="season", season_from=MonthDay(9, 1), season_to=MonthDay(10, 31))
    async with chat.world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(chat.world.ids.shufen, date(2023, 9, 27), date(2024, 10, 31))])
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("资格认证")
    chat.expect("2024年10月31日", "还有 49 天", "每年9月1日到10月31日")


@pytest.mark.usefixtures("own_regions")
async def test_a_visitor_is_told_the_rule_but_no_date(chat: Chat) -> None:
    """And an own entry of the agency is a link, shown only where it is set."""
    await chat.says("资格认证")
    await chat.says("北京")
    chat.expect("登录", "每 12 个月认证一次", "不用刷脸")
    chat.expect_not("打开认证入口", "还有")
    under(chat.world, entry_url="https://rz.example.test/")
    await chat.says("资格认证")
    assert chat.link("打开认证入口") == "https://rz.example.test/"
    await chat.says("1")
    assert chat.link("打开认证入口") == "https://rz.example.test/"
    await chat.says("资格认证")
    await chat.says("2")
    chat.expect_not("打开认证入口")


async def test_a_retiree_without_a_date_is_told_whom_to_ask(world: World) -> None:
    """Retired, but nothing on file: not “不用认证”, and the ways are there."""
    person = Person(
        0, "beijing", "周样", make(people.AREA, date(1950, 1, 1), 77), "19900000077", "男", date(1950, 1, 1), "已退休"
    )
    async with world.store.transaction() as tx:
        await tx.people.put_many([person])
    chat = Chat(world)
    await chat.logs_in("19900000077", person.id_no[-4:])
    await chat.says("资格认证")
    chat.expect("暂时没有查到您的认证日期", "12333", "不用刷脸")
    await chat.says("错过了认证怎么办")
    chat.expect("暂时没有查到您的认证日期", "恢复：")


async def test_a_face_that_is_not_recognised_has_other_ways_at_once(chat: Chat) -> None:
    """Logged in or not, in one answer: only ways without the face, and the first of them opens by number."""
    for text in ("刷脸没过", "人脸识别老是过不去"):
        await chat.says(text)
        if "哪里参保" in chat.last:
            await chat.says("北京")
        chat.expect("不要紧", "居住地的社保机构", "请所在单位协助", "人在境外")
        chat.expect_not("本人用北京通刷脸", "帮家人刷脸")
    await chat.says("1")
    chat.expect("居住地的社保机构：", "身份证")


async def test_the_way_with_the_face_leads_to_the_others(chat: Chat) -> None:
    """Below its steps stand the other ways and what to do when it fails."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("资格认证")
    await chat.says("1")
    chat.expect("北京通", "3个工作日", "别的办法", "刷脸没过怎么办")


async def test_missed_and_what_happens_then(chat: Chat) -> None:
    """Ten days late: the own state first, then 暂停, 恢复, 补发; what the handbook does not say is said to be silent."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    chat.world.clock.set(at(2024, 10, 7, 10, 0))
    await chat.says("养老金停发了")
    chat.expect(
        "2024年9月27日前完成，已经过了 10 天", "暂停：", "恢复：", "待遇恢复发放申请", "补发：", "没有统一的说法", "12333"
    )
    await chat.says("1")
    chat.expect("已经过了 10 天", "不用刷脸")


async def test_until_when_tells_that_the_pension_is_paused(chat: Chat) -> None:
    """Who asks about the certification while the pension is paused hears so, since when and why: it is no longer what may come."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    async with chat.world.store.transaction() as tx:
        await tx.certifications.put_benefits([Benefit(chat.world.ids.shufen, "paused", date(2024, 9, 30), reason="未按时认证")])
    chat.world.clock.set(at(2024, 10, 7, 10, 0))
    await chat.says("资格认证")
    lines = chat.last.splitlines()
    assert lines[0].startswith("您的认证应在2024年9月27日前完成，已经过了 10 天")
    assert lines[1] == "您的养老待遇从2024年9月30日起暂停发放，登记的原因是：未按时认证。"
    chat.expect("1 ")


async def test_a_pension_that_stopped_for_another_reason(chat: Chat) -> None:
    """Not overdue: that is said, so that nobody certifies in vain and waits."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("养老金停发了")
    chat.expect("没有过期", "可能是别的原因")


async def test_missed_for_a_visitor_and_where_the_manual_is_silent(chat: Chat) -> None:
    """No state of anybody; 济南 has set nothing, so whom to ask is told."""
    await chat.says("错过认证了怎么办")
    await chat.says("济南")
    chat.expect("登录", "没有统一的说法", "12333", "补发：")
    chat.expect_not("暂停：", "您的认证应在")


@pytest.mark.usefixtures("own_regions")
async def test_the_agencys_own_words_on_back_pay(chat: Chat) -> None:
    """What the agency has set replaces the sentence about silence."""
    under(chat.world, missed=MissedRules("停一停。", "再发放。", "停发的月份一并补发。"))
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("补发养老金")
    chat.expect("暂停：停一停。", "恢复：再发放。", "补发：停发的月份一并补发。")
    chat.expect_not("没有统一的说法")


async def test_what_is_under_way_is_told(chat: Chat) -> None:
    """审核中 needs no second try; 未通过 does; one before the last that counted is of no interest."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await knows(chat.world, of(chat.world, at(2023, 9, 1), result="未通过"))
    await chat.says("资格认证")
    chat.expect_not("没有通过")
    await knows(chat.world, of(chat.world, at(2024, 9, 10), result="未通过"))
    await chat.says("资格认证")
    chat.expect("您2024年9月10日做的认证（APP认证）没有通过", "换个办法")
    await knows(chat.world, of(chat.world, at(2024, 9, 11), "异地机构", "审核中"))
    await chat.says("错过了怎么办，认证")
    chat.expect("2024年9月11日做的认证（异地机构）还在审核")


async def test_records_with_page_and_paper(chat: Chat) -> None:
    """Newest first, with channel and time where it is known; the page opens, the PDF is issued, and both are audited as hers."""
    await knows(
        chat.world,
        of(chat.world, at(2023, 9, 27, 9, 5)),
        of(chat.world, at(2022, 9, 20), "使领馆", by_other=True),
        of(chat.world, at(2023, 9, 26), result="未通过"),
    )
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("认证记录")
    chat.expect(
        "认证记录共 3 条", "2023-09-27 09:05 APP认证：通过", "2022-09-20 使领馆：通过（他人代办）", "下次认证到2024年9月27日为止"
    )
    lines = chat.last.splitlines()
    assert [line[:10] for line in lines if line[:3] in {"202"}] == ["2023-09-27", "2023-09-26", "2022-09-20"]
    assert "/p/" in chat.link("查看全部")
    await chat.says("1")
    chat.expect("待遇资格认证记录", "流水号")
    assert "/d/" in chat.link("打开单据")


async def test_many_records_are_cut_in_the_chat(chat: Chat) -> None:
    """Seven: the count, the newest five, the rest on the page."""
    await knows(chat.world, *(of(chat.world, at(year, 9, 20)) for year in range(2017, 2024)))
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("查我的认证记录")
    chat.expect("认证记录共 7 条，最近 5 条是", "2019-09-20")
    chat.expect_not("2018-09-20")


async def test_the_state_alone_is_one_record(chat: Chat) -> None:
    """An agency that gave only the newest state: that one is shown; who is at work has none."""
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("认证记录")
    chat.expect("认证记录共 1 条", "2023-09-27 APP认证：通过")
    other = Chat(chat.world, "o-two")
    await other.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await other.says("认证记录")
    other.expect("还没有认证记录")
    other.expect_not("2023-09-27", "下载")


async def test_records_need_a_log_in(chat: Chat) -> None:
    """A visitor is asked to log in first, and sees the own ones right after it."""
    await chat.says("认证记录")
    chat.expect("登录")
    chat.expect_not("认证记录共")
    await chat.says("1")
    await chat.says(people.SHUFEN_PHONE)
    await chat.says(chat.world.outside.code(people.SHUFEN_PHONE))
    await chat.says(LAST4)
    assert "认证记录共 1 条" in "\n".join([chat.last, *map(shown, chat.more)])


async def test_the_paper_says_the_same(chat: Chat) -> None:
    """The issued PDF, read back: holder, due day with its reason, each record with channel, time, result and who did it, and the note."""
    await knows(chat.world, of(chat.world, at(2023, 9, 27, 9, 5)), of(chat.world, at(2022, 9, 20), "使领馆", by_other=True))
    await chat.logs_in(people.SHUFEN_PHONE, LAST4)
    await chat.says("认证记录")
    await chat.says("1")
    async with chat.world.store.reading() as tx:
        document = (await tx.documents.of_person(chat.world.ids.shufen))[0]
    assert document.feature == "BJH-M-22"
    verify = f"https://sb.example.test/v/{document.serial_no}/{document.check_code}"
    typesetter = Typesetter(load_fonts())
    issued = Issued(document.serial_no, document.check_code, document.created_at, verify, thaw(document.snapshot))
    opened = pypdfium2.PdfDocument(render_pdf(issued, typesetter))
    text = "".join("".join(page.get_textpage().get_text_bounded() for page in opened).split())
    opened.close()
    for part in (
        "待遇资格认证记录", "赵淑芬", "2024-09-27", "上次认证2023-09-27，每12个月一次", "2023-09-2709:05", "APP认证", "使领馆", "他人代办", "经办机构",
    ):  # fmt: skip
        assert part in text, part
