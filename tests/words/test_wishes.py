"""Words about reminders, and about messages that somebody received: which conversation they mean, and what only sounds like them."""

from __future__ import annotations

from datetime import time

import pytest

from dialogs.chapters import DIALOGS
from dialogs.parse import Invalid
from dialogs.parse.certifying import ABROAD, ELSEWHERE, EMPLOYER, FAMILY, way_named
from dialogs.parse.pasted import is_pasted, links, number_in_question, readings
from dialogs.parse.wishing import NEVER, QUIET, months_of_year, quiet_hours, secret_word, sms_wanted
from dialogs.parse.zones import label_of, only_a_place, places
from handlers.understood import direct_wish
from handlers.understood.reminders import wish_about_reminders
from storage.essence import essence

MEANT = """
提醒设置 ; wishes
怎么设置提醒 ; wishes
我要改提醒时间 ; wishes
免打扰 ; quiet_hours
设置免打扰时间 ; quiet_hours
夜里别给我发消息 ; quiet_hours
半夜不要吵我 ; quiet_hours
我在国外 ; my_zone
我现在住在海外 ; my_zone
我在纽约 ; my_zone
我搬到加拿大了 ; my_zone
我回国了 ; my_zone
每年几月提醒我 ; reminder_months
每年三月提醒我认证 ; reminder_months
不要给我发短信 ; sms_wish
短信不要了 ; sms_wish
暗号 ; secret_word
设个暗号 ; secret_word
退订 ; stop_reminders
TD ; stop_reminders
不要再提醒我 ; stop_reminders
停止提醒 ; stop_reminders
别发了 ; stop_reminders
取消认证提醒 ; stop_reminders
恢复提醒 ; start_reminders
重新提醒我 ; start_reminders
打开认证提醒 ; start_reminders
这条消息是你们发的吗 ; is_it_yours
短信是不是你们发的 ; is_it_yours
这个电话是社保局的吗 ; is_it_yours
收到一条可疑短信 ; is_it_yours
是不是骗子 ; is_it_yours
骗子吧 ; is_it_yours
有人冒充社保局 ; is_it_yours
106900001234 ; is_it_yours
106900001234是你们的号码吗 ; is_it_yours
【社保局】您的社保卡已停用 ; is_it_yours
过几天提醒我看结果 ; certification_result
3个工作日后提醒我看认证结果 ; certification_result
3个工作日后提醒我 ; certification_result
过三天提醒我 ; certification_result
我已经刷过脸了，过三天提醒我看看过没过 ; certification_result
认证做完了，到时候告诉我 ; certification_result
不要打扰我 ; stop_reminders
全天不要打扰 ; stop_reminders
别再烦我了 ; stop_reminders
别老来吵我行不行 ; stop_reminders
不要骚扰我 ; stop_reminders
睡觉的时候别吵我 ; quiet_hours
我住日本，夜里别给我发 ; my_zone
我住在悉尼 ; my_zone
不想要短信了 ; sms_wish
我不想收短信 ; sms_wish
短信别再发了 ; sms_wish
还是给我发短信吧 ; sms_wish
短信太多了 ; sms_wish
我的暗号是什么 ; my_word
暗号忘了 ; my_word
看我的暗号 ; my_word
每个月提醒我 ; reminder_months
每月都提醒我认证 ; reminder_months
一个月提醒我一次 ; reminder_months
哪些提醒 ; reminder_kinds
都有什么提醒 ; reminder_kinds
谁看过我的信息 ; who_looked
有没有人查过我的社保 ; who_looked
我的资料被谁看过 ; who_looked
不会用手机 ; without_phone
我不太会用智能手机怎么办 ; without_phone
老人没有智能手机咋办 ; without_phone
退休金咋没发 ; pension_missing
我这个月养老金没到账 ; pension_missing
养老金怎么还没来 ; pension_missing
退休的钱没打过来 ; pension_missing
单位怎么认证 ; certification_way
境外怎么认证 ; certification_way
境外认证 ; certification_way
我在上海怎么认证 ; certification_way
我在美国纽约，怎么认证 ; certification_way
俺娃在国外咋给俺认证 ; certification_way
我瘫痪在床怎么认证 ; certification_way
有人打电话叫我转账认证 ; is_it_yours
收到短信说我养老金停了，是不是骗子 ; is_it_yours
打电话说我养老金要停是真的吗 ; is_it_yours
是真的吗，刚收到的认证提醒 ; is_it_yours
对方让我报验证码 ; is_it_yours
谁能看我的信息 ; relatives
晚上10点以后别打扰我 ; quiet_hours
儿子能帮我认证吗 ; certification_way
在老家怎么刷脸认证 ; certification_way
"""

