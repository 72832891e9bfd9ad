"""What people type about their reminders: quiet hours, months of the year, a word of their own."""

from __future__ import annotations

import re
import unicodedata
from datetime import time

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import normal, number, tidy

Hours = tuple[time, time]

QUIET: Hours = (time(21, 0), time(8, 0))
"""Where nobody has said anything else."""

NEVER: Hours = (time(0, 0), time(0, 0))
"""From a moment to the same moment: never quiet."""

_LONGEST = 18 * 60
_HOW = "请这样写：“晚上9点到早上8点”；什么时候都可以提醒，就回复“不要免打扰”。"

_MORNING, _NOON, _AFTERNOON, _NIGHT = "morning", "noon", "afternoon", "night"
_PARTS = {
    **dict.fromkeys(("凌晨", "清晨", "早晨", "早上", "明早", "清早", "大早上", "上午", "早"), _MORNING),
    **dict.fromkeys(("中午",), _NOON),
    **dict.fromkeys(("下午", "傍晚", "午后"), _AFTERNOON),
    **dict.fromkeys(("晚上", "夜里", "半夜", "深夜", "夜晚", "夜间", "晚间", "今晚", "晚", "夜"), _NIGHT),
}
_NUMERAL = r"[0-9]{1,2}|[零〇一二两三四五六七八九十]{1,3}"
_CLOCK = pattern_of(
    rf"(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})?的?(?P<hour>{_NUMERAL})"
    rf"(?:(?P<mark>[:点时])(?:钟|整)?(?:(?P<half>半)|(?P<quarter>[一三13])刻|(?P<minute>{_NUMERAL})分?)?|(?=$|[到至~,-]|以?[前后]))"
)
_WHOLE_DAY = pattern_of(r"全天|整天|一天到晚|24小时(?!都|可|行)|全部时间|从早到晚|一直")
_NO_QUIET = pattern_of(
    r"(?:不(?:要|用|需要?|设|想要?|开)|取消|关[掉闭]?|去掉|没有?必要)(?:设置?)?(?:免打扰|打扰|安静)?(?:了|吧|时间)?$|随时|任何时[候间]|什么时候都|几点都|都可以|都行|无所谓"
)
_DEFAULT = pattern_of(r"默认|原来的|恢复成?原样|老样子|照旧")
_AFTER, _BEFORE = pattern_of(r"(?:以后|之后|后|起|开始)"), pattern_of(r"(?:以前|之前|前|为止)")


def quiet_hours(text: str, now: Hours = QUIET) -> Hours:
    """From when to when nobody is to be disturbed. `now` is what holds when only one end is said (晚上10点以后). Raises Invalid.

    The same time twice is `NEVER`. Quiet for longer than eighteen hours is refused: nothing could be sent.
    """
    plain = tidy(text).lower().replace("午夜", "晚上12点").replace("次日", "").replace("第二天", "").replace("明天", "")
    clocks = list(_CLOCK.finditer(plain))
    if not clocks:
        return _in_words(plain)
    if len(clocks) > 2:
        raise Invalid(f"一次只能设一段时间。{_HOW}")
    if len(clocks) == 1:
        after = plain[clocks[0].end() :]
        if _AFTER.match(after):
            return _judged((_moment(clocks[0]), now[1] if now != NEVER else QUIET[1]))
        if _BEFORE.match(after):
            return _judged((now[0] if now != NEVER else QUIET[0], _moment(clocks[0])))
        raise Invalid(f"还差一头的时间。{_HOW}")
    return _judged(_two(*clocks))


def _in_words(plain: str) -> Hours:
    if _DEFAULT.search(plain):
        return QUIET
    if _WHOLE_DAY.search(plain):
        raise Invalid("全天都免打扰，就什么提醒都收不到了。想停提醒请回复“退订”；想设一段时间，例如“晚上9点到早上8点”。")
    if _NO_QUIET.search(plain):
        return NEVER
    raise Invalid(f"没看懂这个时间。{_HOW}")


