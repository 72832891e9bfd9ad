"""How fast notices go out, as the operator set it."""

from __future__ import annotations

from collections.abc import Mapping

from storage.ports.record import Record, field
from storage.ports.records import Channel


class Rates(Record):
    """Over all workers: `per_minute` and `per_day` by channel (absent or 0: no limit). In one worker: `batch` rows are claimed at a time,
    `at_once` of a channel are on their way together."""

    per_minute: Mapping[Channel, int] = field(default_factory=dict)
    per_day: Mapping[Channel, int] = field(default_factory=dict)
    batch: int = 200
    at_once: int = 50
