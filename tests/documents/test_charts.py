"""Charts for the chat."""

from __future__ import annotations

import io
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dialogs.charts import bar_chart, parse_chart
from handlers.documents import Unprintable
from handlers.documents.chart import BOTTOM, LEFT, RIGHT, TOP, describe_chart, render_chart, scale
from handlers.documents.typesetter import Typesetter
from storage.ports.time import Month

MONEY = st.one_of(st.just(""), st.integers(-(10**9), 10**9).map(lambda cents: str(Decimal(cents).scaleb(-2))))
"""Up to ten million. Drawn as cents, since drawing decimals takes twice as long."""


START = Month(2023, 10)


def months(count: int) -> list[str]:
    return [str(START.plus(index)) for index in range(count)]


def drawing(chart: str) -> dict[str, Any]:
    return describe_chart(parse_chart(chart))


def test_a_chart_is_json_that_reads_back() -> None:
    """Values keep their digits, a gap stays a gap, the same arguments give the same text."""
    chart = bar_chart("缴费", "元", ["2024-01", "2024-02"], [("个人", ["545.60", ""])])
    assert chart == bar_chart("缴费", "元", ("2024-01", "2024-02"), (("个人", ("545.60", "")),))
    back = parse_chart(chart)
    assert (back.title, back.unit, back.labels) == ("缴费", "元", ("2024-01", "2024-02"))
    assert back.series[0].values == (Decimal("545.60"), None)


@pytest.mark.parametrize(
    ("labels", "series"),
    [([], [("a", [])]), (["一"], []), (["一"], [("a", ["1", "2"])]), (["一"], [("a", ["x"])]), (["一"], [("a", ["NaN"])])],
)
def test_a_chart_of_nothing_is_refused(labels: list[str], series: list[tuple[str, list[str]]]) -> None:
    """No labels, no series, lengths that differ, values that are no numbers: ValueError where the chart is made."""
    with pytest.raises(ValueError, match=r"chart|series"):
        bar_chart("缴费", "元", labels, series)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '"x"', '{"kind":"pie"}', '{"kind":"bars","title":"a","unit":"","labels":["a"],"series":3}']
)
def test_what_is_no_chart_is_refused(text: str) -> None:
    """ValueError, nothing else."""
    with pytest.raises(ValueError, match=r"chart|Expecting"):
        parse_chart(text)


def test_bars_are_as_high_as_their_values() -> None:
    """Stacked from zero upwards, in proportion, touching; what is below zero hangs down."""
    drawn = drawing(bar_chart("t", "元", ["a", "b"], [("x", ["100", "-50"]), ("y", ["50", "-50"])]))
    first, second, third, fourth = drawn["bars"]
    assert first["h"] == pytest.approx(2 * second["h"], abs=0.02)
    assert second["y"] + second["h"] == pytest.approx(first["y"], abs=0.02)
    assert first["y"] + first["h"] == pytest.approx(drawn["zero"], abs=0.02)
    assert third["y"] == drawn["zero"]
    assert fourth["y"] == pytest.approx(third["y"] + third["h"], abs=0.02)
    assert [mark["text"] for mark in drawn["values"]["marks"]] == ["150", "-100"]


def test_a_gap_is_seen_and_is_not_a_zero() -> None:
    """A month without any record gets a dashed field; a month of 0.00 gets its label."""
    drawn = drawing(bar_chart("t", "元", months(3), [("x", ["1.50", "", "0"]), ("y", ["", "", "0"])]))
    assert len(drawn["gaps"]) == 1
    assert [mark["text"] for mark in drawn["values"]["marks"]] == ["2", "0"]


def over(values: list[str]) -> list[str]:
    """What stands over the bars of months with these values."""
    return [mark["text"] for mark in drawing(bar_chart("t", "元", months(len(values)), [("x", values)]))["values"]["marks"]]


def test_a_value_stands_where_it_changes() -> None:
    """Whole 元, once for a run of equal bars, none when there were more than six or they would touch."""
    assert over(["1234.56"] * 12) == ["1,235"]
    assert over(["800.40"] * 6 + ["950.50"] * 6) == ["800", "951"]
    assert over(["-0.30", "0"]) == ["0"]
    assert over([str(number) for number in range(7)]) == []
    assert over(["100000", "200000"] + ["200000"] * 10) == []


def test_a_value_stands_above_every_bar_it_reaches_over() -> None:
    """Wider than its bar, it is lifted over a higher neighbour and does not run into the axis."""
    drawn = drawing(bar_chart("t", "元", months(12), [("x", ["1800"] * 6 + ["1200"] * 6)]))
    first, second = drawn["values"]["marks"]
    assert first["y"] == second["y"]
    assert first["x"] > LEFT + 30


def test_a_year_of_months_is_labelled_by_quarters() -> None:
    """1, 4, 7 and 10; few lines behind the bars; type of 40 px and more, 11 in a bubble of 230."""
    drawn = drawing(bar_chart("养老保险缴费", "元", [f"2024-{month:02}" for month in range(1, 13)], [("x", ["1234"] * 12)]))
    assert [label["text"] for label in drawn["labels"]] == ["1月", "4月", "7月", "10月"]
    assert len(drawn["ticks"]) <= 4
    assert min(drawn[size] for size in ("title_size", "label_size")) >= 40


