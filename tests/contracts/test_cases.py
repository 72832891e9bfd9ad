"""Cases of declarations: saved as a whole, drafts that go, chats that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from storage.ports.records import CaseState, CaseStep
from storage.ports.repositories import Conflict, StorageError, Store
from storage.sql import SqlStore
from tests.clock import START, FakeClock
from tests.contracts.makers import MINUTE, a_case, a_filing, an_attachment, together, until_conflict

DAY = 24 * 60 * MINUTE


async def test_a_filing_comes_back_as_it_was_made(store: Store) -> None:
    """Everything of it, by key, by number and for staff; nobody's case is nobody's."""
    case = a_filing(
        stage="制卡",
        answers={"reason": "2", "pick_up": "1"},
        expected_on=date(2024, 9, 24),
        claimed_by=7,
        first_reviewer=8,
        undertaking="loss@2",
        read_at=START,
        finished_at=START + MINUTE,
    )
    stray = a_filing(2, person_id=None, due_on=None)
    async with store.transaction() as work:
        assert await work.cases.add(case) == (case, True)
        await work.cases.add(stray)
    async with store.reading() as found:
        assert await found.cases.get(case.case_no) == case
        assert await found.cases.by_no(case.case_no, 1) == case
        assert await found.cases.by_key(case.key) == case
        assert await found.cases.of_person(1) == (case,)
        assert await found.cases.get(stray.case_no) == stray
        assert await found.cases.by_no(stray.case_no, 1) is None
        assert await found.cases.get("none") is None


async def test_a_save_writes_all_that_may_change(store: Store) -> None:
    """Every field but number, key, feature, filing, region and person; steps are appended; the version counts up."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
        changed = replace(
            case,
            title="补换社保卡",
            submitted_at=START + 5 * MINUTE,
            handling_status="处理结束",
            feedback_status="录入成功",
            fields={"原因": "损坏"},
            finished_at=START + 9 * MINUTE,
            state=CaseState.DONE,
            stage="寄出",
            answers={"reason": "2"},
            due_on=None,
            expected_on=date(2024, 9, 25),
            claimed_by=3,
            first_reviewer=4,
            undertaking="loss@3",
            read_at=START + 9 * MINUTE,
        )
        second, third = (
            CaseStep(2, "审核", START + MINUTE, "通过", by="李审核"),
            CaseStep(3, "办结", START + 2 * MINUTE, "已办结"),
        )
        saved = await work.cases.save(changed, second, third)
    assert saved == replace(changed, version=1, steps=(*case.steps, second, third))
    async with store.reading() as found:
        assert await found.cases.get(case.case_no) == saved


async def test_a_save_leaves_what_is_fixed(store: Store) -> None:
    """Whatever the record says of feature, filing, region and person, those of the stored case stay."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
        await work.cases.save(replace(case, key="x", feature="x", filing="x", region="x", person_id=9))
    async with store.reading() as found:
        stored = await found.cases.get(case.case_no)
    assert stored == replace(case, version=1)


async def test_two_saves_of_one_version_are_one_save(store: Store) -> None:
    """Two members of staff act at once: one goes through, the other gets a Conflict and leaves no step."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())

    async def act(state: CaseState) -> None:
        async with store.transaction() as work:
            await work.cases.save(replace(case, state=state), CaseStep(2, "审核", START, state.value))

    outcomes = await together(until_conflict(act(state)) for state in (CaseState.WORKING, CaseState.REFUSED))
    assert sorted(outcomes, key=str) == [False, True]
    async with store.reading() as found:
        stored = await found.cases.get(case.case_no)
    assert stored is not None
    assert (stored.version, len(stored.steps), stored.steps[-1].status) == (1, 2, stored.state)


