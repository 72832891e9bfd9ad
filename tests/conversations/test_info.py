"""登记信息 (BJQ-P-01, BZ-09) and 转移接续 (BJQ-P-02d). The rows stand in `tests.conversations.rights`."""

from __future__ import annotations

from datetime import date

import pytest

from storage.ports.records import Participation, Transfer
from storage.ports.time import Month
from tests import people
from tests.conversations import rights
from tests.conversations.conftest import Chat, World


@pytest.fixture
async def jianguo(world: World, chat: Chat) -> Chat:
    await rights.load(world)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat


@pytest.mark.parametrize("words", ["我的参保信息", "登记信息"])
async def test_who_is_insured_in_what_is_told_at_once(jianguo: Chat, words: str) -> None:
    """No question: the name masked, 养老 and 医疗 in force, 工伤 interrupted, insured since 2005-07-01."""
    await jianguo.says(words)
    jianguo.expect("张*国，在职，参保状态：正常参保。", "正常参保：养老、医疗。", "中断：工伤。")
    jianguo.expect("参保单位：北京样例科技有限公司。", "最早从2005年7月1日起参保。", "查看明细", "下载")
    jianguo.expect_not("张建国", people.JIANGUO.id_no, "1234567890", "样例街")


async def test_more_lists_the_spells(jianguo: Chat) -> None:
    """更多: a line each, by insurance."""
    await jianguo.says("我的参保信息")
    jianguo.expect("更多（还有 3 条）")
    await jianguo.says("1")
    jianguo.expect("养老保险：正常参保，参保 2005-07-01，北京样例科技有限公司\n医疗保险：", "工伤保险：中断，参保 2010-01-01")
    jianguo.expect_not("更多", "张*国")


async def test_the_paper_has_what_is_on_file_and_hides_the_numbers(jianguo: Chat) -> None:
    """下载: the form with 户口性质 and 定点医疗机构; of numbers and addresses a part only."""
    await jianguo.says("登记信息")
    await jianguo.says("下载")
    jianguo.expect("《个人登记信息》已经生成", "/d/")
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    for part in ("个人登记信息", "户口性质本市非农业户口", "样例第一医院、样例第二医院", "参加工作日期2003-07-01"):
        assert part in text
    for part in ("户籍地址北京市东城区****", "电脑序号******7890", "工伤保险中断2010-01-012022年06月北京样例科技有限公司"):
        assert part in text
    for part in (people.JIANGUO.id_no, people.JIANGUO_PHONE, "样例街", "1234567890"):
        assert part not in text
    assert (await rights.newest_paper(jianguo.world, jianguo.world.ids.jianguo)).feature == "BJQ-P-01"


async def test_binzhou_has_the_same_under_its_own_name(world: World, chat: Chat) -> None:
    """BZ-09, 个人参保信息; one spell is said once and needs no 更多."""
    await rights.load(world)
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says("参保信息")
    chat.expect("李*英，在职，参保状态：正常参保。", "正常参保：养老。", "最早从2019年1月1日起参保。")
    chat.expect_not("更多")
    await chat.says("下载")
    paper = await rights.newest_paper(world, world.ids.xiuying)
    assert (paper.feature, paper.title) == ("BZ-09", "个人参保信息")


