"""The second opinion: features that sounds do not change, shares, weights that are as new as the phrases, and what the score counts."""

from __future__ import annotations

from datetime import date

from handlers.understanding import Understood
from handlers.understanding.linear import Linear, features, packed, trained, unpacked
from handlers.understanding.signs import signs_of
from handlers.understanding.train import digest, lessons
from handlers.understanding.understanding import plainly
from handlers.understanding.weighing import allowed
from tests.words.score import Labelled, blocks, landed, lines

TODAY = date(2024, 9, 12)


def test_sequences_with_sounds_folded_are_the_same() -> None:
    """射保卡 and 社保卡 have the same sequences of characters."""
    sequences = [{one for one in features(text) if not one.startswith("!")} for text in ("射保卡", "社保卡")]
    assert sequences[0] == sequences[1]
    assert features("") == ("^", "$", "^$")


def test_signs_stand_for_many_words() -> None:
    """徒弟 and 同事 are somebody, 跳过 and 免了 skip: the same signs, singly and in pairs, whatever the words."""
    assert signs_of("看看我徒弟的社保") == signs_of("看看我同事的社保") == ["w", "l", "r", "n", "m"]
    assert {"!w", "!wl", "!rm"} <= set(features("看看我徒弟的社保"))
    assert signs_of("核验跳过") == signs_of("核验免了") == ["s", "c"]
    assert signs_of("") == []


def test_weights_are_as_new_as_the_phrases() -> None:
    """After a phrase was added: `python -m handlers.understanding.train`."""
    assert trained().digest == digest(), "run: python -m handlers.understanding.train"


def test_no_weight_is_cut_off() -> None:
    """What is in every sentence weighs most, and says by how much which function is asked for more often: it is kept whole."""
    for feature in features(""):
        weighed = trained().weights.get(feature)
        assert weighed is not None
        assert all(1 < weight < 255 for weight in weighed[1::2])


def test_a_model_survives_being_stored() -> None:
    """What is packed comes back as it was, down to the last weight; what was never learned is not known."""
    model = Linear(("one", "two"), {"^a": bytes((0, 130, 1, 20)), "证": bytes((1, 255))}, "d")
    found = unpacked(packed(model))
    assert (found.classes, found.digest, len(found.weights)) == (model.classes, "d", 2)
    assert [found.weights.get(feature) for feature in ("^a", "证", "明")] == [bytes((0, 130, 1, 20)), bytes((1, 255)), None]
    assert found.shares("a证") == model.shares("a证")


def test_of_features_with_one_checksum_the_first_is_kept() -> None:
    """plumless and buckeroo have the same sum: the second by name is left out, whatever order they were learned in."""
    model = Linear(("one", "two"), {"plumless": bytes((0, 200)), "buckeroo": bytes((1, 200))}, "d")
    assert unpacked(packed(model)).weights.get("plumless") == bytes((1, 200))


def test_shares_are_worked_out_from_the_weights() -> None:
    """证 has six features; two classes 10 steps apart: e to the 3.7 · 10/8 / √6 = e^1.888 = 6.61 to 1, that is 0.869 and 0.131."""
    model = Linear(("one", "two"), {"证": bytes((0, 128 + 6, 1, 128 - 4))}, "")
    shares = model.shares("证")
    assert round(shares["one"], 3) == 0.869
    assert round(shares["two"], 3) == 0.131


def test_a_text_of_which_nothing_is_known_shares_evenly() -> None:
    """The marks of beginning and end are in every text: alone they say nothing."""
    model = Linear(("one", "two"), {"^": bytes((0, 200)), "^$": bytes((0, 200)), "证": bytes((1, 200))}, "")
    assert model.shares("asdf 1234") == {"one": 0.5, "two": 0.5}


def test_a_clerk_is_heard_as_a_clerk() -> None:
    """小廖九月交了没 sounds like a person's 97 to 1: asked by a clerk 0.97 / 10,000 is left of it beside 0.01, that is 1 in 100."""
    heard = {"contributions": 0.97, "clerk_staff_payments": 0.01, "!unknown": 0.02}
    shares = allowed(heard, frozenset({"contributions"}), "employer", "小廖九月交了没")
    assert round(shares["contributions"] / shares["clerk_staff_payments"], 4) == 0.0097
    assert round(sum(shares.values()), 9) == 1


def test_every_lesson_has_one_class() -> None:
    """A phrase that were taught as two things would teach neither; phrases that stand for a person's and a clerk's thing are declared."""
    taught: dict[str, set[str]] = {}
    for phrase, name in lessons():
        taught.setdefault(plainly(phrase), set()).add(name)
    twice = {phrase: names for phrase, names in taught.items() if len(names) > 1}
    assert len(twice) <= len(taught) // 40, twice


def test_blocks_are_read_for_both_regions() -> None:
    """`=` stands for the first label again, `-` for a region that is not asked, values after ` | ` are slots."""
    text = "## BJQ-P-02a ; BZ-11\n查去年 | year=2023\n## */refuse ; =\n查张三的社保\n## BJQ-E-01/run ; - ; employer\n单位信息\n"
    found = list(blocks(text))
    assert [(one.region, one.features, one.actions) for one in found] == [
        ("beijing", ("BJQ-P-02a",), ("run",)),
        ("binzhou", ("BZ-11",), ("run",)),
        ("beijing", (), ("refuse",)),
        ("binzhou", (), ("refuse",)),
        ("beijing", ("BJQ-E-01",), ("run",)),
    ]
    assert found[0].slots == {"year": "2023"}


def test_lines_are_read_with_their_labels() -> None:
    """One JSON object a line; a single action may stand as a string."""
    (one,) = lines('{"text": "挂失", "region": "binzhou", "action": "run", "features": ["BZ-19"]}\n')
    assert one == Labelled("挂失", "person", "binzhou", ("run",), ("BZ-19",), None, TODAY, others_may_be=True)


def test_landing_is_the_action_and_the_best_feature() -> None:
    """A question lands by any of its features, a run only by its first, a refusal without any."""
    one = Labelled("x", "person", "beijing", ("run", "clarify"), ("B",))
    assert not landed(one, Understood("run", ("A", "B")))
    assert landed(one, Understood("clarify", ("A", "B")))
    assert not landed(one, Understood("guide", ("B",)))
    assert landed(Labelled("x", "person", "beijing", ("refuse",), ()), Understood("refuse"))
