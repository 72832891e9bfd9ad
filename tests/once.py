"""What is read again and again within a process of tests, and is the same each time: read once. For the suite and for what it forks (`tests.warm`)."""

from __future__ import annotations

from pathlib import Path
from types import FrameType

import storage.regions
from storage.ports.regions import Region

_read = storage.regions._region
_known: dict[Path, Region] = {}


def _region(place: Path, problems: list[str]) -> Region | None:
    """As the original; the product's own regions, which nobody changes, are read the first time: a tenth of the run was reading them."""
    found = _known.get(place)
    if found is None:
        found = _read(place, problems)
        if found is not None and place.parent == Path(storage.regions.__file__).parent:
            _known[place] = found
    return found


storage.regions._region = _region


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """What Ctrl+C does, and not Python's own handler: with that one `asyncio.run` sets up its own for each test and fixture, and, asking for it,
    spells out the finished task with all that it returned."""
    raise KeyboardInterrupt
