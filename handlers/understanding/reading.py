"""Cutting a sentence into ideas, forgiving one confused character a word."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.understanding.lexicon import IDEAS, NEVER_A_SLIP, SOUNDS_ALIKE
from storage.ports.record import Record

REST = 0.06
"""Weight of a pair of characters that no word of the lexicon covers."""

REST_AT_MOST = 0.6
"""What is not understood can make a match less sure, but not hide it."""

LONGEST_READ = 160
"""Characters that are looked at: a wish stands at the beginning or is short."""

_STOP = frozenset(
    "的了吗呢吧啊呀么嘛哦噢哈啦哇诶唉呐咯嘞着过是在有就都也还又再才把被给和与跟我你您他她它们俺咱这那哪个个一不没要想能会去来到上下里外对从往得地很太好请问让叫用为以及或但而且因为所以个请先后前年月日号时候今明昨天点些"
)


class Word(Record):
    """A word of the lexicon in a sentence, from `start` to `end`."""

    start: int
    end: int
    idea: str
    exact: bool


class Reading(Record):
    """The ideas of a text with their weights; `rest` are pairs of characters that no word covers."""

    words: tuple[Word, ...]
    ideas: dict[str, float]
    rest: frozenset[str]

    @property
    def weight(self) -> float:
        """What a match has to explain."""
        return sum(self.ideas.values()) + min(REST_AT_MOST, REST * len(self.rest))


def _vocabulary() -> dict[str, str]:
    words: dict[str, str] = {}
    for idea, (_, listed) in IDEAS.items():
        for word in listed.split():
            if words.setdefault(word, idea) != idea:
                raise ValueError(f"{word} stands under {words[word]} and {idea}")
    return words


def _slips(words: dict[str, str]) -> dict[str, str]:
    """Words with one character replaced by one that sounds alike; only for ideas that decide something."""
    alike: dict[str, str] = {}
    for row in SOUNDS_ALIKE:
        for c in row:
            alike[c] = alike.get(c, "") + row.replace(c, "")
    slips: dict[str, str] = {}
    for word, idea in words.items():
        if len(word) < 2 or IDEAS[idea][0] < 0.5:
            continue
        for place, c in enumerate(word):
            for other in alike.get(c, ""):
                slip = word[:place] + other + word[place + 1 :]
                if slip not in words and slip not in NEVER_A_SLIP:
                    slips.setdefault(slip, idea)
    return slips


_WORDS = _vocabulary()
_SLIPS = _slips(_WORDS)
_LONGEST = max(map(len, _WORDS))
_BEGINNINGS: dict[str, int] = {}
for _word in (*_WORDS, *_SLIPS):
    _BEGINNINGS[_word[0]] = max(_BEGINNINGS.get(_word[0], 0), len(_word))


def _matches(text: str) -> Iterator[Word]:
    """Longest word first at every place; an exact word wins over a slip that is longer by nothing."""
    place = 0
    while place < len(text):
        for length in range(min(_BEGINNINGS.get(text[place], 0), len(text) - place), 0, -1):
            part = text[place : place + length]
            idea = _WORDS.get(part)
            exact = idea is not None
            if idea is None and part in _SLIPS and part not in NEVER_A_SLIP and not _hides_a_word(text, place, length):
                idea = _SLIPS[part]
            if idea is not None:
                yield Word(place, place + length, idea, exact)
                place += length
                break
        else:
            place += 1


def _hides_a_word(text: str, place: int, length: int) -> bool:
    """Whether an exact word begins inside the part and reaches beyond it, so that the part is no slip but a chance meeting (不缴费)."""
    for start in range(place + 1, place + length):
        for size in range(place + length - start + 1, min(_BEGINNINGS.get(text[start], 0), len(text) - start) + 1):
            if text[start : start + size] in _WORDS:
                return True
    return False


def read(text: str) -> Reading:
    """The ideas in a tidied text, and what is left over."""
    text = text[:LONGEST_READ]
    words = tuple(_matches(text))
    return weigh(text, words)


def weigh(text: str, words: tuple[Word, ...]) -> Reading:
    """Ideas of some of the words of a text: the others count as not said."""
    ideas = {word.idea: IDEAS[word.idea][0] for word in words if IDEAS[word.idea][0] > 0}
    covered = bytearray(len(text) + 1)
    for word in words:
        covered[word.start : word.end] = b"\x01" * (word.end - word.start)
    rest = set()
    for place in range(len(text) - 1):
        first, second = text[place], text[place + 1]
        if (
            not (covered[place] or covered[place + 1])
            and "一" <= first <= "鿿"
            and "一" <= second <= "鿿"
            and not (first in _STOP or second in _STOP)
        ):
            rest.add(first + second)
    return Reading(words, ideas, frozenset(rest))
