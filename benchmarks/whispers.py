"""Does the time of an answer tell who is registered? Pairs of somebody who is and somebody who is not, in turn: targets.md S10.

`python -m benchmarks.whispers`. Over the wire, one process as it is run: the phone of a log-in, and a wrong code after it. In this process: a wrong
password for an account and for nobody's number, with hashes that cost next to nothing, so that all the rest shows. `--hashing` does the same with those of a
deployment, by processor time: on a machine that does other work as well, their wall-clock time tells of that work. The medians of a thousand pairs
differ by less than 5 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from benchmarks import account, machine, people, servers
from benchmarks.alone import concluded, run_alone, table_of
from benchmarks.platform import Message, Platform, new_id, response
from bot.app import product, storage_of
from bot.clock import SystemClock
from bot.console.passwords import Argon
from handlers.accounts.office import AccountOffice
from storage.migrations import migrate
from storage.ports.records import Account

MOST_S = 0.005
STRANGERS = 500_000
"""Numbers from here on are nobody's."""

Took = dict[str, tuple[list[float], list[float]]]
"""What was done → seconds for those who are known, and for those who are not, pair by pair."""


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[float, int, bytes]:
    began = time.perf_counter()
    writer.write(request)
    status, body = await response(reader)
    return time.perf_counter() - began, status, body


async def logging_in(port: int, pairs: int, rng: Random) -> tuple[Took, list[str]]:
    """Each person in a chat of their own, one message at a time; who of a pair comes first is drawn."""
    platform, wrong = Platform(port), list[str]()
    took: Took = {"the phone of a log-in": ([], []), "a wrong code": ([], [])}
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for pair in range(-20, pairs):  # the first ones warm everything up
            both = [(0, pair + 20), (1, STRANGERS + pair + 20)]
            rng.shuffle(both)
            for side, number in both:
                phone = people.person(number).phone or ""
                said = [("登录", "您同意吗"), ("1", "手机号"), (phone, "验证码"), ("000000", "还可以试 4 次")]
                for text, expected in said:
                    message = Message(f"o-whisper-{number:07d}", text, new_id(), expected)
                    seconds, status, body = await _asked(reader, writer, platform.request(message))
                    if trouble := platform.trouble(message, status, body):
                        wrong.append(trouble)
                    if pair >= 0 and text == phone:
                        took["the phone of a log-in"][side].append(seconds)
                    elif pair >= 0 and text == "000000":
                        took["a wrong code"][side].append(seconds)
    finally:
        writer.close()
    return took, wrong


async def passwords(database: Path, ids: dict[int, int], pairs: int, rng: Random, *, hashing: bool) -> tuple[Took, list[str]]:
    """By the number of the identity card, with a password that is nobody's; every known one has an account."""
    what, now = ("a wrong password, hashed, CPU", time.process_time) if hashing else ("a wrong password", time.perf_counter)
    made, clock, wrong = account.config(database), SystemClock(), list[str]()
    took: Took = {what: ([], [])}
    async with product(made, clock) as built:
        hasher = Argon() if hashing else Argon(1, 64)
        office, stored = AccountOffice(built.store, built.services, hasher), await hasher.made("这是他们的密码")
        async with built.store.transaction() as tx:
            for person_id in ids.values():
                await tx.accounts.add(Account(0, person_id, "beijing", stored, "phone", clock.now(), "2026-11"))
        words = set()
        for pair in range(-3, pairs):
            both = [(0, people.person(pair + 3).id_no), (1, people.person(STRANGERS + pair + 3).id_no)]
            rng.shuffle(both)
            for side, who in both:
                given = {"page": "account", "act": "log_in", "stage": "form", "region": "beijing", "request": f"r-{side}-{pair}"}
                began = now()
                outcome = await office.log_in(f"o-{side}-{pair}", given, {"who": who, "password": "不是这个密码的"})
                seconds = now() - began
                words.add(tuple(sorted(outcome.wrong.items())))
                if pair >= 0:
                    took[what][side].append(seconds)
        if len(words) != 1:
            wrong.append(f"{len(words)} different answers to a wrong password")
    return took, wrong


async def run(pairs: int, folder: Path, console: Console, *, hashing: bool) -> bool:
    """Measure, print; True when no time tells anything and every answer was right."""
    database, rng = folder / "whispers.sqlite", Random(10)
    made = account.config(database)
    made = replace(made, security=replace(made.security, codes_per_hour_system=1_000_000))
    await migrate(made.storage.database_url)
    async with storage_of(made, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, pairs + 20, 1)
    settings = account.write(made, folder / "whispers.toml")
    if hashing:
        took, wrong = await passwords(database, ids, pairs, rng, hashing=True)
    else:
        async with servers.bot(settings, folder / "whispers.log") as server:
            took, wrong = await logging_in(server.port, pairs, rng)
        more, others = await passwords(database, ids, pairs, rng, hashing=False)
        took, wrong = took | more, wrong + others
    table = table_of(f"{pairs:,} pairs, medians in ms", ("", "registered", "not registered", "difference", "p99", "p99"))
    for what, (known, unknown) in took.items():
        ours, theirs = machine.median(known), machine.median(unknown)
        tails = (f"{machine.percentile(one, 0.99) * 1e3:.1f}" for one in (known, unknown))
        table.add_row(what, f"{ours * 1e3:.2f}", f"{theirs * 1e3:.2f}", f"{(ours - theirs) * 1e3:+.2f}", *tails)
        if abs(ours - theirs) >= MOST_S:
            wrong.append(f"{what}: medians {abs(ours - theirs) * 1e3:.1f} ms apart")
    console.print(table)
    return concluded(console, wrong)


def main() -> int:
    """1 if a time tells something."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whispers", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument(
        "--hashing", action="store_true", help="passwords alone, hashed as in a deployment: minutes of processor time"
    )
    asked_for = parser.parse_args()
    return run_alone(lambda folder, console: run(asked_for.pairs, folder, console, hashing=asked_for.hashing))


if __name__ == "__main__":
    raise SystemExit(main())
