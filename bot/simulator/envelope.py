"""What is pushed in each mode and format, and opening what is answered, from the platform's side (wechat.md A1, A2).

The cipher is wechatpy's, the checks around it are ours: wechatpy trusts the padding byte and compares in variable time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from bot.simulator import jsonform, markup
from bot.simulator.account import SimAccount

KeyName = Literal["current", "previous", "wrong"]
"""With which key a push is sealed: the account's, the one before the last change (a random one where there was none), or nobody's."""

_RANDOM = string.ascii_letters + string.digits


class Refused(Exception):
    """The platform does not accept this answer; the message says why, for the developer, without its content."""


class _Cipher(PrpCrypto):  # type: ignore[misc]
    """wechatpy's cipher with random bytes from the system."""

    def get_random_string(self) -> str:
        """The 16 characters before the length."""
        return "".join(secrets.choice(_RANDOM) for _ in range(16))


def signature(*parts: str) -> str:
    """sha1 over the sorted parts, lowercase hex."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return cast(str, signer.signature)


def page_signature(ticket: str, nonce: str, timestamp: str, url: str) -> str:
    """What wx.config must be given for a page at `url`, whose fragment does not count (A12)."""
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()


def key_bytes(encoding_aes_key: str) -> bytes:
    """The 32 bytes that 43 characters stand for; spare bits at the end are ignored, as the platform does."""
    return base64.b64decode(encoding_aes_key + "=")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One push as it goes over the wire."""

    query: dict[str, str]
    body: bytes
    content_type: str


class Envelope:
    """Seals and opens for one account, in its mode and format. Keeps no state."""

    def __init__(self, account: SimAccount) -> None:
        self.account = account
        self._account = account
        self._key = key_bytes(account.encoding_aes_key)
        previous = account.previous_encoding_aes_key
        self._previous = key_bytes(previous) if previous else secrets.token_bytes(32)

    def text_of(self, fields: Mapping[str, Any]) -> str:
        """A message in the account's data format."""
        return jsonform.write(fields) if self._account.format == "json" else markup.write(fields)

    def push(self, fields: Mapping[str, Any], text: str, timestamp: str, nonce: str, *, key: KeyName = "current") -> Parcel:
        """One message for the bot; `text` is it written out. In safe mode the body shows nothing, in compat mode everything beside the
        ciphertext, in clear mode there is none."""
        openid = str(fields["FromUserName"])
        content_type = "application/json" if self._account.format == "json" else "text/xml"
        if self._account.mode == "clear":
            return Parcel(self.clear_query(timestamp, nonce) | {"openid": openid}, text.encode(), content_type)
        query, encrypted = self._sealed(text, openid, timestamp, nonce, key)
        if self._account.mode == "compat":
            outer = {**fields, "Encrypt": encrypted}
        else:
            outer = {"ToUserName": self._account.original_id, "Encrypt": encrypted}
        return Parcel(query, self.text_of(outer).encode(), content_type)

    def clear_query(self, timestamp: str, nonce: str) -> dict[str, str]:
        """The query that proves a request to be the platform's, without a body."""
        return {"signature": signature(self._account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def seal(self, text: str, openid: str, timestamp: str, nonce: str) -> tuple[dict[str, str], bytes]:
        """Query and body of one push in safe mode and XML."""
        query, encrypted = self._sealed(text, openid, timestamp, nonce, "current")
        return query, markup.write({"ToUserName": self._account.original_id, "Encrypt": encrypted}).encode()

    def _sealed(self, text: str, openid: str, timestamp: str, nonce: str, key: KeyName) -> tuple[dict[str, str], str]:
        """The query, and the ciphertext, which is signed rightly whatever the key."""
        encrypted = cast(bytes, _Cipher(self._key_of(key)).encrypt(text, self._account.app_id)).decode()
        query = self.clear_query(timestamp, nonce) | {
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": signature(self._account.token, timestamp, nonce, encrypted),
        }
        return query, encrypted

    def _key_of(self, key: KeyName) -> bytes:
        if key == "wrong":
            return secrets.token_bytes(32)
        return self._previous if key == "previous" else self._key

    def open(self, fields: dict[str, Any], *, key: KeyName = "current") -> str:
        """The text inside an encrypted answer, which is sealed with the key of the push that it answers. Raises Refused: signature, base64,
        length, padding, app id and encoding are all checked."""
        encrypted, signed = _word(fields, "Encrypt"), _word(fields, "MsgSignature")
        timestamp, nonce = _word(fields, "TimeStamp").strip(), _word(fields, "Nonce")
        if not timestamp.isdigit():
            raise Refused("TimeStamp is not an integer")
        expected = signature(self._account.token, timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signed.encode()):
            raise Refused("MsgSignature does not match")
        return self.decrypt(encrypted, key=key)

    def decrypt(self, encrypted: str, *, key: KeyName = "current") -> str:
        """The text inside one ciphertext, after every check but the signature. Raises Refused."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("Encrypt is not base64") from None
        if not raw or len(raw) % 32:
            raise Refused("the ciphertext is not a multiple of 32 bytes")
        plain = cast(bytes, _Cipher(self._key_of(key)).cipher.decrypt(raw))
        pad = plain[-1]
        if not 1 <= pad <= 32 or plain[-pad:] != bytes([pad]) * pad:
            raise Refused("the padding is not PKCS#7 with blocks of 32")
        plain = plain[:-pad]
        length = int.from_bytes(plain[16:20], "big")
        if len(plain) < 20 or length > len(plain) - 20:
            raise Refused("the length field goes beyond the text")
        if plain[20 + length :] != self._account.app_id.encode():
            raise Refused("the app id inside is not this account's")
        try:
            return plain[20 : 20 + length].decode()
        except UnicodeDecodeError:
            raise Refused("the text is not UTF-8") from None


def _word(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} is missing")
    return value
