"""News on their way to a person, against the platform's own rules over real HTTP (wechat.md A7, A8): never lost, never twice."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from bot.config import Config, Notices
from bot.simulator.faults import ApiFaults
from handlers.reminders.news import notify, notify_person
from handlers.reminders.sender import LEASE
from storage.ports.records import Binding, Channel, Notice, NoticeState
from tests.process.conftest import Town, Towns, town, town_of

__all__ = ["town", "town_of"]

ONE = "o-one"
HOUR = 3600.0
LONG = "“工牌”（业务流水号 240912000000001）没有通过。原因：照片太暗，请换一张再来。"
SHORT = "“工牌”办好了。"


def _with_template(config: Config) -> Config:
    return replace(config, notices=Notices(case_template_id="TM_CASE_NEWS"))


async def _queued(town: Town, *texts: str, **more: object) -> None:
    async with town.product.store.transaction() as tx:
        for text in texts:
            await notify(tx, town.product.services, ONE, text, **more)  # type: ignore[arg-type]


async def _tells(town: Town, *texts: str, **more: object) -> None:
    await _queued(town, *texts, **more)
    await town.works()


async def _rows(town: Town) -> list[Notice]:
    """The rows of the chat, oldest first."""
    async with town.product.store.reading() as tx:
        return list(reversed(await tx.notices.of_chat(ONE)))


async def test_within_the_window_it_is_a_service_message(town: Town) -> None:
    """Once, with its choices; nothing is left for the next message."""
    await town.says(ONE, "你好")
    await _tells(town, "请评价：", choices=(("评价5", "非常满意"), ("评价1", "非常不满意")))
    assert town.texts(ONE) == ["请评价：\n评价5 非常满意\n评价1 非常不满意"]
    assert "请评价" not in await town.says(ONE, "菜单")


async def test_past_the_quota_it_waits_for_the_next_message(town: Town) -> None:
    """Without a template: five pushed, the sixth and seventh stand before the next answer, in order, choices and all; then never again."""
    await town.says(ONE, "你好")
    await _tells(town, *"一二三四五六")
    await _tells(town, "七", choices=(("评价5", "非常满意"),))
    assert town.texts(ONE) == list("一二三四五")
    assert (await town.says(ONE, "菜单")).startswith("六\n\n七\n评价5 非常满意\n\n")
    assert "六" not in await town.says(ONE, "菜单")


async def test_after_two_days_a_template_carries_what_fits(town_of: Towns) -> None:
    """A short text whole in the card, and nothing more; a long one rings, and its whole text is given with the next message."""
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * HOUR)
        await _tells(town, SHORT, about="case:240912000000001")
        (card,) = town.seen(ONE, "template")
        assert {one["name"]: one["value"] for one in card["fields"]} == {
            "业务名称": "业务办理进度",
            "最新进展": SHORT,
            "温馨提示": "回复“进度”看详情",
        }
        await _tells(town, LONG)
        _, bell = town.seen(ONE, "template")
        values = {one["name"]: one["value"] for one in bell["fields"]}
        assert values["温馨提示"] == "回复任意内容看全部"
        assert len(values["最新进展"]) == 20
        answer = await town.says(ONE, "菜单")
        assert answer.startswith(f"{LONG}\n\n")
        assert SHORT not in answer
        assert LONG not in await town.says(ONE, "菜单")


async def test_an_account_without_templates_parks(town_of: Towns) -> None:
    """A subscription account, a template that is not configured, and one that the platform refuses: given with the next message."""

    def subscription(config: Config) -> Config:
        return replace(_with_template(config), wechat=replace(config.wechat, account_kind="subscription"))

    def refused(config: Config) -> Config:
        return replace(config, notices=Notices(case_template_id="TM_NOT_THERE"))

    for n, changes in enumerate((subscription, lambda same: same, refused)):
        async with town_of(changes) as town:
            await town.says(ONE, "你好")
            town.clock.advance(49 * HOUR)
            await _tells(town, f"第{n}件事办好了，请来看看结果。")
            assert town.seen(ONE, "template") == []
            assert (await town.says(ONE, "菜单")).startswith(f"第{n}件事")


async def test_a_platform_that_is_busy_is_asked_again(town: Town) -> None:
    """F7: it surely did not go out: tried again by the runner, shown once."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=-1, times=1, path="custom/send")
    await _tells(town, SHORT)
    assert town.texts(ONE) == []
    town.clock.advance(600)
    await town.works()
    assert town.texts(ONE) == [SHORT]
    assert SHORT not in await town.says(ONE, "菜单")


