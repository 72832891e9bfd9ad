"""Requests at `/wechat`, over real sockets: honest ones are answered, all others are refused and nothing runs for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.wechat.envelope import Account, Mode
from dialogs.messages import Consented, Delivered, Left, Noticed, Pressed, Reply, Said, Say
from tests.edge.platform import (
    ACCOUNT,
    APP_ID,
    GH,
    KEY,
    OLD_KEY,
    OPENID,
    TOKEN,
    Edge,
    Sent,
    account,
    clear,
    event_xml,
    opened,
    safe,
    sealed,
    sha1,
    start_edge,
    stop_edge,
    text_xml,
)

BOMB = (
    '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    "<xml><ToUserName>x</ToUserName><Encrypt>&c;</Encrypt></xml>"
)
ALLOWED = (
    "<SubscribeMsgPopupEvent><List><TemplateId>T1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
    "</SubscribeMsgPopupEvent>"
)


# ── verification ────────────────────────────────────────────────────────────────────────────────────────────────────


def _verification(edge: Edge, **changes: str) -> dict[str, str]:
    timestamp = str(int(edge.clock.now().timestamp()))
    query = {
        "signature": sha1(TOKEN, timestamp, "77"),
        "timestamp": timestamp,
        "nonce": "77",
        "echostr": "<b>4375120948345356249",
    }
    return query | changes


async def test_verification_echoes_and_nothing_else(edge: Edge) -> None:
    """The echo string comes back as it was sent, as plain text."""
    response = await edge.client.get("/wechat", params=_verification(edge))
    assert (response.status, await response.read()) == (200, b"<b>4375120948345356249")
    assert response.content_type == "text/plain"


@pytest.mark.parametrize(
    "changes",
    [{"signature": "0" * 40}, {"nonce": "78"}, {"timestamp": "1"}, {"signature": "ü" * 40}, {"signature": ""}],
)
async def test_forged_verification_is_refused(edge: Edge, changes: dict[str, str]) -> None:
    """A verification that the token did not sign gets no echo."""
    response = await edge.client.get("/wechat", params=_verification(edge, **changes))
    assert (response.status, await response.read()) == (403, b"")


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce", "echostr"])
async def test_verification_without_a_parameter_is_refused(edge: Edge, missing: str) -> None:
    """A missing parameter is a refusal, not a failure."""
    query = _verification(edge)
    del query[missing]
    assert (await edge.client.get("/wechat", params=query)).status == 403


async def test_old_verification_is_refused(edge: Edge) -> None:
    """A verification seen in a log ten minutes ago is worth nothing."""
    query = _verification(edge)
    edge.clock.advance(600)
    assert (await edge.client.get("/wechat", params=query)).status == 403


# ── honest messages ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_message_in_safe_mode_is_answered_encrypted(edge: Edge) -> None:
    """A text in safe mode reaches the conversation and is answered to its sender, readable with wechatpy."""
    reply = await edge.exchange(safe(text_xml("  查缴费 \n"), edge.clock))
    assert f"<ToUserName><![CDATA[{OPENID}]]></ToUserName><FromUserName><![CDATA[{GH}]]></FromUserName>" in reply
    assert "<Content><![CDATA[收到：  查缴费 \n]]></Content>" in reply
    (inbound,) = edge.turns.taken
    assert isinstance(inbound, Said)
    assert inbound.key == f"{GH}|{OPENID}|1001"


async def test_compatible_body_is_answered_encrypted() -> None:
    """In compatible mode only the encrypted part counts, and the answer is encrypted."""
    edge = await start_edge(account(Mode.COMPATIBLE))
    sent = safe(text_xml("真的"), edge.clock)
    lie = b"<MsgType>text</MsgType><Content>a lie beside it</Content>"
    sent.body = sent.body.replace(b"<Encrypt>", lie + b"<Encrypt>")
    assert "收到：真的" in await edge.exchange(sent)
    await stop_edge(edge)


@pytest.mark.parametrize("left_out", [("msg_signature", "encrypt_type"), ("msg_signature",), ("encrypt_type",), ()])
async def test_a_compatible_account_takes_no_clear_body(left_out: tuple[str, ...]) -> None:
    """With the address of a genuine message anybody could write any body, once what signs the body is left out: 403, and nothing runs. The same for
    an address that has everything and a body without its encrypted part."""
    edge = await start_edge(account(Mode.COMPATIBLE))
    genuine = safe(text_xml("真的"), edge.clock)
    genuine.query = {name: value for name, value in genuine.query.items() if name not in left_out}
    genuine.query["signature"] = sha1(TOKEN, genuine.query["timestamp"], genuine.query["nonce"])
    genuine.body = text_xml("假的").encode()
    assert (await edge.post(genuine)).status == 403
    assert edge.turns.taken == []
    await stop_edge(edge)


async def test_clear_message_is_answered_clear(clear_edge: Edge) -> None:
    """Where clear bodies are taken, a clear message gets a clear answer."""
    response = await clear_edge.post(clear(text_xml("你好"), clear_edge.clock))
    assert response.status == 200
    assert "<Content><![CDATA[收到：你好]]></Content>" in (await response.read()).decode()


async def test_json_account_is_answered_in_json(edge: Edge) -> None:
    """An account that sends JSON is answered in JSON, inside and outside."""
    sent = safe(
        json.dumps(
            {"ToUserName": GH, "FromUserName": OPENID, "CreateTime": 1726106400, "MsgType": "text", "Content": "嗨", "MsgId": 9}
        ),
        edge.clock,
    )
    encrypted = sent.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    sent.body = json.dumps({"ToUserName": GH, "Encrypt": encrypted}).encode()
    response = await edge.post(sent)
    envelope = json.loads(await response.read())
    assert response.content_type == "application/json"
    xml = "".join(f"<{name}>{value}</{name}>" for name, value in envelope.items())
    reply = json.loads(opened(sent, f"<xml>{xml}</xml>".encode()))
    assert reply["Content"] == "收到：嗨"
    assert reply["ToUserName"] == OPENID


async def test_previous_key_still_opens_and_answers() -> None:
    """While the key is being changed, a message under the old one is answered under the old one, and one under the new under the new."""
    edge = await start_edge(Account(APP_ID, TOKEN, KEY, OLD_KEY))
    assert "收到：旧" in await edge.exchange(safe(text_xml("旧", "1"), edge.clock, key=OLD_KEY), OLD_KEY)
    assert "收到：新" in await edge.exchange(safe(text_xml("新", "2"), edge.clock))
    await stop_edge(edge)


async def test_unknown_parameters_are_ignored(edge: Edge) -> None:
    """Parameters that are new to us change nothing."""
    sent = safe(text_xml(), edge.clock)
    sent.query["something_new"] = "1"
    assert "收到" in await edge.exchange(sent)


@pytest.mark.parametrize(
    ("xml", "kind"),
    [
        (event_xml("VIEW", "http://example.com/"), Noticed),
        (event_xml("never_heard_of"), Noticed),
        (event_xml("unsubscribe"), Left),
        (event_xml("subscribe_msg_popup_event", extra=ALLOWED), Consented),
        (event_xml("subscribe_msg_change_event", extra=ALLOWED.replace("accept", "reject")), Consented),
    ],
)
async def test_event_without_an_answer_gets_success(edge: Edge, xml: str, kind: type) -> None:
    """Events that nobody sees an answer to are handled, and acknowledged in clear as the platform wants it."""
    response = await edge.post(safe(xml, edge.clock))
    assert (response.status, await response.read()) == (200, b"success")
    assert [type(inbound) for inbound in edge.turns.taken] == [kind]


async def test_report_on_several_notices_is_several_turns(edge: Edge) -> None:
    """A report that tells of two notices is handled as two, and acknowledged once."""
    entry = "<List><MsgID>{0}</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List>"
    report = f"<SubscribeMsgSentEvent>{entry.format(1)}{entry.format(2)}</SubscribeMsgSentEvent>"
    response = await edge.post(safe(event_xml("subscribe_msg_sent_event", extra=report), edge.clock))
    assert (response.status, await response.read()) == (200, b"success")
    assert [inbound.msg_id for inbound in edge.turns.taken if isinstance(inbound, Delivered)] == ["1", "2"]


async def test_silence_is_success(edge: Edge) -> None:
    """A turn with nothing to say is acknowledged."""
    edge.turns.reply = Reply()
    response = await edge.post(safe(event_xml("CLICK", "P_PAY"), edge.clock))
    assert await response.read() == b"success"
    assert isinstance(edge.turns.taken[0], Pressed)


# ── forged, replayed, repeated ──────────────────────────────────────────────────────────────────────────────────────


def _other_token(sent: Sent) -> None:
    encrypted = sent.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    sent.query["msg_signature"] = sha1("another", sent.query["timestamp"], sent.query["nonce"], encrypted)


def _without(name: str) -> Callable[[Sent], None]:
    def change(sent: Sent) -> None:
        del sent.query[name]

    return change


def _with(name: str, value: str) -> Callable[[Sent], None]:
    def change(sent: Sent) -> None:
        sent.query[name] = value

    return change


FORGERIES: dict[str, Callable[[Sent], None]] = {
    "msg_signature is made up": _with("msg_signature", "0" * 40),
    "msg_signature is not text": _with("msg_signature", "\u00fc\ud7ff"),
    "signed with another token": _other_token,
    "nonce was changed": _with("nonce", "1"),
    "timestamp was changed": _with("timestamp", "1726106401"),
    "timestamp is no number": _with("timestamp", "soon"),
    "msg_signature is missing": _without("msg_signature"),
    "timestamp is missing": _without("timestamp"),
    "nonce is missing": _without("nonce"),
    "the parameter is endless": _with("nonce", "1" * 5000),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_forged_message_is_refused(edge: Edge, forge: Callable[[Sent], None]) -> None:
    """Whatever of the signature is wrong: 403, an empty body, and no turn."""
    sent = safe(text_xml(), edge.clock)
    forge(sent)
    response = await edge.post(sent)
    assert (response.status, await response.read()) == (403, b"")
    assert edge.turns.taken == []


async def test_address_signature_is_not_enough(edge: Edge) -> None:
    """The signature in the address, which anybody may have seen, does not pass for the one over the message."""
    sent = safe(text_xml(), edge.clock)
    sent.query["msg_signature"] = sent.query["signature"]
    assert (await edge.post(sent)).status == 403
    assert edge.turns.taken == []


async def test_changed_ciphertext_is_refused(edge: Edge) -> None:
    """One changed letter in the encrypted part is a forgery."""
    sent = safe(text_xml(), edge.clock)
    sent.body = sent.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[AAAA")
    assert (await edge.post(sent)).status == 403


async def test_clear_body_in_safe_mode_is_refused(edge: Edge) -> None:
    """In safe mode a clear body is refused even with a right signature in the address, with or without `encrypt_type`."""
    sent = clear(text_xml("假的"), edge.clock)
    assert (await edge.post(sent)).status == 403
    sent.query["encrypt_type"] = "raw"
    assert (await edge.post(sent)).status == 403
    sent.query |= {"encrypt_type": "aes", "msg_signature": sent.query["signature"]}
    assert (await edge.post(sent)).status == 403
    assert edge.turns.taken == []


async def test_another_accounts_message_is_refused(edge: Edge) -> None:
    """Rightly signed and encrypted, but for another appid: 403, and no turn."""
    response = await edge.post(safe(text_xml(), edge.clock, app_id="wx_somebody_else"))
    assert response.status == 403
    assert edge.turns.taken == []


async def test_forged_clear_message_is_refused(clear_edge: Edge) -> None:
    """Clear bodies need a right signature, too."""
    sent = clear(text_xml(), clear_edge.clock)
    sent.query["signature"] = "0" * 40
    assert (await clear_edge.post(sent)).status == 403
    assert clear_edge.turns.taken == []


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
async def test_repeated_parameter_is_refused(edge: Edge, name: str) -> None:
    """A parameter given twice is refused, even when both say the same."""
    sent = safe(text_xml(), edge.clock)
    pairs = [*sent.query.items(), (name, sent.query[name])]
    response = await edge.client.post("/wechat", params=pairs, data=sent.body)
    assert response.status == 403
    assert edge.turns.taken == []


async def test_replay_at_once_gets_the_same_answer(edge: Edge) -> None:
    """The whole request again after a second: the same bytes, and nothing happens twice."""
    sent = safe(text_xml(), edge.clock)
    first = await (await edge.post(sent)).read()
    edge.clock.advance(1)
    assert await (await edge.post(sent)).read() == first
    assert len(edge.turns.taken) == 1


async def test_resend_under_a_new_signature_gets_the_same_answer(edge: Edge) -> None:
    """The platform's second try may be signed anew; the message is the same, and so is the answer."""
    first = await (await edge.post(safe(text_xml(), edge.clock))).read()
    edge.clock.advance(5)
    assert await (await edge.post(safe(text_xml(), edge.clock))).read() == first
    assert len(edge.turns.taken) == 1


