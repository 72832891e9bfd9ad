"""The edge as a running server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.wechat.envelope import Mode
from tests.edge.platform import Edge, account, start_edge, stop_edge


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    """A server in safe mode whose account may push."""
    edge = await start_edge()
    yield edge
    await stop_edge(edge)


@pytest.fixture
async def clear_edge() -> AsyncIterator[Edge]:
    """A server that takes clear bodies."""
    edge = await start_edge(account(Mode.CLEAR))
    yield edge
    await stop_edge(edge)
