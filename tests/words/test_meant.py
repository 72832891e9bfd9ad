"""What a few turns of phrase mean, whichever region: loss and no lifting, gaps, deaths in a family, workers that are no staff."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.understanding import Understood
from handlers.understanding.understanding import plainly
from handlers.understood import direct_wish, wish_for
from tests.fresh import regions, understanding

TODAY = date(2026, 11, 22)


def _of(said: str, region: str = "beijing") -> Understood:
    return understanding().understand(said, region=region, today=TODAY)


@pytest.mark.parametrize(
    "said", ["我断缴过吗", "我有断缴吗", "我的医保断过没有", "断缴了吗", "社保断了没", "我以前漏缴过没有", "有没有断缴"]
)
def test_whether_anything_is_missing_is_answered_by_the_gaps(said: str) -> None:
    """The whole history is looked at, not the last months."""
    wish = direct_wish(said)
    assert wish is not None
    assert wish.dialog == "gaps"


@pytest.mark.parametrize("said", ["今年医保断没断", "2025年断缴了吗", "断缴了怎么补"])
def test_a_time_or_another_wish_is_no_question_for_the_gaps(said: str) -> None:
    """What names a year is a look at that year; how to pay is another matter."""
    wish = direct_wish(said)
    assert wish is None or wish.dialog != "gaps"


@pytest.mark.parametrize("said", ["社保卡挂失", "挂失社保卡", "我要挂失", "社保卡丢了", "卡丢了怎么办"])
@pytest.mark.parametrize("region", ["beijing", "binzhou", "jinan"])
def test_a_loss_is_never_its_lifting(said: str, region: str) -> None:
    """Also where the region's manual has only the other."""
    found = _of(said, region)
    assert found.name == "card_loss"
    wish = wish_for(found, regions()[region])
    assert wish is not None
    assert wish.dialog in {"report_lost", "card_lost"}


@pytest.mark.parametrize(
    "said",
    [
        "身故一件事",
        "家属办身故",
        "老人去世了怎么办",
        "我爸爸去世了能领什么",
        "丧葬费怎么领，我爸是退休的，街道管",
        "老伴没了钱还有吗",
        "死了账户的钱给谁",
        "丧葬费怎么领",
        "退休职工去世了家属怎么领丧葬费",
    ],
)
def test_a_death_in_the_family_leads_to_what_the_family_does(said: str) -> None:
    """Before the employer's procedure."""
    wish = direct_wish(said)
    assert wish is not None
    assert wish.said["guide"] == "BJE-E-06"


@pytest.mark.parametrize(
    "said", ["死亡减员", "单位职工去世怎么办", "我妈去世了还能继续领吗", "我爸因工去世了怎么办", "我妈走了弯路"]
)
def test_other_deaths_stay_what_they_were(said: str) -> None:
    """Those that an employer reports, and a pension that is drawn on."""
    wish = direct_wish(said)
    assert wish is None or wish.dialog != "guide"


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ("外国人工作许可证", "guide"),
        ("外国人工作许可证怎么参保", "guide"),
        ("人工", "human"),
        ("我要转人工", "human"),
        ("帮我接人工客服", "human"),
    ],
)
def test_the_staff_are_wished_for_and_not_found_inside_other_words(said: str, action: str) -> None:
    """外国人工作 holds 人工 and means nobody."""
    assert _of(said).action == action


def test_registered_data_are_changed_and_nobody_is_registered() -> None:
    """更改注册信息 is the name of BZ-06."""
    assert _of("更改注册信息", "binzhou").features[0] == "BZ-06"
    assert _of("注册", "binzhou").features[0] == "BZ-02"


def test_a_month_that_was_said_is_looked_at() -> None:
    """失业金 alone is asked about; that of a month can only be what was paid."""
    found = _of("2026年10月失业金", "binzhou")
    assert (found.action, found.features[0], found.slots["ym"]) == ("run", "BZ-32", "2026-10")
    assert _of("失业金", "binzhou").action == "clarify"


def test_a_year_that_is_over_is_looked_at_and_not_paid_for() -> None:
    """This year's is still to be paid."""
    assert _of("2025年居民养老缴费", "binzhou").features == ("BZ-16",)
    assert _of("2026年居民养老缴费", "binzhou").features == ("BZ-24",)


def test_nobody_changes_the_record_of_somebody_named() -> None:
    """It is refused as another's."""
    assert (_of("把张三的社保改了").action, _of("把张三的社保改了").name) == ("refuse", "others")


