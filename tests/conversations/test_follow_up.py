"""What is said after an answer, and what stands between: words that go on with it, slots that survive a question, what a region lacks."""

from __future__ import annotations

import re

from tests import people
from tests.conversations import rights
from tests.conversations.conftest import Chat, World


async def _jianguo(chat: Chat) -> Chat:
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    return chat


async def _xiuying(chat: Chat) -> Chat:
    await chat.logs_in(people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李秀英")
    return chat


async def _li(chat: Chat) -> Chat:
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    return chat


async def test_details_and_conditions_are_those_of_the_last_answer(chat: Chat) -> None:
    """明细 hands out the link again, 换条件 asks for the time again and keeps the insurance."""
    await _jianguo(chat)
    await chat.says("查2024年医疗缴费")
    page = chat.link("查看明细")
    await chat.says("明细")
    assert chat.link("查看明细") == page
    await chat.says("换条件")
    chat.expect("您想查哪段时间的缴费")
    await chat.says("今年")
    chat.expect("医疗保险缴了 7 个月")


async def test_one_condition_is_changed_and_the_others_stay(chat: Chat) -> None:
    """医疗呢 keeps the time, 那2023年呢 keeps the insurance; a turn of talk between changes nothing."""
    await _jianguo(chat)
    await chat.says("查2024年养老缴费")
    chat.expect("养老保险缴了 7 个月")
    await chat.says("医疗呢")
    chat.expect("2024年1月 至 2024年9月，医疗保险缴了 7 个月")
    await chat.says("谢谢")
    await chat.says("那2023年呢")
    chat.expect("2023年1月 至 2023年12月 的医疗保险")


async def test_a_paper_is_asked_for_in_many_words(chat: Chat) -> None:
    """发我Excel, 下载pdf: the paper of the last answer, and then the sheet beside it without another paper."""
    await _jianguo(chat)
    for words in ("下载pdf", "发我Excel", "导出电子表格"):
        await chat.says("查2024年养老缴费")
        await chat.says(words)
        chat.expect("已经生成", "[打开单据]")
    paper = chat.link("打开单据")
    await chat.says("excel也要")
    chat.expect("PDF 和 Excel 都有")
    assert chat.link("打开单据") == paper


async def test_what_has_no_conditions_says_so(chat: Chat) -> None:
    """换条件 is never taken for a change of an employer's data."""
    await _jianguo(chat)
    await chat.says("参保登记信息")
    await chat.says("换条件")
    chat.expect("没有条件可以换")


async def test_another_matter_ends_what_followed(chat: Chat) -> None:
    """After a guide, 医疗呢 is a wish of its own again."""
    await _jianguo(chat)
    await chat.says("查2024年养老缴费")
    await chat.says("生育津贴指南")
    await chat.says("医疗呢")
    chat.expect("您想查哪段时间的缴费")


async def test_words_on_a_card_are_its_choices(chat: Chat) -> None:
    """要带什么材料 opens 材料 of the guide that was just shown."""
    await chat.says("怎么领失业金")
    chat.expect("1 材料")
    await chat.says("要带什么材料")
    chat.expect("材料：")


async def test_a_log_out_leaves_nothing_to_follow(chat: Chat) -> None:
    """The links of the last answer are not handed out after it."""
    await _jianguo(chat)
    await chat.says("查2024年养老缴费")
    await chat.says("退出登录")
    await chat.says("1")
    await chat.says("明细")
    chat.expect_not("查看明细")


async def test_what_was_said_first_survives_a_question(world: World, chat: Chat) -> None:
    """2024年补缴, then the choice: the year is not asked for again."""
    await _jianguo(chat)
    await chat.says("2024年补缴")
    chat.expect("1 查我的补缴记录")
    await chat.says("1")
    chat.expect("2024年1月 至 2024年9月")
    chat.expect_not("您想查哪段时间")


async def test_the_reason_why_a_time_is_wrong_is_said_at_once(chat: Chat) -> None:
    """In the first sentence as in the dialog."""
    await _jianguo(chat)
    for words, why in (
        ("查2027年的缴费", "2027年1月还没到"),
        ("查2024-13的养老缴费", "月份只有1到12月"),
        ("2024-06到2024-01的缴费", "比结束的2024年1月晚"),
        ("查2024年2月30日的缴费", "2月没有30日"),
    ):
        await chat.says(words)
        chat.expect(why, "您想查哪段时间的缴费")
        await chat.says("取消")


async def test_a_minus_one_chooses_nothing(chat: Chat) -> None:
    """The choices are shown again; a consent is not given."""
    await chat.says("登录")
    await chat.says("-1")
    chat.expect("您同意吗" if "您同意吗" in chat.last else "请回复 1 同意")
    await chat.says("取消")
    await chat.says("菜单")
    await chat.says("-1")
    chat.expect("请回复 1 到 ", "1 查缴费")
    await chat.says("²")
    chat.expect("请回复 1 到 ", "1 查缴费")


async def test_more_services_is_a_menu(chat: Chat) -> None:
    """更多服务 calls nobody."""
    await chat.says("更多服务")
    chat.expect("办事指南", "附近网点")


async def test_a_region_names_what_it_lacks_before_it_offers_another(world: World, chat: Chat) -> None:
    """北京 has no 缴费证明, 收入证明, 账户清单; 滨州 no 年度对账单 and no 定制. What was said along is kept."""
    await _jianguo(chat)
    for words, told in (
        ("今年的缴费证明", "北京没有“缴费证明”，可以用“缴费查询”的单据代替。"),
        ("养老金收入证明", "北京没有“养老金收入证明”，可以用“养老待遇查询”的单据代替。"),
        ("养老账户清单", "北京没有“养老账户清单”，可以用“年度对账单”代替。"),
    ):
        await chat.says(words)
        assert chat.last.startswith(told), chat.last
        await chat.says("取消")
    other = await _xiuying(Chat(world, "o-xiuying"))
    for words, told in (
        ("年度对账单", "滨州没有“年度对账单”，可以用“个人权益记录单”代替。"),
        ("定制权益记录", "滨州没有“权益记录定制”，可以用“个人权益记录单”代替。"),
    ):
        await other.says(words)
        assert other.last.startswith(told), other.last
        await other.says("取消")


async def test_one_thing_under_two_names_lacks_nothing(world: World, chat: Chat) -> None:
    """退休金 in 北京 and 挂失 in 北京 begin at once."""
    await _jianguo(chat)
    for words in ("退休金发了多少", "社保卡挂失"):
        await chat.says(words)
        chat.expect_not("没有“", "代替")
        await chat.says("取消")


async def test_a_region_without_it_speaks_of_what_was_asked(world: World, chat: Chat) -> None:
    """济南: the paper by its name, no choices that lead nowhere, and no lifting for a loss."""
    await _li(chat)
    for words, told in (
        ("缴费证明", "济南的“缴费证明”"),
        ("养老金收入证明", "济南的“养老金收入证明”"),
        ("权益记录单", "济南的“个人权益记录单”"),
        ("居民养老", "个人在这里还办不了"),
        ("失业金", "济南的“失业金发放”这里还查不了，请拨打12333问一问。\n“申领失业金”可以看："),
        ("社保卡挂失", "还不能挂失"),
    ):
        await chat.says(words)
        chat.expect(told)
    chat.expect_not("解挂")


async def test_choices_name_only_what_the_region_has(chat: Chat) -> None:
    """打印 in 北京 lists the papers of 北京."""
    await _jianguo(chat)
    await chat.says("打印")
    chat.expect("缴费信息（五险）")
    assert not re.search(r"\d+ (?:社保)?缴费证明|收入证明", chat.last)


async def test_another_conversation_in_an_answer_is_served(chat: Chat) -> None:
    """A time with the name of something else, where a time was asked for: what was named, at once."""
    await _jianguo(chat)
    await chat.says("职业年金缴费")
    await chat.says("2023年对账单")
    chat.expect("2023年度对账单")
    chat.expect_not("您是想办")
    await chat.says("职业年金缴费")
    await chat.says("去年的缴费")
    chat.expect_not("您是想办")


async def test_a_wish_is_no_job(chat: Chat) -> None:
    """用工备案 in the question for a job is looked up; a job is looked for."""
    await _xiuying(chat)
    await chat.says("招聘")
    await chat.says("用工备案")
    chat.expect("劳动用工备案")
    chat.expect_not("您是想办")
    await chat.says("招聘")
    await chat.says("电工")
    chat.expect("电工")


async def test_small_talk_is_answered_and_the_question_stays(chat: Chat) -> None:
    """大字 in the middle of a question gets its sentence, not a question about another wish."""
    await _jianguo(chat)
    await chat.says("职业年金缴费")
    await chat.says("那怎么认证")
    await chat.says("字太小了")
    chat.expect("长辈版")
    chat.expect_not("您是想办")


async def test_small_talk_in_the_middle_of_a_question_is_answered_shortly(chat: Chat) -> None:
    """谢谢闺女 and 大点字: a sentence, and the question again; with nothing open, no menu of twelve lines."""
    await _jianguo(chat)
    for words, told in (("谢谢闺女", "不客气"), ("大点字", "长辈版"), ("大字", "长辈版")):
        await chat.says("查缴费")
        await chat.says(words)
        chat.expect(told, "请发起止年月")
        chat.expect_not("您是想办")
        await chat.says("取消")
    await chat.says("谢谢闺女")
    chat.expect("不客气")
    chat.expect_not("1 ")


async def test_the_record_of_kin_is_not_the_askers(chat: Chat) -> None:
    """Neither a parent's pension nor a child's contributions: the family's way is named. How something is done is answered."""
    await _jianguo(chat)
    for words in ("我妈的养老金到账没", "查一下我爸的养老金", "我儿子的医保交了没", "看看俺爹的退休金发了多少"):
        await chat.says(words)
        chat.expect("只能查您本人的记录", "1 我要帮家人")
    await chat.says("我妈的养老金怎么认证")
    chat.expect_not("只能查您本人的记录")


async def test_a_question_with_nothing_in_it_gives_way(chat: Chat) -> None:
    """A sentence that names another thing is answered, not asked back about; others' data are refused there too."""
    await _jianguo(chat)
    await chat.says("职业年金缴费")
    await chat.says("帮我查一下王建国的养老金")
    chat.expect("只能查本人的记录")
    await chat.says("生育津贴怎么领")
    chat.expect("1 材料")
    chat.expect_not("您是想办")


async def test_more_of_what_has_no_more(chat: Chat) -> None:
    """更多 after the last line says that this was all."""
    await _jianguo(chat)
    await chat.says("查2024年养老缴费")
    await chat.says("更多")
    chat.expect("后面没有了")


async def test_a_bare_period_goes_on_with_the_last_answer_or_asks_for_contributions(chat: Chat) -> None:
    """2008年 in words, a span, a quarter: never a question about an employer."""
    await _jianguo(chat)
    await chat.says("查 2024.1-2024.6")
    chat.expect("2024年1月 至 2024年6月")
    await chat.says("查零八年的")
    chat.expect("2008年")
    await chat.says("我想看看2023年到2024年的")
    chat.expect("2023年1月 至 2024年")


async def test_retirement_of_somebody_else_is_worked_out_from_what_is_typed(chat: Chat) -> None:
    """Neither a friend's nor a parent's is answered with the asker's record."""
    await _jianguo(chat)
    for words in ("我朋友林晓棠什么时候退休", "我妈什么时候退休"):
        await chat.says(words)
        chat.expect("请告诉我出生年月")
        await chat.says("取消")


async def test_a_relative_who_speaks_for_her_asks_in_their_own_words(world: World) -> None:
    """我妈的养老金 is what the grant is for: it is looked up, not refused."""
    await rights.load(world)
    may = await rights.granted(world, world.ids.shufen, {"benefits"}, "o-daughter")
    await may.says("我妈的养老金")
    may.expect_not("只能查您本人的记录")
    may.expect("养老待遇")


async def test_a_log_in_that_was_only_asked_gives_way(chat: Chat) -> None:
    """What needs no log-in is answered at once; what needs one takes the place of the wish behind it; another's record is refused."""
    await chat.says("查去年的缴费")
    await chat.says("北京") if "您在哪里参保" in chat.last else None
    chat.expect("要先登录")
    await chat.says("失业金怎么领，都要带啥")
    chat.expect("材料：")
    chat.expect_not("您是想办", "留着")
    await chat.says("查去年的缴费")
    await chat.says("帮我查一下王建国的养老金")
    chat.expect("只能查本人的记录")
    await chat.says("看看我的认证记录")
    chat.expect_not("您是想办", "留着")
    await chat.says("1")
    await chat.says(people.JIANGUO_PHONE)
    await chat.says(chat.world.outside.code(people.JIANGUO_PHONE))
    await chat.says(people.JIANGUO.id_no[-4:])
    chat.expect("认证")
    chat.expect_not("缴费，个人合计")


async def test_a_paper_of_the_last_answer_after_something_else(chat: Chat) -> None:
    """下载 after a guide came between: the paper of the query before it."""
    await _jianguo(chat)
    await chat.says("查2024年养老缴费")
    await chat.says("生育津贴指南")
    await chat.says("下载")
    chat.expect("已经生成")
    await chat.says("退出登录")
    await chat.says("1")
    await chat.says("下载")
    chat.expect_not("已经生成")


async def test_words_of_a_guide_work_after_a_sentence_in_between(chat: Chat) -> None:
    """步骤, 全文 and 要不要带… are about the guide that was shown last; 换条件 says that there is none."""
    await chat.says("生育津贴指南")
    await chat.says("谢谢")
    await chat.says("步骤")
    chat.expect("1 材料")
    await chat.says("今天天气怎么样")
    await chat.says("全文")
    chat.expect("[看全文]")
    await chat.says("那我要不要带结婚证")
    chat.expect("材料：")
    await chat.says("更多")
    chat.expect_not("没太明白")


async def test_labels_of_a_calculation_are_words(chat: Chat) -> None:
    """换条件 offers what can be changed; a label that was typed works after another question was asked, too."""
    await _jianguo(chat)
    await chat.says("我什么时候退休")
    label = next((line.split(" ", 1)[1] for line in chat.last.splitlines() if re.match(r"\d+ ", line)), "")
    assert label
    await chat.says("谢谢")
    await chat.says(label)
    chat.expect_not("没太明白")


async def test_a_place_that_is_named_says_whose_guide_it_is(chat: Chat) -> None:
    """深圳 is not 北京: said in the first line."""
    await chat.says("深圳的生育津贴怎么领")
    assert chat.last.startswith("这是北京的办法，不是深圳的。"), chat.last


async def test_family_first_after_a_death(chat: Chat) -> None:
    """One warm line, and what a family does."""
    await chat.says("我妈走了，丧葬费找谁领")
    chat.expect("请节哀")
    chat.expect_not("您是想办")


async def test_a_short_name_is_explained(chat: Chat) -> None:
    """工津是啥意思: one line."""
    await chat.says("工津是啥意思")
    chat.expect("伤残津贴")


async def test_the_years_in_all_come_at_once(chat: Chat) -> None:
    """我一共缴了多少年, 我交了多少年社保了: the contributions of all time, without a question."""
    await _jianguo(chat)
    await chat.says("我一共缴了多少年")
    chat.expect("个人合计")
    chat.expect_not("您想查哪段时间")
    in_all = chat.last.partition("http")[0]
    for said in ("我交了多少年社保了", "交了几年了", "全部缴费"):
        await chat.says(said)
        assert chat.last.partition("http")[0] == in_all


async def test_a_paper_is_checked_by_a_photo_and_with_help(chat: Chat) -> None:
    """验真假: the photo is named first; 我不会弄 and 不知道 get help instead of a word about a wrong number; a wrong number is still told."""
    await chat.says("验真假")
    assert chat.last.startswith("最省事的：用手机把单据右上角的二维码拍清楚"), chat.last
    for words in ("我不会弄", "不知道", "验真假"):
        await chat.says(words)
        chat.expect("拍一张发给我", "12333")
        chat.expect_not("这不像")
    await chat.says("123")
    chat.expect("这不像查询流水号")
    await chat.says("生育津贴怎么领")
    chat.expect("1 材料")


async def test_annuity_alone_is_asked_about_with_what_is_paid_out(chat: Chat) -> None:
    """年金 of a pensioner may be what is paid to her."""
    await _jianguo(chat)
    await chat.says("年金")
    chat.expect("1 缴费", "2 账户余额", "3 发了多少")
    await chat.says("职业年金发了多少")
    chat.expect("养老待遇")
    chat.expect_not("缴费")


async def test_what_cannot_be_changed_says_so(chat: Chat) -> None:
    """换条件 after an answer without conditions is no change of the person; 步骤 works in a question that was only just asked."""
    await _jianguo(chat)
    await chat.says("我什么时候退休")
    await chat.says("换条件")
    chat.expect("没有条件可以换")
    await chat.says("生育津贴指南")
    await chat.says("查缴费")
    chat.expect("您想查哪段时间")
    await chat.says("步骤")
    chat.expect("1 材料")


async def test_a_guide_that_covers_a_part_says_which(chat: Chat) -> None:
    """Accidents at work, treatment elsewhere, and who is registered elsewhere: what is not in the guide stands before it."""
    for words, told in (
        ("我在单位摔了怎么报工伤", "先要做工伤认定"),
        ("去外地看病怎么报", "只讲河北燕达医院"),
        ("外地户口能在北京退休吗", "外地户口能不能在北京退休"),
    ):
        await chat.says(words)
        chat.expect(told, "12333")
