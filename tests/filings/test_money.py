"""What becomes of the fee when a case ends or its answers change, and what the person reads of it, in which order."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from storage.ports.records import Case, CaseState, OrderStatus
from storage.ports.time import SHANGHAI
from tests.filings import declared
from tests.filings.conftest import Bench

S = CaseState


async def _refunds(bench: Bench) -> list[Case]:
    async with bench.world.store.reading() as tx:
        return [one for one in await tx.cases.of_person(bench.world.ids.jianguo) if one.filing == "refund"]


async def _amounts(bench: Bench, case: Case) -> list[tuple[Decimal, OrderStatus]]:
    async with bench.world.store.reading() as tx:
        return sorted((one.amount, one.status) for one in await tx.orders.of_case(case.case_no))


async def _answers(bench: Bench, case: Case, **answers: str) -> Case:
    """The person answers a 补正 with these answers changed."""
    async with bench.world.store.transaction() as tx:
        filled = await bench.flow.fill(tx, case, answers)
    return await bench.submits(filled)


async def test_a_paid_fee_goes_back_when_nobody_answers_the_supplement(bench: Bench) -> None:
    """作废 after the last day: one refund case for the 20.00 元, and the person reads the end first, then the refund."""
    case = await bench.case_in(S.SUPPLEMENT)
    bench.clock.set(datetime(2024, 9, 28, 8, 0, tzinfo=SHANGHAI))
    ended, refund = (await bench.told())[-2:]
    assert (await bench.now(case)).state is S.VOID
    (back,) = await _refunds(bench)
    assert (back.fields["金额"], back.fields["原业务"], back.state) == ("20.00 元", f"工牌 {case.case_no}", S.REVIEW)
    assert "已作废" in ended
    assert back.case_no in refund
    await bench.lapses(await bench.now(case))
    assert len(await _refunds(bench)) == 1


async def test_what_was_never_paid_gives_nothing_back(bench: Bench) -> None:
    """An unpaid case that lapses, and a draft that is void, open no refund."""
    await bench.lapses(await bench.case_in(S.UNPAID))
    await bench.withdraws(await bench.case_in(S.DRAFT))
    assert await _refunds(bench) == []


@pytest.mark.parametrize("act", ["refused", "withdrawn"])
async def test_the_end_is_told_before_the_refund(bench: Bench, act: str) -> None:
    """没有通过 or 已撤回 comes first, then what becomes of the money."""
    case = await bench.case_in(S.REVIEW)
    await (bench.decides(case, approve=False, note="不符合") if act == "refused" else bench.withdraws(case))
    ended, refund = (await bench.told())[-2:]
    assert ("没有通过" if act == "refused" else "已撤回") in ended
    assert "由工作人员核实退费" in refund


async def test_a_fee_that_falls_due_in_a_supplement_is_asked_for(bench: Bench) -> None:
    """Blue is free, red costs 20.00 元: changed in the 补正, the case waits for the money, then for the review."""
    case = await bench.files(declared.DYED, {"why": "想要", "tone": "blue"})
    assert (case.state, await _amounts(bench, case)) == (S.REVIEW, [])
    case = await _answers(bench, await bench.asks_more(case), tone="red")
    assert (case.state, await _amounts(bench, case)) == (S.UNPAID, [(Decimal("20.00"), OrderStatus.PENDING)])
    assert (await bench.pays(case)).state is S.REVIEW


async def test_only_what_is_missing_is_asked_for(bench: Bench) -> None:
    """5.00 元 paid for blue, red costs 20.00: an order of 15.00, and the first payment alone does not settle it."""
    await bench.in_region("beijing", fees={"card_replace": Decimal("20.00"), "t_blue": Decimal("5.00")})
    case = await bench.pays(await bench.files(declared.DYED, {"why": "想要", "tone": "blue"}))
    case = await _answers(bench, await bench.asks_more(case), tone="red")
    assert sorted(await _amounts(bench, case)) == [
        (Decimal("5.00"), OrderStatus.PAID),
        (Decimal("15.00"), OrderStatus.PENDING),
    ]
    bench.clock.advance(timedelta(hours=1).total_seconds())
    await bench.world.settle()
    assert (await bench.now(case)).state is S.UNPAID
    assert (await bench.pays(case)).state is S.REVIEW


async def test_when_the_rest_is_not_paid_the_first_payment_goes_back(bench: Bench) -> None:
    """The order's end is the end of the case: 作废, and a refund case of the 5.00 元 that were paid."""
    await bench.in_region("beijing", fees={"card_replace": Decimal("20.00"), "t_blue": Decimal("5.00")})
    case = await bench.pays(await bench.files(declared.DYED, {"why": "想要", "tone": "blue"}))
    case = await _answers(bench, await bench.asks_more(case), tone="red")
    bench.clock.advance(timedelta(hours=2).total_seconds())
    await bench.world.settle()
    assert (await bench.now(case)).state is S.VOID
    assert [one.fields["金额"] for one in await _refunds(bench)] == ["5.00 元"]


async def test_a_supplement_that_leaves_the_fee_alone_goes_on_to_the_review(bench: Bench) -> None:
    """Paid once is paid: other words in the 补正 ask for no more money."""
    case = await bench.pays(await bench.files(declared.DYED))
    case = await _answers(bench, await bench.asks_more(case), why="换个理由")
    assert (case.state, len(await _amounts(bench, case))) == (S.REVIEW, 1)


async def test_an_order_that_ends_takes_its_case_along(bench: Bench) -> None:
    """Two hours after the submission, in the moment in which the order is void, not some minutes later; told once."""
    case = await bench.case_in(S.UNPAID)
    bench.clock.advance(timedelta(hours=2).total_seconds())
    assert [text for text in await bench.told() if "已作废" in text] == [(await bench.told())[-1]]
    after = await bench.now(case)
    assert (after.state, after.steps[-1].note, after.finished_at) == (S.VOID, "过时没有缴费。", bench.clock.now())
