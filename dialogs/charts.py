"""A chart as data: what `dialogs.messages.Picture.chart` holds, drawn elsewhere (`handlers.documents.chart`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

from storage.ports.record import Record


class Series(Record):
    """One colour of the bars; `values` stand beside the labels of the chart, in order; None is a gap (nothing on record), not zero."""

    name: str
    values: tuple[Decimal | None, ...]


class BarChart(Record):
    """Bars, one for each label; several series are stacked. Labels `YYYY-MM` are drawn as months with their year below."""

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]


def bar_chart(title: str, unit: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The chart as JSON; the same arguments give the same text.

    `series` are (name, values); a value is a decimal as text (`1234.50`) or empty for a gap. Raises ValueError if there is nothing
    to draw, if a series has not one value for each label, or if a value is not a number.
    """
    if not labels or not series:
        raise ValueError("a chart needs labels and a series")
    for name, values in series:
        if len(values) != len(labels):
            raise ValueError(f"series {name!r} has {len(values)} values for {len(labels)} labels")
        for value in values:
            _number(value)
    content = {
        "kind": "bars",
        "labels": list(labels),
        "series": [{"name": name, "values": list(values)} for name, values in series],
        "title": title,
        "unit": unit,
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def parse_chart(chart: str) -> BarChart:
    """The inverse of `bar_chart`; raises ValueError for anything else."""
    try:
        content = json.loads(chart)
        if content["kind"] != "bars":
            raise ValueError("not a bar chart")
        return BarChart(
            title=str(content["title"]),
            unit=str(content["unit"]),
            labels=tuple(str(label) for label in content["labels"]),
            series=tuple(Series(str(one["name"]), tuple(_number(value) for value in one["values"])) for one in content["series"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("not a chart") from error


def _number(value: str) -> Decimal | None:
    if not value:
        return None
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ValueError("a chart value is not a number") from None
    if not number.is_finite():
        raise ValueError("a chart value is not a number")
    return number
