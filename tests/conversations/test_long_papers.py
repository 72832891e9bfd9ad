"""A long document is made in the background, and the chat is told when it is there (P-DOC); a short one is the answer itself."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from dialogs.messages import Reply, Said
from handlers.documents import parse_serial
from handlers.links import DOCUMENT, new_secret
from handlers.papers import make
from storage.ports.records import Contribution, Document, Insurance
from storage.ports.time import Month
from storage.vault import Vault
from tests import people
from tests.conversations.conftest import Chat, World, build, shown

EVERYTHING = "2018年1月到2023年12月的五险缴费"
"""Of 赵淑芬 below: 5 insurances of 72 months are 360 rows, and the overview has 5."""


@pytest.fixture
async def chat(world: World) -> Chat:
    """赵淑芬, who paid everything for six years, has looked it all up."""
    async with world.store.transaction() as tx:
        await tx.contributions.put_many(
            Contribution(world.ids.shufen, insurance, month, Decimal("5000.00"), Decimal("800.00"), Decimal("400.00"))
            for insurance in Insurance
            for month in Month(2018, 1).until(Month(2023, 12))
        )
    chat = Chat(world)
    await chat.follows()
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    await chat.says(EVERYTHING)
    chat.expect("下载 PDF 单据")
    return chat


async def _asks(chat: Chat) -> str:
    """Ask for the document; nothing that is left for later is done yet."""
    kept: list[Reply] = []

    def seal(reply: Reply) -> bytes:
        kept.append(reply)
        return b"."

    said = Said(chat.openid, f"ask-{next(chat.world.numbers)}", chat.world.clock.now(), "1")
    await chat.world.conversation.take(said, seal)
    return shown(kept[-1].first)


async def _wanted(world: World) -> bytes:
    """What the job that waits carries; it is taken, and not yet done."""
    async with world.store.transaction() as tx:
        (job,) = await tx.jobs.claim(world.clock.now(), timedelta(minutes=1), 5, ["paper"])
    return job.payload


async def _documents(world: World) -> tuple[Document, ...]:
    async with world.store.reading() as tx:
        return await tx.documents.of_person(world.ids.shufen)


def _news(world: World) -> list[str]:
    return [shown(message) for openid, message in world.outside.pushed if "做好了" in shown(message)]


async def test_a_long_document_comes_by_itself(chat: Chat) -> None:
    """The answer says that it is being made, with no link; the news bring its number and a link that opens it the next morning too."""
    world = chat.world
    answer = await _asks(chat)
    assert "《参保人员缴费信息（五险）》" in answer
    assert "正在生成" in answer
    assert "http" not in answer
    assert await _documents(world) == ()
    assert _news(world) == []
    await world.settle()
    (document,), (text,) = await _documents(world), _news(world)
    found = re.search(r"流水号 ([\d ]+)。", text)
    assert found
    assert parse_serial(found[1]) == document.serial_no
    assert "明天 " in text
    world.clock.advance(20 * 3600)
    token = text.split("/d/")[1].split("\n")[0]
    async with world.store.transaction() as tx:
        opened = await world.services.links.open(tx, token, DOCUMENT, new_secret())
    assert opened is not None
    assert opened.held
    assert opened.ticket.params == {"serial_no": document.serial_no}
    async with world.store.reading() as tx:
        (notice,) = await tx.notices.of_person(world.ids.shufen, "P-DOC", 5)
    assert notice.cycle == f"doc:{document.serial_no}"


async def test_a_short_document_is_the_answer(chat: Chat) -> None:
    """Five insurances of one year are 65 rows: the link is in the answer, and there are no news."""
    await chat.says("2023年的五险缴费")
    await chat.says("1")
    assert chat.link("打开单据").startswith("https://sb.example.test/d/")
    assert len(await _documents(chat.world)) == 1
    assert _news(chat.world) == []


async def test_the_job_run_twice_tells_once(chat: Chat) -> None:
    """A process that dies when the job is done and not yet struck off: the second run makes and tells nothing more."""
    world = chat.world
    await _asks(chat)
    payload = await _wanted(world)
    await make(world.store, world.services, payload)
    world.clock.advance(120)
    await make(world.store, world.services, payload)
    await world.settle()
    assert len(await _documents(world)) == 1
    assert len(_news(world)) == 1


async def test_a_crash_between_issue_and_telling(chat: Chat) -> None:
    """A process that dies after the document was issued and before anything was sent: the next one tells it, once."""
    world = chat.world
    await _asks(chat)
    await make(world.store, world.services, await _wanted(world))
    assert len(await _documents(world)) == 1
    assert _news(world) == []
    again = build(world.store, world.clock, Vault(bytes(range(32))), world.ids)
    world.clock.advance(120)
    await again.settle()
    await again.settle()
    assert len(await _documents(world)) == 1
    assert len(_news(again)) == 1
    assert _news(world) == []


@pytest.mark.parametrize("back", [False, True])
async def test_who_leaves_meanwhile_is_not_told(chat: Chat, back: bool) -> None:
    """A chat that left before the document was made gets neither document nor news, also when it follows again."""
    world = chat.world
    await _asks(chat)
    payload = await _wanted(world)
    await chat.leaves()
    if back:
        await chat.follows()
    await make(world.store, world.services, payload)
    await world.settle()
    assert await _documents(world) == ()
    assert _news(world) == []


async def test_who_leaves_before_the_news_is_not_told(chat: Chat) -> None:
    """The document was made, and the chat left before it was told: the news are dropped."""
    world = chat.world
    await _asks(chat)
    await make(world.store, world.services, await _wanted(world))
    await chat.leaves()
    await world.settle()
    assert _news(world) == []


async def test_who_wants_no_news_of_documents_gets_the_link_at_once(chat: Chat) -> None:
    """Somebody who stopped hearing of documents would never be told: the long one is the answer too."""
    async with chat.world.store.transaction() as tx:
        await tx.wishes.stop("P-DOC", openid=chat.openid)
    assert "打开单据" in await _asks(chat)
    assert len(await _documents(chat.world)) == 1
