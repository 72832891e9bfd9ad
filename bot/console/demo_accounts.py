"""The demo's accounts: one of each role, with passwords and codes that the demo itself shows. They belong to nobody, so there is nothing to
protect; an account of a real installation never comes by here.

Passwords and secrets are made at the demo's first start and kept in its folder, readable by its owner only.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from bot.clock import SystemClock
from bot.console.deps import Hint, Hints
from bot.console.passwords import Argon
from bot.console.totp import STEP_SECONDS, Totp
from handlers.personnel import first_password
from handlers.staff import role_of
from storage.ports.record import Record
from storage.ports.records import Staff
from storage.ports.repositories import Store

_FILE = "staff.json"


class Known(Record):
    """What the demo knows of one of its accounts."""

    login: str
    password: str
    secret: str


def known_in(folder: Path) -> Mapping[str, Known]:
    """The accounts of the demo in that folder by login; empty where no demo has been started."""
    path = folder / _FILE
    if not path.exists():
        return {}
    return {login: Known(login, **one) for login, one in json.loads(path.read_text("utf-8")).items()}


async def employ(store: Store, folder: Path, cast: tuple[Staff, ...], totp: Totp) -> Mapping[str, Known]:
    """Store the accounts that are not there yet. Idempotent: those that are keep their password, also one that was changed since."""
    known, argon = dict(known_in(folder)), Argon()
    for one in cast:
        known.setdefault(one.login, Known(one.login, first_password(), totp.new_secret()))
    _keep(folder, known)
    for one in cast:
        async with store.reading() as tx:
            there = await tx.staff.by_login(one.login)
        if there is None:
            mine = known[one.login]
            made = await argon.made(mine.password)
            async with store.transaction() as tx:
                await tx.staff.add(replace(one, id=0, password_hash=made, totp_secret=mine.secret))
    return known


def _keep(folder: Path, known: Mapping[str, Known]) -> None:
    path = folder / _FILE
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    kept = {one.login: {"password": one.password, "secret": one.secret} for one in known.values()}
    path.write_text(json.dumps(kept, indent=1), "utf-8")


def hints(store: Store, known: Mapping[str, Known], totp: Totp) -> Hints:
    """What the door of the demo shows. An account whose code was renewed in the console is not shown any more: the demo does not know it."""

    async def shown() -> tuple[Hint, ...]:
        async with store.reading() as tx:
            accounts = [one for one in await tx.staff.all() if one.login in known and one.active]
        return tuple(
            _hint(one, known[one.login], totp)
            for one in accounts
            if secrets.compare_digest(one.totp_secret, known[one.login].secret)
        )

    return shown


def _hint(staff: Staff, known: Known, totp: Totp) -> Hint:
    present = totp.present()
    step = max(present, staff.totp_step + 1)  # a used code is none; the next one is good half a minute early
    wait = (step - present - 1) * STEP_SECONDS if step > present + 1 else 0
    code = "" if wait else totp.code(known.secret, step)
    return Hint(staff.login, staff.name, role_of(staff), known.password, code, wait)


async def console_of_demo(store: Store, folder: Path, public_url: str) -> Group:
    """What the demo prints when it starts: the address of the console, and how to get in."""
    table = Table("角色", "登录名", "密码", "动态口令（现在）")
    for one in await hints(store, known_in(folder), Totp(SystemClock()))():
        table.add_row(one.roles, one.login, one.password, one.code or f"{one.wait} 秒后有")
    new = f".venv/bin/python -m bot staff code 登录名 --data {folder}"
    lines = (f"\n  工作台：[bold]{public_url}/console/[/]", f"  动态口令 30 秒换一个，新的在登录页上，或者运行：\n  {new}")
    return Group(Text.from_markup(lines[0]), table, Text(lines[1], no_wrap=True, overflow="ignore"))


def code_of(known: Known, totp: Totp) -> str:
    """The present code of one of the demo's accounts."""
    return totp.code(known.secret, totp.present())
