"""What the tests cost: seconds of processor time of each, its child processes and servers included. With `--costs` or `--costs=FILE.json`.

Wall time says little on a machine that others use as well, and nothing about what a worker of its own waits for.
"""

from __future__ import annotations

import json
import os
import resource
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_TICK = os.sysconf("SC_CLK_TCK")


def _below(pid: int) -> float:
    """Seconds that the living processes below `pid` have spent, with those that they have outlived."""
    parents: dict[str, str] = {}
    spent: dict[str, float] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                number = os.open(f"/proc/{entry}/stat", os.O_RDONLY)
            except OSError:
                continue
            try:
                fields = os.read(number, 1024).rpartition(b")")[2].split()
            except ProcessLookupError:
                continue
            finally:
                os.close(number)
            parents[entry] = fields[1].decode()
            spent[entry] = sum(map(int, fields[11:15])) / _TICK
    below = {str(pid)}
    while found := {child for child, parent in parents.items() if parent in below} - below:
        below |= found
    return sum(spent[child] for child in below - {str(pid)})


def _own() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    return mine.ru_utime + mine.ru_stime


def _others() -> float:
    gone = resource.getrusage(resource.RUSAGE_CHILDREN)
    return gone.ru_utime + gone.ru_stime + _below(os.getpid())


def _spending(row: tuple[Any, float]) -> float:
    return row[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--costs", nargs="?", const="-", metavar="FILE", help="processor seconds by folder, and by test into FILE")


def pytest_configure(config: pytest.Config) -> None:
    """Nothing is measured unless it is asked for. Raises UsageError for a file that may be a test: `--costs tests/x.py` names it as FILE."""
    wanted = config.getoption("--costs")
    if wanted and wanted != "-" and not wanted.endswith(".json"):
        raise pytest.UsageError(f"--costs={wanted} would be written: name a .json, or put --costs last")
    if wanted:
        config.pluginmanager.register(Costs(config), "costs-of-tests")


class Costs:
    """Counts on the workers, adds up where they report."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._own = self._others = 0.0
        self._found: defaultdict[tuple[str, str], float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """What has been spent since the last test belongs to this one, without the counting; of other processes it is counted once a test."""
        report = yield
        report.costs = _own() - self._own
        if report.when == "teardown":
            others = _others()
            report.costs += max(others - self._others, 0.0)  # who ends without being waited for takes along what it has spent
            self._others = others
        self._own = _own()
        return report

    def pytest_collection_finish(self) -> None:
        """The suite is read: the first test does not pay for it."""
        self._own, self._others = _own(), _others()
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput["costs"] = self._own + self._others

    def pytest_testnodedown(self, node: Any) -> None:
        """A worker says what it spent before its first test."""
        self._found["(collecting)", "setup"] += getattr(node, "workeroutput", {}).get("costs", 0.0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Each phase of each test, once, where the run is controlled."""
        self._found[report.nodeid, report.when] += getattr(report, "costs", 0.0)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table."""
        wanted = self._config.getoption("--costs")
        folders: defaultdict[str, float] = defaultdict(float)
        for (test, _), spent in self._found.items():
            folders["/".join(test.split("::")[0].split("/")[:2])] += spent
        terminalreporter.section("processor seconds")
        for name, spent in sorted(folders.items(), key=_spending, reverse=True):
            terminalreporter.write_line(f"{spent:8.1f}  {name}")
        terminalreporter.write_line(f"{sum(folders.values()):8.1f}")
        if wanted != "-":
            rows = [
                [test, when, round(spent, 4)] for (test, when), spent in sorted(self._found.items(), key=_spending, reverse=True)
            ]
            Path(wanted).write_text(json.dumps(rows, ensure_ascii=False, indent=0), encoding="utf-8")
