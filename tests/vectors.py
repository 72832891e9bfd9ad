"""The outside conformance data: where it is, and what happens when it is not there."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

_PLACE = Path(os.environ.get("WECHAT_VECTORS") or Path(__file__).parents[2] / "shared" / "reference" / "wechat_vectors.json")


@cache
def _load() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_PLACE.read_text(encoding="utf-8"))
    return data


def available() -> bool:
    """Whether the file is there."""
    return _PLACE.is_file()


def group(name: str) -> Any:
    """One group of the data; the calling test is left out if the file is missing, or fails if REQUIRE_VECTORS=1."""
    if not available():
        reason = "outside conformance data left out: set WECHAT_VECTORS to wechat_vectors.json"
        if os.environ.get("REQUIRE_VECTORS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return _load()[name]


def cases(name: str) -> list[Any]:
    """One parameter for each entry of a group, named after it; a single one that is left out (or fails) when the file is missing."""
    if not available():
        return [pytest.param(None, id="missing")]
    return [pytest.param(entry, id=f"{number}-{entry['name']}") for number, entry in enumerate(_load()[name])]
