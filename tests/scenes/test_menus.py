"""Menus by identity: declared, compared with what the platform has, and the tags by which they are chosen; against the whole simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot import menus
from bot.config import Config, Server, Wechat
from bot.menus import Difference, Found, declared, difference, found, publish, shown_to
from bot.simulator import SimAccount, Simulator, create_app
from bot.tagging import Retagging
from bot.wechat import ApiError, MemoryValues, MenuInvalid, WeChatApi
from bot.wechat.menu import BY_IDENTITY, PERSON_MENU, RETIREE_MENU, Entry, Group, as_json, validate
from bot.wechat.tags import Tags
from handlers.identities import IDENTITIES, JOB, TAGGED, identity_of
from handlers.jobs import RetryLater, Runner
from handlers.services import Services
from storage.ports.repositories import Store
from tests import people
from tests.clock import FakeClock
from tests.conversations.conftest import Chat, World
from tests.edge.fake_api import CUT, Call, Client, connected

ACCOUNT = SimAccount(
    app_id="wx0123456789abcdef",
    app_secret="a-secret-of-the-tests",
    token="tokenoftests",
    encoding_aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    original_id="gh_tests",
)


@dataclass
class Stage:
    """The simulator and our client to it."""

    sim: Simulator
    api: WeChatApi
    clock: FakeClock


@asynccontextmanager
async def staged(account: SimAccount = ACCOUNT) -> AsyncIterator[Stage]:
    """A platform of one account."""
    clock = FakeClock()
    sim = Simulator(clock, account, "http://127.0.0.1:9/wechat")
    async with TestServer(create_app(sim)) as server, aiohttp.ClientSession() as session:
        base = str(server.make_url("/"))
        api = WeChatApi(session, account.app_id, account.app_secret, base, clock, MemoryValues(clock))
        yield Stage(sim, api, clock)


def test_every_menu_is_within_the_limits() -> None:
    """Names, keys and counts of all of them pass; with pages they lead to one host."""
    wanted = declared("https://sb.example.cn/o", by_identity=True)
    assert set(wanted.special) == {"retiree", "relative"}
    for body in (wanted.default, *wanted.special.values()):
        assert validate(body) == []
    assert wanted.special["retiree"]["button"][0]["sub_button"][0]["name"] == "资格认证"
    assert wanted.special["retiree"]["button"][2]["sub_button"][0] == {
        "type": "view",
        "name": "我的页面",
        "url": "https://sb.example.cn/o/me",
    }
    assert as_json(RETIREE_MENU)["button"][2]["sub_button"][0] == {"type": "click", "name": "我的页面", "key": "P_PAGE"}


def test_every_identity_with_a_menu_has_a_tag() -> None:
    """A menu for an identity without a tag would be seen by nobody; a tag's name fits."""
    assert set(BY_IDENTITY) <= set(TAGGED)
    assert all(len(one.tag) <= 30 for one in IDENTITIES)
    assert IDENTITIES[0].tag == ""


def test_a_menu_beyond_a_limit_is_found_here() -> None:
    """A name of seventeen bytes is told with its error before anything is asked."""
    with pytest.raises(MenuInvalid) as caught:
        declared(default=(Group("一二三四五六", (Entry("一", "k"),)), *PERSON_MENU[1:]))
    assert [one.errcode for one in caught.value.problems] == [40018]


async def test_all_is_published_once() -> None:
    """Tags are made, the default menu and one for each identity go out; the second time nothing is sent."""
    async with staged() as stage:
        wanted = declared("https://sb.example.cn/o", by_identity=True)
        done = await publish(stage.api, wanted, await found(stage.api, tags=True))
        assert done == Difference(("社保·参保人", "社保·退休人员", "社保·帮家人办"), True, ("retiree", "relative"), ())
        assert len(done.lines) == 6
        again = await publish(stage.api, wanted, await found(stage.api, tags=True))
        assert not again
        assert again.lines == ()
        assert len(stage.sim.menus.conditional) == 2


