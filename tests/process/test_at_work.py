"""The garbage collector of a process that answers (`bot.warming.at_work`)."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from bot.warming import at_work


@pytest.fixture
def collector() -> Iterator[None]:
    """As it was, afterwards."""
    before, enabled = gc.get_threshold(), gc.isenabled()
    yield
    gc.set_threshold(*before)
    if not enabled:
        gc.disable()


@pytest.mark.usefixtures("collector")
def test_a_process_at_work_collects_seldom_and_never_what_was_there_before() -> None:
    """Collecting is on, though it was off while modules were loaded; it waits for ten thousand objects, and what is there by then is left alone."""
    gc.disable()
    before, there = gc.get_freeze_count(), [[number] for number in range(1_000)]
    at_work()
    assert gc.isenabled()
    assert gc.get_threshold()[0] == 10_000
    assert gc.get_freeze_count() >= before + len(there)
