"""One-time codes as authenticators show them (RFC 6238: SHA-1, six digits, thirty seconds), one step of drift either way."""

from __future__ import annotations

import re
from datetime import datetime
from hmac import compare_digest

import pyotp

from storage.ports.time import Clock

ISSUER = "社保工作台"
STEP_SECONDS = 30
DRIFT = 1
_NOBODYS = "A" * 32
_DIGITS = re.compile(r"[0-9]{6}")


class Totp:
    """Implements `handlers.secrecy.OneTime`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def new_secret(self) -> str:
        return pyotp.random_base32()

    def step(self, secret: str, code: str) -> int | None:
        plain = "".join(code.split())
        given = plain if _DIGITS.fullmatch(plain) else "------"
        present = self.present()
        totp = pyotp.TOTP(secret or _NOBODYS)
        found = None
        for step in range(present - DRIFT, present + DRIFT + 1):  # all of them, always: the same work for every code
            if compare_digest(totp.generate_otp(step).encode(), given.encode()) and secret:
                found = step
        return found

    def address(self, secret: str, login: str) -> str:
        return str(pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))

    def present(self) -> int:
        """The number of the present step."""
        return int(self._clock.now().timestamp()) // STEP_SECONDS

    def code(self, secret: str, step: int) -> str:
        """What an authenticator shows at that step: for the demo, whose accounts belong to nobody."""
        return str(pyotp.TOTP(secret).generate_otp(step))
