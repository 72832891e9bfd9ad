"""One world a test, one renderer for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.documents import Renderer
from tests.pages.world import World


@pytest.fixture
async def world(tmp_path: Path, renderer: Renderer) -> AsyncIterator[World]:
    made = World(tmp_path, renderer)
    await made.start()
    yield made
    await made.close()
