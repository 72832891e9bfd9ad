"""Patterns that are compiled when they are first asked."""

from __future__ import annotations

import re

import pytest

from dialogs.parse import patterns
from dialogs.parse.patterns import compile_all, pattern_of


def test_a_pattern_answers_as_a_compiled_one_would() -> None:
    """Every way of asking, the flags, groups and the text of the pattern."""
    later, now = pattern_of("(养|医)老?", re.IGNORECASE), re.compile("(养|医)老?", re.IGNORECASE)
    assert later.pattern == now.pattern
    assert later.groups == 1
    assert [found.span() for found in later.finditer("养老医保")] == [(0, 2), (2, 3)]
    assert later.sub("社", "养老医保") == "社社保"
    assert later.subn("社", "养老医保") == ("社社保", 2)
    assert later.split("养老保") == now.split("养老保")
    assert later.findall("医保") == ["医"]
    assert later.search("保") is None
    assert later.match("养") is not None
    assert later.fullmatch("养老保") is None
    assert later.flags == now.flags


def test_nothing_is_compiled_before_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern that is wrong is found when it is first asked; its text is known before."""
    monkeypatch.setattr(patterns, "_MADE", [])
    wrong = pattern_of("(养")
    assert wrong.pattern == "(养"
    with pytest.raises(re.error):
        wrong.search("养老")
    with pytest.raises(re.error):
        compile_all()


def test_every_pattern_of_the_program_compiles() -> None:
    """What is compiled at its first use is compiled here once, so that no sentence ever meets one that is wrong."""
    import bot.app  # noqa: F401 - everything that reads sentences

    compile_all()
    assert len(patterns._MADE) > 300
    assert all("search" in one.__dict__ for one in patterns._MADE)
