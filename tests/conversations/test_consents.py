"""订阅通知: what is allowed in the app is counted, once; what is turned off there is gone; a stranger's template is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.messages import Consented, Reply
from handlers import inbox
from handlers.conversation import Conversation
from handlers.desk import TurnDesk
from handlers.subscribing import subscription_link
from storage.locks import LocalLocks
from storage.ports.records import User
from tests.conversations.conftest import PUBLIC, World
from tests.fresh import understanding

OPENID = "o-one"


def silent(_: Reply) -> bytes:
    """What the edge sends back for an event."""
    return b"success"


class Subscriber:
    """A chat of an account that has those templates, and the events about it."""

    def __init__(self, world: World, **consents: int) -> None:
        self.world = world
        self.services = replace(world.services, consents=consents)
        self.conversation = Conversation(world.store, LocalLocks(), self.services, understanding())

    async def tells(self, key: str, **told: tuple[str, ...]) -> bytes | None:
        return await self.conversation.take(Consented(OPENID, key, self.world.clock.now(), **told), silent)

    async def left(self, template_id: str) -> int | None:
        async with self.world.store.reading() as tx:
            consent = await tx.wishes.consent(OPENID, template_id)
        return consent.left if consent else None


async def test_each_accept_is_one_notice_and_a_resend_is_none(world: World) -> None:
    """Two popups allow two; the platform's second try of one of them counts nothing; nobody is answered."""
    chat = Subscriber(world, T1=1)
    assert await chat.tells("k1", accepted=("T1",)) == b"success"
    assert await chat.tells("k1", accepted=("T1",)) == b"success"
    assert await chat.tells("k2", accepted=("T1",)) == b"success"
    assert await chat.left("T1") == 2
    assert world.outside.pushed == []


async def test_a_long_term_template_is_allowed_for_good(world: World) -> None:
    """One accept of a template that is configured as 长期 allows any number."""
    chat = Subscriber(world, T1=-1)
    await chat.tells("k1", accepted=("T1",))
    await chat.tells("k2", accepted=("T1",))
    assert await chat.left("T1") == -1


async def test_a_refusal_in_the_popup_takes_nothing_back(world: World) -> None:
    """取消 in the popup means not now: what was allowed before stays; what is turned off in the app's settings is gone."""
    chat = Subscriber(world, T1=1)
    await chat.tells("k1", accepted=("T1",))
    await chat.tells("k2", refused=("T1",))
    assert await chat.left("T1") == 1
    await chat.tells("k3", withdrawn=("T1",))
    assert not await chat.left("T1")


async def test_templates_of_others_are_passed_over(world: World) -> None:
    """Only templates that the account is configured for count, and none of the others is an error."""
    chat = Subscriber(world, T1=1)
    assert await chat.tells("k1", accepted=("T9", "T1"), withdrawn=("T8",)) == b"success"
    assert (await chat.left("T1"), await chat.left("T9")) == (1, None)


async def test_an_accept_that_was_too_late_is_counted_once(world: World) -> None:
    """A turn that missed its five seconds is finished by itself; its job then counts nothing more."""
    chat = Subscriber(world, T1=1)
    event = Consented(OPENID, "k1", world.clock.now(), ("T1",))
    await chat.conversation.postpone(event, b"success")
    assert await chat.conversation.take(event, lambda _: None) is None
    world.clock.advance(timedelta(minutes=2).total_seconds())
    await chat.conversation.finish_late(inbox.pack(event))
    assert await chat.left("T1") == 1


async def test_a_job_carries_what_was_allowed(world: World) -> None:
    """The event comes out of a job as it went in."""
    event = Consented(OPENID, "k1", world.clock.now(), ("T1",), ("T2",), ("T3",))
    assert inbox.unpack(inbox.pack(event)) == event


@pytest.mark.parametrize(("consents", "there"), [({"T1": 1}, True), ({}, False)])
async def test_the_link_is_there_when_there_is_something_to_allow(world: World, consents: dict[str, int], there: bool) -> None:
    """The page is offered by a one-time link; an account without such templates has none."""
    services = replace(world.services, consents=consents)
    async with world.store.transaction() as tx:
        user = User(OPENID, subscribed=True, active_role="visitor", region=None, person_id=None)
        await tx.users.save(user)
        link = await subscription_link(await TurnDesk.open(tx, user, services))
    assert link.startswith(f"{PUBLIC}/p/") is there
    assert bool(link) is there
