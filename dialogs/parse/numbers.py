"""Numbers that belong to somebody: phones, codes, the end of an identity number, business numbers.

No message here repeats a digit that was typed.
"""

from __future__ import annotations

import re
from datetime import date

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import normal

_SEPARATED = pattern_of(r"(?<=[0-9Xx])[ \-.·](?=[0-9Xx])")
_PHONE = pattern_of(r"(?<![0-9])(?:\+?(?:00)?86)?(1[3-9][0-9]{9})(?![0-9])")
_ANY_DIGITS = pattern_of(r"[0-9]+")


def _joined(text: str) -> str:
    """Digits that blanks, dots or dashes part are put together again: 139 0000 1111."""
    return _SEPARATED.sub("", text)


def _ungrouped(text: str) -> str:
    return re.sub(r"(?<=86)[ )\-]+(?=1)|[()]", "", _joined(text))


def phone(text: str) -> str:
    """A mainland mobile number as eleven digits. Accepts blanks, dashes, +86, 0086, full width, 幺三九…, and words around it.

    Raises Invalid, which counts the digits when the count is wrong.
    """
    plain = normal(text)
    found = set(_PHONE.findall(plain))
    if not found:
        plain = _ungrouped(plain)
        found = set(_PHONE.findall(plain))
    if len(found) == 1:
        return str(found.pop())
    if len(found) > 1:
        raise Invalid("看到了两个手机号，请只发在社保登记的那一个。")
    runs = _ANY_DIGITS.findall(plain)
    if len(runs) == 1 and 3 <= len(runs[0]) <= 10 and re.match(r"1[3-9]", runs[0]):
        digits = len(runs[0])
        raise Invalid(f"手机号是11位数字，您发的是{digits}位，还差{11 - digits}位，请对一下再发。")
    if len(runs) == 1 and 7 <= len(runs[0]) <= 16:
        if runs[0].startswith("0") or len(runs[0]) in (7, 8):
            raise Invalid("这像是座机号码。请发11位的手机号，例如 139 开头的那种。")
        if len(runs[0]) != 11:
            raise Invalid(f"手机号是11位数字，您发的是{len(runs[0])}位，请对一下再发。")
    raise Invalid("请发11位的手机号，以1开头，例如 13900001111。")


_NEAR_CODE = pattern_of(
    r"(?:验证码|校验码|动态码|短信码|code)[^0-9]{0,8}([0-9]{6})(?![0-9])|(?<![0-9])([0-9]{6})[^0-9]{0,6}(?:验证码|动态码)",
    re.IGNORECASE,
)
_SIX = pattern_of(r"(?<![0-9])[0-9]{6}(?![0-9])")


def sms_code(text: str) -> str:
    """The six digits of an SMS code: alone, with blanks, in full width, or inside the whole pasted message. Raises Invalid."""
    plain = normal(text)
    if re.fullmatch(r"[0-9 \-.,]+", plain) and len(digits := re.sub(r"[^0-9]", "", plain)) <= 12:
        if len(digits) == 6:
            return digits
        raise Invalid(
            f"验证码是6位数字，您发的是{len(digits)}位，请看短信再发一次。" if digits else "请发短信里的6位数字验证码。"
        )
    if near := _NEAR_CODE.search(plain):
        return str(near[1] or near[2])
    found = set(_SIX.findall(plain))
    if len(found) == 1:
        return str(found.pop())
    raise Invalid("请发短信里的6位数字验证码。没收到可以回复“重发”。")


_END = pattern_of(r"(?<![0-9X])[0-9]{3}[0-9X](?![0-9X])")
_FULL = pattern_of(r"(?<![0-9])(?:[0-9]{17}[0-9X]|[0-9]{15})(?![0-9])")
_SPOKEN_X = pattern_of(r"(?<=[0-9])[ ]?(?:×|叉|差号|艾克斯|埃克斯|爱克斯|\*)")


def last_four(text: str) -> str:
    """The last four characters of an identity number, X in upper case. Raises Invalid; for a whole number the sentence says never to send one here."""
    plain = _SPOKEN_X.sub("X", normal(text)).upper()
    joined = _joined(plain)
    if _FULL.search(joined) or looks_like_identity(text):
        raise Invalid("请不要在聊天里发完整的身份证号，任何人向您要都别发。这里只需要最后4位，请只发最后4位。")
    found = set(_END.findall(plain)) or set(_END.findall(joined))
    if len(found) == 1:
        return str(found.pop())
    raise Invalid("请发身份证号的最后4位，例如 0018；末位是X的就发X，例如 001X。")


# ── business numbers ────────────────────────────────────────────────────────────────────────────────────────────────

