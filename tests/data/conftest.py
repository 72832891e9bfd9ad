"""A real SQLite store in a file of its own, migrated like a user's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.ports.repositories import Store
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.fresh import migrated

VAULT = Vault(b"a master key for tests, 32 bytes.")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Empty, and closed at the end."""
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    await migrated(url)
    opened = open_store(url, VAULT, FakeClock())
    yield opened
    await opened.close()
