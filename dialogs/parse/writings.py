"""Other ways of writing the same time, and the one that `dialogs.parse.pieces` finds: 1、2、3月, 一八一九两年, 去年同期, 前三季度."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from dialogs.parse.english import in_chinese
from dialogs.parse.occasions import in_months
from dialogs.parse.patterns import pattern_of
from dialogs.parse.pieces import YEAR, two_digit_year, year_of
from dialogs.parse.text import number
from storage.ports.time import Month

_YY = r"(?:0[0-9]|1[0-9]|2[0-9]|[89][0-9])"
_M = r"(?:1[0-2]|0?[1-9])"
_CHINESE_MONTH = "十[一二]?|[一二三四五六七八九]"
_MONTHS = 12
_EVENT = "入职|离职|上班|参加工作|工作|辞职|毕业|参保|退休|失业|下岗|复工|换工作|跳槽|转正|签合同|生孩子|停保|断保|断缴|来北京|来滨州|进厂|进公司|进单位|上岗"
"""What happens in a month that a time begins with."""

_LATELY = r"(?:现在|目前|如今|现今|当前|今(?!年|个?月))"
_DURATION_BEFORE = "满够交缴了干差共有整"
_DURATION_AFTER = r"以上|左右|[了够满能多]|工龄"
_A_TIME = rf"(?:(?:{YEAR})?的?[0-9]{{1,2}}月份?|{YEAR})"


def _short_years(found: re.Match[str], now: Month) -> str:
    """19到22年, 20 21 22年, 96年到99年: from the first to the last, each with its century."""
    return f",从{two_digit_year(int(found['from']), now)}年到{two_digit_year(int(found['till']), now)}年"


def _with_its_century(found: re.Match[str], now: Month) -> str:
    return f"{two_digit_year(int(found[1]), now)}年"


def _next_year(found: re.Match[str], now: Month) -> str:
    """23年11月到次年2月, 去年11月到次年2月; without a year the last ones that are over: 11月到次年2月."""
    first, till = found["first"], f"{found['between']}{found['to']}"
    if first and first[0].isdigit():
        return f"{first}{till}{int(first.rstrip('年')) + 1:02d}年"
    year = year_of(first, now) if first else None
    if year is None:
        year = now.year - (1 if int(found["month"]) <= now.month else 2)
    return f"{year}年{till}{year + 1}年"


def _pointed(found: re.Match[str], _now: Month) -> str:
    """7.8月 as 7-8月: two months that follow each other."""
    return f"{found[1]}-{found[2]}月" if int(found[2]) == int(found[1]) + 1 else found[0]


def _run_together(found: re.Match[str], _now: Month) -> str:
    """567月 as 5-7月: single months that follow each other; 12月 is one."""
    months = [int(digit) for digit in found[1]]
    follow = months == list(range(months[0], months[0] + len(months))) and int(found[1]) > _MONTHS
    return f"{months[0]}-{months[-1]}月" if follow else found[0]


def _counted_years(found: re.Match[str], now: Month) -> str:
    """18,19两年 and 181920三年 as the years from 18 to 20, if they are as many as are said."""
    count = "两三四五".find(found["count"]) + 2 if found["count"] in "两三四五" else int(found["count"])
    return _short_years(found, now) if int(found["till"]) - int(found["from"]) == count - 1 else found[0]


_WRITINGS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str], Month], str]], ...] = (
    # 23年11月到次年2月
    (
        pattern_of(
            rf"(?P<first>(?:19|20)?[0-9]{{2}}年|大前年|前年|去年|上年|头年)?(?P<between>的?{_M}月[^年]{{0,7}}?)(?P<to>到|至|-|~)(?:次年|第2年|转年|翌年)(?=的?(?P<month>{_M})月)"
        ),
        _next_year,
    ),
    (pattern_of(r"(?<![0-9.])([1-9]|1[01])\.([2-9]|1[0-2])月(?!日|份?到)"), _pointed),
    (
        pattern_of(
            rf"(?<![0-9])(?P<from>{_YY})(?:[,和 到]?{_YY})*[,和 到]?(?P<till>{_YY})(?:这|那)?(?P<count>[两三四五2-5])年(?!以上|前)"
        ),
        _counted_years,
    ),
    # 1年零2个月
    (
        pattern_of(r"(?<![0-9])([1-9])年(?:零|又|加|多)?([0-9]{1,2})个月"),
        lambda found, _now: f"{12 * int(found[1]) + int(found[2])}个月",
    ),
    (pattern_of(rf"(?<=年)({_M})(?:[,和 ]{_M})*[,和 ]({_M})月份?"), r"\1-\2月"),
    # 1,2,3月 and 6,7,8三个月: from the first to the last
    (
        pattern_of(rf"(?<![0-9./年-])(?<![0-9][,和 ])({_M})(?:[,和 ]{_M})*[,和 ]({_M})(?:月份?|[两三四五六]个月)(?!到|至|-|~)"),
        r"\1-\2月",
    ),
    # 8月,9月这2个月
    (pattern_of(r"(?<=月)(?:这|那)?[2-9两二三四五六]个月"), ""),
    # 11月12月
    (pattern_of(rf"({_M}月份?)(?={_M}月)"), r"\1,"),
    # 今年一二季度, 去年三四季度
    (
        pattern_of(r"((?:(?:19|20)?[0-9]{2}年|大前年|前年|去年|今年|上年)?的?)(?:第)?([一二三1-3])[,和、]?([二三四2-4])季度"),
        r"\g<1>\2季度到\g<1>\3季度",
    ),
    # 19到22年, 20 21 22年, 21和22年
    (
        pattern_of(
            rf"(?<![0-9{_DURATION_BEFORE}])(?P<from>{_YY})(?:[,和 ]{_YY})*[到至~,和 -](?P<till>{_YY})年(?!{_DURATION_AFTER}|[0-9]{{1,2}}月)"
        ),
        _short_years,
    ),
    # 九八年到零一年, 21年22年
    (
        pattern_of(
            rf"(?<![0-9{_DURATION_BEFORE}])(?P<from>{_YY})年(?:(?:{_EVENT})?[到至~,-])?(?P<till>{_YY})年(?!{_DURATION_AFTER}|[0-9]{{1,2}}月)"
        ),
        _short_years,
    ),
    # 医疗23年, 23年交没交, 15年到现在
    (pattern_of(rf"(?<=[老疗保业伤育险])({_YY})年(?!{_DURATION_AFTER}|[没就才可退起领前以到至~-])"), _with_its_century),
    (
        pattern_of(rf"(?<![0-9{_DURATION_BEFORE}])({_YY})年(?=缴没缴|交没交|断没断|那1?年|全年|1?整年|[到至]{_LATELY})"),
        _with_its_century,
    ),
    # 我18年入职, 俺08年
    (
        pattern_of(
            rf"(?<![0-9龄近过作.{_DURATION_BEFORE}])(?P<a>{_YY})年(?=(?:就|才|刚|[底初尾]|[0-9]{{1,2}}月)?(?:{_EVENT}))|(?<![0-9.])(?P<b>0[0-9])年(?!{_DURATION_AFTER}|(?:{_EVENT})?[到至~,和 -]{{0,2}}[0-9]{{2}}年)"
        ),
        lambda found, now: f"{two_digit_year(int(found['a'] or found['b']), now)}年",
    ),
    # 23.1-23.12, 23/01-23/06
    (pattern_of(rf"(?<![0-9./])({_YY})[./]({_M})([到至~-])({_YY})[./]({_M})(?![0-9./])"), r"\1年\2月到\4年\5月"),
    # 90年代
    (pattern_of(r"(?:上1?个?世纪)?(?<![0-9])([5-9])0年代"), r"19\g<1>0年到19\g<1>9年"),
    # 疫情那三年: as everybody counts them
    (pattern_of(r"(?:疫情|口罩)(?:的|那|这)*(?:3年|几年|期间|时期|的时候)"), "2020年到2022年"),
    # 3/2023
    (pattern_of(rf"(?<![0-9/])({_M})/((?:19|20)[0-9]{{2}})(?![0-9/])"), r"\2年\1月"),
    # 22.6社保, 查22.6
    (
        pattern_of(rf"(?:^|(?<=[查看]))({_YY})\.({_M})(?![到至~-]{_YY}[./])(?=$|月|[的份社养医失工生缴交到至起~-])"),
        r"\1年\2月",
    ),
    # 今年第1个月; 去年第1到第3个月
    (pattern_of(rf"({YEAR})的?第({_M})个月"), r"\1\2月"),
    # 今年前三季度
    (
        pattern_of(rf"({YEAR})的?[前头]([23俩])个?季度"),
        lambda found, _now: f"{found[1]}1季度到{found[1]}{found[2].replace('俩', '2')}季度",
    ),
    # 前年最后1个季度, 去年头1个季度
    (pattern_of(rf"({YEAR})的?(?:最后|末)1?个?季度"), r"\g<1>4季度"),
    (pattern_of(rf"({YEAR})的?头1?个?季度"), r"\g<1>1季度"),
    # 2021/22年
    (pattern_of(rf"(?<![0-9/])((?:19|20)[0-9]{{2}})/({_YY})(?=年)"), r"\1年到\2"),
    # 整个下半年, 下半截
    (pattern_of(r"1?整个(?=[上下]半年)|一整个(?=[上下]半年)"), ""),
    (pattern_of(r"(?<=[上下前后])半截"), "半年"),
    # 去年这个月, 去年同期
    (
        pattern_of(r"(大前年|(?<![以之目])前年|去年|上年|上1年|头年)的?(?:这个?月|本月|同月|同期|这个?时候|这会儿?|今天)"),
        lambda found, now: f"{found[1]}{now.month}月",
    ),
    # 刚过去的这个月, 刚过去的8月
    (pattern_of(r"(?:刚刚?|才)过(?:去|完)?了?的?(?:这|那)?1?个?月"), "上个月"),
    (pattern_of(r"(?:刚刚?|才)过(?:去|完)?了?的?(?:这|那)?1?个?季度"), "上个季度"),
    (pattern_of(r"(?:刚刚?|才)过(?:去|完)了?的(?=[0-9]{1,2}月)"), ""),
    # 18年以来: so many years would be said with 近
    (pattern_of(rf"(?<![0-9近去{_DURATION_BEFORE}])(1[1-9]|2[0-9]|[89][0-9])年(?=以来)"), _with_its_century),
    (pattern_of(r"大上1?个?月"), "上上个月"),
    (pattern_of(r"(?:头|先)(?:1?个)月(?=$|[的社养医失工生缴交份我])|上个1月(?!份)"), "上个月"),
    (pattern_of(r"今个?月(?!的?[0-9])"), "本月"),
    # 入职当月,9月: the month that is named
    (pattern_of(r"当月[,的是]*(?=[0-9]{1,2}月)"), ""),
    # 从入职到现在…入职是2021年3月: what happened has its time behind it
    (
        pattern_of(
            rf"(?:从|打|自)(?P<event>{_EVENT})(?:的时候|那时候?|那天|那年|那会儿?|以来|开始|起)*一?直?[到至]了?{_LATELY}(?P<between>.*?)(?P=event)(?:时间|的时候)?(?:是|在|于)?(?P<when>{_A_TIME})"
        ),
        r"从\g<when>到现在\g<between>",
    ),
    # …2023年5月入职的,从那会儿到年底
    (
        pattern_of(
            r"[^0-9,月年日号]{0,8}的?,?(?:从|打|自)(?:那会儿?|那个?时候?|那时|那天|那以后|那之后|那|此)(?:开始|起)?(?=一?直?[到至])"
        ),
        "",
    ),
    (
        pattern_of(
            r"[^0-9,月年日号]{1,8}的?,?(?:从|打|自|查|看|要)?(?:那以后|那之后|此以?后|(?<=[从打自])(?:那会儿?|那个?时候?|那时|那天))(?:开始|起|以来)?(?![到至0-9儿候开起])"
        ),
        "起",
    ),
    # 2022年7月入职到现在
    (
        pattern_of(
            rf"(?<=[年月日号份])(?:的时候|份)?(?:我|就|刚|开始|去|来|从)*(?:{_EVENT})[^0-9,没吗不到至]{{0,6}},?(?=一?直?[到至](?!账|了?没|期))"
        ),
        "",
    ),
    # 2022年5月到离职那个月2023年8月
    (pattern_of(rf"(?<=[到至])(?:我)?(?:{_EVENT})(?:的?那个?[月年]|的?时候?|了)?,?(?:的|是|即|就是|也就是)?(?={_A_TIME})"), ""),
    # 2003年参加工作的,交了多少年
    (
        pattern_of(
            rf"(?P<when>{_A_TIME})(?:份|[0-9]{{1,2}}[日号])?(?:就|开始|才)*(?:{_EVENT})的?,(?=[^0-9]*(?:交|缴)(?:了|满|够)?(?:多少|几)个?[年月])"
        ),
        r"\g<when>起,",
    ),
    # 2019年3月(入职)到
    (pattern_of(rf"(?<=[年月日号份])\((?:{_EVENT})\)"), ""),
    # 打一年的权益单, 要半年的流水, 三个月的明细
    (
        pattern_of(
            r"(?:(?<=[查看打印开拉导])|(?<=来个)|(?:^|(?<=[我,;]))要|^)(?:我的?|一下|一份|个)?(?P<so_many>半年|(?<![0-9])(?:[1-9]年|[0-9]{1,2}个月))的(?=$|[,;]|社保|养老|医保|失业|缴费|流水|明细|记录|权益|清单|单子|账|证明)"
        ),
        r"近\g<so_many>的",
    ),
    # 前年去年今年
    (pattern_of(r"(大前年|(?<![以之目])前年|去年|今年)(?=(?:前年|去年|今年))"), r"\1,"),
    # 2024 8月, 2023 1-6月, 8月 2024年
    (pattern_of(rf"(?<![0-9])((?:19|20)[0-9]{{2}}) (?={_M}月|{_M}[-~到至]{_M}月)"), r"\1年"),
    (
        pattern_of(rf"(?<![0-9年月./~到至-])({_M})月份? ?((?:19|20)[0-9]{{2}})年?(?![0-9./-])(?=$|[ ,的社养医失工生缴交])"),
        r"\2年\1月",
    ),
    # 567月, 去年的78两个月
    (pattern_of(r"(?<![0-9./-])([1-9]{2,5})(?=月(?!日)|[两三四五2-5]个月)(?:[两三四五2-5](?=个))?个?月份?"), _run_together),
    # 去年三到五
    (
        pattern_of(rf"((?:大前年|前年|去年|今年)的?)({_CHINESE_MONTH})[到至]({_CHINESE_MONTH})(?=$|的(?!时候)|[,社养医失])"),
        lambda found, _now: f"{found[1]}{number(found[2])}月到{number(found[3])}月",
    ),
    # Q1 2024
    (pattern_of(r"(?<![a-zA-Z])[qQ]([1-4]) ?((?:19|20)[0-9]{2})年?(?![0-9])"), r"\2年\1季度"),
    # 去年首季
    (pattern_of(rf"({YEAR})的?首季度?"), r"\g<1>1季度"),
    (pattern_of(r"(?<!上)上上年(?=$|[的,社养医失工生缴交全])"), "前年"),
    # 年头到现在, 去年年尾, 年中到年底
    (pattern_of(r"(?<=年)年头(?![0-9半])|(?<=[从打自由])年头(?![0-9半])|年头(?=[到至起]|开始|以来)|开年"), "年初"),
    (pattern_of(r"年尾"), "年底"),
    # 年时: 去年 as Shandong says it
    (pattern_of(r"(?:^|(?<=[俺我查看,]))年时(?!候)"), "去年"),
    (pattern_of(r"(?<![0-9半全整到至])年中(?=[到至~-]|起|开始|以来)"), "7月"),
    (pattern_of(r"(?<=[到至年])年中(?!旬|[到至~-]|起|开始|以来)"), "6月"),
    # 23下半年, 2023年下半
    (pattern_of(r"(?<![0-9])([0-9]{2})([上下]半年)"), r"\1年\2"),
    (pattern_of(r"年([上下]半)(?![年个月截])"), r"年\1年"),
)
"""Other ways of writing the same time, and the one that pieces are found in. None reads what another one wrote: their order says nothing."""

_TELLING = pattern_of(r"[0-9年月季半]|疫情|口罩")
"""Without one of these a text has no time that could be written otherwise."""


def one_way(plain: str, now: Month) -> str:
    """A normalised text with lists, short years, next years, festivals and seasons written in the one way that is looked for."""
    plain = in_months(in_chinese(plain), now)
    if not _TELLING.search(plain):
        return plain
    for pattern, written in _WRITINGS:
        plain = pattern.sub(written if isinstance(written, str) else partial(_by, written, now), plain)
    return plain


def _by(written: Callable[[re.Match[str], Month], str], now: Month, found: re.Match[str]) -> str:
    return written(found, now)


_LOOK = r"(?:看|查|要|问|管|算|说|用)"
_SLIP = pattern_of(
    rf"^[^;]{{0,40}}?(?:{_A_TIME}|[上这本]个?月|上半年|下半年|季度)(?:份|的|社保|养老|医保|缴费|[0-9]{{1,2}}[日号])*"
    r"(?:[,.!]*(?:哦|噢|呃|额|啊|哎|诶|不好意思|抱歉)?[,.]*(?:不对|错了|[说打记搞写发]错了?|口误|应该不是)[,.!]*(?:我)?(?:应该|要|想|说|查|看|问|的)*是?|[,.]+(?:哦|噢|呃|额|啊|哎)?不[,.]+(?:是|应该是)?|[,.]+不是[,.]+(?:是|应该是)?)"
    r"(?P<meant>.+)$"
)
"""去年3月，哦不对，是前年3月: what is corrected in the same breath."""

_NOT_THAT = pattern_of(
    rf"^(?P<first>[^,;]{{1,16}}?(?:(?:不|别|甭|莫)(?:再|用|想|必)?{_LOOK}了?[,;]*|不是[,;]*(?=我?(?:说|问|要|看|查)的)))(?P<meant>.+)$"
    rf"|^(?:我|俺)?(?:不|没|别|甭)(?:是|{_LOOK})(?:的是)?(?P<other>[^,;]{{1,14}}?)(?:的|[,;]|(?=是))了?[,;]*(?:我|俺)?(?:就|只|而)?(?:是|{_LOOK}|想|的)*(?P<rest>.+)$"
)


def meant_of_two(plain: str) -> str:
    """The time that is meant of 去年的不看，看前年的, 不是今年的，要去年的 and 3月，不对，4月; a text that takes nothing back as it is."""
    if slip := _SLIP.match(plain):
        return slip["meant"]
    found = _NOT_THAT.match(plain)
    return (found["meant"] or found["rest"]) if found else plain
