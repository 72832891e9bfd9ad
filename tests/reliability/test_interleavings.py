"""Any interleaving of messages, resends, kills and restarts: each message is answered once, in order per person, nothing acknowledged is lost.

One process over real SQLite; a kill ends every task where it stands, and the next process knows the file alone. Two processes over PostgreSQL and
Valkey, with real SIGKILL, are in `test_fleet`.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from dialogs.messages import Said
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.conversations.conftest import World, build
from tests.fresh import peopled
from tests.handlers.conftest import words
from tests.handlers.test_order import TALK

STORIES = int(os.environ.get("STORIES", "6"))
FIRST = int(os.environ.get("FIRST_STORY", "0"))
LAST4 = people.XIUYING.id_no[-4:]
ACTS = ("登录", "1", people.COUPLE_PHONE, "CODE", "WHO", LAST4, "社保卡丢了", "1", "CODE", "进度")
"""A log-in among two people with one phone, and a loss report: codes are used up, a card changes, a case is made."""


@dataclass
class Life:
    """One person: what is still to be typed, and what was answered to each message that was sent."""

    openid: str
    texts: list[str]
    answers: list[tuple[Said, str]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return len(self.answers) == len(self.texts)


class Story:
    """A process that is killed and started again over one file."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.url = f"sqlite:///{folder / 'story.sqlite'}"
        self.vault = Vault(bytes(range(32)))
        self.clock = FakeClock()
        self.chance = random.Random(seed)
        self.kills = 0

    async def begin(self) -> None:
        self.ids = await peopled(self.url, self.vault)
        self.sms: list[tuple[str, str]] = []
        self.world = self._process()

    def _process(self) -> World:
        return build(open_store(self.url, self.vault, self.clock), self.clock, self.vault, self.ids)

    async def dies(self, tasks: list[asyncio.Future[bytes | None]]) -> None:
        """Everything under way ends where it stands."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.sms += self.world.outside.sms
        await self.world.store.close()
        self.world = self._process()
        self.kills += 1

    async def next_of(self, life: Life) -> Said:
        """The next message of that person: a code is the newest that came."""
        text = life.texts[len(life.answers)]
        if text == "CODE":
            await self.world.settle()
            text = (self.sms + self.world.outside.sms)[-1][1].split("验证码 ")[1][:6]
        elif text == "WHO":
            text = next(line for line in life.answers[-1][1].splitlines() if "李*英" in line).split(" ")[0]
        return Said(life.openid, f"{life.openid}-{len(life.answers)}", self.clock.now(), text)

    def sent(self, message: Said) -> asyncio.Future[bytes | None]:
        return asyncio.ensure_future(self.world.conversation.take(message, words))

    async def step(self, lives: list[Life]) -> None:
        """One to three people write at the same time; something may happen to them."""
        chosen = self.chance.sample(lives, min(len(lives), self.chance.randint(1, 3)))
        messages = [(life, await self.next_of(life)) for life in chosen]
        if self.chance.random() < 0.3:
            tasks = [self.sent(message) for _, message in messages]
            for _ in range(self.chance.choice((1, 3, 10, 30, 100))):
                await asyncio.sleep(0)
            await self.dies(tasks)
        copies = [self.chance.choice((1, 1, 1, 2, 4)) for _ in messages]
        for (life, message), found in zip(
            messages,
            await asyncio.gather(*(_all(self.sent, message, many) for (_, message), many in zip(messages, copies, strict=True))),
            strict=True,
        ):
            assert len(found) == 1, "copies of one message were answered differently"
            life.answers.append((message, found.pop()))
        if self.chance.random() < 0.3:
            life = self.chance.choice([one for one in lives if one.answers])
            message, answer = self.chance.choice(life.answers)
            assert (await self.sent(message) or b"").decode() == answer
        if ACTS[5] in (message.text for _, message in messages):
            self.clock.advance(120)  # the next code may be sent


async def _all(sent: Callable[[Said], Awaitable[bytes | None]], message: Said, many: int) -> set[str]:
    return {(answer or b"").decode() for answer in await asyncio.gather(*(sent(message) for _ in range(many)))}


async def _of_a_quiet_day(folder: Path) -> list[str]:
    """What the talk is answered without any trouble."""
    story = Story(folder, 0)
    await story.begin()
    take = story.world.conversation.take
    found = [(await take(Said("o-ref", f"r{n}", START, text), words) or b"").decode() for n, text in enumerate(TALK)]
    await story.world.store.close()
    return found


async def test_any_interleaving(tmp_path: Path) -> None:
    """Three who type a talk, and one who logs in and reports a card lost: every answer is that of a quiet day, a resend of any of them ever
    after gets the same words, the card is lost once with one case, and each code was sent once."""
    expected = await _of_a_quiet_day(tmp_path)
    kills = messages = 0
    for seed in range(FIRST, FIRST + STORIES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        story = Story(folder, seed)
        await story.begin()
        lives = [Life(f"o-{n}", list(TALK)) for n in range(3)]
        acting = Life("o-acts", list(ACTS))
        while going := [life for life in (*lives, acting) if not life.over]:
            await story.step(going)
        for life in lives:
            assert [answer for _, answer in life.answers] == expected, f"story {seed}"
        said = [answer for _, answer in acting.answers]
        assert "登录成功" in said[5], f"story {seed}"
        assert "挂失成功" in said[8], f"story {seed}"
        await story.world.settle()
        async with story.world.store.reading() as tx:
            (case,) = await tx.cases.of_person(story.ids.xiuying)
            card = await tx.cards.of_person(story.ids.xiuying)
            assert len(await tx.users.bindings("o-acts")) == 1
        assert card is not None
        assert card.status == "lost"
        assert case.case_no in said[8]
        texts = [text for _, text in story.sms + story.world.outside.sms]
        assert sum("验证码" in text for text in texts) == 2, f"story {seed}: {texts}"
        kills += story.kills
        messages += sum(len(life.answers) for life in (*lives, acting))
        await story.world.store.close()
        shutil.rmtree(folder)
    print(f"{STORIES} stories from {FIRST} on, {messages} messages, {kills} kills")
