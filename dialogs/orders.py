"""缴费业务 (BZ-23, BZ-24, BZ-25) as data: what is asked on the page of an order, the rules between the answers, and the figures.

Everything here is pure. What needs the records (months paid already, orders that are open) is judged in `handlers.orders`. The manual is
silent on every figure, so all of them come from `Region.orders` with the note that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dialogs.declare import Answers, Ask, Asked, Choose, Option, Options, Scene, Step
from dialogs.parse import Invalid, month, normal
from dialogs.phrases import money
from storage.ports.record import Record
from storage.ports.records import Insurance
from storage.ports.regions import OrderRules, Tier
from storage.ports.time import Month, Span

CENT = Decimal("0.01")
LABELS: dict[str, str] = {
    "pension": "养老",
    "medical": "医疗",
    "resident_pension": "居民养老",
    "resident_medical": "居民医疗",
}
"""Insurances of orders, as people call them."""

WHOLE = ""
"""The name under which a problem stands that is of no single answer."""


class Draft(Record):
    """What an order would be: its insurances, months, base or tier, the amount in 元, and how the amount came about."""

    insurances: tuple[str, ...]
    span: Span
    amount: Decimal
    lines: tuple[tuple[str, str], ...]
    base: Decimal | None = None
    tier: str = ""


PUBLISHED = "缴费标准以经办机构公布的为准。"
"""Instead of the source of a figure, for people."""

Problems = Mapping[str, str]
"""Step name (`WHOLE` for the answers together) → the sentence that says what to give instead."""


class Unfit(Exception):
    """The answers make no order; `problems` has at least one entry."""

    def __init__(self, problems: Problems) -> None:
        super().__init__("unfit")
        self.problems = problems


class OrderForm(Record, kw_only=True):
    """One kind of order. `draft` works out what it would be, or raises Unfit; `wish` is what is said in the chat to make one."""

    name: str
    title: str
    covers: tuple[str, ...]
    steps: tuple[Step, ...]
    draft: Callable[[Answers, OrderRules, date], Draft]
    wish: str

    def said(self, rules: OrderRules) -> str:
        """The sentence under every amount of this kind. Where the figures come from (`OrderRules.source`) is for the staff."""
        return PUBLISHED


# ── what people type ────────────────────────────────────────────────────────────────────────────────────────────────


def pay_month(text: str, today: date) -> Month:
    """A month that may be paid for: any way to write a month, none in the future. Raises Invalid."""
    try:
        return month(text, today)
    except Invalid as trouble:
        said = str(trouble).replace("最晚可以查到", "最晚可以缴到").replace("这里一次查一个月", "这里填一个月")
        raise Invalid(said) from None


_AMOUNT = re.compile(
    r"(?:约|每月|一个?月|按)?(?:¥|￥|人民币)?([0-9]{1,8}(?:\.[0-9]{1,2})?)(?:元整|元|块钱|块)?(?:/月|每月|一个?月)?"
)
_IN_WORDS = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)(千|万)(?:元|块)?")


def amount_of(text: str) -> Decimal:
    """An amount in 元 as people write it: 4000, 4,000.00, 4500元, 0.5万. Raises Invalid."""
    plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3})|\s", "", normal(text))
    if found := _AMOUNT.fullmatch(plain):
        return Decimal(found[1]).quantize(CENT)
    if found := _IN_WORDS.fullmatch(plain):
        return (Decimal(found[1]) * (1000 if found[2] == "千" else 10000)).quantize(CENT, ROUND_HALF_UP)
    raise Invalid("缴费基数是每月的一个金额，最多两位小数，单位是元，例如 4500。")


def base_text(rules: OrderRules) -> str:
    """Between which figures a base may lie, as a sentence names them."""
    return f"{_short(rules.base_min)} 到 {_short(rules.base_max)} 元"


def _short(amount: Decimal) -> str:
    """4,000; 4,000.50."""
    return f"{amount:,.2f}".removesuffix(".00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base(Ask):
    """缴费基数: the question names the limits of the region."""

    async def ask(self, scene: Scene) -> Asked:
        asked = await Ask.ask(self, scene)
        rules = _rules(scene)
        return replace(asked, text=f"{self.prompt}可以填 {base_text(rules)}。") if rules else asked

    async def read(self, scene: Scene, text: str) -> str:
        value = amount_of(text)
        rules = _rules(scene)
        if rules and (trouble := _base_trouble(value, rules)):
            raise Invalid(trouble)
        return str(value)


def _rules(scene: Scene) -> OrderRules | None:
    region = scene.desk.region
    return region.orders if region else None


def _base_trouble(value: Decimal, rules: OrderRules) -> str:
    if rules.base_min <= value <= rules.base_max:
        return ""
    side = "低于下限" if value < rules.base_min else "高于上限"
    return f"缴费基数 {money(value)}{side}，可以填 {base_text(rules)}之间的金额。"


# ── 个体人员缴费 ────────────────────────────────────────────────────────────────────────────────────────────────────

FLEXIBLE_INSURANCES: dict[str, tuple[str, ...]] = {
    "养老": ("pension",),
    "医疗": ("medical",),
    "养老和医疗": ("pension", "medical"),
}


def _flexible(answers: Answers, rules: OrderRules, today: date) -> Draft:
    wrong: dict[str, str] = {}
    start = _month(answers, "start", "起始年月", today, wrong)
    end = _month(answers, "end", "终止年月", today, wrong)
    insurances = FLEXIBLE_INSURANCES.get(answers.get("insurance", ""), ())
    if not insurances:
        wrong["insurance"] = "请选择险种：养老、医疗，或养老和医疗。"
    elif lacking := [LABELS[code] for code in insurances if code not in rules.rates]:
        wrong["insurance"] = f"{'、'.join(lacking)}暂时不能在这里缴，请换一个险种。"
    base = _base(answers, rules, wrong)
    if start and end:
        _span(start, end, rules, wrong)
    if wrong or start is None or end is None or base is None:
        raise Unfit(wrong)
    span = Span(start, end)
    months = len(span.months)
    parts = {code: rounded(base * rules.rates[code] * months) for code in insurances}
    lines = [("缴费月份", f"{span.label}，共 {months} 个月"), ("缴费基数", f"每月 {money(base)}")]
    lines += [
        (LABELS[code], f"{money(base)} × {percent(rules.rates[code])} × {months} 个月 = {money(part)}")
        for code, part in parts.items()
    ]
    return Draft(insurances, span, sum(parts.values(), Decimal("0.00")), tuple(lines), base=base)


def _month(answers: Answers, step: str, label: str, today: date, wrong: dict[str, str]) -> Month | None:
    text = answers.get(step, "").strip()
    if not text:
        wrong[step] = f"请填{label}，例如 {Month.of(today)}。"
        return None
    try:
        return pay_month(text, today)
    except Invalid as trouble:
        wrong[step] = str(trouble)
        return None


def _base(answers: Answers, rules: OrderRules, wrong: dict[str, str]) -> Decimal | None:
    try:
        base = amount_of(answers.get("base", ""))
    except Invalid as trouble:
        wrong["base"] = str(trouble)
        return None
    if beyond := _base_trouble(base, rules):
        wrong["base"] = beyond
    return base


def _span(start: Month, end: Month, rules: OrderRules, wrong: dict[str, str]) -> None:
    if start > end:
        wrong["end"] = f"终止年月 {end.label} 比起始年月 {start.label} 早，请改其中一个。"
    elif (months := len(start.until(end))) > rules.months_at_most:
        latest = start.plus(rules.months_at_most - 1)
        wrong["end"] = (
            f"一个订单最多缴 {rules.months_at_most} 个月，您填了 {months} 个月。终止年月最晚填 {latest.label}，余下的再下一单。"
        )


def rounded(amount: Decimal) -> Decimal:
    """To 分, half up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def percent(rate: Decimal) -> str:
    """0.20 → 20%; 0.085 → 8.5%."""
    return f"{(rate * 100).normalize():f}%"


