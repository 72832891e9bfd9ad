"""Retirees in numbers: people whose certification is due on one day, with a chat that follows or with a phone alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, cast

from storage.identity import make
from storage.ports.records import Certification, Person
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI
from storage.sql.codec import micros
from storage.sql.store import Work
from storage.sql.tables import binding, wechat_user
from storage.sql.unit import Put

BORN = date(1955, 3, 1)
_TOGETHER = 5_000
_BOUND_AT = datetime(2026, 1, 5, 9, 0, tzinfo=SHANGHAI)
_USERS = Put(wechat_user, "openid")
_BINDINGS = Put(binding, "id")


def openid(number: int) -> str:
    """The chat of that number, as long as real ones are."""
    return f"oRetired{number:020d}"


def phone(number: int) -> str:
    """Nobody's number: none begins with 154."""
    return f"154{number:08d}"


def person(number: int) -> Person:
    """An invented person; area codes that begin with 0 are nobody's."""
    born = BORN + timedelta(days=number // 500_000 * 31)
    id_no = make(f"0{number // 500 % 1000 + 10000:05d}", born, 2 * (number % 500) + 1)
    return Person(0, "beijing", "测试人", id_no, phone(number), "男", born, "退休")


def _chunks(count: int, start: int = 0) -> Iterator[list[int]]:
    numbers = iter(range(start, start + count))
    while chunk := list(islice(numbers, _TOGETHER)):
        yield chunk


async def fill(store: Store, count: int, due: date, *, chats: float = 1.0, start: int = 0) -> int:
    """Write people number `start` … due on that day, the first share of each hundred with a chat of their own; returns how many have one.

    Through the ports, except that chats are written set by set."""
    with_chat = 0
    for numbers in _chunks(count, start):
        people = [person(number) for number in numbers]
        async with store.transaction() as tx:
            stored = await tx.people.put_many(people)
            ids = [stored[one.region, one.id_no] for one in people]
            await tx.certifications.put_many(Certification(row_id, due - timedelta(days=365), due) for row_id in ids)
            bound = [(number, row_id) for number, row_id in zip(numbers, ids, strict=True) if number % 100 < chats * 100]
            unit = cast(Work, tx)._unit
            at = micros(_BOUND_AT)
            users: list[tuple[Any, ...]] = [
                (openid(number), True, "person", "beijing", row_id, at, "message", 5, "f") for number, row_id in bound
            ]
            await unit.bulk(_USERS, users)
            bindings: list[tuple[Any, ...]] = [
                (number + 1, openid(number), row_id, "person", "sms", "1", at, None, None) for number, row_id in bound
            ]
            await unit.bulk(_BINDINGS, bindings)
        with_chat += len(bound)
    return with_chat
