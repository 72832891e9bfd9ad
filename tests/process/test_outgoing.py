"""What goes out unasked, against the platform's own rules over real HTTP (wechat.md A7, A8, A13; targets.md F7–F10)."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import aiohttp
import pytest

from bot.config import Config
from bot.outgoing import Pusher
from bot.simulator.faults import ApiFaults
from bot.wechat import MemoryValues, WeChatApi
from dialogs.messages import Anchor, Article, Human, Picture, Say
from handlers import outbox
from handlers.conversation import in_line
from handlers.reminders.news import notify
from storage.locks import LocalLocks
from storage.ports.records import NoticeState, Thread
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI
from tests.handlers.conftest import until
from tests.process.conftest import Town, Towns

ONE = "o-one"
HOUR = 3600.0


def _say(*texts: str) -> list[Say]:
    return [Say(text) for text in texts]


async def _packed(town: Town, text: str, openid: str = ONE) -> bytes:
    """What the job carries for the chat as it follows now."""
    async with town.product.store.reading() as tx:
        return outbox.pack(openid, _say(text), following=await outbox.following(tx, openid))


# ── windows and quotas ──────────────────────────────────────────────────────────────────────────────────────────────


async def test_within_the_window_messages_arrive_in_order(town: Town) -> None:
    """After a word of the person: text with choices and links, a card, a handing over; each once, as service messages."""
    await town.says(ONE, "你好")
    await town.push(
        ONE,
        Say("第一条", (("1", "查缴费"),), (Anchor("看全部", "https://sb.example.test/p/x"),)),
        Article("单据", "已经开好", "https://sb.example.test/d/x"),
        Human("请拨打 12333"),
    )
    first, card, human = town.seen(ONE)
    assert first["text"].startswith("第一条\n")
    assert "1 查缴费" in first["text"]
    assert "看全部" in first["text"]
    assert (card["type"], card["title"]) == ("news", "单据")
    assert human["text"] == "请拨打 12333"
    assert await town.works() == 0
    assert len(town.seen(ONE)) == 3


async def test_what_passes_five_messages_is_parked_and_given_first(town: Town) -> None:
    """A7: five after a word of the person. The sixth and seventh wait and stand before the answer to the next word, in order; a new five begin."""
    await town.says(ONE, "你好")
    await town.push(ONE, *_say(*"一二三四五六七"))
    assert town.texts(ONE) == list("一二三四五")
    answer = await town.says(ONE, "菜单")
    assert answer.startswith("六\n\n七\n\n您想办哪一件")
    assert "六" not in await town.says(ONE, "菜单")
    await town.push(ONE, Say("八"))
    assert town.texts(ONE)[5:] == ["八"]


def _sends(town: Town) -> list[str]:
    """What was counted of calls to the platform."""
    lines = town.product.metrics.page().decode().splitlines()
    return [line for line in lines if line.startswith("bot_platform_sends_total")]


async def test_after_forty_eight_hours_nothing_is_pushed(town: Town) -> None:
    """The last moment still goes out, the next is parked; no call is made that the platform would refuse."""
    await town.says(ONE, "你好")
    town.clock.advance(48 * HOUR - 1)
    await town.push(ONE, Say("早"))
    town.clock.advance(2)
    before = _sends(town)
    await town.push(ONE, Say("晚"))
    assert town.texts(ONE) == ["早"]
    assert _sends(town) == before
    assert (await town.says(ONE, "菜单")).startswith("晚\n\n")


@pytest.mark.parametrize(
    "gesture",
    [
        {"type": "event", "event": "CLICK", "key": "P_SWITCH"},
        {"type": "event", "event": "subscribe"},
    ],
)
async def test_after_a_tap_or_a_follow_there_is_one_minute_and_three_messages(town: Town, gesture: dict[str, str]) -> None:
    """Three within the minute, the fourth parked, and after the minute everything is."""
    await town.sends(ONE, **gesture)
    await town.push(ONE, *_say("一", "二", "三", "四"))
    assert town.texts(ONE) == ["一", "二", "三"]
    town.clock.advance(1)
    (answer,) = await town.sends(ONE, **gesture)
    assert str(answer["text"]).startswith("四\n\n")
    town.clock.advance(61)
    await town.push(ONE, Say("五"))
    assert town.texts(ONE) == ["一", "二", "三"]
    assert (await town.says(ONE, "菜单")).startswith("五\n\n")


@pytest.mark.parametrize("errcode", [45015, 45047, 48001])
async def test_the_platforms_own_count_decides(town: Town, errcode: int) -> None:
    """We thought that we might; the platform says no: parked at once with everything after it, not asked again, given first."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="custom/send")
    await town.push(ONE, *_say("一", "二"))
    assert town.texts(ONE) == []
    town.clock.advance(HOUR)
    await town.works()
    assert town.texts(ONE) == []
    assert (await town.says(ONE, "菜单")).startswith("一\n\n二\n\n")


