"""流水号 and 校验码: the two numbers at the top right of every document (DESIGN section 4, BJQ-V-01, targets S12).

流水号 — 18 digits: day of issue (8), region (2), random (7), check digit (1); shown and read out as `2024 0912 11 4725 8813`.
Two documents of one day and region may draw the same number: storage raises Conflict and the caller draws again.

校验码 — 12 characters of an alphabet of 16, so 48 random bits, shown as `7KXM-29HW-T4FY`. Digits 0 and 1 and every letter that
looks like another character, or sounds like one when it is spelled to a Chinese ear over the telephone, are left out.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import date
from urllib.parse import unquote, urlsplit

SERIAL_LENGTH = 18
SERIAL_GROUPS = (4, 4, 2, 4, 4)
CODE_LENGTH = 12
CODE_ALPHABET = "23456789FHKMTWXY"
"""Not here: 0/O/D/Q, 1/I/L/J, U/V/N, B, S, Z, G, C, E, P, R (「二」), A. Sixteen characters, four bits each."""

REGION_CODES = {"beijing": "11", "binzhou": "16", "jinan": "01"}
OTHER_REGION = "00"
"""A region that an operator added: the number stays unique and readable, it only does not name the region."""

MOST_PIECES = 64
"""Of a message with both numbers in it; a longer message is a letter, not two numbers."""

RandBits = Callable[[int], int]

_IGNORED = re.compile(r"[\s\-‐‑‒–—―−_.·,，、:：/]+")
_SPOKEN_DIGITS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")
_MISREAD = str.maketrans("ZSB×✕", "258XX")
"""Characters that are not in the alphabet and can only have been meant as one that is. O, I, L, U and others stay wrong."""

_LABEL_SERIAL = re.compile(r"^(?:查询)?流水(?:号码|号)?(?:是|为)?")
_LABEL_CODE = re.compile(r"^校验(?:号码|码)?(?:是|为)?")


# ── 流水号 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _multiply(a: int, b: int) -> int:
    """Product in the symmetries of a pentagon: 0–4 turn it, 5–9 turn it over. Order matters, which is why swapped digits show."""
    turned_over = (a >= 5) != (b >= 5)
    turn = (a % 5 - b % 5) % 5 if a >= 5 else (a % 5 + b % 5) % 5
    return turn + 5 * turned_over


_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permuted() -> tuple[tuple[int, ...], ...]:
    """`_STEP` applied 0 to 7 times: each place of the number has its own permutation, and the eighth is the first again."""
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_STEP[digit] for digit in rows[-1]))
    return tuple(rows)


_PLACES = _permuted()
_INVERSE = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)


def _state(digits: str, first_place: int) -> int:
    state = 0
    for place, digit in enumerate(reversed(digits), start=first_place):
        state = _multiply(state, _PLACES[place % 8][int(digit)])
    return state


def check_digit(digits: str) -> str:
    """The check digit after Verhoeff: it finds every wrong single digit and every swap of neighbours.

    ISO 7064 MOD 11,10 and the Luhn formula let some swaps through (Luhn: 09 and 90), which is what happens when a number is
    read out or typed from paper.
    """
    return str(_INVERSE[_state(digits, first_place=1)])


def new_serial(day: date, region: str, randbits: RandBits = secrets.randbits) -> str:
    """A new 流水号 of 18 digits for a document issued on `day` in `region` (a region code such as `beijing`)."""
    body = f"{day:%Y%m%d}{REGION_CODES.get(region, OTHER_REGION)}{randbits(64) % 10**7:07d}"
    return body + check_digit(body)


def parse_serial(text: str) -> str | None:
    """The 18 digits that somebody typed or said, or None if they cannot be a 流水号 of ours.

    Spaces, hyphens, full-width digits, spoken digits (二零二四, 幺) and a leading 流水号 are understood. The date must exist
    and the check digit must be right, so that most slips are found without a look-up.
    """
    digits = _LABEL_SERIAL.sub("", _plain(text)).translate(_SPOKEN_DIGITS)
    if len(digits) != SERIAL_LENGTH or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return digits if _state(digits, first_place=0) == 0 else None


def looks_like_serial(text: str) -> bool:
    """Whether the text is meant as a 流水号, right or wrong: 16 to 20 digits that begin like a year of this century."""
    digits = _LABEL_SERIAL.sub("", _plain(text)).translate(_SPOKEN_DIGITS)
    return digits.isascii() and digits.isdigit() and abs(len(digits) - SERIAL_LENGTH) <= 2 and digits.startswith("20")


def group_serial(serial: str) -> str:
    """As it is printed and read out: `2024 0912 11 4725 8813`."""
    parts, start = [], 0
    for size in SERIAL_GROUPS:
        parts.append(serial[start : start + size])
        start += size
    return " ".join(part for part in (*parts, serial[start:]) if part)


# ── 校验码 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def new_check_code(randbits: RandBits = secrets.randbits) -> str:
    """A new 校验码: 12 characters, 48 bits from the system's generator."""
    bits = randbits(4 * CODE_LENGTH)
    return "".join(CODE_ALPHABET[bits >> (4 * place) & 15] for place in range(CODE_LENGTH))


