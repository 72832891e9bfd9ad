"""Everything in the outside conformance data behaves as it says there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from multidict import MultiDict

from bot.wechat.envelope import Account, Cipherer, Envelope, Mode, Opened, Reason, Refused, sign
from bot.wechat.fields import problems
from bot.wechat.jsapi import jsapi_signature
from bot.wechat.menu import validate
from bot.wechat.wire import Head, dedupe_key, read, render_passive
from bot.wechat.xml import Hostile, Malformed, parse
from dialogs.messages import Article, Human, Message, Picture, Said, Say
from tests import vectors

pytestmark = pytest.mark.vectors


def _present(case: Any) -> Any:
    if case is None:
        vectors.group("meta")
    return case


@pytest.mark.parametrize("case", vectors.cases("signature"))
def test_signature(case: Any) -> None:
    """The signature over the inputs is the one given, or is not where the data says so; a verification echoes what it was sent."""
    case = _present(case)
    assert (sign(*case["inputs"]) == case["signature"]) is case["valid"]
    if "expected_body" in case:
        token, timestamp, nonce = case["inputs"]
        envelope = Envelope(Account("wx", token, mode=Mode.CLEAR))
        query = MultiDict(signature=case["signature"], timestamp=timestamp, nonce=nonce, echostr=case["echostr"])
        assert envelope.verify_url(query, int(timestamp)) == case["expected_body"]
    if "body_json" in case:
        token, timestamp, nonce = case["inputs"]
        envelope = Envelope(Account("wx", token, mode=Mode.CLEAR))
        query = MultiDict(signature=case["signature"], timestamp=timestamp, nonce=nonce)
        opened = envelope.open(query, json.dumps(case["body_json"]).encode(), int(timestamp))
        assert opened.fields["Event"] == case["body_json"]["Event"]


def _open(case: Any, mode: Mode = Mode.SAFE) -> Opened:
    account = Account(case["appid"], case["token"], case["encoding_aes_key"], mode=mode)
    query = MultiDict(
        case.get("query") or {"timestamp": case["timestamp"], "nonce": case["nonce"], "msg_signature": case["msg_signature"]}
    )
    body = case.get("body") or f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{case['encrypt']}]]></Encrypt></xml>"
    return Envelope(account).open(query, body.encode(), int(case["timestamp"]))


@pytest.mark.parametrize("mode", [Mode.SAFE, Mode.COMPATIBLE])
@pytest.mark.parametrize("case", vectors.cases("decrypt"))
def test_decrypt(case: Any, mode: Mode) -> None:
    """A real request is opened: the plaintext to the byte, and its fields."""
    case = _present(case)
    plain = Cipherer(case["encoding_aes_key"], case["appid"]).decrypt(case["encrypt"])
    assert plain.decode() == case["plaintext"]
    if case["name"] == "wechatpy-echostr":
        # Its content is no message but an echo string, which official accounts get in clear.
        with pytest.raises(Refused, match="content"):
            _open(case, mode)
        return
    opened = _open(case, mode)
    assert opened.fields == parse(case["plaintext"].encode())
    assert opened.is_json is (case.get("body_format") == "json")


@pytest.mark.parametrize("case", vectors.cases("decrypt_reject"))
def test_decrypt_reject(case: Any) -> None:
    """What must be refused is refused, for the reason given, and with nothing of its content in the exception."""
    case = _present(case)
    if "based_on" in case:
        (base,) = [entry for entry in vectors.group("decrypt") if entry["name"] == case["based_on"]]
        merged = {name: value for name, value in base.items() if name not in {"query", "body"}} | case["change"]
    else:
        merged = case
    expected = {"bad signature": Reason.SIGNATURE, "signature is": Reason.SIGNATURE, "appid": Reason.APPID}
    reason = next((reason for words, reason in expected.items() if words in case["expect"]), Reason.CIPHER)
    with pytest.raises(Refused) as caught:
        _open(merged)
    assert caught.value.reason is reason
    assert str(caught.value) == reason.value


@pytest.mark.parametrize("case", vectors.cases("encrypt"))
def test_encrypt(case: Any) -> None:
    """With the random part given, the ciphertext and the envelope are the ones of other implementations, byte for byte."""
    case = _present(case)
    cipherer = Cipherer(case["encoding_aes_key"], case["appid"])
    encrypted = cipherer.encrypt(case["plaintext"].encode(), case["random16"].encode())
    assert encrypted == case["encrypt"]
    if "msg_signature" in case:
        assert sign(case["token"], case["timestamp"], case["nonce"], encrypted) == case["msg_signature"]
    for is_json in (True, False):
        opened = Opened({}, 0, is_json, case.get("nonce", "n"), case.get("token", "t"), cipherer)
        sealed = parse(opened.seal(case["plaintext"], int(case.get("timestamp", 1))))
        wanted = case.get("envelope_json") or {"Encrypt": "", "MsgSignature": "", "TimeStamp": "", "Nonce": ""}
        assert sealed.keys() == wanted.keys()
        assert isinstance(sealed["Encrypt"], str)
        assert cipherer.decrypt(sealed["Encrypt"]).decode() == case["plaintext"]


@pytest.mark.parametrize("case", vectors.cases("jsapi_signature"))
def test_jsapi_signature(case: Any) -> None:
    """The signature for WeChat's scripts is the official one, with or without a fragment."""
    case = _present(case)
    given = case["inputs"]
    assert jsapi_signature(given["jsapi_ticket"], given["noncestr"], given["timestamp"], given["url"]) == case["signature"]


