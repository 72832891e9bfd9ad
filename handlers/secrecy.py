"""What a member of staff may choose as a password, and the ports behind which passwords and one-time codes are worked out."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Final, Protocol

SHORTEST: Final = 12
LONGEST: Final = 128

_COMMON: Final = frozenset(
    """
    123456789012 1234567890123 012345678901 111111111111 000000000000 888888888888 666666666666 112233445566 121212121212 123123123123
    123456123456 147258369147 147258369000 159357159357 520520520520 5201314520131 woaini520131 woaini1314520 aini1314520520
    passwordpassword password1234 password12345 password123456 p@ssw0rd1234 p@ssword1234 passw0rd1234 adminadmin123 admin1234567
    admin12345678 administrator administrator1 administrator123 rootrootroot root12345678 qwertyuiop12 qwertyuiop123 qwertyuiop[]
    qwertyuiopas qwer1234qwer qwer12345678 1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv zaq12wsxcde3 asdfghjkl123 asdfghjklzxc
    abcd12345678 abc123456789 abcdef123456 a12345678901 aa1234567890 aaaaaa111111 iloveyou1234 welcome12345 welcome123456
    letmein12345 changeme1234 changemenow1 testtesttest test12345678 guestguest12 shebao123456 shebao12345678 shebao2024shebao
    shehuibaoxian shehuibaoxian123 renshe123456 renshe12345678 beijing123456 binzhou123456 jinan12345678 wechat123456 weixin123456
    """.split()  # noqa: SIM905 - eighty lines otherwise
)
_RUNS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


class Hasher(Protocol):
    """Passwords at rest: slow on purpose, salted, and never read back."""

    async def made(self, password: str) -> str:
        """What is stored for this password."""

    async def fits(self, stored: str, password: str) -> bool:
        """Whether it is the password. An empty `stored` takes the same time and never fits."""

    def outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than those of today."""


class OneTime(Protocol):
    """One-time codes that change every half minute (动态口令)."""

    def new_secret(self) -> str:
        """Base32, 160 random bits."""

    def step(self, secret: str, code: str) -> int | None:
        """The time step to which the code belongs, the present one or a neighbour; None if it fits none. An empty secret takes the same time and never fits."""

    def address(self, secret: str, login: str) -> str:
        """The `otpauth://` address that an authenticator takes in."""

    def now(self) -> datetime:
        """The moment by which codes are judged."""


def tidy(password: str) -> str:
    """One spelling for what looks the same (NFKC), as it is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def unfit(password: str, login: str) -> str:
    """Why this cannot be a password, as a sentence that says what to do; '' if it can."""
    plain = tidy(password)
    folded = plain.casefold()
    if len(plain) < SHORTEST:
        return f"新密码太短了，至少要 {SHORTEST} 个字符。可以用几个不相干的词连起来。"
    if len(plain) > LONGEST:
        return f"新密码太长了，最多 {LONGEST} 个字符。"
    if login and login.casefold() in folded and len(folded) < len(login) + SHORTEST // 2:
        return "新密码不能和登录名一样，也不能只在登录名后面加几个字。请换一个。"
    if folded in _COMMON or len(set(folded)) < 5 or any(_is_run(folded, run) for run in _RUNS):
        return "这个密码太常见了，别人很容易猜到。请换一个，例如几个不相干的词连起来。"
    return ""


def _is_run(folded: str, run: str) -> bool:
    """Whether it is nothing but a piece of that row of keys, forwards or backwards, perhaps with a short tail."""
    head = folded[: max(SHORTEST - 2, len(folded) - 3)]
    return head in run or head in run[::-1]
