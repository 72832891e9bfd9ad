"""What is asked while the database is away (F3), one rule after the other; real files, and a store that a test takes away."""

from __future__ import annotations

import asyncio
import os
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from dialogs.messages import AnyInbound, Left, Reply, Said, Say
from dialogs.phrases import BUSY
from handlers.awaiting import Entry, Kept
from handlers.conversation import Conversation
from storage.locks import LocalLocks
from storage.ports.repositories import Store, Unavailable
from storage.spool import FolderSpool, _ours
from storage.vault import Vault
from tests.clock import FakeClock
from tests.conversations.conftest import Chat, World
from tests.fresh import understanding
from tests.handlers.conftest import words
from tests.handlers.conftest import world as world  # noqa: PLC0414 - a fixture


class Away:
    """The store, which does not answer while `down`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.down = False

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        if self.down:
            raise Unavailable("away")
        return self._store.transaction()

    def reading(self) -> AbstractAsyncContextManager[Any]:
        if self.down:
            raise Unavailable("away")
        return self._store.reading()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Town:
    """One process over that store, with a folder."""

    def __init__(self, world: World, vault: Vault, folder: Path) -> None:
        self.world = world
        self.away = Away(world.store)
        self.folder = folder
        self.vault = vault
        self.conversation = self.process()

    def process(self) -> Conversation:
        """One more process of the same machine."""
        store: Any = self.away
        spool = FolderSpool(self.folder, self.vault, self.world.clock)
        kept = Kept(spool, self.world.clock, understanding(), self.vault.digest)
        return Conversation(store, LocalLocks(), self.world.services, understanding(), None, kept)

    async def says(self, openid: str, text: str, key: str = "", by: Conversation | None = None) -> str:
        openid_key = key or f"k{next(self.world.numbers)}"
        return await self.takes(Said(openid, openid_key, self.world.clock.now(), text), by)

    async def takes(self, inbound: AnyInbound, by: Conversation | None = None) -> str:
        return ((await (by or self.conversation).take(inbound, words)) or b"").decode()

    def pushed(self, openid: str) -> list[str]:
        """The words that were pushed to a chat."""
        return [getattr(message, "text", "") for to, message in self.world.outside.pushed if to == openid]

    @property
    def files(self) -> list[str]:
        return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []


@pytest.fixture
def town(world: World, vault: Vault, tmp_path: Path) -> Town:
    return Town(world, vault, tmp_path / "kept")


async def test_in_order_and_once(town: Town) -> None:
    """Two wishes of one person and one of another, one of them sent twice: taken up in order, each once, with its number; what lies on the
    disk tells nothing of a person, and is gone afterwards."""
    await Chat(town.world, "o-one").says("你好")
    town.away.down = True
    first = await town.says("o-one", "社保卡丢了", "w1")
    assert await town.says("o-one", "社保卡丢了", "w1") == first
    second = await town.says("o-one", "退订", "w2")
    other = await town.says("o-two", "人工", "w3")
    assert len({first, second, other}) == 3
    assert len(town.files) == 3
    for name in town.files:
        assert "社保卡".encode() not in (town.folder / name).read_bytes()
        assert "o-one" not in name
        assert (town.folder / name).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Unavailable):
        await town.conversation.recover()
    town.away.down = False
    assert await town.conversation.recover() == 3
    assert await town.conversation.recover() == 0
    assert town.files == []
    await town.world.settle()
    said = town.pushed("o-one")
    assert [text for text in said if "系统恢复了" in text] == [text for text in said if "编号" in text]
    assert ["挂失" in text for text in said if "系统恢复了" in text] == [True, False]
    for answer in (first, second):
        number = answer.split("编号 ")[1][:9]
        assert sum(number in text for text in said) == 1
    assert await town.says("o-one", "社保卡丢了", "w1") == first
    town.world.clock.advance(120)
    await town.world.settle()
    assert town.pushed("o-one") == said


async def test_questions_codes_and_confirmations_are_not_kept(town: Town) -> None:
    """They get the request to come again: what they mean lies in the database, and a code must not be believed later."""
    town.away.down = True
    for text in ("查去年的养老缴费", "1", "123456", "是", "你好", "谢谢"):
        assert await town.says("o-one", text) == BUSY
    assert town.files == []


async def test_who_writes_before_it_is_taken_up_is_answered_after_it(town: Town) -> None:
    """The database is back and nobody has looked yet: the next message of the same person takes up what came before it."""
    town.away.down = True
    await town.says("o-one", "登录", "w1")
    await town.says("o-one", "人工", "w2")
    town.away.down = False
    assert town.files
    assert await town.says("o-one", "菜单") != BUSY
    assert town.files == []
    await town.world.settle()
    assert any("人工服务" in text for text in town.pushed("o-one"))


async def test_two_processes_of_one_machine_take_it_up_once(town: Town) -> None:
    """Both look into the folder at once, and a third one begins later: one announcement, one turn."""
    town.away.down = True
    await town.says("o-one", "社保卡丢了", "w1")
    other = town.process()
    town.away.down = False
    await town.conversation.recover()
    assert await other.recover() == 0
    assert await town.process().recover() == 0
    await town.world.settle()
    assert sum("系统恢复了" in text for text in town.pushed("o-one")) == 1


async def test_a_message_that_was_answered_meanwhile_is_not_taken_again(town: Town) -> None:
    """The platform's resend reached another process after the return: that answer stands, and nothing is announced."""
    town.away.down = True
    await town.says("o-one", "社保卡丢了", "w1")
    town.away.down = False
    answered = await town.says("o-one", "社保卡丢了", "w1", by=town.process())
    await town.conversation.recover()
    await town.world.settle()
    assert town.pushed("o-one") == []
    assert await town.says("o-one", "社保卡丢了", "w1") == answered