async def test_a_step_that_is_there_is_a_conflict(store: Store) -> None:
    """Steps are append-only: a number that is taken is never written over."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
    with pytest.raises(Conflict):
        async with store.transaction() as work:
            await work.cases.save(case, CaseStep(1, "改写", START, "x"))
    async with store.reading() as found:
        assert await found.cases.get(case.case_no) == case


async def test_only_a_draft_can_be_deleted(store: Store) -> None:
    """With its steps, materials and followers, once; a case that was filed stays as it is."""
    draft, filed = a_filing(1, state=CaseState.DRAFT), a_filing(2)
    async with store.transaction() as work:
        for number, case in enumerate((draft, filed), 1):
            await work.cases.add(case)
            await work.attachments.add(an_attachment(case.case_no, number))
            await work.cases.watch(case.case_no, "oUser")
    async with store.transaction() as work:
        assert await work.cases.delete_draft(draft.case_no) is True
        assert await work.cases.delete_draft(draft.case_no) is False
        assert await work.cases.delete_draft(filed.case_no) is False
        assert await work.cases.delete_draft("none") is False
    async with store.reading() as found:
        assert await found.cases.get(draft.case_no) is None
        assert await found.attachments.of_case(draft.case_no) == ()
        assert await found.cases.watchers(draft.case_no) == ()
        assert await found.cases.get(filed.case_no) == filed
        assert len(await found.attachments.of_case(filed.case_no)) == 1
        assert await found.cases.watchers(filed.case_no) == ("oUser",)


async def test_filing_and_deleting_a_draft_at_once_is_one_of_both(store: Store) -> None:
    """Whoever is second finds it changed: nothing is filed and gone."""
    draft = a_filing(state=CaseState.DRAFT)
    async with store.transaction() as work:
        await work.cases.add(draft)

    async def file() -> bool:
        async with store.transaction() as work:
            await work.cases.save(replace(draft, state=CaseState.REVIEW), CaseStep(2, "提交", START, "已提交"))
            return True

    async def delete() -> bool:
        async with store.transaction() as work:
            return await work.cases.delete_draft(draft.case_no)

    filed, deleted = await together([until_conflict(file()), delete()])
    async with store.reading() as found:
        stored = await found.cases.get(draft.case_no)
    assert (filed, deleted) in {(True, False), (False, True)}
    assert (stored is not None) is filed


async def test_old_drafts_are_tidied(store: SqlStore, clock: FakeClock) -> None:
    """After thirty days, with all that hangs on them; a younger draft and an old case stay."""
    old, young = a_filing(1, state=CaseState.DRAFT), a_filing(2, state=CaseState.DRAFT, submitted_at=START + 10 * DAY)
    filed = a_filing(3)
    async with store.transaction() as work:
        for number, case in enumerate((old, young, filed), 1):
            await work.cases.add(case)
            await work.attachments.add(an_attachment(case.case_no, number))
            await work.cases.watch(case.case_no, "oUser")
    clock.advance((30 * DAY).total_seconds())
    assert await store.tidy() == 0
    clock.advance(120)
    assert await store.tidy() == 1
    assert await store.tidy() == 0
    async with store.reading() as found:
        assert await found.cases.get(old.case_no) is None
        assert await found.attachments.stored([f"{number:032x}" for number in (1, 2, 3)]) == {f"{2:032x}", f"{3:032x}"}
        assert await found.cases.get(young.case_no) == young
        assert await found.cases.get(filed.case_no) == filed


async def test_who_follows_a_case(store: Store) -> None:
    """watch and unwatch may be repeated; each case has its own followers."""
    case, other = a_filing(1), a_filing(2)
    async with store.transaction() as work:
        await work.cases.add(case)
        await work.cases.add(other)
        for openid in ("oTwo", "oOne", "oTwo"):
            await work.cases.watch(case.case_no, openid)
        await work.cases.watch(other.case_no, "oThree")
    async with store.transaction() as work:
        assert await work.cases.watchers(case.case_no) == ("oOne", "oTwo")
        await work.cases.unwatch(case.case_no, "oOne")
        await work.cases.unwatch(case.case_no, "oOne")
    async with store.reading() as found:
        assert await found.cases.watchers(case.case_no) == ("oTwo",)
        assert await found.cases.watchers(other.case_no) == ("oThree",)


async def test_loading_a_case_of_a_declaration_again_keeps_it(store: Store) -> None:
    """put_many carries every field, is idempotent, and still takes cases of another system, which have no state."""
    ours, theirs = a_filing(1, stage="制卡", state=CaseState.WORKING), a_case(1, 2)
    async with store.transaction() as work:
        for _ in range(2):
            assert await work.cases.put_many([ours, theirs]) == 2
    async with store.reading() as found:
        assert await found.cases.get(ours.case_no) == ours
        assert await found.cases.get(theirs.case_no) == theirs


async def test_materials_of_a_case(store: Store) -> None:
    """In the order in which they came, by number, droppable, and found by the names of their files."""
    case = a_filing()
    async with store.transaction() as work:
        await work.cases.add(case)
        first = await work.attachments.add(an_attachment(case.case_no, 1, scan="clean"))
        second = await work.attachments.add(an_attachment(case.case_no, 2, material="photo"))
    assert first == an_attachment(case.case_no, 1, scan="clean", id=first.id)
    async with store.transaction() as work:
        assert await work.attachments.of_case(case.case_no) == (first, second)
        assert await work.attachments.get(second.id) == second
        assert await work.attachments.stored([second.stored_as, "f" * 32]) == {second.stored_as}
        assert await work.attachments.stored([]) == set()
        for _ in range(2):
            await work.attachments.drop(first.id)
        assert await work.attachments.get(first.id) is None
        assert await work.attachments.of_case(case.case_no) == (second,)


async def test_a_material_belongs_to_a_case_that_is_there(store: Store) -> None:
    """A file that comes after its draft was dropped is refused: no row is left that no case names."""
    with pytest.raises(StorageError):
        async with store.transaction() as work:
            await work.attachments.add(an_attachment("none"))


async def test_a_dropped_number_is_not_given_again(store: Store) -> None:
    """A link to a file that was dropped never shows another one."""
    async with store.transaction() as work:
        case, _ = await work.cases.add(a_filing())
        first = await work.attachments.add(an_attachment(case.case_no, 1))
        await work.attachments.drop(first.id)
        assert (await work.attachments.add(an_attachment(case.case_no, 2))).id > first.id


async def test_what_is_nobodys_belongs_to_the_chat_that_watches_it(store: Store) -> None:
    """Newest first; neither what another chat watches, nor what has a person, nor what is watched no more."""
    async with store.transaction() as work:
        old, new = [a_filing(number, person_id=None, submitted_at=START + number * MINUTE) for number in (1, 2)]
        others, mine, left = a_filing(3, person_id=None), a_filing(4), a_filing(5, person_id=None)
        for case in (old, new, others, mine, left):
            await work.cases.add(case)
            await work.cases.watch(case.case_no, "oOther" if case is others else "oUser")
        await work.cases.unwatch(left.case_no, "oUser")
    async with store.reading() as work:
        assert await work.cases.of_nobody("oUser") == (new, old)
        assert await work.cases.of_nobody("oUser", 1) == (new,)
        assert await work.cases.of_nobody("oNobody") == ()
