"""Words for the calculations: 退休年龄, 养老金估算, 断缴月份. No manual has a function for them."""

from __future__ import annotations

import re

from dialogs.declare import Wish
from dialogs.parse import normal

_LONGEST = 40
_WHEN = r"什么时候|啥时候?|几时|何时|哪年|哪一年|几岁|多大|多少岁|还要?(?:差|有|等|干)?(?:多久|多长时间|几年|多少年)|(?:还)?差(?:几|多少)(?:年|个?月)|到几岁"
_MONEY = r"养老金|退休金|养老钱|退休工资|退休费"
_MISSED = r"断缴|断交|断档|断保|断|漏缴|漏交|中断|没缴|没交|没有缴|没有交|少缴|少交|缺"

_CALCULATIONS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        "pension_estimate",
        re.compile(
            rf"(?:{_MONEY}).{{0,8}}(?:估算|测算|计算|怎么算|算一下|算算|预测|试算)"
            rf"|(?:估算|测算|计算|算一下|算算|预测|试算|估一下|估计).{{0,8}}(?:{_MONEY})"
            r"|(?:退休(?:后|了|以后)|到时候|将来|以后|老了).{0,6}(?:领|拿|发|有)(?:到)?(?:多少|几)(?:钱|块|养老金|退休金)?"
            rf"|(?:{_MONEY}).{{0,4}}(?:大概|大约|以后|将来)?(?:能|可以)(?:领|拿|发)(?:到)?(?:多少|几)"
            r"|(?:能|可以)(?:领|拿)(?:到)?多少(?:养老金|退休金|退休工资)"
        ),
        re.compile(r"上个?月|本月|这个?月|去年|今年|近|发了多少|到账|[0-9]月|[0-9]{4}年|明细|记录|没发|失业|工伤|生育"),
    ),
    (
        "retirement_age",
        re.compile(
            rf"(?:{_WHEN}).{{0,10}}退休"
            r"|退休.{0,4}(?:年龄|时间|年纪|岁数|日期).{0,6}(?:计算|测算|怎么算|多少|什么时候|几岁|查询|算一下|查一下)?[器吗呢呀啊]?$"
            r"|退休.{0,4}(?:还)?差(?:几|多少)(?:年|个?月)"
            r"|(?:算|查|测|看)(?:一下|一算|算|下)?.{0,6}(?:法定)?退休(?:年龄|时间|年纪)"
            r"|(?:延迟|弹性|提前|推迟|晚点?|早点?)退休.{0,8}(?:怎么算|政策|几岁|什么时候|最早|最晚|可以吗|行吗|能不能|几年|计算|算)"
            r"|我.{0,4}(?:能|可以|能不能|可不可以)(?:提前|早点?|晚点?|推迟|延迟)退休"
        ),
        re.compile(rf"手续|材料|怎么办理|办退休|员工|职工办|单位.*办|发(?:了)?多少|{_MONEY}|认证|证明"),
    ),
    (
        "gaps",
        re.compile(
            rf"(?:{_MISSED})(?:了|过)?.{{0,4}}(?:哪些|哪几个?|几个|多少个?)?.{{0,2}}(?:月份|个月|年月|月$)"
            rf"|(?:哪些|哪几个|哪个|几个|多少个?)月(?:份)?.{{0,6}}(?:{_MISSED})"
            rf"|^(?:我|我的)?(?:社保|养老|医保|保险)?(?:有没有|有无|是否|是不是)(?:{_MISSED})(?:过|了)?[吗呢]?$"
            r"|^(?:查|看|查一下|看看)?(?:断缴|断交|漏缴|漏交)(?:查询|记录|情况)?$"
        ),
        re.compile(r"补缴|补交|怎么补|能补|补上|补回|员工|职工|单位(?!给我|没给我|没有给我)"),
    ),
)


def wish_to_calculate(said: str) -> Wish | None:
    """The calculation that the words name; None for all others."""
    plain = normal(said).rstrip("。！!？?.~～ ")
    if len(plain) > _LONGEST:
        return None
    return next((Wish(name) for name, asks, other in _CALCULATIONS if asks.search(plain) and not other.search(plain)), None)
