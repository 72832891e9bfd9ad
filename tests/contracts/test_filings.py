"""Cases and documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.ports.records import CaseStep
from storage.ports.repositories import Conflict, Store
from tests.clock import START
from tests.contracts.makers import MINUTE, a_case, a_document, together, until_conflict


async def test_a_case_comes_back_as_it_was_filed(store: Store) -> None:
    """By its number, by its key and among the person's cases, with fields and steps."""
    case = a_case(7)
    async with store.transaction() as found:
        assert await found.cases.add(case) == (case, True)
    async with store.reading() as found:
        assert await found.cases.by_no(case.case_no, 7) == case
        assert await found.cases.by_key(case.key) == case
        assert await found.cases.of_person(7) == (case,)
        assert await found.cases.by_key("another") is None


async def test_another_persons_case_looks_like_no_case(store: Store) -> None:
    """by_no and of_person give nothing to whom the case is not."""
    case = a_case(7)
    async with store.transaction() as found:
        await found.cases.add(case)
        assert await found.cases.by_no(case.case_no, 8) is None
        assert await found.cases.of_person(8) == ()


async def test_the_same_key_makes_one_case(store: Store) -> None:
    """The second add under a key gives back the first case and writes nothing, not even steps."""
    first, second = a_case(7), a_case(7, 2, key="conversation-1")
    async with store.transaction() as found:
        await found.cases.add(first)
    async with store.transaction() as found:
        assert await found.cases.add(second) == (first, False)
    async with store.reading() as found:
        assert await found.cases.of_person(7) == (first,)


async def test_adding_at_once_under_one_key_makes_one_case(store: Store) -> None:
    """Two at the same moment: one is made, both get the same case."""

    async def add(number: int) -> tuple[str, bool]:
        async with store.transaction() as work:
            case, made = await work.cases.add(a_case(7, number, key="once"))
            return case.case_no, made

    outcomes = await together(add(number) for number in range(1, 6))
    assert all(isinstance(outcome, tuple) for outcome in outcomes), outcomes
    assert len({case_no for case_no, _ in outcomes}) == 1  # type: ignore[misc]
    assert sum(made for _, made in outcomes) == 1  # type: ignore[misc]


async def test_a_case_number_is_given_once(store: Store) -> None:
    """Another key under a number that is taken is a Conflict."""
    async with store.transaction() as found:
        await found.cases.add(a_case(7))
    with pytest.raises(Conflict):
        async with store.transaction() as found:
            await found.cases.add(a_case(8, key="another"))


async def test_newest_cases_come_first(store: Store) -> None:
    """of_person is limited, newest first, each with its own steps."""
    async with store.transaction() as found:
        await found.cases.put_many(a_case(7, number) for number in range(1, 16))
    async with store.reading() as found:
        assert await found.cases.of_person(7, 3) == (a_case(7, 15), a_case(7, 14), a_case(7, 13))
        assert len(await found.cases.of_person(7)) == 10


async def test_loading_cases_again_changes_only_what_changed(store: Store) -> None:
    """put_many is idempotent by number; a new state comes with a new version and its new step."""
    case = a_case(7)
    step = CaseStep(2, "审核", START + MINUTE, "通过")
    moved = replace(case, handling_status="处理结束", feedback_status="录入成功", finished_at=START, steps=(*case.steps, step))
    async with store.transaction() as found:
        assert await found.cases.put_many([case]) == 1
        await found.cases.put_many([case])
        assert await found.cases.by_no(case.case_no, 7) == case
        await found.cases.put_many([moved])
        assert await found.cases.by_no(case.case_no, 7) == replace(moved, version=1)


async def test_a_step_moves_the_case_on(store: Store) -> None:
    """add_step appends, sets the states, counts the version up, and notes when the case ended."""
    async with store.transaction() as found:
        case, _ = await found.cases.add(a_case(7))
        second = await found.cases.add_step(
            case, CaseStep(2, "审核", START + MINUTE, "审核中", by="李审核"), "处理中", "等待审核"
        )
        third = await found.cases.add_step(second, CaseStep(3, "办结", START + 2 * MINUTE, "通过"), "处理结束", "录入成功")
    assert (second.version, second.finished_at, third.version, third.finished_at) == (1, None, 2, START + 2 * MINUTE)
    async with store.reading() as found:
        assert await found.cases.by_no(case.case_no, 7) == third
        assert [step.seq for step in third.steps] == [1, 2, 3]


async def test_two_steps_at_once_are_one_step(store: Store) -> None:
    """The second writer read a version that is gone: Conflict, and one step only."""
    async with store.transaction() as found:
        case, _ = await found.cases.add(a_case(7))

    async def step(name: str) -> None:
        async with store.transaction() as work:
            await work.cases.add_step(case, CaseStep(2, name, START, "审核中"), "处理中", "等待审核")

    outcomes = await together(until_conflict(step(name)) for name in ("甲", "乙"))
    assert sorted(outcomes, key=str) == [False, True]
    async with store.reading() as found:
        stored = await found.cases.by_no(case.case_no, 7)
        assert stored is not None
        assert (len(stored.steps), stored.version) == (2, 1)


async def test_a_document_comes_back_as_it_was_issued(store: Store) -> None:
    """The snapshot byte for byte, by serial and among the person's documents, newest first."""
    first, second = a_document(1, snapshot=bytes(range(256)) * 40), a_document(2)
    async with store.transaction() as found:
        assert await found.documents.add(first) == (first, True)
        await found.documents.add(second)
    async with store.reading() as found:
        assert await found.documents.by_serial(first.serial_no) == first
        assert await found.documents.of_person(1) == (second, first)
        assert await found.documents.of_person(1, 1) == (second,)
        assert await found.documents.of_person(2) == ()
        assert await found.documents.by_serial("none") is None


async def test_asking_twice_gives_the_same_document(store: Store) -> None:
    """The same key gives the first document back; another key under a taken serial is a Conflict."""
    first = a_document(1)
    async with store.transaction() as found:
        await found.documents.add(first)
    async with store.transaction() as found:
        assert await found.documents.add(a_document(2, key=first.key)) == (first, False)
        assert await found.documents.by_serial(a_document(2).serial_no) is None
    with pytest.raises(Conflict):
        async with store.transaction() as found:
            await found.documents.add(replace(first, key="another"))


async def test_a_document_is_checked_by_both_values(store: Store) -> None:
    """Serial and code together; a wrong code, the code of another document and an unknown serial all give None."""
    first, second = a_document(1), a_document(2, check_code="ZZZZZ99999")
    async with store.transaction() as found:
        await found.documents.add(first)
        await found.documents.add(second)
    async with store.reading() as found:
        check = found.documents.check
        assert await check(first.serial_no, first.check_code) == first
        assert await check(first.serial_no, second.check_code) is None
        assert await check("BJ20240000000099", first.check_code) is None
        assert await check(first.serial_no, "") is None


async def test_a_revoked_document_says_so(store: Store) -> None:
    """set_status can be repeated, shows in every look-up, and an unknown serial is no error."""
    document = a_document(1)
    async with store.transaction() as found:
        await found.documents.add(document)
    for _ in range(2):
        async with store.transaction() as found:
            await found.documents.set_status(document.serial_no, "revoked", "开具有误")
            await found.documents.set_status("none", "revoked", "")
    async with store.reading() as found:
        revoked = replace(document, status="revoked", status_note="开具有误")
        assert await found.documents.check(document.serial_no, document.check_code) == revoked
