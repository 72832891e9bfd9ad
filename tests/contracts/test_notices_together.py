"""Everything at once on one ledger: nobody waits for ever, no row is settled twice, and the counters are what the rows say."""

from __future__ import annotations

import random
from collections import Counter

from storage.ports.records import Channel, Notice, NoticeState, Rung
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import DUE, a_chat, a_plan, a_result, claim, retirees, tallies
from tests.contracts.makers import MINUTE, together

PEOPLE = 40
ENDS = (NoticeState.SENT, NoticeState.REFUSED, NoticeState.PLANNED, NoticeState.DOUBTFUL)


async def test_counters_are_what_the_rows_say(store: Store) -> None:
    """Planners, senders, receipts in any order, and somebody who stops a campaign: the sum over the ledger is that of the counters."""
    ids = await retirees(store, PEOPLE)
    for number in ids[::2]:
        await a_chat(store, f"o{number}", number)
    settled: list[int] = []

    async def plan(campaign_id: int) -> None:
        place, done = "", False
        while not done:
            async with store.transaction() as tx:
                piece = await tx.notices.plan(a_plan(campaign_id=campaign_id), place, 9)
            place, done = piece.after, piece.done

    async def send(seed: int) -> None:
        chance = random.Random(seed)
        for turn in range(12):
            channel = chance.choice((Channel.TEMPLATE, Channel.SMS))
            rows = await claim(store, 6, channel=channel, campaigns=(1, 2))
            results = []
            for row in rows:
                state = chance.choice(ENDS)
                rungs = (Rung(Channel.SMS, "", START),) if state is NoticeState.REFUSED and channel is Channel.TEMPLATE else ()
                due = START + MINUTE if state is NoticeState.PLANNED else None
                msg_id = f"m{row.id}" if state is NoticeState.SENT else ""
                results.append(a_result(row, state, due=due, msg_id=msg_id, openid=f"o{row.person_id}", rungs=rungs))
            chance.shuffle(results)
            async with store.transaction() as tx:
                assert await tx.notices.settle(results, START) == len(rows)
            settled.extend(row.id for row in rows)
            async with store.transaction() as tx:
                for row in rows[: turn % 3]:
                    await tx.notices.receipt(f"m{row.id}", f"o{row.person_id}", chance.random() < 0.5, "", START)

    async def stop() -> None:
        for _ in range(4):
            async with store.transaction() as tx:
                await tx.notices.stop(2, START, 3)

    outcomes = await together([plan(1), plan(2), *[send(seed) for seed in range(4)], stop(), plan(2), plan(1), send(5), stop()])
    assert [one for one in outcomes if isinstance(one, BaseException)] == []
    assert settled
    async with store.reading() as tx:
        rows: list[Notice] = [row for number in ids for row in await tx.notices.of_person(number)]
    for campaign_id in (1, 2):
        counted = Counter(("30", row.channel.value, row.state.value) for row in rows if row.campaign_id == campaign_id)
        assert await tallies(store, campaign_id) == counted
    firsts = Counter(row.person_id for row in rows)
    assert set(firsts) == set(ids)
    assert all(row.cycle == DUE.isoformat() for row in rows)
    assert max(firsts.values()) <= 2
