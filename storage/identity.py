"""Numbers that carry their own check: 公民身份号码 (GB 11643) and 统一社会信用代码 (GB 32100), each with its organisation code (GB 11714).

A number is never refused for its region: abolished counties, residence permits (81…, 82…, 83…) and the card of foreigners (9…)
are real people's numbers (infra.md 9).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_SHAPE = re.compile(rf"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def normalise(text: str) -> str:
    """What a person or a spreadsheet wrote, as it is stored: half-width, upper case, without blanks. Checks nothing."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def check(id_no: str) -> str | None:
    """None if the 18-digit number is right, else a Chinese sentence that says what is wrong (and never repeats the number).

    Looks at length, characters, a real birth date from 1900 on, and the check digit (ISO 7064 MOD 11-2); not at the region.
    Expects the form that `normalise` gives.
    """
    if len(id_no) == 15 and id_no.isdecimal():
        return "这是15位的旧号码，请换成18位的证件号码"
    if len(id_no) != 18:
        return f"证件号码应为18位，现在是{len(id_no)}位"
    if not _SHAPE.fullmatch(id_no):
        return "证件号码前17位应是数字，最后一位是数字或大写字母X"
    if birth_date(id_no) is None:
        return "证件号码第7至14位应是出生日期，现在不是一个真实的日期"
    if _check_digit(id_no[:17]) != id_no[17]:
        return "证件号码的最后一位（校验码）不对，请逐位核对"
    return None


def make(area: str, birth: date, sequence: int) -> str:
    """The number of `area` (six digits), birth date and sequence (0…999; odd for men, even for women) with its check digit."""
    if not re.fullmatch(r"[0-9]{6}", area):
        raise ValueError("area: six digits")
    if not 0 <= sequence <= 999:
        raise ValueError("sequence: 0…999")
    body = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return body + _check_digit(body)


def birth_date(id_no: str) -> date | None:
    """The birth date inside an 18-digit number; None where those digits are no date from 1900 on."""
    try:
        born = date(int(id_no[6:10]), int(id_no[10:12]), int(id_no[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1900 else None


def gender(id_no: str) -> str:
    """男 or 女, by the parity of the 17th digit."""
    return "男" if int(id_no[16]) % 2 else "女"


def check_uscc(code: str) -> str | None:
    """None if the 统一社会信用代码 is right, else a Chinese sentence. Expects the form that `normalise` gives."""
    if len(code) != 18:
        return f"统一社会信用代码应为18位，现在是{len(code)}位"
    if not _USCC_SHAPE.fullmatch(code):
        return "统一社会信用代码里有不该出现的字符（不用字母I、O、Z、S、V；第3至8位是数字）"
    if _uscc_digit(code[:17]) != code[17]:
        return "统一社会信用代码的最后一位（校验码）不对，请逐位核对"
    return None


def make_uscc(kind: str, area: str, body: str) -> str:
    """A code with both check digits: `kind` two characters (91 is an enterprise), `area` six digits, `body` the eight of the organisation."""
    code = f"{kind}{area}{body}{_org_digit(body)}"
    if not _USCC_SHAPE.fullmatch(code + "0"):
        raise ValueError("two characters, six digits and eight characters of the alphabet of GB 32100")
    return code + _uscc_digit(code)


def _check_digit(body: str) -> str:
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def _uscc_digit(body: str) -> str:
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[(31 - total % 31) % 31]


def _org_digit(body: str) -> str:
    total = sum(int(char, 36) * weight for char, weight in zip(body, _ORG_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]
