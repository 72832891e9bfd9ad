"""Each channel of the ledger against the platform's own rules over real HTTP (wechat.md A7, A8, A13; targets.md F7–F10)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import aiohttp
import pytest

from bot.config import Config, Notices
from bot.outgoing import sendings_of
from bot.simulator.faults import ApiFaults, ReceiptFaults
from bot.wechat import MemoryValues, WeChatApi
from handlers.reminders.channels import Doubt, Halted, Later, Refused, Taken, Words
from handlers.reminders.news import News, pack
from storage.locks import LocalLocks
from storage.ports.records import Channel, NoticeState
from storage.ports.time import SHANGHAI
from tests.process.conftest import Town, Towns
from tests.process.letters import ONE, WORDS, letter, news, sent

TEMPLATE, SUBSCRIBE = Channel.TEMPLATE, Channel.SUBSCRIBE
START = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
HOUR_S = 3600.0
MIDNIGHT = datetime(2024, 9, 13, 0, 1, tzinfo=SHANGHAI)
"""A minute late, for a clock of ours that is fast."""


def _subscribing(template_id: str = "SUB_CERT_DUE") -> Callable[[Config], Config]:
    def changed(config: Config) -> Config:
        return replace(config, reminders=replace(config.reminders, subscribe_template_id=template_id))

    return changed


async def _allow(town: Town, count: int, template_id: str = "SUB_CERT_DUE") -> None:
    """The person has allowed so many: the platform and we count the same. -1: for good."""
    town.sim.world.phone(ONE).consents[template_id] = count
    async with town.product.store.transaction() as tx:
        await tx.wishes.consented(ONE, template_id, count)


async def _left(town: Town, template_id: str = "SUB_CERT_DUE") -> int:
    async with town.product.store.reading() as tx:
        consent = await tx.wishes.consent(ONE, template_id)
    return consent.left if consent else 0


# ── template messages ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_template_shows_every_field_and_awaits_its_receipt(town: Town) -> None:
    """Holder, subject, day and hint in their places; the platform's id comes back, and a receipt will follow."""
    await town.says(ONE, "你好")
    outcome = await sent(town, await letter(town, TEMPLATE))
    assert isinstance(outcome, Taken)
    assert outcome.receipt
    assert outcome.msg_id.isdecimal()
    (card,) = town.seen(ONE, "template")
    assert [(one["name"], one["value"]) for one in card["fields"]] == [
        ("姓名", "赵*芬"),
        ("认证事项", "养老待遇资格认证"),
        ("截止日期", "2024年9月27日"),
        ("办理方式", "还有15天，回复“认证”看怎么办"),
    ]


async def test_the_same_letter_twice_is_shown_once(town: Town) -> None:
    """A worker died after the call: the repeated one, five minutes later, gets the same id and shows nothing new."""
    await town.says(ONE, "你好")
    first = await sent(town, await letter(town, TEMPLATE))
    town.clock.advance(300)
    assert await sent(town, await letter(town, TEMPLATE, state=NoticeState.SENDING)) == first
    assert len(town.seen(ONE, "template")) == 1


@pytest.mark.parametrize("name", ["欧**布都热合曼·买**提很长很长", "𠮷**", "A* *** ******* ***e"])
async def test_long_words_are_cut_to_their_field(town: Town, name: str) -> None:
    """Names and hints of any length fit; what was cut of a hint ends in …, line breaks are gone."""
    await town.says(ONE, "你好")
    words = replace(WORDS, holder=name, hint="请在到期以前认证，\n在手机上刷脸，或者带身份证去任何一个网点")
    assert isinstance(await sent(town, await letter(town, TEMPLATE, words=words)), Taken)
    (card,) = town.seen(ONE, "template")
    assert card["fields"][3]["value"] == "请在到期以前认证， 在手机上刷脸，或者…"
    assert len(card["fields"][3]["value"]) == 20