NOT_MEANT = """
提醒我认证
认证
在国外怎么认证
查缴费
12333
挂失
收不到验证码
短信验证码不对
我在北京
我在滨州参保
我妈在美国怎么认证
不要挂失
流水号 202409120000000017
13912345678
社保卡丢了
谢谢
好的
公积金怎么查
我要投诉
查一下电话
认证结果出来没
"""


def _rows(table: str) -> list[list[str]]:
    return [line.split(" ; ") for line in table.strip().splitlines()]


@pytest.mark.parametrize(("said", "dialog"), _rows(MEANT))
def test_what_is_meant(said: str, dialog: str) -> None:
    """Each leads to a conversation that is there, with steps of its own names."""
    wish = direct_wish(said)
    assert wish is not None
    assert wish.dialog == dialog
    assert set(wish.said) <= {step.name for step in DIALOGS[dialog].steps}


@pytest.mark.parametrize("said", NOT_MEANT.strip().splitlines())
def test_what_is_not_meant(said: str) -> None:
    """Other wishes stay what they were."""
    assert wish_about_reminders(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "养老金停发了",
        "养老金多少",
        "查养老金发放记录",
        "手机号换了",
        "不会用手机号登录",
        "我的认证到期了吗",
        "怎么认证",
        "认证",
        "北京通怎么认证",
        "查我的认证记录",
        "退休金发了多少",
    ],
)
def test_near_words_that_name_nothing_of_the_kind(said: str) -> None:
    """They go on to the understanding."""
    wish = direct_wish(said)
    assert wish is None or wish.dialog == "change_phone"


@pytest.mark.parametrize(
    ("said", "home", "way"),
    [
        ("单位怎么认证", "北京", EMPLOYER),
        ("境外怎么认证", "北京", ABROAD),
        ("我在纽约怎么认证", "北京", ABROAD),
        ("我在上海怎么认证", "北京", ELSEWHERE),
        ("我在上海怎么认证", "", ELSEWHERE),
        ("我在北京怎么认证", "北京", ""),
        ("我在德州怎么认证", "滨州", ELSEWHERE),
        ("我在美国德州怎么认证", "滨州", ABROAD),
        ("俺娃在国外咋给俺认证", "北京", FAMILY),
        ("怎么帮我妈认证", "北京", FAMILY),
        ("怎么认证", "北京", ""),
    ],
)
def test_the_way_that_a_question_names(said: str, home: str, way: str) -> None:
    """By whom and where; who is at home is not elsewhere."""
    assert way_named(said, home) == way


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("晚上9点到早上8点", QUIET),
        ("21:00-8:00", QUIET),
        ("２１：００—０８：００", QUIET),
        ("晚上九点到第二天早上八点", QUIET),
        ("9点到早上8点", QUIET),
        ("晚上9点到8点", QUIET),
        ("默认", QUIET),
        ("晚9点半到早7点", (time(21, 30), time(7, 0))),
        ("晚上十点一刻到早上六点", (time(22, 15), time(6, 0))),
        ("22点到6点", (time(22, 0), time(6, 0))),
        ("21到7", (time(21, 0), time(7, 0))),
        ("午夜到早上8点", (time(0, 0), time(8, 0))),
        ("晚上12点到早上7点", (time(0, 0), time(7, 0))),
        ("中午12点到下午2点", (time(12, 0), time(14, 0))),
        ("早上8点到晚上10点", (time(8, 0), time(22, 0))),
        ("晚上10点以后", (time(22, 0), time(8, 0))),
        ("早上7点以前", (time(21, 0), time(7, 0))),
        ("不要免打扰", NEVER),
        ("随时都可以", NEVER),
        ("不用", NEVER),
        ("24小时都行", NEVER),
    ],
)
def test_quiet_hours(said: str, hours: tuple[time, time]) -> None:
    """From when to when, however it is said."""
    assert quiet_hours(said) == hours


@pytest.mark.parametrize(
    "said",
    ["", "睡觉时", "8点", "9点到8点", "全天", "25点到8点", "晚上9点到晚上9点", "凌晨1点到晚上11点", "一直", "晚上9点到11点"],
)
def test_quiet_hours_that_cannot_be(said: str) -> None:
    """No guess where morning and evening are open, and never a whole day."""
    with pytest.raises(Invalid):
        quiet_hours(said)


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("3月和9月", (3, 9)),
        ("三、九", (3, 9)),
        ("9 3 3", (3, 9)),
        ("十二月", (12,)),
        ("11月到2月", (1, 2, 11, 12)),
        ("每个月", tuple(range(1, 13))),
        ("不用", ()),
    ],
)
def test_months(said: str, months: tuple[int, ...]) -> None:
    """In order, each once."""
    assert months_of_year(said) == months


