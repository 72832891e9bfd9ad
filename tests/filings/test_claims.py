"""A claim lasts no longer than the right to act: who may not decide any more holds nothing up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.filings.claims import release_claims
from handlers.filings.office import NotAllowed
from storage.ports.records import AuditSearch, CaseState
from tests.filings import declared
from tests.filings.conftest import Bench


async def _changes(bench: Bench, who: str, **changes: Any) -> None:
    async with bench.world.store.transaction() as tx:
        stored = await tx.staff.get(bench.staff[who].id)
        assert stored is not None
        bench.staff[who] = await tx.staff.save(replace(stored, **changes))


@pytest.mark.parametrize(
    "changes",
    [{"active": False}, {"roles": frozenset({"客服"})}, {"regions": frozenset({"jinan"})}],
    ids=lambda one: next(iter(one)),
)
async def test_a_case_held_by_somebody_who_may_not_act_is_free(bench: Bench, changes: dict[str, Any]) -> None:
    """Switched off, of another role, of another region: a colleague may take it and decide, whatever the row still says."""
    case = await bench.files(declared.PENDING)
    held = await bench.office.claim(bench.staff["审核"], case.case_no, case.version)
    colleague = bench.staff["另一位"]
    with pytest.raises(NotAllowed, match="已由审核领取"):
        await bench.office.approve(colleague, case.case_no, held.version)
    await _changes(bench, "审核", **changes)
    dossier = await bench.office.look(colleague, case.case_no)
    assert dossier is not None
    assert (dossier.case.claimed_by, dossier.may) == (None, frozenset({"claim", "approve", "reject", "ask_more"}))
    taken = await bench.office.claim(colleague, case.case_no, held.version)
    assert taken.claimed_by == colleague.id
    assert (await bench.office.approve(colleague, case.case_no, taken.version)).state is CaseState.DONE


async def test_releasing_puts_back_what_may_not_be_held(bench: Bench) -> None:
    """Nothing while the account may act; all of it once it may not, each with an audit record; nothing the second time."""
    here, there = await bench.files(declared.PENDING), await bench.files(declared.PENDING)
    for case in (here, there):
        await bench.office.claim(bench.staff["审核"], case.case_no, case.version)
    async with bench.world.store.transaction() as tx:
        assert await release_claims(tx, bench.staff["审核"], ("beijing",), bench.clock.now()) == 0
    await _changes(bench, "审核", active=False)
    for expected in (2, 0):
        async with bench.world.store.transaction() as tx:
            assert await release_claims(tx, bench.staff["审核"], ("beijing", "binzhou", "jinan"), bench.clock.now()) == expected
    assert [(await bench.now(case)).claimed_by for case in (here, there)] == [None, None]
    async with bench.world.store.reading() as tx:
        assert len(await tx.audit.search(AuditSearch(action="release"))) == 2
