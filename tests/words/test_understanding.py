"""From a sentence to a feature. Today is 2024-09-12."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.parse import Invalid, phone, yes_no
from handlers.understanding import ANY, Capability, Understanding, Understood, answer_lines, default_understanding
from handlers.understanding.ambiguities import AMBIGUITIES
from handlers.understanding.guides import GUIDES
from handlers.understanding.persons import PERSONS as PERSON_CAPABILITIES
from handlers.understood import wish_for
from tests.words.sentences import CLARIFY, EMPLOYERS, HUMAN, PERSONS, REFUSED, SAID_BACK, TALK, UNKNOWN, rows

TODAY = date(2024, 9, 12)
UNDERSTANDING = default_understanding()
REGIONS = (None, "beijing", "binzhou", "jinan")


def understood(text: str, region: str | None = None, role: str = "person") -> Understood:
    return UNDERSTANDING.understand(text, role=role, region=region, today=TODAY)


def check(found: Understood, expected: str) -> None:
    """`BZ-11`, `BZ-11,BZ-12` (either), `/action` after it when it is not run; `clarify` among the features means that a question is right too."""
    features, _, action = expected.partition("/")
    if "clarify" in expected and found.action == "clarify":
        return
    assert found.features, found
    assert found.features[0] in features.split(","), found
    assert found.action in (action or "run").split(","), found


def each(judged: Callable[..., None], given: Iterable[tuple[Any, ...]]) -> None:
    """Judge every sentence, and list all that are wrong: a test of its own for each of thousands costs more than the judging."""
    wrong = []
    for one in given:
        try:
            judged(one)
        except AssertionError as error:
            wrong.append(f"{one}: {error}")
    assert not wrong, f"{len(wrong)} are wrong:\n" + "\n".join(wrong)


def test_what_a_person_says_is_the_feature_they_mean() -> None:
    """The best feature, what to do with it, and the values said along, in both regions that serve persons."""
    each(_means_the_feature, rows(PERSONS))


def _means_the_feature(row: tuple[str, ...]) -> None:
    text, beijing, binzhou, *rest = row
    check(understood(text, "beijing"), beijing)
    found = understood(text, "binzhou")
    check(found, beijing if binzhou == "=" else binzhou)
    for pair in " ".join(rest).split():
        name, _, value = pair.partition("=")
        assert found.slots.get(name) == value, found


def test_without_a_region_the_features_of_all_regions_are_offered() -> None:
    """The best feature of each region is among those of an unknown region, and nothing is refused."""
    each(_is_among_all, rows(PERSONS))


def _is_among_all(row: tuple[str, ...]) -> None:
    text, beijing, binzhou, *_ = row
    found = understood(text)
    for expected in (beijing, beijing if binzhou == "=" else binzhou):
        assert found.action in ("run", "guide", "clarify"), found
        assert set(re.split("[,/]", expected)) & {*found.features, "clarify"}, found


@pytest.mark.parametrize("row", rows(CLARIFY), ids=lambda row: row[0])
def test_ambiguous_words_are_asked_back(row: tuple[str, ...]) -> None:
    """One question, two or three answers, each of which is understood without another question."""
    text, feature = row
    for region in REGIONS:
        found = understood(text, region)
        assert found.action == "clarify", found
        assert found.features[0] == feature, found
        assert found.question
        assert 2 <= len(found.options) <= 3


@pytest.mark.parametrize("ambiguity", AMBIGUITIES, ids=lambda a: f"{a.name}-{a.role}")
def test_every_answer_to_a_question_is_understood_without_another(ambiguity) -> None:  # type: ignore[no-untyped-def]
    """The sentence behind each option runs or shows a guide, and its feature is the one that the option names."""
    role = "employer" if ambiguity.role == "employer" else "person"
    for region in REGIONS:
        asked = understood(ambiguity.words[0], region, role)
        assert asked.name == ambiguity.name, asked
        for option in asked.options:
            found = understood(option.text, region, role)
            assert found.action in ("run", "guide"), (option, found)
            assert option.feature == found.features[0], (option, found)


@pytest.mark.parametrize("row", rows(REFUSED), ids=lambda row: row[0])
def test_what_a_person_may_not_ask_is_refused(row: tuple[str, ...]) -> None:
    """Clerks' functions, others' records and skipped checks, with the features in question and a sentence."""
    text, why, feature = row
    found = understood(text, "beijing")
    assert (found.action, found.name) == ("refuse", why), found
    assert found.question
    assert feature == "*" or found.features[0] == feature, found


@pytest.mark.parametrize("row", rows(TALK), ids=lambda row: row[0])
def test_talk_is_talk(row: tuple[str, ...]) -> None:
    """Greetings, help and anger start nothing."""
    found = understood(row[0], "binzhou")
    assert (found.action, found.name, found.features) == ("smalltalk", row[1], ())


@pytest.mark.parametrize("row", rows(SAID_BACK), ids=lambda row: row[0])
def test_everyday_sentences_are_answered_with_one(row: tuple[str, ...]) -> None:
    """Thanks, doubts, reminders and a log-in that fails get their sentence, start nothing and are no greeting with a menu."""
    for region in REGIONS:
        found = understood(row[0], region)
        assert found.question == row[1], found
        assert (found.action, bool(found.features)) in {("smalltalk", False), ("guide", True)}, found


def test_how_long_until_retirement_is_the_calculator() -> None:
    """我要退休还差几年 is worked out from the person's own record."""
    for region in REGIONS:
        found = understood("我要退休还差几年", region)
        assert (found.action, found.name) == ("run", "retirement_age")