async def test_a_dry_run_changes_nothing() -> None:
    """The difference is told; the platform has no menu and no tag after it."""
    async with staged() as stage:
        config = Config(
            server=Server(public_url="https://sb.example.cn"),
            wechat=Wechat(app_id=ACCOUNT.app_id, app_secret=ACCOUNT.app_secret, personal_menus=True),
        )
        told = await menus.run(config, stage.api, dry_run=True)
        assert told.default
        assert told.add == ("retiree", "relative")
        assert stage.sim.menus.default is None
        assert set(await Tags(stage.api).all()) == {"星标组"}
        assert await menus.run(config, stage.api) == told
        assert not await menus.run(config, stage.api)


async def test_an_account_without_them_gets_the_default_menu() -> None:
    """personal_menus off: no tag is asked for or made, and what stands there for others is left."""
    async with staged() as stage:
        config = Config(wechat=Wechat(app_id=ACCOUNT.app_id, app_secret=ACCOUNT.app_secret, oauth=False))
        assert await menus.run(config, stage.api) == Difference(default=True)
        assert not await menus.run(config, stage.api)


async def test_a_changed_menu_takes_the_old_ones_place() -> None:
    """The new one is added, the old one goes; the menu of another's rule stays."""
    async with staged() as stage:
        wanted = declared(by_identity=True)
        await publish(stage.api, wanted, await found(stage.api, tags=True))
        foreign = await stage.api.post(
            "/cgi-bin/menu/addconditional", {**as_json(PERSON_MENU), "matchrule": {"client_platform_type": "2"}}
        )
        changed = replace(wanted, special={**wanted.special, "retiree": as_json(PERSON_MENU)})
        done = await publish(stage.api, changed, await found(stage.api, tags=True))
        assert done.add == ("retiree",)
        assert len(done.drop) == 1
        left = {str(one.menu_id) for one in stage.sim.menus.conditional}
        assert str(foreign["menuid"]) in left
        assert len(left) == 3
        assert not difference(changed, await found(stage.api, tags=True))


async def test_no_longer_wanted_menus_go() -> None:
    """An identity that has no menu any more: its conditional menu is deleted."""
    async with staged() as stage:
        wanted = declared(by_identity=True)
        await publish(stage.api, wanted, await found(stage.api, tags=True))
        fewer = replace(wanted, special={"relative": wanted.special["relative"]})
        done = await publish(stage.api, fewer, await found(stage.api, tags=True))
        assert (done.add, len(done.drop)) == ((), 1)
        assert len(stage.sim.menus.conditional) == 1


def test_a_menu_by_an_older_name_of_the_rule_is_known() -> None:
    """`group_id`, as the platform called it before, is the tag; a rule with more than a tag is not ours; of two for a tag the older goes."""
    wanted = declared(by_identity=True)
    tags = {one.tag: number for number, one in enumerate(TAGGED.values(), 100)}
    retiree, relative = tags["社保·退休人员"], tags["社保·帮家人办"]
    has = Found(
        wanted.default,
        (
            {**wanted.special["retiree"], "matchrule": {"group_id": str(retiree), "sex": ""}, "menuid": 3},
            {**wanted.special["relative"], "matchrule": {"tag_id": relative}, "menuid": 2},
            {**wanted.special["retiree"], "matchrule": {"tag_id": str(retiree)}, "menuid": 1},
            {**wanted.special["retiree"], "matchrule": {"tag_id": str(retiree), "client_platform_type": "1"}, "menuid": 9},
        ),
        tags,
    )
    assert difference(wanted, has) == Difference(drop=("1",))