def parse_check_code(text: str) -> str | None:
    """The 12 characters that somebody typed or said, or None if they cannot be a 校验码.

    Lower case, full width, spaces, hyphens, spoken digits and a leading 校验码 are understood; Z, S, B and × are read as the
    2, 5, 8 and X that they must be. Characters that could stand for more than one of ours stay wrong.
    """
    code = _as_code(text)
    return code if len(code) == CODE_LENGTH and all(char in CODE_ALPHABET for char in code) else None


def looks_like_check_code(text: str) -> bool:
    """Whether the text is meant as a 校验码, right or wrong: 10 to 14 letters and digits with at least one of each, or a right one."""
    code = _as_code(text)
    if abs(len(code) - CODE_LENGTH) > 2 or not (code.isascii() and code.isalnum()):
        return False
    return parse_check_code(text) is not None or (any(c.isdigit() for c in code) and any(c.isalpha() for c in code))


def group_check_code(code: str) -> str:
    """As it is printed and read out: `7KXM-29HW-T4FY`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _as_code(text: str) -> str:
    return _LABEL_CODE.sub("", _plain(text)).translate(_SPOKEN_DIGITS).upper().translate(_MISREAD)


# ── both ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def from_text(text: str) -> tuple[str, str] | None:
    """Both numbers out of one message (`流水号 2024… 校验码 7KXM…`, in either order, or two lines), or None."""
    plain = unicodedata.normalize("NFKC", text)
    pieces = [piece for piece in re.split(r"[\s,;、。]+|(?=流水)|(?=校验)", plain) if piece]
    for cut in range(1, len(pieces) if len(pieces) <= MOST_PIECES else 0):
        left, right = "".join(pieces[:cut]), "".join(pieces[cut:])
        for first, second in ((left, right), (right, left)):
            serial, code = parse_serial(first), parse_check_code(second)
            if serial and code:
                return serial, code
    return None


def from_qr(text: str, public_url: str) -> tuple[str, str] | None:
    """(流水号, 校验码) out of a scanned `<public_url>/v/<流水号>/<校验码>`, or None for anything else.

    Scheme, host and port must be those of `public_url`: a code that leads to somebody else's address proves nothing. A query or
    fragment that the scanner added is ignored. Never raises.
    """
    try:
        found, ours = urlsplit(text.strip()), urlsplit(public_url.strip())
        same_place = _place(found.scheme, found.netloc) == _place(ours.scheme, ours.netloc)
    except ValueError:
        return None
    prefix = f"{ours.path.rstrip('/')}/v/"
    if not same_place or not found.path.startswith(prefix):
        return None
    parts = unquote(found.path.removeprefix(prefix)).rstrip("/").split("/")
    if len(parts) != 2:
        return None
    serial, code = parse_serial(parts[0]), parse_check_code(parts[1])
    return (serial, code) if serial and code else None


def _place(scheme: str, netloc: str) -> tuple[str, str]:
    scheme, netloc = scheme.lower(), netloc.lower()
    return scheme, netloc.removesuffix({"http": ":80", "https": ":443"}.get(scheme, "\n"))


def _plain(text: str) -> str:
    """Without spaces and separators, in ASCII width."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text))