@pytest.mark.parametrize(
    "text",
    [
        "社保卡坏了刷不出来",
        "补办社保卡",
        "卡坏了",
        "换卡",
        "卡刷不了",
        "社保卡消磁了怎么办",
        "卡捡回来了，能恢复吗",
        "解挂",
        "卡找到了",
        "别把我卡停了",
        "挂失的卡想恢复",
        "我的卡怎么被停用了",
        "社保卡冻结了怎么解",
    ],
)
def test_a_card_that_is_not_lost_never_reaches_the_report_of_a_loss(text: str) -> None:
    """Neither 挂失 nor its guide, whose words lead into the report of a loss, stands for a damaged or a found card."""
    for region in REGIONS:
        found = understood(text, region)
        assert found.action != "run", found
        assert found.action == "clarify" or not {"BZ-19", "BJH-28"} & {*found.features}, found


@pytest.mark.parametrize("text", ["2025年的", "今年的呢", "医保呢", "最近三个月"])
def test_a_period_or_an_insurance_alone_is_sure_enough_to_leave_another_question(text: str) -> None:
    """The talk offers another wish from 0.6 on."""
    assert understood(text, "beijing").score >= 0.6


@pytest.mark.parametrize(
    "text", ["提醒我认证", "要不要提醒", "提醒我别忘了认证", "202403", "业务流水号在哪", "养老金停发了", "手机号换了"]
)
def test_words_near_an_everyday_sentence_keep_their_meaning(text: str) -> None:
    """A wish for reminders is none to end them, late digits are no period, and so on."""
    found = understood(text, "binzhou")
    expected = {"202403": "", "业务流水号在哪": "progress", "养老金停发了": "certification_missed", "手机号换了": "contact"}
    assert found.name == expected.get(text, "reminders"), found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("刷脸没过", "certification_no_face"),
        ("手机刷脸老说失败", "certification_no_face"),
        ("老人不会刷脸怎么办", "certification_no_face"),
        ("人脸认证老是不通过", "certification_no_face"),
        ("不认证会怎么样", "certification_missed"),
        ("忘了认证退休金停了", "certification_missed"),
        ("停发了几个月能补回来吗", "certification_missed"),
        ("养老金停发了咋回事", "certification_missed"),
        ("认证结果出来没", "certification_records"),
        ("我的认证记录", "certification_records"),
        ("今年的资格认证过了没有", "certification"),
        ("我的认证到什么时候", "certification"),
        ("在国外怎么认证", "certification"),
        ("替我妈刷脸认证可以吗", "certification"),
        ("养老金没发", "pension_paid"),
        ("补缴记录", "back_payments"),
    ],
)
def test_what_is_asked_about_certification_is_told_apart(text: str, name: str) -> None:
    """The date and the ways, a face that was not recognised, a missed date, the records; and what only sounds like them."""
    for region in ("beijing", "binzhou", "jinan"):
        assert understood(text, region).name == name


@pytest.mark.parametrize("text", HUMAN.split())
def test_a_wish_for_a_person(text: str) -> None:
    """人工 in every wording."""
    assert understood(text).action == "human"


@pytest.mark.parametrize("text", UNKNOWN.strip().splitlines())
def test_what_is_not_ours_is_unknown(text: str) -> None:
    """Other matters, noise and what is denied run nothing in any region."""
    for region in REGIONS:
        found = understood(text, region)
        assert (found.action, found.features) == ("unknown", ()), found


def test_a_denied_wish_is_acknowledged() -> None:
    """我不挂失 is answered with what was not done."""
    found = understood("我不挂失", "binzhou")
    assert found.name == "negated"
    assert "社保卡挂失" in (found.question or "")