# ── tags ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Tagged:
    """A chat world whose tags go to the simulator."""

    def __init__(self, world: World, stage: Stage) -> None:
        self.world = world
        self.stage = stage
        services: Services = replace(world.services, personal_menus=True)
        world.services = services
        world.conversation._services = services
        self.job = Retagging(world.store, world.clock, Tags(stage.api))
        self.runner = Runner(world.store, world.clock, {JOB: self.job.run})

    async def carried(self, openid: str) -> list[str]:
        """The names of what that follower carries."""
        known = {number: name for name, number in (await Tags(self.stage.api).all()).items()}
        return [known[number] for number in await Tags(self.stage.api).of(openid)]

    async def minute(self) -> None:
        """A minute later, with the job."""
        self.world.clock.advance(61)
        await self.runner.drain()


@asynccontextmanager
async def tagged(world: World) -> AsyncIterator[Tagged]:
    """With tags and menus on the platform, and the chats o-one and o-two following."""
    async with staged() as stage:
        for openid in ("o-one", "o-two"):
            stage.sim.world.phone(openid)
        await publish(stage.api, declared(by_identity=True), await found(stage.api, tags=True))
        yield Tagged(world, stage)


async def test_a_tag_follows_who_the_chat_speaks_for(world: World, chat: Chat) -> None:
    """Log-in, another person, log-out: after a minute the platform shows the menu of that identity. The turns themselves call nothing."""
    async with tagged(world) as outside:
        before = len(outside.stage.sim.menus.conditional)
        await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
        assert await outside.carried("o-one") == []
        await outside.minute()
        assert await outside.carried("o-one") == ["社保·退休人员"]
        shown = await shown_to(outside.stage.api, "o-one")
        assert shown["button"][0]["name"] == "领待遇"
        await chat.says("退出登录")
        await chat.says("1")
        await outside.minute()
        assert await outside.carried("o-one") == []
        assert (await shown_to(outside.stage.api, "o-one"))["button"][0]["name"] == "查权益"
        await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
        await outside.minute()
        assert await outside.carried("o-one") == ["社保·参保人"]
        assert len(outside.stage.sim.menus.conditional) == before


async def test_to_and_fro_within_a_minute_is_nothing(world: World, chat: Chat) -> None:
    """Logged in and out before the job ran: nothing is told."""
    async with tagged(world) as outside:
        await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
        await chat.says("退出登录")
        await chat.says("1")
        await outside.minute()
        assert await outside.carried("o-one") == []
        async with world.store.reading() as tx:
            assert await tx.tags.due(10) == ()


async def test_who_leaves_is_forgotten(world: World, chat: Chat) -> None:
    """After unfollowing there is no row of the chat's tag, and the job has nothing to do."""
    async with tagged(world) as outside:
        await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
        await chat.leaves()
        await outside.minute()
        async with world.store.reading() as tx:
            assert await tx.tags.due(10) == ()
            assert await tx.tags.one_with("person") is None


async def test_an_account_without_menus_by_identity_notes_nothing(world: World, chat: Chat) -> None:
    """personal_menus off: no row and no job."""
    await chat.logs_in(people.LI_PHONE, people.LI.id_no[-4:])
    async with world.store.reading() as tx:
        assert await tx.tags.due(10) == ()


async def wanted_by(store: Store, clock: FakeClock, number: int) -> None:
    """So many chats that are to be tagged as persons."""
    async with store.transaction() as tx:
        for index in range(number):
            await tx.tags.want(f"o{index:03d}", "person", clock.now() + timedelta(seconds=index))


def known(_call: Call) -> Any:
    """The account's tags."""
    return {"tags": [{"id": 100 + n, "name": one.tag, "count": 0} for n, one in enumerate(TAGGED.values())]}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """Our client to a small platform that answers as it is told."""
    async with connected() as made:
        made.platform.answers["/cgi-bin/tags/get"] = known
        yield made


async def test_fifty_at_a_time(world: World, client: Client) -> None:
    """120 chats are three calls, and none the second time."""
    await wanted_by(world.store, world.clock, 120)
    job = Retagging(world.store, world.clock, Tags(client.api))
    await job.run(b"{}")
    calls = client.platform.of("/cgi-bin/tags/members/batchtagging")
    assert [len(call.body["openid_list"]) for call in calls] == [50, 50, 20]
    await job.run(b"{}")
    assert len(client.platform.of("/cgi-bin/tags/members/batchtagging")) == 3