async def test_who_unfollowed_meanwhile_is_forgotten_unless_they_came_back(town: Town, clock: FakeClock) -> None:
    """The event is kept; whoever wrote again after it has followed again, and stays."""
    for openid in ("o-one", "o-two"):
        await Chat(town.world, openid).says("你好")
    town.away.down = True
    for openid in ("o-one", "o-two"):
        assert await town.takes(Left(openid, f"left-{openid}", clock.now())) == ""
    clock.advance(5)
    town.away.down = False
    other = town.process()
    await town.says("o-two", "你好", by=other)
    await town.conversation.recover()
    async with town.world.store.reading() as tx:
        assert await tx.users.get("o-one") is None
        assert await tx.users.get("o-two") is not None


async def test_so_many_and_no_more(town: Town) -> None:
    """Five of a chat: the sixth is asked to come again, and nobody is promised what is not kept."""
    town.away.down = True
    answers = [await town.says("o-one", "社保卡丢了", f"w{n}") for n in range(6)]
    assert [answer == BUSY for answer in answers] == [False] * 5 + [True]
    assert [await town.says("o-one", "社保卡丢了", f"w{n}") for n in range(6)] == answers
    assert len(town.files) == 5


async def test_two_processes_keep_no_more_than_one(town: Town) -> None:
    """The five of a chat are those of the machine, and another chat has its own."""
    second = town.process()
    town.away.down = True
    answers = [await town.says("o-one", "社保卡丢了", f"w{n}", second if n % 2 else None) for n in range(8)]
    assert [answer == BUSY for answer in answers] == [False] * 5 + [True] * 3
    assert await town.says("o-two", "社保卡丢了", "w9", second) != BUSY
    assert len(town.files) == 6


async def test_a_heading_and_its_question_are_one_message(town: Town) -> None:
    """Three wishes that each ask something first: three messages in order, each with its own number and its question; the last question has
    its choices, and its digit answers it."""
    town.away.down = True
    answers = [await town.says("o-one", text) for text in ("人工", "社保卡丢了", "社保卡丢了")]
    numbers = [answer.split("编号 ")[1][:9] for answer in answers]
    town.away.down = False
    assert await town.conversation.recover() == 3
    await town.world.settle()
    said = [message for to, message in town.world.outside.pushed if to == "o-one" and isinstance(message, Say)]
    assert [number in message.text for number, message in zip(numbers, said, strict=True)] == [True] * 3
    assert all("现在接着办" in message.text and "您在哪里参保" in message.text for message in said)
    assert len(said[-1].choices) > 1
    assert "您在哪里参保" not in await town.says("o-one", "1")


async def test_a_folder_that_is_full_promises_nothing(town: Town, clock: FakeClock) -> None:
    """Beyond so many of a machine nothing is taken, until something was taken away; what lies there already is no new one."""
    spool = FolderSpool(town.folder, town.vault, clock, most=1)
    await spool.keep("o-one", "w1", b"first")
    await spool.keep("o-one", "w1", b"first")
    with pytest.raises(Unavailable):
        await spool.keep("o-two", "w2", b"second")
    ((name, _),) = await spool.entries()
    await spool.drop(name)
    await spool.keep("o-two", "w2", b"second")
    assert [body for _, body in await spool.entries()] == [b"second"]


