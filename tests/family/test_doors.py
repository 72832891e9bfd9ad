"""Pages under a grant: each request asks again; what has ended, narrowed, lapsed or died with its person is the common 404."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dialogs.statement import Statement
from handlers.documents import Renderer
from handlers.pages import PagesDesk
from handlers.reminders.news import unpack
from storage.ports.records import Document, Grant, User
from storage.ports.repositories import Repositories
from tests import people
from tests.pages.world import ANN, BEN, World


class Real:
    """The product's own desk behind `/p` and `/d`, in the place of the fake one."""

    def __init__(self, home: World) -> None:
        self._home = home

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        return await PagesDesk(self._home.store, self._home.services).statement(tx, params, openid)

    async def issue(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        return await PagesDesk(self._home.store, self._home.services).issue(tx, statement, person_id, openid, key)


@pytest.fixture
async def home(tmp_path: Path, renderer: Renderer) -> AsyncIterator[World]:
    """张建国's chat ANN and 李秀英's chat BEN; a third chat that follows only."""
    made = World(tmp_path, renderer)
    made.answers = Real(made)  # type: ignore[assignment]
    await made.start()
    async with made.store.transaction() as tx:
        await tx.users.save(User(SON, True, "visitor", None, None, following="f"))
    yield made
    await made.close()


SON = "o-son-0000000000000000000003"


async def grant(home: World, *scopes: str, person: int = 0, openid: str = SON) -> Grant:
    until = home.clock.now().date() + timedelta(days=10)
    async with home.store.transaction() as tx:
        made = await tx.family.grant(
            Grant(0, person or home.ids.jianguo, openid, "儿子", frozenset(scopes), until, False, home.clock.now(), "code")
        )
    assert made is not None
    return made


async def table(home: World) -> str:
    return await home.page_link(SON, person=str(home.ids.jianguo))


async def test_a_relative_opens_what_was_granted(home: World) -> None:
    """The table and its paper; the audit says that a relative looked; the person hears of the paper."""
    await grant(home, "benefits")
    browser, path = home.browser(), await table(home)
    page = await browser.get(path)
    assert page.status == 200
    paper = await browser.post(f"{path}/document", {"csrf": page.csrf})
    assert paper.status == 200
    async with home.store.reading() as tx:
        subject = await tx.people.identity_hash(home.ids.jianguo)
        entries = await tx.audit.of_subject(subject, 20)
        told = await tx.notices.of_chat(ANN)
    assert {(one.role, one.action) for one in entries} >= {("relative", "query"), ("relative", "download")}
    (news,) = [unpack(one.body).text for one in told if one.kind == "P-FAMILY"]
    assert news.startswith("您的儿子 9月12日 10:00 用亲情授权看了您的“")


async def ends(home: World, made: Grant) -> None:
    async with home.store.transaction() as tx:
        assert await tx.family.end(made.id, "person", home.clock.now())


async def narrows(home: World, made: Grant) -> None:
    async with home.store.transaction() as tx:
        assert await tx.family.change(replace(made, scopes=frozenset({"remind"})))


async def lapses(home: World, made: Grant) -> None:
    """The last day is over while the link still lives."""
    async with home.store.transaction() as tx:
        assert await tx.family.change(replace(made, until=home.clock.now().date() - timedelta(days=1)))


async def dies(home: World, made: Grant) -> None:
    async with home.store.transaction() as tx:
        await tx.people.put_many([replace(people.JIANGUO, person_status="死亡")])


async def leaves(home: World, made: Grant) -> None:
    async with home.store.transaction() as tx:
        await tx.users.forget(SON)


@pytest.mark.parametrize("over", [ends, narrows, lapses, dies, leaves])
async def test_a_link_after_the_end_opens_nothing(home: World, over: Callable[[World, Grant], Awaitable[None]]) -> None:
    """Table, paper and PDF that were open a moment ago are the 404 of a link that never was."""
    made = await grant(home, "benefits", "remind")
    unknown = await home.browser().get("/d/" + "E" * 32)
    browser, path = home.browser(), await table(home)
    page = await browser.get(path)
    paper = await browser.post(f"{path}/document", {"csrf": page.csrf}, follow=False)
    document = paper.headers["Location"]
    assert (await browser.get(document)).status == 200
    await over(home, made)
    for answer in (
        await browser.get(path),
        await browser.get(document),
        await browser.post(f"{path}/document", {"csrf": page.csrf}),
    ):
        assert (answer.status, answer.body) == (404, unknown.body)


async def test_other_scopes_open_other_doors_only(home: World) -> None:
    """Who may see the certification gets no table of contributions, whatever person the link names; nobody's number opens nothing."""
    await grant(home, "certification", "remind")
    for person in (home.ids.jianguo, home.ids.xiuying, 999999):
        answer = await home.browser().get(await home.page_link(SON, person=str(person)))
        assert answer.status == 404
    own = await home.page_link(SON, person=str(home.ids.jianguo), query="certification_records", period="", insurance="")
    assert (await home.browser().get(own)).status == 200


async def test_forms_and_orders_are_for_who_may_act(home: World) -> None:
    """A draft and an order form of the person: open with the scope act, gone with its end; the steps say who handed it in."""
    async with home.store.transaction() as tx:
        user = await tx.users.get(SON)
        assert user is not None
        await tx.users.save(replace(user, person_id=home.ids.xiuying, active_role="relative", region="binzhou"))
    made = await grant(home, "act", person=home.ids.xiuying)
    order_form = {"page": "order_form", "kind": "flexible", "person": str(home.ids.xiuying)}
    async with home.store.transaction() as tx:
        order_path = (await home.links.page(tx, SON, order_form)).removeprefix(home.public_url)
    form, order = home.browser(), home.browser()
    path = await home.filing("card_replace", SON)
    assert (await form.get(path)).status == 200
    assert (await order.get(order_path)).status == 200
    case = await home.case(SON)
    async with home.store.reading() as tx:
        assert SON in await tx.cases.watchers(case.case_no)
    await ends(home, made)
    assert (await form.get(path)).status == 404
    assert (await order.get(order_path)).status == 404
    async with home.store.reading() as tx:
        assert SON not in await tx.cases.watchers(case.case_no)
    assert (await home.browser().get(await home.resumed(case.case_no, SON))).status == 404
    # 李秀英's own chat goes on with it: the draft is hers.
    assert (await home.browser().get(await home.resumed(case.case_no, BEN))).status == 200
    assert (await home.browser().get(await home.resumed(case.case_no, ANN))).status == 404
