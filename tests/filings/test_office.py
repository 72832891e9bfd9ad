"""The staff's side: roles, regions, versions, masks, and a record of every look (S11, S19)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from dialogs.filings import FILINGS
from handlers.filings.office import NotAllowed, Office
from storage.ports.records import Attachment, AuditEntry, AuditSearch, Case, CaseState, QueueFilter
from storage.ports.repositories import Conflict
from tests import people
from tests.filings import declared
from tests.filings.conftest import Bench

S = CaseState
EVERYWHERE = QueueFilter(regions=("beijing", "binzhou", "jinan"))


async def _entries(bench: Bench, login: str) -> list[AuditEntry]:
    """What that member of staff has done, oldest first."""
    async with bench.world.store.reading() as tx:
        actor = await tx.audit.pseudonym(f"staff:{login}")
        return list(reversed(await tx.audit.search(AuditSearch(actor=actor))))


async def _attached(bench: Bench, case: Case) -> Attachment:
    stored = await bench.world.services.files.put(b"picture")
    async with bench.world.store.transaction() as tx:
        return await tx.attachments.add(
            Attachment(0, case.case_no, "front", "a.jpg", "image/jpeg", 7, "0" * 64, stored, bench.clock.now())
        )


async def test_the_queue_is_that_of_the_regions_of_the_staff(bench: Bench) -> None:
    """Drafts are the person's own; another region's rows are not there even when they are asked for."""
    case = await bench.files(declared.PENDING)
    await bench.drafts(declared.PENDING)
    assert [row.case_no for row in await bench.office.queue(bench.staff["审核"], EVERYWHERE)] == [case.case_no]
    wanted = replace(EVERYWHERE, states=(S.DRAFT,))
    assert await bench.office.queue(bench.staff["审核"], wanted) == ()
    for who in ("外地", "管理员", "审计", "运营"):
        assert await bench.office.queue(bench.staff[who], EVERYWHERE) == (), who
    assert (await bench.office.counts(bench.staff["运营"]))[S.REVIEW] == 1
    assert await bench.office.counts(bench.staff["管理员"]) == {}
    assert (await bench.office.counts(bench.staff["外地"])).get(S.REVIEW, 0) == 0


@pytest.mark.parametrize("who", ["外地", "管理员", "审计", "运营"])
async def test_a_case_of_another_region_looks_like_no_case(bench: Bench, who: str) -> None:
    """S19: looks, values, files and every act; in the same words as for a number that does not exist."""
    case = await bench.files(declared.PENDING)
    file, staff, office = await _attached(bench, case), bench.staff[who], bench.office
    acts: dict[str, Callable[[str], Awaitable[Case]]] = {
        "claim": lambda number: office.claim(staff, number, case.version),
        "release": lambda number: office.release(staff, number, case.version),
        "approve": lambda number: office.approve(staff, number, case.version),
        "reject": lambda number: office.reject(staff, number, case.version, "不行"),
        "ask_more": lambda number: office.ask_more(staff, number, case.version, "再来"),
        "stage_over": lambda number: office.stage_over(staff, number, case.version),
    }
    for number in (case.case_no, "240912999999999"):
        assert await office.look(staff, number) is None
        assert await office.reveal(staff, number, "证件号码", "核对身份") is None
        assert await office.attachment(staff, number, file.id) is None
        for name, act in acts.items():
            with pytest.raises(NotAllowed) as refused:
                await act(number)
            assert refused.value.sentence == "没有这件业务，或者不在您的地区。", name
    assert await bench.now(case) == case


async def test_a_draft_is_not_for_staff(bench: Bench) -> None:
    """Until it is submitted nobody but the person sees it."""
    draft = await bench.drafts(declared.PENDING)
    assert await bench.office.look(bench.staff["审核"], draft.case_no) is None


async def test_who_may_what(bench: Bench) -> None:
    """审核 decides, 受理 ends the stages of staff, whoever has claimed it is alone with it until somebody takes over."""
    office, judge, other, clerk = bench.office, bench.staff["审核"], bench.staff["另一位"], bench.staff["受理"]

    async def may(who: str, case: Case) -> set[str]:
        found = await office.look(bench.staff[who], case.case_no)
        assert found is not None
        return set(found.may)

    case = await bench.files(declared.SEAL)
    assert await may("审核", case) == {"claim", "approve", "reject", "ask_more"}
    assert await may("受理", case) == set()
    claimed = await office.claim(judge, case.case_no, case.version)
    assert await may("审核", claimed) == {"release", "approve", "reject", "ask_more"}
    assert await may("另一位", claimed) == {"take_over"}
    with pytest.raises(NotAllowed, match="审核领取"):
        await office.approve(other, case.case_no, claimed.version)
    first = await office.approve(judge, case.case_no, claimed.version)
    assert (first.state, first.claimed_by) == (S.SECOND, None)
    assert await may("审核", first) == set()
    with pytest.raises(NotAllowed, match="两个人"):
        await office.approve(judge, case.case_no, first.version)
    with pytest.raises(NotAllowed, match="“审核”办理"):
        await office.approve(clerk, case.case_no, first.version)
    second = await office.approve(other, case.case_no, first.version, "没问题")
    assert await may("受理", second) == {"claim", "stage_over"}
    with pytest.raises(NotAllowed, match="“受理”办理"):
        await office.stage_over(judge, case.case_no, second.version)
    done = await office.stage_over(clerk, case.case_no, second.version)
    assert done.state is S.DONE
    assert await may("受理", done) == set()
    with pytest.raises(NotAllowed):
        await office.claim(clerk, case.case_no, done.version)


async def test_released_is_anybodys_again(bench: Bench) -> None:
    """Only whoever has it can put it back."""
    case = await bench.files(declared.PENDING)
    claimed = await bench.office.claim(bench.staff["审核"], case.case_no, case.version)
    with pytest.raises(NotAllowed):
        await bench.office.release(bench.staff["另一位"], case.case_no, claimed.version)
    released = await bench.office.release(bench.staff["审核"], case.case_no, claimed.version)
    assert (await bench.office.approve(bench.staff["另一位"], case.case_no, released.version)).state is S.DONE


async def test_a_stale_page_changes_nothing(bench: Bench) -> None:
    """The version that was seen is the version that is acted on."""
    case = await bench.files(declared.PENDING)
    await bench.office.claim(bench.staff["审核"], case.case_no, case.version)
    with pytest.raises(Conflict):
        await bench.office.approve(bench.staff["审核"], case.case_no, case.version)


async def test_two_decisions_at_once_are_one(bench: Bench) -> None:
    """Both look, both press: one Conflict, one decision, one audit record of it."""
    case = await bench.files(declared.PENDING)
    outcome = await asyncio.gather(
        bench.office.approve(bench.staff["审核"], case.case_no, case.version),
        bench.office.reject(bench.staff["另一位"], case.case_no, case.version, "不行"),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcome) == ["Case", "Conflict"]
    assert len((await bench.now(case)).steps) == 2
    async with bench.world.store.reading() as tx:
        found = [one.action for one in await tx.audit.search(AuditSearch())]
    assert len([one for one in found if one in {"approve", "reject"}]) == 1


async def test_many_at_once_each_by_itself(bench: Bench) -> None:
    """Two go through, a stale one and another region's say why."""
    one, two, stale = [await bench.files(declared.PENDING) for _ in range(3)]
    await bench.office.claim(bench.staff["审核"], stale.case_no, stale.version)
    chosen = [(case.case_no, case.version) for case in (one, stale, two)] + [("240912999999999", 0)]
    outcome = await bench.office.approve_many(bench.staff["审核"], chosen)
    assert [(number, bool(why)) for number, why in outcome] == [
        (one.case_no, False),
        (stale.case_no, True),
        (two.case_no, False),
        ("240912999999999", True),
    ]
    assert (await bench.now(two)).state is S.DONE
    assert (await bench.now(stale)).state is S.REVIEW


