"""Cases that nobody filed: there is nobody to ask for more, nothing to take back, and they do not end because nobody answered."""

from __future__ import annotations

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from handlers.filings.office import NotAllowed
from storage.ports.records import Case, CaseState
from tests.conversations.conftest import Chat
from tests.filings.conftest import Bench


async def _opened(bench: Bench, name: str) -> Case:
    async with bench.world.store.transaction() as tx:
        return await bench.flow.open_inside(
            tx, FILINGS[name], bench.region, bench.world.ids.jianguo, {"原因": "示例"}, "one", watchers=(bench.openid,)
        )


@pytest.mark.parametrize(("name", "role"), [("refund", "审核"), ("complaint", "客服")])
async def test_the_console_can_decide_it_but_not_ask_for_more(bench: Bench, name: str, role: str) -> None:
    """要求补正 is not offered; whoever sends it all the same is refused, and the case stays where it was."""
    case = await _opened(bench, name)
    staff = bench.staff[role]
    dossier = await bench.office.look(staff, case.case_no)
    assert dossier is not None
    assert dossier.may == {"claim", "approve", "reject"}
    with pytest.raises(NotAllowed, match="不能这样处理"):
        await bench.office.ask_more(staff, case.case_no, case.version, "请提供银行卡号")
    with pytest.raises(Refusal):
        async with bench.world.store.transaction() as tx:
            await bench.flow.ask_more(tx, case, staff, "请提供银行卡号")
    assert await bench.now(case) == case


@pytest.mark.parametrize("name", ["refund", "complaint"])
async def test_it_is_neither_withdrawn_nor_over_by_itself(bench: Bench, name: str) -> None:
    """撤回, the lapse and the end of the month change nothing."""
    case = await _opened(bench, name)
    for act in (bench.withdraws, bench.lapses, bench.falls_back):
        assert await act(case) == case
    assert (await bench.now(case)).state is CaseState.REVIEW


async def test_the_chat_follows_it_but_offers_no_withdrawal(jianguo: Chat, bench: Bench) -> None:
    """进度 shows where it stands; neither there nor to 撤回业务 is 撤回 offered."""
    case = await _opened(bench, "refund")
    await jianguo.says(f"进度 {case.case_no}")
    jianguo.expect("退费核实", case.case_no)
    assert "撤回" not in jianguo.last
    await jianguo.says("撤回业务")
    jianguo.expect("没有能撤回的")
    assert (await bench.now(case)).state is CaseState.REVIEW
