"""Whatever happens in whatever order, a case never gets where it cannot be, and what was written about it stays."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialogs.filing import Refusal
from handlers.filings.flow import Flow
from handlers.filings.office import Office
from handlers.filings.paths import PATHS, Act
from storage.ports.records import Case, User
from storage.sql import open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import build
from tests.filings import declared
from tests.filings.conftest import Bench, staff_of
from tests.filings.test_flow import ACTS
from tests.fresh import migrated

_FILINGS = (declared.NOTE, declared.BADGE, declared.SEAL, declared.PENDING)
_acts = st.lists(st.sampled_from(sorted(Act)), max_size=12)


async def _check(bench: Bench, case: Case, acts: list[Act]) -> None:
    for act in acts:
        before = await bench.now(case)
        with contextlib.suppress(Refusal):
            await ACTS[act](bench, before)
        after = await bench.now(case)
        assert after.steps[: len(before.steps)] == before.steps
        assert [step.seq for step in after.steps] == list(range(1, len(after.steps) + 1))
        if after == before:
            continue
        assert before.state is not None
        assert after.state in PATHS[before.state, act]
        assert len(after.steps) == len(before.steps) + 1
        assert (after.finished_at is not None) == (after.state is not None and after.state.over)
        assert (after.stage != "") == (after.state in {"working", "ready"})
        if before.state.over:
            pytest.fail("a case that is over has moved")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(st.tuples(st.sampled_from(range(len(_FILINGS))), _acts), min_size=1, max_size=6))
def test_random_acts_never_lead_where_the_table_does_not(runs: list[tuple[int, list[Act]]]) -> None:
    """Random filings, random acts: each change is one of the table, adds exactly one step, and what is over stays over."""

    async def all_of_them() -> None:
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'random.sqlite'}"
            await migrated(url)
            clock, vault = FakeClock(), Vault(bytes(range(32)))
            store = open_store(url, vault, clock)
            world = build(store, clock, vault, await people.load(store))
            async with store.transaction() as tx:
                await tx.users.save(User("o-jianguo", True, "person", "beijing", world.ids.jianguo))
            bench = Bench(world, Flow(world.services), Office(store, world.services), staff=await staff_of(world))
            try:
                for filing, acts in runs:
                    await _check(bench, await bench.drafts(_FILINGS[filing]), acts)
            finally:
                await store.close()

    asyncio.run(all_of_them())
