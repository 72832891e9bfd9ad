"""/g: the guides for anyone."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.guides.versions import packed
from storage.ports.records import GuideEdit
from tests.fresh import regions
from tests.pages.world import World

BJ = regions()["beijing"].guides


async def test_anyone_reads_a_whole_guide(world: World) -> None:
    """No log-in, no cookie; every line of the guide, its validity, a table of contents whose entries exist, related guides, the list."""
    answer = await world.browser().get("/g/beijing/BJH-03")
    assert answer.status == 200
    guide, text = BJ["BJH-03"], answer.text
    whole = (
        guide.title,
        guide.brief,
        guide.validity,
        *guide.conditions,
        *guide.materials,
        *guide.forms,
        *guide.notes,
        guide.hours,
    )
    for line in (*whole, *(step for way in guide.ways for step in (way.title, *way.steps))):
        assert line in text
    anchors = re.findall(r'<a href="#([a-z]+)">', text)
    assert anchors == ["conditions", "materials", "steps", "forms", "notes"]
    assert all(f'id="{anchor}"' in text for anchor in anchors)
    assert "BJH-" not in re.sub(r'href="[^"]*"', "", text)
    assert 'href="/g/beijing"' in text
    assert not answer.cookies


async def test_a_guide_is_called_as_people_call_it_and_its_note_stands_below(world: World) -> None:
    """The list and the heading say 登记领待遇的银行卡, the office's own name once on its page; how old it is comes after the answer, the
    materials and the steps."""
    index = (await world.browser().get("/g/beijing")).text
    assert '<a href="/g/beijing/BJH-15">登记领待遇的银行卡</a>' in index
    assert BJ["BJH-15"].title not in index
    text = (await world.browser().get("/g/beijing/BJH-15")).text
    assert "<h1>登记领待遇的银行卡</h1>" in text
    assert text.count(BJ["BJH-15"].title) == 1
    assert text.index('id="steps"') < text.index(BJ["BJH-15"].validity)


async def test_related_guides_are_linked(world: World) -> None:
    """The guide of a death leads to the one for families."""
    answer = await world.browser().get("/g/beijing/BJH-05")
    assert '<a href="/g/beijing/BJE-E-06">退休人员去世，家属怎么办</a>' in answer.text


async def test_the_list_has_every_guide_of_the_region(world: World) -> None:
    """By part, each with its address; 滨州 has its own list."""
    text = (await world.browser().get("/g/beijing")).text
    assert [code for code in BJ if f'href="/g/beijing/{code}"' not in text] == []
    assert "社会保险费征缴" in text
    assert "滨州办事指南" in (await world.browser().get("/g/binzhou")).text


async def test_what_people_do_themselves_comes_first(world: World) -> None:
    """Above the first employers' heading no guide of employers stands: 社保卡 before 新参加社会保险登记; no guide is listed twice."""
    text = (await world.browser().get("/g/beijing")).text
    own, _, employers = text.partition('">单位办理：社会保险登记</h2>')
    assert 'href="/g/beijing/BJH-28"' in own
    assert 'href="/g/beijing/BJH-02"' in employers
    assert text.count('href="/g/beijing/BJH-02"') == text.count('href="/g/beijing/BJH-28"') == 1


async def test_what_is_no_guide_is_not_found(world: World) -> None:
    """Another region's code, no code, no region: all the same page."""
    for path in ("/g/binzhou/BJH-03", "/g/beijing/BJH-99", "/g/nowhere", "/g/nowhere/BJH-03"):
        assert (await world.browser().get(path)).status == 404


async def test_a_page_may_be_kept_and_is_not_sent_twice(world: World) -> None:
    """Public for a minute, apart by the size of type; a browser that has it gets 304, until an editor changes it."""
    browser = world.browser()
    first = await browser.get("/g/beijing/BJH-25")
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert first.headers["Vary"] == "Cookie"
    assert (await browser.get("/g/beijing/BJH-25", If_None_Match=first.headers["ETag"])).status == 304
    edited = replace(BJ["BJH-25"], brief="改过的一句话。")
    async with world.store.transaction() as tx:
        await tx.guide_edits.add(GuideEdit(0, "beijing", "BJH-25", packed(edited), world.clock.now(), 1), 0)
    again = await browser.get("/g/beijing/BJH-25", If_None_Match=first.headers["ETag"])
    assert again.status == 200
    assert "改过的一句话。" in again.text


async def test_large_type_is_a_page_of_its_own(world: World) -> None:
    """长辈版 of a guide; the page that sets the cookie is not kept by anybody."""
    browser = world.browser()
    chosen = await browser.get("/g/beijing/BJH-28?view=elder")
    assert 'class="elder"' in chosen.text
    assert chosen.headers["Cache-Control"] == "no-store"
    assert 'class="elder"' in (await browser.get("/g/beijing/BJH-28")).text


async def test_what_an_editor_writes_cannot_become_markup(world: World) -> None:
    """Texts are shown as they stand."""
    edited = replace(BJ["BJH-25"], brief="<script>alert(1)</script>")
    async with world.store.transaction() as tx:
        await tx.guide_edits.add(GuideEdit(0, "beijing", "BJH-25", packed(edited), world.clock.now(), 1), 0)
    text = (await world.browser().get("/g/beijing/BJH-25")).text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