async def test_values_are_masked_and_open_with_a_reason(bench: Bench) -> None:
    """Name, number, phone and what is an identifier among the answers; each opening is on record with its reason."""
    case = await bench.files(declared.SECRET, {"number": "19912345678", "why": f"旧号是 {people.LI_PHONE}"})
    dossier = await bench.office.look(bench.staff["审核"], case.case_no)
    assert dossier is not None
    facts = {label: (shown, opens) for label, shown, opens in dossier.facts}
    assert facts["姓名"] == ("张*国", True)
    assert facts["手机号"] == ("199****0001", True)
    assert facts["新号码"] == ("（已填）", True)
    assert facts["理由"] == ("旧号是 199****0004", True)
    assert people.JIANGUO.id_no not in str(facts)
    office, staff = bench.office, bench.staff["审核"]
    with pytest.raises(NotAllowed, match="为什么"):
        await office.reveal(staff, case.case_no, "新号码", " ")
    assert await office.reveal(staff, case.case_no, "新号码", "打电话核实") == "19912345678"
    assert await office.reveal(staff, case.case_no, "证件号码", "核对身份证") == people.JIANGUO.id_no
    assert await office.reveal(staff, case.case_no, "没有这项", "看看") is None
    looks = [(one.action, one.result, one.note) for one in await _entries(bench, staff.login)]
    assert looks == [
        ("look", "ok", f"业务 {case.case_no}"),
        ("reveal", "ok", f"业务 {case.case_no}；新号码：打电话核实"),
        ("reveal", "ok", f"业务 {case.case_no}；证件号码：核对身份证"),
        ("reveal", "empty", f"业务 {case.case_no}；没有这项：看看"),
    ]


