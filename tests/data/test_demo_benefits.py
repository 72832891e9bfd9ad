"""待遇发放 in the demo: who is paused, who is paid again, everybody else is paid."""

from __future__ import annotations

from datetime import date

from storage.demo import cast
from storage.demo.benefits import benefits
from storage.demo.load import load_demo
from storage.ports.repositories import Store

TODAY = date(2024, 9, 12)


async def test_the_demo_has_paused_and_resumed_benefits(store: Store) -> None:
    """Two are paused with a reason, one was paid again yesterday; who is dead or does not draw has none."""
    await load_demo(store, TODAY, people=0)
    found = {}
    async with store.reading() as tx:
        for life in cast.lives(TODAY):
            (person,) = await tx.people.by_id_no(life.person.id_no, life.person.region)
            found[person.name] = await tx.certifications.benefit(person.id)
    told = {name: one for name, one in found.items() if one is not None}
    assert {name: str(one.since) for name, one in told.items() if one.state == "paused"} == {
        "郑美华": "2024-09-07",
        "廖桂香": "2024-09-11",
    }
    assert all("示例" in one.reason for one in told.values() if one.state == "paused")
    assert [name for name, one in told.items() if one.state == "paying" and one.since != one.drawing_since] == ["邹长顺"]
    assert found["袁春生"] is None
    assert all(one.drawing_since is not None and one.drawing_since <= one.since for one in told.values())


def test_they_follow_from_the_day() -> None:
    """The same people on the same day, and one for each who draws."""
    lives = [(life, number) for number, life in enumerate(cast.lives(TODAY), 1)]
    drawing = [life for life, _ in lives if life.certification is not None and life.person.person_status != "死亡"]
    assert len(list(benefits(iter(lives), TODAY))) == len(drawing)
    assert list(benefits(iter(lives), TODAY)) == list(benefits(iter(lives), TODAY))