_CASE_WORD = pattern_of(
    r"(?:流水号|受理号|受理编号|业务号|业务编号|办件号|单号|编号|号码)(?:是|为|:|,|\s|号)*([A-Z]{0,6}-?[0-9][0-9A-Z\-]{5,30})",
    re.IGNORECASE,
)
_CASE_BARE = pattern_of(r"(?<![0-9A-Z\-])([A-Z]{0,6}-?[0-9][0-9\-]{8,28}[0-9A-Z]{0,2})(?![0-9A-Z\-])", re.IGNORECASE)
_DIGIT = pattern_of(r"[0-9]")


def _as_case_no(candidate: str) -> str | None:
    plain = candidate.replace("-", "").replace(" ", "").upper()
    digits = len(_DIGIT.findall(plain))
    if not (8 <= len(plain) <= 32 and digits >= 6 and digits >= len(plain) - 8):
        return None
    if _PHONE.fullmatch(plain) or looks_like_identity(plain):
        return None
    return plain


def find_case_no(text: str) -> str | None:
    """The 业务流水号 in a sentence: what follows 流水号, or a long number that is neither a phone nor an identity number; None if there is none."""
    plain = re.sub(r"(?<=[0-9]) (?=[0-9]{2,})", "", normal(text))
    for pattern in (_CASE_WORD, _CASE_BARE):
        for found in pattern.finditer(plain):
            if (number := _as_case_no(found[1])) is not None and (pattern is _CASE_WORD or len(_DIGIT.findall(number)) >= 10):
                return number
    return None


def case_no(text: str) -> str:
    """A 业务流水号 without blanks and dashes, letters in upper case. The systems' formats differ (15, 16, 20 digits are seen), so only length and digits are judged.

    Raises Invalid.
    """
    plain = normal(text)
    if looks_like_identity(plain):
        raise Invalid("这像是身份证号或银行卡号，请不要在聊天里发。这里需要的是业务流水号，在受理单或办理通知上。")
    bare = re.sub(r"[\s.,:;#]", "", plain)
    if re.fullmatch(r"[0-9A-Za-z\-]+", bare) and (number := _as_case_no(bare)) is not None:
        return number
    found = find_case_no(plain)
    if found is not None:
        return found
    raise Invalid("请发业务流水号，是受理单或办理通知上的一长串数字；也可以回复“我的”，看您最近办的业务。")


# ── what must never be typed here ───────────────────────────────────────────────────────────────────────────────────

_EIGHTEEN = pattern_of(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9Xx])")
_FIFTEEN = pattern_of(r"(?<![0-9])[0-9]{15}(?![0-9])")
_CARD = pattern_of(r"(?<![0-9])[0-9]{16,19}(?![0-9Xx])")
_OF_IDENTITY = pattern_of(r"身份证|证件号|身份号")
_OF_BANK = pattern_of(r"银行卡|卡号|账号|账户|帐号")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_DAY = date(1890, 1, 1)


def check_digit_holds(number: str) -> bool:
    """Whether the eighteenth character follows from the seventeen before it (ISO 7064 MOD 11-2)."""
    total = sum(int(c) * weight for c, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def _begins_with_a_recent_day(number: str) -> bool:
    """Our own 流水号 begin with the day of issue, and no province has the number 20."""
    day = _day(number[:8])
    return day is not None and 2000 <= day.year < 2100


def _luhn(number: str) -> bool:
    total = 0
    for place, c in enumerate(reversed(number)):
        digit = int(c)
        if place % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0


def looks_like_identity(text: str) -> bool:
    """Whether a whole identity number or bank card number stands anywhere in the text, with or without blanks.

    An identity number needs a real day of birth, and either its check digit or a word that says what it is, so that one with
    a slip is seen too; a bank card needs its check digit. Our own 流水号 (they begin with the day of issue) are neither.
    """
    plain = normal(text)
    for form in dict.fromkeys((plain, _joined(plain))):
        for found in _EIGHTEEN.findall(form):
            birth = _day(found[6:14])
            if (
                birth is not None
                and birth >= _FIRST_DAY
                and birth.year < 2100
                and not _begins_with_a_recent_day(found)
                and (check_digit_holds(found) or (found[0] in "1234568" and birth.year <= 2015) or _OF_IDENTITY.search(form))
            ):
                return True
        if _OF_IDENTITY.search(form) and any(_day("19" + old[6:12]) for old in _FIFTEEN.findall(form)):
            return True
        for found in _CARD.findall(form):
            if _luhn(found) and not _begins_with_a_recent_day(found) and (found[0] in "34569" or _OF_BANK.search(form)):
                return True
    return False
