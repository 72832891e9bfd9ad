"""招聘 and 求职 as a page (BZ-36, BZ-37): public, so nobody's name and no paper; the person's own check of rights is not needed, the chat's is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dialogs.statement import Statement
from handlers.pages import PagesDesk
from handlers.queries.notices import PUBLIC
from storage.ports.records import Contribution, Insurance, JobNotice
from storage.ports.time import Month
from tests.conversations import paid
from tests.documents import samples
from tests.pages.world import ANN, BEN, World


async def listing(world: World, query: str, wanted: str, region: str = "binzhou") -> Statement:
    """The page that BEN is answered with; the notices are those of `tests.conversations.paid`."""
    async with world.store.transaction() as tx:
        await tx.job_notices.replace("binzhou", "vacancy", paid.vacancies())
        await tx.job_notices.replace("binzhou", "seeker", [paid.SEEKER])
        found = await PagesDesk(world.store, world.services).statement(
            tx, {"query": query, "region": region, "wanted": wanted}, BEN
        )
    assert found is not None
    return found


async def test_the_page_lists_all_that_was_looked_for(world: World) -> None:
    """博兴县: four, newest first; no person stands on it."""
    found = await listing(world, "vacancies", "博兴县")
    assert [row[3] for row in found.tables[0].rows] == ["样例7厂", "样例6厂", "样例5厂", "样例4厂"]
    assert found.holder == ""
    assert found.facts == (("查询条件", "博兴县"),)
    seekers = await listing(world, "seekers", "全部")
    assert seekers.tables[0].rows == (("周*", "厨师", "面议", "滨城区", "2024-09-03"),)
    assert (await listing(world, "vacancies", "飞行员")).tables == ()


async def test_a_public_page_makes_no_paper(world: World) -> None:
    """No button; and the address of the button is the common 404."""
    found = await listing(world, "vacancies", "电工")
    world.answers.statements["jobs"] = samples.statement()
    browser, path = world.browser(), await world.page_link(sample="jobs")
    csrf = (await browser.get(path)).csrf
    world.answers.statements["jobs"] = found
    page = await browser.get(path)
    assert page.status == 200
    for part in ("招聘信息", "样例3厂", "电工", "不用先交钱"):
        assert part in page.text
    assert "下载 PDF" not in page.text
    assert (await browser.post(f"{path}/document", {"csrf": csrf})).status == 404
    async with world.store.reading() as tx:
        assert await tx.documents.of_person(world.ids.jianguo) == ()


async def test_a_public_list_tells_nothing_of_people(world: World) -> None:
    """Whatever else stands in the link: only the two public lists are answered without a person."""
    async with world.store.transaction() as tx:
        row = Contribution(world.ids.jianguo, Insurance.PENSION, Month(2024, 1), Decimal("1"), Decimal("1"), Decimal("1"))
        await tx.contributions.put_many([row])
        desk = PagesDesk(world.store, world.services)
        assert await desk.statement(tx, {"query": "contributions", "region": "beijing", "period": "2024-01"}, ANN) is None
        assert await desk.statement(tx, {"query": "vacancies", "region": "nowhere", "wanted": ""}, ANN) is None
        assert await desk.statement(tx, {"query": "vacancies", "region": "binzhou", "wanted": ""}, "o-nobody") is None
    assert set(PUBLIC) == {"vacancies", "seekers"}


async def test_a_list_has_an_end(world: World) -> None:
    """At most two hundred rows."""
    async with world.store.transaction() as tx:
        notice = JobNotice(0, "binzhou", "vacancy", "司机", "滨城区", "面议", date(2024, 9, 1))
        await tx.job_notices.replace("binzhou", "vacancy", [notice] * 205)
        found = await PagesDesk(world.store, world.services).statement(
            tx, {"query": "vacancies", "region": "binzhou", "wanted": "司机"}, ANN
        )
    assert found is not None
    assert len(found.tables[0].rows) == 200
