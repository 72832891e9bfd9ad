"""Sentences that sound like a refusal and are none, that say nothing, and that ask for another's matter in ordinary words. Today is 2024-09-12."""

from __future__ import annotations

import pytest

from handlers.understanding import default_understanding
from tests.words.score import TODAY
from tests.words.test_understanding import understood


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我想把密码改成好记的", "password"),
        ("给我姥姥弄一下养老那个刷脸", "certification"),
        ("照片是三十年前的，跟现在长得不像，认证通不过", "certification_no_face"),
        ("我妈五十六了，想把早年没交的补上", "guide_10"),
        ("咱家老太太让我问，她那养老交够十五年没有", "contributions"),
        ("缺哪几个月的社保，俺好找老板", "gaps"),
        ("系统显示我中断失业，新单位增不上", "guide_04"),
        ("户口性质登的是农业还是城镇", "insured_info"),
        ("卡片褪色名字看不见", "card_replace"),
        ("听讲不去认证要停工资，我如今人在长沙，何解搞", "certification"),
    ],
)
def test_words_that_sound_refused_or_taken_back_are_served(text: str, name: str) -> None:
    """改成, 长得不像, 系统显示 and 不去 are said of harmless wishes too; 户口 is a part of what is registered here."""
    assert understood(text, "beijing").name == name


@pytest.mark.parametrize(
    "text",
    [
        "我堂哥跟我同一天办的，他拿了两个月的，为啥少，把我的细目给我",
        "我老公说他的涨了，我的涨了没有",
        "我嫂子跟我同一天递的，她的都下来了，我的呢",
        "隔壁摊卖鱼的说他交了十九年，我这卖菜的交了几年，给个数",
        "老板人不错，可上个月厂子封了，就想知道这四年他到底给俺交没交过养老",
        "我的，我老公的先不看，生育险交了几个月",
        "我不打听别人，就想知道我一个月从工资里走多少社保",
        "对象让我看看自己交了多少年",
        "我弟老拿我妈卡买东西，看看我妈的卡这俩月刷了哪些",
        "我前夫把我的卡扣着不给，先让它不能用",
        "短信说我弟的养老被停，让我代交保证金",
        "刚点了提交才看见填成我姐的卡号了，要回来重填",
        "我要看看是不是我老公在偷偷看我缴费",
        "小孙女居民医保缴费记录看一下",
        "先给我把社保卡挂失，我抱着孙子背着书包，下车才发现拉链让人拉开了",
        "看看我挂靠在哪家公司，不会是个空壳吧",
        "我是八九年顶替我爸进的厂，你给我瞅瞅养老到底哪一年到哪一年是有的",
        "外甥结婚下个礼拜，红包得包两千，我等着十五号那笔养老金呢",
        "不要讲公式，直接给数，二十九年，指数一点二",
        "对手公司的参保证明我想验真",
    ],
)
def test_others_in_a_story_are_not_asked_for(text: str) -> None:
    """A relative, a neighbour, a boss or a deed stands in what is told; the clause that asks is about one's own, a parent's card, a paper."""
    assert understood(text, "binzhou").action != "refuse"


@pytest.mark.parametrize(
    "text",
    [
        "大孔当初报的是本人意愿中断，改成企业裁员",
        "剧组延期一个月 二十二个人合同止日期都要往后推",
        "五号厂给组长基数少报八百，补基数差",
        "挂靠的那个给停了 不让挂了",
        "退休支部要通知认证，名单给我，三个月内到期的",
    ],
)
def test_a_clerks_corrections_and_own_lists_are_no_cheating(text: str) -> None:
    """A reason that was reported wrongly, a contract that goes on, what was reported too low and is made up, a list of the own staff."""
    assert default_understanding().understand(text, role="employer", region="jinan", today=TODAY).action != "refuse"


@pytest.mark.parametrize(
    "text",
    [
        "儿子的丈母娘退休金比我多三倍？查给我看",
        "后爸的社保单位，他不告诉我妈",
        "改一下我嫂子的手机号，改成我的",
        "我们楼独居老人谁没认证，名单给我",
        "我想知道我老公公司给他按多少交",
        "我的看过了，看我同桌的养老",
        "备案日期往前写一年",
        "我前夫发短信骗我说没社保，查他的社保",
        "我前夫没社保卡，帮我查他社保交没交",
        "他把卡扣着不给，看看他的社保交了多少",
        "我弟结婚，给你发个红包，帮我把认证过了",
        "帮我挂靠的社保别停，没人上班",
        "把合同日期往前倒签两年，社保也给补成连续的",
        "单位报的是自己辞职，改成裁员好领失业金",
        "发个红包你帮我过一下认证",
        "查一下隔壁公司的参保名单是不是真的多",
    ],
)
def test_what_asks_for_another_or_for_a_deed_is_refused_beside_words_of_ones_own(text: str) -> None:
    """Whose record the asking clause names decides, and a deed is one whatever paper it is done to."""
    assert understood(text, "binzhou").action == "refuse"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("不是报销，是我自己刷出去的", "card_swipes"),
        ("不问怎么补，看公司补没补", "back_payments"),
        ("从来没到过我手，不是丢", "card_not_received"),
        ("是改密码，不是找回", "password"),
        ("记录单，不是证明", "record_sheet"),
        ("我要看居民那边，不是职工", "switch"),
    ],
)
def test_what_is_meant_is_heard_beside_what_is_not(text: str, name: str) -> None:
    """Who takes one thing back and names another is not told that nothing will be done."""
    assert understood(text, "beijing").name == name


@pytest.mark.parametrize("text", ["给我弄一下", "帮我查一下呗", "有个事问问", "怎么办"])
def test_words_that_say_nothing_are_asked_about(text: str) -> None:
    """Neither refused nor unknown: which matter is meant is asked."""
    found = understood(text, "binzhou")
    assert (found.action, found.name) == ("clarify", "查询")


@pytest.mark.parametrize(
    "text", ["隔壁厂的老刘认证了没", "捡到一张社保卡，帮看看失主单位我好送去", "把我哥的登录密码重置到我手机"]
)
def test_anothers_matter_is_refused_however_ordinary_it_sounds(text: str) -> None:
    """A named neighbour, a finder of a card, a brother's password."""
    assert understood(text, "binzhou").action == "refuse"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我跟人打官司，法院要收入，我的缴费基数是多少", "contributions"),
        ("离婚了，律师催，看看我的缴费明细", "contributions"),
    ],
)
def test_ones_own_record_is_asked_for_here_whoever_wants_it(text: str, name: str) -> None:
    """A court, a lawyer or a divorce before the wish makes it no matter of other offices."""
    assert understood(text, "beijing").name == name


@pytest.mark.parametrize(
    "text",
    [
        "see you",
        "who are you",
        "good morning",
        "你有对象没",
        "回聊",
        "nice",
        "恭喜发财红包拿来",
        "[玫瑰][玫瑰]",
        "(^_^)",
        "没关系",
        "裂开",
        "哇塞",
    ],
)
def test_what_is_said_to_a_program_as_to_a_person_is_talk(text: str) -> None:
    """Greetings in English, questions about the program itself, faces in letters: neither refused nor a function."""
    assert understood(text, "binzhou").action == "smalltalk"


@pytest.mark.parametrize("text", ["举报单位挂靠社保", "医院骗保，我要举报"])
def test_who_reports_a_deed_wants_a_person(text: str) -> None:
    """A report names the deed and is no wish for it."""
    assert understood(text, "beijing").action == "human"
