"""Workers in processes of their own against a platform in another: killed at random moments, and with everything out of order (F1, F7–F9).

The same as `python -m benchmarks.kills`, small: the clock of the last worker stands behind the leases of the killed ones.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import machine
from benchmarks.campaign import town
from benchmarks.kills import WITH_CHAT, Found, judge, killed
from tests.nursery import logged

pytestmark = pytest.mark.xdist_group("children")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.sweep)])
def url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


async def test_workers_that_are_killed_send_everybody_one(url: str, tmp_path: Path) -> None:
    """400 people, kills in the middle of it: each chat exactly one message; of the phones at most one, and who got none is listed as in
    doubt."""
    async with town(tmp_path, machine.cores(), 400, chats=WITH_CHAT, url=url, at_once=20, batch=50, spawn=logged) as built:
        assert (built.planned, built.with_chat) == (400, 392)
        found = await killed(built, kills=2 if url.startswith("postgres") else 1, most=20, wait=False)
        assert found.wrong == [], found.notes
        outcomes = await built.outcomes()
        assert outcomes["template sent"] == 392
        assert outcomes.get("sms sent", 0) + outcomes.get("sms doubtful", 0) == 8


@pytest.mark.sweep
async def test_a_platform_out_of_order_loses_and_repeats_nothing(postgres_url: str, tmp_path: Path) -> None:
    """5xx, -1, answers lost after acceptance and cut connections, each on one call in twenty, and a token that is revoked: everybody once,
    which each process fetches at most once more, what was accepted before its answer was lost known again by its id."""
    async with town(tmp_path, machine.cores(), 240, chats=1.0, url=postgres_url, at_once=20, batch=50, spawn=logged) as built:
        await built.order(http_503=0.05, busy=0.05, lost=0.05, cut=0.05, latency=0.01)
        first, second = built.start(), built.start()
        await first.ready()
        await second.ready()
        await built.until(120, 60)
        await built.order(new_token=True)
        told = await built.until(240, 60)
        assert told["people"] == 240
        assert await built.settled(60)
        told = await built.report()
        found = Found("out of order")
        await judge(built, found, doubtful_at_most=0)
        assert found.wrong == [], (found.notes, told)
        assert told["repeats"] >= 1
        assert 2 <= told["tokens_fetched"] <= 4  # without Redis the two processes share the token, not the line in front of it
        assert {"http_503", "busy", "lost", "cut", "40001"} <= told["calls"].keys()
