"""数字: the numbers of the day, as a chart drawn here and as the table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Final

from aiohttp import web

from bot.console.filters import STATES
from bot.console.looks import state_tone
from bot.console.menu import NUMBER_ROLES, QUEUE_ROLES
from bot.console.shell import ConsoleDeps, Seat, seated, view
from handlers.figures import DayNumbers, Figures
from storage.ports.record import Record
from storage.ports.records import DayCount

WIDTH: Final = 760
HEIGHT: Final = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 10, 28
_KINDS: Final = (("filed", "收到"), ("done", "办结"), ("refused", "不予通过"))
_GRADES: Final = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


class Bar(Record):
    """One bar, in the units of the drawing; `title` is what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


class Chart(Record):
    """Bars, horizontal lines as (y, label) and labels of days as (x, label)."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    base: int = HEIGHT - _BOTTOM


def step_of(most: int) -> int:
    """The distance of the lines of a scale: 1, 2 or 5 times a power of ten, at most five lines over the base."""
    step = 1
    for factor in cycle((2, 2.5, 2)):
        if step * 5 >= most:
            break
        step = int(step * factor)
    return step


def chart_of(days: Sequence[DayCount]) -> Chart:
    """Three bars a day; the scale begins at 0 and ends at the first line over the highest bar."""
    most = max((getattr(day, kind) for day in days for kind, _ in _KINDS), default=0)
    step = step_of(max(most, 1))
    top = step * -(-max(most, 1) // step)
    room = HEIGHT - _TOP - _BOTTOM
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    width = min(slot * 0.26, 16)
    bars = []
    for number, day in enumerate(days):
        middle = _LEFT + slot * (number + 0.5)
        for place, (kind, words) in enumerate(_KINDS):
            count = getattr(day, kind)
            if count:
                height = room * count / top
                x, y = middle + (place - 1.5) * width, HEIGHT - _BOTTOM - height
                title = f"{day.day.month}月{day.day.day}日 {words} {count} 件"
                bars.append(Bar(round(x, 1), round(y, 1), round(width - 1, 1), round(height, 1), kind, title))
    lines = [(round(HEIGHT - _BOTTOM - room * value / top, 1), str(value)) for value in range(0, top + 1, step)]
    labels = [(round(_LEFT + slot * (n + 0.5), 1), f"{day.day.month}.{day.day.day}") for n, day in enumerate(days)]
    return Chart(tuple(bars), tuple(lines), tuple(labels))


class Numbers:
    """The page of numbers."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._names = {code: region.name for code, region in deps.services.regions.items()}
        self._numbers = DayNumbers(deps.store, deps.clock)

    async def show(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: all regions of the account, or `?region=` one of them."""
        region = request.query.get("region", "")
        region = region if region in seat.staff.regions else ""
        found = await self._numbers.of(seat.staff, region)
        return view(
            request,
            seat,
            "numbers.html",
            found=found,
            today=found.days[-1],
            chart=chart_of(found.days),
            kinds=_KINDS,
            region=region,
            regions=[(code, self._names.get(code, code)) for code in sorted(seat.staff.regions)],
            states=[(STATES[state], state_tone(state), found.counts[state]) for state in STATES if state in found.counts],
            grades=[(words, found.grades[grade]) for grade, words in _GRADES.items()],
            tiles=_tiles(found),
            sees_cases=bool(seat.staff.roles & set(QUEUE_ROLES)),
        )


def _tiles(found: Figures) -> list[tuple[str, str, str, str]]:
    """(name, number, tone, what it means)."""

    def at_most(number: int, most: int) -> str:
        return f"{most}+" if number >= most else str(number)

    today = found.days[-1]
    return [
        ("今天收到", str(today.filed), "", "件业务"),
        ("今天办结", str(today.done), "", "件业务"),
        ("在办", str(found.open), "", "件没有办完"),
        ("已超期", at_most(found.late, found.late_at_most), "bad" if found.late else "", "件等我们处理"),
        ("今明到期", at_most(found.soon, found.late_at_most), "", "件等我们处理"),
        ("等待对话", at_most(found.talks, found.talks_at_most), "bad" if found.talks else "", "人在排队"),
        ("留言", at_most(found.left, found.talks_at_most), "", "条没有回"),
        ("评价", found.mean or "—", "", f"平均，共 {found.graded} 次" if found.graded else "还没有"),
    ]


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """The address of the numbers."""
    return [web.get("/console/numbers", seated(deps, "numbers", Numbers(deps).show, *NUMBER_ROLES))]
