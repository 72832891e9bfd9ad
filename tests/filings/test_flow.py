"""What can happen to a case, and what cannot: every transition, time, money and who was told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from handlers.filings.effects import effect_of
from handlers.filings.flow import Applicant
from handlers.filings.paths import PATHS, Act
from storage.ports.records import Attachment, Case, CaseState, Hold, OrderStatus
from storage.ports.repositories import Conflict
from storage.ports.time import SHANGHAI
from tests.filings import declared
from tests.filings.conftest import Bench

S = CaseState

ACTS: dict[Act, Callable[[Bench, Case], Awaitable[Case]]] = {
    Act.SUBMIT: lambda bench, case: bench.submits(case),
    Act.APPROVE: lambda bench, case: bench.decides(case, "另一位"),
    Act.REJECT: lambda bench, case: bench.decides(case, "另一位", approve=False, note="不行"),
    Act.ASK_MORE: lambda bench, case: bench.asks_more(case),
    Act.STAGE_OVER: lambda bench, case: bench.stage_over(case),
    Act.COLLECT: lambda bench, case: bench.collects(case),
    Act.WITHDRAW: lambda bench, case: bench.withdraws(case),
    Act.LAPSE: lambda bench, case: bench.lapses(case),
    Act.MONTH_END: lambda bench, case: bench.falls_back(case),
}


async def _pay(bench: Bench, case: Case) -> Case:
    async with bench.world.store.transaction() as tx:
        orders = await tx.orders.of_case(case.case_no)
        if not orders:
            return case
        return await bench.flow.paid(tx, case.case_no, orders[0]) or case


ACTS[Act.PAY] = _pay

EXPECTED = {
    (S.DRAFT, Act.SUBMIT): S.UNPAID,
    (S.DRAFT, Act.WITHDRAW): S.VOID,
    (S.UNPAID, Act.PAY): S.REVIEW,
    (S.UNPAID, Act.WITHDRAW): S.VOID,
    (S.UNPAID, Act.LAPSE): S.VOID,
    (S.REVIEW, Act.APPROVE): S.WORKING,
    (S.REVIEW, Act.REJECT): S.REFUSED,
    (S.REVIEW, Act.ASK_MORE): S.SUPPLEMENT,
    (S.REVIEW, Act.WITHDRAW): S.WITHDRAWN,
    (S.SECOND, Act.APPROVE): S.WORKING,
    (S.SECOND, Act.REJECT): S.REFUSED,
    (S.SECOND, Act.ASK_MORE): S.SUPPLEMENT,
    (S.SECOND, Act.WITHDRAW): S.WITHDRAWN,
    (S.SUPPLEMENT, Act.SUBMIT): S.REVIEW,
    (S.SUPPLEMENT, Act.WITHDRAW): S.WITHDRAWN,
    (S.SUPPLEMENT, Act.LAPSE): S.VOID,
    (S.WORKING, Act.STAGE_OVER): S.READY,
    (S.READY, Act.STAGE_OVER): S.DONE,
    (S.READY, Act.COLLECT): S.DONE,
}
"""By hand: where each act leads the 工牌 (fee, review, making, fetching); 印章 for the second pair of eyes. Anything else changes nothing."""


@pytest.mark.parametrize("state", list(S))
async def test_every_act_in_every_state(bench: Bench, state: CaseState) -> None:
    """What the table allows happens, with one more step and a higher version; everything else leaves the case as it was."""
    for act in Act:
        case = await bench.case_in(state)
        assert case.state is state
        with contextlib.suppress(Refusal):
            await ACTS[act](bench, case)
        after = await bench.now(case)
        if (state, act) in EXPECTED:
            assert after.state is EXPECTED[state, act], act
            assert after.version == case.version + 1
            assert after.steps[:-1] == case.steps
        else:
            assert after == case, act


def test_the_table_allows_nothing_else() -> None:
    """Every way of the table is one that the test above walks, but for a second stage of the same kind."""
    of_month_end = {
        (state, Act.MONTH_END) for state in (S.REVIEW, S.SECOND, S.SUPPLEMENT)
    }  # walked by a declaration that falls back
    assert {key for key in PATHS if key not in EXPECTED} == {(S.WORKING, Act.COLLECT), *of_month_end}
    assert not [
        state for (state, _), targets in PATHS.items() if state.over or (state in targets and state not in {S.WORKING, S.READY})
    ]


def test_every_effect_that_is_named_has_an_owner() -> None:
    """A declaration that names an effect nobody has is found here, not when somebody files it."""
    for filing in FILINGS.values():
        assert (effect_of(filing.effects) is None) == (filing.effects == "")


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_filing_without_review_is_done_at_once(bench: Bench) -> None:
    """Its labels, its one step by the person, its end."""
    case = await bench.files(declared.NOTE, {"why": "记一下", "tone": "blue"})
    assert (case.state, case.handling_status, case.feedback_status) == (S.DONE, "处理结束", "已办结")
    assert case.fields == {"理由": "记一下", "颜色": "蓝色"}
    (step,) = case.steps
    assert (step.name, step.status, step.by, step.at) == ("提交申请", "已提交", "本人", bench.clock.now())
    assert case.finished_at == bench.clock.now()


async def test_submitting_twice_is_one_case(bench: Bench) -> None:
    """The same key, again and a hundred times at once: one case, one step, one order."""
    first = await bench.files(declared.BADGE, key="same")
    again = await bench.files(declared.BADGE, key="same")
    assert again == first
    together = await asyncio.gather(*(bench.files(declared.BADGE, key="storm") for _ in range(100)))
    assert len({case.case_no for case in together}) == 1
    async with bench.world.store.reading() as tx:
        assert len(await tx.cases.of_person(bench.world.ids.jianguo)) == 2
        assert len(await tx.orders.of_case(together[0].case_no)) == 1
        assert len((await bench.now(together[0])).steps) == 1


async def test_a_key_is_bound_to_chat_and_person(bench: Bench) -> None:
    """Somebody else with the same key gets a case of their own."""
    mine = await bench.files(declared.NOTE, key="same")
    bench.openid = "o-other"
    theirs = await bench.files(declared.NOTE, key="same", person_id=bench.world.ids.shufen)
    assert mine.case_no != theirs.case_no
    assert theirs.person_id == bench.world.ids.shufen


async def test_a_draft_is_kept_filled_and_submitted_once(bench: Bench) -> None:
    """待提交 without a step; '' takes an answer away; submitting twice does it once, with the undertaking and its version."""
    draft = await bench.drafts(declared.SEAL, {"why": "盖章"})
    assert (draft.handling_status, draft.steps, draft.undertaking) == ("待提交", (), "")
    async with bench.world.store.transaction() as tx:
        emptied = await bench.flow.fill(tx, draft, {"why": ""})
    assert (emptied.answers, emptied.fields) == ({}, {})
    with pytest.raises(Refusal, match="理由"):
        await bench.submits(emptied)
    async with bench.world.store.transaction() as tx:
        filled = await bench.flow.fill(tx, emptied, {"why": "盖公章"})
    with pytest.raises(Refusal, match="承诺"):
        await bench.submits(filled, undertaken=False)
    bench.clock.advance(60)
    sent = await bench.submits(filled)
    assert (sent.state, sent.undertaking, sent.submitted_at) == (S.REVIEW, "SEAL@2", bench.clock.now())
    assert await bench.submits(sent) == sent
    with pytest.raises(Conflict):
        await bench.submits(filled)


async def test_only_a_necessary_material_keeps_it_from_being_submitted(bench: Bench) -> None:
    """必要 blocks and is named; 非必要 does not."""
    draft = await bench.drafts(declared.PHOTO, {"why": "备案"})
    with pytest.raises(Refusal, match="正面照") as refused:
        await bench.submits(draft)
    assert "侧面照" not in refused.value.sentence
    async with bench.world.store.transaction() as tx:
        await tx.attachments.add(
            Attachment(0, draft.case_no, "front", "a.jpg", "image/jpeg", 20480, "0" * 64, "stored", bench.clock.now())
        )
    assert (await bench.submits(draft)).state is S.REVIEW


async def test_a_closed_window_says_when_it_opens(bench: Bench) -> None:
    """On the 3rd: it opens on the 5th at 6:00; nothing is filed; at 22:00 sharp it is closed again."""
    bench.clock.set(datetime(2024, 10, 3, 10, 0, tzinfo=SHANGHAI))
    with pytest.raises(Refusal, match="10月5日 06:00"):
        await bench.files(declared.EARLY)
    bench.clock.set(datetime(2024, 10, 5, 22, 0, tzinfo=SHANGHAI))
    with pytest.raises(Refusal, match="明天 06:00"):
        await bench.files(declared.EARLY)
    bench.clock.set(datetime(2024, 10, 5, 6, 0, tzinfo=SHANGHAI))
    assert (await bench.files(declared.EARLY)).state is S.REVIEW


async def test_a_hold_keeps_a_sensitive_filing_waiting(bench: Bench) -> None:
    """S16: until the moment it ends; other filings go on."""
    until = datetime(2024, 9, 15, 10, 0, tzinfo=SHANGHAI)
    async with bench.world.store.transaction() as tx:
        await tx.people.hold(Hold(bench.world.ids.jianguo, until, "预留手机号变更"))
    with pytest.raises(Refusal, match="9月15日 10:00"):
        await bench.files(declared.EARLY)
    await bench.files(declared.NOTE)
    bench.clock.set(until)
    assert (await bench.files(declared.EARLY)).state is S.REVIEW


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_estimate_over_a_holiday(bench: Bench) -> None:
    """2026: 中秋 from Friday 25 to Sunday 27 September, 国庆 from 1 to 7 October, Saturday 10 October is worked. Filed on Thursday 24
    September: the 2 working days of the review end on Tuesday 29; 4 more of making are 30 September, 8, 9 and 10 October.
    Approved on the same day, the 4 days of making are 28, 29, 30 September and 8 October."""
    bench.clock.set(datetime(2026, 9, 24, 16, 0, tzinfo=SHANGHAI))
    case = await bench.pays(await bench.files(declared.BADGE))
    assert (case.due_on, case.expected_on) == (date(2026, 9, 29), date(2026, 10, 10))
    approved = await bench.decides(case)
    assert (approved.due_on, approved.expected_on) == (date(2026, 10, 8), date(2026, 10, 8))
    assert approved.steps[-1].at == bench.clock.now()


async def test_a_stage_of_days_ends_by_itself_in_the_morning_of_its_last_day(bench: Bench) -> None:
    """Approved on Thursday 12 September 2024; 4 working days are 13, 14 (worked), 18, 19 (中秋 is 15 to 17)."""
    case = await bench.case_in(S.WORKING)
    assert (case.stage, case.due_on) == ("制作", date(2024, 9, 19))
    assert any("在做了，2024年9月19日 做好" in text for text in await bench.told())
    bench.clock.set(datetime(2024, 9, 19, 7, 59, tzinfo=SHANGHAI))
    await bench.world.settle()
    assert (await bench.now(case)).state is S.WORKING
    bench.clock.set(datetime(2024, 9, 19, 8, 0, tzinfo=SHANGHAI))
    assert (await bench.told())[-1] == "“工牌”做好了，请来领。"
    ready = await bench.now(case)
    assert (ready.state, ready.stage, ready.due_on, ready.expected_on) == (S.READY, "领取", None, None)
    assert (ready.steps[-1].name, ready.steps[-1].by) == ("制作", "系统")


async def test_a_supplement_that_nobody_answers_is_void(bench: Bench) -> None:
    """10 working days from 12 September 2024 are 13, 14, 18, 19, 20, 23, 24, 25, 26, 27; after the 27th it is 作废, and the person is told why."""
    asked = await bench.case_in(S.SUPPLEMENT)
    assert asked.due_on == date(2024, 9, 27)
    assert any("需要补正：照片太暗" in text and "2024年9月27日 前补好" in text for text in await bench.told())
    bench.clock.set(datetime(2024, 9, 27, 23, 59, tzinfo=SHANGHAI))
    await bench.world.settle()
    assert (await bench.now(asked)).state is S.SUPPLEMENT
    bench.clock.set(datetime(2024, 9, 28, 8, 0, tzinfo=SHANGHAI))
    ended, refund = (await bench.told())[-2:]
    assert "2024年9月27日 前没有补正" in ended
    assert "由工作人员核实退费" in refund
    assert (await bench.now(asked)).state is S.VOID


async def test_an_answered_supplement_has_its_own_new_deadline(bench: Bench) -> None:
    """Answered, asked again: the first appointment does nothing to the second question."""
    asked = await bench.case_in(S.SUPPLEMENT)
    bench.clock.set(datetime(2024, 9, 25, 10, 0, tzinfo=SHANGHAI))
    answered = await bench.submits(asked)
    assert (answered.state, answered.steps[-1].status) == (S.REVIEW, "已补正")
    again = await bench.asks_more(answered)
    bench.clock.set(datetime(2024, 9, 28, 8, 0, tzinfo=SHANGHAI))
    await bench.world.settle()
    assert (await bench.now(again)).state is S.SUPPLEMENT


async def test_an_unpaid_case_ends_with_its_order(bench: Bench) -> None:
    """The order expires after 120 minutes; five minutes later the case is 作废. Paid at the last minute it goes on."""
    case, paid = await bench.files(declared.BADGE), await bench.files(declared.BADGE)
    assert any("还要缴费 20.00 元" in text for text in await bench.told())
    await bench.pays(paid)
    assert "缴费成功，正在等待审核" in (await bench.told())[-1]
    bench.clock.advance(120 * 60)
    await bench.world.settle()
    bench.clock.advance(5 * 60)
    await bench.world.settle()
    assert (await bench.now(case)).state is S.VOID
    assert (await bench.now(paid)).state is S.REVIEW
    async with bench.world.store.reading() as tx:
        (order,) = await tx.orders.of_case(case.case_no)
    assert order.status is OrderStatus.VOID


async def test_a_payment_whose_news_got_lost_is_found(bench: Bench) -> None:
    """The order is paid, the case was never told: the appointment finds it."""
    case = await bench.files(declared.BADGE)
    async with bench.world.store.transaction() as tx:
        (order,) = await tx.orders.of_case(case.case_no)
        await tx.orders.save(replace(order, status=OrderStatus.PAID, paid_at=bench.clock.now()))
    bench.clock.advance(125 * 60)
    await bench.world.settle()
    assert (await bench.now(case)).state is S.REVIEW


async def test_a_draft_that_nobody_touches_is_dropped_after_thirty_days(bench: Bench) -> None:
    """With its files; one that was touched on the 20th day lives on until the 50th; one that was submitted stays."""
    left, touched, sent = [await bench.drafts(declared.PHOTO, {"why": "备案"}) for _ in range(3)]
    stored = await bench.world.services.files.put(b"picture")
    async with bench.world.store.transaction() as tx:
        for case, name in ((left, stored), (sent, "another")):
            await tx.attachments.add(
                Attachment(0, case.case_no, "front", "a.jpg", "image/jpeg", 7, "0" * 64, name, bench.clock.now())
            )
    sent = await bench.submits(sent)
    bench.clock.advance(20 * 86400)
    async with bench.world.store.transaction() as tx:
        await bench.flow.fill(tx, touched, {"why": "还是要备案"})
    bench.clock.advance(11 * 86400)
    await bench.world.settle()
    async with bench.world.store.reading() as tx:
        assert await tx.cases.get(left.case_no) is None
        assert await tx.attachments.of_case(left.case_no) == ()
        assert await tx.cases.get(touched.case_no) is not None
        assert await tx.cases.get(sent.case_no) is not None
    assert await bench.world.services.files.get(stored) is None
    bench.clock.advance(20 * 86400)
    await bench.world.settle()
    async with bench.world.store.reading() as tx:
        assert await tx.cases.get(touched.case_no) is None


# ── 设为已读 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_where_it_must_be_read_a_case_is_finished_only_then(bench: Bench) -> None:
    """处理结束, 请设为已读; a reminder once after 3 working days (13, 14 and 18 September); finished by 设为已读, once."""
    await bench.in_region("beijing", must_read=True)
    case = await bench.files(declared.NOTE)
    assert (case.handling_status, case.feedback_status, case.finished_at) == ("处理结束", "已办结，请设为已读", None)
    bench.clock.set(datetime(2024, 9, 18, 9, 0, tzinfo=SHANGHAI))
    assert [text for text in await bench.told() if "还没有设为已读" in text]
    told = len(await bench.told())
    bench.clock.advance(30 * 86400)
    assert len(await bench.told()) == told
    read = await bench.reads(await bench.now(case))
    assert (read.feedback_status, read.read_at, read.finished_at) == ("已办结", bench.clock.now(), bench.clock.now())
    assert read.steps[-1].name == "设为已读"
    assert await bench.reads(read) == read


async def test_one_that_was_read_is_not_reminded_of(bench: Bench) -> None:
    """Read before the third day: silence. Elsewhere 设为已读 changes nothing."""
    plain = await bench.files(declared.NOTE)
    assert await bench.reads(plain) == plain
    await bench.in_region("beijing", must_read=True)
    await bench.reads(await bench.files(declared.NOTE))
    bench.clock.advance(20 * 86400)
    assert not any("还没有设为已读" in text for text in await bench.told())


async def test_what_is_undecided_at_the_end_of_its_month_falls_back(bench: Bench) -> None:
    """Filed on September 12th: on the last evening it still waits, on October 1st at 8:00 it is 自动回撤 and the person is told."""
    case = await bench.files(declared.FALLS)
    other = await bench.files(declared.PENDING)
    bench.clock.set(datetime(2024, 9, 30, 23, 59, tzinfo=SHANGHAI))
    await bench.world.settle()
    assert (await bench.now(case)).state is S.REVIEW
    bench.clock.set(datetime(2024, 10, 1, 8, 0, tzinfo=SHANGHAI))
    assert any("已自动回撤" in text for text in await bench.told())
    fallen = await bench.now(case)
    assert (fallen.state, fallen.steps[-1].name, fallen.steps[-1].by) == (S.WITHDRAWN, "自动回撤", "系统")
    assert (await bench.now(other)).state is S.REVIEW


async def test_what_was_decided_in_time_does_not_fall_back(bench: Bench) -> None:
    """Approved on the last day: the first of the next month changes nothing; one that waits for 补正 falls back as well."""
    done = await bench.decides(await bench.files(declared.FALLS, {"why": "一"}))
    bench.clock.set(datetime(2024, 9, 25, 9, 0, tzinfo=SHANGHAI))  # its ten working days would end in October
    asked = await bench.asks_more(await bench.files(declared.FALLS, {"why": "二"}))
    bench.clock.set(datetime(2024, 10, 1, 8, 0, tzinfo=SHANGHAI))
    await bench.world.settle()
    assert (await bench.now(done)).state is S.DONE
    assert (await bench.now(asked)).state is S.WITHDRAWN


# ── staff ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_four_eyes_are_four(bench: Bench) -> None:
    """The second approval is another person's; steps have numbers, never names or logins."""
    first = await bench.decides(await bench.files(declared.SEAL))
    assert (first.state, first.first_reviewer) == (S.SECOND, bench.staff["审核"].id)
    for approve in (True, False):
        with pytest.raises(Refusal, match="两个人"):
            await bench.decides(first, approve=approve, note="再看")
    second = await bench.decides(first, "另一位")
    assert (second.state, second.stage) == (S.WORKING, "刻章")
    shown = "".join(step.by for step in second.steps)
    assert shown == f"本人经办人员{bench.staff['审核'].id:04d}经办人员{bench.staff['另一位'].id:04d}"