# ── 居民养老, 居民医疗 ──────────────────────────────────────────────────────────────────────────────────────────────


def tier_label(tier: Tier) -> str:
    """As it is chosen: its name and what it costs."""
    return f"{tier.label} {money(tier.amount)}"


def _year_text(rules: OrderRules) -> str:
    return f"{rules.year}年度"


async def _years(scene: Scene) -> Options:
    rules = _rules(scene)
    return (Option(_year_text(rules), _year_text(rules), known_as=str(rules.year)),) if rules else ()


def _tiers(kind: str) -> Choose:
    async def options(scene: Scene) -> Options:
        rules = _rules(scene)
        return tuple(Option(tier.label, tier_label(tier)) for tier in rules.tiers.get(kind, ())) if rules else ()

    return Choose(
        name="tier", label="缴费档次", prompt="缴哪一档？", options=options, none="现在没有可以缴的档次，请拨打12333咨询。"
    )


def _resident(kind: str) -> Callable[[Answers, OrderRules, date], Draft]:
    def draft(answers: Answers, rules: OrderRules, today: date) -> Draft:
        wrong: dict[str, str] = {}
        said = answers.get("year", "").strip()
        if said and said not in {_year_text(rules), str(rules.year), f"{rules.year}年"}:
            wrong["year"] = f"现在只能缴 {_year_text(rules)}的，请选 {_year_text(rules)}。"
        tiers = rules.tiers.get(kind, ())
        chosen = next((tier for tier in tiers if answers.get("tier", "") in {tier.label, tier.code, tier_label(tier)}), None)
        if chosen is None:
            known = "、".join(tier.label for tier in tiers)
            wrong["tier"] = f"没有这个档次，请从这些里选：{known}。" if tiers else "现在没有可以缴的档次，请拨打12333咨询。"
        if wrong or chosen is None:
            raise Unfit(wrong)
        whole = Span(Month(rules.year, 1), Month(rules.year, 12))
        lines = (("缴费年度", _year_text(rules)), (LABELS[kind], f"{chosen.label} = {money(chosen.amount)}"))
        return Draft((kind,), whole, rounded(chosen.amount), lines, tier=chosen.code)

    return draft