async def test_the_personal_word_has_its_place(town_of: Towns) -> None:
    """Where the template has a field for the 暗号 it is shown there; who has none reads 未设置."""

    def with_word(config: Config) -> Config:
        reminders = replace(config.reminders, template_id="TM_WORD", key_word="thing5")
        return replace(config, reminders=reminders)

    async with town_of(with_word) as town:
        known = town.sim.templates["TM_CERT_DUE"]
        town.sim.templates["TM_WORD"] = replace(known, template_id="TM_WORD", fields=(*known.fields, ("thing5", "暗号")))
        await town.says(ONE, "你好")
        await sent(town, await letter(town, TEMPLATE, words=replace(WORDS, word="海棠")))
        await sent(town, await letter(town, TEMPLATE, 8))
        assert [card["fields"][4]["value"] for card in town.seen(ONE, "template")] == ["海棠", "未设置"]


async def test_without_a_place_the_personal_word_begins_the_hint(town_of: Towns) -> None:
    """People are told that every real reminder carries their 暗号: a template and a subscription notice without a field for it show it first."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 1)
        for number, channel in enumerate((TEMPLATE, SUBSCRIBE)):
            assert isinstance(await sent(town, await letter(town, channel, number, words=replace(WORDS, word="老槐树"))), Taken)
        hints = [town.seen(ONE, kind)[0]["fields"][3]["value"] for kind in ("template", "subscribe")]
        assert hints == ["暗号老槐树，还有15天，回复“认证”看…"] * 2


async def test_a_kind_may_have_its_own_template(town_of: Towns) -> None:
    """P-PAUSED by another template with its own keys; P-PENSION, which has none, by the one of 认证."""

    def own(config: Config) -> Config:
        keys = ("thing1", "thing4", "date3", "thing2")
        return replace(config, reminders=replace(config.reminders, paused_template_id="TM_PAUSED", paused_keys=keys))

    async with town_of(own) as town:
        known = town.sim.templates["TM_CERT_DUE"]
        town.sim.templates["TM_PAUSED"] = replace(known, template_id="TM_PAUSED", title="待遇停发通知")
        await town.says(ONE, "你好")
        await sent(town, await letter(town, TEMPLATE, kind="P-PAUSED"))
        await sent(town, await letter(town, TEMPLATE, 8, kind="P-PENSION"))
        paused, pension = town.seen(ONE, "template")
        assert (paused["title"], paused["fields"][3]["value"]) == ("待遇停发通知", "养老待遇资格认证")
        assert pension["title"] == "待遇资格认证提醒"


@pytest.mark.parametrize("errcode", [43019, 43101, 48001])
async def test_what_the_platform_refuses_goes_to_the_next_rung(town: Town, errcode: int) -> None:
    """F10: certainly not sent, and never will be here: the errcode stands in the outcome; the chat itself stays as it is."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="template/send")
    assert await sent(town, await letter(town, TEMPLATE)) == Refused(str(errcode))
    user = await town.user(ONE)
    assert user is not None
    assert user.subscribed


@pytest.mark.parametrize("errcode", [43004, 40003])
async def test_a_chat_that_is_not_there_is_marked(town: Town, errcode: int) -> None:
    """F10: nothing else is tried in that chat, by any channel, until the person says something there."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="template/send")
    assert await sent(town, await letter(town, TEMPLATE)) == Refused(str(errcode))
    user = await town.user(ONE)
    assert user is not None
    assert not user.subscribed
    assert await sent(town, await news(town, "办好了。")) == Refused("left")
    assert town.texts(ONE) == []
    await town.says(ONE, "我回来了")
    assert await sent(town, await news(town, "办好了。")) == Taken()


@pytest.mark.parametrize("errcode", [40037, 47003])
async def test_a_template_that_is_wrong_tells_the_operator_once_an_hour(town: Town, errcode: int, log: io.StringIO) -> None:
    """Each of a campaign would say the same: one error in the log with what to do, the rest are counted in the next one and for `/metrics`."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=errcode, times=-1, path="template/send")
    product = town.product
    sending = sendings_of(town.config, product.store, LocalLocks(), town.clock, product.api, (), product.metrics)[TEMPLATE]
    outcomes = [await sending.send(await letter(town, TEMPLATE, number)) for number in range(5)]
    town.clock.advance(HOUR_S)
    outcomes.append(await sending.send(await letter(town, TEMPLATE, 9)))
    assert outcomes == [Refused(str(errcode))] * 6
    errors = [line for line in log.getvalue().splitlines() if '"level":"error"' in line]
    assert [f'"errcode":{errcode}' in line for line in errors] == [True, True]
    assert '"more":4' in errors[1]
    assert all("核对" in line for line in errors)
    assert f'bot_wechat_operator_errors_total{{code="{errcode}"}} 6.0' in product.metrics.page().decode()


