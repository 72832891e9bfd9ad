"""The chat and the pages over one store: what is begun in one goes on in the other."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from handlers.conversation import Conversation
from handlers.documents import Renderer
from handlers.jobs import Runner
from handlers.reminders.planner import Planner
from handlers.reminders.sender import Rates, Sender
from handlers.work import work_of
from storage.locks import LocalLocks
from storage.ports.records import Card, Registration
from tests import people
from tests.conversations.conftest import Chat, Outside
from tests.conversations.conftest import World as Talks
from tests.fresh import understanding
from tests.pages.world import Answer, Browser
from tests.pages.world import World as Pages

GOOD = "灯塔-苹果-2718"
BETTER = "海风-石榴-3141"
COMPUTER_NO = "9900123456"


class House:
    """One product: pages, chats, jobs."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.clock = pages.clock
        self.reopen()

    def reopen(self) -> None:
        """What a process makes when it starts."""
        pages = self.pages
        store, clock, services = pages.store, pages.clock, pages.services
        outside = Outside(store=store, clock=clock)
        conversation = Conversation(store, LocalLocks(), services, understanding())
        planner = Planner(store, clock, services)
        sender = Sender(store, clock, services, outside.sendings, Rates())
        functions = {
            "sms": outside.take_sms,
            "push": outside.take_push,
            "late": conversation.finish_late,
            "remind": planner.run_daily,
            "campaign": planner.run_campaign,
            **work_of(store, services),
        }
        runner = Runner(store, clock, functions)
        self.talks = Talks(store, clock, services, conversation, planner, sender, runner, outside, pages.ids)

    def chat(self, openid: str = "o-one") -> Chat:
        return Chat(self.talks, openid)

    def browser(self) -> Browser:
        return self.pages.browser()

    async def restart(self) -> None:
        await self.pages.restart()
        self.reopen()

    async def open(self, chat: Chat, label: str, browser: Browser | None = None) -> tuple[Browser, str, Answer]:
        """Open a link of the chat's last answer."""
        path, browser = URL(chat.link(label)).path, browser or self.browser()
        return browser, path, await browser.get(path)

    async def human(self, openid: str) -> None:
        """The captcha was answered rightly a moment ago: the words of its question are read as a person would."""
        async with self.pages.store.transaction() as tx:
            captcha = self.pages.captcha
            question = await captcha.challenge(tx, openid, in_words=True)
            assert not hasattr(question, "retry_at")
            await captcha.answer(tx, openid, question.id, str(worked_out(question.words)))

    async def send(self, browser: Browser, path: str, page: Answer, **typed: str) -> tuple[str, Answer]:
        """Fill in and send the form; the path that it led to, and the page there."""
        form = {**page.form("account"), "do": "send", **typed}
        answer = await browser.post(f"{path}/account", form, follow=False)
        if answer.status != 303:
            return path, answer
        path = answer.headers["Location"]
        return path, await browser.get(path)

    async def registered(self, chat: Chat, password: str = GOOD, username: str = "") -> None:
        """张建国 registers as one does in 北京."""
        await chat.says("注册账号")
        if "您在哪里参保" in chat.last:
            await chat.says("1")
        await self.human(chat.openid)
        browser, path, page = await self.open(chat, "去注册")
        path, page = await self.send(
            browser, path, page, id_no=people.JIANGUO.id_no, number=COMPUTER_NO, phone=people.JIANGUO_PHONE, agree="yes"
        )
        await self.talks.settle()
        code = self.talks.outside.code(people.JIANGUO_PHONE)
        path, page = await self.send(browser, path, page, code=code, username=username, new=password, again=password)
        assert "账号注册好了" in page.words, page.words

    async def page_digits(self, chat: Chat, who: str, password: str) -> str:
        """Log in on the page that the chat offers; the six digits that it shows."""
        await chat.says("用密码登录")
        if "您在哪里参保" in chat.last:
            await chat.says("1")
        await chat.says("1")
        await self.human(chat.openid)
        browser, path, page = await self.open(chat, "去登录")
        _, page = await self.send(browser, path, page, who=who, password=password)
        found = re.search(r"(?<!\d)(\d{6})(?!\d)", page.words.partition("6 位数字")[2])
        assert found, page.words
        return found[1]


def worked_out(question: str) -> int:
    """七加二等于几？ → 9."""
    values = {character: value for value, character in enumerate("零一二三四五六七八九十")}
    first, second = values[question[0]], values[question[2]]
    return first + second if question[1] == "加" else first - second


@pytest.fixture
async def house(tmp_path: Path, renderer: Renderer) -> AsyncIterator[House]:
    pages = Pages(tmp_path, renderer)
    await pages.start()
    async with pages.store.transaction() as tx:
        await tx.rights.put_many([Registration(pages.ids.jianguo, computer_no=COMPUTER_NO, handbook_no="990012345678")])
        for openid in ("o-ann-0000000000000000000001", "o-ben-0000000000000000000002"):
            await tx.users.forget(openid)
    house = House(pages)
    yield house
    await pages.close()


@pytest.fixture
def card() -> Card:
    """李秀英's, in 滨州."""
    return Card(0, 0, "binzhou", "990000001234", "active", "样例银行")
