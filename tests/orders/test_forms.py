"""What an order costs, worked out by hand, and every answer that makes none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from dialogs.orders import ORDER_FORMS, Draft, Unfit, amount_of
from dialogs.parse import Invalid
from handlers.orders.words import in_capitals, masked_transaction, months_named
from storage.ports.regions import OrderRules, Tier
from storage.ports.time import Month

TODAY = date(2024, 9, 12)
RULES = OrderRules(
    year=2024,
    source="示例标准，2024年1月起",
    base_min=Decimal("4000.00"),
    base_max=Decimal("20000.00"),
    rates={"pension": Decimal("0.20"), "medical": Decimal("0.085")},
    tiers={"resident_pension": (Tier("p300", "三百元档", Decimal("300.00")), Tier("p500", "五百元档", Decimal("500.00")))},
    banks=("示例银行",),
)
GOOD = {"start": "2024-03", "end": "2024-05", "insurance": "养老和医疗", "base": "4321.99"}


def draft(kind: str = "flexible", **answers: str) -> Draft:
    return ORDER_FORMS[kind].draft({**(GOOD if kind == "flexible" else {}), **answers}, RULES, TODAY)


def refused(kind: str = "flexible", **answers: str) -> dict[str, str]:
    with pytest.raises(Unfit) as trouble:
        draft(kind, **answers)
    return dict(trouble.value.problems)


def test_the_amount_is_rounded_once_for_each_insurance() -> None:
    """Three months at 4,321.99: 养老 × 20% = 2,593.194 → 2,593.19; 医疗 × 8.5% = 1,102.10745 → 1,102.11; together 3,695.30."""
    made = draft()
    assert made.amount == Decimal("3695.30")
    assert made.insurances == ("pension", "medical")
    assert (made.span.start, made.span.end, made.base) == (Month(2024, 3), Month(2024, 5), Decimal("4321.99"))
    assert made.lines == (
        ("缴费月份", "2024年3月 至 2024年5月，共 3 个月"),
        ("缴费基数", "每月 4,321.99 元"),
        ("养老", "4,321.99 元 × 20% × 3 个月 = 2,593.19 元"),
        ("医疗", "4,321.99 元 × 8.5% × 3 个月 = 1,102.11 元"),
    )


def test_half_a_fen_goes_up() -> None:
    """One month at 4,000.10 medical: 340.0085 → 340.01; five months at 4,000.10: 1,700.0425 → 1,700.04."""
    assert draft(start="2024-03", end="2024-03", insurance="医疗", base="4000.10").amount == Decimal("340.01")
    assert draft(start="2024-03", end="2024-07", insurance="医疗", base="4000.10").amount == Decimal("1700.04")
    # 4,001.00 × 8.5% = 340.085: exactly half.
    assert draft(start="2024-03", end="2024-03", insurance="医疗", base="4001").amount == Decimal("340.09")


def test_the_limits_themselves_are_allowed() -> None:
    """Base 4,000 and 20,000; this month; twelve months: 12 × 20,000 × 20% = 48,000."""
    made = draft(start="2023-10", end="2024-09", insurance="养老", base="20,000.00元")
    assert made.amount == Decimal("48000.00")
    assert draft(start="2024-09", end="2024-09", insurance="养老", base="4000").amount == Decimal("800.00")


@pytest.mark.parametrize(
    ("answers", "step", "words"),
    [
        ({"start": "2024-06"}, "end", ("2024年5月", "2024年6月", "早")),
        ({"end": "2024-10"}, "end", ("2024年10月还没到", "最晚可以缴到2024年9月")),
        ({"start": "2023-05"}, "end", ("最多缴 12 个月", "13 个月", "2024年4月")),
        ({"start": ""}, "start", ("请填起始年月",)),
        ({"start": "大概春天"}, "start", ("请发一个年月",)),
        ({"start": "2024-13"}, "start", ("2024",)),
        ({"insurance": "工伤"}, "insurance", ("养老", "医疗")),
        ({"insurance": ""}, "insurance", ("请选择险种",)),
        ({"base": "3999.99"}, "base", ("低于下限", "4,000 到 20,000 元之间")),
        ({"base": "20000.01"}, "base", ("高于上限", "4,000 到 20,000 元之间")),
        ({"base": "四千块吧"}, "base", ("例如 4500",)),
        ({"base": "-5000"}, "base", ("例如 4500",)),
        ({"base": "4500.005"}, "base", ("最多两位小数",)),
        ({"base": ""}, "base", ("例如 4500",)),
    ],
)
def test_a_wrong_answer_gets_a_sentence(answers: dict[str, str], step: str, words: tuple[str, ...]) -> None:
    """What was wrong, and what to give instead, at the step it belongs to."""
    problems = refused(**answers)
    assert step in problems, problems
    for word in words:
        assert word in problems[step]


def test_every_wrong_answer_is_named_at_once() -> None:
    """A form is not corrected one answer at a time."""
    assert set(refused(start="", end="", insurance="", base="")) == {"start", "end", "insurance", "base"}


def test_an_insurance_without_a_rate_cannot_be_chosen() -> None:
    """A region that collects one insurance only."""
    rules = OrderRules(2024, "示例", Decimal("4000"), Decimal("20000"), {"pension": Decimal("0.20")}, {}, ())
    with pytest.raises(Unfit) as trouble:
        ORDER_FORMS["flexible"].draft(GOOD, rules, TODAY)
    assert "医疗" in trouble.value.problems["insurance"]


def test_a_tier_costs_what_it_says() -> None:
    """居民养老: the tier by name or code, for the region's year."""
    made = draft("resident_pension", year="2024年度", tier="五百元档")
    assert (made.amount, made.tier, made.insurances) == (Decimal("500.00"), "p500", ("resident_pension",))
    assert (made.span.start, made.span.end) == (Month(2024, 1), Month(2024, 12))
    assert made.lines == (("缴费年度", "2024年度"), ("居民养老", "五百元档 = 500.00 元"))
    assert draft("resident_pension", tier="p300").amount == Decimal("300.00")