async def test_an_answer_that_cannot_be_read_is_not_pushed_twice(town: Town) -> None:
    """It may have arrived: not pushed again, but said with the next answer, which says that it may be known."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(status=502, times=1, path="custom/send")
    await _tells(town, SHORT)
    town.clock.advance(600)
    await town.works()
    assert town.texts(ONE).count(SHORT) <= 1
    assert (await town.says(ONE, "菜单")).startswith(f"可能已经收到过：{SHORT}\n\n")
    assert SHORT not in await town.says(ONE, "菜单")


async def test_a_process_that_died_while_sending_loses_nothing(town: Town) -> None:
    """The attempt is on record and nobody knows how it ended: whoever finds it when its lease is over does not push, it parks, once."""
    await town.says(ONE, "你好")
    await town.works()
    await _queued(town, SHORT)
    async with town.product.store.transaction() as tx:
        campaign = await tx.campaigns.by_code("P-CASE")
        assert campaign is not None
        (row,) = await tx.notices.claim(Channel.CHAT, [campaign.id], town.clock.now(), LEASE, 10)
    assert row.state is NoticeState.PLANNED
    await town.works()
    assert town.texts(ONE) == []
    town.clock.advance(LEASE.total_seconds())
    await town.works()
    assert town.texts(ONE) == []
    answer = await town.says(ONE, "菜单")
    assert answer.startswith(f"可能已经收到过：{SHORT}\n\n")
    assert SHORT not in await town.says(ONE, "菜单")


async def test_news_are_given_once_under_their_key(town: Town) -> None:
    """However often a job comes again: one row, one message; another chat and another key have their own."""
    await town.says(ONE, "你好")
    await town.says("o-two", "你好")
    for _ in range(3):
        async with town.product.store.transaction() as tx:
            await notify(tx, town.product.services, ONE, SHORT, once="case 1, step 2")
            await notify(tx, town.product.services, "o-two", SHORT, once="case 1, step 2")
        await town.works()
    await _tells(town, SHORT, once="case 1, step 3")
    assert town.texts(ONE) == [SHORT, SHORT]
    assert town.texts("o-two") == [SHORT]


async def test_each_piece_of_news_has_its_kind(town: Town) -> None:
    """By what it is about; kinds are counted under standing campaigns of their own, and may be stopped where nobody needs them."""
    await town.says(ONE, "你好")
    for about in ("case:1", "order:1", "card:1", "window:w", "doc:1", "family:1", "thread:1", "mark:case:1", "safety:1", ""):
        async with town.product.store.transaction() as tx:
            await notify(tx, town.product.services, ONE, SHORT, about=about)
    rows = await _rows(town)
    assert [row.kind for row in rows] == [
        "P-CASE", "P-ORDER", "P-CARD", "P-WINDOW", "P-DOC", "P-FAMILY", "P-TALK", "P-TALK", "P-SAFE", "P-CASE",
    ]  # fmt: skip
    assert rows[0].campaign_id == rows[9].campaign_id
    assert len({row.campaign_id for row in rows}) == 8
    assert {row.region for row in rows} == {""}


async def test_news_that_were_stopped_are_not_given(town: Town) -> None:
    """退订 of 社保卡提醒: nothing more of that kind, not with the next answer either; what protects the person still comes."""
    await town.says(ONE, "你好")
    async with town.product.store.transaction() as tx:
        await tx.wishes.stop("P-CARD", openid=ONE)
        await tx.wishes.stop("P-SAFE", openid=ONE)
    await _tells(town, "卡做好了。", about="card:1")
    await _tells(town, "您的卡挂失了。", about="safety:1")
    assert town.texts(ONE) == ["您的卡挂失了。"]
    assert "卡做好了" not in await town.says(ONE, "菜单")


async def test_what_was_queued_by_the_version_before_is_given(town: Town) -> None:
    """A job `notify` that waited while the product was renewed: told once, choices and all; nobody else's following gets it."""
    await town.says(ONE, "你好")
    user = await town.user(ONE)
    assert user is not None
    for number, following in (("a" * 32, user.following), ("b" * 32, "an earlier one")):
        before = {"id": number, "openid": ONE, "text": SHORT, "choices": [["进度", "看"]], "following": following}
        async with town.product.store.transaction() as tx:
            await tx.jobs.enqueue("notify", msgspec.json.encode(before), town.clock.now())
            await tx.jobs.enqueue("notify", msgspec.json.encode(before), town.clock.now())
    await town.works()
    assert town.texts(ONE) == [f"{SHORT}\n进度 看"]


async def test_whoever_has_left_is_told_nothing(town: Town) -> None:
    """S15: nothing is kept for them either; '' is nobody."""
    await town.says(ONE, "你好")
    await town.sends(ONE, type="event", event="unsubscribe")
    await _tells(town, SHORT)
    async with town.product.store.transaction() as tx:
        await notify(tx, town.product.services, "", SHORT)
        assert await tx.parked.take(ONE) == ()
    assert await town.works() == 0


async def test_every_chat_of_a_person_is_told(town: Town) -> None:
    """Two chats bound to one person, one chat bound to another."""
    for openid, person in (("o-a", town.ids.jianguo), ("o-b", town.ids.jianguo), ("o-c", town.ids.shufen)):
        await town.says(openid, "你好")
        async with town.product.store.transaction() as tx:
            await tx.users.bind(Binding(0, openid, person, "person", "sms", "v1", town.clock.now()))
    async with town.product.store.transaction() as tx:
        await notify_person(tx, town.product.services, town.ids.jianguo, SHORT)
    await town.works()
    assert [town.texts(openid) for openid in ("o-a", "o-b", "o-c")] == [[SHORT], [SHORT], []]
