"""Whatever arrives: nothing but `Refused` leaves the envelope, the parser and the wire; and two ciphers agree on everything."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import MultiDict
from wechatpy.crypto import WeChatCrypto

from bot.wechat.envelope import Account, Cipherer, Envelope, Mode, Opened, Reason, Refused, sign
from bot.wechat.wire import Head, read, render_custom, render_passive
from bot.wechat.xml import FORBIDDEN_CHARACTERS, Malformed, parse
from dialogs.messages import Anchor, Article, Human, Message, Picture, Say
from tests.edge.platform import APP_ID, GH, KEY, OLD_KEY, OPENID, TOKEN, text_xml

NOW = 1726106400
ENVELOPES = {mode: Envelope(Account(APP_ID, TOKEN, KEY, OLD_KEY, mode)) for mode in Mode}
CIPHERER = Cipherer(KEY, APP_ID)
THEIRS = WeChatCrypto(TOKEN, KEY, APP_ID)

quick = settings(max_examples=150, deadline=None)
any_text = st.text(st.characters(codec=None), max_size=60)
xml_text = st.text(max_size=300).map(lambda text: FORBIDDEN_CHARACTERS.sub("", text).replace("\r", ""))
names = st.sampled_from(
    [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "MsgId",
        "Event",
        "EventKey",
        "Content",
        "Location_X",
        "Location_Y",
        "ScanCodeInfo",
        "ScanResult",
        "SubscribeMsgSentEvent",
        "SubscribeMsgPopupEvent",
        "SubscribeMsgChangeEvent",
        "TemplateId",
        "SubscribeStatusString",
        "List",
        "MsgID",
        "Status",
        "OpenID",
        "Encrypt",
        "xml",
    ]
)
words = st.sampled_from(
    [
        "text",
        "event",
        "location",
        "SCAN",
        "subscribe",
        "scancode_waitmsg",
        "subscribe_msg_sent_event",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
        "accept",
        "reject",
        "1726106400",
    ]
)
values: st.SearchStrategy[Any] = st.recursive(
    any_text | words | st.integers() | st.floats() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def _read_or_refuse(opened: Opened) -> None:
    try:
        inbounds = read(opened.fields)
    except Refused:
        return
    for inbound in inbounds:
        assert inbound.openid
        assert len(inbound.key) <= 200


def _signed(encrypted: str) -> MultiDict[str]:
    return MultiDict(
        timestamp=str(NOW), nonce="1", signature=sign(TOKEN, str(NOW), "1"), msg_signature=sign(TOKEN, str(NOW), "1", encrypted)
    )


@quick
@given(
    st.lists(
        st.tuples(st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "echostr", "encrypt_type"]), any_text)
    ),
    st.binary(max_size=400),
    st.sampled_from(Mode),
)
def test_any_request(query: list[tuple[str, str]], body: bytes, mode: Mode) -> None:
    """Any query and any body are refused, in every mode, and not as authentic."""
    for attempt in (
        lambda: ENVELOPES[mode].open(MultiDict(query), body, NOW),
        lambda: ENVELOPES[mode].verify_url(MultiDict(query), NOW),
    ):
        with pytest.raises(Refused) as caught:
            attempt()
        assert not caught.value.authentic


@quick
@given(st.binary(max_size=400))
def test_any_authentic_content(content: bytes) -> None:
    """Any content under the right signature and key is a message or refused as authentic."""
    encrypted = CIPHERER.encrypt(content)
    body = f"<xml><ToUserName>x</ToUserName><Encrypt>{encrypted}</Encrypt></xml>".encode()
    reason = None
    try:
        _read_or_refuse(ENVELOPES[Mode.SAFE].open(_signed(encrypted), body, NOW))
    except Refused as refused:
        reason = refused.reason
    assert reason in {None, Reason.CONTENT}


@quick
@given(st.dictionaries(names, values, max_size=8))
def test_any_authentic_fields(fields: dict[str, Any]) -> None:
    """Known fields with senseless values, in JSON and in clear, are a message or refused."""
    for ascii_only in (True, False):
        body = json.dumps({"ToUserName": GH, "FromUserName": OPENID, "CreateTime": NOW, **fields}, ensure_ascii=ascii_only)
        try:
            opened = ENVELOPES[Mode.CLEAR].open(
                MultiDict(timestamp=str(NOW), nonce="1", signature=sign(TOKEN, str(NOW), "1")),
                body.encode("utf-8", "surrogatepass"),
                NOW,
            )
        except Refused:
            continue
        _read_or_refuse(opened)


@quick
@given(st.binary(max_size=200), st.booleans())
def test_any_ciphertext(raw: bytes, whole_blocks: bool) -> None:
    """Any ciphertext under a right signature is refused as not decipherable; so is any text in its place."""
    raw = raw * 16 if whole_blocks else raw
    for encrypted in (base64.b64encode(raw).decode(), raw.decode("latin-1")):
        with pytest.raises(Refused) as caught:
            CIPHERER.decrypt(encrypted)
        assert caught.value.reason in {Reason.CIPHER, Reason.APPID}


@quick
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_body(body: bytes) -> None:
    """The parser gives fields or says that it cannot; nothing else."""
    for attempt in (body, b"<xml>" + body + b"</xml>", b"<xml><a><![CDATA[" + body + b"]]></a></xml>", b"{" + body):
        said = ""
        try:
            assert isinstance(parse(attempt), dict)
        except Malformed as error:
            said = str(error)
        assert said in {"", "xml", "json", "doctype", "nesting"}


@quick
@given(st.integers(0, 700), st.binary(min_size=1, max_size=4))
def test_any_damage_to_a_message(place: int, damage: bytes) -> None:
    """An honest message with a few bytes changed is a message or refused."""
    body = text_xml("查去年的养老缴费").encode()
    place %= len(body)
    content = body[:place] + damage + body[place + len(damage) :]
    try:
        _read_or_refuse(Opened(parse(content), 0, False, "1", TOKEN, None))
    except Malformed:
        return


@quick
@given(xml_text)
def test_ciphers_agree(text: str) -> None:
    """What wechatpy encrypts we open, what we encrypt wechatpy opens: for any text."""
    theirs = THEIRS.encrypt_message(text_xml("x") + text, "77", str(NOW))
    opened = theirs.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    assert CIPHERER.decrypt(opened).decode() == text_xml("x") + text
    sealed = Opened({}, 0, False, "77", TOKEN, CIPHERER).seal(text, NOW)
    envelope = parse(sealed)
    plain = THEIRS.decrypt_message(sealed.decode(), envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"])
    assert (plain if isinstance(plain, str) else plain.decode()) == text


@quick
@given(xml_text, any_text)
def test_text_goes_there_and_back(text: str, any_content: str) -> None:
    """A text that fits is read back as it was; any text at all gives well-formed XML within the limit."""
    short = text[:200].replace("<", "")
    xml = render_passive(Say(short), Head(OPENID, GH), NOW)
    assert (parse(xml.encode())["Content"] if xml else "") == short
    xml = render_passive(Say(any_content * 50), Head(OPENID, GH), NOW)
    if xml is not None:
        content = parse(xml.encode())["Content"]
        assert isinstance(content, str)
        assert len(content.encode()) <= 2048


messages: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        Say,
        any_text,
        st.lists(st.tuples(any_text, any_text), max_size=40).map(tuple),
        st.lists(st.builds(Anchor, any_text, any_text), max_size=5).map(tuple),
    ),
    st.builds(Article, any_text, any_text, any_text, any_text),
    st.builds(Picture, any_text, any_text),
    st.builds(Human, any_text),
)


@quick
@given(messages, any_text, st.booleans())
def test_any_message_can_be_sent(message: Message, media_id: str, is_json: bool) -> None:
    """Whatever is in a message, its reply is readable and its payload can be packed; links are whole."""
    reply = render_passive(message, Head(OPENID, GH, is_json), NOW, media_id)
    if reply is not None:
        fields = parse(Opened({}, 0, is_json, "1", TOKEN, None).seal(reply, NOW))
        assert fields["ToUserName"] == OPENID
        content = fields.get("Content", "")
        assert isinstance(content, str)
        assert content.lower().count("<a ") == content.lower().count("</a>")
        assert len(content.encode()) <= 2048
    json.dumps(render_custom(message), ensure_ascii=False).encode()