async def test_what_a_killed_process_was_writing_is_cleared_away(town: Town, clock: FakeClock) -> None:
    """Nobody was told of it: the next process's first look takes it away, but not what another one is writing at that moment."""
    folder, vault = town.folder, town.vault
    await FolderSpool(folder, vault, clock).keep("o-one", "w1", b"whole")
    (folder / "left.part").write_bytes(b"half of it")
    with os.fdopen(_ours(folder / "busy.part"), "wb") as writing:
        writing.write(b"half of it")
        assert [body for _, body in await FolderSpool(folder, vault, clock).entries()] == [b"whole"]
        assert {one.name for one in folder.glob("*.part")} == {"busy.part"}
    await FolderSpool(folder, vault, clock).entries("o-two")
    assert list(folder.glob("*.part")) == []
    assert len(town.files) == 1


async def test_what_another_version_kept_stays_for_it(town: Town, vault: Vault, clock: FakeClock) -> None:
    """After a step back to a version that cannot read it: told once, left where it is, and others' messages are taken up."""
    spool = FolderSpool(town.folder, vault, clock)
    assert await spool.keep("o-one", "w0", b"of a version to come")
    town.away.down = True
    await town.says("o-two", "社保卡丢了", "w1")
    town.away.down = False
    with capture_logs() as logs:
        assert await town.conversation.recover() == 1
        await town.conversation.recover()
    assert [line["event"] for line in logs if "this version" in line["event"]] == ["what was kept cannot be read by this version"]
    assert [body for _, body in await spool.entries()] == [b"of a version to come"]


async def test_a_disk_that_takes_nothing_promises_nothing(town: Town) -> None:
    """The folder cannot be made: BUSY, and no number."""
    town.folder.write_bytes(b"in the way")
    town.away.down = True
    assert await town.says("o-one", "社保卡丢了") == BUSY


async def test_what_was_damaged_or_moved_is_left_alone(town: Town, vault: Vault, clock: FakeClock) -> None:
    """A file that was changed, or put under another name, is not taken up and stops nobody."""
    town.away.down = True
    for openid in ("o-one", "o-two", "o-three"):
        await town.says(openid, "人工")
    first, second, _ = town.files
    (town.folder / first).write_bytes(b"x" * 200)
    (town.folder / second).rename(town.folder / f"0{second[1:-1]}{'0' if second[-1] != '0' else '1'}")
    town.away.down = False
    assert await town.conversation.recover() == 1
    spool = FolderSpool(town.folder, vault, clock)
    with capture_logs() as lines:
        assert await spool.entries() == ()
        assert await spool.entries() == ()
    assert [line["files"] for line in lines] == [2]


async def test_what_is_kept_while_others_are_taken_up_is_waited_for(town: Town, clock: FakeClock) -> None:
    """The database went again during the look: the chat's next message must not overtake what was kept since."""
    kept = Kept(FolderSpool(town.folder, town.vault, clock), clock, understanding(), town.vault.digest)
    messages = [Said("o-one", f"w{n}", clock.now(), "人工") for n in range(2)]
    assert await kept.keep(messages[0], b"")
    taken: list[str] = []

    async def take(inbound: AnyInbound, _: Entry) -> None:
        taken.append(inbound.key)
        if len(taken) == 1:
            assert await kept.keep(messages[1], b"")

    assert await kept.give(take) == 1
    assert kept.waits("o-one")
    assert await kept.give(take, "o-one") == 1
    assert taken == ["w0", "w1"]
    assert not kept.waits("o-one")


async def test_who_writes_first_takes_up_their_own_alone(town: Town, clock: FakeClock) -> None:
    """Of a thousand messages on the disk one person's next one reads that person's; five written at once count as five."""
    kept = Kept(FolderSpool(town.folder, town.vault, clock), clock, understanding(), town.vault.digest)
    many = [Said("o-one", f"w{n}", clock.now(), "人工") for n in range(6)]
    await asyncio.gather(*(kept.keep(one, b"") for one in many[:5]))
    assert not await kept.keep(many[5], b"")
    await kept.keep(Said("o-two", "other", clock.now(), "人工"), b"")
    taken: list[str] = []

    async def take(inbound: AnyInbound, _: Entry) -> None:
        taken.append(inbound.openid)

    assert await kept.give(take, "o-two") == 1
    assert taken == ["o-two"]
    assert len(town.files) == 5
    assert kept.waits("o-one")


async def test_what_was_promised_late_is_kept_too(town: Town) -> None:
    """The time for an answer was over when the database failed: a question that was told 正在为您办理 is taken up as well."""
    message = Said("o-one", "w1", town.world.clock.now(), "退休年龄")
    town.away.down = True
    assert await town.conversation.take(message, _too_late) is None
    await town.conversation.postpone(message, b"interim")
    assert len(town.files) == 1
    town.away.down = False
    town.world.clock.advance(timedelta(minutes=1).total_seconds())
    await town.conversation.recover()
    await town.world.settle()
    assert len(town.pushed("o-one")) == 1


def _too_late(_: Reply) -> bytes | None:
    return None