@pytest.mark.parametrize("seconds", [301, 600, 86400])
async def test_replay_later_is_refused(edge: Edge, seconds: int) -> None:
    """The whole request again after five minutes and more: refused."""
    sent = safe(text_xml(), edge.clock)
    assert (await edge.post(sent)).status == 200
    edge.clock.advance(seconds)
    assert (await edge.post(sent)).status == 403
    assert len(edge.turns.taken) == 1


@pytest.mark.parametrize(("age_s", "status"), [(300, 200), (301, 403), (-300, 200), (-301, 403)])
async def test_age_is_judged_in_both_directions(edge: Edge, age_s: int, status: int) -> None:
    """A clock that differs by five minutes is borne with, in either direction; more is not."""
    assert (await edge.post(safe(text_xml(), edge.clock, age_s=age_s))).status == status


# ── broken ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encrypted", ["", "!!!!", "AAAA", "A" * 64, "iOqWeEbyOIXA1PHXCmw7PML9zdM4QJ+LlzvGfjXM1s4="])
async def test_signed_garbage_is_acknowledged(edge: Edge, encrypted: str) -> None:
    """Rightly signed but not decipherable: the platform gets `success`, the log a line without the body, the conversation nothing."""
    timestamp = str(int(edge.clock.now().timestamp()))
    with capture_logs() as lines:
        response = await edge.post(sealed(encrypted, timestamp, "1"))
    assert (response.status, await response.read()) == (200, b"success")
    assert edge.turns.taken == []
    assert [(line["event"], line.get("outcome"), line["reason"]) for line in lines] == [
        ("request", "refused", "cipher"),
        ("wechat_operator", None, "cipher"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<xml>",
        "<xml></xml>",
        "no xml at all",
        "<xml><ToUserName>a</ToUserName></xml>",
        text_xml().replace("1726106400", "yesterday"),
        text_xml().replace("1726106400", "9" * 30),
        text_xml().replace("</xml>", "<FromUserName>two</FromUserName></xml>"),
        text_xml("<status><![CDATA[x]]></status>"),
        BOMB,
        "[1, 2]",
        '{"ToUserName": ' + "[" * 3000,
        '{"MsgType": "\\ud800"}',
    ],
)
async def test_authentic_but_unreadable_is_acknowledged(edge: Edge, content: str) -> None:
    """What the platform really sent but nobody can read ends in `success`, never in an error that the person would see."""
    response = await edge.post(safe(content, edge.clock))
    assert (response.status, await response.read()) == (200, b"success")
    assert edge.turns.taken == []


