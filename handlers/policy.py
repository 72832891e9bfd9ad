"""The limits that an agency sets (`[security]`), as one frozen record that use cases are given (targets.md S6, S7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

Digest = Callable[[str, str], str]
"""(text, purpose) → keyed hash in hex: for one-time codes and pseudonyms. The key never leaves the composition root."""

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """How much of what is allowed to whom."""

    code_minutes: int = 5
    code_tries: int = 5
    resend_seconds: int = 60
    codes_per_phone_hour: int = 5
    codes_per_phone_day: int = 10
    phones_per_chat_day: int = 5
    codes_before_captcha: int = 3
    codes_per_hour_system: int = 2000
    second_proof_tries: int = 5
    queries_per_chat_hour: int = 120
    documents_per_chat_day: int = 30
    filings_per_chat_day: int = 30
    password_shortest: int = 8
    password_tries: int = 5
    scan_codes_per_asker_hour: int = 30
    scan_codes_per_service_hour: int = 3000

    @property
    def code_life(self) -> timedelta:
        """How long a code is valid."""
        return timedelta(minutes=self.code_minutes)

    @property
    def resend_after(self) -> timedelta:
        """The pause between two codes to one phone."""
        return timedelta(seconds=self.resend_seconds)


class TooMuch(Exception):
    """A ceiling of the policy was reached (S24): an expected refusal, told to the person. `retry_at` is when it is over."""

    def __init__(self, what: str, retry_at: datetime) -> None:
        super().__init__(what)
        self.what = what
        self.retry_at = retry_at
