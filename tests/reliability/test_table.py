"""The table of what goes wrong names what shows it: every id has its row, and everything that is named exists."""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TABLE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
IDS = [f"L{n}" for n in range(1, 10)] + [f"F{n}" for n in range(1, 16)] + [f"S{n}" for n in range(1, 25)]
WAITING = {"L8"}
"""Come with the employers' functions."""


@cache
def _tests_of(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _rows() -> dict[str, str]:
    return dict(re.findall(r"^\| ([LFS]\d+) \|(.+)$", TABLE, re.MULTILINE))


def test_every_id_has_one_row() -> None:
    """Load, faults and attacks, in order, each once."""
    assert re.findall(r"^\| ([LFS]\d+) \|", TABLE, re.MULTILINE) == IDS


def test_every_row_is_shown_by_something() -> None:
    """A test or a benchmark, a result and a day; what waits says so."""
    for name, row in _rows().items():
        if name in WAITING:
            assert "not shown" in row
            continue
        assert "::test_" in row or "python -m benchmarks" in row, name
        assert re.search(r"\| 20\d\d-\d\d-\d\d \|$", row), name


def test_everything_that_is_named_exists() -> None:
    """Functions in their files, modules behind their commands."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)
    assert len(named) > 100
    assert [f"{path}::{name}" for path, name in named if not (ROOT / path).is_file() or name not in _tests_of(path)] == []
    for module in set(re.findall(r"python -m (benchmarks[\w.]*)", TABLE)):
        assert importlib.util.find_spec(module) is not None, module
