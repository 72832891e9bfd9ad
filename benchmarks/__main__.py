"""`make bench`: what we claim about speed, measured on this machine. `python -m benchmarks --help` tells what can be chosen."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop
from rich.console import Console

from benchmarks import burst, documents, growth, guards, machine, notices, pages, papers, rates, shared, stages, start
from benchmarks import console as console_pages
from benchmarks.bench import LONG, SMALL, USUAL, Bench
from storage.ports.time import SHANGHAI

PARTS: dict[str, Callable[[Bench], Awaitable[dict[str, Any]]]] = {
    "rates": rates.run,
    "stages": stages.run,
    "guards": guards.run,
    "shared": shared.run,
    "burst": burst.run,
    "documents": documents.run,
    "papers": papers.run,
    "growth": growth.run,
    "start": start.run,
    "console": console_pages.run,
    "notices": notices.run,
    "pages": pages.run,
}


def main() -> int:
    """Run the chosen parts; 1 if anything that came back was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures the product on this machine.")
    parser.add_argument("--long", action="store_true", help="longer runs, some twenty minutes")
    parser.add_argument("--small", action="store_true", help="a minute, to see that everything works; the figures mean nothing")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    parser.add_argument("--json", type=Path, help="write all figures to this file as well")
    parser.add_argument("--folder", type=Path, help="where the databases lie meanwhile (default: the system's temporary folder)")
    asked = parser.parse_args()
    sizes = LONG if asked.long else SMALL if asked.small else USUAL
    console = Console(width=max(118, Console().width))
    figures: dict[str, Any] = {"at": datetime.now(SHANGHAI).isoformat(timespec="minutes"), "machine": machine.described()}
    cores = machine.cores()
    console.print(f"{figures['at']}  {figures['machine']}", highlight=False)
    if (load := machine.busy()) > 0.5:
        console.print(f"[yellow]the machine is at work already (load {load:.1f}): the figures will be too low[/]")
    if not cores.apart:
        console.print("[yellow]only one core: server and generator share it, and the figures are worth little[/]")
    console.print()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="shebao-bench-", dir=asked.folder, ignore_cleanup_errors=True) as folder:
        for part in PARTS:
            if part in asked.only:
                own = Path(folder) / part
                own.mkdir()
                bench = Bench(own, sizes, cores, console)
                with machine.pinned(cores.generator), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                    figures[part] = runner.run(_part(part, bench))
                for line in figures[part].get("wrong", [])[:5]:
                    console.print(f"[red]wrong:[/] {line}", highlight=False)
    figures["seconds"] = round(time.perf_counter() - begun, 1)
    console.print(f"all of it took {figures['seconds']:.0f} s")
    if asked.json:
        asked.json.write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    return int(any(part.get("wrong") for part in figures.values() if isinstance(part, dict)))


async def _part(name: str, bench: Bench) -> dict[str, Any]:
    return await PARTS[name](bench)


if __name__ == "__main__":
    raise SystemExit(main())
