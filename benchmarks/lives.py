"""The same questions with 10,000 people, 100,000 and 1,000,000: `python -m benchmarks.lives [--sizes …] [--folder …]`.

The many have a short history, the thousand who ask have fifty years of five insurances and of pensions. One server a size, asked in turn, one
question after the other, so that what is compared has met the same machine. A database that lies in the folder already is used again.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import uvloop
from rich.console import Console

from benchmarks import account, machine, people, servers
from benchmarks.alone import concluded, table_of
from benchmarks.bench import CHATS, openid
from benchmarks.load import Measured, closed_loop
from benchmarks.platform import Message, new_id
from bot.app import storage_of
from bot.clock import SystemClock
from storage.migrations import migrate
from storage.ports.records import PensionPayment
from storage.ports.repositories import Store
from storage.ports.time import Month

SIZES = (10_000, 100_000, 1_000_000)
MONTHS = 600
TURNS = 8
EACH = 100
"""Questions of a kind in a turn."""
LIMIT_MS = 10.0
_FIRST = Month(1976, 1)
_TOGETHER = 20
_AGENCY = "示例银行"


def pension(number: int) -> Decimal:
    """What that person is paid in each month: 3,000.00 元 and as many 分 as the person's number."""
    return Decimal("3000.00") + Decimal(number) / 100


def _month(place: int, number: int) -> Message:
    return Message(openid(place), "查2024年1月的缴费", new_id(), f"个人合计 {people.month_total(number)}")


def _life(place: int, number: int) -> Message:
    total = people.paid(number) * 5 * MONTHS
    return Message(openid(place), "查1976年1月到2025年12月的缴费", new_id(), f"{total:,.2f}")


def _pension_month(place: int, number: int) -> Message:
    return Message(openid(place), "查2024年1月的养老金", new_id(), f"{pension(number):,.2f}")


def _pension_life(place: int, number: int) -> Message:
    return Message(openid(place), "查1976年1月到2025年12月的养老金", new_id(), f"{pension(number) * MONTHS:,.2f}")


QUESTIONS = {
    "contributions, a month": _month,
    "contributions, 600 months × 5": _life,
    "pension, a month": _pension_month,
    "pension, 600 months": _pension_life,
}


async def _histories(store: Store, ids: Sequence[tuple[int, int]], employer_id: int) -> None:
    """Fifty years for those who ask."""
    span = _FIRST.until(_FIRST.plus(MONTHS - 1))
    for start in range(0, len(ids), _TOGETHER):
        some = ids[start : start + _TOGETHER]
        async with store.transaction() as tx:
            await tx.contributions.put_many(
                itertools.chain.from_iterable(people.rows(row_id, number, employer_id, span) for number, row_id in some)
            )
            await tx.rights.put_many(itertools.chain.from_iterable(_pensions(row_id, number, span) for number, row_id in some))


def _pensions(person_id: int, number: int, span: Sequence[Month]) -> Iterator[PensionPayment]:
    for month in span:
        yield PensionPayment(person_id, month, "basic", _AGENCY, pension(number))


@dataclass(frozen=True, slots=True)
class Filled:
    """A database, and the numbers of the people who have a chat, chat by chat."""

    settings: Path
    numbers: tuple[int, ...]


async def filled(folder: Path, count: int) -> Filled:
    """The database with so many people, made unless it is there."""
    database = folder / f"lives-{count}.sqlite"
    known = database.with_suffix(".json")
    if known.exists():
        return Filled(database.with_suffix(".toml"), tuple(json.loads(known.read_text())))
    database.unlink(missing_ok=True)
    config = account.config(database)
    await migrate(config.storage.database_url)
    chosen = tuple(sorted(Random(count).sample(range(count), min(CHATS, count))))
    async with storage_of(config, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, count, 1)
        async with store.transaction() as tx:
            (employer_id,) = (await tx.employers.put_many([people.EMPLOYER])).values()
        await _histories(store, [(number, ids[number]) for number in chosen], employer_id)
        await people.bind(store, {openid(place): ids[number] for place, number in enumerate(chosen)})
    settings = account.write(config, database.with_suffix(".toml"))
    known.write_text(json.dumps(chosen))
    return Filled(settings, chosen)


async def run(folder: Path, sizes: Sequence[int], cores: machine.Cores, console: Console) -> bool:
    """Fill, ask, print; True when every answer was right."""
    with machine.anywhere(cores):
        found = {count: await filled(folder, count) for count in sizes}
    measured: dict[tuple[int, str], list[Measured]] = {(count, kind): [] for count in sizes for kind in QUESTIONS}
    rng = Random(1)
    async with AsyncExitStack() as stack:
        started = {}
        for count, one in found.items():
            log = one.settings.with_suffix(".log")
            started[count] = await stack.enter_async_context(servers.bot(one.settings, log, cores.server))
        for turn in range(TURNS + 1):  # the first warms up
            for kind, question in QUESTIONS.items():
                for count, one in found.items():
                    places = [rng.randrange(len(one.numbers)) for _ in range(EACH)]
                    messages = [question(place, one.numbers[place]) for place in places]
                    server = started[count]
                    runs = await closed_loop(server.port, server.pid, messages, connections=1, pace=100.0)
                    if turn:
                        measured[count, kind].append(runs)
    table = table_of(
        "The same questions as the number of people grows; whole messages, ms",
        ("", *(f"{count:,}" for count in sizes), "largest : smallest", "CPU ms"),
    )
    for kind in QUESTIONS:
        middles = [machine.median([one.p50 for one in measured[count, kind]]) * 1e3 for count in sizes]
        highest = [machine.median([one.p99 for one in measured[count, kind]]) * 1e3 for count in sizes]
        cpu = machine.median([one.server_cpu_us for one in measured[sizes[-1], kind]]) / 1e3
        cells = [f"{middle:.1f} (p99 {high:.1f})" for middle, high in zip(middles, highest, strict=True)]
        table.add_row(kind, *cells, f"{middles[-1] / middles[0]:.2f}", f"{cpu:.1f}")
    console.print(table)
    wrong = [line for runs in measured.values() for one in runs for line in one.wrong]
    console.print("every sum was right" if not wrong else f"{len(wrong)} WRONG")
    return concluded(console, wrong)


def main() -> int:
    """1 if anything that came back was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lives", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, help="where the databases lie, and stay (default: a temporary folder)")
    parser.add_argument("--only-fill", action="store_true", help="make the databases, ask nothing")
    asked = parser.parse_args()
    console = Console(width=max(118, Console().width))
    cores = machine.cores()
    if (load := machine.busy()) > 0.5:
        console.print(f"[yellow]the machine is at work already (load {load:.1f})[/]")
    with (
        tempfile.TemporaryDirectory(prefix="shebao-bench-") as temporary,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.only_fill:
            for count in asked.sizes:
                runner.run(filled(folder, count))
            return 0
        with machine.pinned(cores.generator):
            return int(not runner.run(run(folder, asked.sizes, cores, console)))


if __name__ == "__main__":
    raise SystemExit(main())