@pytest.mark.parametrize("said", ["", "13月", "0月", "0", "生日", "春天"])
def test_no_months(said: str) -> None:
    """What names none is refused."""
    with pytest.raises(Invalid):
        months_of_year(said)


@pytest.mark.parametrize(
    ("said", "zones"),
    [
        ("日本", ["Asia/Tokyo"]),
        ("我在美国纽约", ["America/New_York"]),
        ("New York", ["America/New_York"]),
        ("加州", ["America/Los_Angeles"]),
        ("印度", ["Asia/Kolkata"]),
        ("印尼", ["Asia/Jakarta", "Asia/Makassar"]),
        ("印度尼西亚巴厘岛", ["Asia/Makassar"]),
        ("比北京晚13个小时", ["Etc/GMT+5"]),
        ("比国内早一小时", ["Etc/GMT-9"]),
        ("比北京晚两个半小时", ["Asia/Kolkata"]),
        ("东九区", ["Etc/GMT-9"]),
        ("UTC-5", ["Etc/GMT+5"]),
        ("UTC+8", ["Asia/Shanghai"]),
        ("国内", ["Asia/Shanghai"]),
    ],
)
def test_places(said: str, zones: list[str]) -> None:
    """The zone of a place; several where the country has several."""
    assert [place.zone for place in places(said)] == zones


@pytest.mark.parametrize("said", ["", "火星", "很远的地方", "UTC+20", "比北京晚25小时"])
def test_no_place(said: str) -> None:
    """What is unknown is refused."""
    with pytest.raises(Invalid):
        places(said)


def test_what_zones_are_called() -> None:
    """Those counted from Greenwich by their hours: their names count westwards."""
    assert [label_of(zone) for zone in ("Asia/Tokyo", "Etc/GMT+5", "Etc/GMT-9")] == [
        "日本",
        "比北京晚 13 小时的地方",
        "比北京早 1 小时的地方",
    ]
    assert only_a_place("美国加州")
    assert not only_a_place("美国养老金")


@pytest.mark.parametrize(("said", "word"), [("葡萄架下", "葡萄架下"), ("lanhua", "lanhua"), ("兰花88", "兰花88"), ("不要", "")])
def test_secret_words(said: str, word: str) -> None:
    """Characters and letters; digits beside them."""
    assert secret_word(said) == word


@pytest.mark.parametrize(
    ("said", "wanted"), [("要", True), ("1", True), ("可以", True), ("不要", False), ("关掉", False), ("2", False)]
)
def test_short_messages_wanted(said: str, wanted: bool) -> None:
    """By number or word."""
    assert sms_wanted(said) is wanted


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("请点 http://a.sb-12333.top/x?y=1 办理", ("a.sb-12333.top",)),
        ("请点www.abc.com。", ("www.abc.com",)),
        ("打开sbk.cn/a", ("sbk.cn",)),
        ("https://sb.example.test@evil.cn/p", ("evil.cn",)),
        ("ＨＴＴＰ://Evil.CN", ("evil.cn",)),
        ("认证到2024.09.27为止", ()),
        ("基数4242.00元", ()),
    ],
)
def test_links(text: str, hosts: tuple[str, ...]) -> None:
    """With or without http, in any width; what stands before an @ is no host; amounts and days are none."""
    assert links(text) == hosts


def test_what_is_pasted() -> None:
    """A sign, a link, a sender's number; not our own paper's address, which is verified."""
    assert is_pasted("【社保服务】您的认证快到期了")
    assert is_pasted("点 sbk.cn/a")
    assert is_pasted("1069 0000 1234")
    assert not is_pasted("https://sb.example.test/v/202409120000000017/ABCDEFGHJKLM")
    assert not is_pasted("【好】")
    assert number_in_question("号码：1069-0000-1234") == "106900001234"
    assert number_in_question("+8613912345678是你们的吗") == "13912345678"
    assert number_in_question("2024年9月") == ""


def test_readings_of_what_is_pasted() -> None:
    """The message alone is among them, whatever stands around it; they are few, and no two alike."""
    message = "【社保服务】赵*芬，您的认证到2024年9月27日为止。"
    for around in (message, f"我妈收到：{message}", f"{message}是你们发的吗", f"转发\n{message}"):
        found = [essence(one) for one in readings(around)]
        assert essence(message) in found
        assert len(found) == len(set(found)) <= 12
