"""The shared access token: one for all processes, kept over a restart, dropped only by who saw it fail."""

from __future__ import annotations

from datetime import timedelta

from bot.tokens import StoredTokens
from bot.wechat import Token
from storage.ports.repositories import Store
from storage.vault import Vault
from tests.clock import FakeClock


async def test_a_token_is_shared_expires_and_is_replaced(store: Store, clock: FakeClock, vault: Vault) -> None:
    """Put by one, read by another; gone at its time; a new one takes its place."""
    one, other = StoredTokens(store, clock), StoredTokens(store, clock)
    assert await other.get("wx1") is None
    await one.put("wx1", Token("first", clock.now() + timedelta(minutes=5)))
    found = await other.get("wx1")
    assert found is not None
    assert found.value == "first"
    assert await other.get("wx2") is None
    await one.put("wx1", Token("second", clock.now() + timedelta(hours=1)))
    clock.advance(600)
    found = await other.get("wx1")
    assert found is not None
    assert found.value == "second"
    clock.advance(3600)
    assert await one.get("wx1") is None


async def test_only_the_token_that_failed_is_dropped(store: Store, clock: FakeClock, vault: Vault) -> None:
    """A newer one that somebody else has fetched stays."""
    tokens = StoredTokens(store, clock)
    await tokens.put("wx1", Token("newer", clock.now() + timedelta(hours=1)))
    await tokens.drop_if("wx1", "older")
    assert await tokens.get("wx1") is not None
    await tokens.drop_if("wx1", "newer")
    assert await tokens.get("wx1") is None
