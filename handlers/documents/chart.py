"""A chart for the chat: PNG of 800 × 450, readable in a bubble on a phone. The geometry is worked out here, drawn in `chart.typ`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from dialogs.charts import BarChart, parse_chart
from handlers.documents.columns import width_em
from handlers.documents.issued import forbidden, tidy
from handlers.documents.typesetter import Typesetter, Unprintable

TEMPLATE = "chart.typ"
WIDTH, HEIGHT = 800, 450
"""Pixels; the template counts in the same."""
LEFT, RIGHT, TOP, BOTTOM = 132, 784, 168, 330
"""Edges of the field in which the bars stand."""
TITLE_PX, LABEL_PX, VALUE_PX, TICK_PX, YEAR_PX = 48.0, 42.0, 42.0, 38.0, 40.0
"""Type for a bubble 230 px wide, where the picture is shown at less than a third of its size: 11 px and more there."""
SMALLEST_LABEL_PX = 30.0
"""Names under the bars shrink to this before some are left out."""
MOST_VALUES = 6
_LINE = WIDTH - 2 * 24
"""Width of the title and of the legend."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_EPOCH = 0


def render_chart(chart: str, typesetter: Typesetter) -> bytes:
    """The PNG of a chart made by `dialogs.charts.bar_chart`; the same chart gives the same bytes.

    Raises ValueError for anything else and `Unprintable` for a character without a glyph. CPU-bound; call it in a thread.
    """
    drawing = describe_chart(parse_chart(chart))
    texts = [
        drawing["title"],
        drawing["period"],
        drawing["unit"],
        *(one["name"] for one in drawing["legend"]),
        *(one["text"] for one in drawing["labels"]),
    ]
    refused = "".join(dict.fromkeys(forbidden("".join(texts))))
    if refused:
        raise Unprintable(refused)
    return typesetter.png(TEMPLATE, drawing, {}, _EPOCH, ppi=72)[0]


def describe_chart(chart: BarChart) -> dict[str, Any]:
    """Everything that is drawn, in pixels from the upper left corner."""
    low, high, step = scale(*_extent(chart))
    height = float(high - low)

    def at(value: Decimal) -> float:
        return round(BOTTOM - float(value - low) / height * (BOTTOM - TOP), 2)

    slot = (RIGHT - LEFT) / len(chart.labels)
    width = min(slot * 0.66, 72.0)
    centres = [LEFT + slot * (index + 0.5) for index in range(len(chart.labels))]
    bars, gaps, tops = [], [], []
    for index, centre in enumerate(centres):
        up = down = Decimal(0)
        x = round(centre - width / 2, 2)
        values = [one.values[index] for one in chart.series]
        for colour, value in enumerate(values):
            if value:
                base = up if value > 0 else down
                upper, lower = sorted((at(base), at(base + value)))
                bars.append({"x": x, "y": upper, "w": round(width, 2), "h": round(lower - upper, 2), "colour": colour})
                up, down = (up + value, down) if value > 0 else (up, down + value)
        if all(value is None for value in values):
            gaps.append({"x": x, "w": round(width, 2)})
        else:
            tops.append((centre, at(up), sum((value for value in values if value), Decimal(0))))
    ticks: list[dict[str, Any]] = []
    mark = low
    while mark <= high:
        ticks.append({"y": at(mark), "text": f"{mark:,f}"})
        mark += step
    months = all(_MONTH.fullmatch(label) for label in chart.labels)
    title, period = _titled(tidy(chart.title)) if months else (tidy(chart.title), "")
    return {
        "title": title,
        "period": period if len(chart.series) == 1 and not gaps else "",
        "unit": tidy(chart.unit),
        "field": [LEFT, TOP, RIGHT, BOTTOM],
        "zero": at(Decimal(0)),
        "ticks": ticks,
        "bars": bars,
        "gaps": gaps,
        "values": _value_labels(tops, width),
        "title_size": _fitting(TITLE_PX, _LINE - 30, [title]),
        "tick_size": _fitting(TICK_PX, LEFT - 20, [tick["text"] for tick in ticks]),
        "legend": [{"name": tidy(one.name), "colour": colour} for colour, one in enumerate(chart.series)],
        "legend_size": _legend_size(chart, bool(gaps), period),
        **_labels(chart.labels, centres, slot),
    }


def scale(smallest: Decimal, largest: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """(lowest mark, highest mark, step) of an axis in few steps of 1, 2, 2.5 or 5 × 10ⁿ that holds zero and both values."""
    smallest, largest = min(smallest, Decimal(0)), max(largest, Decimal(0))
    reach = largest - smallest or Decimal(1)
    power = Decimal(10) ** (reach.adjusted() - 1)
    steps = (
        factor * power
        for factor in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10), Decimal(20), Decimal(25), Decimal(50))
    )
    step = next(one for one in steps if reach / one <= 3)
    low = (smallest / step).to_integral_value("ROUND_FLOOR") * step
    high = (largest / step).to_integral_value("ROUND_CEILING") * step
    return _plain(low), _plain(high if high > low else low + step), _plain(step)


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if whole == number else number.normalize()