async def test_a_field_that_would_be_refused_is_not_sent(town: Town) -> None:
    """The test account lets it pass, the real one does not: refused here, before any call (A8)."""
    await town.says(ONE, "你好")
    outcome = await sent(town, await letter(town, TEMPLATE, words=replace(WORDS, due="下个月底")))
    assert outcome == Refused("47003")
    assert town.seen(ONE, "template") == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ApiFaults(errcode=-1), Later("-1")),
        (ApiFaults(errcode=45009), Halted("45009", MIDNIGHT)),
        (ApiFaults(errcode=45011), Halted("45011", START + timedelta(minutes=1))),
        (ApiFaults(errcode=40001, times=2), Halted("40001", START + timedelta(minutes=1))),
        (ApiFaults(status=502), Doubt("unreachable", again=True)),
        (ApiFaults(lost=1), Doubt("unreachable", again=True)),
    ],
)
async def test_trouble_says_what_follows(town: Town, fault: ApiFaults, outcome: object) -> None:
    """F7, F8, F9: busy comes later; a used-up day stops the channel until after midnight in Beijing, a full minute for a minute, refused
    credentials after one refresh as well; no readable answer is in doubt and may be repeated under its id."""
    await town.says(ONE, "你好")
    town.sim.api_faults = replace(fault, path="template/send")
    assert await sent(town, await letter(town, TEMPLATE)) == outcome


async def test_who_does_not_take_a_connection_has_sent_nothing(town: Town, unused_tcp_port: int) -> None:
    """A refused connection is no doubt: later."""
    await town.says(ONE, "你好")
    wechat, product = town.config.wechat, town.product
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    async with aiohttp.ClientSession() as session:
        api = WeChatApi(session, wechat.app_id, wechat.app_secret, nowhere, town.clock, MemoryValues(town.clock))
        sendings = sendings_of(town.config, product.store, LocalLocks(), town.clock, api, (), product.metrics)
        assert await sendings[TEMPLATE].send(await letter(town, TEMPLATE)) == Later("unreachable")
        assert await sendings[Channel.CHAT].send(await news(town, "办好了。")) == Later("unreachable")


async def test_without_a_template_or_a_chat_the_next_rung_has_it(town_of: Towns) -> None:
    """Nothing configured, an account that has no templates, nobody to send to: no call at all."""

    def none(config: Config) -> Config:
        return replace(config, reminders=replace(config.reminders, template_id=""))

    def subscription(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind="subscription"))

    for changes in (none, subscription):
        async with town_of(changes) as town:
            await town.says(ONE, "你好")
            assert await sent(town, await letter(town, TEMPLATE)) == Refused("no template")
            assert await sent(town, await letter(town, SUBSCRIBE)) == Refused("no template")
    async with town_of(_subscribing()) as town:
        for channel in (TEMPLATE, SUBSCRIBE):
            assert await sent(town, await letter(town, channel, openid="o-nobody")) == Refused("no chat")


