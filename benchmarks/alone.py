"""What measurements with a command of their own share: a folder, a loop, the load of the machine beside the figures, a table, and what was wrong."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import machine


def run_alone(work: Callable[[Path, Console], Coroutine[Any, Any, bool]]) -> int:
    """Run it in a folder of its own; the exit code: 1 if something was not as it should be."""
    console = Console(width=max(118, Console().width))
    console.print(f"load of the machine {machine.busy():.1f}", highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        return int(not runner.run(work(Path(folder), console)))


def table_of(title: str, columns: Sequence[str]) -> Table:
    """An empty one; the first column is words, the others are figures."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    return table


def concluded(console: Console, wrong: Sequence[str]) -> bool:
    """Print the first of what was wrong; whether there was nothing."""
    for line in wrong[:5]:
        console.print(f"[red]wrong:[/] {line}", highlight=False)
    return not wrong
