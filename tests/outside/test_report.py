"""docs/simulator.md says what is: its example runs, and the lines that it names say what it quotes."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import sys
from pathlib import Path

from bot.simulator.checks import CHECKS
from tests.outside.children import started

ROOT = Path(__file__).parents[2]
REPORT = (ROOT / "docs" / "simulator.md").read_text("utf-8")


def _source(name: str) -> list[str]:
    """The lines of a file of ours, or of an installed package."""
    ours = ROOT / name
    if ours.is_file():
        return ours.read_text("utf-8").splitlines()
    package, _, rest = name.partition("/")
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.submodule_search_locations
    return (Path(found.submodule_search_locations[0]) / rest).read_text("utf-8").splitlines()


def test_each_line_that_is_blamed_says_what_is_quoted() -> None:
    """`file:line` and the code beside it."""
    blamed = re.findall(r"`([\w/.]+\.py):(\d+)` `([^`]+)`", REPORT)
    assert len(blamed) >= 20
    assert [(name, line, code) for name, line, code in blamed if code not in _source(name)[int(line) - 1]] == []


def test_the_table_names_checks_that_there_are() -> None:
    """Every row but the last names checks of the list."""
    rows = [line.split("|")[1] for line in REPORT.splitlines() if line.startswith("| ")][2:-1]
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    known = [check.name for check in CHECKS]
    assert set(named) <= set(known)
    assert f"其余 {len(known) - len(set(named))} 项" in REPORT


async def test_the_example_runs(tmp_path: Path) -> None:
    """As it stands, in a suite of its own, against the bot on Flask."""
    (found,) = re.findall(r"```python\n(.*?)```", REPORT, re.DOTALL)
    example = tmp_path / "test_example.py"
    example.write_text(found, "utf-8")
    async with started("flask_wechatpy") as target:
        child = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:randomly",
                "-p",
                "no:cacheprovider",
                "-c",
                os.devnull,
                str(example),
            ),
            cwd=tmp_path,
            env=os.environ | {"BOT_URL": target, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await child.communicate()
    assert child.returncode == 0, said.decode()
    assert "2 passed" in said.decode()
