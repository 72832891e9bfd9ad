"""The outside conformance data: signatures and ciphers of the platform's own samples interoperate with the simulator's envelope."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from wechatpy.crypto import WeChatCrypto

from bot.simulator import SimAccount
from bot.simulator.account import Format, Mode, SimTemplate
from bot.simulator.envelope import Envelope, Refused, page_signature, signature
from bot.simulator.errors import ApiError
from bot.simulator.fields import first_misfit
from bot.simulator.judge import Exchange, judge
from bot.simulator.markup import NotXml, Repeated, read
from bot.simulator.menu import check
from bot.simulator.world import World
from tests.clock import FakeClock

pytestmark = pytest.mark.vectors

PLACE = Path(os.environ.get("WECHAT_VECTORS", Path(__file__).parents[2] / "../shared/reference/wechat_vectors.json"))


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    """The whole file; skipped with the reason when it is not there, unless it must be."""
    if not PLACE.is_file():
        if os.environ.get("REQUIRE_VECTORS") == "1":
            pytest.fail("WECHAT_VECTORS names no file, and REQUIRE_VECTORS=1")
        pytest.skip("the outside conformance data is not here: set WECHAT_VECTORS")
    found: dict[str, Any] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


def envelope_of(case: dict[str, Any]) -> Envelope:
    """An envelope for the account of one case."""
    return Envelope(SimAccount(case["appid"], "", case.get("token", ""), case["encoding_aes_key"]))


def sealed(case: dict[str, Any]) -> dict[str, str]:
    """The envelope of a reply with the case's values."""
    return {
        "Encrypt": case["encrypt"],
        "MsgSignature": case["msg_signature"],
        "TimeStamp": str(case["timestamp"]),
        "Nonce": case["nonce"],
    }


def test_signatures_are_the_platforms(vectors: dict[str, Any]) -> None:
    """Every signature of the set is computed alike, and the wrong one differs."""
    for case in vectors["signature"]:
        assert (signature(*case["inputs"]) == case["signature"]) is case["valid"], case["name"]


def test_ciphertexts_of_others_are_opened(vectors: dict[str, Any]) -> None:
    """What the platform's samples and other libraries sealed is opened, signature and all."""
    for case in vectors["decrypt"]:
        plain = envelope_of(case).open(sealed(case)) if case.get("msg_signature") else envelope_of(case).decrypt(case["encrypt"])
        assert plain == case["plaintext"], case["name"]


def test_our_own_ciphertexts_of_the_same_texts_open(vectors: dict[str, Any]) -> None:
    """The deterministic samples open to their text; sealing the text anew opens to the same."""
    for case in vectors["encrypt"]:
        envelope = envelope_of(case)
        assert envelope.decrypt(case["encrypt"]) == case["plaintext"], case["name"]
        _, body = envelope.seal(case["plaintext"], "o", "1", "2")
        assert envelope.decrypt(read(body.decode())["Encrypt"]) == case["plaintext"]


def test_what_must_be_rejected_is(vectors: dict[str, Any]) -> None:
    """Wrong signatures, app ids, paddings and lengths are refused, each with a reason and never with another error."""
    base = {case["name"]: case for case in vectors["decrypt"]}
    for case in vectors["decrypt_reject"]:
        whole = base.get(case.get("based_on", ""), {}) | case | case.get("change", {})
        if not whole.get("encoding_aes_key"):
            pytest.fail(f"{case['name']} is not complete")
        whole.setdefault("msg_signature", "x")
        with pytest.raises(Refused):
            envelope_of(whole).open(sealed(whole))


def test_page_signatures_are_the_platforms(vectors: dict[str, Any]) -> None:
    """The official sample of wx.config, and that the fragment of an address does not count."""
    for case in vectors["jsapi_signature"]:
        given = case["inputs"]
        assert (
            page_signature(given["jsapi_ticket"], given["noncestr"], str(given["timestamp"]), given["url"]) == case["signature"]
        )


