"""One world a test, one renderer for all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from handlers.documents import Renderer
from tests.pages.world import World


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


@pytest.fixture
async def world(tmp_path: Path, renderer: Renderer) -> AsyncIterator[World]:
    made = World(tmp_path, renderer)
    await made.start()
    yield made
    await made.close()
