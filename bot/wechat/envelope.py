"""The platform's envelope: who sent a request, is it fresh, what does it hold, and how an answer is wrapped (wechat.md A1, A2).

Everything that can be wrong ends in `Refused`. The order matters: signature, then age, then cipher, so that nobody without the
token learns anything from how long or how a request fails.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from multidict import MultiMapping

from bot.wechat.refusal import Reason, Refused
from bot.wechat.xml import Fields, Hostile, Malformed, cdata, parse

__all__ = ["Account", "Cipherer", "Envelope", "Mode", "Opened", "Reason", "Refused", "sign"]

_BLOCK = 32
_PADDING = [bytes([size]) * size for size in range(_BLOCK + 1)]
_LONGEST_PARAMETER = 128
_USUAL_BODY = re.compile(
    rb"<xml>\s*<ToUserName><!\[CDATA\[[\w-]*\]\]></ToUserName>\s*<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]*)\]\]></Encrypt>\s*</xml>\s*"
)
"""The body of safe mode as the platform writes it, whole: read at a fifth of what the parser costs. All others go to the parser."""


class Mode(StrEnum):
    """How the account is set up on the platform. Safe is what we recommend. A compatible account sends the encrypted part as well, and that alone
    is read: it must be there."""

    SAFE = "safe"
    COMPATIBLE = "compatible"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Account:
    """One official account. Raises ValueError (without the value) when a key cannot be one.

    `previous_encoding_aes_key` is still accepted for a while after a change; empty when there is none. In clear mode both may be empty.
    """

    app_id: str
    token: str = field(repr=False)
    encoding_aes_key: str = field(default="", repr=False)
    previous_encoding_aes_key: str = field(default="", repr=False)
    mode: str = Mode.SAFE
    """One of `Mode`, in words as the configuration has it."""

    def __post_init__(self) -> None:
        mode = Mode(self.mode)
        if not self.app_id or not self.token:
            raise ValueError("app_id and token must not be empty")
        if not self.encoding_aes_key and (mode is not Mode.CLEAR or self.previous_encoding_aes_key):
            raise ValueError("encoding_aes_key must not be empty")
        for key in self.encoding_aes_keys:
            _decode_key(key)

    @property
    def encoding_aes_keys(self) -> tuple[str, ...]:
        """The key in use, then the previous one; empty in clear mode without keys."""
        return tuple(key for key in (self.encoding_aes_key, self.previous_encoding_aes_key) if key)


def _decode_key(encoding_aes_key: str) -> bytes:
    """43 characters stand for 32 bytes. Not strict: the platform's own sample key has spare bits that are not zero."""
    try:
        key = binascii.a2b_base64(encoding_aes_key + "=") if len(encoding_aes_key) == 43 else b""
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 letters and digits")
    return key


def sign(*parts: str) -> str:
    """Lowercase hex SHA-1 of the sorted parts, joined with nothing. The platform prescribes SHA-1."""
    joined = "".join(sorted(parts)).encode("utf-8", "surrogatepass")
    return hashlib.sha1(joined).hexdigest()  # noqa: S324


