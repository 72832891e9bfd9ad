"""流水号 and 校验码."""

from __future__ import annotations

import secrets
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.documents import numbers as n
from tests.documents.samples import CODE, PUBLIC_URL, SERIAL, VERIFY_URL


def drawn(bits: int) -> n.RandBits:
    """A generator that has drawn its number already."""
    return lambda _count: bits


DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
REGIONS = st.sampled_from(["beijing", "binzhou", "jinan", "weihai"])
SERIALS = st.builds(lambda day, region, bits: n.new_serial(day, region, drawn(bits)), DAYS, REGIONS, st.integers(0, 2**64 - 1))
CODES = st.builds(lambda bits: n.new_check_code(drawn(bits)), st.integers(0, 2**48 - 1))
SOME_SERIALS = [
    n.new_serial(date(2024, 9, 12), region, drawn(seed)) for region in n.REGION_CODES for seed in (0, 7, 9090909, 1234567)
]
FULL_WIDTH = str.maketrans("0123456789", "0123456789")


def test_a_serial_says_when_and_where() -> None:
    """Day of issue, region, seven random digits, check digit; grouped for reading out."""
    serial = n.new_serial(date(2024, 9, 12), "binzhou", drawn(4_725_881))
    assert serial[:-1] == "20240912" + "16" + "4725881"
    assert len(serial) == n.SERIAL_LENGTH
    assert n.group_serial(serial) == f"2024 0912 16 4725 881{serial[-1]}"
    assert {region: n.new_serial(date(2024, 1, 2), region)[8:10] for region in ("beijing", "jinan", "anywhere")} == {
        "beijing": "11",
        "jinan": "01",
        "anywhere": "00",
    }


def test_the_random_part_uses_every_digit_and_never_more_than_seven() -> None:
    """Whatever the generator gives, the serial has 18 digits."""
    for bits in (0, 1, 10**7 - 1, 10**7, 2**64 - 1):
        serial = n.new_serial(date(2024, 9, 12), "beijing", drawn(bits))
        assert serial[10:17] == f"{bits % 10**7:07d}"
        assert n.parse_serial(serial) == serial


@pytest.mark.parametrize("serial", SOME_SERIALS)
def test_every_wrong_digit_is_found(serial: str) -> None:
    """Exhaustive: each of the 18 digits replaced by each of the nine others."""
    for place, digit in enumerate(serial):
        for wrong in "0123456789":
            if wrong != digit:
                assert n.parse_serial(serial[:place] + wrong + serial[place + 1 :]) is None


@pytest.mark.parametrize("serial", SOME_SERIALS)
def test_every_swap_of_neighbours_is_found(serial: str) -> None:
    """Exhaustive: each pair of different neighbours swapped, the check digit among them."""
    for place in range(len(serial) - 1):
        left, right = serial[place], serial[place + 1]
        if left != right:
            assert n.parse_serial(serial[:place] + right + left + serial[place + 2 :]) is None


def test_the_check_digit_finds_all_pairs_of_digits_at_all_places() -> None:
    """For any two neighbouring digits at any place, the number and its swap have different check digits; so have two that differ in one digit."""
    for place in range(16):
        for left in "0123456789":
            for right in "0123456789":
                body = "0" * place + left + right + "0" * (15 - place)
                swapped = "0" * place + right + left + "0" * (15 - place)
                assert (n.check_digit(body) == n.check_digit(swapped)) == (left == right)
        assert len({n.check_digit("7" * place + digit + "7" * (16 - place)) for digit in "0123456789"}) == 10


def test_the_usual_formulas_would_not_find_all() -> None:
    """Why not ISO 7064 MOD 11,10: a swap of neighbours exists that it lets through."""

    def mod_11_10(digits: str) -> int:
        rest = 10
        for digit in digits:
            rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
        return (11 - rest) % 10

    pairs = [(left, right) for left in range(10) for right in range(left)]
    assert any(
        mod_11_10(f"{head}{left}{right}") == mod_11_10(f"{head}{right}{left}") for head in range(100) for left, right in pairs
    )


@given(SERIALS)
def test_a_serial_is_read_however_it_is_typed(serial: str) -> None:
    """Grouped, hyphenated, full width, with its label, or letter by letter."""
    for typed in (
        serial,
        n.group_serial(serial),
        "-".join((serial[:8], serial[8:10], serial[10:])),
        serial.translate(FULL_WIDTH),
        f" 流水号：{n.group_serial(serial)} ",
        f"查询流水号 {serial}",
        "—".join(serial),
        serial.translate(str.maketrans("0123456789", "零幺二三四五六七八九")),
    ):
        assert n.parse_serial(typed) == serial
    assert n.looks_like_serial(serial)
    assert n.looks_like_serial(serial[:-1])


@pytest.mark.parametrize(
    "typed", ["", "你好", "110101199003070011", SERIAL[:-1], SERIAL + "1", "202413011100000001", "99999999999", "²" * 18, "１２"]
)
def test_what_is_no_serial_is_none(typed: str) -> None:
    """Too short, too long, no such day, or words: None, never an error."""
    assert n.parse_serial(typed) is None


def test_an_identity_number_does_not_look_like_a_serial() -> None:
    """18 digits too, but an administrative code never begins with 20."""
    assert not n.looks_like_serial("110101199003070011")
    assert not n.looks_like_serial("13800000000")
    assert n.looks_like_serial("2024 0912 11 0000 0004")


