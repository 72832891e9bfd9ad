"""S21: after everything that people do and everything that goes wrong, no personal data in logs, metrics or the database's bytes."""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.simulator.faults import ApiFaults
from dialogs.messages import Said, Say
from handlers.conversation import Conversation
from handlers.jobs import Runner
from handlers.understanding import default_understanding
from storage.locks import LocalLocks
from storage.ports.records import Document
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.process.conftest import Town

ANN, BEN = "oPlantedAnn00000000000000001", "oPlantedBen00000000000000002"
TYPED_NAME, TYPED_PHONE, TYPED_ID = "司马样例", "19900055555", "999900198001010011"
CARD = "990000001234"


@dataclass
class Story:
    """What has been planted while the story was told."""

    town: Town
    codes: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    """校验码, and what stands in links."""

    @property
    def persons(self) -> set[str]:
        """Names, identity numbers, phones, cards."""
        everyone = (people.JIANGUO, people.XIUYING, people.DEFU, people.SHUFEN, people.LI)
        known = {part for one in everyone for part in (one.name, one.id_no, one.phone or one.name)}
        return known | {TYPED_NAME, TYPED_PHONE, TYPED_ID, people.NOBODYS_PHONE, CARD}

    async def code(self, phone: str) -> str:
        await self.town.works()
        found = self.town.code(phone)
        self.codes.add(found)
        return found

    def links(self, text: str) -> list[str]:
        """The addresses in an answer; what is private in them is remembered."""
        found = re.findall(r"http://127\.0\.0\.1:\d+/[^\s\"<>)]+", text)
        for address in found:
            self.secrets.add(address.rpartition("/")[2])
        return found


async def _documents(town: Town, person_id: int) -> tuple[Document, ...]:
    async with town.product.store.reading() as tx:
        return await tx.documents.of_person(person_id)


async def _wrong(right: str) -> str:
    return "000000" if right != "000000" else "111111"


async def _log_in(story: Story, openid: str, phone: str, last_four: str, who: str = "") -> None:
    town = story.town
    for text in ("登录", "1", "1990000", phone):
        await town.says(openid, text)
    right = await story.code(phone)
    await town.says(openid, await _wrong(right))
    answer = await town.says(openid, right)
    if who:
        answer = await town.says(openid, next(line for line in answer.splitlines() if who in line).split(" ")[0])
    await town.says(openid, "0000" if last_four != "0000" else "1111")
    assert "登录成功" in await town.says(openid, last_four)
    await town.works()


async def _queries_and_papers(story: Story, http: aiohttp.ClientSession) -> None:
    town = story.town
    answer = await town.says(ANN, "查2023年的养老缴费")
    links = story.links(answer)
    paper = await town.says(ANN, "1")
    links += story.links(paper)
    (document,) = await _documents(town, town.ids.jianguo)
    serial, code = document.serial_no, document.check_code
    story.secrets |= {code}
    links += [
        f"{town.address}/v/{serial}/{code}",
        f"{town.address}/v/{serial}/AAAAAAAAAAAA",
        f"{town.address}/v/{serial}?code={code}",
    ]
    for link in links:
        for suffix in ("", ".pdf", ".xlsx") if "/d/" in link else ("",):
            async with http.get(link + suffix) as answered:
                await answered.read()
                assert answered.status < 500
    async with http.post(f"{town.address}/v", data={"serial": serial, "code": code}) as answered:
        assert answered.status < 500
    for text in ("校验", serial, "AAAAAAAAAAAA", f"校验 {serial} {code}"):
        await town.says(BEN, text)
    assert any("校验成功" in text for text in town.texts(BEN, "passive")), town.texts(BEN, "passive")[-4:]
    await town.sends(BEN, type="scan", text=f"{town.address}/v/{serial}/{code}")
    await town.works()


async def _lost_card(story: Story) -> None:
    town = story.town
    town.clock.advance(120)
    await town.says(BEN, "社保卡丢了")
    await town.says(BEN, "1")
    right = await story.code(people.COUPLE_PHONE)
    await town.says(BEN, await _wrong(right))
    assert "挂失成功" in await town.says(BEN, right)
    story.links(await town.says(BEN, "1"))
    for text in ("进度", "1", "我的认证到什么时候", "切换身份", "1"):
        await town.says(BEN, text)
    papers = await _documents(town, town.ids.xiuying)
    assert len(papers) == 2
    story.secrets |= {document.check_code for document in papers}
    await town.works()


