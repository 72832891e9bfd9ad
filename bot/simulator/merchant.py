"""Keys of WeChat Pay and of the one merchant that it serves here, and what is done with them (API v3). Written with `cryptography` alone:
what passes between the bot and the cashier is the agreement of two implementations."""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SCHEME = "WECHATPAY2-SHA256-RSA2048"
_FIELD = re.compile(r'([a-z_]+)="([^"]*)"')
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class SimMerchant:
    """A merchant as the platform knows it, and the platform's own key. Keys are PEM."""

    mch_id: str
    name: str
    cert_serial_no: str
    api_v3_key: str = field(repr=False)
    merchant_public_key: str = field(repr=False)
    platform_private_key: str = field(repr=False)
    public_key_id: str

    @property
    def platform_public_key(self) -> str:
        """What the platform gives the merchant to check its signatures with (微信支付公钥)."""
        return _public_pem(_private(self.platform_private_key))


@dataclass(frozen=True, slots=True)
class NewMerchant:
    """A merchant that has just been made; `private_key` is the half that only the merchant has."""

    merchant: SimMerchant
    private_key: str = field(repr=False)


def new_merchant(name: str = "社保服务（演示商户）") -> NewMerchant:
    """A merchant with fresh keys."""
    own, platform = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    merchant = SimMerchant(
        mch_id=f"19{secrets.randbelow(10**8):08d}",
        name=name,
        cert_serial_no=secrets.token_hex(20).upper(),
        api_v3_key="".join(secrets.choice(_ALPHABET) for _ in range(32)),
        merchant_public_key=_public_pem(own),
        platform_private_key=_private_pem(platform),
        public_key_id=f"PUB_KEY_ID_{secrets.randbelow(10**20):020d}",
    )
    return NewMerchant(merchant, _private_pem(own))


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def _public_pem(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


@lru_cache(maxsize=8)
def _private(pem: str) -> rsa.RSAPrivateKey:
    """Read once: looking whether it is a good key takes longer than signing with it."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key


class Vault:
    """Signs as the platform, verifies the merchant, seals notices."""

    def __init__(self, merchant: SimMerchant) -> None:
        self._merchant = merchant
        self._platform = _private(merchant.platform_private_key)
        key = serialization.load_pem_public_key(merchant.merchant_public_key.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError("not an RSA key")
        self._public = key
        self._stranger: rsa.RSAPrivateKey | None = None

    def headers(self, body: bytes, stamp: int, *, forged: bool = False) -> dict[str, str]:
        """What goes with a body that the platform has signed at `stamp`; `forged` signs with a key that is not the platform's."""
        nonce = secrets.token_hex(16)
        key = self._platform
        if forged:
            key = self._stranger = self._stranger or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        signed = key.sign(f"{stamp}\n{nonce}\n".encode() + body + b"\n", padding.PKCS1v15(), hashes.SHA256())
        return {
            "Wechatpay-Timestamp": str(stamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self._merchant.public_key_id,
            "Wechatpay-Signature": base64.b64encode(signed).decode(),
            "Wechatpay-Signature-Type": SCHEME,
        }

    def verify(self, text: str, signature: str) -> bool:
        """Whether the merchant has signed the text."""
        try:
            self._public.verify(base64.b64decode(signature, validate=True), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True

    def seal(self, plain: dict[str, Any], associated: str) -> dict[str, str]:
        """A resource as a notice carries it: AES-256-GCM under the merchant's API v3 key."""
        nonce = secrets.token_hex(6)
        body = json.dumps(plain, ensure_ascii=False).encode()
        sealed = AESGCM(self._merchant.api_v3_key.encode()).encrypt(nonce.encode(), body, associated.encode())
        return {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(sealed).decode(),
            "associated_data": associated,
            "nonce": nonce,
        }


def authorization(header: str) -> dict[str, str]:
    """The fields of an Authorization header of API v3; empty when it is none."""
    scheme, _, rest = header.partition(" ")
    return dict(_FIELD.findall(rest)) if scheme == SCHEME else {}
