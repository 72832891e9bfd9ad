"""Where two opinions differ, and where neither says anything: turns of phrase, talk in passing, signs without words. Today is 2024-09-12."""

from __future__ import annotations

from handlers.understanding.understanding import ALL_CAPABILITIES
from handlers.understanding.weighing import guessed, is_talk, knows_better, says_nothing
from tests.words.test_understanding import understood


def test_the_model_overrules_a_turn_of_phrase_only_where_it_is_sure_of_a_function() -> None:
    """Not with less, not for a question or a refusal, not where it is of the same opinion, and not unasked."""
    assert knows_better({"login": 0.9, "contact": 0.1}, "contact")
    assert not knows_better({"login": 0.8, "contact": 0.2}, "contact")
    assert not knows_better({"contact": 0.9, "login": 0.1}, "contact")
    assert not knows_better({"!others": 0.9, "contact": 0.1}, "contact")
    assert not knows_better({}, "contact")


def test_words_that_sound_like_nothing_say_nothing() -> None:
    """What may be a function, a refusal or another office's matter does; where nothing was heard, nothing is said of it."""
    assert says_nothing({"!smalltalk": 0.01, "login": 0.1, "!unknown": 0.01})
    assert not says_nothing({"!smalltalk": 0.01, "login": 0.3, "!unknown": 0.01})
    assert not says_nothing({"!smalltalk": 0.01, "login": 0.1, "!unknown": 0.2})
    assert not says_nothing({})


def test_what_is_told_at_length_is_talk_only_where_little_else_is_heard() -> None:
    """A few words are talk by a trace of it; a story is where talk is likeliest, or more than half; what sounds like another office is not."""
    assert is_talk({"!smalltalk": 0.03, "login": 0.2, "!unknown": 0.01}, 6)
    assert not is_talk({"!smalltalk": 0.03, "login": 0.2, "!unknown": 0.01}, 40)
    assert is_talk({"!smalltalk": 0.3, "login": 0.2, "!unknown": 0.01}, 40)
    assert is_talk({"!smalltalk": 0.52, "login": 0.48}, 40)
    assert not is_talk({"!smalltalk": 0.3, "login": 0.2, "!unknown": 0.4}, 6)
    assert not is_talk({}, 6)


def test_what_fits_nothing_is_offered_as_what_it_may_be() -> None:
    """The likeliest functions of the role, best first; nothing where none is likely or another office's matter is nearly as likely."""
    named = {one.name: one for one in ALL_CAPABILITIES}
    heard = {"login": 0.1, "certification": 0.35, "clerk_join": 0.3, "unbind": 0.05, "!unknown": 0.1}
    assert [match.target.name for match in guessed(heard, named, "person")] == ["certification", "login"]
    assert guessed({"certification": 0.25}, named, "person") == []
    assert guessed({"certification": 0.35, "!unknown": 0.2}, named, "person") == []


def test_what_is_said_in_passing_is_talk() -> None:
    """Tired, hungry, thunder: chatted about, and not told to be another office's."""
    for said in ("困了，睡觉去", "外面打雷呢", "在吗老师", "你好老师", "thank you very much", "好几年了"):
        assert understood(said, "beijing").action == "smalltalk", said


def test_a_bare_word_with_a_time_is_no_question() -> None:
    """22.6社保 and 前四个月社保: what was paid then."""
    for said, months in (("22.6社保", "2022-06..2022-06"), ("前四个月社保咋样", "2024-05..2024-08")):
        found = understood(said, "beijing")
        assert (found.name, found.slots["period"]) == ("contributions", months)


def test_signs_without_words_are_not_refused() -> None:
    """Nothing is asked for."""
    assert understood("' OR 1=1 --", "beijing").action == "unknown"