# ── subscription notices ────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_allowed_is_one_sent(town_of: Towns) -> None:
    """Shown with its fields and its receipt; the second finds nothing left, and makes no call."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 1)
        outcome = await sent(town, await letter(town, SUBSCRIBE))
        assert isinstance(outcome, Taken)
        assert outcome.receipt
        (shown,) = town.seen(ONE, "subscribe")
        assert shown["fields"][0]["value"] == "赵*芬"
        assert await _left(town) == 0
        assert await sent(town, await letter(town, SUBSCRIBE, 8)) == Refused("no consent")
        assert len(town.seen(ONE, "subscribe")) == 1


async def test_what_is_allowed_for_good_is_not_used_up(town_of: Towns) -> None:
    """A long-term subscription, sent three times, once with a platform that was busy."""
    async with town_of(_subscribing("SUB_CERT_LASTING")) as town:
        await town.says(ONE, "你好")
        await _allow(town, -1, "SUB_CERT_LASTING")
        for number in range(2):
            assert isinstance(await sent(town, await letter(town, SUBSCRIBE, number)), Taken)
        town.sim.api_faults = ApiFaults(errcode=-1, times=1, path="bizsend")
        assert await sent(town, await letter(town, SUBSCRIBE, 3)) == Later("-1")
        assert await _left(town, "SUB_CERT_LASTING") == -1


@pytest.mark.parametrize("errcode", [-1, 45009, 47003, 43004])
async def test_what_certainly_was_not_sent_uses_up_nothing(town_of: Towns, errcode: int) -> None:
    """The one that is allowed is there for the next try."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 1)
        town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="bizsend")
        assert not isinstance(await sent(town, await letter(town, SUBSCRIBE)), Taken)
        assert await _left(town) == 1


async def test_what_the_platform_no_longer_allows_is_withdrawn(town_of: Towns) -> None:
    """43101: the person has turned it off in the phone and we were not told: nothing is left, however much we had counted."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 3)
        town.sim.world.phone(ONE).consents.clear()
        assert await sent(town, await letter(town, SUBSCRIBE)) == Refused("43101")
        assert await _left(town) == 0


@pytest.mark.parametrize("fault", [ApiFaults(status=502), ApiFaults(lost=1)])
async def test_a_subscription_notice_in_doubt_is_not_repeated(town_of: Towns, fault: ApiFaults) -> None:
    """It has no id that the platform would know: it may be there, the 允许 counts as used, and nobody may send it again."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 2)
        town.sim.api_faults = replace(fault, path="bizsend")
        assert await sent(town, await letter(town, SUBSCRIBE)) == Doubt("unreachable", again=False)
        assert await _left(town) == 1


async def test_without_an_id_no_receipt_is_awaited(town_of: Towns) -> None:
    """The platform has been seen to answer without a msgid: taken, and nothing waits for what cannot be told apart."""
    async with town_of(_subscribing()) as town:
        await town.says(ONE, "你好")
        await _allow(town, 1)
        town.sim.receipt_faults = ReceiptFaults(no_id=1)
        assert await sent(town, await letter(town, SUBSCRIBE)) == Taken("", receipt=False)


# ── news in the chat ────────────────────────────────────────────────────────────────────────────────────────────────


def _with_template(config: Config) -> Config:
    return replace(config, notices=Notices(case_template_id="TM_CASE_NEWS"))


async def test_news_that_were_begun_are_not_pushed_again(town: Town) -> None:
    """A worker died between call and record: parked once, however often it is found, and it says that it may be known."""
    await town.says(ONE, "你好")
    begun = await news(town, "办好了。", state=NoticeState.SENDING)
    for _ in range(3):
        assert await sent(town, begun) == Taken()
    assert town.texts(ONE) == []
    answer = await town.says(ONE, "菜单")
    assert answer.startswith("可能已经收到过：办好了。\n\n")
    assert answer.count("办好了") == 1
    assert "办好了" not in await town.says(ONE, "菜单")