async def test_a_refusal_and_a_supplement_need_their_reason(bench: Bench) -> None:
    """The person reads it; without one nothing happens."""
    case = await bench.files(declared.PENDING)
    with pytest.raises(Refusal, match="写明原因"):
        await bench.decides(case, approve=False, note="  ")
    with pytest.raises(Refusal, match="补什么"):
        await bench.asks_more(case, "")
    await bench.decides(case, approve=False, note="材料\n过期")
    assert "原因：材料 过期" in (await bench.told())[-1]


async def test_two_staff_deciding_at_once(bench: Bench) -> None:
    """One decision, one Conflict, one step."""
    case = await bench.files(declared.PENDING)
    outcome = await asyncio.gather(
        bench.decides(case), bench.decides(case, "另一位", approve=False, note="不行"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcome) == ["Case", "Conflict"]
    assert len((await bench.now(case)).steps) == 2


async def test_a_withdrawn_case_is_not_decided(bench: Bench) -> None:
    """The person was faster: the reviewer's version is stale, and with a fresh one there is a sentence."""
    case = await bench.files(declared.PENDING)
    withdrawn = await bench.withdraws(case)
    with pytest.raises(Conflict):
        await bench.decides(case)
    with pytest.raises(Refusal, match="已撤回"):
        await bench.decides(withdrawn)


# ── money ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_void_case_has_no_open_order(bench: Bench) -> None:
    """作废 of an unpaid case ends its order too."""
    case = await bench.withdraws(await bench.files(declared.BADGE))
    async with bench.world.store.reading() as tx:
        assert [order.status for order in await tx.orders.of_case(case.case_no)] == [OrderStatus.VOID]


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
async def test_money_for_what_is_not_done_becomes_a_case_for_staff(bench: Bench, how: str) -> None:
    """Paid, then withdrawn or refused: a 退费核实 of that amount, once, and the person is told its number."""
    unpaid = await bench.files(declared.BADGE)
    async with bench.world.store.transaction() as tx:
        (order,) = await tx.orders.of_case(unpaid.case_no)
        order = await tx.orders.save(replace(order, status=OrderStatus.PAID, transaction_id="42", paid_at=bench.clock.now()))
        case = await bench.flow.paid(tx, unpaid.case_no, order)
    assert case is not None
    case = await (bench.withdraws(case) if how == "withdrawn" else bench.decides(case, approve=False, note="不行"))
    async with bench.world.store.reading() as tx:
        refunds = [one for one in await tx.cases.of_person(bench.world.ids.jianguo) if one.filing == "refund"]
    (refund,) = refunds
    assert (refund.fields["金额"], refund.fields["订单号"], refund.state) == ("20.00 元", order.order_no, S.REVIEW)
    assert any(refund.case_no in text and "20.00 元" in text for text in await bench.told())


async def test_paid_twice_is_paid_once(bench: Bench) -> None:
    """The second notice finds the case where it is; a case that is not there is None."""
    case = await bench.files(declared.BADGE)
    paid = await bench.pays(case)
    assert await bench.pays(paid) == paid
    async with bench.world.store.transaction() as tx:
        (order,) = await tx.orders.of_case(case.case_no)
        assert await bench.flow.paid(tx, "240912000000000", order) is None


# ── what the product opens itself ───────────────────────────────────────────────────────────────────────────────────


async def test_a_case_that_the_product_opens_is_opened_once(bench: Bench) -> None:
    """A complaint of nobody known: for 客服, due after 5 working days (13, 14, 18, 19, 20 September), once for its key."""
    filing = FILINGS["complaint"]

    async def opened() -> Case:
        async with bench.world.store.transaction() as tx:
            return await bench.flow.open_inside(tx, filing, bench.region, None, {"您说的": "太慢"}, "mark-1", ("o-jianguo",))

    case = await opened()
    assert (case.state, case.due_on, case.person_id, case.fields) == (S.REVIEW, date(2024, 9, 20), None, {"您说的": "太慢"})
    assert await opened() == case
    assert case.steps[0].by == "系统"
    await bench.decides(case, "客服", note="已经向您道歉")
    assert "答复：已经向您道歉" in (await bench.told())[-1]


async def test_an_applicant_without_a_person(bench: Bench) -> None:
    """Who is not known may file what anyone may; the chat follows it."""
    async with bench.world.store.transaction() as tx:
        case = await bench.flow.file(
            tx, declared.NOTE, Applicant(None, "o-jianguo", bench.region), {"why": "x", "tone": "red"}, "k", True
        )
    assert case.person_id is None
    assert case.case_no in (await bench.told())[0]
