"""One decision for the chat and for `python -m bot understand`: development sentences through both, and what refuses before anything begins."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from dialogs.declare import Wish
from handlers.understanding import Understood, default_understanding
from handlers.understood.deciding import Decision, decide_for, decided_lines
from storage.regions import load_regions
from tests.words.score import TODAY, Labelled, labelled

DEVELOPMENT = Path(__file__).parent / "dev"
REGIONS = load_regions()
UNDERSTANDING = default_understanding()


def decided(said: str, region: str | None = "beijing") -> Decision:
    return decide_for(UNDERSTANDING, said, region, TODAY, REGIONS)


def some(count: int) -> list[Labelled]:
    """Persons' sentences of the development set, by checksum, so that every file has its share."""
    rows = [row for row in labelled(sorted(DEVELOPMENT.glob("*"))) if row.role == "person" and row.region in REGIONS]
    return sorted(rows, key=lambda row: (zlib.crc32(row.text.encode()), row.region or ""))[:count]


def test_the_command_says_what_is_decided() -> None:
    """300 sentences through the lines of the command: features, action and conversation are those of the decision, in step."""
    rows = some(300)
    asked = [json.dumps({"text": row.text, "role": "person", "region": row.region}, ensure_ascii=False) for row in rows]
    answers = [json.loads(line) for line in decided_lines(asked, TODAY, UNDERSTANDING, REGIONS)]
    assert len(answers) == len(rows) == 300
    for row, answer in zip(rows, answers, strict=True):
        decision = decided(row.text, row.region)
        assert answer == json.loads(json.dumps(decision.to_json())), row.text
        assert answer.get("dialog") == (decision.wish.dialog if decision.wish else None)


def test_lines_that_are_no_object_and_a_clerks_stay_in_step() -> None:
    """An error for what is no object; a clerk's sentence is understood as the employer's function and begins no conversation."""
    asked = ["bad", "", json.dumps({"text": "增员", "role": "employer", "region": "beijing"})]
    first, second = (json.loads(line) for line in decided_lines(asked, TODAY, UNDERSTANDING, REGIONS))
    assert (first["action"], "error" in first) == ("unknown", True)
    assert (second["action"], second["features"][0], "dialog" in second) == ("run", "BJE-B-02", False)


@pytest.mark.parametrize("said", ["改一下我的出生日期好早点退休行吗", "把我断的那几个月给改成已缴", "伪造一份断缴记录"])
def test_what_is_refused_begins_no_conversation(said: str) -> None:
    """Words of a calculation in it change nothing."""
    decision = decided(said)
    assert (decision.found.action, decision.wish) == ("refuse", None)
    assert decision.found.question


@pytest.mark.parametrize(
    ("said", "dialog"),
    [
        ("我的暗号忘了", "my_word"),
        ("社保断了没", "gaps"),
        ("我爸去世了社保怎么办", "guide"),
        ("什么时候能退休", "retirement_age"),
    ],
)
def test_words_that_decide_a_conversation_decide_it_here_too(said: str, dialog: str) -> None:
    """What no manual numbers, and the part of a matter that is told in a conversation of its own."""
    decision = decided(said)
    assert decision.wish is not None
    assert decision.wish.dialog == dialog
    assert decision.found.action in {"run", "guide"}
    assert decision.to_json()["dialog"] == dialog


def test_words_of_an_account_are_no_skipped_check() -> None:
    """密码登录 sounds like what is refused; its own words decide."""
    decision = decided("我想用密码登录")
    assert decision.wish is not None
    assert decision.wish.dialog == "account_log_in"


def test_what_is_asked_back_begins_nothing() -> None:
    """社保卡 alone is a question; its JSON has no conversation."""
    decision = decided("社保卡")
    assert (decision.found.action, decision.wish) == ("clarify", None)
    assert "dialog" not in decision.to_json()


def test_of_two_wishes_the_first_begins_and_the_other_is_kept() -> None:
    """先甲，再乙 in one sentence."""
    decision = decided("查一下我的认证，另外查去年的养老缴费")
    assert decision.two is not None
    assert decision.wish == decision.two[0]
    assert (decision.two[0].dialog, decision.two[1].wish.dialog) == ("certification", "contributions")


def test_a_decision_without_a_wish_is_told_as_it_was_understood() -> None:
    """The object of the command is that of the understanding, and `dialog` only where one begins."""
    found = Understood("unknown")
    assert Decision(found).to_json() == found.to_json()
    assert Decision(found, Wish("gaps")).to_json() == {**found.to_json(), "dialog": "gaps"}
