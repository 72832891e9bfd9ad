"""The world of the conversations, for chats that scan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.documents import Renderer
from handlers.scenes.screens import Screens
from tests.conversations.conftest import Chat, World
from tests.conversations.conftest import world as _world
from tests.scenes.platform import Codes
from tests.scenes.site import Site

world = _world


@pytest.fixture
def chat(world: World) -> Chat:
    """Somebody at a phone."""
    return Chat(world)


@pytest.fixture
def codes() -> Codes:
    """The platform's codes."""
    return Codes()


@pytest.fixture
def screens(world: World, codes: Codes) -> Screens:
    """The waiting pages of an account with codes."""
    return Screens(world.store, world.services, codes)


@pytest.fixture
async def site(tmp_path: Path, renderer: Renderer) -> AsyncIterator[Site]:
    """The pages of an account that may do everything."""
    made = Site(tmp_path, renderer)
    made.prepare()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def small_site(tmp_path: Path, renderer: Renderer) -> AsyncIterator[Site]:
    """The pages of an account without codes and without authorisation (wechat.md A14)."""
    made = Site(tmp_path, renderer)
    made.codes = made.wechat = None
    await made.start()
    yield made
    await made.close()