async def test_one_who_left_spoils_nobody(world: World, client: Client) -> None:
    """A batch that is refused for one of them is told one by one; the one is passed over for good."""

    def refuse(call: Call) -> Any:
        return {"errcode": 49003, "errmsg": "not ours"} if "o001" in call.body["openid_list"] else {"errcode": 0}

    client.platform.answers["/cgi-bin/tags/members/batchtagging"] = refuse
    await wanted_by(world.store, world.clock, 3)
    await Retagging(world.store, world.clock, Tags(client.api)).run(b"{}")
    lists = [call.body["openid_list"] for call in client.platform.of("/cgi-bin/tags/members/batchtagging")]
    assert lists == [["o000", "o001", "o002"], ["o000"], ["o001"], ["o002"]]
    async with world.store.reading() as tx:
        assert await tx.tags.due(10) == ()


@pytest.mark.parametrize("answer", [CUT, {"errcode": -1, "errmsg": "busy"}, {"errcode": 45009, "errmsg": "quota"}])
async def test_trouble_is_tried_again(world: World, client: Client, answer: Any) -> None:
    """Away, busy or out of quota: the job comes back, and what was not told stays due."""
    client.platform.answers["/cgi-bin/tags/members/batchtagging"] = lambda _: answer
    await wanted_by(world.store, world.clock, 2)
    with pytest.raises(RetryLater):
        await Retagging(world.store, world.clock, Tags(client.api)).run(b"{}")
    async with world.store.reading() as tx:
        assert len(await tx.tags.due(10)) == 2


async def test_an_account_that_may_not_is_not_asked_again_and_again(world: World, client: Client) -> None:
    """48001 ends the job; tags that nobody has made end it too."""
    await wanted_by(world.store, world.clock, 1)
    client.platform.answers["/cgi-bin/tags/get"] = lambda _: {"errcode": 48001, "errmsg": "no"}
    await Retagging(world.store, world.clock, Tags(client.api)).run(b"{}")
    client.platform.answers["/cgi-bin/tags/get"] = lambda _: {"tags": []}
    await Retagging(world.store, world.clock, Tags(client.api)).run(b"{}")
    assert client.platform.of("/cgi-bin/tags/members/batchtagging") == []


async def test_tags_with_odd_answers(client: Client) -> None:
    """Entries that are no tags are passed over; a made tag without an id is an error."""
    client.platform.answers["/cgi-bin/tags/get"] = lambda _: {"tags": [None, {"id": "x", "name": "a"}, {"id": 7, "name": "b"}]}
    assert await Tags(client.api).all() == {"b": 7}
    with pytest.raises(ApiError):
        await Tags(client.api).create("名字")
    with pytest.raises(ValueError, match="characters"):
        await Tags(client.api).create("一" * 31)


def test_who_a_chat_is() -> None:
    """By the person whom it speaks for, and as what."""
    from storage.ports.records import User

    own = User("o", True, "person", None, 1)
    assert identity_of(own, people.SHUFEN) == "retiree"
    assert identity_of(own, people.LI) == "person"
    assert identity_of(replace(own, active_role="relative"), people.SHUFEN) == "relative"
    assert identity_of(own, None) == "visitor"
    assert identity_of(replace(own, person_id=None), people.LI) == "visitor"


async def test_the_doctor_sees_whose_menu_is_another(world: World, chat: Chat) -> None:
    """Asked of the platform for somebody of each identity: right when all see theirs, told when another tag stands above ours."""
    async with tagged(world) as outside:
        await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
        await outside.minute()
        api = outside.stage.api
        assert await menus.mismatched(api, {"retiree": "o-one", "person": "o-nobody"}) == ()
        other = await Tags(api).create("客服加的标签")
        await Tags(api).give(other, ["o-one"])
        assert await menus.mismatched(api, {"retiree": "o-one"}) == ("退休人员",)