@given(st.text(max_size=60))
def test_reading_never_raises(text: str) -> None:
    """Any text is either read or not; what is read is canonical and reads as itself."""
    serial, code = n.parse_serial(text), n.parse_check_code(text)
    n.looks_like_serial(text), n.looks_like_check_code(text), n.from_text(text), n.from_qr(text, PUBLIC_URL)
    assert serial is None or n.parse_serial(serial) == serial
    assert code is None or n.parse_check_code(code) == code


def test_a_code_has_at_least_forty_random_bits() -> None:
    """16 characters to the power of 12 is 48 bits, each from the generator, each giving another code."""
    asked: list[int] = []

    def bits(count: int) -> int:
        asked.append(count)
        return secrets.randbits(count)

    assert len(n.new_check_code(bits)) == n.CODE_LENGTH
    assert asked == [48]
    assert len(set(n.CODE_ALPHABET)) == 16
    assert len({n.new_check_code(drawn(1 << bit)) for bit in range(48)}) == 48


def test_no_character_of_a_code_can_be_confused() -> None:
    """No 0/O/D/Q, 1/I/L/J, U/V, B/8, S/5, Z/2, G/6, and only one of each rhyme (M not N; T not P, B, D, E, C)."""
    assert not set(n.CODE_ALPHABET) & set("01ODQILJUVBSZGNPECRA")
    assert n.CODE_ALPHABET.isupper()


@given(CODES)
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    """Lower case, full width, grouped, with its label, and with the misreadings that can mean one thing only."""
    wide = "".join(chr(ord(char) + 0xFEE0) for char in code)
    misread = code.translate(str.maketrans("258X", "zSb×"))
    for typed in (
        code,
        code.lower(),
        wide,
        n.group_check_code(code),
        " ".join(code),
        f"校验码：{n.group_check_code(code).lower()}",
        misread,
    ):
        assert n.parse_check_code(typed) == code
    assert n.looks_like_check_code(code)


@pytest.mark.parametrize("typed", ["", CODE[:-1], CODE + "2", CODE.replace("7", "1"), CODE.replace("7", "O"), "校验码"])
def test_what_is_no_code_is_none(typed: str) -> None:
    """Wrong length, or a character that could stand for several: None rather than a guess."""
    assert n.parse_check_code(typed) is None


def test_words_do_not_look_like_a_code() -> None:
    """Only a string of letters and digits of about the right length does."""
    assert n.looks_like_check_code("7KXM-29HW-T4F1")
    assert not n.looks_like_check_code("查询缴费")
    assert not n.looks_like_check_code("138000000001")


@pytest.mark.parametrize(
    "message",
    [
        f"{SERIAL} {CODE}",
        f"{CODE}\n{SERIAL}",
        f"流水号：{n.group_serial(SERIAL)}，校验码：{n.group_check_code(CODE)}",
        f"校验码{CODE.lower()}流水号{SERIAL}",
        f"流水号 {n.group_serial(SERIAL)} 校验码 {' '.join(CODE)}",
    ],
)
def test_both_numbers_are_found_in_one_message(message: str) -> None:
    """In either order, with or without labels, grouped or not."""
    assert n.from_text(message) == (SERIAL, CODE)


def test_a_letter_is_not_two_numbers() -> None:
    """A long message with numbers somewhere in it is left to others."""
    assert n.from_text("您好 " * 500 + SERIAL + " " + CODE) is None
    assert n.from_text(SERIAL) is None


@pytest.mark.parametrize(
    "text",
    [
        VERIFY_URL,
        f"  {VERIFY_URL}/ ",
        VERIFY_URL.replace("https://sb.example.gov.cn", "HTTPS://SB.example.gov.cn:443"),
        f"{VERIFY_URL}?from=scan#top",
        VERIFY_URL.replace(CODE, n.group_check_code(CODE).lower()),
        f"{PUBLIC_URL}/v/{n.group_serial(SERIAL).replace(' ', '%20')}/{CODE}",
    ],
)
def test_our_qr_code_is_read(text: str) -> None:
    """Whatever a scanner makes of the address, as long as it leads to us."""
    assert n.from_qr(text, PUBLIC_URL) == (SERIAL, CODE)


@pytest.mark.parametrize(
    "text",
    [
        VERIFY_URL.replace("sb.example", "sb-example"),
        VERIFY_URL.replace("https", "http"),
        VERIFY_URL.replace(".cn/", ".cn:8443/"),
        VERIFY_URL.replace("https://", "https://sb.example.gov.cn@evil.example/"),
        VERIFY_URL.replace("https://", "https://x@"),
        VERIFY_URL.replace("/v/", "/w/"),
        VERIFY_URL[:-1],
        f"{PUBLIC_URL}/v/{SERIAL}",
        f"{VERIFY_URL}/more",
        "https://[",
        SERIAL,
        "",
    ],
)
def test_another_qr_code_is_not(text: str) -> None:
    """Another host, scheme, port, path or user part is not ours, and nothing raises."""
    assert n.from_qr(text, PUBLIC_URL) is None


def test_a_public_url_with_a_path_keeps_it() -> None:
    """Behind a reverse proxy the service may live under a path."""
    url = f"http://127.0.0.1:8080/shebao/v/{SERIAL}/{CODE}"
    assert n.from_qr(url, "http://127.0.0.1:8080/shebao/") == (SERIAL, CODE)
    assert n.from_qr(url, "http://127.0.0.1:8080") is None
