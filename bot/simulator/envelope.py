"""Safe mode from the platform's side: sealing what is pushed, opening what is answered (wechat.md A1, A2).

The cipher is wechatpy's, the checks around it are ours: wechatpy trusts the padding byte and compares in variable time.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import string
from typing import Any, cast

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

from bot.simulator import markup
from bot.simulator.account import SimAccount

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


def key_bytes(encoding_aes_key: str) -> bytes:
    """The 32 bytes that 43 characters stand for; spare bits at the end are ignored, as the platform does."""
    return base64.b64decode(encoding_aes_key + "=")


class Envelope:
    """Seals and opens for one account. Keeps no state."""

    def __init__(self, account: SimAccount) -> None:
        self._account = account
        self._key = key_bytes(account.encoding_aes_key)

    def clear_query(self, timestamp: str, nonce: str) -> dict[str, str]:
        """The query that proves a request to be the platform's, without a body."""
        return {"signature": signature(self._account.token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def seal(self, xml: str, openid: str, timestamp: str, nonce: str, *, wrong_key: bool = False) -> tuple[dict[str, str], bytes]:
        """Query and body of one push. With `wrong_key` the body is signed rightly but encrypted with another key, as in a rotation."""
        key = secrets.token_bytes(32) if wrong_key else self._key
        encrypted = cast(bytes, _Cipher(key).encrypt(xml, self._account.app_id)).decode()
        query = self.clear_query(timestamp, nonce) | {
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": signature(self._account.token, timestamp, nonce, encrypted),
        }
        body = markup.write({"ToUserName": self._account.original_id, "Encrypt": encrypted})
        return query, body.encode()

    def open(self, fields: dict[str, Any]) -> str:
        """The XML inside an encrypted answer. Raises Refused: signature, base64, length, padding, app id and encoding are all checked."""
        encrypted, signed = _word(fields, "Encrypt"), _word(fields, "MsgSignature")
        timestamp, nonce = _word(fields, "TimeStamp").strip(), _word(fields, "Nonce")
        if not timestamp.isdigit():
            raise Refused("TimeStamp is not an integer")
        expected = signature(self._account.token, timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), signed.encode()):
            raise Refused("MsgSignature does not match")
        return self.decrypt(encrypted)

    def decrypt(self, encrypted: str) -> str:
        """The text inside one ciphertext, after every check but the signature. Raises Refused."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Refused("Encrypt is not base64") from None
        if not raw or len(raw) % 32:
            raise Refused("the ciphertext is not a multiple of 32 bytes")
        plain = cast(bytes, _Cipher(self._key).cipher.decrypt(raw))
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
