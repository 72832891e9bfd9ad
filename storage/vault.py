"""Secrets at rest: values are sealed so that a copied database shows nothing, and hashed with a key so that they can still be found.

Everything hangs on one master key of the deployment. A key for each purpose is derived from it (HKDF-SHA256), so that a value sealed
as a name cannot be passed off as a phone number, and two tables that hold the hash of the same number cannot be joined on it.
"""

from __future__ import annotations

import contextlib
import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_SALT = b"shebao-bot vault 1"


class Sealed(ValueError):
    """The value was not sealed by any key that this vault has, or for another purpose, or it was changed since."""


def _derive(master: bytes, info: str, length: int) -> bytes:
    return HKDF(SHA256(), length, _SALT, info.encode()).derive(master)


class Vault:
    """Seals (AES-256-GCM) and hashes (HMAC-SHA256) under keys derived from a master key.

    Changing the master key: give the new one as `master_key` and the former ones, newest first, as `previous`. New values are then
    sealed under the new key and old ones can still be opened. Hashes stay as they are, made with the oldest key given, because rows
    are found by them: an old key may be dropped only after the rows have been written anew.
    """

    def __init__(self, master_key: bytes, previous: Sequence[bytes] = ()) -> None:
        self._masters = (master_key, *previous)
        if any(len(key) < 32 for key in self._masters):
            raise ValueError("a master key has at least 32 bytes")
        self._ids = tuple(_derive(key, "key id", 1) for key in self._masters)
        self._ciphers: dict[tuple[int, str], tuple[AESGCM, bytes]] = {}
        self._digest_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Vault({len(self._masters)} keys)"

    def _cipher(self, which: int, purpose: str) -> tuple[AESGCM, bytes]:
        """The cipher, and the purpose as it is sealed in with every value."""
        found = self._ciphers.get((which, purpose))
        if found is None:
            cipher = AESGCM(_derive(self._masters[which], f"seal:{purpose}", 32))
            found = self._ciphers[which, purpose] = cipher, purpose.encode()
        return found

    def _digest_key(self, purpose: str) -> bytes:
        found = self._digest_keys.get(purpose)
        if found is None:
            found = self._digest_keys[purpose] = _derive(self._masters[-1], f"digest:{purpose}", 32)
        return found

    def seal(self, value: bytes | str, purpose: str) -> bytes:
        """Key id (1 byte), nonce (12), ciphertext and tag (16). Sealing the same value twice gives different bytes."""
        nonce = os.urandom(_NONCE)
        plain = value.encode() if isinstance(value, str) else value
        cipher, told = self._cipher(0, purpose)
        return self._ids[0] + nonce + cipher.encrypt(nonce, plain, told)

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for that purpose; raises `Sealed` for anything else."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        for which, key_id in enumerate(self._ids):
            # The id is one byte, so two keys may share it: each that fits is tried.
            if sealed[:1] == key_id:
                cipher, told = self._cipher(which, purpose)
                try:
                    return cipher.decrypt(nonce, body, told)
                except (InvalidTag, ValueError):
                    continue
        raise Sealed(f"cannot open a value sealed for {purpose!r}")

    def renewed(self, sealed: bytes, purpose: str) -> bytes | None:
        """The same value sealed under the newest key; None when it is already. Raises `Sealed` as `open`."""
        plain = self.open(sealed, purpose)
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if sealed[:1] == self._ids[0]:  # one byte, which an older key may share
            cipher, told = self._cipher(0, purpose)
            with contextlib.suppress(InvalidTag):
                cipher.decrypt(nonce, body, told)
                return None
        return self.seal(plain, purpose)

    def text(self, sealed: bytes, purpose: str) -> str:
        """As `open`, for text."""
        return self.open(sealed, purpose).decode()

    def mac(self, message: bytes, purpose: str) -> bytes:
        """The whole keyed hash (32 bytes)."""
        return hmac.digest(self._digest_key(purpose), message, "sha256")

    def digest(self, text: str, purpose: str) -> str:
        """A keyed hash to find or compare a value by: 32 hex characters, always the same for the same text and purpose."""
        return self.mac(text.encode(), purpose)[:16].hex()
