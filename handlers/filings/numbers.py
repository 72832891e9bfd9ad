"""Numbers that people are given: 业务流水号 and 订单号."""

from __future__ import annotations

import secrets
from datetime import datetime


def new_case_no(moment: datetime) -> str:
    """A 业务流水号: fifteen digits, the day and nine random ones; shorter than a 流水号, so that the two are not mistaken for each other."""
    return f"{moment:%y%m%d}{secrets.randbelow(10**9):09d}"


def new_order_no(moment: datetime) -> str:
    """A 订单号: D and sixteen digits; no other number of ours begins with a letter."""
    return f"D{moment:%y%m%d}{secrets.randbelow(10**10):010d}"
