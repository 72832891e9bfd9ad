"""Insurances, phones, codes, numbers, yes or no, choices."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.parse import (
    Invalid,
    case_no,
    choice,
    find_case_no,
    find_insurances,
    insurances,
    last_four,
    looks_like_identity,
    normal,
    phone,
    sms_code,
    tidy,
    yes_no,
)

FIVE = "pension,medical,unemployment,injury,maternity"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("养老", "pension"),
        ("养老保险", "pension"),
        ("医保", "medical"),
        ("医宝", "medical"),
        ("失业、工伤", "unemployment,injury"),
        ("医疗和养老", "pension,medical"),
        ("生育险", "maternity"),
        ("社保", FIVE),
        ("五险", FIVE),
        ("全部", FIVE),
        ("都要", FIVE),
        ("三险", "pension,unemployment,injury"),
        ("除了工伤都要", "pension,medical,unemployment,maternity"),
        ("社保不要医疗", "pension,unemployment,injury,maternity"),
        ("pension,medical", "pension,medical"),
        ("养老金", "pension"),
    ],
)
def test_insurances_are_read_in_the_order_of_every_list(text: str, expected: str) -> None:
    """One, several, all, all but one, and codes."""
    assert ",".join(insurances(text)) == expected


@pytest.mark.parametrize("text", ["", "社保卡", "公积金", "1", "不知道"])
def test_what_names_no_insurance_is_refused(text: str) -> None:
    """The sentence lists what can be said."""
    with pytest.raises(Invalid, match="养老、医疗、失业、工伤、生育"):
        insurances(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("查去年的养老缴费", "pension"),
        ("我想看看二零二四年三月到六月交了多少医保", "medical"),
        ("社保交了没", ""),
        ("养老金发了多少", ""),
        ("医保卡丢了", ""),
        ("失业金怎么领", ""),
        ("养老医疗都查一下", "pension,medical"),
    ],
)
def test_insurances_in_a_sentence(text: str, expected: str) -> None:
    """Only real insurances count; 社保 alone is no choice, a card or a benefit is another thing."""
    assert ",".join(find_insurances(text)) == expected


PHONES = [
    "13900001111",
    "139 0000 1111",
    "139-0000-1111",
    "+86 139-0000-1111",
    "+8613900001111",
    "008613900001111",
    "8613900001111",
    "+86(139)00001111",
    "１３９００００１１１１",
    "１３９　００００　１１１１",
    "我的手机号是13900001111",
    "手机：13900001111。",
    "幺三九零零零零幺幺幺幺",
    "13900001111 13900001111",
]


@pytest.mark.parametrize("text", PHONES)
def test_a_mobile_number_in_every_dress(text: str) -> None:
    """However it is grouped, prefixed or spelled, eleven digits come out."""
    assert phone(text) == "13900001111"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1390000111", "10位，还差1位"),
        ("1390000", "7位，还差4位"),
        ("139 0000 1", "8位，还差3位"),
        ("我的号是139", "3位，还差8位"),
        ("139000011112", "12位"),
        ("010-62345678", "座机"),
        ("62345678", "座机"),
        ("没有", "11位"),
        ("", "11位"),
        ("12900001111", "11位"),
        ("13900001111 13800001111", "两个"),
    ],
)
def test_what_is_no_mobile_number_is_told_apart(text: str, said: str) -> None:
    """The sentence says what is wrong, and repeats no digit of it."""
    with pytest.raises(Invalid) as refused:
        phone(text)
    assert said in refused.value.message
    assert not text or text not in refused.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456", "123456"),
        (" 12 34 56 ", "123456"),
        ("１２３４５６", "123456"),
        ("1-2-3-4-5-6", "123456"),
        ("一二三四五六", "123456"),
        ("【社保】您的验证码是 482913，5分钟内有效。如非本人操作请拨打12333", "482913"),
        ("482913（登录验证码），5分钟内有效", "482913"),
        ("验证码：482913，请于300000毫秒内输入", "482913"),
        ("收到了是482913", "482913"),
    ],
)
def test_an_sms_code_alone_or_in_the_pasted_message(text: str, expected: str) -> None:
    """Six digits are found wherever they stand."""
    assert sms_code(text) == expected


@pytest.mark.parametrize("text", ["12345", "1234567", "", "没收到", "123456 654321", "abcdef"])
def test_what_is_no_sms_code_is_refused(text: str) -> None:
    """Too short, too long, two at once, none."""
    with pytest.raises(Invalid):
        sms_code(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0018", "0018"),
        ("001x", "001X"),
        ("001叉", "001X"),
        ("末四位是１２３Ｘ", "123X"),
        ("1 2 3 4", "1234"),
        ("是0018。", "0018"),
    ],
)
def test_the_last_four(text: str, expected: str) -> None:
    """Digits or an X at the end, X in upper case."""
    assert last_four(text) == expected


@pytest.mark.parametrize(
    "text", ["11010119900307001X", "110101 19900307 0011", "我的号是110101199003070011", "990101199003070011"]
)
def test_a_whole_identity_number_is_refused_with_a_warning(text: str) -> None:
    """The sentence says never to send the whole number, and does not repeat it."""
    with pytest.raises(Invalid, match="不要在聊天里发完整的身份证号") as refused:
        last_four(text)
    assert "1990" not in refused.value.message


@pytest.mark.parametrize("text", ["123", "12345", "X123", "", "0018 0019"])
def test_what_is_no_last_four_is_refused(text: str) -> None:
    """Too few, too many, none, two."""
    with pytest.raises(Invalid, match="最后4位"):
        last_four(text)


YES = "是 是的 好 好的 好吧 行 可以 对 对的 确认 确定 同意 嗯 嗯嗯 OK ok Yes 1 １ 👌 👍 要得 没问题 没错 中 管 好的，谢谢 确认！ 我确认挂失 我同意以上内容 可以的 好的好的 要的 好的确认挂失 已阅读并同意 好的，麻烦您 没问题，同意"
NO = "否 不 不是 不要 不用 取消 算了 别 没有 2 ２ no N 不用了 我不要 先不办 不同意 不确认 ❌ 不是不是 不行 先不挂失了 别挂失 不想办了 算了吧 我还是不办了 这个我不同意"
NEITHER = "好贵 好麻烦 好麻烦啊 好难 好慢 对不起 对了 好了 行了吧 我要退钱 我要先问问 我要投诉 我要转人工 要等多久 要交钱 是骗人的 行李 可以退款 看不懂 不方便 别的网点 没关系 我要退出去看看 同意书没看到 确认书在哪 不知道 好不好 是吗 确认吗 为什么 啥意思 3 也许 怎么办 您好 我再想想好还是不好 😀 随便 111111 222222 1111"


@pytest.mark.parametrize("text", YES.split())
def test_yes(text: str) -> None:
    """Ways of agreeing."""
    assert yes_no(text) is True


@pytest.mark.parametrize("text", NO.split())
def test_no(text: str) -> None:
    """Ways of declining."""
    assert yes_no(text) is False


@pytest.mark.parametrize("text", [*NEITHER.split(), "", "好" * 50 + "吗", "是" * 3000 + "?"])
def test_neither(text: str) -> None:
    """A doubt, a question or anything else is neither: nothing happens on it."""
    with pytest.raises(Invalid, match=r"是.*否"):
        yes_no(text)


OPTIONS = ["近一年", "今年", "去年"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 0),
        ("二", 1),
        ("第二个", 1),
        ("②", 1),
        ("（2）", 1),
        ("2.", 1),
        ("选2", 1),
        ("近一年", 0),
        ("去年", 2),
        ("最后一个", 2),
        ("我要看今年的", 1),
        ("３", 2),
        ("去", 2),
    ],
)
def test_a_choice_by_number_words_or_part(text: str, expected: int) -> None:
    """Numbers in every form, the words, and a part that only one option has."""
    assert choice(text, OPTIONS) == expected


@pytest.mark.parametrize("text", ["4", "0", "", "明年", "年", "1 2", "啊" * 100])
def test_no_choice(text: str) -> None:
    """Out of range, unknown and ambiguous answers are refused with the way to answer."""
    with pytest.raises(Invalid, match="回复"):
        choice(text, OPTIONS)


def test_an_ambiguous_part_names_the_options_in_question() -> None:
    """The person sees which ones could be meant."""
    with pytest.raises(Invalid, match="1 近一年、2 今年、3 去年"):
        choice("年", OPTIONS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20240912000123456", "20240912000123456"),
        ("2024 0912 0001 2345", "2024091200012345"),
        ("bz-20240912-0001", "BZ202409120001"),
        ("我的流水号是 20240912000123456", "20240912000123456"),
        ("查一下123456789012345办到哪了", "123456789012345"),
        ("受理号：GS202409120001", "GS202409120001"),
    ],
)
def test_a_case_number_alone_and_in_a_sentence(text: str, expected: str) -> None:
    """Formats differ by system; blanks and dashes do not count."""
    assert case_no(text) == expected
    assert find_case_no(text) == expected


@pytest.mark.parametrize("text", ["", "进度", "12333", "13900001111", "110101199003070011", "-----", "abcdefghijkl"])
def test_what_is_no_case_number(text: str) -> None:
    """Phones, identity numbers and words are not business numbers."""
    assert find_case_no(text) is None
    with pytest.raises(Invalid, match="流水号"):
        case_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "11010119900307001X",
        "110101199003070011",
        "1101 0119 9003 0700 11",
        "我的身份证号是110101900307001",
        "身份证：１１０１０１１９９００３０７００１１",
        "990101199003070011 身份证",
        "卡号 6222 0200 0000 0000 000",
        "4111 1111 1111 1111",
    ],
)
def test_identity_and_bank_card_numbers_are_noticed(text: str) -> None:
    """Whole numbers that nobody should type here are seen, in any grouping and width."""
    assert looks_like_identity(text)


@pytest.mark.parametrize(
    "text",
    [
        "202409121147258813",
        "2024 0912 11 4725 8813",
        "20240912114725881",
        "13900001111",
        "001X",
        "12333",
        "",
        "查2024年3月到6月",
        "1234567890",
    ],
)
def test_other_numbers_are_not_taken_for_identity(text: str) -> None:
    """流水号 begin with the day of issue; phones and months are short."""
    assert not looks_like_identity(text)


def test_normal_makes_texts_comparable() -> None:
    """Widths, dashes, invisible characters, counted numerals; words with numerals stay words."""
    assert normal("最近三个月　的，养老\u200b。五险一下") == "最近3个月的,养老.五险一下"
    assert normal("十五年 第一季度 廿四号 三险 二零二四") == "15年第1季度24号三险2024"
    assert tidy("  查\n缴费\t2024 ") == "查缴费2024"


digits = st.text("0123456789", min_size=9, max_size=9)


@given(st.sampled_from("3456789"), digits, st.sampled_from(["{}", "+86{}", "+86 {}", "手机{}谢谢", " {} "]), st.booleans())
def test_every_mobile_number_survives(second: str, rest: str, form: str, wide: bool) -> None:
    """Any number of the mainland's form is read back from any dress."""
    number = "1" + second + rest
    text = form.format(f"{number[:3]} {number[3:7]} {number[7:]}")
    if wide:
        text = text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert phone(text) == number


@given(st.lists(st.text("甲乙丙丁戊己庚辛", min_size=2, max_size=6), min_size=1, max_size=9, unique=True), st.data())
def test_every_option_is_found_by_its_number_and_its_words(options: list[str], data: st.DataObject) -> None:
    """The exact words win over parts of others, and the number always works."""
    index = data.draw(st.integers(0, len(options) - 1))
    assert choice(str(index + 1), options) == index
    assert choice(options[index], options) == index


@given(st.text(max_size=120) | st.text("0123456789xX -+年月是否不好确认第", max_size=60))
def test_parsers_raise_nothing_but_invalid_and_repeat_no_number(text: str) -> None:
    """Whatever is typed, the answer is a value or a sentence without the digits of it."""
    readers = (insurances, phone, sms_code, last_four, yes_no, case_no, lambda t: choice(t, OPTIONS))
    for read in readers:
        try:
            read(text)
        except Invalid as why:
            for run in re.findall(r"[0-9]{5,}", text):
                assert run not in why.message or run in "13900001111"  # noqa: PT017
    find_case_no(text)
    find_insurances(text)
    looks_like_identity(text)
