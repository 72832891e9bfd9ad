"""The queue of the console: what it shows, how it is narrowed and paged, claiming from it, several at once, finding."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.console.filters import Wanted
from storage.ports.records import CaseState
from tests.console.conftest import Answer, OfficeWorld
from tests.console.work import FILED, case_of, put
from tests.people import JIANGUO, XIUYING


def numbers(page: Answer) -> list[str]:
    """The case numbers of the rows, in order."""
    return re.findall(r'<th scope="row"[^>]*><a href="/console/cases/(\d+)', page.text)


async def test_the_queue_opens_with_what_waits_for_the_staff_most_urgent_first(office: OfficeWorld) -> None:
    """Cases to be reviewed or worked on, by their due day; those that wait for the person, are over or are drafts are not among them."""
    await put(office, 1, "card_second", due_on=date(2024, 9, 25))
    await put(office, 2, "card_replace", due_on=date(2024, 9, 10))
    await put(office, 3, "phone_change", state=CaseState.SECOND, due_on=date(2024, 9, 12))
    await put(office, 4, "card_replace", state=CaseState.WORKING, stage="制卡", due_on=None)
    await put(office, 5, "card_replace", state=CaseState.SUPPLEMENT)
    await put(office, 6, "card_replace", state=CaseState.DONE)
    await put(office, 7, "card_replace", state=CaseState.DRAFT)
    window = await office.signed_in("审核")
    page = await window.get("/console/")
    assert numbers(page) == ["240910000000002", "240910000000003", "240910000000001", "240910000000004"]
    page.expect(
        "已超期 2 天", "今天到期", "9月25日", "待审核 2", "待复核 1", "办理中 1", "待补正 1", "制卡", "9月10日 09:30", "滨州"
    )


async def test_each_filter_narrows_the_queue(office: OfficeWorld) -> None:
    """State, filing, region, whose, overdue and due day stand in the address, alone and together; nonsense in it is left out."""
    window = await office.signed_in("审核")
    await put(office, 1, "card_second", due_on=date(2024, 9, 11))
    await put(office, 2, "card_replace", region="beijing", due_on=date(2024, 9, 20))
    await put(office, 3, "card_replace", claimed_by=window.place.id, due_on=date(2024, 9, 21))
    await put(office, 4, "card_replace", claimed_by=office.staff["受理"].id, due_on=date(2024, 9, 22))
    await put(office, 5, "card_replace", state=CaseState.DONE, due_on=None)

    async def shown(query: str) -> list[int]:
        return [int(number[-3:]) for number in numbers(await window.get(f"/console/?{query}"))]

    assert await shown("") == [1, 2, 3, 4]
    assert await shown("state=done") == [5]
    assert await shown("state=all") == [1, 2, 3, 4, 5]
    assert await shown("filing=card_second") == [1]
    assert await shown("region=beijing") == [2]
    assert await shown("whose=mine") == [3]
    assert await shown("whose=free") == [1, 2]
    assert await shown("overdue=1") == [1]
    assert await shown("due=2024-09-20") == [1, 2]
    assert await shown("filing=card_replace&region=binzhou&due=2024-09-21") == [3]
    assert await shown("overdue=1&due=2024-09-30") == [1]
    assert await shown("state=draft") == [1, 2, 3, 4]
    assert await shown("state=x&filing=x&region=x&whose=x&due=x&after=x~y") == [1, 2, 3, 4]
    assert await shown("filing=card_second&region=beijing") == []


async def test_pages_follow_each_other_without_a_gap_even_when_cases_come_and_go(office: OfficeWorld) -> None:
    """25 rows a page, forwards and back; a case that leaves the first page does not push another one out of sight."""
    for number in range(1, 61):
        await put(office, number, "card_replace", due_on=date(2024, 9, 20) + timedelta(days=number // 7) if number < 55 else None)
    window = await office.signed_in("审核")
    seen, page = [], await window.get("/console/")
    seen += numbers(page)
    assert len(seen) == 25
    assert 'rel="prev"' not in page.text
    await put(office, 1, "card_replace", state=CaseState.DONE)
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert following
    second = await window.get(following[1])
    seen += numbers(second)
    back = re.search(r'href="([^"]+)" rel="prev"', second.text)
    last_link = re.search(r'href="([^"]+)" rel="next"', second.text)
    assert back
    assert last_link
    last = await window.get(last_link[1])
    seen += numbers(last)
    assert seen == [f"240910{number:09d}" for number in range(1, 61)]
    assert 'rel="next"' not in last.text
    assert numbers(await window.get(back[1]))[:2] == ["240910000000002", "240910000000003"]


async def test_another_regions_cases_are_neither_shown_nor_counted(office: OfficeWorld) -> None:
    """S19: who works for 滨州 sees 滨州, whatever the address asks for."""
    await put(office, 1, "card_replace")
    await put(office, 2, "card_replace", region="beijing")
    await office.employ("binzhou", "滨小审", {"审核"}, frozenset({"binzhou"}))
    window = await office.signed_in("binzhou")
    for query in ("", "?region=beijing", "?state=all"):
        page = await window.get(f"/console/{query}")
        assert numbers(page) == ["240910000000001"]
        page.expect("待审核 1")
        page.expect_not("240910000000002")


async def test_claiming_from_the_row_keeps_the_filters(office: OfficeWorld) -> None:
    """领取 takes the case and comes back to the same page, which says so and who has it."""
    made = await put(office, 1, "card_replace")
    window = await office.signed_in("审核")
    answer = await window.post(
        f"/console/cases/{made.case_no}/claim?filing=card_replace", {"version": str(made.version), "from": "queue"}
    )
    assert answer.location == "/console/?filing=card_replace"
    page = await window.follow(answer)
    page.expect("已领取：社会保障卡补换卡 240910000000001。", "您")
    assert (await case_of(office, made.case_no)).claimed_by == window.place.id


async def test_the_next_case_is_the_most_urgent_that_nobody_has_and_this_role_may_take(office: OfficeWorld) -> None:
    """取下一笔 skips what is taken and what is for another role, and says so when nothing is left."""
    window = await office.signed_in("审核")
    await put(office, 1, "card_replace", due_on=date(2024, 9, 10), claimed_by=office.staff["受理"].id)
    await put(office, 2, "card_replace", due_on=date(2024, 9, 11), state=CaseState.WORKING, stage="制卡")
    await put(office, 3, "card_replace", due_on=date(2024, 9, 13))
    answer = await window.post("/console/next?filing=card_replace")
    assert answer.location == "/console/cases/240910000000003?filing=card_replace"
    assert (await case_of(office, "240910000000003")).claimed_by == window.place.id
    page = await window.follow(await window.post("/console/next"))
    page.expect("这里没有等着您领取的业务了")


async def test_several_are_approved_at_once_after_being_read_once_more(office: OfficeWorld) -> None:
    """The confirmation lists the chosen ones, each is decided by itself, and a colleague's speed costs only that one."""
    window = await office.signed_in("受理")
    for number in (1, 2, 3):
        await put(office, number, "card_second", fields={"领取方式": "网点自取"})
    page = await window.get("/console/")
    chosen = re.findall(r'name="case" value="(\d+:\d+)"', page.text)
    assert len(chosen) == 3
    confirm = await window.post("/console/approve", {"case": chosen})
    confirm.expect("下面 3 笔会一笔一笔地通过", "网点自取", "确认通过")
    assert (await case_of(office, "240910000000001")).state is CaseState.REVIEW
    await office.deps.office.approve(office.staff["受理"], "240910000000002", 0)
    done = await window.post("/console/approve", {"case": chosen, "sure": "1"})
    done.expect("办好了 2 笔，1 笔没有办", "没有办：刚才有同事处理过")
    assert [(await case_of(office, f"24091000000000{n}")).state for n in (1, 2, 3)] == [CaseState.WORKING] * 3
    again = await window.post("/console/approve", {"case": chosen, "sure": "1"})
    again.expect("办好了 0 笔，3 笔没有办")