async def test_what_need_not_arrive_is_dropped_instead(town: Town) -> None:
    """`must=False` (pictures, extras): outside the window it is gone, and no later answer is longer for it."""
    await town.says(ONE, "你好")
    town.clock.advance(49 * HOUR)
    await town.push(ONE, Say("多余"), must=False)
    assert "多余" not in await town.says(ONE, "菜单")


async def test_nobody_keeps_anything_for_one_who_has_left(town: Town) -> None:
    """S15: a push for somebody who unfollowed leaves no row behind; following again, nothing of it appears."""
    await town.says(ONE, "你好")
    await town.sends(ONE, type="event", event="unsubscribe")
    await town.push(ONE, Say("给从前那位"))
    assert await town.user(ONE) is None
    await town.sends(ONE, type="event", event="subscribe")
    assert not any("给从前那位" in text for text in town.texts(ONE, "passive") + town.texts(ONE))


async def test_an_account_that_may_not_push_parks_everything(town_of: Towns) -> None:
    """A14: a personal account never calls; the person gets it with the next word."""

    def personal(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind="personal"))

    async with town_of(personal) as town:
        await town.says(ONE, "你好")
        await town.push(ONE, Say("一"))
        assert town.texts(ONE) == []
        assert (await town.says(ONE, "菜单")).startswith("一\n\n")


# ── trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("errcode", [40001, 42001, 40014])
async def test_a_token_that_is_no_longer_good_is_fetched_again(town: Town, errcode: int) -> None:
    """F9: one refresh, one more try, the message arrives once, and nothing is queued."""
    await town.says(ONE, "你好")
    await town.push(ONE, Say("一"))
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="custom/send")
    await town.push(ONE, Say("二"))
    assert town.texts(ONE) == ["一", "二"]
    assert await town.works() == 0


async def test_tokens_that_all_died_are_replaced(town: Town) -> None:
    """The secret's holder reset them; ten pushes at once all arrive."""
    for n in range(10):
        await town.says(f"o-{n}", "你好")
    await town.push("o-0", Say("先"))
    town.sim.tokens.expire_all()
    for n in range(10):
        await town.push(f"o-{n}", Say("后"))
    assert all(town.texts(f"o-{n}")[-1] == "后" for n in range(10))


