"""Letters as the sender hands them to a channel, for tests of one channel alone."""

from __future__ import annotations

from dataclasses import replace

from bot.metrics import Metrics
from bot.outgoing import sendings_of
from handlers.reminders.channels import Letter, Outcome, Words
from handlers.reminders.news import News, pack
from storage.locks import LocalLocks
from storage.ports.records import Channel, Notice, NoticeState
from tests.process.conftest import Town

ONE = "o-one"

WORDS = Words(
    holder="赵*芬",
    subject="养老待遇资格认证",
    due="2024年9月27日",
    hint="还有15天，回复“认证”看怎么办",
    text="赵*芬 的养老待遇资格认证 2024年9月27日 到期。",
    choices=(("认证", "看怎么办"),),
    sms="赵*芬：养老待遇资格认证2024年9月27日到期，请在这以前认证。回TD退订",
    sms_params={"name": "赵*芬", "what": "养老待遇资格认证", "when": "2024年9月27日", "hotline": "12333", "word": ""},
)


def notice(town: Town, channel: Channel, number: int = 7, **changes: object) -> Notice:
    """A claimed row of P-CERT that nobody has begun before."""
    made = Notice(
        id=number,
        campaign_id=1,
        kind="P-CERT",
        region="beijing",
        person_id=town.ids.shufen,
        cycle="2024-09-27",
        stage="15",
        channel=channel,
        recipient="",
        rank=3,
        state=NoticeState.PLANNED,
        due=town.clock.now(),
        at=town.clock.now(),
        attempts=1,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def letter(
    town: Town, channel: Channel, number: int = 7, words: Words = WORDS, openid: str = ONE, **changes: object
) -> Letter:
    """To the chat ONE, or the phone of 赵淑芬."""
    row = notice(town, channel, number, **changes)
    return Letter(row, words, f"{row.id:032x}", await town.user(openid), "13900000001")


async def news(town: Town, text: str, number: int = 7, about: str = "", **changes: object) -> Letter:
    """News to the chat ONE, made under its present following."""
    user = await town.user(ONE)
    given = {
        "kind": "P-CASE",
        "openid": ONE,
        "following": user.following if user else "",
        "stage": "news",
        "person_id": 0,
        "body": pack(News(text, about)),
    }
    row = notice(town, Channel.CHAT, number, **{**given, **changes})
    return Letter(row, Words("", "办理进度", "", "", text), f"{row.id:032x}", user)


async def sent(town: Town, letter: Letter, metrics: Metrics | None = None) -> Outcome:
    """What the channel of that letter makes of it."""
    product = town.product
    sendings = sendings_of(town.config, product.store, LocalLocks(), town.clock, product.api, (), metrics or product.metrics)
    outcome = await sendings[letter.notice.channel].send(letter)
    await town.sim.idle()
    return outcome
