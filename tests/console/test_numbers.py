"""The numbers of the day, each worked out by hand from the rows that stand here. Today is 2024-09-12."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from bot.console.numbers import chart_of, step_of
from storage.ports.records import CaseState, DayCount, Rating, Thread
from storage.ports.time import SHANGHAI
from tests.console.conftest import Answer, OfficeWorld
from tests.console.work import put


def _at(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2024, month, day, hour, minute, tzinfo=SHANGHAI)


async def _rows(office: OfficeWorld) -> None:
    """滨州: 1, 3, 5, 7; 北京: 2, 4, 6; 济南: 8."""
    state = CaseState
    await put(office, 1, "card_replace", submitted_at=_at(9, 12), state=state.REVIEW, due_on=date(2024, 9, 11))
    await put(office, 2, "card_replace", region="beijing", submitted_at=_at(9, 12), state=state.SECOND, due_on=date(2024, 9, 12))
    await put(office, 3, "card_replace", submitted_at=_at(9, 10), state=state.DONE, finished_at=_at(9, 12, 0, 0))
    await put(
        office, 4, "card_replace", region="beijing", submitted_at=_at(9, 10), state=state.REFUSED, finished_at=_at(9, 11, 23, 59)
    )
    await put(office, 5, "card_replace", submitted_at=_at(8, 29, 23, 59), state=state.WORKING, due_on=date(2024, 9, 13))
    await put(office, 6, "card_replace", region="beijing", submitted_at=_at(9, 12), state=state.DRAFT)
    await put(office, 7, "card_replace", submitted_at=_at(8, 30, 0, 0), state=state.UNPAID, due_on=None)
    await put(office, 8, "card_replace", region="jinan", submitted_at=_at(9, 1), state=state.READY, due_on=date(2024, 9, 2))
    async with office.store.transaction() as tx:
        for ref, region, grade, at in (
            ("1", "binzhou", 5, _at(9, 12)),
            ("2", "binzhou", 5, _at(8, 30)),
            ("3", "beijing", 4, _at(9, 1)),
            ("4", "beijing", 1, _at(9, 11)),
            ("5", "binzhou", 1, _at(8, 29, 23, 59)),
        ):
            await tx.ratings.add(Rating("case", ref, region, grade, "", at))
        for number, (region, kind) in enumerate(
            (("binzhou", "waiting"), ("beijing", "waiting"), ("binzhou", "left"), ("binzhou", "open"))
        ):
            await tx.threads.open(Thread(0, f"o{number}", None, region, kind, "", _at(9, 12)), ())


def _tiles(answer: Answer) -> dict[str, str]:
    return dict(re.findall(r'<div class="tile [a-z]*"><dt>([^<]+)</dt><dd>([^<]+)<', answer.text))


def _table(answer: Answer, section: str) -> dict[str, list[str]]:
    found = re.search(rf'<section class="card" id="{section}".*?</section>', answer.text, re.S)
    assert found
    body = re.search(r"<tbody.*?</tbody>", found[0], re.S)
    assert body
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', body[0], re.S)
    return {re.sub(r"<[^>]+>", "", head): re.findall(r'<td class="num">(\d+)</td>', rest) for head, rest in rows}


async def test_the_tiles_of_all_regions(office: OfficeWorld) -> None:
    """Filed today 1 and 2 (a draft is not filed); done today 3; open 1, 2, 5, 7, 8; late 1 (8 waits for its person); due 2 and 5."""
    await _rows(office)
    page = await (await office.signed_in("运营")).get("/console/numbers")
    assert _tiles(page) == {
        "今天收到": "2",
        "今天办结": "1",
        "在办": "5",
        "已超期": "1",
        "今明到期": "2",
        "等待对话": "2",
        "留言": "1",
        "评价": "3.8",
    }


async def test_one_region_alone(office: OfficeWorld) -> None:
    """滨州: filed today 1; done 3; open 1, 5, 7; late 1; due 5; one waits, one message; marks 5 and 5."""
    await _rows(office)
    window = await office.signed_in("运营")
    page = await window.get("/console/numbers?region=binzhou")
    assert _tiles(page) == {
        "今天收到": "1",
        "今天办结": "1",
        "在办": "3",
        "已超期": "1",
        "今明到期": "1",
        "等待对话": "1",
        "留言": "1",
        "评价": "5.0",
    }


async def test_an_account_sees_its_own_regions(office: OfficeWorld) -> None:
    """S19: whose scope is 北京 gets the numbers of 北京, also when the address asks for another region."""
    await _rows(office)
    await office.employ("north", "北运营", {"运营"}, frozenset({"beijing"}))
    window = await office.signed_in("north")
    for path in ("/console/numbers", "/console/numbers?region=binzhou", "/console/numbers?region=beijing"):
        page = await window.get(path)
        assert _tiles(page)["在办"] == "1"
        assert _tiles(page)["等待对话"] == "1"
        assert "滨州" not in page.text


async def test_the_days_are_the_last_fourteen(office: OfficeWorld) -> None:
    """30 August to 12 September; the moment before midnight belongs to the day before; the table and the bars say the same."""
    await _rows(office)
    page = await (await office.signed_in("运营")).get("/console/numbers")
    table = _table(page, "table")
    assert next(iter(table)) == "9月12日"
    assert list(table)[-1] == "8月30日"
    assert len(table) == 14
    told = {day: counts for day, counts in table.items() if counts != ["0", "0", "0"]}
    assert told == {
        "9月12日": ["2", "1", "0"],
        "9月11日": ["0", "0", "1"],
        "9月10日": ["2", "0", "0"],
        "9月1日": ["1", "0", "0"],
        "8月30日": ["1", "0", "0"],
    }
    bars = re.findall(r"<title>(.+?日) (收到|办结|不予通过) (\d+) 件</title>", page.text)
    drawn = {(day, kind, count) for day, kind, count in bars}
    kinds = ("收到", "办结", "不予通过")
    assert drawn == {(day, kind, n) for day, counts in told.items() for kind, n in zip(kinds, counts, strict=True) if n != "0"}


async def test_states_and_marks(office: OfficeWorld) -> None:
    """Open cases by state, and how many gave which mark in fourteen days."""
    await _rows(office)
    page = await (await office.signed_in("运营")).get("/console/numbers")
    assert _table(page, "states") == {
        "待审核": ["1"],
        "待复核": ["1"],
        "办理中": ["1"],
        "待补正": ["0"],
        "待缴费": ["1"],
        "待领取": ["1"],
    }
    assert _table(page, "grades") == {"非常满意": ["2"], "满意": ["1"], "基本满意": ["0"], "不满意": ["0"], "非常不满意": ["1"]}


async def test_a_new_agency_has_noughts(office: OfficeWorld) -> None:
    """Without any case the page stands, with noughts and no mean."""
    page = await (await office.signed_in("运营")).get("/console/numbers")
    tiles = _tiles(page)
    assert tiles.pop("评价") == "—"
    assert set(tiles.values()) == {"0"}
    page.expect_not("<rect")


@pytest.mark.parametrize(
    ("most", "step"), [(1, 1), (5, 1), (6, 2), (10, 2), (11, 5), (25, 5), (26, 10), (101, 50), (251, 100), (4999, 1000)]
)
def test_the_lines_of_the_scale_are_round(most: int, step: int) -> None:
    """1, 2 or 5 times a power of ten, five lines at most."""
    assert step_of(most) == step


def test_the_bars_are_as_high_as_their_numbers() -> None:
    """Highest 4 under a scale to 4: it fills the room of 202; 1 is a quarter of it; 0 is no bar."""
    start = date(2024, 9, 1)
    chart = chart_of([DayCount(start, 4, 0, 1), DayCount(start + timedelta(days=1), 0, 2, 0)])
    assert [(bar.kind, bar.y, bar.height) for bar in chart.bars] == [
        ("filed", 10.0, 202.0),
        ("refused", 161.5, 50.5),
        ("done", 111.0, 101.0),
    ]
    assert [label for _, label in chart.lines] == ["0", "1", "2", "3", "4"]
    assert [label for _, label in chart.days] == ["9.1", "9.2"]
