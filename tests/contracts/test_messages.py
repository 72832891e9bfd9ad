"""Short messages: intended before the call, settled after, finished by the report; each step once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.ports.records import SmsMessage, SmsState
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.makers import MINUTE, together

PHONE, OTHER = "13900000001", "13900000002"
SECOND = timedelta(seconds=1)


async def _intended(store: Store, message_id: str = "m1", provider: str = "tencent", phone: str = PHONE) -> bool:
    async with store.transaction() as tx:
        return await tx.messages.intend(message_id, phone, "code", provider, START)


async def _settled(store: Store, state: SmsState, provider_id: str = "", note: str = "", message_id: str = "m1") -> bool:
    async with store.transaction() as tx:
        return await tx.messages.settle(message_id, state, provider_id, note, START + SECOND)


async def _state(store: Store, message_id: str = "m1") -> SmsState:
    async with store.reading() as tx:
        found = await tx.messages.get(message_id)
    assert found is not None
    return found.state


async def test_a_message_is_intended_once(store: Store) -> None:
    """The second worker is told no, whether the first is still at it, has sent it, or does not know."""
    assert await _intended(store)
    assert not await _intended(store)
    for state in (SmsState.SENT, SmsState.DOUBTFUL):
        message_id = state.value
        assert await _intended(store, message_id)
        assert await _settled(store, state, "p", message_id=message_id)
        assert not await _intended(store, message_id)


async def test_what_was_not_sent_may_go_by_another_provider(store: Store) -> None:
    """The row is the same, the provider the new one; the old reason stays readable until there is a newer."""
    assert await _intended(store)
    assert await _settled(store, SmsState.NOT_SENT, note="tencent FailedOperation.X")
    assert await _intended(store, provider="aliyun")
    async with store.reading() as tx:
        found = await tx.messages.get("m1")
    assert found == SmsMessage("m1", "code", "aliyun", "", SmsState.INTENDED, START, "tencent FailedOperation.X")
    assert await _settled(store, SmsState.SENT, "biz-1")
    async with store.reading() as tx:
        assert await tx.messages.get("m1") == SmsMessage("m1", "code", "aliyun", "biz-1", SmsState.SENT, START + SECOND)


async def test_the_same_id_for_another_phone_is_refused(store: Store) -> None:
    """An id belongs to one message."""
    assert await _intended(store)
    await _settled(store, SmsState.NOT_SENT)
    assert not await _intended(store, phone=OTHER)


async def test_many_workers_one_intends(store: Store) -> None:
    """Of twenty at once exactly one may call the provider."""
    assert sorted(await together(_intended(store) for _ in range(20))) == [False] * 19 + [True]  # type: ignore[type-var]


async def test_a_report_finishes_the_message_once(store: Store) -> None:
    """Delivered or failed; a duplicate is known and changes nothing, a contradiction neither."""
    await _intended(store)
    await _settled(store, SmsState.SENT, "sid-1")
    for minute, delivered in enumerate((True, True, False)):
        async with store.transaction() as tx:
            at = START + (minute + 1) * MINUTE
            assert await tx.messages.report("tencent", "sid-1", PHONE, delivered, "DELIVRD", at)
    async with store.reading() as tx:
        found = await tx.messages.get("m1")
    assert found == SmsMessage("m1", "code", "tencent", "sid-1", SmsState.DELIVERED, START + MINUTE, "DELIVRD")


@pytest.mark.parametrize(
    ("provider", "provider_id", "phone"),
    [("tencent", "sid-2", PHONE), ("aliyun", "sid-1", PHONE), ("tencent", "sid-1", OTHER), ("tencent", "", PHONE)],
)
async def test_a_report_of_something_else_is_not_ours(store: Store, provider: str, provider_id: str, phone: str) -> None:
    """Another id, another provider, another phone: unknown, and the message stays as it is."""
    await _intended(store)
    await _settled(store, SmsState.SENT, "sid-1")
    async with store.transaction() as tx:
        assert not await tx.messages.report(provider, provider_id, phone, True, "DELIVRD", START)
    assert await _state(store) is SmsState.SENT


async def test_a_report_under_our_own_id_settles_a_doubt(store: Store) -> None:
    """The answer was lost, but the report brings our id back: delivered, with the provider's id; what was settled late changes nothing."""
    await _intended(store, provider="aliyun")
    async with store.transaction() as tx:
        assert await tx.messages.report("aliyun", "biz-1", PHONE, True, "DELIVERED", START, message_id="m1")
    assert not await _settled(store, SmsState.DOUBTFUL)
    async with store.reading() as tx:
        assert await tx.messages.get("m1") == SmsMessage("m1", "code", "aliyun", "biz-1", SmsState.DELIVERED, START, "DELIVERED")


async def test_what_is_in_doubt_is_listed(store: Store) -> None:
    """Doubtful ones at once, intended ones when they are older than a call can take; nothing else; oldest first."""
    for number, state in enumerate(SmsState):
        async with store.transaction() as tx:
            await tx.messages.intend(state.value, PHONE, "code", "tencent", START + number * SECOND)
            if state is not SmsState.INTENDED:
                await tx.messages.settle(state.value, state, "", "", START + number * SECOND)
    async with store.reading() as tx:
        assert [one.id for one in await tx.messages.in_doubt(START)] == ["doubtful"]
        assert [one.id for one in await tx.messages.in_doubt(START + MINUTE)] == ["intended", "doubtful"]
        assert [one.id for one in await tx.messages.in_doubt(START + MINUTE, limit=1)] == ["intended"]


async def test_messages_of_a_phone(store: Store) -> None:
    """Newest first, and nobody else's."""
    async with store.transaction() as tx:
        for number in range(3):
            await tx.messages.intend(f"m{number}", PHONE, "notice", "http", START + number * MINUTE)
        await tx.messages.intend("theirs", OTHER, "notice", "http", START)
    async with store.reading() as tx:
        assert [one.id for one in await tx.messages.of_phone(PHONE, 2)] == ["m2", "m1"]
        assert await tx.messages.of_phone("13900000003") == ()


async def test_old_messages_go(store: Store) -> None:
    """What has not changed since the moment; twice does it once."""
    async with store.transaction() as tx:
        for number in range(3):
            await tx.messages.intend(f"m{number}", PHONE, "notice", "http", START + number * MINUTE)
        assert await tx.messages.purge(START + MINUTE) == 1
        assert await tx.messages.purge(START + MINUTE) == 0
        assert await tx.messages.get("m0") is None
        assert await tx.messages.get("m1") is not None


async def test_a_transaction_that_fails_has_intended_nothing(store: Store) -> None:
    """Nothing half."""

    async def half() -> None:
        async with store.transaction() as tx:
            await tx.messages.intend("m1", PHONE, "code", "tencent", START)
            raise LookupError

    with pytest.raises(LookupError):
        await half()
    async with store.reading() as tx:
        assert await tx.messages.get("m1") is None