async def test_news_of_another_following_are_nobodys(town: Town) -> None:
    """S15: the person has left and come back since: refused, not kept, and counted."""
    await town.says(ONE, "你好")
    earlier = await news(town, "给从前那位")
    await town.sends(ONE, type="event", event="unsubscribe")
    await town.sends(ONE, type="event", event="subscribe")
    assert await sent(town, earlier) == Refused("left")
    assert "给从前那位" not in await town.says(ONE, "菜单")


@pytest.mark.parametrize("errcode", [45015, 45047])
async def test_a_window_that_the_platform_calls_shut_is_not_asked_again(town_of: Towns, errcode: int) -> None:
    """45015 and 45047: that one and the next go by template, and only one call found it out."""
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.sim.api_faults = ApiFaults(errcode=errcode, times=-1, path="custom/send")
        for number in range(3):
            assert isinstance(await sent(town, await news(town, f"第{number}件办好了。", number, about="case:1")), Taken)
        assert len(town.seen(ONE, "template")) == 3
        counted = [
            line
            for line in town.product.metrics.page().decode().splitlines()
            if 'sends_total{kind="service",outcome="window"' in line
        ]
        assert counted == ['bot_platform_sends_total{kind="service",outcome="window"} 1.0']


async def test_a_template_without_a_readable_answer_is_called_once_more(town_of: Towns) -> None:
    """Under the same id: shown once; if that gives no answer either, the news are parked and say that they may be known."""
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * 3600.0)
        town.sim.api_faults = ApiFaults(lost=1, times=1, path="template/send")
        assert isinstance(await sent(town, await news(town, "办好了。")), Taken)
        assert len(town.seen(ONE, "template")) == 1
        assert "办好了" not in await town.says(ONE, "菜单")
        town.clock.advance(49 * 3600.0)
        town.sim.api_faults = ApiFaults(status=502, times=2, path="template/send")
        assert await sent(town, await news(town, "又办好了。", 8)) == Taken()
        assert (await town.says(ONE, "菜单")).startswith("可能已经收到过：又办好了。\n\n")


async def test_news_for_a_chat_that_is_not_there_wait_for_it(town: Town) -> None:
    """43004 in answer to a push: nothing else is tried, the news stand before the answer to the person's next word."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=43004, times=1, path="custom/send")
    assert await sent(town, await news(town, "办好了。")) == Taken()
    user = await town.user(ONE)
    assert user is not None
    assert not user.subscribed
    assert (await town.says(ONE, "菜单")).startswith("办好了。\n\n")


@pytest.mark.parametrize(
    ("errcode", "outcome", "opens"),
    [
        (-1, Later("-1"), START),
        (45009, Halted("45009", MIDNIGHT), MIDNIGHT),
        (45011, Halted("45011", START + timedelta(minutes=1)), START + timedelta(minutes=1)),
    ],
)
async def test_news_wait_while_the_platform_is_busy(town: Town, errcode: int, outcome: object, opens: datetime) -> None:
    """Certainly not sent: not parked either, it goes out when it may; until then the interface is not called again."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="custom/send")
    assert await sent(town, await news(town, "办好了。")) == outcome
    if opens > START:
        assert isinstance(await sent(town, await news(town, "办好了。")), Halted)
    town.clock.advance((opens - town.clock.now()).total_seconds())
    assert await sent(town, await news(town, "办好了。")) == Taken()
    assert town.texts(ONE) == ["办好了。"]


async def test_words_with_choices_keep_them(town: Town) -> None:
    """Pushed as a menu of words; the platform's own order."""
    await town.says(ONE, "你好")
    told = await news(town, "请评价：")
    told = replace(told, words=Words("", "", "", "", "请评价：", (("评价5", "非常满意"),)))
    assert await sent(town, told) == Taken()
    assert town.texts(ONE) == ["请评价：\n评价5 非常满意"]