def _same(one: str, other: str) -> bool:
    """Constant-time comparison that takes any text."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


class Cipherer:
    """AES-256-CBC with the platform's padding, under one key, for one account."""

    def __init__(self, encoding_aes_key: str, app_id: str) -> None:
        key = _decode_key(encoding_aes_key)
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        # To make these costs more than to use them, so they go on from message to message. CBC chains each block to the one before; what that means
        # for a new message is its first block, which is random and read by nobody.
        self._encrypted, self._decrypted = cipher.encryptor().update, cipher.decryptor().update
        self._app_id = app_id.encode()

    def encrypt(self, content: bytes, random16: bytes | None = None) -> str:
        """Base64 of the encrypted content. `random16` is fresh unless a test of known values gives it, for the first message."""
        plain = b"".join(
            (random16 or secrets.token_bytes(16), len(content).to_bytes(4, "big"), content, self._app_id),
        )
        plain += _PADDING[_BLOCK - len(plain) % _BLOCK]
        return binascii.b2a_base64(self._encrypted(plain), newline=False).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The content.

        Only called after the signature held, so that which check fails tells an outsider nothing.

        Raises:
            Refused: CIPHER if it is not decipherable with this key, APPID if it is another account's.
        """
        try:
            raw = binascii.a2b_base64(encrypted.strip(), strict_mode=True)
        except ValueError:
            raise Refused(Reason.CIPHER) from None
        if not raw or len(raw) % 16:
            raise Refused(Reason.CIPHER)
        plain = self._decrypted(raw)
        pad = plain[-1]
        if not 1 <= pad <= _BLOCK or not plain.endswith(_PADDING[pad]):
            raise Refused(Reason.CIPHER)
        end = 20 + int.from_bytes(plain[16:20], "big")
        # The padding itself can be no part of the rest: a length that reaches into it was not written by the platform.
        if end > len(plain) - pad:
            raise Refused(Reason.CIPHER)
        if not hmac.compare_digest(plain[end : len(plain) - pad], self._app_id):
            raise Refused(Reason.APPID)
        return plain[20:end]


@dataclass(frozen=True, slots=True)
class Opened:
    """An authentic request: its fields, its age (negative when the platform's clock is ahead), and how to wrap the answer."""

    fields: Fields
    age_s: int
    is_json: bool
    nonce: str
    _token: str = field(repr=False)
    _cipherer: Cipherer | None = field(repr=False)

    def seal(self, answer: str, now: int) -> bytes:
        """The body of the response, made `now` (seconds since 1970): encrypted with the key that opened the request, or as it is when the request was clear."""
        if self._cipherer is None:
            return answer.encode()
        encrypted = self._cipherer.encrypt(answer.encode())
        signature = sign(self._token, str(now), self.nonce, encrypted)
        if self.is_json:
            return json.dumps({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": now, "Nonce": self.nonce}).encode()
        # Base64, hex and digits need no escaping; the nonce is the caller's.
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
            f"<TimeStamp>{now}</TimeStamp><Nonce>{cdata(self.nonce)}</Nonce></xml>"
        ).encode()


class Envelope:
    """Opens what is sent to one account. `now` is in seconds since 1970; `max_age_s` holds in both directions, since either clock may be the wrong one."""

    def __init__(self, account: Account, max_age_s: int = 300) -> None:
        self._token = account.token
        self._mode = Mode(account.mode)
        self._max_age_s = max_age_s
        self._cipherers = tuple(Cipherer(key, account.app_id) for key in account.encoding_aes_keys)

    def verify_url(self, query: MultiMapping[str], now: int) -> str:
        """The `echostr` to send back when the operator saves the address on the platform.

        Raises:
            Refused: QUERY, SIGNATURE or STALE.
        """
        timestamp, nonce = _one(query, "timestamp"), _one(query, "nonce")
        if not _same(sign(self._token, timestamp, nonce), _one(query, "signature")):
            raise Refused(Reason.SIGNATURE)
        self._age(timestamp, now)
        return _one(query, "echostr")

    def open(self, query: MultiMapping[str], body: bytes, now: int) -> Opened:
        """Check and read one POST. Takes the whole query, so that nobody can pass the wrong signature; unknown parameters are ignored.

        Raises:
            Refused: see `Reason`.
        """
        # `signature` does not cover the body, so whoever saw one address could write any message: it is looked at in clear mode alone, where
        # there is nothing better. In compatible mode the platform always sends the encrypted part as well.
        if self._mode is not Mode.CLEAR or (self._cipherers and _is_encrypted(query)):
            return self._open_encrypted(query, body, now)
        return self._open_clear(query, body, now)

    def _open_encrypted(self, query: MultiMapping[str], body: bytes, now: int) -> Opened:
        timestamp, nonce = _one(query, "timestamp"), _one(query, "nonce")
        if "msg_signature" not in query:
            raise Refused(Reason.DOWNGRADE)
        signature = _one(query, "msg_signature")
        encrypted = _encrypted_part(body)
        if not _same(sign(self._token, timestamp, nonce, encrypted), signature):
            raise Refused(Reason.SIGNATURE)
        age_s = self._age(timestamp, now)
        content, cipherer = self._decrypt(encrypted)
        try:
            fields = parse(content)
        except Malformed:
            raise Refused(Reason.CONTENT) from None
        return Opened(fields, age_s, body.lstrip()[:1] == b"{", nonce, self._token, cipherer)

    def _decrypt(self, encrypted: str) -> tuple[bytes, Cipherer]:
        reasons = set()
        for cipherer in self._cipherers:
            try:
                return cipherer.decrypt(encrypted), cipherer
            except Refused as refused:
                reasons.add(refused.reason)
        # A wrong key ends in noise; "another account" is only said by a key that really opened it.
        raise Refused(Reason.APPID if Reason.APPID in reasons else Reason.CIPHER)

    def _open_clear(self, query: MultiMapping[str], body: bytes, now: int) -> Opened:
        timestamp, nonce = _one(query, "timestamp"), _one(query, "nonce")
        if not _same(sign(self._token, timestamp, nonce), _one(query, "signature")):
            raise Refused(Reason.SIGNATURE)
        age_s = self._age(timestamp, now)
        fields = _read(body, broken=Reason.CONTENT)
        if "Encrypt" in fields and "MsgType" not in fields:
            raise Refused(Reason.CIPHER)
        return Opened(fields, age_s, body.lstrip()[:1] == b"{", nonce, self._token, None)

    def _age(self, timestamp: str, now: int) -> int:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Refused(Reason.QUERY)
        age_s = now - int(timestamp)
        if abs(age_s) > self._max_age_s:
            raise Refused(Reason.STALE)
        return age_s


def _one(query: MultiMapping[str], name: str) -> str:
    """The one value of a parameter. Two are refused: which of them a proxy before us checked cannot be known."""
    values = query.getall(name, ())
    value, *more = values or ("",)
    if more or not value or len(value) > _LONGEST_PARAMETER:
        raise Refused(Reason.QUERY)
    return value


def _is_encrypted(query: MultiMapping[str]) -> bool:
    return "msg_signature" in query or "aes" in query.getall("encrypt_type", ())


def _encrypted_part(body: bytes) -> str:
    """What is signed. Whatever stands beside it (the clear fields of compatible mode) is not looked at."""
    if usual := _USUAL_BODY.fullmatch(body):
        return usual[1].decode()
    encrypted = _read(body, broken=Reason.ENVELOPE).get("Encrypt")
    if encrypted is None:
        raise Refused(Reason.DOWNGRADE)
    if not isinstance(encrypted, str):
        raise Refused(Reason.ENVELOPE)
    return encrypted


def _read(body: bytes, broken: Reason) -> Fields:
    """Read a body that no signature covers."""
    try:
        return parse(body)
    except Hostile:
        raise Refused(Reason.FORBIDDEN) from None
    except Malformed:
        raise Refused(broken) from None
