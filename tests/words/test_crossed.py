"""One writer's sentences, asked of what learned from all others: what is right for a class, what is left out, and in which role it is asked."""

from __future__ import annotations

from handlers.understanding import Understanding
from handlers.understanding.train import LESSONS, lessons, train, written
from handlers.understanding.understanding import ALL_CAPABILITIES
from tests.words.crossed import asked, meanings
from tests.words.score import report, score


def test_a_class_says_what_is_right() -> None:
    """A person's function by its name, refusals and talk by what is answered; a guide is anybody's."""
    (loss,) = meanings("卡丢了", "card_loss")
    assert (loss.role, loss.actions, loss.names) == ("person", ("run", "guide"), ("card_loss",))
    assert [one.actions for one in meanings("查老王的", "!others")] == [("refuse",), ("refuse",)]
    assert [one.actions for one in meanings("你好呀", "!smalltalk")] == [("smalltalk",), ("smalltalk",)]
    assert [one.actions for one in meanings("补缴", "?补缴")] == [("clarify",), ("clarify",)]
    assert [(one.role, one.actions[0]) for one in meanings("怎么办退休", "guide_16")] == [
        ("person", "guide"),
        ("employer", "guide"),
    ]


def test_a_file_that_is_left_out_teaches_nothing() -> None:
    """All lessons are those without a file and the file's own."""
    own = list(written(LESSONS / "near_refused.txt"))
    every, others = list(lessons()), list(lessons(without={"near_refused"}))
    assert own
    assert sorted(every) == sorted(others + own)


def test_sentences_are_counted_by_name() -> None:
    """Of two sentences of a card that is lost, one is written under another function: half land, and the report names the two."""
    understanding = Understanding(ALL_CAPABILITIES, linear=lambda: train([("卡丢了", "card_loss"), ("查缴费", "contributions")]))
    rows = asked([("社保卡丢了", "card_loss"), ("我的社保卡丢了", "contributions"), ("社保卡丢了", "card_loss")], understanding)
    result = score(rows, understanding)
    assert (result.all, result.landed) == (2, 1)
    assert "1  contributions/run → card_loss/run" in [line.strip() for line in report(result, wrong=False)]