async def test_busy_is_tried_again_later_in_order_and_once(town: Town) -> None:
    """F7: -1 means not now: nothing arrives out of order, after the pause all of it does, each once."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=-1, times=2, path="custom/send")
    await town.push(ONE, *_say("一", "二"))
    assert town.texts(ONE) == []
    for _ in range(2):
        town.clock.set(await town.next_due())
        await town.works()
    assert town.texts(ONE) == ["一", "二"]
    town.clock.advance(HOUR)
    await town.works()
    assert town.texts(ONE) == ["一", "二"]


async def test_only_what_is_left_is_tried_again(town: Town) -> None:
    """Busy at the second of three: the first is not repeated, the others follow in order."""
    await town.says(ONE, "你好")
    chart = await town.chart()
    town.sim.world.media.clear()  # so that the picture has to be uploaded again
    town.sim.api_faults = ApiFaults(errcode=-1, times=1, path="media/upload")
    await town.push(ONE, Say("一"), Picture(chart, "图"), Say("三"))
    assert town.texts(ONE) == ["一"]
    town.clock.advance(5)
    await town.works()
    assert [one["type"] for one in town.seen(ONE)] == ["text", "image", "text"]
    assert town.texts(ONE)[-1] == "三"


@pytest.mark.parametrize("status", [500, 502])
async def test_what_may_have_arrived_is_said_again_with_the_next_answer(town: Town, status: int, log: io.StringIO) -> None:
    """No readable answer: the message may be there. It is not pushed again, what follows is sent, the next answer begins with it and
    says that it may be known; the log says so without a word of it."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(status=status, times=1, path="custom/send")
    await town.push(ONE, *_say("说不准", "一定到"))
    town.clock.advance(HOUR)
    await town.works()
    assert town.texts(ONE) == ["一定到"]
    assert "in doubt" in log.getvalue()
    assert "说不准" not in log.getvalue()
    assert (await town.says(ONE, "菜单")).startswith("可能已经收到过：说不准\n\n您想办哪一件")
    assert "说不准" not in await town.says(ONE, "菜单")


async def test_in_doubt_a_card_is_kept_and_what_need_not_arrive_is_not(town: Town) -> None:
    """A card says in its own words that it may be known; what the answer can do without is left."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(status=502, times=2, path="custom/send")
    await town.push(ONE, Article("单据", "已经开好", "https://sb.example.test/d/x"))
    await town.push(ONE, Say("不必到"), must=False)
    await town.works()
    await town.says(ONE, "菜单")
    await town.works()
    assert [one["text"] for one in town.seen(ONE, "passive") if one["type"] == "news"] == ["可能已经收到过：已经开好"]
    assert not any("不必到" in text for text in town.texts(ONE) + town.texts(ONE, "passive"))


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_news_in_doubt_are_never_lost(town: Town, status: int) -> None:
    """A gateway that breaks down while a deadline is told: the person reads it with the next answer at the latest, choices and all, once."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(status=status, times=1, path="custom/send")
    async with town.product.store.transaction() as tx:
        await notify(tx, town.product.services, ONE, "请在 9月20日 前补正。", choices=(("进度", "去补"),))
    await town.works()
    town.clock.advance(HOUR)
    await town.works()
    said = [*town.texts(ONE), await town.says(ONE, "菜单")]
    assert [one for one in said if "补正" in one] == [said[-1]]
    assert said[-1].startswith("可能已经收到过：请在 9月20日 前补正。\n进度 去补\n\n")
    assert "补正" not in await town.says(ONE, "菜单")


async def test_a_used_up_quota_waits_for_the_next_word_or_the_morning(town: Town) -> None:
    """F8: 45009: not one more call today. The next word brings it at once, in order and once; who says nothing has it in the morning, not
    in the night. A picture is past by then."""
    for who in (ONE, "o-two"):
        await town.says(who, "你好")
    town.sim.api_faults = ApiFaults(errcode=45009, times=1, path="custom/send")
    chart = await town.chart()
    for who in (ONE, "o-two"):
        await town.push(who, Say("一"))
        await town.push(who, Say("二"))
        await town.push(who, Picture(chart, "图"), must=False)
    assert (await town.says(ONE, "菜单")).startswith("一\n\n二\n\n您想办哪一件")
    town.clock.set(datetime(2024, 9, 13, 0, 2, tzinfo=SHANGHAI))
    await town.works()
    assert town.texts("o-two") == []
    town.clock.set(datetime(2024, 9, 13, 8, 30, tzinfo=SHANGHAI))
    await town.works()
    assert town.texts("o-two") == ["一", "二"]
    assert town.texts(ONE) == []
    assert not any(one["type"] == "image" for who in (ONE, "o-two") for one in town.seen(who))