@pytest.mark.parametrize("mode", ["clear", "compat", "safe"])
def test_every_body_of_the_set_is_carried_whole(vectors: dict[str, Any], mode: Mode) -> None:
    """Every message and event of the set is pushed so that wechatpy's cipher and an XML parser give back exactly its fields; in clear and
    compat mode they stand in the open too."""
    account = SimAccount("wxba5fad812f8e6fb9", "", "AAAAA", "A" * 43, original_id="gh", mode=mode)
    envelope, crypto = Envelope(account), WeChatCrypto("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")
    for case in vectors["parse"]:
        fields = without_layout(read(case["xml"]))
        parcel = envelope.push(fields, envelope.text_of(fields), "1713424427", "415670741")
        shown = without_layout(read(parcel.body.decode()))
        assert ("Encrypt" in shown, "encrypt_type" in parcel.query) == (mode != "clear",) * 2
        if mode != "clear":
            plain = crypto.decrypt_message(parcel.body.decode(), parcel.query["msg_signature"], "1713424427", "415670741")
            assert without_layout(read(plain)) == fields, case["name"]
        if mode != "safe":
            assert {name: value for name, value in shown.items() if name != "Encrypt"} == fields, case["name"]


def without_layout(fields: dict[str, Any]) -> dict[str, Any]:
    """Without the white space between elements; repeated elements as they are written."""
    kept: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "#text":
            continue
        rows = [
            without_layout(one) if isinstance(one, dict) else one or "" for one in (value if isinstance(value, list) else [value])
        ]
        kept[name] = Repeated(rows) if isinstance(value, list) else rows[0]
    return kept


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["clear", "compat", "safe"])
def test_replies_of_the_set_are_judged_right(vectors: dict[str, Any], mode: Mode, form: Format) -> None:
    """Replies with the fields of the set are shown as they are meant, in every mode and format."""
    account = SimAccount("wxba5fad812f8e6fb9", "", "AAAAA", "A" * 43, original_id="gh", mode=mode, format=form)
    envelope = Envelope(account)
    world = World(FakeClock())
    media = world.store("image", "image/png", b"")
    for case in vectors["reply_xml"]:
        fields = case["fields"] | ({"Image": {"MediaId": media.media_id}} if case["type"] == "image" else {})
        body = reply_of(envelope, fields | {"FromUserName": "gh", "ToUserName": "o"})
        verdict = judge(body, Exchange("o", "gh", is_event=False), envelope, world)
        assert verdict.outcome == "answered", (case["name"], verdict.reason)
        if case["type"] == "text":
            assert verdict.body["text"] == case["fields"]["Content"]


def reply_of(envelope: Envelope, fields: dict[str, Any]) -> bytes:
    """The bytes of an answer with these fields, in the account's mode and format."""
    text = envelope.text_of(fields)
    if envelope.account.mode == "clear":
        return text.encode()
    query, body = envelope.seal(text, "o", "1713424427", "415670741")
    sealed = {"MsgSignature": query["msg_signature"], "TimeStamp": 1713424427, "Nonce": "415670741"}
    return envelope.text_of({"Encrypt": read(body.decode())["Encrypt"]} | sealed).encode()


def test_template_values_of_the_set(vectors: dict[str, Any]) -> None:
    """The examples of the platform's table are accepted and refused as it says."""
    for case in vectors["template_field_limits"]["examples"]:
        template = SimTemplate("t", "t", ((case["key"], "值"),))
        wrong = first_misfit(template, {case["key"]: {"value": case["value"]}})
        assert (wrong == "") is case.get("ok", False), case


def test_menus_of_the_set(vectors: dict[str, Any]) -> None:
    """Each limit of a menu has its error number."""
    for case in vectors["menu_limits"]:
        if case["name"] == "_about":
            continue
        try:
            check(menu_of(case))
            code = 0
        except ApiError as refused:
            code = refused.code
        assert code == case.get("errcode", 0), case["name"]


def menu_of(case: dict[str, Any]) -> dict[str, Any]:
    """The menu that a case describes."""
    leaf = {"type": case.get("type", "click"), "name": "a" * case.get("sub_name_bytes", 4), "key": "k" * case.get("key_bytes", 4)}
    if "url_bytes" in case:
        leaf |= {"type": "view", "url": "u" * case["url_bytes"]}
    tops = [
        {"name": "a" * case.get("name_bytes", 4), "sub_button": [leaf] * case.get("sub", 1)} for _ in range(case.get("top", 1))
    ]
    return {"button": tops}


def test_hard_xml_is_read_or_refused_and_never_worse(vectors: dict[str, Any]) -> None:
    """As answers of a bot, entities, control characters, JSON and an empty root are refused in one way; odd but sound XML is read."""
    sound = set()
    for case in vectors["parse_hard"]:
        try:
            read(case["xml"])
        except NotXml:
            continue
        sound.add(case["name"])
    assert sound == {"no_msgtype"}
