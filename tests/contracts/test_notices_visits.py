"""Who has to be visited: the list, what was tried, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.ports.records import Audience, Certification, Channel, Notice, NoticeState, Plan, Rung
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import DUE, a_notice, put, retirees, tallies
from tests.contracts.makers import MINUTE, a_person


def listed(person_id: int, **changes: object) -> Notice:
    return replace(a_notice(person_id, channel=Channel.VISIT, state=NoticeState.LISTED, due=None), **changes)  # type: ignore[arg-type]


async def unreached(store: Store, *regions: str, **asked: object) -> list[int]:
    async with store.reading() as tx:
        found = await tx.notices.unreached(regions or ("beijing",), **asked)  # type: ignore[arg-type]
    return [one.person.id for one in found]


async def test_the_list_says_whom_and_what_was_tried(store: Store) -> None:
    """The row, the person, the certification, and the last try on each channel in this cycle, in order of time."""
    await retirees(store, 1)
    await put(
        store,
        a_notice(1, channel=Channel.SMS, state=NoticeState.UNANSWERED, due=None, at=START + MINUTE),
        a_notice(1, state=NoticeState.REFUSED, due=None, note="43004"),
        a_notice(1, stage="60", state=NoticeState.DELIVERED, due=None, at=START - MINUTE),
        a_notice(1, cycle="2023-01-01", channel=Channel.SUBSCRIBE, state=NoticeState.REFUSED, due=None),
        listed(1),
    )
    async with store.reading() as tx:
        (found,) = await tx.notices.unreached(("beijing",))
    assert found.notice == listed(1, id=5)
    assert found.person == a_person(1, id=1)
    assert found.certification == Certification(1, None, DUE)
    assert found.tried == (
        (Channel.TEMPLATE, NoticeState.REFUSED, "43004", START),
        (Channel.SMS, NoticeState.UNANSWERED, "", START + MINUTE),
    )


async def test_the_list_is_read_in_pieces(store: Store) -> None:
    """In order of id, by region and campaign."""
    await retirees(store, 4)
    await put(store, listed(3), listed(1), listed(4, campaign_id=2), listed(2, region="binzhou"))
    assert await unreached(store) == [3, 1, 4]
    assert await unreached(store, "binzhou", "beijing") == [3, 1, 4, 2]
    assert await unreached(store, limit=1) == [3]
    assert await unreached(store, after_id=1, limit=1) == [1]
    assert await unreached(store, campaign_id=2) == [4]
    assert await unreached(store, "jinan") == []


async def test_who_has_certified_or_died_since_is_left_out(store: Store) -> None:
    """A due day that has moved on, a certification after a pause, a death; what was certified before counts for nothing."""
    await retirees(store, 3)
    await retirees(store, 1, first=4, person_status="死亡")
    await retirees(store, 2, first=5)
    today = START.date()
    await put(store, *[listed(number) for number in (1, 2, 3, 4)])
    await put(store, *[listed(number, kind="P-PAUSED", cycle=today.isoformat()) for number in (5, 6)])
    async with store.transaction() as tx:
        await tx.certifications.put_many(
            [
                Certification(2, today, DUE + timedelta(days=365)),
                Certification(3, today - timedelta(days=366), DUE),
                Certification(5, today + timedelta(days=1), DUE),
                Certification(6, today - timedelta(days=200), DUE + timedelta(days=200)),
            ]
        )
    assert await unreached(store) == [1, 3, 6]


async def test_a_visit_takes_off_the_list(store: Store) -> None:
    """Once, with what came of it, which is kept sealed; what is not on the list is not visited."""
    await retirees(store, 2)
    await put(store, listed(1), listed(2), a_notice(1))
    async with store.transaction() as tx:
        assert await tx.notices.visit(1, "住院，女儿代办", START + MINUTE) is True
        assert await tx.notices.visit(2, "", START + MINUTE) is True
        assert await tx.notices.visit(1, "again", START) is False
        assert await tx.notices.visit(3, "", START) is False
        assert await tx.notices.visit(99, "", START) is False
        found = await tx.notices.get(1)
    assert found == listed(1, id=1, state=NoticeState.VISITED, at=START + MINUTE, note="住院，女儿代办")
    assert await unreached(store) == []
    assert await unreached(store, visited=True) == [1, 2]
    assert await tallies(store) == {("30", "template", "planned"): 1, ("30", "visit", "visited"): 2}


async def test_one_line_a_person_and_cycle(store: Store) -> None:
    """Whatever stages and campaigns list somebody: one line for each, in the list of one campaign and in that of all; visited, they are off for
    the cycle, and another cycle lists them again."""
    await retirees(store, 2)
    await put(
        store,
        listed(1, stage="7"),
        listed(1, stage="3"),
        listed(1, stage="c2", campaign_id=2),
        listed(1, stage="c3", campaign_id=2),
    )
    await put(store, listed(2), listed(1, kind="P-PAUSED", cycle="2099-01-01", stage="paused"))
    assert await unreached(store) == [1, 2, 1]
    assert await unreached(store, campaign_id=2) == [1]
    async with store.transaction() as tx:
        assert await tx.notices.visit(3, "去过了", START + MINUTE) is True
        assert await tx.notices.visit(1, "again", START) is False
    assert await unreached(store) == [2, 1]
    await put(store, listed(1, stage="0"), listed(1, stage="0", cycle="2098-12-15"))
    assert await unreached(store) == [2, 1, 1], "the next stage does not list them again, the next cycle does"
    assert await unreached(store, visited=True) == [1]


async def test_who_is_on_the_list_is_not_listed_again(store: Store) -> None:
    """The next stage's rung is not written, and the counters count people."""
    await retirees(store, 1)
    await put(store, listed(1, stage="7"), a_notice(1, stage="3", state=NoticeState.DOUBTFUL, due=None, channel=Channel.SMS))
    async with store.transaction() as tx:
        rungs = (Rung(Channel.VISIT, "", START, NoticeState.LISTED),)
        assert await tx.notices.decide(2, NoticeState.REFUSED, "not arrived", rungs, START) is True
        assert await tx.notices.decide(2, NoticeState.DELIVERED, "arrived", (), START) is False, "it is decided once"
        assert await tx.notices.decide(1, NoticeState.DELIVERED, "arrived", (), START) is False, "it is not in doubt"
    assert await tallies(store) == {("3", "sms", "refused"): 1, ("7", "visit", "listed"): 1}