def test_a_tier_or_a_year_that_is_not_there_is_refused() -> None:
    """The sentence names what there is."""
    assert "三百元档、五百元档" in refused("resident_pension", tier="八百元档")["tier"]
    assert "2024年度" in refused("resident_pension", tier="p300", year="2023")["year"]
    assert "12333" in refused("resident_medical", tier="m1")["tier"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4500", "4500.00"),
        ("４５００元", "4500.00"),
        ("4,500.50", "4500.50"),
        ("0.45万", "4500.00"),
        ("每月 5000 块钱", "5000.00"),
    ],
)
def test_amounts_as_people_write_them(text: str, value: str) -> None:
    """Full width, thousands, 元 and 万."""
    assert amount_of(text) == Decimal(value)


def test_an_amount_that_is_none_is_invalid() -> None:
    """Never a guess."""
    for text in ("4500元或5000元", "4,50", "1e5", "٤٥٠٠", "4500美元"):
        with pytest.raises(Invalid):
            amount_of(text)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("20.00", "贰拾元整"),
        ("4800.50", "肆仟捌佰元伍角整"),
        ("3695.30", "叁仟陆佰玖拾伍元叁角整"),
        ("1002.03", "壹仟零贰元零叁分"),
        ("10000.00", "壹万元整"),
        ("10500.10", "壹万零伍佰元壹角整"),
        ("100050000.00", "壹亿零伍万元整"),
    ],
)
def test_amounts_in_capitals(amount: str, words: str) -> None:
    """As the rules for bills write them."""
    assert in_capitals(Decimal(amount)) == words


def test_months_and_numbers_are_named_briefly() -> None:
    """Runs of months; the end of a transaction's number."""
    assert months_named([Month(2023, 11), Month(2023, 12), Month(2024, 1), Month(2024, 5)]) == "2023年11月至2024年1月、2024年5月"
    assert masked_transaction("4200000000202409120000000001") == "****00000001"
