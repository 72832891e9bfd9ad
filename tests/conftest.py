"""What every test has, and two rules of the run: real servers as fixtures, and on CI nothing may be left out."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import io
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from _pytest.assertion import rewrite
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings
from structlog.dev import ConsoleRenderer, plain_traceback

from tests import once

# The process that hands tests out to workers runs none: it need not read what they need, while they wait to be started.
_HANDS_OUT = "-n" in sys.argv and "PYTEST_XDIST_WORKER" not in os.environ
pytest_plugins = ["tests.costs", *([] if _HANDS_OUT else ["tests.servers", "tests.fresh"])]

# A test that fails shows what was logged. Where somebody raises a hundred errors on purpose, framing each in boxes and colours was 4 % of the run.
ConsoleRenderer.get_active().exception_formatter = plain_traceback

# Dozens of processes are started here: each reads bytecode, instead of compiling everything anew (a third of its start and more).
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Gigabytes are written and deleted again within a run: in memory, where there is plenty, nobody waits for a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108
if "PYTEST_DEBUG_TEMPROOT" not in os.environ and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 6 << 30:
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(_MEMORY)

# Not Python's own handler: see there.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, once.interrupted)

# Reading the suite makes millions of objects and hardly any garbage: the collector of a worker waits until it has been read.
if "PYTEST_XDIST_WORKER" in os.environ:
    gc.disable()


# How long an example takes on a busy machine is no property of it.
settings.register_profile("tests", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


_MOST = 180
"""Seconds that a test may take with what is set up for it. It fails then, and the run goes on; `faulthandler_timeout` is for what even this
cannot stop, and costs the run its worker. On a busy machine the longest takes a minute."""
_ASKED_FOR_MORE = any(name in os.environ for name in ("FUZZ_SECONDS", "STORIES"))
"""Whoever asks for more of a test than the suite runs decides how long it takes."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """No test waits for ever: it fails, and says where each of its tasks stood."""

    def over(_number: int, _frame: FrameType | None) -> None:
        told = io.StringIO()
        with contextlib.suppress(RuntimeError):
            for task in asyncio.all_tasks(asyncio.get_running_loop()):
                task.print_stack(file=told)
        pytest.fail(f"{item.nodeid} has not ended in {_MOST} seconds\n{told.getvalue()}")

    before = signal.signal(signal.SIGALRM, over)
    # Again for what is cleared up, should that hang too.
    signal.setitimer(signal.ITIMER_REAL, 0 if _ASKED_FOR_MORE else _MOST, 30)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True, scope="session")
def commands() -> Iterator[None]:
    """The command line is put together once: each `CliRunner.invoke` would do it anew, which takes longer than most commands."""
    from typer.main import get_command  # whoever hands out tests does without it

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", cache(get_command))
        yield


_LONG = ("browser", "process", "reliability", "reminders", "handlers", "contracts", "documents", "fuzz", "data", "outside")


def _how_long(item: pytest.Item) -> int:
    folder = item.path.parent.name
    return _LONG.index(folder) if folder in _LONG else len(_LONG)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders whose modules take longest begin first, whatever the order of the rest: else one worker ends long after the other."""
    items.sort(key=_how_long)
    # xdist writes an item's group behind its name, where pytest 9.2 does not look any more: both workers had a Chromium and a nursery.
    for item in items:
        if grouped := vars(item).get("_nodeid"):
            item._id = NodeId.parse(grouped)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers take modules, or what is marked as a group, one after another as they were collected.

    Test by test, the process that hands them out would go through thousands again for each (a tenth of a second at the end), and both
    workers would make what a module makes once.
    """
    found = import_module("xdist.scheduler").LoadGroupScheduling(config, log)
    grouped = found._split_scope

    def by_module(nodeid: str) -> str:
        scope: str = grouped(nodeid)
        return scope if scope != nodeid else nodeid.partition("::")[0]

    found._split_scope = by_module
    config.option.loadscopereorder = False
    return found


def pytest_sessionstart(session: pytest.Session) -> None:
    """In a new checkout each worker prepares its share of the tests' modules first, and finds what the others have prepared: preparing all of
    them takes ten seconds, which each would spend."""
    told = getattr(session.config, "workerinput", None)
    if told is None or sys.dont_write_bytecode:
        return
    state = session.config.stash[rewrite.assertstate_key]
    modules = sorted(one for one in Path(__file__).parent.rglob("*.py") if one.name.startswith(("test_", "conftest")))
    for path in modules[int(told["workerid"].removeprefix("gw")) :: told["workercount"]]:
        kept = rewrite.get_cache_dir(path) / f"{path.stem}{rewrite.PYC_TAIL}"
        if not kept.exists() and rewrite.try_makedirs(kept.parent):
            source, code = rewrite._rewrite_test(path, session.config)
            rewrite._write_pyc(state, code, source, kept)


def pytest_collection_finish() -> None:
    """Thousands of collected tests live until the end: the collector need not look through them again and again (7 % of the run)."""
    gc.collect()
    gc.freeze()
    atexit.register(
        gc.unfreeze
    )  # the interpreter clears up as ever; pytest, which looks ten times for what tests have left, need not
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With FORBID_SKIPS (`.ci/run` sets it) a skipped test fails the run: a check that did not run has not passed."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("FORBID_SKIPS") and skipped and not hasattr(session.config, "workerinput"):
        reporter.write_line(f"{len(skipped)} skipped, which FORBID_SKIPS does not allow", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
