"""Words about what one is paid and what one has paid, and about the short names on those answers: said shortly, and meant clearly."""

from __future__ import annotations

import re

from dialogs.chapters.terms import named_term
from dialogs.declare import Wish
from dialogs.parse import find_insurances, normal
from dialogs.parse.patterns import pattern_of

_LONGEST = 30
_TIME = r"(?:[0-9零一二三四五六七八九十]+年|[0-9一二三四五六七八九十]+月份?|去年|今年|前年|上个?月|上上个月|这个?月|本月|近[一半两]年|最近)"
_OPENING = r"(?:我|俺|请问|帮我|给我|查一下|查查|查询|查|看一下|看看|看|想知道|[,，])*"
_HOW_MUCH = r"(?:多少|几)个?(?:钱|块钱?|元)?[了啊呀呢吗?？]*"

_ANNUITY_PAID = pattern_of(r"(?:职业)?年金.{0,6}(?:发(?!生|票|给单位)|领(?!取条件)|拿|到账|到没|待遇)")
_NOT_PAID = pattern_of(r"缴|交|账户|余额|转|怎么|如何|条件|能不能|指南|企业")
_A_MONTH = pattern_of(
    rf"^{_OPENING}(?:现在)?(?:每个?月|一个月|月月)(?:都|现在)?(?:能|可以|是)?(?:领|拿|发)(?:到|了)?(?:我)?{_HOW_MUCH}$"
)
_UNNAMED = pattern_of(
    rf"^{_OPENING}{_TIME}+(?:一年|一个月|整年|全年|里)?(?:一共|总共|共|到底)?(?:给我|给)?(?:发|领)(?:了|到了?)?(?:我)?{_HOW_MUCH}$"
)
_INJURY = pattern_of(
    rf"工伤.{{0,6}}(?:补|赔|发|领|报|给)(?:了|过|到)(?:我)?{_HOW_MUCH}$"
    rf"|^(?:我的?|那|查)*(?:护理费|伤残津贴|工津|工补|工护|工辅)(?:呢|(?:发|领|有|是)?(?:了|到)?{_HOW_MUCH}|到账了?没有?|发了没有?)$"
)
_YEARS_PAID = pattern_of(
    r"(?:一共|总共|总计|累计|到现在|历年|目前|已经).{0,6}(?:缴|交)(?:了|过|费)*.{0,4}(?:多少年|几年|多少个?月|几个月|多久|多长时间)"
    r"|(?:养老|医疗|医保|社保|失业|保险).{0,4}(?:缴|交)(?:了|过|费)*(?:多少年|几年|多少个?月|几个月|多久)"
    r"|^(?:我|俺|咱|查查|查|看看|看|一下|到底|都|现在)*(?:缴|交)(?:了|过|费)*(?:多少年|几年|多少个?月|几个月|多久)(?:的?(?:养老|医疗|医保|社保|失业)?(?:保险)?)?了?[呢啊呀啦吗?？]*$"
    r"|缴费年限(?:是)?(?:多少|几年|多久)?$"
)
_ANOTHER_PAPER = pattern_of(r"(?:我?(?:要|想))?再(?:校验|核验|查验|验)(?:另外)?一?(?:张|份|次|下)?")
_NOT_YET_PAID = pattern_of(r"还要|还差|还得|还需|至少|最低|才能|满|必须|要缴|要交|需要|居民|单位给|员工|职工")

_BESIDE: tuple[tuple[str, re.Pattern[str], Wish], ...] = (
    (
        "annuity_payments",
        pattern_of(
            rf"{_OPENING}(?:我的?)?(?:年金)?(?:个人)?(?:账户|户头)?(?:余额|账户|户头|里面?|里头|上|现在|还|一共|总共|有|剩)+(?:{_HOW_MUCH})?[呢啊呀吗]*"
        ),
        Wish("annuity_account"),
    ),
    (
        "annuity_account",
        pattern_of(rf"{_OPENING}(?:我的?)?(?:单位)?(?:每个?月)?(?:交|缴)(?:费|了)*(?:{_HOW_MUCH}|记录|明细)?[呢啊呀吗]*"),
        Wish("annuity_payments"),
    ),
)
"""By the conversation that is open or was the last: words that name no account or payment of their own, and whose they are there."""


def said_beside(dialog: str, said: str) -> Wish | None:
    """The conversation that short words mean beside another one (账户里有多少, where 职业年金 is open); None for all other words."""
    plain = normal(said).strip().rstrip("。！!.~～?？")
    return next(
        (wish for name, words, wish in _BESIDE if name == dialog and len(plain) <= _LONGEST and words.fullmatch(plain)), None
    )


def wish_about_records(said: str) -> Wish | None:
    """The conversation for such words; None for all others. `drawn` marks a benefit that was not named: the one that is drawn is meant."""
    plain = normal(said).strip().rstrip("。！!.~～")
    if len(plain) > _LONGEST:
        return None
    if term := named_term(plain):
        return Wish("term", {"term": term})
    if re.fullmatch(r"(?:查|查询|我的)*年金(?:查询)?", plain):
        return Wish("annuity_menu")
    if _ANOTHER_PAPER.fullmatch(plain):
        return Wish("verify")
    if _ANNUITY_PAID.search(plain) and not _NOT_PAID.search(plain):
        return Wish("pension")
    if _A_MONTH.match(plain) or _UNNAMED.match(plain):
        return Wish("pension", {"drawn": "1"})
    if _INJURY.search(plain):
        return Wish("injury")
    if _YEARS_PAID.search(plain) and not _NOT_YET_PAID.search(plain):
        insurance = "、".join(re.findall("养老|医疗|医保|失业", plain)) if find_insurances(plain) else ""
        return Wish("contributions", {"period": "全部", **({"insurance": insurance} if insurance else {})})
    return None