def _extent(chart: BarChart) -> tuple[Decimal, Decimal]:
    """Smallest and largest end of a stacked bar."""
    columns = list(zip(*(one.values for one in chart.series), strict=True))
    ups = [sum((value for value in column if value and value > 0), Decimal(0)) for column in columns]
    downs = [sum((value for value in column if value and value < 0), Decimal(0)) for column in columns]
    return min(downs), max(ups)


def _titled(title: str) -> tuple[str, str]:
    """A title too long for large type, parted from the period it ends with: the line of years tells that too, so it may be left out."""
    found = re.fullmatch(r"(.+)（(.+)）", title)
    return (found[1], found[2]) if found and width_em(title) * LABEL_PX > _LINE else (title, "")


def _fitting(largest: float, room: float, texts: Sequence[str]) -> float:
    """The size of type, not above `largest`, at which the widest of the texts fits."""
    return round(min(largest, room / max(1.0, *(width_em(text) for text in texts), 1.0)), 2)


def _legend_size(chart: BarChart, has_gaps: bool, period: str) -> float:
    """The size at which names with their colours and 无记录, or else the period, and the unit stand on one line."""
    names = [one.name for one in chart.series] if len(chart.series) > 1 else []
    line = "".join([*(names or ([] if has_gaps else [period])), *(["无记录"] if has_gaps else []), f"单位：{chart.unit}"])
    swatches = 1.75 * (len(names) + has_gaps)
    return round(min(LABEL_PX, _LINE / (width_em(line) + swatches + 0.5)), 2)


def _value_labels(tops: Sequence[tuple[float, float, Decimal]], width: float) -> dict[str, Any]:
    """What stands over the bars: the whole sum, where it differs from the bar before. None at all if they were many or would touch.

    The exact amounts are in the message beside the picture; here a fraction would only make the type smaller.
    """
    nothing: dict[str, Any] = {"size": VALUE_PX, "marks": []}
    marks: list[dict[str, Any]] = []
    before = ""
    end = 0.0
    for x, _, value in tops:
        text = f"{value.quantize(Decimal(1), 'ROUND_HALF_UP') + 0:,f}"
        if text == before:
            continue
        before = text
        half = width_em(text) * VALUE_PX / 2 + 4
        middle = min(max(x, LEFT + half), WIDTH - 8 - half)
        if middle - half < end or len(marks) == MOST_VALUES:
            return nothing
        end = middle + half
        over = [y for other, y, _ in tops if abs(other - middle) < half + width / 2 or other == x]
        marks.append({"x": round(middle, 2), "y": min(over), "text": text})
    return {"size": VALUE_PX, "marks": marks}


def _labels(labels: Sequence[str], centres: Sequence[float], slot: float) -> dict[str, Any]:
    """The line under the bars and, for months, the line of years below it; thinned out (1, 4, 7, 10) until they do not touch."""
    months = [_MONTH.fullmatch(label) for label in labels]
    if all(months):
        parts = [(int(found[1]), int(found[2])) for found in months if found]
        need = width_em("12月") * LABEL_PX + 4
        step = next((one for one in (1, 3, 6, 12) if slot * one >= need), 12)
        shown = [
            {"x": round(centre, 2), "text": f"{month}月"}
            for (_, month), centre in zip(parts, centres, strict=True)
            if (month - 1) % step == 0
        ]
        starts = [index for index, (year, month) in enumerate(parts) if index == 0 or year != parts[index - 1][0]]
        spans = zip(starts, [*starts[1:], len(parts)], strict=True)
        years = [
            {"x": round(LEFT + slot * start, 2), "w": round(slot * (end - start), 2), "text": f"{parts[start][0]}年"}
            for start, end in spans
        ]
        wide = width_em("2024年") * YEAR_PX + 6
        for year in years:
            year["text"] = year["text"] if float(str(year["w"])) >= wide else ""
        return {"labels": shown, "label_size": LABEL_PX, "years": years}
    size = _fitting(LABEL_PX, slot - 8, labels)
    size = size if size >= SMALLEST_LABEL_PX else LABEL_PX
    need = max(width_em(label) for label in labels) * size + 8
    step = max(1, -int(-need // slot))
    plain = [{"x": round(centre, 2), "text": tidy(label)} for label, centre in zip(labels, centres, strict=True)]
    return {"labels": plain[::step], "label_size": size, "years": []}
