"""A hundred chats that ask for papers and codes as fast as they can, beside people who ask once in a while: targets.md S24.

`python -m benchmarks.greedy`. The limits are those of `handlers.policy`, as shipped. What the greedy get is counted in the database: papers by
chat, codes by chat, phone and hour. The chat of the others is measured alone and beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from benchmarks import account, people, servers
from benchmarks.alone import concluded, run_alone, table_of
from benchmarks.bench import openid
from benchmarks.load import Measured, open_loop
from benchmarks.platform import Message, new_id
from benchmarks.rates import asked
from bot.app import storage_of
from bot.clock import SystemClock
from handlers.policy import Policy
from storage.migrations import migrate

PEOPLE = 2_000
GREEDY = 100
"""Chats: the first half speak for somebody and ask for papers, the others are nobody's and ask for codes to other people's phones."""
HONEST_RATE, GREEDY_RATE = 20.0, 100.0
MOST = 2.0
"""Times the p99 that honest people have alone."""


def _honest(count: int, rng: Random) -> list[Message]:
    places = [GREEDY + rng.randrange(PEOPLE - GREEDY) for _ in range(count)]
    return [asked(place, place, turn) for turn, place in enumerate(places)]


def _greedy(count: int, rng: Random) -> list[Message]:
    """Half of them papers; the others go through the log-in as far as the code, each with phones of people."""
    asking = ("登录", "1", "PHONE", "取消")
    steps = dict.fromkeys(range(GREEDY), 0)
    made = []
    for turn in range(count):
        place = turn % GREEDY
        if place < GREEDY // 2:
            text = "下载" if steps[place] % 2 else f"查2024年{1 + steps[place] // 2 % 3}月的缴费"
        else:
            said = asking[steps[place] % len(asking)]
            text = (people.person(rng.randrange(PEOPLE)).phone or "") if said == "PHONE" else said
        steps[place] += 1
        made.append(Message(openid(place), text, new_id()))
    return made


def _most(database: Path, question: str) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        return int(opened.execute(question).fetchone()[0] or 0)


def _exceeded(database: Path, policy: Policy) -> list[str]:
    """Every ceiling that did not hold."""
    papers = _most(database, "SELECT max(n) FROM (SELECT count(*) AS n FROM document GROUP BY person_id)")
    counted = "SELECT max(used) FROM limit_counter WHERE name = '{}'"
    spent = _most(database, counted.format("document"))
    found = [f"one chat got {papers} papers"] if papers > policy.documents_per_chat_day else []
    return found + ([f"one chat was granted {spent} papers"] if spent > policy.documents_per_chat_day else [])


async def run(seconds: int, folder: Path, console: Console) -> bool:
    """Measure, print; True when the ceilings held and honest people noticed little."""
    database, policy = folder / "greedy.sqlite", Policy()
    made = account.config(database)
    made = replace(made, security=replace(made.security, queries_per_chat_hour=policy.queries_per_chat_hour))
    await migrate(made.storage.database_url)
    async with storage_of(made, SystemClock()) as (store, _):
        _, _, ids = await people.load(store, PEOPLE, 3)
        await people.bind(store, {openid(n): ids[n] for n in range(PEOPLE) if n < GREEDY // 2 or n >= GREEDY})
    settings, rng = account.write(made, folder / "greedy.toml"), Random(24)
    async with servers.bot(settings, folder / "greedy.log") as server:
        count = round(HONEST_RATE * seconds)
        await open_loop(server.port, server.pid, _honest(100, rng), HONEST_RATE)  # warm
        alone = await open_loop(server.port, server.pid, _honest(count, rng), HONEST_RATE)
        greedy, beside = await asyncio.gather(
            open_loop(server.port, server.pid, _greedy(round(GREEDY_RATE * seconds), rng), GREEDY_RATE),
            open_loop(server.port, server.pid, _honest(count, rng), HONEST_RATE),
        )
    sent = sum(1 for _ in made_lines(Path(made.sms.file)))
    papers = _most(database, "SELECT count(*) FROM document")
    table = table_of(f"{GREEDY:,} greedy chats, {seconds} s", ("", "a second", "p50 ms", "p99 ms", "slowest ms"))
    for label, one in (("honest, alone", alone), ("honest, beside them", beside), ("the greedy", greedy)):
        table.add_row(label, f"{one.rate:.0f}", *_times(one))
    console.print(table)
    console.print(f"the greedy asked {greedy.requests:,} times, and got {papers} papers and {sent} codes")
    wrong = [*alone.wrong, *beside.wrong, *greedy.wrong, *_exceeded(database, policy)]
    if sent > policy.codes_per_hour_system:
        wrong.append(f"{sent} codes were sent, more than {policy.codes_per_hour_system}")
    if beside.p99 > MOST * alone.p99 and beside.p99 > 0.05:
        wrong.append(f"honest p99 {beside.p99 * 1e3:.0f} ms is {beside.p99 / alone.p99:.1f} times that alone")
    return concluded(console, wrong)


def made_lines(file: Path) -> list[str]:
    """The short messages that were sent; none when there is no file."""
    return file.read_text("utf-8").splitlines() if file.exists() else []


def _times(one: Measured) -> tuple[str, str, str]:
    return f"{one.p50 * 1e3:.1f}", f"{one.p99 * 1e3:.1f}", f"{one.slowest * 1e3:.1f}"


def main() -> int:
    """1 if a ceiling broke or the others had to wait."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.greedy", description=__doc__)
    parser.add_argument("--seconds", type=int, default=80)
    asked_for = parser.parse_args()
    return run_alone(lambda folder, console: run(asked_for.seconds, folder, console))


if __name__ == "__main__":
    raise SystemExit(main())
