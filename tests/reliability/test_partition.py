"""F4, one-sided: a process cannot reach Redis while the others can, so that each side orders a person's messages by other locks and keeps other
sessions. What then still holds is in the database: what is done is done once, and tries are counted together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from itertools import count

import pytest

from dialogs.messages import Said
from handlers.conversation import Conversation
from handlers.understanding import default_understanding
from storage.locks import SteadyLocks
from storage.redis import RedisLocks, open_redis
from storage.sql import open_locks, open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import Chat, World, build
from tests.handlers.conftest import all_at_once, words
from tests.servers import ValkeyServer

pytestmark = pytest.mark.xdist_group("postgres")

ONE = "o-one"
LAST4 = people.XIUYING.id_no[-4:]


@dataclass
class Sides:
    """A process that reaches Redis, and one that does not; one outside."""

    well: World
    cut: World
    numbers: count[int]

    async def send(self, text: str, *, sides: tuple[World, ...] | None = None, at_once: bool = False) -> list[str]:
        """One message of the platform, to each of the sides under the same number, as if it had sent it again elsewhere; the answers."""
        message = Said(ONE, f"same-{next(self.numbers)}", self.well.clock.now(), text)
        asked = [side.conversation.take(message, words) for side in sides or (self.well, self.cut)]
        answers = await all_at_once(asked) if at_once else [(await one) for one in asked]
        return [answer if isinstance(answer, str) else (answer or b"").decode() for answer in answers]


@pytest.fixture
async def sides(postgres_url: str, own_valkey: ValkeyServer, vault: Vault, clock: FakeClock) -> AsyncIterator[Sides]:
    async with AsyncExitStack() as stack:
        worlds: list[World] = []
        ids: people.Ids | None = None
        for url in (own_valkey.url, f"{own_valkey.url}.nobody"):
            redis, standby = open_redis(url), open_locks(postgres_url)
            store = open_store(postgres_url, vault, clock, redis=redis)
            for opened in (redis, standby, store):
                stack.push_async_callback(opened.close)
            ids = ids or await people.load(store)
            world = build(store, clock, vault, ids)
            locks = SteadyLocks(RedisLocks(redis, vault=vault), standby, redis.presence)
            worlds.append(replace(world, conversation=Conversation(store, locks, world.services, default_understanding())))
        well, cut = worlds
        yield Sides(well, replace(cut, outside=well.outside, runner=well.runner, numbers=well.numbers), count(1))


@pytest.mark.parametrize("at_once", [False, True])
async def test_what_reaches_both_sides_is_done_once(sides: Sides, at_once: bool) -> None:
    """Every message of a 挂失 comes to both sides under one number, one after the other or at the same moment. What was begun twice may have to be
    asked again, and then: one case, one word of it to the phone; both sides know of it, and the audit chain is whole."""
    await Chat(sides.well, ONE).logs_in(people.COUPLE_PHONE, LAST4, "李秀英")
    sides.well.clock.advance(120)
    for text in ("社保卡丢了", "1"):
        await sides.send(text, at_once=at_once)
    sides.well.clock.advance(120)
    await sides.send("重发", sides=(sides.well,))
    await sides.well.settle()
    said = await sides.send(sides.well.outside.code(people.COUPLE_PHONE), at_once=at_once)
    assert sum("挂失成功" in answer for answer in said) == 1, said
    await sides.send("取消")
    assert all("已经挂失" in answer for answer in await sides.send("社保卡丢了"))
    await sides.well.settle()
    async with sides.well.store.reading() as tx:
        cases = await tx.cases.of_person(sides.well.ids.xiuying)
        card = await tx.cards.of_person(sides.well.ids.xiuying)
        chain = await tx.audit.verify()
    assert card is not None
    assert (card.status, len(cases), chain.broken_at) == ("lost", 1, None)
    assert len([text for _, text in sides.well.outside.sms if cases[0].case_no in text]) == 1


async def test_tries_are_counted_over_both_sides(sides: Sides) -> None:
    """Three wrong codes here and two there end the code: the right one comes too late on either side."""
    chat = Chat(sides.well, ONE)
    for text in ("登录", "1", people.LI_PHONE):
        await sides.send(text)
    await sides.well.settle()
    code = sides.well.outside.code(people.LI_PHONE)
    wrong = "000000" if code != "000000" else "111111"
    for turn in range(5):
        await sides.send(wrong, sides=((sides.well, sides.cut)[turn % 2],))
    for side in (sides.well, sides.cut):
        await sides.send(code, sides=(side,))
    async with sides.well.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()
