"""Accounts that are switched off or moved let go of what they had taken, and cases of the house's own cannot be sent back for more."""

from __future__ import annotations

from storage.ports.records import AuditSearch, Case
from tests.console.conftest import OfficeWorld, Window
from tests.console.work import case_of, put


async def _held(office: OfficeWorld, clerk: Window, number: int, **changes: str) -> Case:
    """A case that this member of staff has taken."""
    case = await put(office, number, "card_replace", person_id=office.ids.xiuying, **changes)
    answer = await clerk.post(f"/console/cases/{case.case_no}/claim", {"version": str(case.version)})
    assert answer.status == 303, answer.words
    assert (await case_of(office, case.case_no)).claimed_by == clerk.place.id
    return case


async def _releases(office: OfficeWorld) -> list[str]:
    async with office.store.reading() as tx:
        return [entry.note for entry in await tx.audit.search(AuditSearch(action="release"))]


async def test_switching_an_account_off_frees_its_cases(office: OfficeWorld) -> None:
    """In the same step, audited under the administrator; a colleague finds the case among those that nobody has."""
    leaving, boss = await office.signed_in("审核"), await office.signed_in("管理员")
    case = await _held(office, leaving, 1)
    account = await office.now("shenhe")
    answer = await boss.post(f"/console/staff/{account.id}/off", {"version": str(account.version)})
    assert answer.status == 303, answer.words
    assert not (await office.now("shenhe")).active
    assert (await case_of(office, case.case_no)).claimed_by is None
    assert await _releases(office) == [f"业务 {case.case_no}；shenhe 不能再办，放回队列"]
    await office.employ("xiaosun", "小孙", {"审核"})
    colleague = await office.signed_in("xiaosun")
    page = await colleague.follow(await colleague.post("/console/next"))
    page.expect(case.case_no)
    assert (await case_of(office, case.case_no)).claimed_by == colleague.place.id


async def test_changing_regions_frees_what_lies_outside(office: OfficeWorld) -> None:
    """Moved to 滨州 alone: the case in 北京 is free, the one in 滨州 stays taken."""
    clerk, boss = await office.signed_in("审核"), await office.signed_in("管理员")
    here, there = await _held(office, clerk, 1), await _held(office, clerk, 2, region="beijing")
    account = await office.now("shenhe")
    fields = {"version": str(account.version), "name": account.name, "role": "审核", "region": "binzhou"}
    answer = await boss.post(f"/console/staff/{account.id}/change", fields)
    assert answer.status == 303, answer.words
    assert (await case_of(office, here.case_no)).claimed_by == account.id
    assert (await case_of(office, there.case_no)).claimed_by is None
    assert await _releases(office) == [f"业务 {there.case_no}；shenhe 不能再办，放回队列"]


async def test_a_case_of_the_house_offers_no_supplement(office: OfficeWorld) -> None:
    """退费核实: 办结 or 不通过; a 补正 sent by hand is refused in words, and nothing has happened."""
    clerk = await office.signed_in("审核")
    case = await put(office, 1, "refund", person_id=office.ids.xiuying)
    page = await clerk.get(f"/console/cases/{case.case_no}")
    page.expect("办结")
    page.expect_not(f"/console/cases/{case.case_no}/ask_more")
    answer = await clerk.post(f"/console/cases/{case.case_no}/ask_more", {"version": str(case.version), "note": "请补卡号"})
    assert answer.status == 403
    answer.expect("不能这样处理")
    assert (await case_of(office, case.case_no)).state == case.state


async def test_a_colleague_who_cannot_be_reached_is_relieved(office: OfficeWorld) -> None:
    """接手 needs a reason, which stands in the audit log; then the case is theirs to decide, and the former holder cannot any more."""
    first = await office.signed_in("审核")
    await office.employ("xiaosun", "小孙", {"审核"})
    second = await office.signed_in("xiaosun")
    case = await _held(office, first, 1)
    address = f"/console/cases/{case.case_no}"
    version = str((await case_of(office, case.case_no)).version)
    page = await second.get(address)
    page.expect("孙审核", "接手这一笔")
    page.expect_not(f"{address}/approve", f"{address}/claim")
    refused = await second.post(f"{address}/take_over", {"version": version, "note": " "})
    assert refused.status == 422
    refused.expect("请写明为什么接手")
    taken = await second.follow(await second.post(f"{address}/take_over", {"version": version, "note": "孙审核请假两周"}))
    taken.expect("已接手")
    held = await case_of(office, case.case_no)
    assert held.claimed_by == second.place.id
    late = await first.post(f"{address}/approve", {"version": str(held.version), "note": ""})
    assert late.status == 403
    async with office.store.reading() as tx:
        (entry,) = await tx.audit.search(AuditSearch(action="take_over"))
    assert entry.note == f"业务 {case.case_no}；孙审核请假两周"


async def test_only_the_role_whose_turn_it_is_may_take_over(office: OfficeWorld) -> None:
    """客服 is not offered it, and is refused and audited when it is sent by hand."""
    first, other = await office.signed_in("审核"), await office.signed_in("客服")
    case = await _held(office, first, 1)
    held = await case_of(office, case.case_no)
    (await other.get(f"/console/cases/{case.case_no}")).expect_not("/take_over")
    answer = await other.post(f"/console/cases/{case.case_no}/take_over", {"version": str(held.version), "note": "想要"})
    assert answer.status == 403
    assert (await case_of(office, case.case_no)).claimed_by == first.place.id
