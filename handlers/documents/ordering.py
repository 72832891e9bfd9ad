"""What is said to the process that makes documents (`handlers.documents.printing`), and what it answers.

Apart from it, because the server that orders has no use for most of what making needs. A frame is a length (four bytes, the highest first)
and so many bytes of MessagePack.
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import IO, TYPE_CHECKING, Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from handlers.documents.issued import Issued
from handlers.documents.keys import SigningPair

if TYPE_CHECKING:
    from handlers.documents.signing import FileSigner

LENGTH: Final = struct.Struct(">I")


class Stamp(msgspec.Struct, frozen=True):
    """What is signed with, as DER: PKCS #8 key and certificates, the signer's first; and the reason that stands in the signature."""

    key: bytes
    certificates: tuple[bytes, ...]
    reason: str

    def __repr__(self) -> str:
        """Nothing of it belongs in a log."""
        return "Stamp()"

    @classmethod
    def of(cls, signer: FileSigner) -> Stamp:
        """To be sent through a pipe to a process of ours, and nowhere else."""
        pair = signer.pair
        key = pair.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return cls(key, tuple(one.public_bytes(Encoding.DER) for one in (pair.certificate, *pair.chain)), signer.reason)

    def signer(self) -> FileSigner:
        """The inverse. Raises ValueError."""
        from handlers.documents.signing import FileSigner  # noqa: PLC0415 - half of what there is to import, and many files are not signed

        key = load_der_private_key(self.key, None)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("not an RSA key")
        first, *chain = (x509.load_der_x509_certificate(one) for one in self.certificates)
        return FileSigner(SigningPair(key, first, tuple(chain)), self.reason)


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be made: `do` is pdf, signed, chart, xlsx, or page (page `number` of `file`)."""

    do: str
    issued: Issued | None = None
    stamp: Stamp | None = None
    at: datetime | None = None
    chart: str = ""
    file: bytes = b""
    number: int = 1


class Made(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of it: files, and of how many pages. `trouble`: '', unprintable (`about` says which characters), page (there is none), value (`about`), other
    (`about` is a class name)."""

    files: tuple[bytes, ...] = ()
    pages: int = 0
    trouble: str = ""
    about: str = ""


def read_frame(source: IO[bytes]) -> bytes | None:
    """The next one; None at the end, also in the middle of one."""
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    body = source.read(size)
    return body if len(body) == size else None


def write_frame(target: IO[bytes], body: bytes) -> None:
    """One frame, sent at once."""
    target.write(LENGTH.pack(len(body)))
    target.write(body)
    target.flush()