def _two(first: re.Match[str], second: re.Match[str]) -> Hours:
    loose = [clock for clock in (first, second) if _loose(clock)]
    whole_day = any(_hour(clock) > 12 or clock["hour"] in {"0", "00", "零"} for clock in (first, second) if not clock["part"])
    if whole_day or not loose:
        return _moment(first), _moment(second)
    if len(loose) == 2:
        raise Invalid("要写清是早上还是晚上，例如“晚上9点到早上8点”。")
    if loose == [second]:  # 晚上9点到8点
        if (
            _part(first) == _NIGHT
            and _hour(second) <= 10
            and _hour(second) < _moment(first).hour % 12 + 12 * (_hour(first) == 12)
        ):
            return _moment(first), _moment(second)
        raise Invalid("到的时间要写清是早上还是晚上，例如“晚上9点到早上8点”。")
    if _part(second) == _MORNING and 5 <= _hour(first) <= 12:  # 9点到早上8点
        return _at(_hour(first), _minute(first), _NIGHT), _moment(second)
    raise Invalid("从几点起要写清是早上还是晚上，例如“晚上9点到早上8点”。")


def _judged(hours: Hours) -> Hours:
    start, end = hours
    minutes = (end.hour * 60 + end.minute - start.hour * 60 - start.minute) % (24 * 60)
    if minutes == 0:
        raise Invalid(f"开始和结束是同一个时间。{_HOW}")
    if minutes > _LONGEST:
        raise Invalid("免打扰最多设 18 个小时，不然就没有时间提醒您了。请再发一次，例如“晚上9点到早上8点”。")
    return hours


def _loose(clock: re.Match[str]) -> bool:
    """Without a part of the day, and written as on a clock face: 9点, not 21:00 or 09:00."""
    return not clock["part"] and 1 <= _hour(clock) <= 12 and not clock["hour"].startswith("0")


def _part(clock: re.Match[str]) -> str:
    return _PARTS.get(clock["part"] or "", "")


def _hour(clock: re.Match[str]) -> int:
    return int(clock["hour"]) if clock["hour"].isdecimal() else number(clock["hour"])


def _minute(clock: re.Match[str]) -> int:
    if clock["half"]:
        return 30
    if clock["quarter"]:
        return 15 if clock["quarter"] in "一1" else 45
    said = clock["minute"] or "0"
    return int(said) if said.isdecimal() else number(said)


def _moment(clock: re.Match[str]) -> time:
    return _at(_hour(clock), _minute(clock), _part(clock))


def _at(hour: int, minute: int, part: str) -> time:
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise Invalid(f"没有这个钟点。{_HOW}")
    if (part in {_AFTERNOON} and hour < 12) or (part == _NOON and hour < 10) or (part == _NIGHT and 5 <= hour < 12):
        hour += 12
    elif part == _NIGHT and hour == 12:
        hour = 0
    return time(hour % 24, minute)


_MONTHS = "请发月份，例如“3月和9月”；不要按月提醒就回复“不用”。"
_NO_MONTHS = pattern_of(
    r"(?:都|一个?月?也)?(?:不(?:要|用|需要?|想要?)|取消|没有|去掉)(?:了|吧|提醒|按月|每月|的|一个月|月份)*$|^无$"
)
_SPAN = pattern_of(r"([0-9]{1,2})月?份?(?:到|至|-|~)([0-9]{1,2})月?份?")
_CHINESE = pattern_of(r"[一二三四五六七八九十]{1,3}")