@pytest.mark.parametrize("row", rows(EMPLOYERS), ids=lambda row: row[0])
def test_what_a_clerk_says(row: tuple[str, ...]) -> None:
    """A clerk's words are the employer's functions of the clerk's region."""
    text, beijing, *rest = row
    found = understood(text, "beijing", "employer")
    assert found.features[0] in beijing.split(","), found
    assert found.action in ("run", "guide"), found
    if jinan := (rest[0] if rest else ""):
        found = understood(text, "jinan", "employer")
        assert found.features[0] == jinan, found


def test_a_clerk_may_name_people_and_months() -> None:
    """`ids` and `months` are read for a clerk; a person's message gives no ids."""
    text = "查110101199003070011，110101199003070038的缴费"
    assert understood(text, "beijing", "employer").slots["ids"] == "110101199003070011,110101199003070038"
    assert "ids" not in understood(text, "beijing").slots
    assert understood("认证临期3个月", "beijing", "employer").slots == {"months": "3"}


GUIDE_ALIASES = [(guide.feature, word) for guide in GUIDES for word in guide.words]


def test_every_alias_of_a_guide_reaches_it() -> None:
    """In every region, for a person: the guide is the best feature, or it is among those that are asked about."""
    each(_reaches_the_guide, GUIDE_ALIASES)


def _reaches_the_guide(alias: tuple[str, str]) -> None:
    feature, word = alias
    for region in REGIONS:
        found = understood(word, region)
        if found.action == "clarify":
            assert feature in found.features, found
        else:
            assert (found.action, found.features[0]) == ("guide", feature), found


PERSON_PHRASES = [(can, word) for can in PERSON_CAPABILITIES for word in (can.title, *can.words)]


def test_every_phrase_of_a_capability_reaches_it() -> None:
    """No phrase is taken away by another capability in a region that has this one; at most it is asked about."""
    each(_reaches_the_capability, PERSON_PHRASES)


def _reaches_the_capability(phrase: tuple[Capability, str]) -> None:
    can, word = phrase
    for region in (None, "beijing", "binzhou"):
        if can.served_in(region):
            found = understood(word, region)
            assert (
                found.name == can.name
                or word in {"社保"}
                or (found.action == "clarify" and {*can.features(region)} & {*found.features})
            ), found


CONFUSED = [
    ("社保卡丢了", "社保卡找到了"),
    ("挂失", "解挂"),
    ("绑定", "解绑"),
    ("社保转入怎么办", "社保转出怎么办"),
    ("养老缴费", "养老金发了多少"),
    ("失业保险缴费", "怎么领失业金"),
    ("工伤待遇发了多少", "工伤登记"),
    ("查进度", "制卡进度"),
    ("校验权益单", "打印权益单"),
    ("改密码", "忘记密码"),
    ("居民养老缴费记录", "养老缴费记录"),
    ("职业年金缴费", "职业年金账户"),
    ("医保报销", "医保缴费"),
    ("生育津贴怎么领", "生育保险缴费"),
    ("缴费证明", "收入证明"),
    ("社保卡坏了", "社保卡丢了"),
    ("退出登录", "登录"),
    ("补缴记录", "缴费记录"),
]


@pytest.mark.parametrize(("one", "other"), CONFUSED)
def test_near_words_are_kept_apart(one: str, other: str) -> None:
    """Pairs that share most of their characters mean different things."""
    for region in ("beijing", "binzhou"):
        assert understood(one, region).name != understood(other, region).name


@pytest.mark.parametrize(
    "text",
    [
        "不挂失",
        "我不想挂失",
        "不用挂失了",
        "别挂失",
        "没说要挂失",
        "先不挂失",
        "我不是要挂失",
        "不需要挂失社保卡",
        "不要给我挂失",
        "我不是来挂失的",
    ],
)
def test_a_loss_that_is_denied_is_never_run(text: str) -> None:
    """However it is denied, nothing is started."""
    for region in REGIONS:
        found = understood(text, region)
        assert "BZ-19" not in found.features, found


@pytest.mark.parametrize(
    "text", ["要不要挂失", "能不能挂失", "是不是要挂失", "不知道怎么挂失", "不会挂失", "为什么不能挂失", "用不用挂失呢"]
)
def test_a_question_about_loss_is_not_a_denial(text: str) -> None:
    """A-not-A questions and 不会 ask for it."""
    assert understood(text, "binzhou").features[:1] == ("BZ-19",)


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_without_the_function_gets_a_plain_answer(region: str | None) -> None:
    """济南's manual has no contribution query for persons: the action is guide there, and the features name what other regions have."""
    found = understood("查缴费", region)
    assert found.action == ("guide" if region == "jinan" else "run")
    assert "BJQ-P-02a" in found.features or region == "binzhou"


