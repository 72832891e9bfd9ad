"""Guides in chat, word for word: short answer, sections, browsing, finding, windows, other regions. Now is 2024-09-12 10:00 unless moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from dialogs.chapters.calculators_levy import levy
from handlers.guides.asked import asks_for_guides, beside, guide_wish
from handlers.guides.finding import called
from handlers.guides.versions import packed
from handlers.understood import direct_wish, wish_for
from storage.ports.records import GuideEdit
from storage.ports.regions import LevyWage
from storage.ports.time import SHANGHAI
from tests import people
from tests.conversations.conftest import Chat, World
from tests.fresh import regions, understanding

BJ = regions()["beijing"].guides


async def _region(chat: Chat, code: str) -> None:
    """The chat says where it is insured."""
    await chat.follows()
    async with chat.world.store.transaction() as tx:
        user = await tx.users.get(chat.openid)
        assert user is not None
        await tx.users.save(replace(user, region=code))


async def test_a_guide_answers_first_then_materials_steps_and_forms(chat: Chat) -> None:
    """生育津贴: whose guide it is, what, hours, time limit, the note on validity; no fee is known, so none is said; then by number."""
    await chat.says("生育津贴指南")
    assert chat.last.splitlines() == [
        "这是北京的办法。",
        "单位带登记表和诊断证明等到经办机构申领；单位发放的次月中下旬到账，银行代发的次月中旬到账。",
        "办理时间：全月工作日",
        "时限：单位发放：申领次月中下旬到单位，单位须及时付给职工；银行代发：次月中旬到个人账户",
        "提示：按北京市社会保险办事指南整理，指南没有注明日期；办理前可以拨打12333再确认一次。",
        "1 材料",
        "2 步骤",
        "3 表单",
        "[看全文](https://sb.example.test/g/beijing/BJH-25)",
    ]
    await chat.says("1")
    chat.expect("谁来办：用人单位为职工办理", "① 《北京市申领生育津贴人员信息登记表》一式2份", "1 步骤", "2 表单")
    await chat.says("步骤")
    chat.expect("【窗口】", "③ 领取《北京市申领生育津贴待遇核准表》，签字", "1 材料", "2 表单")
    await chat.says("2")
    chat.expect("要填的表：", "① 《北京市申领生育津贴人员信息登记表》", "下载专区")


async def test_what_is_long_comes_in_parts(chat: Chat) -> None:
    """The materials of 首次参保 do not fit one answer: 更多 goes on, nothing is said twice, nothing is left out."""
    told = []
    await chat.says("首次参保指南")
    await chat.says("1")
    while "更多（还有" in chat.last:
        told.append(chat.last)
        await chat.says("更多")
    told.append(chat.last)
    assert len(told) >= 2
    for line in (*BJ["BJH-03"].conditions, *BJ["BJH-03"].materials):
        assert sum(line in text for text in told) == 1


async def test_guides_are_browsed_by_part(chat: Chat) -> None:
    """办事指南: the five parts of the handbook first, then its guides by number, nine at a time."""
    await chat.says("办事指南")
    chat.expect("北京", "1 社会保险登记", "2 社会保险费征缴", "3 社会保险待遇", "4 社会保障卡", "5 权益记录和账户管理")
    await chat.says("3")
    chat.expect("社会保险待遇，您想看哪一篇？", "1 登记领待遇的银行卡", "10 更多（还有 3 篇）")
    await chat.says("10")
    chat.expect("1 领失业金", "3 领养老金的资格认证")
    await chat.says("1")
    chat.expect("北京城镇职工到户籍街道按月领")


async def test_the_menu_entry_opens_the_guides(chat: Chat) -> None:
    """P_GUIDE of the account's menu."""
    await chat.presses("P_GUIDE")
    chat.expect("您想看哪一类", "1 社会保险登记")


async def test_people_of_other_regions_are_told_whose_guide_it_is(chat: Chat) -> None:
    """滨州: its own first, 北京's named as such; a guide of 北京 says so before anything else."""
    await _region(chat, "binzhou")
    await chat.says("办事指南")
    chat.expect("滨州", "1 滨州个人网上服务", "2 北京：社会保险登记")
    await chat.says("4")
    chat.expect("这是北京的办法。滨州的办法可能不一样，请拨打12333问一问。\n社会保险待遇")
    await chat.says("生育津贴指南")
    assert chat.last.startswith("这是北京的办法。滨州的办法可能不一样")


