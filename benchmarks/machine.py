"""What the operating system tells: which cores there are, and how much of them a process has used."""

from __future__ import annotations

import contextlib
import os
import platform
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the server that is measured, another for whoever measures; the same one where there is no other."""

    server: int
    generator: int

    @property
    def apart(self) -> bool:
        """Whether they do not disturb each other."""
        return self.server != self.generator


def cores() -> Cores:
    """Of those that we may use, the last for the server and the first for the generator."""
    ours = sorted(os.sched_getaffinity(0))
    return Cores(ours[-1], ours[0])


@contextlib.contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep the calling thread on one core during the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def anywhere(cores_of: Cores) -> Iterator[None]:
    """Let the calling thread, and those that it starts, use both cores during the block: for what is not timed against another."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores_of.server, cores_of.generator})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process and all its threads have used so far, user and system; to about 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def family_cpu_seconds(pid: int) -> float:
    """The same of a process and the processes that it has started and that still run."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return cpu_seconds(pid) + sum(cpu_seconds(int(child)) for children in lists for child in children.read_text("ascii").split())


def memory_mib(pid: int) -> float:
    """Resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0…1) of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the two in the middle; 0 for none."""
    ordered = sorted(values)
    half = len(ordered) // 2
    if not ordered:
        return 0.0
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def described() -> dict[str, str | int]:
    """Machine and versions, for the head of a report."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
        "aiohttp": metadata.version("aiohttp"),
        "uvloop": metadata.version("uvloop"),
        "wechatpy": metadata.version("wechatpy"),
        "cryptography": metadata.version("cryptography"),
        "sqlite": sqlite3.sqlite_version,
    }


def busy() -> float:
    """The load average of the last minute: figures taken beside other work are worth less."""
    return os.getloadavg()[0]