@pytest.mark.parametrize("case", vectors.cases("parse"))
def test_parse(case: Any) -> None:
    """Every documented body gives the fields it should, spaces kept, and one of our inbound types."""
    case = _present(case)
    fields = parse(case["xml"].encode())
    assert fields == case["fields"]
    inbound = read(fields)[0]
    assert inbound.openid == case["fields"].get("OpenID", case["fields"]["FromUserName"])
    assert int(inbound.at.timestamp()) == int(case["fields"]["CreateTime"])
    # The same content as JSON is the same message.
    assert read(parse(json.dumps(case["fields"]).encode())) == read(fields)


@pytest.mark.parametrize("case", vectors.cases("parse_hard"))
def test_parse_hard(case: Any) -> None:
    """Dirty bodies are read, broken ones are refused as authentic, hostile ones are refused before anything in them is looked at."""
    case = _present(case)
    body = case["xml"].encode()
    match case["name"]:
        case "control_char_in_cdata":
            assert parse(body)["Content"] == " c"
        case "control_char_u0002":
            assert parse(body)["Content"] == "ab"
        case "user_text_closes_cdata":
            with pytest.raises(Malformed):
                parse(body)
        case "doctype_entity_bomb" | "external_entity":
            with pytest.raises(Hostile):
                parse(body)
        case "empty_root" | "no_msgtype":
            with pytest.raises(Refused) as caught:
                read(parse(body))
            assert caught.value.authentic
        case "json_body":
            (inbound,) = read(parse(body))
            assert isinstance(inbound, Said)
            assert inbound.text == "hi"
        case other:
            pytest.fail(f"the data has a case that is not known here: {other}")


@pytest.mark.parametrize("case", vectors.cases("dedupe_keys"))
def test_dedupe_keys(case: Any) -> None:
    """Resends have the same key, different events of one second have not."""
    case = _present(case)
    assert (dedupe_key(case["a"]) == dedupe_key(case["b"])) is case["duplicate"]


@pytest.mark.parametrize("case", vectors.cases("reply_xml"))
def test_reply_xml(case: Any) -> None:
    """A rendered reply is well-formed and read back as what was meant, whatever is in it."""
    case = _present(case)
    message: Message
    match case["type"]:
        case "text":
            message = Say(case["content"])
        case "image":
            message = Picture("{}", "图")
        case "news":
            (article,) = case["articles"]
            message = Article(article["Title"], article["Description"], article["Url"], article["PicUrl"])
        case "transfer_customer_service":
            message = Human()
        case other:
            pytest.fail(f"the data has a type that is not known here: {other}")
    head = Head(case["to"], case["frm"])
    xml = render_passive(message, head, case["create_time"], case.get("media_id", ""), case.get("kf_account", ""))
    assert xml is not None
    assert parse(xml.encode()) == case["fields"]


def test_template_field_limits() -> None:
    """Every field kind of the table has its limits checked, and the examples are judged as the platform does."""
    table = vectors.group("template_field_limits")
    for kind, row in table["rows"].items():
        limit = row.get("max_chars") or row.get("max_cjk")
        if limit:
            filler = {
                "number": "1",
                "phone_number": "1",
                "symbol": "+",
                "letter": "a",
                "character_string": "a",
                "car_number": "A",
            }
            character = filler.get(kind, "字")
            assert not problems({f"{kind}1": character * limit}), kind
            assert problems({f"{kind}1": character * (limit + 1)}), kind
    assert not problems({"name1": "a" * 20})
    assert problems({"name1": "a" * 21})
    for example in table["examples"]:
        assert bool(problems({example["key"]: example["value"]})) is ("errcode" in example)


@pytest.mark.parametrize("case", vectors.cases("menu_limits"))
def test_menu_limits(case: Any) -> None:
    """A menu beyond a limit is found here, with the platform's own error number."""
    case = _present(case)
    if case["name"] == "_about":
        assert "limits" in case["note"]
        return
    line = {
        "type": case.get("type", "view" if "url_bytes" in case else "click"),
        "name": "n" * case.get("sub_name_bytes", 6),
        "key": "k" * case.get("key_bytes", 3),
        "url": "u" * case.get("url_bytes", 10),
    }
    group = {"name": "n" * case.get("name_bytes", 6), "sub_button": [line] * case.get("sub", 1)}
    codes = {problem.errcode for problem in validate({"button": [group] * case.get("top", 1)})}
    assert codes == ({case["errcode"]} if "errcode" in case else set())