async def test_a_region_that_lacks_a_capability_offers_the_guide(chat: Chat) -> None:
    """济南 has no 缴费查询 for persons: its own sentence, and 北京's guide said to be 北京's, which says so again when it is shown."""
    await _region(chat, "jinan")
    await chat.says("社保卡坏了怎么换")
    chat.expect("济南", "1 看指南：社会保障卡补（换）卡（北京的）", "2 看指南：济南社保卡申领")
    await chat.says("1")
    assert chat.last.startswith("这是北京的办法。济南的办法可能不一样")
    await chat.says("济南办社保卡指南")
    chat.expect("由单位在网上申领")
    chat.expect_not("这是北京的办法")


async def test_what_another_citys_employers_do_is_not_offered(chat: Chat) -> None:
    """滨州 lacks 补卡: 北京's way for people is offered as 北京's, 济南's, where the employer does it, is not."""
    await _region(chat, "binzhou")
    await chat.says("社保卡坏了怎么换")
    chat.expect("滨州", "1 看指南：社会保障卡补（换）卡（北京的）")
    chat.expect_not("济南")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ((2024, 9, 12, 10), "网上现在可以办"),
        ((2024, 9, 12, 17), "网上现在不在时段内，明天 06:00 开放"),
        ((2024, 9, 26, 10), "网上现在不在时段内，10月5日 06:00 开放"),
    ],
)
async def test_a_guide_with_a_window_says_whether_it_is_open(chat: Chat, at: tuple[int, ...], words: str) -> None:
    """BJH-11: each 5th to 25th, 6:00–17:00; at 17:00 it is closed, after the 25th until the next 5th."""
    chat.world.clock.set(datetime(*at, tzinfo=SHANGHAI))  # type: ignore[arg-type,misc]
    await chat.says("网上补缴指南")
    chat.expect(words)


async def test_a_reminder_for_a_window_leads_back_to_the_guide(chat: Chat) -> None:
    """Closed on the 26th: 开放时提醒我; on the 5th the chat is told, and what it is told to say opens the guide."""
    chat.world.clock.set(datetime(2024, 9, 26, 10, tzinfo=SHANGHAI))
    await chat.follows()
    await _region(chat, "beijing")
    await chat.says("网上补缴指南")
    await chat.says("开放时提醒我")
    chat.expect("10月5日 06:00 开放后我提醒您")
    chat.world.clock.set(datetime(2024, 10, 5, 9, tzinfo=SHANGHAI))
    await chat.world.settle()
    pushed = [message.text for _, message in chat.world.outside.pushed if hasattr(message, "text")]
    assert any("“补缴三个月指南”现在可以办了" in text for text in pushed)
    await chat.says("补缴三个月指南")
    chat.expect("网上现在可以办")


async def test_guides_of_what_can_be_done_here_lead_to_it(chat: Chat) -> None:
    """BJH-29: the guide offers the person's own progress; BJH-28 the filing."""
    await chat.says("制卡进度指南")
    chat.expect("96102", "查制卡进度")
    await chat.says("补办社保卡指南")
    chat.expect("工本费20元", "费用：20元", "在这里补卡、换卡")


async def test_asking_for_the_materials_opens_that_section(chat: Chat) -> None:
    """带什么材料 is answered by the materials, not by the conversation that files it."""
    await _region(chat, "beijing")
    await chat.says("补办社保卡要带什么材料")
    chat.expect("本人有效身份证件原件", "换卡：另交本人社保卡")


async def test_words_that_fit_no_guide_are_said_so(chat: Chat) -> None:
    """Nothing is shown that was not asked for; the list is one number away."""
    await chat.says("火星移民指南")
    chat.expect("没有找到这件事的指南", "1 按类别找指南")
    await chat.says("1")
    chat.expect("社会保险登记")


