"""How near the ceilings of the whole service are, for `/metrics`: who reaches one is attacked or too small, and people are sent away (targets.md S6, S12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.config import Security
from handlers.policy import HOUR
from storage.ports.repositories import Store


async def shares(store: Store, security: Security, now: datetime) -> Mapping[str, float]:
    """Of each ceiling what is used of the present hour: 0 to 1. Raises Unavailable without the database."""
    ceilings = (
        ("codes", "sms.system.hour", security.codes_per_hour_system),
        ("verification", "verify-service", security.verify_per_service_hour),
        ("scan_codes", "scene.service", security.scan_codes_per_service_hour),
    )
    async with store.reading() as tx:
        return {name: (await tx.limits.peek(row, "all", most, HOUR, now)).used / most for name, row, most in ceilings}