@pytest.mark.parametrize("said", ["查养老金", "养老待遇", "我的退休金"])
def test_a_pension_that_is_looked_at_is_no_estimate(said: str) -> None:
    """Also in 济南, where only the estimate is there: it is what was paid that is asked for."""
    for region in ("beijing", "binzhou", "jinan"):
        assert _of(said, region).name == "pension_paid"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("职业年金发了多少", "pension_paid"),
        ("俺每个月能领几个钱", "pension_paid"),
        ("我工伤补了多少钱", "injury_paid"),
        ("查零八年的", "contributions"),
        ("查2024年1-6月", "contributions"),
        ("从2023年11月到现在", "contributions"),
    ],
)
def test_what_people_call_it(said: str, name: str) -> None:
    """What is drawn every month, what was paid for an injury, and a time with nothing else."""
    assert _of(said).name == name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("社保局在哪", "outlets"),
        ("附近网点", "outlets"),
        ("社保中心星期六开门吗", "outlets"),
        ("我要帮家人", "relative_ask"),
        ("把俺娘加进来，俺替她看", "relative_ask"),
        ("短信让我点链接，是不是骗子", "is_it_yours"),
        ("有个短信说社保卡停用了，是真的假的", "is_it_yours"),
    ],
)
@pytest.mark.parametrize("region", ["beijing", "binzhou"])
def test_what_no_manual_numbers_is_understood_by_itself(said: str, name: str, region: str) -> None:
    """Places, relatives and messages that may be a fraud have a conversation, and words for it in any form lead there."""
    found = _of(said, region)
    assert (found.action, found.name) == ("run", name)
    wish = wish_for(found, regions()[region])
    assert wish is not None
    assert wish.dialog == name


def test_a_clerk_finds_the_place_too() -> None:
    """Where the office is is anybody's question."""
    found = understanding().understand("历城区社保中心地址在哪", role="employer", region="jinan", today=TODAY)
    assert (found.action, found.name) == ("run", "outlets")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("居民养老今年没交，交两千那档", "pay_resident_pension"),
        ("居民养老今年交没交", "resident_pension_paid"),
        ("没有社保卡，怎么用手机号注册", "register"),
        ("从滨州转到烟台怎么办", "guide_32"),
        ("外地转到滨州怎么办", "guide_31"),
        ("上海转到这里的年限合并了吗", "transfers"),
        ("我丈夫突然没了，社保怎么办", "guide_05"),
        ("因工死亡的抚恤金找谁办", "guide_21"),
        ("密码忘了，手机号没换", "forgotten"),
        ("在县医院看病医保报了多少", "medical_paid"),
    ],
)
def test_what_stands_beside_a_word_decides_it(said: str, name: str) -> None:
    """A grade is chosen by who still pays; where from and where to, whether it is done, and what is missing tell two matters apart."""
    assert _of(said, "binzhou").name == name


@pytest.mark.parametrize(
    "said",
    [
        "系统显示我没参保",
        "担心别人拿我的照片去认证",
        "有人冒用我身份参保怎么办",
        "公司造假社保记录我举报",
        "基数太低了能不能调高",
        "没有身份证原件能办吗",
        "朋友圈看到可以查社保",
        "别人捡到我的社保卡能刷吗",
        "眼神不好，您直接告诉我养老金打了多少",
        "女儿帮我拿着手机，查的是我自己的养老金",
    ],
)
def test_a_fear_a_loss_and_a_mistake_are_not_refused(said: str) -> None:
    """However much the model hears cheating or another's record in them."""
    for region in ("beijing", "binzhou"):
        assert _of(said, region).action != "refuse"


@pytest.mark.parametrize("said", ["我房客徐某某有没有交养老", "查俺村支书交没交社保", "不想要法人授权，直接让我进单位账户"])
def test_a_tenant_an_official_and_an_unauthorised_door_are_refused(said: str) -> None:
    """The village in 查俺村支书 makes it no look at one's own."""
    assert _of(said, "binzhou").action == "refuse"


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("上个季度的养老", " 的养老"),
        ("国庆那个月的养老", " 的养老"),
        ("2018和2019年的养老", "  的养老"),
        ("2018和2019的养老", "  的养老"),
    ],
)
def test_a_time_is_left_out_of_what_is_compared(said: str, plain: str) -> None:
    """Quarters, festivals and bare years as well as months."""
    assert plainly(said) == plain