async def test_an_edit_is_seen_at_once_and_its_name_finds_it(chat: Chat, world: World) -> None:
    """An editor's version takes the place of the shipped one in the next answer; a name that only the editor gave leads to it."""
    await chat.says("生育津贴指南")
    edited = replace(BJ["BJH-25"], brief="改过的一句话。", aliases=(*BJ["BJH-25"].aliases, "宝宝津贴怎样领"))
    async with world.store.transaction() as tx:
        await tx.guide_edits.add(GuideEdit(0, "beijing", "BJH-25", packed(edited), world.clock.now(), 1), 0)
    await chat.says("生育津贴指南")
    chat.expect("改过的一句话。")
    await chat.says("宝宝津贴怎样领指南")
    chat.expect("改过的一句话。")
    async with world.store.transaction() as tx:
        newest = (await tx.guide_edits.history("beijing", "BJH-25", 1))[0]
        await tx.guide_edits.add(GuideEdit(0, "beijing", "BJH-25", "", world.clock.now(), 1), newest.id)
    await chat.says("生育津贴指南")
    chat.expect("单位带登记表和诊断证明等")


# ── 趸缴 (features 7.3) ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("kind", "yuan"), [("building", 72588), ("road", 72588), ("metro", 134806), ("pipe", 12962)])
def test_the_levy_is_that_of_the_handbook(kind: str, yuan: int) -> None:
    """The check values: 10000元 (invented) and 300 days."""
    assert levy(kind, 300, Decimal(10000)) == yuan


def test_the_levy_is_rounded_half_up_and_once() -> None:
    """By hand: building, 2083元, 25 days: 2083÷20.83 = 100, ×60%×25÷30×2520×1% = 1260 exactly. pipe, 20.83元, 50 days: 1×0.6×5÷3×4.5 = 4.5 → 5.
    pipe, 41.66元, 5 days: 2×0.6÷6×4.5 = 0.9 → 1."""
    assert levy("building", 25, Decimal(2083)) == 1260
    assert levy("pipe", 50, Decimal("20.83")) == 5
    assert levy("pipe", 5, Decimal("41.66")) == 1


async def test_the_levy_is_worked_out_in_three_answers(chat: Chat) -> None:
    """Type, days, wage; then the sum with the formula and where each figure comes from; one of them can be changed."""
    await chat.says("趸缴怎么算")
    chat.expect("1 建筑工程", "4 市政管道工程")
    await chat.says("1")
    chat.expect("合同工期总共多少天")
    await chat.says("很久")
    chat.expect("请发合同工期的总天数，例如 300")
    await chat.says("300天")
    chat.expect("月平均工资是多少元")
    await chat.says("1万")
    chat.expect(
        "建筑工程，工期300天：一次缴清 72588 元。", "10000÷20.83×60%×(300÷30)×2520×1%", "您填的", "项目开工前缴清", "2020年11月"
    )
    await chat.says("换工程类型")
    await chat.says("2")
    chat.expect("一次缴清 134806 元")
    await chat.says("看趸缴指南")
    chat.expect("建筑项目开工前", "算一算要缴多少")


async def test_an_absurd_pair_is_asked_back(chat: Chat) -> None:
    """10,000 days at 300 元 would give the very sum of 300 days at 10,000 元: nothing is worked out, and the two are offered turned round."""
    for said in ("趸缴怎么算", "1", "10000", "300"):
        await chat.says(said)
    chat.expect("工期 10000 天、月平均工资 300 元", "填反了", "1 按工期 300 天、月平均工资 10000 元算")
    chat.expect_not("一次缴清")
    await chat.says("1")
    chat.expect("工期300天：一次缴清 72588 元", "您填的")
    await chat.says("换平均工资")
    await chat.says("200")
    chat.expect("先没有算", "1 换平均工资")
    chat.expect_not("填反了")


async def test_a_wage_that_the_agency_has_set_is_taken_and_named(chat: Chat) -> None:
    """The wage is not asked for, its source is said, and another one can still be used."""
    before = chat.world.services.regions["beijing"]
    beijing = replace(before, levy=LevyWage(2023, Decimal("10000.00"), "经办机构设置（示例）"))
    chat.world.services.regions["beijing"] = beijing  # type: ignore[index]
    try:
        await chat.says("趸缴怎么算")
        await chat.says("地铁工程")
        await chat.says("300")
        chat.expect("一次缴清 134806 元", "2023年，经办机构设置（示例）")
        await chat.says("换平均工资")
        await chat.says("20000")
        chat.expect("一次缴清 269611 元", "您填的")
    finally:
        chat.world.services.regions["beijing"] = before  # type: ignore[index]  # the mapping is the one of all tests