async def _what_should_not_be_typed(story: Story) -> None:
    town = story.town
    for openid in (ANN, "oPlantedVisitor000000000003"):
        for text in (
            f"我叫{TYPED_NAME}，身份证{TYPED_ID}，电话{TYPED_PHONE}",
            TYPED_ID,
            f"{people.JIANGUO.name}的卡号是{CARD}",
            f"'; DROP TABLE person; -- {TYPED_NAME}",
            f"{{{{7*7}}}} ]]> {TYPED_PHONE}\n{TYPED_NAME}",
        ):
            await town.says(openid, text)
        await town.sends(openid, type="voice", recognition=f"我的电话是{TYPED_PHONE}")
        await town.sends(openid, type="location", lat=39.9, lng=116.3, label=f"{TYPED_NAME}家")
    await town.says("oPlantedVisitor000000000003", "登录")
    await town.says("oPlantedVisitor000000000003", "1")
    await town.says("oPlantedVisitor000000000003", people.NOBODYS_PHONE)
    await town.works()


class _Failing:
    """A store whose errors quote whatever they were given, as a driver's do."""

    def __init__(self, quoted: str) -> None:
        self._quoted = quoted

    def transaction(self) -> Any:
        raise RuntimeError(f"cannot insert ({self._quoted})")

    reading = transaction


async def _troubles(story: Story, http: aiohttp.ClientSession) -> None:
    """A store that fails in a turn and in a job, a job that quotes, a platform that refuses and breaks, a gateway that is away."""
    town, product = story.town, story.town.product
    quoted = f"{people.JIANGUO.name} {people.JIANGUO.id_no} {people.JIANGUO_PHONE} {CARD} {ANN} {story.codes} {story.secrets}"
    failing: Any = _Failing(quoted)
    conversation = Conversation(failing, LocalLocks(), product.services, default_understanding())
    answer = await conversation.take(
        Said(ANN, f"{ANN}1726106400", town.clock.now(), quoted), lambda reply: str(reply.first).encode()
    )
    assert "抱歉" in (answer or b"").decode()
    try:
        raise LookupError(quoted)
    except LookupError:
        logging.getLogger("aiohttp.server").exception("Error handling request")

    async def quoting(_: bytes) -> None:
        raise ValueError(quoted)

    forgotten = asyncio.ensure_future(quoting(b""))
    await asyncio.wait({forgotten})
    del forgotten
    gc.collect()  # now asyncio says that nobody took the exception

    async with product.store.transaction() as tx:
        await tx.jobs.enqueue("quoting", quoted.encode(), town.clock.now(), f"key:{quoted}")
    await Runner(product.store, town.clock, {"quoting": quoting}).once()
    for fault in (ApiFaults(errcode=40003), ApiFaults(errcode=47003), ApiFaults(status=502), ApiFaults(errcode=-1)):
        town.sim.api_faults = fault
        await town.push(ANN, Say(quoted), Say("第二条"))
    for path in (
        f"/p/{people.JIANGUO_PHONE}",
        f"/d/{TYPED_ID}",
        f"/v/{TYPED_ID}/{TYPED_PHONE}",
        f"/wechat?openid={ANN}",
        f"/x/{TYPED_ID}",
    ):
        async with http.get(town.address + path) as answered:
            assert answered.status < 500
    async with http.post(f"{town.address}/wechat?openid={ANN}", data=quoted.encode()) as answered:
        assert answered.status == 403


async def _left_in_the_database(story: Story) -> None:
    """Things that wait: an SMS that is queued, a parked reply, a dialog in the middle."""
    town = story.town
    town.clock.advance(49 * 3600)
    await town.push(ANN, Say(f"给{people.JIANGUO.name}，证件 {people.JIANGUO.id_no}"))
    for text in ("登录", "1", people.LI_PHONE):
        await town.says(BEN, text)


