"""Photos against what happens to the case at the same moment: what was handed in is what stays, and what was uploaded is kept."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from handlers.drafts import Drafts
from handlers.filings.flow import Applicant, Flow
from handlers.materials import Photo
from handlers.work import work_of
from storage.ports.records import Attachment, CaseState
from storage.ports.repositories import Conflict
from storage.sql.attachments import Attachments
from tests.filings.declared import PHOTO
from tests.pages.declared import SHORT, photo
from tests.pages.world import ANN, World


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (SHORT, PHOTO):
        monkeypatch.setitem(FILINGS, one.name, one)


class _Halfway:
    """One look at the photos that stops in the middle until it is let go; every other one passes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.there, self.go = asyncio.Event(), asyncio.Event()
        real: Callable[..., Awaitable[Any]] = getattr(Attachments, name)

        async def slow(attachments: Attachments, wanted: Any) -> Any:
            found = await real(attachments, wanted)
            if not self.there.is_set():
                self.there.set()
                await self.go.wait()
            return found

        monkeypatch.setattr(Attachments, name, slow)


async def _draft(world: World) -> tuple[dict[str, str], Attachment]:
    """A draft that needs one photo and has it."""
    await world.filing(PHOTO.name, why="示例")
    case = await world.case()
    row = Attachment(0, case.case_no, "front", "x.jpg", "image/jpeg", 2, "0" * 64, secrets.token_hex(16), world.clock.now())
    async with world.store.transaction() as tx:
        added = await tx.attachments.add(row)
    return {"page": "form", "case": case.case_no, "person": str(case.person_id)}, added


async def _hand_in(world: World) -> None:
    async with world.store.transaction() as tx:
        case = await tx.cases.get(world.numbers[ANN])
        person = await tx.people.get(world.ids.jianguo)
        assert case is not None
        await Flow(world.services).submit(tx, case, Applicant(person, ANN, world.services.regions["beijing"]), undertaken=True)


async def test_a_photo_is_not_taken_off_a_case_that_is_being_handed_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before, taken away after: Conflict, and the only 必要 photo is still there."""
    params, row = await _draft(world)
    halfway = _Halfway(monkeypatch, "get")

    async def detach() -> None:
        async with world.store.transaction() as tx:
            await Drafts(world.services).detach(tx, params, ANN, row.id)

    task = asyncio.create_task(detach())
    await halfway.there.wait()
    await _hand_in(world)
    halfway.go.set()
    with pytest.raises(Conflict):
        await task
    assert [one.id for one in await world.photos(params["case"])] == [row.id]
    assert (await world.case()).state is CaseState.REVIEW


async def test_no_photo_comes_after_the_case_was_handed_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the staff see is what was there when it was handed in."""
    params, row = await _draft(world)
    halfway = _Halfway(monkeypatch, "of_case")

    async def attach() -> None:
        async with world.store.transaction() as tx:
            await Drafts(world.services).attach(tx, params, ANN, "side", "late.jpg", Photo(b"x", 1, 1, ""), "f" * 32)

    task = asyncio.create_task(attach())
    await halfway.there.wait()
    await _hand_in(world)
    halfway.go.set()
    with pytest.raises(Conflict):
        await task
    assert [one.id for one in await world.photos(params["case"])] == [row.id]


async def test_it_is_not_handed_in_while_its_photo_is_taken_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way round: the photo goes while the case is being judged complete; it is not handed in without it."""
    params, row = await _draft(world)
    halfway = _Halfway(monkeypatch, "of_case")
    task = asyncio.create_task(_hand_in(world))
    await halfway.there.wait()
    async with world.store.transaction() as tx:
        await Drafts(world.services).detach(tx, params, ANN, row.id)
    halfway.go.set()
    with pytest.raises(Conflict):
        await task
    assert (await world.case()).state is CaseState.DRAFT
    with pytest.raises(Refusal, match="正面照"):
        await _hand_in(world)


async def test_many_photos_at_once_are_all_kept(world: World) -> None:
    """Twelve sent at the same moment from one page: none is lost to another's new version."""
    browser, path = world.browser(), await world.filing(SHORT.name, words="三个字")
    page = await browser.get(f"{path}?at=photos")
    pictures = [photo(size=(640, 480 + n)) for n in range(12)]
    answers = await asyncio.gather(
        *(browser.upload(path, page.csrf, f"m{n % 3}", body, f"{n}.jpg") for n, body in enumerate(pictures))
    )
    assert {answer.status for answer in answers} == {200}
    assert len(await world.photos((await world.case()).case_no)) == 12


async def test_an_upload_keeps_the_draft_for_another_thirty_days(world: World) -> None:
    """Begun on day 0, a photo on day 25: neither the job nor the tidying takes it on day 40; on day 56 it goes, photo and all."""
    browser, path = world.browser(), await world.filing(SHORT.name, words="三个字")
    case, begun = await world.case(), world.clock.now()
    world.clock.set(begun + timedelta(days=25))
    path = await world.resumed(case.case_no)
    page = await browser.get(f"{path}?at=photos")
    assert (await browser.upload(path, page.csrf, "m0", photo(), "x.jpg")).status == 200
    drop = work_of(world.store, world.services)

    async def days(count: int) -> bool:
        world.clock.set(begun + timedelta(days=count))
        async with world.store.transaction() as tx:
            due = await tx.jobs.claim(world.clock.now(), timedelta(minutes=2), 50, ["draft"])
        for job in due:
            await drop["draft"](job.payload)
            async with world.store.transaction() as tx:
                await tx.jobs.done(job.id)
        await world.store.tidy()
        async with world.store.reading() as tx:
            return await tx.cases.get(case.case_no) is not None

    assert await days(40)
    assert len(await world.photos(case.case_no)) == 1
    assert not await days(56)
    assert world.stored() == []