def _resident_form(kind: str, title: str, feature: str, wish: str) -> OrderForm:
    return OrderForm(
        name=kind,
        title=title,
        covers=(feature,),
        steps=(Choose(name="year", label="缴费年度", prompt="缴哪个年度？", options=_years), _tiers(kind)),
        draft=_resident(kind),
        wish=wish,
    )


ORDER_FORMS: dict[str, OrderForm] = {
    form.name: form
    for form in (
        OrderForm(
            name="flexible",
            title="个体人员缴费",
            covers=("BZ-23",),
            steps=(
                Ask(name="start", label="起始年月", prompt="从哪个月开始缴？例如 2024-07。", parse=pay_month),
                Ask(name="end", label="终止年月", prompt="缴到哪个月？只缴一个月就填同一个月。", parse=pay_month),
                Choose(
                    name="insurance",
                    label="缴费险种",
                    prompt="缴哪种保险？",
                    options=tuple(
                        Option(label, label, known_as="养老、医疗" if len(codes) > 1 else f"{label}保险")
                        for label, codes in FLEXIBLE_INSURANCES.items()
                    ),
                ),
                Base(name="base", label="缴费基数", prompt="每月的缴费基数是多少元？", parse=lambda text, _: amount_of(text)),
            ),
            draft=_flexible,
            wish="灵活就业缴费",
        ),
        _resident_form("resident_pension", "居民养老缴费", "BZ-24", "居民养老缴费"),
        _resident_form("resident_medical", "居民医疗缴费", "BZ-25", "居民医保缴费"),
    )
}
"""By name. The page of an order form shows the steps; what it posts is judged by `OrderForm.draft`."""

FORM_OF_FEATURE: dict[str, OrderForm] = {feature: form for form in ORDER_FORMS.values() for feature in form.covers}
"""The form that makes orders of a feature; none for the fee of a case."""


def insurance_of(code: str) -> Insurance | None:
    """The insurance in whose records the months of an order appear; None for residents' insurances, which have years."""
    return Insurance(code) if code in {"pension", "medical"} else None
