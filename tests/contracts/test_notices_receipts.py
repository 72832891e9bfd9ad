"""Receipts: what platform and providers say about a row that was sent, in whatever order it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.ports.records import Channel, Notice, NoticeState, Rung
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import a_notice, a_result, claim, put, tallies
from tests.contracts.makers import MINUTE

HOUR = 60 * MINUTE


async def settle(store: Store, *results: object) -> int:
    async with store.transaction() as tx:
        return await tx.notices.settle(results, START)  # type: ignore[arg-type]


async def receive(store: Store, msg_id: str = "m1", openid: str = "oUser", delivered: bool = True, note: str = "") -> bool:
    async with store.transaction() as tx:
        return await tx.notices.receipt(msg_id, openid, delivered, note, START + MINUTE)


async def row_of(store: Store, row_id: int = 1) -> Notice:
    async with store.reading() as tx:
        found = await tx.notices.get(row_id)
    assert found is not None
    return found


async def a_sent_one(store: Store, state: NoticeState = NoticeState.SENT, msg_id: str = "m1") -> Notice:
    await put(store, a_notice())
    (row,) = await claim(store)
    assert await settle(store, a_result(row, state, due=START + HOUR, msg_id=msg_id, openid="oUser", began_at=START)) == 1
    return row


async def test_a_receipt_finds_its_row(store: Store) -> None:
    """Delivered: done with. The first one counts, whatever comes later."""
    await a_sent_one(store)
    assert await receive(store, "other") is False
    assert [await receive(store), await receive(store), await receive(store, delivered=False)] == [True, False, False]
    row = await row_of(store)
    assert (row.state, row.due, row.at) == (NoticeState.DELIVERED, None, START + MINUTE)
    assert await tallies(store) == {("30", "template", "delivered"): 1}


async def test_what_did_not_arrive_is_due_at_once(store: Store) -> None:
    """It stays `sent` with a note that says so, until whoever claims it gives the next rung; the first receipt counts."""
    await a_sent_one(store)
    assert await receive(store, delivered=False, note="failed:user block") is True
    assert await receive(store, delivered=True) is False
    (row,) = await claim(store, at=1)
    assert (row.state, row.note) == (NoticeState.SENT, "receipt:failed:user block")
    refused = a_result(row, NoticeState.REFUSED, rungs=(Rung(Channel.SMS, "", START + HOUR),))
    assert await settle(store, refused) == 1
    assert await tallies(store) == {("30", "sms", "planned"): 1, ("30", "template", "refused"): 1}


async def test_whoever_holds_the_row_gives_way_to_its_receipt(store: Store) -> None:
    """A worker that was just about to call it unanswered settles nothing."""
    await a_sent_one(store)
    (held,) = await claim(store, at=60)
    assert await receive(store) is True
    assert await settle(store, a_result(held, NoticeState.UNANSWERED, rungs=(Rung(Channel.SMS, "", START),))) == 0
    assert await tallies(store) == {("30", "template", "delivered"): 1}


@pytest.mark.parametrize(("delivered", "state"), [(True, NoticeState.DELIVERED), (False, NoticeState.SENT)])
async def test_a_receipt_may_be_faster_than_our_record(store: Store, delivered: bool, state: NoticeState) -> None:
    """It is kept until the row has been settled, and used once; the first of two is kept."""
    assert await receive(store, delivered=delivered, note="n") is False
    assert await receive(store, delivered=not delivered) is False
    await a_sent_one(store)
    row = await row_of(store)
    assert (row.state, row.due, row.note) == (state, None if delivered else START, "n" if delivered else "receipt:n")
    async with store.transaction() as tx:
        assert await tx.notices.purge_receipts(START + HOUR) == 0
    assert await tallies(store) == {("30", "template", state.value): 1}


async def test_a_receipt_settles_the_one_doubtful_row_of_its_chat(store: Store) -> None:
    """Without a known id; with two doubtful rows it could be either's, and neither moves."""
    await a_sent_one(store, NoticeState.DOUBTFUL, msg_id="")
    assert await receive(store, "m7", "oOther") is False
    assert await receive(store, "m8") is True
    row = await row_of(store)
    assert (row.state, row.msg_id) == (NoticeState.DELIVERED, "m8")
    await put(
        store,
        *[
            a_notice(2, stage=stage, state=NoticeState.DOUBTFUL, due=None, openid="oUser", began_at=START)
            for stage in ("15", "7")
        ],
    )
    assert await receive(store, "m9") is False
    assert await tallies(store) == {
        ("15", "template", "doubtful"): 1,
        ("30", "template", "delivered"): 1,
        ("7", "template", "doubtful"): 1,
    }


