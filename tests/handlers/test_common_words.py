"""What is kept of words that many people type, and what never is."""

from __future__ import annotations

import pytest

from handlers.common_words import CommonWords


def test_the_same_words_are_worked_out_once() -> None:
    """The second time nothing is worked out; another key is another result."""
    kept, made = CommonWords(), list[str]()

    def make() -> str:
        made.append("made")
        return f"result {len(made)}"

    assert kept.of("校验", ("校验", "beijing"), make) == kept.of("校验", ("校验", "beijing"), make) == "result 1"
    assert kept.of("校验", ("校验", "jinan"), make) == "result 2"


@pytest.mark.parametrize("words", ["123456", "验证码是123456", "我的号是138-0000 1234", "１２３４５６", "很长" * 30])
def test_what_may_be_a_secret_is_not_kept(words: str) -> None:
    """Codes, phones, cards in any width, and long texts: worked out anew each time, and gone."""
    kept = CommonWords()
    assert kept.of(words, words, lambda: 1) == 1
    assert kept.of(words, words, lambda: 2) == 2
    assert len(kept) == 0


def test_no_more_than_so_many_are_kept() -> None:
    """The oldest goes first."""
    kept = CommonWords(2)
    for words in ("一", "二", "三"):
        kept.of(words, words, lambda: "first")
    assert len(kept) == 2
    assert kept.of("三", "三", lambda: "again") == "first"
    assert kept.of("一", "一", lambda: "again") == "again"