async def test_a_platform_that_cannot_be_reached_is_tried_again(town: Town, unused_tcp_port: int) -> None:
    """A refused connection was not sent: the next answer begins with it, once; without one it is pushed when the platform is back."""
    for who in (ONE, "o-two"):
        await town.says(who, "你好")
    wechat, product = town.config.wechat, town.product
    async with aiohttp.ClientSession() as session:
        nowhere = f"http://127.0.0.1:{unused_tcp_port}"
        api = WeChatApi(session, wechat.app_id, wechat.app_secret, nowhere, town.clock, MemoryValues(town.clock))
        pusher = Pusher(product.store, LocalLocks(), town.clock, api, product.renderer, product.metrics, can_push=True)
        for who in (ONE, "o-two"):
            await pusher.push(await _packed(town, "暂时送不到", who))
    assert (await town.says(ONE, "菜单")).startswith("暂时送不到\n\n")
    town.clock.advance(5)
    await town.works()
    assert town.texts(ONE) == []
    assert town.texts("o-two") == ["暂时送不到"]
    assert "暂时送不到" not in await town.says("o-two", "菜单")


# ── who left and came back ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["push", "notify"])
async def test_what_was_queued_before_leaving_is_not_given_after_coming_back(town: Town, how: str) -> None:
    """S15: it waited for the day's quota while the person unfollowed and followed again, in the same moment even: neither pushed nor said
    with an answer; the page of numbers counts a reply, the ledger says it of news. What is queued afterwards arrives."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=45009, times=1, path="custom/send")
    await _queued(town, how, "给从前那位")
    await town.sends(ONE, type="event", event="unsubscribe")
    await town.sends(ONE, type="event", event="subscribe")
    town.clock.set(datetime(2024, 9, 13, 8, 31, tzinfo=SHANGHAI))
    await town.works()
    answer = await town.says(ONE, "菜单")
    assert not any("给从前那位" in text for text in (*town.texts(ONE), *town.texts(ONE, "passive"), answer))
    if how == "push":
        assert any('outcome="left"' in line and line.endswith(" 1.0") for line in _sends(town))
    else:
        assert await _dropped(town) == 1
    await _queued(town, how, "给现在这位")
    assert town.texts(ONE) == ["给现在这位"]


@pytest.mark.parametrize("how", ["push", "notify"])
async def test_what_could_not_be_pushed_is_not_kept_for_one_who_came_back(town: Town, how: str) -> None:
    """The window is shut when the job runs: what belongs to an earlier following is not parked either."""
    await town.says(ONE, "你好")
    async with town.product.store.transaction() as tx:
        await _enqueue(town, tx, how, "给从前那位")
    await town.sends(ONE, type="event", event="unsubscribe")
    await town.sends(ONE, type="event", event="subscribe")
    town.clock.advance(49 * HOUR)
    await town.works()
    assert "给从前那位" not in await town.says(ONE, "菜单")


async def _dropped(town: Town) -> int:
    """How many pieces of news the ledger calls dropped."""
    async with town.product.store.reading() as tx:
        campaign = await tx.campaigns.by_code("P-CASE")
        assert campaign is not None
        tallies = await tx.campaigns.tallies(campaign.id)
    return sum(one.count for one in tallies if one.outcome == NoticeState.DROPPED)


async def test_following_once_more_without_leaving_loses_nothing(town: Town) -> None:
    """A second follow of a chat that is known is the same following."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=-1, times=1, path="custom/send")
    await town.push(ONE, Say("一"))
    (answer,) = await town.sends(ONE, type="event", event="subscribe")
    assert str(answer["text"]).startswith("一\n\n")
    town.clock.set(await town.next_due())
    await town.works()
    assert town.texts(ONE) == []


# ── the staff's words ───────────────────────────────────────────────────────────────────────────────────────────────


async def _staff_say(town: Town, text: str) -> Thread:
    """A message that was left is answered; the news run."""
    async with town.product.store.transaction() as tx:
        thread = await tx.threads.open(Thread(0, ONE, None, "beijing", "open", "", town.clock.now(), 1), [])
        await notify(tx, town.product.services, ONE, text, about=f"thread:{thread.id}:1")
    await town.works()
    return thread