async def test_what_has_to_be_looked_at_cannot_be_approved_in_a_batch(office: OfficeWorld) -> None:
    """Materials, four eyes and answers are for one case at a time: no box to tick, and a forged form decides nothing."""
    window = await office.signed_in("审核")
    await put(office, 1, "card_replace")
    await put(office, 2, "phone_change")
    page = await window.get("/console/")
    assert 'name="case"' not in page.text
    answer = await window.post("/console/approve", {"case": ["240910000000001:0", "240910000000002:0"], "sure": "1"})
    answer.expect("办好了 0 笔，2 笔没有办", "这类业务要逐笔审核")
    assert (await case_of(office, "240910000000001")).state is CaseState.REVIEW


async def test_a_batch_without_a_choice_says_what_to_do(office: OfficeWorld) -> None:
    """Nothing ticked is no error page."""
    window = await office.signed_in("受理")
    await put(office, 1, "card_second")
    page = await window.post("/console/approve")
    page.expect("还没有选业务。请先在左边打勾")
    assert numbers(page) == ["240910000000001"]


async def test_a_person_is_found_by_number_in_a_form_and_that_is_audited(office: OfficeWorld) -> None:
    """By POST only; the page shows masks and cases of one's own regions; the audit log knows who searched for whom."""
    made = await put(office, 1, "card_replace", person_id=office.ids.xiuying)
    window = await office.signed_in("审核")
    page = await window.post("/console/search", {"what": f" {XIUYING.id_no} "})
    page.expect("李*英（滨州）", f"{XIUYING.id_no[:6]}********{XIUYING.id_no[-4:]}", made.case_no)
    page.expect_not(XIUYING.id_no, "李秀英")
    async with office.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(office.ids.xiuying))
        me = await tx.audit.pseudonym("staff:shenhe")
    assert [(one.actor, one.action, one.result) for one in entries] == [(me, "search", "ok")]