async def test_a_doubt_is_settled_by_a_receipt_that_came_before_it(store: Store) -> None:
    """The call timed out after the platform had sent and told: the receipt of that chat, later than the call, is the row's."""
    assert await receive(store, "m1") is False
    await a_sent_one(store, NoticeState.DOUBTFUL, msg_id="")
    row = await row_of(store)
    assert (row.state, row.msg_id, row.due) == (NoticeState.DELIVERED, "m1", None)


async def test_an_older_receipt_or_two_settle_no_doubt(store: Store) -> None:
    """What came before the call, and what could be either's, stays a doubt."""
    async with store.transaction() as tx:
        await tx.notices.receipt("m0", "oUser", True, "", START - MINUTE)
    row = await a_sent_one(store, NoticeState.DOUBTFUL, msg_id="")
    assert (await row_of(store)).state is NoticeState.DOUBTFUL
    async with store.transaction() as tx:
        assert await tx.notices.doubtful(1) == (await row_of(store),)
        assert await tx.notices.doubtful(0) == await tx.notices.doubtful(1)
        assert await tx.notices.doubtful(2) == await tx.notices.doubtful(0, row.id) == ()


async def test_a_late_receipt_of_an_unanswered_one_is_kept_as_the_truth(store: Store) -> None:
    """The next rung has been given: the row says what became of it, and nothing is due."""
    await a_sent_one(store)
    (row,) = await claim(store, at=60)
    await settle(store, a_result(row, NoticeState.UNANSWERED))
    assert await receive(store, delivered=False, note="block") is True
    found = await row_of(store)
    assert (found.state, found.due, found.note) == (NoticeState.REFUSED, None, "block")
    assert await receive(store) is False


async def test_a_receipt_of_a_short_message_knows_its_row(store: Store) -> None:
    """By our own number; also while it is being sent, and then whoever sends it settles nothing."""
    await put(store, a_notice(channel=Channel.SMS), a_notice(2, channel=Channel.SMS))
    first, second = await claim(store, channel=Channel.SMS)
    async with store.transaction() as tx:
        assert await tx.notices.sms_receipt(first.id, True, "", START) is True
        assert await tx.notices.sms_receipt(second.id, False, "空号", START) is True
        assert await tx.notices.sms_receipt(99, True, "", START) is False
        assert await tx.notices.settle([a_result(first), a_result(second)], START) == 0
    (due,) = await claim(store, channel=Channel.SMS)
    assert (due.id, due.state, due.note) == (second.id, NoticeState.SENT, "receipt:空号")
    assert await tallies(store) == {("30", "sms", "delivered"): 1, ("30", "sms", "sent"): 1}


async def test_what_was_never_sent_has_no_receipt(store: Store) -> None:
    """Planned, dropped, listed: somebody else's receipt, whatever it says."""
    rows = [a_notice(number, state=state, due=None, msg_id=f"m{number}") for number, state in enumerate(NoticeState)]
    await put(store, *rows)
    moved = {row.state for row in rows if await receive(store, row.msg_id)}
    assert moved == {NoticeState.SENDING, NoticeState.SENT, NoticeState.UNANSWERED, NoticeState.DOUBTFUL}


async def test_receipts_that_fit_nothing_go(store: Store) -> None:
    """After a day, in pieces; no openid is kept with them."""
    for number in range(3):
        await receive(store, f"m{number}")
    async with store.transaction() as tx:
        assert await tx.notices.purge_receipts(START + MINUTE) == 0
        assert await tx.notices.purge_receipts(START + timedelta(days=1), limit=2) == 2
        assert await tx.notices.purge_receipts(START + timedelta(days=1)) == 1