def months_of_year(text: str) -> tuple[int, ...]:
    """The months that were named, in order, each once; none for 不用. 11月到2月 goes over the year's end. Raises Invalid."""
    plain = normal(text)
    if _NO_MONTHS.search(plain):
        return ()
    if re.search(r"每个?月|全年|12个月|所有月", plain):
        return tuple(range(1, 13))
    found: set[int] = set()
    for first, last in _SPAN.findall(plain):
        start, end = _month(int(first)), _month(int(last))
        found.update((start + step - 1) % 12 + 1 for step in range((end - start) % 12 + 1))
    rest = _SPAN.sub(" ", plain)
    found.update(_month(int(digits)) for digits in re.findall(r"[0-9]+", rest))
    found.update(_month(number(numeral)) for numeral in _CHINESE.findall(re.sub(r"[0-9]", " ", rest).replace("每年", "")))
    if not found:
        raise Invalid(_MONTHS)
    return tuple(sorted(found))


def _month(value: int) -> int:
    if not 1 <= value <= 12:
        raise Invalid(f"月份只有 1 到 12。{_MONTHS}")
    return value


_IMPERSONATES = pattern_of(
    "政府|公安|警|法院|法官|检察|派出所|社保|社会保|医保|人社|税务|银行|央行|银联|客服|官方|工作人员|经办|民政|国家|纪委|监察|海关|国务|"
    "市长|书记|党|邮政|移动|联通|电信|腾讯|微信|支付宝|系统|管理员|验证|密码|转账|汇款|中奖|退款|通知|提醒|认证|police|bank|gov|admin|official|wechat",
    re.IGNORECASE,
)
_TOO_WELL_KNOWN = {"蓝色水壶", "暗号", "我的暗号", "水壶"}
"""What stood in our own instructions once, and what says itself."""
_LINK = pattern_of(r"[/:：@.。．]|www|http", re.IGNORECASE)
_NO_WORD = {"不要", "不用", "不设", "取消", "去掉", "删除", "删掉", "不要暗号", "不用暗号", "去掉暗号", "没有", "无"}


def secret_word(text: str) -> str:
    """A word of one's own that official messages carry; '' for 不要. Two to eight characters or letters. Raises Invalid."""
    said = text.strip()
    if said in _NO_WORD:
        return ""
    word = unicodedata.normalize("NFKC", said)
    if re.search(r"\s", word):
        raise Invalid("暗号里不能有空格。请发 2 到 8 个汉字或字母。")
    if _LINK.search(word):
        raise Invalid("暗号里不能有网址和标点。请发 2 到 8 个汉字或字母。")
    if word.isdecimal():
        raise Invalid("暗号不能全是数字，容易被人猜到。请发 2 到 8 个汉字或字母。")
    if not re.fullmatch(r"[A-Za-z0-9㐀-䶿一-鿿〇]+", word):
        raise Invalid("暗号只能用汉字和字母。请发 2 到 8 个。")
    if not 2 <= len(word) <= 8:
        raise Invalid(f"暗号要 2 到 8 个字，这里有 {len(word)} 个。请再发一个。")
    if _IMPERSONATES.search(word):
        raise Invalid("这个词别人也常用来冒充单位，不能当暗号。请换一个只有您知道的词。")
    if len(set(word.lower())) == 1 or word in _TOO_WELL_KNOWN:
        raise Invalid("这个词太容易猜到了。请换一个只有您自己想得到的。")
    return word


def named_after(word: str, name: str) -> bool:
    """Whether a word of one's own is that name, holds it, or is the given name alone."""
    plain, known = word.lower(), tidy(name).lower()
    return len(known) >= 2 and (known in plain or plain == known[1:] or plain == known[::-1])


_YES_SMS = pattern_of(r"^(?:要|可以|发|开|打开|好|是|行|需要|1|同意)")
_NO_SMS = pattern_of(r"不|别|关|停|取消|否|^2$")


def sms_wanted(text: str) -> bool:
    """Whether short messages may be sent; raises Invalid."""
    plain = tidy(text)
    if _NO_SMS.search(plain):
        return False
    if _YES_SMS.search(plain):
        return True
    raise Invalid("请回复“要”或“不要”。")
