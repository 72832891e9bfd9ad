"""养老金: about how much a month, as a range with every assumption named, each of which can be changed alone. An estimate, never a promise."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from dialogs.chapters.retiring import FOR_ANOTHER, RESIDENT, RESIDENTS_OWN, WHO, Case, OnRecord, span
from dialogs.declare import Ask, Asked, Ended, Scene, Step, Wish
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, figure, normal
from dialogs.phrases import money
from dialogs.vocabulary import Calculator
from storage.ports.time import Month
from storage.retiring import CENT, Assumptions, grown, minimum_months, pension, saved_up

_MOST_A_YEAR = 10
"""Per cent."""

_SPOKEN = str.maketrans("零一二两三四五六七八九点", "01223456789.")


def _months(text: str, _: date) -> int:
    """A length: 15年, 15年6个月, 180个月, 15.5年, 15. Raises Invalid."""
    plain = normal(text).replace("零", "").replace("又", "")
    found = re.fullmatch(r"(?:(\d{1,2})(?:\.(\d))?(?:年(半)?|$))?(?:(\d{1,3})个?月)?", plain)
    if not found or not (found[1] or found[4]):
        raise Invalid("请发缴费年限，例如 15年6个月；只发数字就是多少年。")
    months = int(found[1] or 0) * 12 + (6 if found[3] else 0) + int(found[2] or 0) * 12 // 10 + int(found[4] or 0)
    if months > 60 * 12:
        raise Invalid("缴费年限好像太长了，请发例如 15年6个月。")
    return months


def _amount(low: int, high: int, what: str) -> Callable[[str, date], Decimal]:
    def read(text: str, _: date) -> Decimal:
        value = figure(text)
        if value is None:
            raise Invalid(f"请发{what}的数字，单位是元，例如 {high // 10}。")
        if not low <= value <= high:
            raise Invalid(f"{what}请发 {low:,} 到 {high:,} 之间的数字，单位是元。")
        return value.quantize(CENT)

    return read


def _index(text: str, _: date) -> Decimal:
    value = figure(text)
    if value is None or not Decimal("0.3") <= value <= 3:
        raise Invalid("平均缴费指数一般在 0.6 到 3 之间，请发例如 0.8。")
    return value


def _rate(text: str, _: date) -> Decimal:
    """Per cent a year as a fraction: 3, 3%, 百分之三. Raises Invalid."""
    plain = normal(text).removeprefix("百分之").removesuffix("%")
    value = figure("10" if plain == "十" else plain.translate(_SPOKEN))
    if value is None or value > _MOST_A_YEAR:
        raise Invalid(f"请发每年百分之几，0 到 {_MOST_A_YEAR} 之间，例如 3。")
    return value / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed(Ask):
    """An assumption: taken as it is unless the person wants to change just this one."""

    async def ask(self, scene: Scene) -> Asked:
        if scene.answers.get("ask") == self.name:
            return Asked(self.prompt, self.listed)
        return Asked("", answer=self.default or "")


def _or_empty(read: Callable[[str, date], Any]) -> Callable[[str, date], Any]:
    return lambda text, today: read(text, today) if text.strip() else None


_STATUTORY, _EARLY, _LATE = "statutory", "early", "late"
_WHEN = {
    **dict.fromkeys(("statutory", "法定时间", "1", "到点", "正常"), _STATUTORY),
    **dict.fromkeys(("early", "最早", "2", "提前"), _EARLY),
    **dict.fromkeys(("late", "最晚", "3", "延迟", "推迟"), _LATE),
}


def _when(text: str, _: date) -> str:
    try:
        return _WHEN[normal(text) or _STATUTORY]
    except KeyError:
        raise Invalid("请回复 1 法定时间、2 最早 或 3 最晚。") from None


_ESTIMATE: tuple[Step, ...] = (
    *WHO,
    OnRecord(
        name="months",
        label="已缴年限",
        prompt="到现在一共缴了多少年养老？例如 15年6个月。",
        parse=_months,
        nothing="0个月",
        known=lambda career: f"{career.months}个月" if career.shown else None,
    ),
    OnRecord(
        name="balance",
        label="账户余额",
        prompt="养老个人账户里现在有多少钱？单位元；不知道就回复 0。",
        parse=_amount(0, 5_000_000, "账户余额"),
        nothing="0",
        known=lambda career: str(career.balance_now) if career.shown and career.balance_now is not None else None,
    ),
    OnRecord(
        name="pay",
        label="缴费基数",
        prompt="以后每月按多少基数缴？单位元；不打算缴了就回复 0。",
        parse=_amount(0, 200_000, "缴费基数"),
        nothing="0",
        known=lambda career: str(career.base) if career.shown and career.base is not None else None,
    ),
    Assumed(
        name="new_pay",
        label="以后的缴费基数",
        prompt="以后每月按多少基数缴？单位元；不缴了就回复 0。",
        parse=_or_empty(_amount(0, 200_000, "缴费基数")),
        default="",
    ),
    Assumed(
        name="when",
        label="退休时间",
        prompt="想按什么时候退休算？",
        parse=_when,
        quick=("法定时间", "最早", "最晚"),
        default=_STATUTORY,
    ),
    Assumed(
        name="index",
        label="平均缴费指数",
        parse=_or_empty(_index),
        default="",
        prompt="平均缴费指数按多少算？一直按社会平均工资缴就是 1，按最低的缴约 0.6。请发例如 0.8。",
    ),
    Assumed(
        name="base",
        label="计发基数",
        parse=_or_empty(_amount(1000, 100_000, "计发基数")),
        default="",
        prompt="计发基数按多少算？就是当地公布的数，单位元，例如 9000。",
    ),
    Assumed(
        name="growth",
        label="每年涨幅",
        parse=_rate,
        default="0",
        prompt="工资和计发基数每年涨百分之几？请发例如 3；都按今天的不变，就回复 0。",
    ),
    Assumed(
        name="interest",
        label="账户利率",
        parse=_rate,
        default="0",
        prompt="养老个人账户每年按百分之几计息？请发例如 3；不算利息，就回复 0。",
    ),
)


def _at(one: Case, when: str) -> Month:
    return {_STATUTORY: one.found.month, _EARLY: one.found.earliest, _LATE: one.found.latest}[when]


async def _estimate(scene: Scene) -> Ended:
    one, answers, today = await Case.of(scene), scene.answers, scene.now.date()
    if one.career is not None and one.career.retired:
        return Ended(Reply(Say("您已经在领养老金了，不用估算。")), (("查养老金", Wish("pension")),))
    if one.career is not None and one.career.resident:
        return Ended(Reply(Say(RESIDENT)), (RESIDENTS_OWN, FOR_ANOTHER))
    region = scene.desk.region
    published = region.pension_base if region else None
    typed = answers["base"].strip()
    if not typed and published is None:
        return _again(scene, "base", "还不知道当地的计发基数，要您告诉我才能算。")
    base = _amount(1000, 100_000, "计发基数")(typed, today) if typed else published.amount if published else Decimal(0)
    at = max(_at(one, _when(answers["when"], today)), one.now)
    pay = _amount(0, 200_000, "缴费基数")(answers["new_pay"].strip() or answers["pay"], today)
    growth, interest = (_rate(answers[name], today) for name in ("growth", "interest"))
    away = at.index - one.now.index
    left = min(away, max(0, at.index - one.first.index)) if pay else 0
    months = _months(answers["months"], today) + left
    balance = saved_up(
        _amount(0, 5_000_000, "账户余额")(answers["balance"], today),
        pay * one.by.account_share,
        idle=away - left,
        paying=left,
        growth=growth,
        interest=interest,
    )
    then = grown(base, growth, away)
    need = minimum_months(at.year, one.by)
    age = (at.index - one.found.born.index) // 12
    indexes = [_index(answers["index"], today)] if answers["index"].strip() else [one.by.index_low, one.by.index_high]
    found = [pension(Assumptions(then, index, months, balance, age), one.by) for index in indexes]
    whole = [basic + own for basic, own in found]
    head = f"粗略估算：{at.label}退休，每月大约 {_about(whole)}。这是估算，不是承诺。"
    if months < need:
        head = f"到{at.label}只有{span(months)}，不到最低的{span(need)}，按规定还不能按月领。下面按{span(months)}算，只供参考：每月大约 {_about(whole)}。"
    source = "您说的" if typed else f"{published.year}年，{published.source}" if published else ""
    rises = f"，退休时涨到 {money(then)}" if growth else ""
    lines = [
        head,
        f"基础养老金 {_about([basic for basic, _ in found])}：计发基数 {money(base)}（{source}）{rises}，平均缴费指数 {_range(indexes)}，缴费 {span(months)}。",
        f"个人账户养老金 {money(found[0][1])}：退休时账户约 {money(balance)}，除以 {one.by.divisors[min(max(age, 50), 70)]} 个月。",
        _assumed(one, pay, left, growth, interest),
        "要换哪一项假设，请选下面的数字。",
    ]
    return Ended(Reply(Say("\n".join(lines))), _estimate_offers(scene))


def _assumed(one: Case, pay: Decimal, left: int, growth: Decimal, interest: Decimal) -> str:
    """What is assumed beside the figures of the answer itself, and what is left out."""
    share = f"{_percent(one.by.account_share)}进个人账户"
    parts = (
        f"以后每月按 {money(pay)} 的基数缴{span(left)}，{share}" if left else "从现在起不再缴费",
        f"工资、基数每年涨{_percent(growth)}，算出来的是到时候的钱" if growth else "工资、基数都按今天的不变",
        f"账户每年计息{_percent(interest)}" if interest else "账户不计利息",
    )
    deemed = "视同缴费另有的过渡性养老金没有算进去。" if one.career is not None and one.career.deemed_months else ""
    return f"假设：{'；'.join(parts)}。{deemed}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"


def _about(values: list[Decimal]) -> str:
    whole = [(values[0] / 10).to_integral_value(ROUND_FLOOR), (values[-1] / 10).to_integral_value(ROUND_CEILING)]
    if values[0] == values[-1]:
        whole = [(values[0] / 10).to_integral_value(ROUND_HALF_UP)] * 2
    tens = [value * 10 for value in whole]
    return f"{tens[0]:,} 元" if tens[0] == tens[-1] else f"{tens[0]:,} 到 {tens[-1]:,} 元"


def _range(values: list[Decimal]) -> str:
    return " 到 ".join(f"{value.normalize():f}" for value in values)


def _asking(scene: Scene, step: str) -> Wish:
    """The same estimate with one assumption asked anew."""
    kept = {name: text for name, text in scene.answers.items() if name not in {step, "ask"} and text}
    return Wish("pension_estimate", {**kept, "ask": step})


def _again(scene: Scene, step: str, why: str) -> Ended:
    return Ended(Reply(Say(why)), (("告诉您计发基数", _asking(scene, step)),))


def _estimate_offers(scene: Scene) -> tuple[tuple[str, Wish], ...]:
    said = {name: scene.answers[name] for name in ("whose", "born", "group")}
    stop = {name: text for name, text in scene.answers.items() if name not in {"ask", "new_pay"} and text}
    return (
        ("换退休时间", _asking(scene, "when")),
        ("换平均缴费指数", _asking(scene, "index")),
        ("换以后的缴费基数", _asking(scene, "new_pay")),
        ("如果现在停缴", Wish("pension_estimate", {**stop, "new_pay": "0"})),
        ("换计发基数", _asking(scene, "base")),
        ("换每年涨幅", _asking(scene, "growth")),
        ("换账户利率", _asking(scene, "interest")),
        ("换已缴年限", _asking(scene, "months")),
        ("换账户余额", _asking(scene, "balance")),
        ("看退休时间", Wish("retirement_age", said)),
    )


PENSION_ESTIMATE = Calculator(
    name="pension_estimate",
    title="养老金估算",
    covers=(),
    asks=_ESTIMATE,
    work=_estimate,
    help="估算每月大约能领多少养老金，每一项假设都会写出来，可以一项一项换。",
)
