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