async def test_a_person_of_another_region_is_nobody(office: OfficeWorld) -> None:
    """S11: the same page for a person elsewhere, for a number that nobody has, and for words."""
    await office.employ("binzhou", "滨小审", {"审核"}, frozenset({"binzhou"}))
    await put(office, 1, "card_replace", region="beijing")
    window = await office.signed_in("binzhou")
    pages = [
        await window.post("/console/search", {"what": what})
        for what in (JIANGUO.id_no, "999900199001011230", "240910000000001", "张")
    ]
    assert {page.body for page in pages} == {pages[0].body}
    pages[0].expect("没有找到")


async def test_a_case_is_found_by_its_number(office: OfficeWorld) -> None:
    """With spaces, as it is read from a paper; then its page opens."""
    await put(office, 1, "card_replace")
    window = await office.signed_in("受理")
    answer = await window.post("/console/search?whose=free", {"what": "240910 000000 001"})
    assert answer.location == "/console/cases/240910000000001?whose=free"


async def test_who_has_no_cases_is_led_to_their_own_work(office: OfficeWorld) -> None:
    """运营, 审计 and 管理员 have no queue; an address of a case is not theirs either."""
    made = await put(office, 1, "card_replace")
    for role in ("运营", "审计", "管理员"):
        window = await office.signed_in(role)
        queue = await window.get("/console/")
        assert queue.status == 303
        assert queue.location != "/console/"
        case = await window.get(f"/console/cases/{made.case_no}")
        assert case.status == 403
        case.expect_not(made.case_no)
        assert (await window.post("/console/search", {"what": JIANGUO.id_no})).status == 403


async def test_reloading_the_address_of_a_form_leads_back_to_its_page(office: OfficeWorld) -> None:
    """GET on an address that only takes forms is no error."""
    made = await put(office, 1, "card_replace")
    window = await office.signed_in("审核")
    assert (await window.get("/console/approve?whose=free")).location == "/console/?whose=free"
    assert (await window.get(f"/console/cases/{made.case_no}/reject")).location == f"/console/cases/{made.case_no}"


