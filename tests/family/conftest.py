"""A mother who has logged in and a daughter who has only followed, over the harness of the conversations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import pytest

from dialogs.messages import Say
from tests import people
from tests.conversations.conftest import Chat, World, chat, world

__all__ = ["chat", "world"]


@dataclass
class Home:
    """Two chats, and what each was told unasked."""

    world: World
    mother: Chat
    daughter: Chat
    sms_of_log_in: list[tuple[str, str]]

    @property
    def today(self) -> date:
        return self.world.clock.now().date()

    def told(self, whom: Chat) -> list[str]:
        """The texts of what was pushed to that chat, oldest first."""
        return [one.text for openid, one in self.world.outside.pushed if openid == whom.openid and isinstance(one, Say)]

    def code(self) -> str:
        """The 家人码 of the mother's last answer."""
        found = re.search(r"家人码是 (\d{8})", self.mother.last)
        assert found, self.mother.last
        return found[1]

    async def invites(self, scopes: str, until: str = "1") -> str:
        """The mother answers everything; the 家人码."""
        mother = self.mother
        self.world.clock.advance(61)
        await mother.says("添加家人")
        await mother.says(scopes)
        await mother.says("1")
        await mother.says(until)
        if "怎么提醒" in mother.last:
            await mother.says("1")
        await mother.says("1")
        await mother.says(self.world.outside.code(people.SHUFEN_PHONE))
        return self.code()

    async def granted(self, scopes: str, until: str = "1", *, again: bool = False, to: Chat | None = None) -> int:
        """The whole way; the number of the grant."""
        taker = to or self.daughter
        await taker.says(f"家人码{await self.invites(scopes, until)}")
        await taker.says("1")
        taker.expect("您可以帮 赵*芬")
        async with self.world.store.reading() as tx:
            found = await tx.family.of_chat(taker.openid, self.today)
        return found[-1].id


@pytest.fixture
async def home(world: World) -> Home:
    mother, daughter = Chat(world, "o-mother"), Chat(world, "o-daughter")
    await mother.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    mother.expect("登录成功")
    await daughter.follows()
    world.clock.advance(61)
    return Home(world, mother, daughter, list(world.outside.sms))