@pytest.mark.parametrize("body", [b"", b"<xml>", b"\xff\xfe", b"{", b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>"])
async def test_broken_envelope_is_refused(edge: Edge, body: bytes) -> None:
    """An outer body that cannot be read is nobody's message."""
    sent = safe(text_xml(), edge.clock)
    sent.body = body
    assert (await edge.post(sent)).status == 403
    assert edge.turns.taken == []


async def test_broken_clear_message_is_acknowledged(clear_edge: Edge) -> None:
    """A person's text that breaks the platform's own XML (clear mode) is acknowledged, so that it is not sent again and again."""
    response = await clear_edge.post(clear(text_xml("<a><![CDATA[x]]></a>"), clear_edge.clock))
    assert (response.status, await response.read()) == (200, b"success")
    assert clear_edge.turns.taken == []


async def test_markup_in_a_reply_stays_text(edge: Edge) -> None:
    """An answer that quotes what somebody wrote cannot break out of its field."""
    edge.turns.reply = Reply(Say("x]]></Content><ToUserName><![CDATA[evil]]></ToUserName>\x08"))
    reply = await edge.exchange(safe(text_xml(), edge.clock))
    assert reply.count("<ToUserName>") == 2
    assert "x]]]]><![CDATA[></Content>" in reply
    assert "\x08" not in reply


# ── what is seen from outside ───────────────────────────────────────────────────────────────────────────────────────


async def test_log_line_has_no_content_and_no_openid(edge: Edge) -> None:
    """One line a request: outcome, kind, a hash that stays the same for one person; nothing of what was said or who said it."""
    with capture_logs() as lines:
        await edge.exchange(safe(text_xml("我的身份证是秘密", "1"), edge.clock))
        await edge.exchange(safe(text_xml("再来一次", "2"), edge.clock))
        await edge.post(clear(text_xml("假的"), edge.clock))
    assert [line["outcome"] for line in lines] == ["answered", "answered", "refused"]
    assert lines[0]["who"] == lines[1]["who"]
    written = repr(lines)
    for secret in ("秘密", "再来", "假的", OPENID, TOKEN, KEY):
        assert secret not in written


async def test_account_shows_no_secret() -> None:
    """Printing an account shows neither token nor keys, and a wrong key is complained about without being shown."""
    assert TOKEN not in repr(ACCOUNT)
    assert KEY not in repr(ACCOUNT)
    with pytest.raises(ValueError, match="43 letters") as caught:
        Account(APP_ID, TOKEN, "not-a-key")
    assert "not-a-key" not in str(caught.value)


async def test_configuration_that_cannot_work_is_refused() -> None:
    """Safe mode without a key, an unknown mode, an empty token: said at the start, not at the first message."""
    wrong: list[dict[str, Any]] = [{"encoding_aes_key": ""}, {"mode": "sure"}, {"token": ""}, {"app_id": ""}]
    for change in wrong:
        with pytest.raises(ValueError, match=r"empty|sure"):
            Account(**({"app_id": APP_ID, "token": TOKEN, "encoding_aes_key": KEY} | change))