@pytest.mark.parametrize("count", [1, 2, 6, 12, 13, 24, 36, 48, 60])
def test_labels_below_never_touch(count: int) -> None:
    """Up to sixty months: month names at even steps with room between them, a line of years below with the years that fit."""
    drawn = drawing(bar_chart("t", "元", months(count), [("x", ["1"] * count)]))
    places = [label["x"] for label in drawn["labels"]]
    assert places
    assert all(right - left >= 40 for left, right in pairwise(places))
    assert sum(year["w"] for year in drawn["years"]) == pytest.approx(RIGHT - LEFT, abs=0.1)
    assert all(year["w"] >= 60 for year in drawn["years"] if year["text"])


def test_a_long_title_leaves_its_period_to_the_line_below() -> None:
    """The name stays large; the period stands where no legend does, and is left to the line of years where one does."""
    title = "养老保险个人缴费（2025年1月 至 2025年12月）"
    alone = drawing(bar_chart(title, "元", months(12), [("养老", ["1"] * 12)]))
    assert (alone["title"], alone["period"]) == ("养老保险个人缴费", "2025年1月 至 2025年12月")
    assert min(alone["title_size"], alone["legend_size"]) >= 34
    both = drawing(bar_chart(title, "元", months(12), [("养老", ["1"] * 12), ("失业", ["1"] * 12)]))
    assert (both["title"], both["period"]) == ("养老保险个人缴费", "")
    assert drawing(bar_chart("缴费（2025年）", "元", months(12), [("养老", ["1"] * 12)]))["title"] == "缴费（2025年）"


def test_other_labels_are_thinned_out_too() -> None:
    """Names of insurances stand under each bar; thirty long names do not all."""
    assert len(drawing(bar_chart("t", "", ["养老", "医疗", "失业"], [("x", ["1", "2", "3"])]))["labels"]) == 3
    assert 1 < len(drawing(bar_chart("t", "", [f"单位名称{n}" for n in range(30)], [("x", ["1"] * 30)]))["labels"]) < 10


@given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
def test_the_axis_holds_zero_and_all_values(one: Decimal, other: Decimal) -> None:
    """Marks are multiples of a round step, few enough to be read."""
    low, high, step = scale(min(one, other), max(one, other))
    assert low <= min(one, other, Decimal(0))
    assert high >= max(one, other, Decimal(0))
    assert low < high
    assert (high - low) / step <= 7
    assert low % step == 0
    assert step.normalize().as_tuple().digits in ((1,), (2,), (2, 5), (5,))


@given(st.integers(1, 60).flatmap(lambda n: st.lists(st.lists(MONEY, min_size=n, max_size=n), min_size=1, max_size=4)))
def test_everything_stays_in_its_field(values: list[list[str]]) -> None:
    """Whatever the values, no bar leaves the field."""
    chart = bar_chart("t", "元", months(len(values[0])), [(str(number), one) for number, one in enumerate(values)])
    for bar in drawing(chart)["bars"]:
        assert bar["x"] >= LEFT
        assert bar["x"] + bar["w"] <= RIGHT
        assert bar["y"] >= TOP - 0.05
        assert bar["y"] + bar["h"] <= BOTTOM + 0.05
        assert bar["h"] >= 0


def picture(chart: str, typesetter: Typesetter) -> Image.Image:
    return Image.open(io.BytesIO(render_chart(chart, typesetter))).convert("RGB")


def test_the_picture_shows_the_bars(typesetter: Typesetter) -> None:
    """800 × 450; the colour of each series in the middle of its bar, white where no bar is."""
    chart = bar_chart("近三月缴费", "元", months(3), [("单位", ["800", "", "800"]), ("个人", ["800", "", "0"])])
    image = picture(chart, typesetter)
    drawn = drawing(chart)
    assert image.size == (800, 450)
    colours = [image.getpixel((int(bar["x"] + bar["w"] / 2), int(bar["y"] + bar["h"] / 2))) for bar in drawn["bars"]]
    assert colours == [(0x2F, 0x6D, 0xB5), (0xE8, 0x96, 0x3A), (0x2F, 0x6D, 0xB5)]
    gap = drawn["gaps"][0]
    assert image.getpixel((int(gap["x"] + gap["w"] / 2), BOTTOM - 30)) == (0xF4, 0xF5, 0xF7)


@settings(max_examples=10, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_title_is_drawn_or_refused(typesetter: Typesetter, title: str) -> None:
    """Markup is text, a missing glyph is refused, nothing crashes."""
    chart = bar_chart(title, title, [title or "x"], [(title, ["1"])])
    refused = ""
    try:
        assert picture(chart, typesetter).size == (800, 450)
    except Unprintable as error:
        refused = error.characters
    assert set(refused) <= set(title)


@pytest.mark.parametrize("values", [["", ""], ["0", "0"], ["0.01", "0.02"], ["99999999999.99", "-99999999999.99"]])
def test_extremes_are_drawn(typesetter: Typesetter, values: list[str]) -> None:
    """Nothing at all, zeros only, cents, thousands of millions."""
    assert picture(bar_chart("极端", "元", months(2), [("x", values)]), typesetter).size == (800, 450)


def test_the_same_chart_is_the_same_picture(typesetter: Typesetter) -> None:
    """Bytes can be cached by the chart's text."""
    chart = bar_chart("缴费", "元", months(12), [("个人", ["545.60"] * 12)])
    assert render_chart(chart, typesetter) == render_chart(chart, typesetter)
