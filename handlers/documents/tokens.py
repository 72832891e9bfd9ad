"""What the QR code of a paper proves by itself: a token signed with Ed25519, which anybody checks offline with our public key.

The code holds `<public_url>/v/<流水号>/<校验码>#t=<token>`. The token stands in the fragment, which no browser sends and no server logs: who
scans the code online gets the page as ever, who has no network has the token. Nothing is said twice, since a smaller code is read from a
worse photo: the two numbers and the day, which is in the 流水号, stand in the address and are signed with the rest.

Token: base32 without padding of body and signature (64 bytes). Body: one byte of version (bit 0: made with a test key), three bytes of key
id, the first sixteen bytes of the content's SHA-256, then title and masked holder in GB 18030, each after its length in one byte. Signed is
`CONTEXT`, the two numbers as they stand in the address, a line end, and the body.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dialogs.masks import surname_only
from handlers.documents.numbers import CODE_ALPHABET, parse_serial
from storage.ports.record import Record

CONTEXT: Final = b"shebao paper token 1\n"
VERSION: Final = 1
KEY_ID_BYTES: Final = 3
CONTENT_BYTES: Final = 16
"""Of the SHA-256: nobody finds a second content with the same 128 bits, and the code stays small."""
TITLE_BYTES: Final = 48
HOLDER_BYTES: Final = 16
LONGEST: Final = 1000
"""Characters that are looked at."""
_SIGNATURE: Final = 64
_HEAD: Final = 1 + KEY_ID_BYTES + CONTENT_BYTES
_FORM: Final = re.compile(rf"(?:^|/)(\d{{18}})/([{CODE_ALPHABET}]{{12}})#t=([A-Z2-7]+)$", re.IGNORECASE)


class Essentials(Record):
    """What a token says. `content` is the beginning of the content's SHA-256 in hex; `sample`: made with a test key, 样章."""

    serial_no: str
    check_code: str
    title: str
    holder: str
    content: str
    key_id: str
    sample: bool

    @property
    def issued_on(self) -> date:
        """As the 流水号 has it."""
        return date(int(self.serial_no[:4]), int(self.serial_no[4:6]), int(self.serial_no[6:8]))


class Proof(Record):
    """What became of a token: `found` is what it says, and is true only where `why` is ''. `why`: unreadable, unknown_key, forged."""

    found: Essentials | None
    why: str

    @property
    def genuine(self) -> bool:
        return self.why == ""


def key_id(public: Ed25519PublicKey) -> str:
    """Six hex digits by which a token names its key."""
    return sha256(public.public_bytes_raw()).digest()[:KEY_ID_BYTES].hex()


class TokenKey:
    """The private key. Signing is deterministic: the same document always has the same token."""

    def __init__(self, private: Ed25519PrivateKey, *, sample: bool) -> None:
        self._private = private
        self.public = private.public_key()
        self.key_id = key_id(self.public)
        self.sample = sample

    def token(self, serial_no: str, check_code: str, title: str, holder: str, content_hash: str) -> str:
        """The token of a document; `holder` is the whole name and only its first character goes in, `content_hash` is SHA-256 in hex."""
        body = b"".join(
            (
                bytes([VERSION << 1 | self.sample]),
                bytes.fromhex(self.key_id),
                bytes.fromhex(content_hash)[:CONTENT_BYTES],
                _packed(title, TITLE_BYTES),
                _packed(surname_only(holder), HOLDER_BYTES),
            )
        )
        signature = self._private.sign(_signed(serial_no, check_code, body))
        return base64.b32encode(body + signature).decode().rstrip("=")


def prove(text: str, keys: Mapping[str, Sequence[Ed25519PublicKey]]) -> Proof:
    """Check a token by public keys alone: `text` is the address out of the QR code, or what follows `/v/` in it. Never raises."""
    said = _read(text)
    if said is None:
        return Proof(None, "unreadable")
    found, body, signature = said
    known = keys.get(found.key_id, ())
    if not known:
        return Proof(found, "unknown_key")
    for key in known:
        try:
            key.verify(signature, _signed(found.serial_no, found.check_code, body))
        except InvalidSignature:
            continue
        return Proof(found, "")
    return Proof(found, "forged")


def has_token(text: str) -> bool:
    """Whether the text is meant as an address with a token, right or wrong."""
    return "#t=" in text[:LONGEST].lower()


def by_id(keys: Sequence[Ed25519PublicKey]) -> dict[str, tuple[Ed25519PublicKey, ...]]:
    """Keys by the id that tokens carry. Two that share one are both tried."""
    found: dict[str, tuple[Ed25519PublicKey, ...]] = {}
    for key in keys:
        found[key_id(key)] = (*found.get(key_id(key), ()), key)
    return found


def _signed(serial_no: str, check_code: str, body: bytes) -> bytes:
    return CONTEXT + f"{serial_no}/{check_code}\n".encode() + body


def _packed(text: str, most: int) -> bytes:
    """With its length before it; a text that is too long is cut between characters and ends in …."""
    whole = _encoded(text)
    while len(whole) > most:
        text = text[:-2].rstrip("…") + "…"
        whole = _encoded(text)
    return bytes([len(whole)]) + whole


def _encoded(text: str) -> bytes:
    return text.encode("gb18030", "replace")


def _read(text: str) -> tuple[Essentials, bytes, bytes] | None:
    found = _FORM.search(text.strip()) if len(text) <= LONGEST else None
    if found is None:
        return None
    serial, code, written = parse_serial(found[1]), found[2].upper(), found[3].upper()
    try:
        raw = base64.b32decode(written + "=" * (-len(written) % 8))
    except ValueError:
        return None
    # One token has one writing: what is left over in the last character must be nothing.
    if serial is None or base64.b32encode(raw).decode().rstrip("=") != written or len(raw) < _HEAD + 2 + _SIGNATURE:
        return None
    body, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if body[0] >> 1 != VERSION:
        return None
    texts = _texts(body[_HEAD:])
    if texts is None:
        return None
    essentials = Essentials(
        serial,
        code,
        *texts,
        content=body[1 + KEY_ID_BYTES : _HEAD].hex(),
        key_id=body[1 : 1 + KEY_ID_BYTES].hex(),
        sample=bool(body[0] & 1),
    )
    return essentials, body, signature


def _texts(rest: bytes) -> tuple[str, str] | None:
    """Title and holder, and nothing behind them."""
    found = []
    for _ in range(2):
        if not rest or len(rest) < 1 + rest[0]:
            return None
        try:
            found.append(rest[1 : 1 + rest[0]].decode("gb18030"))
        except UnicodeDecodeError:
            return None
        rest = rest[1 + rest[0] :]
    return (found[0], found[1]) if not rest else None