async def test_a_quota_of_templates_shuts_only_templates(town_of: Towns) -> None:
    """45009 for a template: that piece of news and the next wait for the person's next word without another call, the template channel rests
    until midnight for every worker, and who is here is told as ever."""
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * 3600.0)
        town.sim.api_faults = ApiFaults(errcode=45009, times=1, path="template/send")
        assert await sent(town, await news(town, "第一件办好了。", 1)) == Taken()
        assert await sent(town, await news(town, "第二件办好了。", 2)) == Taken()
        assert town.seen(ONE, "template") == []
        async with town.product.store.reading() as tx:
            halted = await tx.paces.halted(town.clock.now())
        assert list(halted) == ["template"]
        answer = await town.says(ONE, "菜单")
        assert "第一件办好了。" in answer
        assert "第二件办好了。" in answer
        assert await sent(town, await news(town, "第三件办好了。", 3)) == Taken()
        assert town.texts(ONE)[-1] == "第三件办好了。"


async def test_templates_too_many_this_minute_come_in_the_next(town_of: Towns) -> None:
    """45011 for a template: not parked, it goes a minute later; the channel of service messages is not stopped."""
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * 3600.0)
        town.sim.api_faults = ApiFaults(errcode=45011, times=1, path="template/send")
        assert await sent(town, await news(town, "办好了。")) == Later("45011", timedelta(minutes=1))
        town.clock.advance(61)
        assert isinstance(await sent(town, await news(town, "办好了。")), Taken)
        assert len(town.seen(ONE, "template")) == 1


async def test_templates_for_news_count_with_all_templates(town_of: Towns) -> None:
    """Two a day are allowed: the third piece of news is parked, whoever took the other two."""

    def two(config: Config) -> Config:
        return replace(_with_template(config), reminders=replace(config.reminders, template_per_day=2))

    async with town_of(two) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * 3600.0)
        async with town.product.store.transaction() as tx:
            assert (await tx.paces.take("template", 0, 2, 1, town.clock.now())).count == 1
        await sent(town, await news(town, "第一件办好了。", 1))
        assert await sent(town, await news(town, "第二件办好了。", 2)) == Taken()
        assert len(town.seen(ONE, "template")) == 1
        answer = await town.says(ONE, "菜单")
        assert "第二件办好了。" in answer


async def test_the_card_of_a_result_shows_the_result(town_of: Towns) -> None:
    """过三个工作日提醒我, two days after they were here: the outcome stands in the card, with the 暗号, and nothing more waits to be read."""
    words = replace(WORDS, hint="还没有结果，回复“认证”看看", text="按您说的来提醒：认证结果还没有登记到我们这里。", word="海棠")
    async with town_of(_with_template) as town:
        await town.says(ONE, "你好")
        town.clock.advance(49 * 3600.0)
        row = await letter(town, Channel.CHAT, words=words, stage="result", openid=ONE)
        assert isinstance(await sent(town, row), Taken)
        (card,) = town.seen(ONE, "template")
        shown = [one["value"] for one in card["fields"]]
        assert shown == ["养老待遇资格认证", "还没有结果，回复“认证”看看", "暗号海棠，回复“认证”"]
        assert "按您说的来提醒" not in await town.says(ONE, "菜单")


async def test_news_of_the_card_that_have_to_wait_are_handed_on(town: Town) -> None:
    """P-CARD to a person whose window is shut, without a template: kept for their next message, and the next rung, SMS, has it too."""
    await town.says(ONE, "你好")
    town.clock.advance(49 * 3600.0)
    body = pack(News("临时挂失到期，恢复使用。", "card:1", quiet=True))
    row = replace(await news(town, "临时挂失到期，恢复使用。"), user=await town.user(ONE))
    row = replace(row, notice=replace(row.notice, kind="P-CARD", openid="", following="", body=body))
    assert await sent(town, row) == Refused("parked")
    assert "临时挂失到期，恢复使用。" in await town.says(ONE, "菜单")
