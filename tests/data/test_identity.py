"""Identity numbers and company codes: check digits worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import identity

# GB 11643 prints this number as its example: 1·7+1·9+0·10+1·5+0·8+5·4+1·2+9·1+4·6+9·3+1·7+2·9+3·10+1·5+0·8+0·4+2·2 = 167; 167 mod 11 = 2 → X
EXAMPLE = "11010519491231002X"
# 000001 19900101 001: 1·4 + 1·2 + 9·1 + 9·6 + 1·9 + 1·5 + 1·2 = 85; 85 mod 11 = 8 → 4
MADE = "000001199001010014"


def test_right_numbers_pass() -> None:
    """The standard's own example and one worked out by hand are right."""
    assert identity.check(EXAMPLE) is None
    assert identity.check(MADE) is None
    assert identity.make("000001", date(1990, 1, 1), 1) == MADE
    assert identity.make("110105", date(1949, 12, 31), 2) == EXAMPLE


@pytest.mark.parametrize(
    ("number", "part"),
    [
        ("", "18位"),
        ("110105491231002", "15位的旧号码"),
        ("11010519491231002", "现在是17位"),
        ("11010519491231002x", "大写字母X"),
        ("1101051949123100X2", "前17位"),
        ("１１０１０５１９４９１２３１００２X", "前17位"),
        ("110105194902300028", "出生日期"),
        ("110105189912310020", "出生日期"),
        ("110105194912310020", "校验码"),
        ("110105194912310125", "校验码"),
    ],
)
def test_wrong_numbers_are_told_what_is_wrong(number: str, part: str) -> None:
    """Each mistake has its own sentence, which never repeats the number."""
    told = identity.check(number)
    assert told is not None
    assert part in told
    assert not number or number not in told


@pytest.mark.parametrize("area", ["510202", "440524", "320504", "810000", "830000", "911100", "000001"])
def test_no_number_is_refused_for_its_region(area: str) -> None:
    """Abolished counties, residence permits and the card of foreigners are real people's numbers."""
    assert identity.check(identity.make(area, date(1980, 2, 29), 123)) is None


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
    st.integers(0, 999999),
    st.integers(0, 17),
    st.integers(1, 9),
)
def test_one_wrong_digit_is_always_noticed(birth: date, sequence: int, area: int, place: int, shift: int) -> None:
    """Whatever digit is mistyped, the number no longer passes; what was made does, and tells birth date and gender."""
    number = identity.make(f"{area:06d}", birth, sequence)
    assert identity.check(number) is None
    assert identity.birth_date(number) == birth
    assert identity.gender(number) == ("男" if sequence % 2 else "女")
    old = 10 if number[place] == "X" else int(number[place])
    new = (old + shift) % (11 if place == 17 else 10)
    mistyped = number[:place] + ("X" if new == 10 else str(new)) + number[place + 1 :]
    assert identity.check(mistyped) is not None


def test_what_people_write_is_brought_into_form() -> None:
    """Full-width digits, blanks and a small x become the stored form."""
    assert identity.normalise(" １１０１０５ 19491231002ｘ ") == EXAMPLE
    assert identity.check(identity.normalise("11010519491231002x")) is None


def test_make_refuses_what_cannot_be_a_number() -> None:
    """An area of five digits or a sequence of four is a mistake of the program."""
    with pytest.raises(ValueError, match="area"):
        identity.make("11010", date(1990, 1, 1), 1)
    with pytest.raises(ValueError, match="sequence"):
        identity.make("110105", date(1990, 1, 1), 1000)


def test_company_codes() -> None:
    """A code worked out by hand is right, and each mistake has its own sentence.

    Organisation DE000001: 13·3 + 14·7 + 1·2 = 139; 139 mod 11 = 7; 11 - 7 = 4.
    The whole: 9·1 + 1·3 + 13·20 + 14·29 + 1·30 + 4·28 = 820; 820 mod 31 = 14; 31 - 14 = 17, which is H.
    """
    code = identity.make_uscc("91", "000000", "DE000001")
    assert code == "91000000DE0000014H"
    assert identity.check_uscc(code) is None
    assert "18位" in (identity.check_uscc(code[:-1]) or "")
    assert "字符" in (identity.check_uscc("I" + code[1:]) or "")
    assert "校验码" in (identity.check_uscc(code[:16] + "5" + code[17]) or "")
    with pytest.raises(ValueError, match="alphabet"):
        identity.make_uscc("91", "000000", "DE00000I")