async def _said_to_staff(town: Town, thread: Thread) -> list[str]:
    async with town.product.store.reading() as tx:
        return [line.text for line in await tx.threads.lines(thread.id)]


async def test_what_is_typed_after_a_pushed_answer_goes_to_the_staff(town: Town) -> None:
    """The answer was shown on the phone: the next words are for the talk."""
    await town.says(ONE, "你好")
    thread = await _staff_say(town, "工作人员：请问是哪天？")
    assert town.texts(ONE) == ["工作人员：请问是哪天？"]
    assert "已经转给工作人员" in await town.says(ONE, "上个月三号")
    assert await _said_to_staff(town, thread) == ["上个月三号"]


@pytest.mark.parametrize("status", [0, 503])
async def test_what_is_typed_before_the_answer_was_read_stays_with_the_bot(town: Town, status: int) -> None:
    """The answer could not be pushed (two days are over, or nobody knows whether it arrived): the next words are answered by the bot, the
    staff's answer first; those after it are for the talk."""
    await town.says(ONE, "你好")
    if status:
        town.sim.api_faults = ApiFaults(status=status, times=1, path="custom/send")
    else:
        town.clock.advance(49 * HOUR)
    thread = await _staff_say(town, "工作人员：请问是哪天？")
    answer = await town.says(ONE, "菜单")
    assert "工作人员：请问是哪天？\n\n您想办哪一件" in answer
    assert "已经转给工作人员" in await town.says(ONE, "上个月三号")
    assert await _said_to_staff(town, thread) == ["上个月三号"]


async def _enqueue(town: Town, tx: Repositories, how: str, text: str) -> None:
    if how == "push":
        await outbox.push(tx, ONE, _say(text), town.clock.now())
    else:
        await notify(tx, town.product.services, ONE, text)


async def _queued(town: Town, how: str, text: str) -> None:
    async with town.product.store.transaction() as tx:
        await _enqueue(town, tx, how, text)
    await town.works()


# ── beside the turns of the same chat ───────────────────────────────────────────────────────────────────────────────


class Watched:
    """Locks that tell who has come for one."""

    def __init__(self) -> None:
        self._locks = LocalLocks()
        self.came: list[str] = []

    @asynccontextmanager
    async def hold(self, name: str, message: tuple[str, str] | None = None) -> AsyncIterator[None]:
        self.came.append(name)
        async with self._locks.hold(name):
            yield


@asynccontextmanager
async def _pushing_during_a_turn(town: Town) -> AsyncIterator[None]:
    """What is done in the block, a turn of the chat does while a push to it is under way; the push ends after it."""
    locks, product = Watched(), town.product
    pusher = Pusher(product.store, locks, town.clock, product.api, product.renderer, product.metrics, can_push=True)
    async with locks.hold(in_line(ONE)):
        pushing = asyncio.ensure_future(pusher.push(await _packed(town, "一")))
        await until(lambda: len(locks.came) == 3)
        yield
    await pushing


async def test_a_push_does_not_undo_a_log_in(town: Town) -> None:
    """It counts its message on the chat as the turn has left it, not as it was before."""
    await town.says(ONE, "你好")
    async with _pushing_during_a_turn(town), town.product.store.transaction() as tx:
        user = await tx.users.get(ONE)
        assert user is not None
        await tx.users.save(replace(user, person_id=town.ids.jianguo, active_role="person", region="beijing"))
    user = await town.user(ONE)
    assert user is not None
    assert (user.person_id, user.active_role, user.pushes_left) == (town.ids.jianguo, "person", 4)
    assert town.texts(ONE) == ["一"]


async def test_a_push_does_not_bring_back_one_who_leaves(town: Town) -> None:
    """S15: unfollowing while a push is under way: the chat is gone, the push too."""
    await town.says(ONE, "你好")
    async with _pushing_during_a_turn(town), town.product.store.transaction() as tx:
        await tx.users.forget(ONE)
    assert await town.user(ONE) is None
    assert town.texts(ONE) == []