# ── every alias ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("guide", BJ.values(), ids=lambda guide: guide.code)
async def test_every_alias_with_the_word_guide_lands_on_its_guide(chat: Chat, guide) -> None:  # type: ignore[no-untyped-def]
    """“…指南” is never a question: the guide itself answers."""
    for alias in guide.aliases:
        await chat.says(f"{alias}指南")
        chat.expect(f"/g/beijing/{guide.code})")


def test_aliases_alone_land_on_the_guide_on_its_conversation_or_on_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    """What people type without the word guide: the guide, the conversation that does it here, or a question that names several. Never
    another guide, never nothing."""
    beijing, today = regions()["beijing"], datetime(2024, 9, 12, tzinfo=SHANGHAI).date()
    landed, strays = {"guide": 0, "own": 0, "offered": 0, "asked": 0}, []
    for guide in BJ.values():
        for alias in guide.aliases:
            found = understanding().understand(alias, role="person", region="beijing", today=today)
            acts = found.action in {"run", "guide"}
            wish = direct_wish(alias) or (
                guide_wish(regions(), found.features, alias) or wish_for(found, beijing) if acts else None
            )
            if (wish and wish.said.get("guide") == guide.code) or (
                found.action == "unknown" and wish is None and called(BJ.values(), alias) == guide
            ):
                landed["guide"] += 1
            elif found.name == "employer" and beside(regions(), found.features, alias)[0][1].said["guide"] == guide.code:
                landed["offered"] += 1
            elif found.action == "clarify":
                landed["asked"] += 1
            elif wish and wish.dialog != "guide":
                landed["own"] += 1
            else:
                strays.append((guide.code, alias, found.action, found.features[:2]))
    with capsys.disabled():
        print(f"\naliases: {landed}; elsewhere: {strays}")
    assert strays == []


async def test_what_only_an_employer_does_offers_its_guide(chat: Chat) -> None:
    """增员 is no function of a person; how it is done may be read by anyone."""
    await _region(chat, "beijing")
    await chat.says("增员")
    chat.expect("单位经办人", "1 看指南：在京已参保职工（非机关事业）社保关系增减员")
    await chat.says("1")
    chat.expect("首选网上服务平台")


@pytest.mark.parametrize("said", ["不要指南", "别给我看指南"])
def test_a_denial_opens_no_guide(said: str) -> None:
    """What is not wanted is not shown."""
    assert asks_for_guides(said) is None


async def test_guides_are_for_those_who_are_logged_in_too(chat: Chat) -> None:
    """A person of 北京 sees the guide without a word about other regions, and nobody's record is looked at."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("怎么领失业金指南")
    chat.expect("北京城镇职工到户籍街道按月领")
    chat.expect_not("这是北京的办法")


@pytest.mark.parametrize(
    ("region", "asked", "what", "where"),
    [
        ("beijing", "破产清算信息查询", "破产清算信息", "请单位经办人登录北京社保网上服务平台办理"),
        ("beijing", "单位续签劳动合同在哪办", "劳动合同续签", "请单位经办人登录北京社保网上服务平台办理"),
        ("jinan", "离休人员医疗申报", "离休人员医疗申报", "请单位经办人登录济南市社会保险单位网上服务系统办理"),
        ("binzhou", "公司给员工减员怎么办理", "减员申报", "请单位经办人到参保地社保经办机构办理，或拨打 12333"),
    ],
)
async def test_who_asks_for_an_employer_is_told_where_to_go(chat: Chat, region: str, asked: str, what: str, where: str) -> None:
    """Also for what a manual only names (BJE-B-09, BJE-G-17, JN-1-08): not here, and where it is done; 滨州 has no manual for employers."""
    await _region(chat, region)
    await chat.says(asked)
    chat.expect(f"“{what}”由单位经办人办理", where)
