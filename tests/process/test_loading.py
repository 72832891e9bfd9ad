"""What a command loads before it does anything: no more than it needs, so that it starts soon."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.operator import ready

__all__ = ["ready"]

_HEAVY = {
    "PIL",
    "aiohttp",
    "alembic",
    "argon2",
    "asyncpg",
    "cryptography.x509",
    "jinja2",
    "pgqueuer",
    "pikepdf",
    "pyhanko",
    "pypdfium2",
    "redis",
    "segno",
    "sqlalchemy",
    "typst",
    "wechatpayv3",
    "xlsxwriter",
    "zxingcpp",
}
_SERVED = {"aiohttp", "argon2", "cryptography.x509", "sqlalchemy", "typst"}
"""What a server cannot do without; typst tells it at once that there is no Chinese font."""
_BEGUN = """
import asyncio, json, sys
from bot.app import product
from bot.clock import SystemClock
from bot.config import load

async def main():
    async with product(load(None), SystemClock()):
        print(json.dumps(sorted(sys.modules)))

asyncio.run(main())
"""


def _modules(env: dict[str, str], *arguments: str) -> set[str]:
    """What `python -m bot …` has imported at its end."""
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=True,
        timeout=60,
    )
    return {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize("arguments", [("--help",), ("verify", "--help"), ("doctor", "--new-key")], ids=" ".join)
def test_a_command_that_only_says_something_loads_nothing(arguments: tuple[str, ...]) -> None:
    """No library of databases, documents, pictures or the web, none of what reads sentences, and nothing of other commands."""
    loaded = _modules({}, *arguments)
    assert "bot.commandline" in loaded
    assert not loaded & _HEAVY
    assert not {
        name
        for name in loaded
        if name.startswith(("bot.console", "bot.campaigns", "handlers.understanding", "dialogs", "storage.sql"))
    }


def test_a_sentence_is_understood_without_database_and_web() -> None:
    """`understand` needs its phrases and weights, and the regions."""
    loaded = _modules({}, "understand", "我的养老金交了多少")
    assert "handlers.understanding.linear" in loaded
    assert not loaded & _HEAVY


def test_the_list_of_functions_needs_no_library() -> None:
    """`catalogue` reads declarations alone."""
    loaded = _modules({}, "catalogue", "--json")
    assert not loaded & _HEAVY


def test_a_server_on_sqlite_loads_what_answers(ready: dict[str, str], tmp_path: Path) -> None:
    """Drivers of other databases, migrations, documents, pictures, payment and templates are loaded by who needs them, or when all is answered."""
    env = {**os.environ, **ready, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    ran = subprocess.run(
        [sys.executable, "-c", _BEGUN], capture_output=True, text=True, env=env, check=True, cwd=tmp_path, timeout=60
    )
    loaded = set(json.loads(ran.stdout.splitlines()[-1]))
    assert loaded & _HEAVY == _SERVED
    assert not loaded & {
        "sqlalchemy.orm",
        "sqlalchemy.ext.asyncio",
        "bot.payments.wechatpay",
        "handlers.documents.printing",
        "handlers.darkroom",
    }
