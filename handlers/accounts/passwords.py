"""What a person may choose as a password and as a 用户名. The manual leaves the rules Silent: the length is configuration, the rest is care."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from handlers.secrecy import LONGEST, tidy

_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,19}")
_RUNS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_COMMON: Final = frozenset(
    """
    password password1 password123 passw0rd p@ssw0rd p@ssword qwer1234 1234qwer abc12345 abcd1234 a1234567 a12345678 a123456789 aa123456
    abc123456 qq123456 q1w2e3r4 q1w2e3r4t5 1q2w3e4r 1q2w3e4r5t zaq12wsx iloveyou woaini520 woaini1314 woaini521 5201314 52013140 5201314520
    1314520520 520131452 147258369 159357159 159753456 741852963 789456123 987654321 112233445566 11223344 12341234 123123123 12312312
    66668888 88886666 88888888 66666666 13145200 shebao123 shebao1234 shebao2024 shebao2025 shebao2026 weixin123 wechat123 beijing123
    binzhou123 jinan12345 zhongguo123 admin123 admin1234 welcome1 letmein1 sunshine princess football baseball superman
    """.split()  # noqa: SIM905 - fifty lines otherwise
)


def unfit(password: str, shortest: int, own: Sequence[str]) -> str:
    """Why this cannot be a person's password, as a sentence that says what to do; '' if it can. `own` is what others may know of the person:
    证件号码, phone, 用户名, card numbers."""
    plain = tidy(password)
    folded = plain.casefold()
    if len(plain) < shortest:
        return f"密码太短了，至少要 {shortest} 个字符。可以用几个不相干的词连起来。"
    if len(plain) > LONGEST:
        return f"密码太长了，最多 {LONGEST} 个字符。"
    if any(_is_of(folded, one.casefold()) for one in own if one):
        return "密码不能用证件号码、手机号、卡号或用户名，别人容易猜到。请换一个。"
    if folded in _COMMON or len(set(folded)) < 4 or any(_is_run(folded, run) for run in _RUNS):
        return "这个密码太常见了，别人很容易猜到。请换一个，例如几个不相干的词连起来。"
    return ""


def unfit_username(username: str) -> str:
    """Why this cannot be a 用户名; '' if it can, or if none is wanted. It never looks like a phone or an identity number."""
    if not username or _USERNAME.fullmatch(username):
        return ""
    return "用户名要以字母开头，4 到 20 个字母、数字或下划线；不想要就空着。"


def _is_of(folded: str, own: str) -> bool:
    """It is that number or word, a piece of it, or that with a few characters around."""
    return folded in own or (len(own) >= 4 and own in folded and len(folded) - len(own) < 4)


def _is_run(folded: str, run: str) -> bool:
    """Nothing but a row of keys, forwards or backwards, perhaps with a short tail."""
    head = folded[: max(6, len(folded) - 2)]
    return head in run or head in run[::-1]