async def test_a_filing_with_a_hostile_title_or_stage_is_only_text(office: OfficeWorld) -> None:
    """S20: what came in from elsewhere is escaped in the queue."""
    await put(office, 1, "card_replace", title='<script>alert("1")</script>{{ 7*7 }}', stage="<b>x</b>", submitted_at=FILED)
    window = await office.signed_in("审核")
    page = await window.get("/console/")
    page.expect_not("<script>alert", "<b>x</b>", "49<")
    page.expect('<script>alert("1")</script>{{ 7*7 }}', "<b>x</b>")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


async def test_a_row_names_the_person_masked(office: OfficeWorld) -> None:
    """李*英 in her own rows, a dash where nobody is known or anyone may have filed it; the whole name stands nowhere."""
    await put(office, 1, "card_replace", person_id=office.ids.xiuying)
    await put(office, 2, "card_second", person_id=office.ids.jianguo)
    await put(office, 3, "phone_change", person_id=office.ids.xiuying)
    await put(office, 4, "complaint")
    window = await office.signed_in("审核")
    page = await window.get("/console/")
    shown = re.findall(r'<td data-label="本人">(?:<span class="cw-none"[^>]*>)?(?:<span[^>]*>)?([^<]+)<', page.text)
    assert shown == ["李*英", "张*国", "—", "—"]
    page.expect("没有关联参保人，请打开核对")
    page.expect_not("李秀英", "张建国")


async def test_claiming_is_offered_only_where_it_is_allowed(office: OfficeWorld) -> None:
    """领取 stands in the rows of one's own role that nobody has; whoever reviewed first reads 您已审过, the second pair of eyes may take it."""
    first, other = office.staff["审核"], await office.employ("shenhe2", "二审核", {"审核"})
    await put(office, 1, "card_replace")
    await put(office, 2, "complaint")
    await put(office, 3, "card_replace", state=CaseState.WORKING, stage="制卡")
    await put(office, 4, "phone_change", state=CaseState.SECOND, first_reviewer=first.id)
    await put(office, 5, "card_replace", claimed_by=other.id)
    await put(office, 6, "card_replace", state=CaseState.DONE)

    async def offered(who: str) -> tuple[list[int], Answer]:
        page = await (await office.signed_in(who)).get("/console/?state=all")
        return sorted(int(number[-3:]) for number in re.findall(r'action="/console/cases/(\d+)/claim', page.text)), page

    mine, page = await offered("审核")
    assert mine == [1]
    page.expect("您已审过")
    theirs, page = await offered("shenhe2")
    assert theirs == [1, 4]
    page.expect_not("您已审过")
    assert (await offered("受理"))[0] == [3]
    assert (await offered("客服"))[0] == [2]


async def test_what_is_offered_is_what_is_carried_out(office: OfficeWorld) -> None:
    """Every row with 领取 can be claimed; every other one refuses a form that is sent all the same."""
    states: tuple[dict[str, object], ...] = (
        {},
        {"state": CaseState.SECOND, "first_reviewer": office.staff["审核"].id},
        {"state": CaseState.SECOND, "first_reviewer": office.staff["受理"].id},
        {"state": CaseState.SUPPLEMENT},
        {"state": CaseState.UNPAID},
        {"state": CaseState.WORKING, "stage": "制卡"},
        {"state": CaseState.READY, "stage": "领卡"},
        {"state": CaseState.DONE},
    )
    filings = ("card_replace", "card_second", "phone_change", "complaint", "refund")
    for number, (filing, changes) in enumerate([(one, other) for one in filings for other in states], start=1):
        await put(office, number, filing, due_on=date(2024, 9, 20) if number < 20 else date(2024, 9, 21), **changes)
    for role in ("审核", "受理", "客服"):
        window = await office.signed_in(role)
        rows = await office.deps.office.queue(window.place, Wanted(state="all").filter(window.place, date(2024, 9, 12)), None, 99)
        assert len(rows) == len(filings) * len(states)
        for row in rows:
            dossier = await office.deps.office.look(window.place, row.case_no)
            assert dossier is not None
            assert office.deps.office.may_claim(window.place, row) == ("claim" in dossier.may), (role, row)
