"""Who a chat is to us, as far as its menu depends on it: declared here, with the tag that says so to the platform (wechat.md A9, A12).

A visitor has no tag: the default menu is theirs, and the platform is told nothing of people who have not logged in. A clerk of an employer
is one more declaration when there are employers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import Person, User
from storage.ports.repositories import Repositories

JOB: Final = "retag"
EVERY: Final = timedelta(minutes=1)
"""How long changes are gathered before the platform is told of all of them at once."""


class Identity(Record):
    """`tag` is what the platform's own console shows; '' for none."""

    name: str
    tag: str
    label: str


IDENTITIES: Final = (
    Identity("visitor", "", "没有登录"),
    Identity("person", "社保·参保人", "参保人"),
    Identity("retiree", "社保·退休人员", "退休人员"),
    Identity("relative", "社保·帮家人办", "帮家人办的人"),
)

TAGGED: Final = {one.name: one for one in IDENTITIES if one.tag}


def identity_of(user: User, person: Person | None) -> str:
    """The name of the identity under which the chat speaks now."""
    if person is None or user.person_id is None:
        return "visitor"
    if user.active_role != "person":
        return "relative"
    return "retiree" if person.person_status == "已退休" else "person"


async def note_identity(tx: Repositories, services: Services, user: User, person: Person | None) -> None:
    """Have the chat's tag follow who it speaks for: two rows in this transaction; the platform is told by a job. Nothing where the account has no
    menus by identity. Idempotent."""
    if not services.personal_menus:
        return
    name, now = identity_of(user, person), services.clock.now()
    if await tx.tags.want(user.openid, name if name in TAGGED else "", now):
        await gather(tx, now)


async def gather(tx: Repositories, now: datetime, wait: timedelta = EVERY) -> None:
    """Queue the job at the end of this minute, once."""
    run_at = now.replace(second=0, microsecond=0) + wait
    await tx.jobs.enqueue(JOB, b"{}", run_at, dedupe_key=f"{JOB}:{run_at:%Y%m%d%H%M}")