def test_the_answer_as_json_has_the_contract_keys() -> None:
    """Features, action, slots and score; the question and its answers only when there are some."""
    found = understood("查去年的养老缴费", "binzhou").to_json()
    assert set(found) == {"features", "action", "slots", "score"}
    assert found["features"] == ["BZ-11"]
    assert 0.5 < found["score"] <= 1
    asked = understood("补缴", "beijing").to_json()
    assert asked["question"].endswith("？")
    assert len(asked["options"]) == 3
    json.dumps([found, asked], ensure_ascii=False)


def test_lines_are_answered_in_step() -> None:
    """One object a line in, one out; a broken line is answered as unknown, not dropped; blank lines are skipped."""
    lines = [
        '{"text": "查缴费", "role": "person", "region": "binzhou"}\n',
        "\n",
        "not json\n",
        '{"text": 5}',
        '{"text": "增员", "role": "employer", "region": "jinan"}',
        '{"text": "挂失"}',
        "[]",
    ]
    answers = [json.loads(line) for line in answer_lines(lines, TODAY, UNDERSTANDING)]
    assert [answer["action"] for answer in answers] == ["run", "unknown", "unknown", "run", "run", "unknown"]
    assert answers[3]["features"][0] == "JN-1-01"
    assert all("error" in answers[n] for n in (1, 2, 5))


def test_a_capability_that_is_added_is_understood() -> None:
    """Words beside a declaration are all that a new function needs."""
    own = Capability("X-01", "parking", "停车证", ("停车证", "办停车证"), {"beijing": ("X-01",), ANY: ("X-02",)})
    understanding = Understanding((own,))
    assert understanding.understand("我要办停车证", region="beijing", today=TODAY).features == ("X-01",)
    assert understanding.understand("停车证咋办", region="jinan", today=TODAY).features == ("X-02",)


LONG = [
    "啊" * 5000,
    "查缴费" * 1500,
    "<" * 3000,
    "1" * 4000,
    "不" * 2500,
    "谢谢" * 19 + "x",
    "好的" * 19 + "x",
    "是不是" * 13 + "x",
    "嗯了" * 19 + "x",
    "好的" * 900 + "x",
    "哦啊" * 60 + "x",
    "哦" * 39 + "x",
    "哦啊" * 7,
    "谢谢" * 200 + "x",
    "卡" * 2000,
    "2024年" * 700,
    "校验" + "A1 " * 900,
    "\u200b" * 3000,
    "挂失\x00\ud800",
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:6].encode("unicode_escape").decode())
def test_monstrous_texts_are_answered_quickly(text: str) -> None:
    """Very long and broken texts are cut, never raise and take milliseconds."""
    began = time.process_time()
    understood(text, "beijing")
    assert time.process_time() - began < 0.5


_BITS = st.sampled_from([word for row in rows(PERSONS) for word in (row[0][:3], row[0][-3:])] + list("不是别要没了吗?，查"))


@settings(max_examples=300)
@given(
    st.text(max_size=100) | st.lists(_BITS, max_size=12).map("".join),
    st.sampled_from(REGIONS),
    st.sampled_from(["person", "employer", "visitor"]),
)
def test_any_text_gives_a_lawful_answer(text: str, region: str | None, role: str) -> None:
    """Never raises; the same again; features with run, guide and clarify; a question with clarify; scores from 0 to 1."""
    found = understood(text, region, role)
    assert found == understood(text, region, role)
    assert 0 <= found.score <= 1
    assert bool(found.features) or found.action not in ("run", "guide", "clarify")
    assert found.action != "clarify" or (found.question and found.options)
    json.dumps(found.to_json())


def test_speed_is_reported(record_property, capsys) -> None:  # type: ignore[no-untyped-def]
    """The processor time of a sentence after warm-up is printed, not judged: machines differ."""
    texts = [row[0] for row in rows(PERSONS)]
    for text in texts:
        understood(text, "beijing")
    began = time.process_time()
    for text in texts:
        understood(text, "binzhou")
    each = (time.process_time() - began) / len(texts) * 1e6
    record_property("microseconds_a_sentence", round(each))
    with capsys.disabled():
        print(f"\nunderstand: {each:.0f} µs a sentence over {len(texts)} sentences")
    assert each > 0


@pytest.mark.parametrize("text", ["退款", "我要退钱", "撤回", "怎么还没好", "我的社保卡丢了", "居民养老缴费"])
def test_another_wish_is_heard_while_a_question_waits(text: str) -> None:
    """It answers neither a consent nor a phone number, and is understood surely enough (0.6) to be offered."""
    for read in (yes_no, phone):
        with pytest.raises(Invalid):
            read(text)
    found = understood(text, "binzhou")
    assert found.action in {"run", "guide"}
    assert found.score >= 0.6
    assert wish_for(found) is not None
