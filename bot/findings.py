"""What `doctor` says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state`: ok, warn or bad."""

    what: str
    state: str
    text: str
