"""The world of the conversations, for chats that scan."""

from __future__ import annotations

import pytest

from handlers.scenes.screens import Screens
from tests.conversations.conftest import Chat, World
from tests.conversations.conftest import world as _world
from tests.scenes.platform import Codes

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