async def test_a_file_belongs_to_its_case(bench: Bench) -> None:
    """S11: a file of one case is not found through another; one that was altered is None."""
    case, other = await bench.files(declared.PENDING), await bench.files(declared.PENDING)
    file = await _attached(bench, case)
    found = await bench.office.attachment(bench.staff["审核"], case.case_no, file.id)
    assert found == (file, b"picture")
    assert await bench.office.attachment(bench.staff["审核"], other.case_no, file.id) is None
    await bench.world.services.files.drop(file.stored_as)
    assert await bench.office.attachment(bench.staff["审核"], case.case_no, file.id) is None


async def test_a_refused_act_is_on_record(bench: Bench) -> None:
    """Who tried what they may not."""
    case = await bench.files(declared.PENDING)
    with pytest.raises(NotAllowed):
        await bench.office.approve(bench.staff["受理"], case.case_no, case.version)
    (entry,) = await _entries(bench, bench.staff["受理"].login)
    assert (entry.action, entry.result) == ("approve", "denied")


async def test_an_account_that_was_ended_sees_nothing(bench: Bench) -> None:
    """S19: dismissed."""
    case = await bench.files(declared.PENDING)
    gone = replace(bench.staff["审核"], active=False)
    assert await bench.office.queue(gone, EVERYWHERE) == ()
    assert await bench.office.look(gone, case.case_no) is None
    with pytest.raises(NotAllowed):
        await bench.office.approve(gone, case.case_no, case.version)


async def test_a_filing_that_is_declared_no_more_can_still_be_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its case is shown with what was filed; nothing can be done to it here."""
    case = await bench.files(declared.PENDING)
    monkeypatch.delitem(FILINGS, declared.PENDING.name)
    found = await Office(bench.world.store, bench.world.services).look(bench.staff["审核"], case.case_no)
    assert found is not None
    assert (found.filing, found.may) == (None, frozenset())
    assert ("理由", "想要", False) in found.facts
