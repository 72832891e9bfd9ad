"""The daughter of the demo: a retiree without a chat has granted her something, and who plays is told which chat is hers."""

from __future__ import annotations

from datetime import date

from storage.demo import demo_people, load_demo
from storage.demo.cast import CAST
from storage.ports.repositories import Store


async def test_a_daughter_may_look_for_her_father(store: Store) -> None:
    """One grant, for a year, that sees and does not act; loading again adds none."""
    today = date(2024, 9, 12)
    await load_demo(store, today, len(CAST))
    await load_demo(store, today, len(CAST))
    async with store.reading() as repos:
        (grant,) = await repos.family.of_chat("demo-daughter", today)
        person = await repos.people.get(grant.person_id)
    assert person is not None
    assert (person.name, grant.label, grant.until) == ("冯德厚", "女儿", date(2025, 9, 12))
    assert grant.scopes == {"certification", "benefits"}
    (shown,) = [one["shows"] for one in await demo_people(store) if "demo-daughter" in one["shows"]]
    assert "女儿（微信号 demo-daughter）有亲情授权" in shown
