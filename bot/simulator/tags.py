"""The account's tags and who carries them (wechat.md A12). A person's tags stand in the order in which they were given: the last one counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

from bot.simulator.errors import ApiError
from bot.simulator.rules import Rules
from bot.simulator.world import Phone

MOST_TAGS = 100
LONGEST_NAME = 30
_OWN = 3
"""Numbers below are the platform's own (星标组 and the like)."""
_FIRST = 100
_STARRED = 2


@dataclass(slots=True)
class Tag:
    """One tag; its number is never used again."""

    tag_id: int
    name: str


class TagBook:
    """The tags of one account, 星标组 among them. The people who carry them stand in the world."""

    def __init__(self) -> None:
        self._numbers = count(_FIRST)
        self.tags: dict[int, Tag] = {_STARRED: Tag(_STARRED, "星标组")}

    def create(self, name: object) -> Tag:
        """A new tag. Raises ApiError: 45158 too long, 45157 there already, 45056 too many."""
        good = self._name(name)
        if sum(one.tag_id >= _FIRST for one in self.tags.values()) >= MOST_TAGS:
            raise ApiError(45056)
        tag = Tag(next(self._numbers), good)
        self.tags[tag.tag_id] = tag
        return tag

    def rename(self, tag_id: object, name: object) -> None:
        """Raises ApiError: 45159 no such tag, 45058 the platform's own, and as `create`."""
        tag = self._mine(tag_id)
        if name != tag.name:
            tag.name = self._name(name)

    def remove(self, tag_id: object, phones: Iterable[Phone]) -> None:
        """The tag goes, from everybody who carries it. Raises ApiError as `rename`."""
        tag = self._mine(tag_id)
        del self.tags[tag.tag_id]
        for phone in phones:
            if tag.tag_id in phone.tags:
                phone.tags.remove(tag.tag_id)

    def get(self, tag_id: object) -> Tag:
        """Raises ApiError 45159 when there is none with this number."""
        number = int(tag_id) if isinstance(tag_id, int | str) and str(tag_id).isdecimal() else -1
        found = self.tags.get(number)
        if found is None:
            raise ApiError(45159)
        return found

    def give(self, tag_id: object, phones: list[Phone], rules: Rules) -> None:
        """All of them, or nobody. Raises ApiError 45059 when one would carry too many."""
        tag = self.get(tag_id)
        if any(tag.tag_id not in phone.tags and len(phone.tags) >= rules.tags_per_person for phone in phones):
            raise ApiError(45059)
        for phone in phones:
            if tag.tag_id in phone.tags:
                phone.tags.remove(tag.tag_id)
            phone.tags.append(tag.tag_id)

    def take(self, tag_id: object, phones: list[Phone]) -> None:
        """From whoever carries it. Raises ApiError."""
        tag = self.get(tag_id)
        for phone in phones:
            if tag.tag_id in phone.tags:
                phone.tags.remove(tag.tag_id)

    def _mine(self, tag_id: object) -> Tag:
        if isinstance(tag_id, int) and 0 <= tag_id < _OWN:
            raise ApiError(45058)
        return self.get(tag_id)

    def _name(self, name: object) -> str:
        if not isinstance(name, str) or not name.strip():
            raise ApiError(-1)
        if len(name) > LONGEST_NAME:
            raise ApiError(45158)
        if any(one.name == name for one in self.tags.values()):
            raise ApiError(45157)
        return name
