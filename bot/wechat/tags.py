"""Tags of followers (wechat.md A12): made by name, given and taken fifty at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bot.wechat.api import WeChatApi
from bot.wechat.errors import ApiError

AT_ONCE: Final = 50
LONGEST_NAME: Final = 30
MOST: Final = 100

GONE: Final = frozenset({40003, 40031, 43004, 45059, 49003})
"""This person cannot carry it: not ours, not following any more, or carrying too many. The others of the batch can."""


class Tags:
    """Every method raises ApiError. Giving a tag twice, or taking one that is not carried, is no error."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api

    async def all(self) -> dict[str, int]:
        """Name → id, of every tag of the account."""
        answer = await self._api.call("GET", "/cgi-bin/tags/get")
        found = answer.get("tags")
        named = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        return {str(one.get("name")): one["id"] for one in named if isinstance(one.get("id"), int)}

    async def create(self, name: str) -> int:
        """Make a tag; its id. Raises ValueError for a name that the platform would refuse."""
        if not 1 <= len(name) <= LONGEST_NAME:
            raise ValueError(f"a tag has 1 to {LONGEST_NAME} characters")
        answer = await self._api.post("/cgi-bin/tags/create", {"tag": {"name": name}})
        made: Any = answer.get("tag")
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise ApiError(None, "no tag in the answer")
        return int(made["id"])

    async def give(self, tag_id: int, openids: Sequence[str]) -> None:
        """To at most fifty followers."""
        await self._batch("batchtagging", tag_id, openids)

    async def take(self, tag_id: int, openids: Sequence[str]) -> None:
        """From at most fifty followers."""
        await self._batch("batchuntagging", tag_id, openids)

    async def of(self, openid: str) -> tuple[int, ...]:
        """Which one follower carries, in the order in which they were given."""
        answer = await self._api.post("/cgi-bin/tags/getidlist", {"openid": openid})
        found = answer.get("tagid_list")
        return tuple(one for one in found if isinstance(one, int)) if isinstance(found, list) else ()

    async def _batch(self, act: str, tag_id: int, openids: Sequence[str]) -> None:
        if not 1 <= len(openids) <= AT_ONCE:
            raise ValueError(f"1 to {AT_ONCE} at a time")
        await self._api.post(f"/cgi-bin/tags/members/{act}", {"openid_list": list(openids), "tagid": tag_id})