@pytest.fixture
async def story(town: Town) -> Story:
    told = Story(town)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await town.sends(ANN, type="event", event="subscribe")
        await _log_in(told, ANN, people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        await _log_in(told, BEN, people.COUPLE_PHONE, people.XIUYING.id_no[-4:], "李*英")
        await _queries_and_papers(told, http)
        await _lost_card(told)
        await _what_should_not_be_typed(told)
        await _troubles(told, http)
        await _left_in_the_database(told)
    return told


def _values(log: str) -> str:
    """The log without what may hold any digits by chance: times and pseudonyms."""
    lines = []
    for line in log.splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        lines.append(
            json.dumps({k: v for k, v in fields.items() if k not in {"timestamp", "chat", "who", "seal"}}, ensure_ascii=False)
        )
    return "\n".join(lines)


def _code(code: str) -> re.Pattern[bytes]:
    """The code, and not six digits of a longer number or hash."""
    return re.compile(rb"(?<![0-9A-Fa-f])" + code.encode() + rb"(?![0-9A-Fa-f])")


async def test_nothing_personal_is_left_where_it_does_not_belong(story: Story, log: io.StringIO) -> None:
    """Log-ins, queries, papers, verification, a lost card, words that should not be typed, and every kind of trouble: 0 hits."""
    town = story.town
    assert len(story.codes) >= 3
    assert len(story.secrets) >= 5
    written = log.getvalue()
    events = [json.loads(line)["event"] for line in written.splitlines() if line.startswith("{")]
    assert events.count("request") > 50
    assert "Task exception was never retrieved" in written
    assert "Error handling request" in written
    assert {"turn failed", "job failed", "wechat_api", "request", "service message in doubt"} <= set(events)
    async with aiohttp.ClientSession() as http, http.get(f"{town.address}/metrics") as answered:
        metrics = await answered.text()
    assert "bot_http_requests_total" in metrics
    for place, content in (("log", written), ("metrics", metrics)):
        hits = [secret for secret in story.persons | story.secrets | {ANN, BEN} if secret in content]
        assert hits == [], place
    values = _values(written).encode()
    assert [code for code in story.codes if _code(code).search(values)] == []


async def test_the_bytes_of_the_database_show_nobody(story: Story) -> None:
    """File, write-ahead log and all, while things are queued, parked and under way: no name, number, phone, card, code, 校验码 or link."""
    path = Path(story.town.config.storage.database_url.removeprefix("sqlite:///"))
    files = {one.name: one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*"))}
    assert any(name.endswith("-wal") for name in files)
    content = b"\0".join(files.values())
    assert len(content) > 200_000
    assert b"P_CERT" in content or b"BJQ-P-02a" in content  # what is not personal is there to be seen
    assert [one for one in story.persons | story.secrets if one.encode() in content] == []
    assert [one for one in story.persons if one.encode("utf-16-le") in content] == []
    assert [code for code in story.codes if _code(code).search(content)] == []


async def test_the_grep_itself_would_find_something(story: Story, log: io.StringIO, tmp_path: Path) -> None:
    """A store without its vault's care would show: the same search over a file into which a name was written finds it."""
    import sqlite3

    file = tmp_path / "careless.sqlite"
    with sqlite3.connect(file) as careless:
        careless.execute("CREATE TABLE person (name TEXT, phone TEXT)")
        careless.execute("INSERT INTO person VALUES (?, ?)", (people.JIANGUO.name, people.JIANGUO_PHONE))
    careless.close()
    content = file.read_bytes()
    assert [one for one in story.persons if one.encode() in content]


async def test_what_is_hidden_can_be_read_with_the_key_alone(story: Story) -> None:
    """The same file under the right key gives the people back; under another key it gives nobody."""
    url = story.town.config.storage.database_url
    right = open_store(url, Vault(bytes(range(32))), story.town.clock)
    async with right.reading() as tx:
        person = await tx.people.get(story.town.ids.jianguo)
        assert person is not None
        assert (person.name, person.phone) == (people.JIANGUO.name, people.JIANGUO_PHONE)
    await right.close()
    wrong = open_store(url, Vault(bytes(range(1, 33))), story.town.clock)
    async with wrong.reading() as tx:
        assert await tx.people.by_phone(people.JIANGUO_PHONE) == ()
        assert await tx.people.by_id_no(people.JIANGUO.id_no) == ()
    await wrong.close()
