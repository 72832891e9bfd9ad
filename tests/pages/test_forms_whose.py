"""Whose a form is: another's draft, another's link, no token, too late, and what is sent that no page of ours sends."""

from __future__ import annotations

import pytest

from dialogs.filings import FILINGS
from storage.ports.records import CaseState
from tests.pages.declared import SAMPLE, SHORT, photo
from tests.pages.world import ANN, BEN, World, later

CEN = "o-cen-0000000000000000000003"


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (SAMPLE, SHORT):
        monkeypatch.setitem(FILINGS, one.name, one)


async def test_another_persons_draft_looks_like_none(world: World) -> None:
    """Every address of ANN's draft under a link that BEN's chat holds, and under a stranger's browser: the bytes of an unknown link (S11)."""
    path = await world.filing("short", words="三个字")
    mine = world.browser()
    csrf = (await mine.get(path)).csrf
    case = await world.case()
    unknown = await world.browser().get("/p/" + "A" * 32)
    thief = world.browser()
    foreign = await world.resumed(case.case_no, BEN)
    found = [await thief.get(foreign), await world.browser().get(path)]
    for action in ("fill", "photo", "drop", "submit", "order", "make", "confirm", "void", "receipt"):
        form = {"csrf": csrf, "asked": "words", "t.words": "改成别的"}
        found += [await thief.post(f"{path}/{action}", form), await world.browser().post(f"{path}/{action}", form)]
    for answer in found:
        assert (answer.status, answer.body) == (404, unknown.body)
    assert (await world.case()).answers == {"words": "三个字"}


async def test_even_with_its_own_link_a_chat_reaches_only_its_own(world: World) -> None:
    """A link that BEN's chat was given with ANN's case number holds nothing, whatever is posted with its own token."""
    path = await world.filing("short", words="三个字")
    case = await world.case()
    browser, link = world.browser(), await world.filing("short", BEN, words="李家的")
    csrf = (await browser.get(link)).csrf
    assert (await browser.post(f"{link}/fill", {"csrf": csrf, "asked": "words", "t.words": "还是李家的"})).status == 200
    assert (await world.case()).answers == {"words": "三个字"}
    for number in ("", "0", "240912000000000", f"{case.case_no} ", "' OR 1=1 --"):
        assert (await world.browser().get(await world.resumed(number, ANN))).status == 404
    assert (await world.browser().get(path)).status == 200


async def test_unbinding_ends_the_form(world: World) -> None:
    """After 解绑 the open page is the common 404, for looking and for every button."""
    browser, path = world.browser(), await world.filing("short", words="三个字")
    csrf = (await browser.get(path)).csrf
    await world.unbind()
    assert (await browser.get(path)).status == 404
    for action, form in (
        ("fill", {"asked": "words", "t.words": "别的字"}),
        ("submit", {"agreed": "yes"}),
        ("drop", {"photo": "1"}),
    ):
        assert (await browser.post(f"{path}/{action}", {"csrf": csrf, **form})).status == 404
    assert (await browser.upload(path, csrf, "m0", photo())).status == 404


async def test_what_anyone_may_file_belongs_to_its_chat(world: World) -> None:
    """A visitor's draft opens for the chat that made it, and for no other, bound or not; once it does not follow it, for nobody."""
    await world.visitor(CEN)
    browser, path = world.browser(), await world.filing("phone_change", CEN)
    page = await browser.get(path)
    assert "证件号码" in page.words
    case_no = world.numbers[CEN]
    for other in (ANN, BEN):
        assert (await world.browser().get(await world.resumed(case_no, other))).status == 404
    async with world.store.transaction() as tx:
        await tx.cases.unwatch(case_no, CEN)
    assert (await browser.get(path)).status == 404


async def test_forms_need_our_own_token(world: World) -> None:
    """Without the token, with another link's, with a word: 403 in Chinese, nothing changed. GET on their addresses leads back."""
    browser, path, other = world.browser(), await world.filing("short", words="三个字"), await world.filing("short")
    await browser.get(path)
    foreign = (await browser.get(other)).csrf
    for action in ("fill", "drop", "submit", "order"):
        for token in ("", foreign, "签" * 64):
            refused = await browser.post(f"{path}/{action}", {"csrf": token, "asked": "words", "t.words": "别的字", "photo": "1"})
            assert refused.status == 403
        assert (await browser.get(f"{path}/{action}")).status == 200
    assert (await world.case()).answers == {"words": "三个字"}
    assert (await world.case()).state is CaseState.DRAFT


async def test_too_much_and_nonsense(world: World) -> None:
    """A body of 100 kB, 200 fields, invented questions: refused or left aside, never a fault."""
    browser, path = world.browser(), await world.filing("short")
    csrf = (await browser.get(path)).csrf
    assert (await browser.post(f"{path}/fill", {"csrf": csrf, "asked": "words", "t.words": "长" * 40_000})).status == 413
    assert (await browser.post(f"{path}/fill", {"csrf": csrf, **{f"f.x{n}": "1" for n in range(200)}})).status == 400
    odd = {"csrf": csrf, "asked": "words,__class__,x.request,Words,code", "t.words": "三个字", "f.x.request": "stolen"}
    assert (await browser.post(f"{path}/fill", odd)).status == 200
    assert (await world.case()).answers == {"words": "三个字"}
    for act in ("code:words", "code:nothing", "code:", "nonsense"):
        assert (await browser.post(f"{path}/fill", {**odd, "act": act})).status == 200


async def test_expired_links_and_drafts(world: World) -> None:
    """After half an hour, or once the draft was cleared away, the page says to come back through the chat; posting does so too."""
    browser, path = world.browser(), await world.filing("short", words="三个字")
    csrf = (await browser.get(path)).csrf
    case = await world.case()
    world.clock.advance(later(30))
    for answer in (await browser.get(path), await browser.post(f"{path}/submit", {"csrf": csrf})):
        assert answer.status == 404
        assert "请回到公众号，再说一次要办的事" in answer.words
    fresh = await world.resumed(case.case_no)
    csrf = (await browser.get(fresh)).csrf
    async with world.store.transaction() as tx:
        assert await tx.cases.delete_draft(case.case_no)
    for answer in (
        await browser.get(fresh),
        await browser.post(f"{fresh}/submit", {"csrf": csrf}),
        await browser.upload(fresh, csrf, "m0", photo()),
    ):
        assert answer.status == 404
    assert world.stored() == []


async def test_a_link_of_one_kind_opens_nothing_of_another(world: World) -> None:
    """A form's link pays no order and issues no document, a statement's link hands nothing in."""
    browser, path, table = world.browser(), await world.filing("short", words="三个字"), await world.page_link()
    form, statement = (await browser.get(path)).csrf, (await browser.get(table)).csrf
    for action in ("confirm", "void", "receipt", "make", "document"):
        assert (await browser.post(f"{path}/{action}", {"csrf": form})).status == 404
    for action in ("fill", "submit", "photo", "drop", "order", "confirm"):
        assert (await browser.post(f"{table}/{action}", {"csrf": statement})).status == 404
    for look in ("pay", "state"):
        assert (await browser.get(f"{path}/{look}")).status == 404
    assert (await world.case()).state is CaseState.DRAFT