async def test_planning_lists_nobody_twice(store: Store) -> None:
    """Neither does a plan whose only rung for who has no chat is the visit."""
    await retirees(store, 1)
    await put(store, listed(1, stage="7", state=NoticeState.VISITED))
    async with store.transaction() as tx:
        audience = Audience(("beijing",), DUE, DUE)
        ladder = (Channel.TEMPLATE, Channel.VISIT)
        plan = Plan(1, "P-CERT", "3", audience, ladder, START.date(), START, START + timedelta(days=9))
        assert (await tx.notices.plan(plan, "", 100)).new == 0
        other = replace(plan, kind="P-PENSION")
        assert (await tx.notices.plan(other, "", 100)).new == 1


async def test_who_needs_no_visit_any_more_is_no_longer_counted(store: Store) -> None:
    """Who has certified or died is dropped from the list, and the counters say so; who has not stays. Doing it again does nothing."""
    await retirees(store, 2)
    await retirees(store, 1, first=3, person_status="死亡")
    await put(store, listed(1), listed(2), listed(3))
    async with store.transaction() as tx:
        await tx.certifications.put_many([Certification(2, START.date(), DUE + timedelta(days=365))])
    for many in (2, 0):
        async with store.transaction() as tx:
            assert await tx.notices.unlist(START) == many
    assert await unreached(store) == [1]
    assert await tallies(store) == {("30", "visit", "listed"): 1, ("30", "visit", "dropped"): 2}
