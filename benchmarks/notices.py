"""(g) Notices in `make bench`: planning of two sizes, then one worker on one core. `make bench-reminders` shows the rest."""

from __future__ import annotations

from typing import Any

from benchmarks import planning, reminders
from benchmarks.bench import Bench
from benchmarks.machine import pinned


async def run(bench: Bench) -> dict[str, Any]:
    """Plan and send; prints a table and returns the figures."""
    with pinned(bench.cores.server):
        planned = [await planning.measured(bench.folder, bench.cores, people) for people in bench.sizes.retirees]
    run = reminders.Run(bench.folder, bench.cores, bench.sizes.notices, bench.console)
    await reminders.alone(run)
    sent: reminders.Sent = run.figures["alone"]
    bench.table(
        "Planning of notices, PostgreSQL",
        ("", "planned s", "a second", "again s", "CPU s here", "CPU s PostgreSQL", "MiB before", "MiB most"),
        [
            (
                f"{one.people:,} people",
                f"{one.first:.1f}",
                f"{one.people / one.first:,.0f}",
                f"{one.again:.1f}",
                f"{one.cpu:.1f}",
                f"{one.database_cpu:.1f}",
                f"{one.memory_before:.0f}",
                f"{one.memory_most:.0f}",
            )
            for one in planned
        ],
    )
    return {
        "sent_per_second": sent.rate,
        "sent_cpu_us": sent.cpu_us,
        "planned_per_second": {str(one.people): one.people / one.first for one in planned},
        "wrong": run.wrong,
    }
