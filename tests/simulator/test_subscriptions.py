"""Subscription notices: consent, the popup of a page, what is sent with it, what is turned off."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged

DATA = {
    "thing1": {"value": "张*英"},
    "thing2": {"value": "养老待遇资格认证"},
    "date3": {"value": "2024-10-31"},
    "thing4": {"value": "回复“认证”看怎么办"},
}
ONCE, LASTING, TEMPLATE = "SUB_CERT_DUE", "SUB_CERT_LASTING", "TM_CERT_DUE"


def quiet() -> Bot:
    """A bot that answers nothing and keeps what it got."""
    return Bot(lambda _: None)


async def accept(stage: Stage, template: str = ONCE, status: str = "accept", openid: str = "o1") -> Any:
    """Tap 允许 (or 取消) in the popup."""
    return await stage.post("/sim/subscribe", {"openid": openid, "templates": {template: status}})


async def notify(stage: Stage, template: str = ONCE, **change: Any) -> dict[str, Any]:
    """Send a subscription notice."""
    body = {"touser": "o1", "template_id": template, "page": "http://bot.test/p", "data": DATA}
    return await stage.call("message/subscribe/bizsend", body | change)


async def test_one_accept_is_one_notice(staged: Staged) -> None:
    """Without consent 43101; each 允许 lets one through, which is a card of the channel subscribe; then 43101 again."""
    stage = await staged(quiet().app())
    await stage.say("o1", "在")
    assert (await notify(stage))["errcode"] == 43101
    await accept(stage)
    await accept(stage)
    assert [(await notify(stage))["errcode"] for _ in range(3)] == [0, 0, 43101]
    first, second = await stage.get("/sim/inbox?openid=o1")
    assert (first["channel"], first["type"], first["title"], first["url"]) == (
        "subscribe",
        "template",
        "资格认证到期提醒",
        "http://bot.test/p",
    )
    assert second["fields"][2] == {"name": "截止日期", "value": "2024-10-31"}


async def test_a_long_term_consent_is_not_used_up(staged: Staged) -> None:
    """One 允许 of a 长期 template lets any number through."""
    stage = await staged(quiet().app())
    await accept(stage, LASTING)
    assert [(await notify(stage, LASTING))["errcode"] for _ in range(3)] == [0, 0, 0]


async def test_the_popup_is_told_to_the_bot(staged: Staged) -> None:
    """accept and reject arrive as subscribe_msg_popup_event from a page (scene 1): one entry alone, two as two elements."""
    bot = quiet()
    stage = await staged(bot.app())
    told = await accept(stage)
    assert told == {"details": {ONCE: {"status": "accept"}}, "event": "empty"}
    assert bot.seen[-1]["Event"] == "subscribe_msg_popup_event"
    assert bot.seen[-1]["SubscribeMsgPopupEvent"]["List"] == {
        "TemplateId": ONCE,
        "SubscribeStatusString": "accept",
        "PopupScene": "1",
    }
    other = replace(stage.sim.templates[ONCE], template_id="SUB_2")
    stage.sim.templates["SUB_2"] = other
    await stage.post("/sim/subscribe", {"openid": "o1", "templates": {ONCE: "reject", "SUB_2": "accept"}})
    rows = bot.seen[-1]["SubscribeMsgPopupEvent"]["List"]
    assert [(one["TemplateId"], one["SubscribeStatusString"]) for one in rows] == [(ONCE, "reject"), ("SUB_2", "accept")]


async def test_a_refusal_keeps_what_was_allowed_before(staged: Staged) -> None:
    """取消 in the popup adds nothing and takes nothing."""
    stage = await staged(quiet().app())
    await accept(stage)
    await accept(stage, status="reject")
    assert [(await notify(stage))["errcode"] for _ in range(2)] == [0, 43101]


@pytest.mark.parametrize(
    "templates",
    [{}, {"nothing": "accept"}, {TEMPLATE: "accept"}, {ONCE: "perhaps"}, {ONCE: "accept", LASTING: "accept"}, [ONCE]],
)
async def test_a_popup_that_no_phone_opens_is_refused(staged: Staged, templates: Any) -> None:
    """No template, unknown ones, templates of template messages, both kinds together, other answers."""
    stage = await staged(quiet().app())
    assert "error" in await stage.post("/sim/subscribe", {"openid": "o1", "templates": templates}, status=400)


async def test_a_page_may_ask_for_what_the_account_has(staged: Staged) -> None:
    """The popup names the templates; for one of the other kind WeChat opens none."""
    stage = await staged(quiet().app())
    assert await stage.post("/sim/subscribe/ask", {"templates": [ONCE]}) == [
        {"id": ONCE, "title": "资格认证到期提醒", "lasting": False}
    ]
    assert "error" in await stage.post("/sim/subscribe/ask", {"templates": [TEMPLATE]}, status=422)


async def test_a_notice_is_refused_for_its_reason(staged: Staged) -> None:
    """A template of the other kind 40037, a wrong value 47003 with its key, nobody 40003, who left 43004; none of them costs a consent."""
    stage = await staged(quiet().app())
    await accept(stage)
    assert (await notify(stage, TEMPLATE))["errcode"] == 40037
    body = {"touser": "o1", "template_id": ONCE, "data": DATA}
    assert (await stage.call("message/template/send", body))["errcode"] == 40037
    wrong = await notify(stage, data=DATA | {"thing4": {"value": "一" * 21}})
    assert (wrong["errcode"], "data.thing4.value invalid" in wrong["errmsg"]) == (47003, True)
    assert (await notify(stage, data=None))["errcode"] == 47001
    assert (await notify(stage, touser="o9"))["errcode"] == 40003
    assert (await notify(stage))["errcode"] == 0
    await accept(stage)
    await stage.send("o1", type="event", event="unsubscribe")
    assert (await notify(stage))["errcode"] == 43004
    await stage.send("o1", type="event", event="subscribe")
    assert (await notify(stage))["errcode"] == 43101


async def test_a_personal_account_has_none(staged: Staged) -> None:
    """48001 on an account that is not certified."""
    stage = await staged(Bot(echo).app(), account=replace(ACCOUNT, kind="personal"))
    await stage.say("o1", "在")
    assert (await notify(stage))["errcode"] == 48001


async def test_the_two_kinds_of_templates_are_listed_apart(staged: Staged) -> None:
    """Template messages at one address, subscription notices with their kind at another."""
    stage = await staged(None)
    own = {one["template_id"] for one in (await stage.ask("template/get_all_private_template"))["template_list"]}
    assert TEMPLATE in own
    assert own.isdisjoint({ONCE, LASTING})
    async with stage.http.get("/wxaapi/newtmpl/gettemplate", params={"access_token": await stage.token()}) as answer:
        rows = (await answer.json())["data"]
    assert {one["priTmplId"]: one["type"] for one in rows} == {ONCE: 2, LASTING: 3}


# ── 通知管理 ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_turning_a_notice_off_takes_the_consent_back(staged: Staged) -> None:
    """拒收 is told by subscribe_msg_change_event, once; the consents are gone, and 43101 until it is allowed again."""
    bot = quiet()
    stage = await staged(bot.app())
    await accept(stage)
    state = await stage.post("/sim/settings", {"openid": "o1", "refuse": [ONCE]})
    row = next(one for one in state["templates"] if one["id"] == ONCE)
    assert (row["refused"], row["left"]) == (True, 0)
    assert bot.seen[-1]["Event"] == "subscribe_msg_change_event"
    assert bot.seen[-1]["SubscribeMsgChangeEvent"]["List"] == {"TemplateId": ONCE, "SubscribeStatusString": "reject"}
    await stage.post("/sim/settings", {"openid": "o1", "refuse": [ONCE]})
    assert [one["Event"] for one in bot.seen].count("subscribe_msg_change_event") == 1
    assert (await notify(stage))["errcode"] == 43101
    await accept(stage)
    assert (await notify(stage))["errcode"] == 0


async def test_a_template_message_that_is_turned_off_is_refused_in_silence(staged: Staged) -> None:
    """拒收 of a template message is 43101 for the account, which hears of it by no event; turned on again it arrives."""
    bot = quiet()
    stage = await staged(bot.app())
    await stage.say("o1", "在")
    await stage.post("/sim/settings", {"openid": "o1", "refuse": [TEMPLATE]})
    body = {"touser": "o1", "template_id": TEMPLATE, "data": DATA}
    assert (await stage.call("message/template/send", body))["errcode"] == 43101
    assert len(bot.seen) == 1
    await stage.post("/sim/settings", {"openid": "o1", "allow": [TEMPLATE]})
    assert (await stage.call("message/template/send", body))["errcode"] == 0


async def test_a_phone_that_blocks_the_account_shows_nothing(staged: Staged) -> None:
    """A template message is taken and ends in failed:user block; a subscription notice is 43101; both again when it is unblocked."""
    bot = quiet()
    stage = await staged(bot.app())
    await accept(stage)
    await stage.post("/sim/settings", {"openid": "o1", "blocked": True})
    sent = await stage.call("message/template/send", {"touser": "o1", "template_id": TEMPLATE, "data": DATA})
    await stage.sim.idle()
    assert (bot.seen[-1]["MsgID"], bot.seen[-1]["Status"]) == (str(sent["msgid"]), "failed:user block")
    assert (await notify(stage))["errcode"] == 43101
    assert await stage.get("/sim/inbox?openid=o1") == []
    await stage.post("/sim/settings", {"openid": "o1", "blocked": False})
    assert (await notify(stage))["errcode"] == 0


@pytest.mark.parametrize("body", [{"refuse": ["nothing"]}, {"refuse": ONCE}, {"blocked": "yes"}, {"openid": ""}])
async def test_settings_that_no_phone_has_are_refused(staged: Staged, body: dict[str, Any]) -> None:
    """Unknown templates and what is no switch are the caller's mistake."""
    stage = await staged(None)
    assert "error" in await stage.post("/sim/settings", {"openid": "o1"} | body, status=400)


