"""What every test has, and two rules of the run: real servers as fixtures, and on CI nothing may be left out."""

from __future__ import annotations

import gc
import os
import sys
from typing import Any

import pytest

pytest_plugins = ["tests.servers"]

# Dozens of processes are started here: each reads bytecode, instead of compiling everything anew (a third of its start and more).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_collection_finish() -> None:
    """Thousands of collected tests live until the end: the collector need not look through them again and again (7 % of the run)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """What is left is cleared up as ever."""
    gc.unfreeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With FORBID_SKIPS (`.ci/run` sets it) a skipped test fails the run: a check that did not run has not passed."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("FORBID_SKIPS") and skipped and not hasattr(session.config, "workerinput"):
        reporter.write_line(f"{len(skipped)} skipped, which FORBID_SKIPS does not allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
