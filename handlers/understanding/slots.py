"""The values that were said along with a wish: period, insurance, numbers."""

from __future__ import annotations

import re
from datetime import date

from dialogs.parse import find_case_no, find_everything, find_insurances, find_period, find_year, normal
from dialogs.parse.numbers import check_digit_holds
from dialogs.parse.patterns import pattern_of

_SERIAL = pattern_of(r"(?<![0-9])(20[0-9]{2}(?:[ \-]?[0-9]){14})(?![0-9])")
_LINK = pattern_of(r"/v/([0-9][0-9\- ]{15,24})/([0-9A-Za-z\-]{6,24})")
_CODE_WORD = pattern_of(
    r"(?:校验码|校验号|验证码|效验码|较验码)(?:是|为|:|,|\s)*([0-9A-Za-z](?:[ \-]?[0-9A-Za-z]){5,19})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
_CODE = pattern_of(r"(?<![0-9A-Za-z])([0-9A-Za-z]{4}[ \-][0-9A-Za-z]{4}[ \-][0-9A-Za-z]{4}|[0-9A-Za-z]{6,16})(?![0-9A-Za-z])")
_IDS = pattern_of(r"(?<![0-9])[1-9](?:[ \-.]?[0-9]){16}[ \-.]?[0-9Xx](?![0-9Xx])")
_SPOKEN_X = pattern_of(r"(?<=[0-9])(?:×|叉|艾克斯|埃克斯)")
_HALF_A_YEAR = pattern_of(r"([半一1])年(?:之|以)?内(?=.{0,8}(?:认证|到期|临期))|(?:未来|今后|接下来|往后)的?([半一1])年")
_LEFT_OUT = pattern_of(
    r"^[^,;，；]{1,14}不(?:看|查|要|问|管)[,;，；]|^(?:我)?不(?:看|查|是|要|问)[^,;，；]{1,12}[,;，；]|(?<![是要])不是[^,;，；是]{1,8}(?=是)|^我?不(?:看|查|要|问)[^,;，；看查要问]{1,8}(?=就?(?:看|查|要|问))"
)
_TWO_DAYS = pattern_of(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]) ?[-~到至] ?(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
)
"""20200101-20221231: from one day to another, no number of a case."""

_TWO_MONTHS = 12
"""Digits of 202403-202406: what is no longer may be a time as well as a number of a case."""

_THE_OTHERS = pattern_of("其他|其它|其余|别的|剩下|余下")
_DAYS_AHEAD = pattern_of(r"(?:(?<![0-9])([369]|12|15|18)0天|[一1]?个?季度)(?:之|以)?内(?=.{0,8}(?:认证|到期|临期))")
"""90天内, 一季度内: three months."""

_MONTHS_AHEAD = pattern_of(
    r"(?:临期|还有|提前|未来|今后|接下来|往后|后)?的?([0-9]{1,2})个?月(?:之内|以内|内)?(?:就?要?到期|临期|认证|期满|快到|要认证|该认证)|(?:临期|提前|未来|今后|接下来|往后)的?([0-9]{1,2})个?月"
)


def _identities(plain: str) -> list[str]:
    """Identity numbers as they stand in a normalised text: in one piece, or in groups if the check digit holds."""
    found = _IDS.findall(_SPOKEN_X.sub("X", plain))
    return [number for number in found if len(number) == 18 or check_digit_holds(re.sub(r"[^0-9Xx]", "", number))]


def slots_of(text: str, today: date, role: str) -> dict[str, str]:
    """Everything that can be read from a tidied sentence, as the strings of DESIGN section 6.

    `period` for any time; also `ym` when it is one month and `year` when it is one calendar year. `ids` only for a clerk: a person
    has no business with other people's numbers.
    """
    found: dict[str, str] = {}
    plain = normal(text)
    rest = plain
    if link := _LINK.search(plain):
        return {"serial": re.sub(r"[^0-9]", "", link[1]), "code": link[2].replace("-", "").upper()}
    if serial := _SERIAL.search(plain):
        found["serial"] = re.sub(r"[^0-9]", "", serial[1])
        rest = plain[: serial.start()] + " , " + plain[serial.end() :]
    code = _CODE_WORD.search(rest)
    if code is None and serial:
        code = next((c for c in _CODE.finditer(rest) if any(x.isalpha() for x in c[1]) or len(c[1]) >= 8), None)
    if code:
        found["code"] = re.sub(r"[^0-9A-Za-z]", "", code[1]).upper()
        rest = rest[: code.start()] + " , " + rest[code.end() :]
    if role == "employer" and "serial" not in found and (ids := _identities(plain)):
        found["ids"] = ",".join(dict.fromkeys(re.sub(r"[^0-9X]", "", number.upper()) for number in ids))
        rest = _SPOKEN_X.sub("X", plain)
        for number in ids:
            rest = rest.replace(number, " , ")
    case = find_case_no(_TWO_DAYS.sub(" ", rest if code or "ids" in found else plain))
    if case and case != found.get("serial"):
        found["case_no"] = case
        if len(case) > _TWO_MONTHS:
            rest = re.sub(r"[ \-]*".join(map(re.escape, case)), " , ", rest, flags=re.IGNORECASE)
    if role == "employer" and (half := _HALF_A_YEAR.search(rest)):
        found["months"] = "6" if (half[1] or half[2]) == "半" else "12"
        rest = rest.replace(half[0], " ")
    if role == "employer" and (days := _DAYS_AHEAD.search(rest)):
        found["months"] = "3" if days[1] is None else str(int(days[1]) // 3)
        rest = rest.replace(days[0], " ")
    if ahead := _MONTHS_AHEAD.search(rest):
        found["months"] = str(int(ahead[1] or ahead[2]))
        rest = rest.replace(ahead[0], " ")
    if span := find_period(rest, today):
        found["period"] = str(span)
        if span.start == span.end:
            found["ym"] = str(span.start)
        year = find_year(rest, today)
        if year is not None and span.start.year == span.end.year == year and span.start.month == 1:
            found["year"] = str(year)
    elif role == "person" and (span := find_everything(rest, today)):
        found["period"] = str(span)
    if insurances := find_insurances(text if _THE_OTHERS.search(text) else _LEFT_OUT.sub("", text)):
        found["insurance"] = ",".join(insurances)
    return found