async def test_somebody_who_is_not_on_file_yet_is_told_so(chat: Chat) -> None:
    """No registration and no spell: what is known of the person, when it can be seen, and where to ask; still a paper."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("我的参保信息")
    chat.expect("张*国，在职。", "还没有查到参保记录", "12333")
    await chat.says("下载")
    chat.expect("《个人登记信息》已经生成")
    assert "性别男" in await rights.paper_text(chat.world, chat.world.ids.jianguo)


async def test_the_newest_spell_of_an_insurance_counts(jianguo: Chat) -> None:
    """A second spell of 工伤 from 2023 that is in force: nothing is interrupted any more."""
    async with jianguo.world.store.transaction() as tx:
        await tx.rights.put_many(
            [Participation(jianguo.world.ids.jianguo, "injury", date(2023, 1, 1), rights.COMPANY, "正常参保")]
        )
    await jianguo.says("我的参保信息")
    jianguo.expect("正常参保：养老、医疗、工伤。")
    jianguo.expect_not("中断")


async def test_transfers_are_added_up_by_place_without_asking_for_a_time(jianguo: Chat) -> None:
    """First table 天津 12 + 上海 24 = 36, second 河北 6, 医疗 上海 24."""
    await jianguo.says("转移记录")
    jianguo.expect("查到 4 条转移接续记录。", "养老：共 36 个月（天津市 12 个月，上海市 24 个月）")
    jianguo.expect("养老（第二张表）：共 6 个月（河北省 6 个月）", "医疗：共 24 个月（上海市 24 个月）", "更多（还有 4 条）")
    await jianguo.says("更多")
    jianguo.expect("养老：2001年1月 至 2002年12月：共 24 个月，上海市")


async def test_the_paper_of_transfers_has_three_tables_with_their_totals(jianguo: Chat) -> None:
    """合计 36 under the first, 合计 6 under the one row of the second, none under 医疗."""
    await jianguo.says("转移接续信息")
    await jianguo.says("下载")
    paper = await rights.newest_paper(jianguo.world, jianguo.world.ids.jianguo)
    one, two, medical = paper.tables
    assert [column.title for column in one.columns] == ["实际缴费起止年月", "实际缴费月数", "原参保地", "转出地"]
    assert one.rows[1] == ("2001年1月 至 2002年12月", "24", "上海市", "天津市")
    assert one.totals == ("合计", "36", "", "")
    assert [column.title for column in two.columns] == ["实际缴费起止年月", "实际缴费月数", "原参保地"]
    assert two.totals == ("合计", "6", "")
    assert [column.title for column in medical.columns] == ["实际缴费起止年月", "实际缴费月数", "转出地"]
    assert medical.totals == ()
    text = await rights.paper_text(jianguo.world, jianguo.world.ids.jianguo)
    assert "医疗保险转移接续信息" in text
    assert "合计36" in text
    assert "手机号码199****0001" in text


async def test_many_places_are_named_in_part(jianguo: Chat) -> None:
    """Four more in the second table: three are named, the number of all is told."""
    async with jianguo.world.store.transaction() as tx:
        await tx.rights.put_many(
            Transfer(jianguo.world.ids.jianguo, "pension", 2, Month(2004, month), Month(2004, month), 1, place)
            for month, place in enumerate(("山西省", "山东省", "河南省", "湖北省"), start=1)
        )
    await jianguo.says("转移记录")
    jianguo.expect("养老（第二张表）：共 10 个月（河北省 6 个月，山西省 1 个月，山东省 1 个月 等 5 个地方）", "查到 8 条")


async def test_no_transfer_is_said_plainly(chat: Chat) -> None:
    """What was looked through, what has to happen first, and the hotline; nothing to download."""
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("转移记录")
    chat.expect("查了您名下全部的养老、医疗转移接续，未查到记录。", "办理转移手续", "12333")
    chat.expect_not("下载", "查看明细")
    chat.expect("1 看办事指南")
    await chat.says("1")
    chat.expect("转移")


async def test_a_region_without_it_says_so(world: World, chat: Chat) -> None:
    """滨州 has no 转移接续信息, 济南 no 登记信息 for persons."""
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    await chat.says("转移接续信息")
    chat.expect("滨州", "12333")
    chat.expect_not("未查到记录")
    other = Chat(world, "o-li")
    world.clock.advance(61)
    await other.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    await other.says("我的参保信息")
    other.expect("济南的“参保信息查询”", "12333")


async def test_a_relative_sees_it_with_the_right_only(world: World) -> None:
    """With 待遇查询 the daughter sees the status; with 认证 alone she is told that it was not granted."""
    await rights.load(world)
    may = await rights.granted(world, world.ids.jianguo, {"benefits"}, "o-may")
    await may.says("登记信息")
    may.expect("张*国，在职，参保状态：正常参保。")
    may_not = await rights.granted(world, world.ids.jianguo, {"certification"}, "o-not")
    for words in ("登记信息", "转移记录"):
        await may_not.says(words)
        may_not.expect_not("正常参保", "36 个月", "未查到")
        may_not.expect("授权")
