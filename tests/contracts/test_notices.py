"""The ledger of notices: what is written once, claimed by one, settled by whoever holds it, and moved by receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.ports.records import Channel, Notice, NoticeState, Rung
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import a_notice, a_result, claim, ledger, put, tallies
from tests.contracts.makers import MINUTE, together

HOUR = 60 * MINUTE


async def test_an_intention_is_written_once(store: Store) -> None:
    """Everything of it comes back; the second of the same person, kind, cycle, stage, channel and recipient is None."""
    whole = a_notice(
        openid="oUser",
        following="f1",
        body="您好".encode(),
        channel=Channel.CHAT,
        recipient="c0123",
        began_at=START,
        note="n",
        msg_id="m",
    )
    (made,) = await put(store, whole)
    assert made == replace(whole, id=made.id)
    assert await put(store, whole) == []
    async with store.reading() as tx:
        assert await tx.notices.get(made.id) == made
        assert await tx.notices.get(made.id + 1) is None
    others = [a_notice(), a_notice(2), a_notice(kind="P-CASE"), a_notice(cycle="2025-10-12"), a_notice(stage="7")]
    others += [a_notice(channel=Channel.SMS), a_notice(recipient="g1")]
    assert len(await put(store, *others)) == 7
    assert await put(store, *others) == []


async def test_writing_at_once_writes_one_intention(store: Store) -> None:
    """Five at the same moment: one row, counted once."""
    outcomes = await together(put(store, a_notice()) for _ in range(5))
    assert sorted(len(made) for made in outcomes if isinstance(made, list)) == [0, 0, 0, 0, 1]
    assert await tallies(store) == {("30", "template", "planned"): 1}


async def test_rows_of_a_person_and_of_a_chat(store: Store) -> None:
    """Newest first, as many as asked for, of one kind where it is named; a chat has what was made for it or sent to it."""
    await put(store, a_notice(1), a_notice(1, stage="15", openid="oUser"), a_notice(1, kind="P-PAUSED"), a_notice(2))
    async with store.reading() as tx:
        assert [(one.kind, one.stage) for one in await tx.notices.of_person(1)] == [
            ("P-PAUSED", "30"),
            ("P-CERT", "15"),
            ("P-CERT", "30"),
        ]
        assert [one.stage for one in await tx.notices.of_person(1, "P-CERT", limit=1)] == ["15"]
        assert [one.stage for one in await tx.notices.of_chat("oUser")] == ["15"]
        assert await tx.notices.of_chat("oOther") == ()


async def test_what_is_due_is_claimed_by_rank_then_by_time(store: Store) -> None:
    """Not before its time, not of another channel or campaign, not what is done with; as many as asked for."""
    await put(
        store,
        a_notice(1, rank=5, due=START - 3 * MINUTE),
        a_notice(2, rank=0, due=START - 2 * MINUTE),
        a_notice(3, rank=0, due=START - 4 * MINUTE, campaign_id=2),
        a_notice(4, rank=0, due=START - MINUTE, campaign_id=2),
        a_notice(5, rank=0, due=START + MINUTE),
        a_notice(6, rank=0, channel=Channel.SMS),
        a_notice(7, rank=0, campaign_id=3),
        a_notice(8, rank=0, due=None, state=NoticeState.DROPPED),
    )
    assert [one.person_id for one in await claim(store, 2, campaigns=(1, 2))] == [3, 2]
    (later,) = await claim(store, 1, campaigns=(2, 1, 2))
    assert later.person_id == 4
    (last,) = await claim(store, 9, campaigns=(1, 2))
    assert last.person_id == 1
    assert await claim(store, campaigns=(1, 2)) == ()
    assert await claim(store, campaigns=()) == ()


async def test_a_claim_is_an_intention_with_a_lease(store: Store) -> None:
    """The row is `sending` until the lease ends, with one more attempt and the moment it began; then whoever claims it finds it so."""
    await put(store, a_notice())
    (first,) = await claim(store)
    assert (first.state, first.attempts, first.due, first.began_at) == (NoticeState.PLANNED, 1, START + MINUTE, START)
    async with store.reading() as tx:
        assert await tx.notices.get(first.id) == replace(first, state=NoticeState.SENDING)
        assert await tx.notices.next_due() == START + MINUTE
    assert await tallies(store) == {("30", "template", "sending"): 1}
    (again,) = await claim(store, at=1)
    assert (again.state, again.attempts, again.began_at) == (NoticeState.SENDING, 2, START)


async def test_a_sent_one_that_waits_for_its_receipt_stays_sent(store: Store) -> None:
    """When its time has come it is leased as it is, with the moment it was sent at."""
    await put(store, a_notice())
    (row,) = await claim(store)
    async with store.transaction() as tx:
        assert await tx.notices.settle([a_result(row, due=START + HOUR, msg_id="m1", openid="oUser")], START) == 1
    assert await claim(store, at=59) == ()
    (late,) = await claim(store, at=60)
    assert (late.state, late.attempts, late.at, late.msg_id, late.openid) == (NoticeState.SENT, 2, START, "m1", "oUser")
    async with store.reading() as tx:
        assert await tx.notices.get(late.id) == late
    assert await tallies(store) == {("30", "template", "sent"): 1}


async def test_of_a_campaign_that_stands_still_what_is_begun_is_claimed(store: Store) -> None:
    """What is being sent first, then what awaits its receipt; what is planned, however urgent, is left where it is."""
    await put(store, *[a_notice(number, rank=number) for number in (1, 2, 3)])
    begun = await claim(store, 2)
    async with store.transaction() as tx:
        await tx.notices.settle([a_result(begun[0], NoticeState.SENT, due=START + MINUTE, msg_id="m1")], START)
    async with store.transaction() as tx:
        claimed = await tx.notices.claim(Channel.TEMPLATE, (1,), START + 2 * MINUTE, MINUTE, 10, begun=True)
    states = [(row.person_id, row.rank, row.state) for row in claimed]
    assert sorted(states) == [(1, 1, NoticeState.SENT), (2, 2, NoticeState.SENDING)]
    async with store.transaction() as tx:
        assert await tx.notices.claim(Channel.TEMPLATE, (1,), START + 2 * MINUTE, MINUTE, 10, begun=True) == ()
    assert [row.rank for row in await claim(store, at=2)] == [3]


async def test_a_row_that_nothing_was_sent_for_goes_another_way(store: Store) -> None:
    """The row itself, with its counters; where that rung is there already it stays on its own."""
    await put(store, a_notice(1, channel=Channel.SMS), a_notice(2, channel=Channel.SMS))
    await put(store, a_notice(2, state=NoticeState.REFUSED, due=None))
    rows = await claim(store, channel=Channel.SMS)
    async with store.transaction() as tx:
        moved = [a_result(row, NoticeState.PLANNED, due=START, moved_to=Channel.TEMPLATE) for row in rows]
        assert await tx.notices.settle(moved, START) == 2
    assert await tallies(store) == {
        ("30", "template", "planned"): 1,
        ("30", "sms", "planned"): 1,
        ("30", "template", "refused"): 1,
    }
    assert [(row.person_id, row.attempts) for row in await claim(store)] == [(1, 2)]


async def test_two_workers_never_hold_the_same_row(store: Store) -> None:
    """Eight workers over two campaigns of sixty rows: each row once, none left."""
    await put(store, *[a_notice(number, campaign_id=1 + number % 2, rank=number % 3) for number in range(120)])

    async def work() -> list[int]:
        mine: list[int] = []
        idle = 0
        # On PostgreSQL a worker may see only rows that others are just taking: then it looks again.
        while idle < 20:
            rows = await claim(store, 7, campaigns=(1, 2))
            idle = 0 if rows else idle + 1
            mine += [row.id for row in rows]
        return mine

    outcomes = await together(work() for _ in range(8))
    held = [row_id for mine in outcomes if isinstance(mine, list) for row_id in mine]
    assert len(held) == len(set(held)) == 120, outcomes
    assert await tallies(store, 1) == {("30", "template", "sending"): 60}


async def test_settling_moves_the_row_and_gives_the_next_rung(store: Store) -> None:
    """What was refused is done; the rung copies what the row is about and is due when it was said; one that exists is left alone."""
    await put(store, a_notice(1), a_notice(2), a_notice(2, channel=Channel.SMS, state=NoticeState.SENT, due=None))
    first, second = await claim(store)
    rung = Rung(Channel.SMS, "", START + HOUR)
    listed = Rung(Channel.VISIT, "", START + HOUR, NoticeState.LISTED)
    refused = NoticeState.REFUSED
    async with store.transaction() as tx:
        results = [a_result(first, refused, note="43004", rungs=(rung, listed)), a_result(second, refused, rungs=(rung,))]
        assert await tx.notices.settle(results, START + MINUTE) == 2
    async with store.reading() as tx:
        visit, sms, done = await tx.notices.of_person(1)
    assert (done.state, done.due, done.note, done.at, done.began_at) == (refused, None, "43004", START + MINUTE, None)
    assert sms == a_notice(1, id=sms.id, channel=Channel.SMS, due=START + HOUR, at=START + MINUTE)
    assert (visit.channel, visit.state, visit.due) == (Channel.VISIT, NoticeState.LISTED, None)
    assert await ledger(store, 2) == [("template", "", "refused"), ("sms", "", "sent")]
    assert await tallies(store) == {
        ("30", "sms", "planned"): 1,
        ("30", "sms", "sent"): 1,
        ("30", "template", "refused"): 2,
        ("30", "visit", "listed"): 1,
    }


async def test_who_comes_too_late_settles_nothing(store: Store) -> None:
    """A row that somebody else has claimed meanwhile, that is done with, or that is not there: not counted, no rung, nothing moved."""
    await put(store, a_notice())
    (slow,) = await claim(store)
    (quick,) = await claim(store, at=1)
    rung = Rung(Channel.SMS, "", START)
    async with store.transaction() as tx:
        assert await tx.notices.settle([a_result(slow, NoticeState.REFUSED, rungs=(rung,))], START) == 0
        assert await tx.notices.settle([a_result(quick), replace(a_result(quick), id=99)], START) == 1
        assert await tx.notices.settle([a_result(quick, NoticeState.REFUSED, rungs=(rung,))], START) == 0
        assert await tx.notices.settle([], START) == 0
    assert await ledger(store, 1) == [("template", "", "sent")]
    assert await tallies(store) == {("30", "template", "sent"): 1}


async def test_what_could_not_be_sent_waits_as_planned(store: Store) -> None:
    """It keeps its attempts, has not begun, and is claimed again when it was said."""
    await put(store, a_notice())
    (row,) = await claim(store)
    async with store.transaction() as tx:
        await tx.notices.settle([a_result(row, NoticeState.PLANNED, due=START + 5 * MINUTE, note="45009")], START)
    assert await claim(store, at=4) == ()
    (again,) = await claim(store, at=5)
    assert (again.state, again.attempts, again.note, again.began_at) == (NoticeState.PLANNED, 2, "45009", START + 5 * MINUTE)


async def test_a_later_state_keeps_message_and_chat(store: Store) -> None:
    """Whoever finds no receipt names neither: a late receipt still finds the row."""
    await put(store, a_notice())
    (row,) = await claim(store)
    async with store.transaction() as tx:
        await tx.notices.settle([a_result(row, due=START + MINUTE, msg_id="m1", openid="oUser")], START)
    (row,) = await claim(store, at=1)
    async with store.transaction() as tx:
        await tx.notices.settle([a_result(row, NoticeState.UNANSWERED)], START + MINUTE)
        assert await tx.notices.receipt("m1", "oUser", True, "", START + HOUR) is True
        found = await tx.notices.get(row.id)
    assert found is not None
    assert (found.state, found.msg_id, found.openid, found.due) == (NoticeState.DELIVERED, "m1", "oUser", None)
    assert await tallies(store) == {("30", "template", "delivered"): 1}


async def test_counters_go_with_their_transaction(store: Store) -> None:
    """What is undone is not counted."""
    try:
        async with store.transaction() as tx:
            await tx.notices.add(a_notice())
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await tallies(store) == {}
    async with store.transaction() as tx:
        await tx.notices.add(a_notice())
        assert [one.count for one in await tx.campaigns.tallies(1)] == [1]
    assert await tallies(store) == {("30", "template", "planned"): 1}


async def test_next_due_and_open(store: Store) -> None:
    """The earliest of all rows that are looked at again; whether a campaign has any."""
    async with store.reading() as tx:
        assert await tx.notices.next_due() is None
        assert await tx.notices.open(1) is False
    await put(store, a_notice(1, due=START + HOUR), a_notice(2, campaign_id=2, due=None, state=NoticeState.SENT))
    async with store.reading() as tx:
        assert await tx.notices.next_due() == START + HOUR
        assert [await tx.notices.open(number) for number in (1, 2)] == [True, False]


async def test_stopping_drops_what_has_not_begun(store: Store) -> None:
    """In pieces, until none is left; what is being sent or was sent, and other campaigns, stay."""
    await put(store, a_notice(0, rank=0), *[a_notice(number) for number in (1, 2, 3)], a_notice(4, campaign_id=2))
    await put(store, a_notice(5, channel=Channel.SMS, due=START + HOUR))
    (sending,) = await claim(store, 1)
    counts = []
    for _ in range(4):
        async with store.transaction() as tx:
            counts.append(await tx.notices.stop(1, START, 2))
    assert counts == [2, 2, 0, 0]
    async with store.reading() as tx:
        (dropped,) = await tx.notices.of_person(5)
        assert (dropped.state, dropped.due) == (NoticeState.DROPPED, None)
        assert await tx.notices.get(sending.id) == replace(sending, state=NoticeState.SENDING)
    assert await tallies(store, 2) == {("30", "template", "planned"): 1}
    assert await tallies(store) == {
        ("30", "sms", "dropped"): 1,
        ("30", "template", "dropped"): 3,
        ("30", "template", "sending"): 1,
    }


async def test_a_lease_that_ends_later_than_any_is_cut(store: Store) -> None:
    """The clock was set back by an hour: what is being sent is due now; what is planned for later stays so."""
    await put(store, a_notice(1), a_notice(2, due=START + 2 * HOUR))
    (row,) = await claim(store)
    async with store.transaction() as tx:
        assert await tx.notices.unstick(START, MINUTE) == 0
        assert await tx.notices.unstick(START - HOUR, MINUTE) == 1
        assert await tx.notices.next_due() == START - HOUR
    (again,) = await claim(store, at=-60)
    assert (again.id, again.attempts) == (row.id, 2)


async def test_old_rows_go(store: Store) -> None:
    """Only what is done with and has not changed since; in pieces. What was counted stays counted."""
    old = START - timedelta(days=400)
    done = NoticeState.DELIVERED
    rows: list[Notice] = [a_notice(number, at=old, due=None, state=done) for number in (1, 2, 3)]
    await put(store, *rows, a_notice(4, at=old), a_notice(5, due=None, state=done))
    async with store.transaction() as tx:
        assert await tx.notices.purge(old) == 0
        assert await tx.notices.purge(old + MINUTE, limit=2) == 2
        assert await tx.notices.purge(old + MINUTE) == 1
        assert await tx.notices.purge(old + MINUTE) == 0
    assert [len(await ledger(store, number)) for number in (1, 2, 3, 4, 5)] == [0, 0, 0, 1, 1]
    assert (await tallies(store))["30", "template", "delivered"] == 4
