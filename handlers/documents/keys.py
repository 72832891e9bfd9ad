"""The keys that papers are signed with: read from the configuration, public halves as one PEM file, and test keys that say 样章.

Two keys, for two things: RSA signs the file (PAdES; ECDSA would make the file PDF 2.0, which PDF/A-2 forbids), Ed25519 signs the token in
the QR code, where every byte costs. `PublicKeys` is all that is needed to check both, now and after a change of keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

from handlers.documents.tokens import TokenKey
from storage.ports.record import Record

SAMPLE: Final = "样章"
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_LEAST_BITS: Final = 2048


class BadKey(Exception):
    """A key or certificate that cannot be used; the text says in Chinese which and why, and holds nothing of the key."""


class SigningPair(Record):
    """What files are signed with: RSA key, its certificate, and the rest of the chain. `sample`: a test key, marked 样章."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @property
    def sample(self) -> bool:
        return is_sample(self.certificate)

    @property
    def key_id(self) -> str:
        """Beginning of the certificate's fingerprint, after `样章:` for a test key."""
        name = self.certificate.fingerprint(hashes.SHA256()).hex()[:16]
        return f"{SAMPLE}:{name}" if self.sample else name


class PublicKeys(Record):
    """By which papers are believed: keys of tokens, and the certificates that files may be signed with. Older ones stay as long as their papers."""

    tokens: tuple[Ed25519PublicKey, ...] = ()
    certificates: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """As one file, to be given to whoever checks papers."""
        keys = [
            one.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo) for one in self.tokens
        ]
        return b"".join((*keys, *(one.public_bytes(serialization.Encoding.PEM) for one in self.certificates))).decode("ascii")

    def __add__(self, others: PublicKeys) -> PublicKeys:
        raw = {one.public_bytes_raw() for one in self.tokens}
        tokens = (*self.tokens, *(one for one in others.tokens if one.public_bytes_raw() not in raw))
        return PublicKeys(tokens, tuple(dict.fromkeys((*self.certificates, *others.certificates))))


def is_sample(certificate: x509.Certificate) -> bool:
    """Whether a certificate says of itself that it is for tests."""
    names = (*certificate.subject, *certificate.issuer)
    return any(SAMPLE in str(one.value) or "测试" in str(one.value) for one in names)


def public_keys(pem: str) -> PublicKeys:
    """The keys in a PEM file: PUBLIC KEY (Ed25519) and CERTIFICATE blocks in any order. Raises BadKey."""
    tokens: list[Ed25519PublicKey] = []
    certificates: list[x509.Certificate] = []
    for found in _BLOCK.finditer(pem.encode()):
        try:
            if found[1] == b"CERTIFICATE":
                certificates.append(x509.load_pem_x509_certificate(found[0]))
                continue
            key = serialization.load_pem_public_key(found[0])
        except ValueError:
            raise BadKey("公钥文件里有一段读不出来，应当是 PUBLIC KEY 或 CERTIFICATE") from None
        if not isinstance(key, Ed25519PublicKey):
            raise BadKey("公钥文件里的 PUBLIC KEY 应当是 Ed25519 的")
        tokens.append(key)
    if pem.strip() and not tokens and not certificates:
        raise BadKey("公钥文件里没有 PUBLIC KEY，也没有 CERTIFICATE")
    return PublicKeys(tuple(tokens), tuple(certificates))


def signing_pair(key_pem: str, certificate_pem: str, passphrase: str = "") -> SigningPair:
    """Key and certificate for files; the certificate's own first, the chain after it. Raises BadKey."""
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), passphrase.encode() or None)
    except (ValueError, TypeError):
        raise BadKey("签名私钥打不开：应当是 PEM，有密码时填 signing_passphrase，没有就空着") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _LEAST_BITS:
        raise BadKey(f"签名私钥应当是 RSA，至少 {_LEAST_BITS} 位（别的会让文件不再是 PDF/A-2）")
    try:
        own, *chain = x509.load_pem_x509_certificates(certificate_pem.encode())
    except ValueError:
        raise BadKey("签名证书打不开：应当是 PEM，自己的证书放在最前面") from None
    if own.public_key() != key.public_key():
        raise BadKey("签名证书和签名私钥不是一对")
    return SigningPair(key, own, tuple(chain))


def token_key(key_pem: str, *, sample: bool) -> TokenKey:
    """The key for tokens. Raises BadKey."""
    try:
        key = serialization.load_pem_private_key(key_pem.encode(), None)
    except (ValueError, TypeError):
        raise BadKey("二维码签名的私钥打不开：应当是没有密码的 PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("二维码签名的私钥应当是 Ed25519")
    return TokenKey(key, sample=sample)


# ── test keys ───────────────────────────────────────────────────────────────────────────────────────────────────────


class NewKeys(Record):
    """PEM texts of freshly made keys that say 样章."""

    signing_key: str
    signing_cert: str
    token_key: str


def new_test_keys() -> NewKeys:
    """Keys for trying out: whatever is signed with them says that it proves nothing. The certificate is valid for all of this century."""
    key, token = generate_private_key(65537, _LEAST_BITS), Ed25519PrivateKey.generate()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{SAMPLE}（仅供测试）"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{SAMPLE} 社保单据测试签名"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2000, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 12, 31, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return NewKeys(_private(key), certificate.public_bytes(serialization.Encoding.PEM).decode(), _private(token))


def _private(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


# ── what the product holds ──────────────────────────────────────────────────────────────────────────────────────────


class PaperKeys(Record):
    """What papers are made and checked with. Without `pair` files are not signed, without `token` the QR code holds the plain address."""

    pair: SigningPair | None = None
    token: TokenKey | None = None
    public: PublicKeys = PublicKeys()

    @property
    def sample(self) -> bool:
        """Whether what is made now says 样章."""
        return bool((self.pair and self.pair.sample) or (self.token and self.token.sample))


def paper_keys(signing_key: str, signing_cert: str, passphrase: str, token_pem: str, previous: str) -> PaperKeys:
    """Everything from the configured texts, each '' where there is none. A token is a test token where the certificate is one. Raises BadKey."""
    pair = signing_pair(signing_key, signing_cert, passphrase) if signing_key else None
    token = token_key(token_pem, sample=bool(pair and pair.sample)) if token_pem else None
    own = PublicKeys((token.public,) if token else (), (pair.certificate,) if pair else ())
    return PaperKeys(pair, token, own + public_keys(previous))


def certificates_in(chain: Sequence[x509.Certificate]) -> tuple[bytes, ...]:
    """Each as DER."""
    return tuple(one.public_bytes(serialization.Encoding.DER) for one in chain)