# ── JS-SDK ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def config(stage: Stage, **change: str) -> str:
    """What wx.config is told for a page of the bot that was signed as the documents say."""
    ticket = (await stage.ask("ticket/getticket", type="jsapi"))["ticket"]
    url = f"{stage.sim.page_origins[0]}/p/abc?go=1"
    signed = f"jsapi_ticket={ticket}&noncestr=n&timestamp=1&url={url}"
    values = {
        "appId": ACCOUNT.app_id,
        "timestamp": "1",
        "nonceStr": "n",
        "signature": hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest(),
        "url": url,
    }
    return str((await stage.post("/sim/jssdk", values | change))["errMsg"])


async def test_a_page_is_let_in_by_its_signature_alone(staged: Staged) -> None:
    """Right is ok, a fragment does not count; another address, domain, account or signature is told as the platform tells it."""
    stage = await staged(quiet().app())
    origin = stage.sim.page_origins[0]
    assert await config(stage) == "config:ok"
    assert await config(stage, url=f"{origin}/p/abc?go=1#top") == "config:ok"
    assert await config(stage, url=f"{origin}/p/abc") == "config:invalid signature"
    assert await config(stage, url="http://elsewhere.test/p/abc?go=1") == "config:invalid url domain"
    assert await config(stage, appId="wxother") == "config:invalid appId"
    assert await config(stage, signature="é") == "config:invalid signature"


async def test_a_signature_ends_with_its_ticket(staged: Staged) -> None:
    """Two hours later there is another ticket."""
    stage = await staged(quiet().app())
    ticket = await stage.ask("ticket/getticket", type="jsapi")
    stage.clock.advance(7200)
    assert (await stage.ask("ticket/getticket", type="jsapi"))["ticket"] != ticket["ticket"]
    assert await config(stage) == "config:ok"


async def test_the_script_for_pages_may_be_loaded_by_them(staged: Staged) -> None:
    """It is a script, for other origins too."""
    stage = await staged(None)
    async with stage.http.get("/jweixin.js") as answer:
        assert (answer.content_type, answer.headers["Cross-Origin-Resource-Policy"]) == ("text/javascript", "cross-origin")
        assert "wx-open-subscribe" in await answer.text()
