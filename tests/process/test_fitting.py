"""A master key that does not fit the database: told before anything is written under it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from storage.sql import open_store
from storage.vault import Vault
from tests import child, people
from tests.clock import FakeClock
from tests.process.operator import Bot, flat
from tests.servers import blocking

OLD, NEW, OTHER = child.MASTER_KEY, "ab" * 32, "cd" * 32
KEY, PREVIOUS = "BOT_SECURITY__MASTER_KEY", "BOT_SECURITY__PREVIOUS_MASTER_KEYS"


@pytest.fixture
def peopled(ready: dict[str, str]) -> dict[str, str]:
    """Everything set, people on file."""

    async def work() -> None:
        store = open_store(ready["BOT_STORAGE__DATABASE_URL"], Vault(bytes.fromhex(OLD)), FakeClock())
        await people.load(store)
        await store.close()

    blocking(work)
    return ready


def _jobs(env: dict[str, str]) -> int:
    database = sqlite3.connect(env["BOT_STORAGE__DATABASE_URL"].partition("///")[2])
    try:
        found: int = database.execute("SELECT count(*) FROM job").fetchone()[0]
    finally:
        database.close()
    return found


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_another_key_starts_nothing(bot: Bot, peopled: dict[str, str], command: str) -> None:
    """A key that opens nothing: exit code 2 and what to do, no key, no traceback, and not a row was written under it."""
    before = _jobs(peopled)
    result = bot(command, env={**peopled, KEY: OTHER})
    assert result.exit_code == 2
    assert "主密钥和数据库对不上" in result.output
    assert "previous_master_keys" in result.output
    for hidden in (OTHER, OLD, "Traceback", "Sealed"):
        assert hidden not in result.output
    assert _jobs(peopled) == before


def test_nothing_is_imported_under_another_key(bot: Bot, peopled: dict[str, str], tmp_path: Path) -> None:
    """The same people would come into being a second time."""
    file = tmp_path / "people.csv"
    file.write_text(f"姓名,证件号码,手机号码\n{people.LI.name},{people.LI.id_no},{people.LI_PHONE}\n", "utf-8")
    result = bot("import", str(file), "--kind", "people", "--region", "jinan", env={**peopled, KEY: OTHER})
    assert result.exit_code == 2
    assert "主密钥和数据库对不上" in result.output


def test_doctor_tells_a_key_that_does_not_fit(bot: Bot, peopled: dict[str, str]) -> None:
    """The right key: well. Another: bad, with what to do. The new one after `rotate`, with the former one left out: people could not be found, since
    look-ups stand on the oldest key; with it everything is well."""
    assert "参保人5位" in flat(bot("doctor", env=peopled))
    other = bot("doctor", env={**peopled, KEY: OTHER})
    assert other.exit_code == 1
    assert "打不开库里的内容" in flat(other)
    changed = {**peopled, KEY: NEW, PREVIOUS: OLD}
    assert bot("rotate", env=changed).exit_code == 0
    assert "参保人5位" in flat(bot("doctor", env=changed))
    dropped = bot("doctor", env={**peopled, KEY: NEW})
    assert dropped.exit_code == 1
    assert "previous_master_keys的最后一个" in flat(dropped)
    assert bot("serve", env={**peopled, KEY: NEW}).exit_code == 2
