"""Tags: making them, giving them, their limits, and who carries which."""

from __future__ import annotations

from typing import Any

from tests.simulator.bots import Bot, echo
from tests.simulator.conftest import Stage, Staged


async def tag(stage: Stage, name: str) -> Any:
    """The number of a new tag, or the error's."""
    made = await stage.call("tags/create", {"tag": {"name": name}})
    return made["tag"]["id"] if "tag" in made else made["errcode"]


async def people(staged: Staged, number: int) -> Stage:
    """A stage with that many followers, o0 onwards."""
    stage = await staged(Bot(echo).app())
    for index in range(number):
        stage.sim.world.phone(f"o{index}")
    return stage


async def test_a_tag_is_made_renamed_listed_and_deleted(staged: Staged) -> None:
    """Numbers start at 100 and are never used again; the platform's own tag can neither be renamed nor deleted."""
    stage = await people(staged, 2)
    number = await tag(stage, "退休人员")
    assert number == 100
    assert (await stage.call("tags/update", {"tag": {"id": number, "name": "退休"}}))["errcode"] == 0
    await stage.call("tags/members/batchtagging", {"tagid": number, "openid_list": ["o0", "o1"]})
    assert (await stage.ask("tags/get"))["tags"] == [
        {"id": 2, "name": "星标组", "count": 0},
        {"id": 100, "name": "退休", "count": 2},
    ]
    assert (await stage.call("tags/delete", {"tag": {"id": 2}}))["errcode"] == 45058
    assert (await stage.call("tags/update", {"tag": {"id": 2, "name": "别的"}}))["errcode"] == 45058
    assert (await stage.call("tags/delete", {"tag": {"id": number}}))["errcode"] == 0
    assert (await stage.call("tags/getidlist", {"openid": "o0"})) == {"tagid_list": []}
    assert await tag(stage, "退休") == 101


async def test_the_names_of_tags_have_limits(staged: Staged) -> None:
    """Thirty characters, no two alike, a hundred in all; and a deleted one makes room."""
    stage = await people(staged, 0)
    assert await tag(stage, "一" * 30) == 100
    assert await tag(stage, "一" * 31) == 45158
    assert await tag(stage, "一" * 30) == 45157
    assert (await stage.call("tags/update", {"tag": {"id": 100, "name": "星标组"}}))["errcode"] == 45157
    for number in range(1, 100):
        assert await tag(stage, f"标签{number}") == 100 + number
    assert await tag(stage, "再来一个") == 45056
    assert (await stage.call("tags/delete", {"tag": {"id": 150}}))["errcode"] == 0
    assert await tag(stage, "再来一个") == 200


async def test_fifty_people_are_tagged_at_once_and_twenty_tags_stand_on_one(staged: Staged) -> None:
    """A batch of 51 is 40032 and tags nobody; the 21st tag of one person is 45059 and tags nobody of the batch."""
    stage = await people(staged, 51)
    first = await tag(stage, "标签0")
    everyone = [f"o{index}" for index in range(51)]

    async def give(number: int, openids: Any) -> int:
        return int((await stage.call("tags/members/batchtagging", {"tagid": number, "openid_list": openids}))["errcode"])

    assert await give(first, everyone) == 40032
    assert await give(first, everyone[:50]) == 0
    assert (await stage.call("user/tag/get", {"tagid": first}))["count"] == 50
    numbers = [await tag(stage, f"标签{index}") for index in range(1, 21)]
    assert [await give(number, ["o0"]) for number in numbers] == [0] * 19 + [45059]
    assert await give(numbers[-1], ["o1", "o0"]) == 45059
    assert (await stage.call("tags/getidlist", {"openid": "o1"}))["tagid_list"] == [first]
    assert [await give(number, one) for number, one in ((999, ["o1"]), (first, []), (first, ["nobody"]))] == [45159, 40031, 40003]


async def test_tags_go_with_who_leaves(staged: Staged) -> None:
    """Unfollowing takes the tags; afterwards 49003 until the person follows again."""
    stage = await people(staged, 1)
    number = await tag(stage, "退休人员")
    await stage.call("tags/members/batchtagging", {"tagid": number, "openid_list": ["o0"]})
    assert (await stage.ask("user/info", openid="o0"))["tagid_list"] == [number]
    await stage.send("o0", type="event", event="unsubscribe")
    assert (await stage.call("tags/getidlist", {"openid": "o0"}))["errcode"] == 49003
    assert (await stage.call("user/tag/get", {"tagid": number}))["count"] == 0
    await stage.send("o0", type="event", event="subscribe")
    assert (await stage.call("tags/getidlist", {"openid": "o0"})) == {"tagid_list": []}


async def test_a_tag_is_taken_away(staged: Staged) -> None:
    """batchuntagging spares who does not carry it; the followers of a tag are listed page by page."""
    stage = await people(staged, 3)
    number = await tag(stage, "退休人员")
    await stage.call("tags/members/batchtagging", {"tagid": number, "openid_list": ["o0", "o1", "o2"]})
    assert (await stage.call("tags/members/batchuntagging", {"tagid": number, "openid_list": ["o1"]}))["errcode"] == 0
    assert await stage.call("user/tag/get", {"tagid": number}) == {
        "count": 2,
        "data": {"openid": ["o0", "o2"]},
        "next_openid": "o2",
    }
    assert (await stage.call("user/tag/get", {"tagid": number, "next_openid": "o2"}))["count"] == 0
