"""The command line in a test, as an operator has it: in an empty folder, with settings of the test alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.process.children import settings
from tests.servers import blocking

Bot = Callable[..., Result]


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    """`bot("doctor", …, env={…})` in an empty folder, without any setting from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("BOT_SERVER__PROCESSES", "1")  # `serve --processes` sets it for its children: taken back after the test
    # `worker` lets others go first, for good: here all later tests of this process would, and wait on a busy machine until they fail.
    monkeypatch.setattr("os.nice", lambda _: 0)

    def run(*arguments: str, env: dict[str, str] | None = None, typed: str = "") -> Result:
        return CliRunner().invoke(app, list(arguments), env=env or {}, input=typed)

    return run


def flat(result: Result) -> str:
    """What was shown, without the lines of tables and without breaks."""
    return re.sub(r"[\s│┃─━┏┓┗┛┡┩┳┻╇┴┬┼└┘├┤]", "", result.output)


@pytest.fixture
def fresh(tmp_path: Path) -> dict[str, str]:
    """Everything set, a database that is not there yet."""
    return settings(tmp_path, f"sqlite:///{tmp_path / 'data' / 'bot.sqlite'}")


@pytest.fixture
def ready(tmp_path: Path, sqlite_url: str) -> dict[str, str]:
    """Everything set, a migrated database."""
    return settings(tmp_path, sqlite_url)


def in_store(url: str, ask: Callable[..., object]) -> object:
    """What `ask(tx)` gives, in a transaction of its own."""

    async def work() -> object:
        store = open_store(url, Vault(bytes(range(32))), FakeClock())
        try:
            async with store.transaction() as tx:
                return await ask(tx)  # type: ignore[misc]
        finally:
            await store.close()

    return blocking(work)
