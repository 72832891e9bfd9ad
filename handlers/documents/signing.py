"""PAdES (B-B): a finished PDF/A-2a is signed as it is, and stays PDF/A-2a; and the check of such a file, offline.

The only place that knows pyHanko. Signing is CPU-bound (35 ms): call it in a thread. The bytes are never the same twice, so a signed file
is kept (`handlers.paper_files`).
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.validation import EmbeddedPdfSignature, async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.context import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from handlers.documents.keys import PublicKeys, SigningPair, certificates_in, is_sample
from storage.ports.record import Record

FIELD = "Signature1"
_RESERVED = 16384
"""Bytes for the signature: certificate, chain and all. Fixed, since an estimate costs another signature."""

for _name in ("pyhanko", "pyhanko_certvalidator"):  # what is wrong with somebody's file is an answer, no error of ours
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class _CachedKey(Signer):
    """Signs with a key object that is kept: loading one costs more than signing."""

    def __init__(self, pair: SigningPair) -> None:
        own, *chain = (asn1_x509.Certificate.load(der) for der in certificates_in((pair.certificate, *pair.chain)))
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(chain)
        super().__init__(signing_cert=own, cert_registry=store, embed_roots=True)
        self._key = pair.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if dry_run:
            return bytes(self._key.key_size // 8)
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class _AtOurTime(PdfSigner):
    """The time of signing is our clock's."""

    at: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


class FileSigner:
    """Signs files with one pair of key and certificate. Safe to call from several threads."""

    def __init__(self, pair: SigningPair, reason: str = "社保单据电子签名") -> None:
        self.pair = pair
        self.reason = reason
        self._signer = _CachedKey(pair)
        self._stated = f"{reason}（样章，仅供测试）" if pair.sample else reason
        self.key_id = pair.key_id
        self.sample = pair.sample

    def sign(self, pdf: bytes, at: datetime) -> bytes:
        """The file with a certifying signature over the whole of it that allows no change afterwards. CPU-bound. Not inside an event loop's thread."""
        metadata = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
            reason=self._stated,
        )
        signing = _AtOurTime(metadata, self._signer, new_field_spec=SigFieldSpec(FIELD))
        signing.at = at
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        made = asyncio.run(signing.async_sign_pdf(writer, bytes_reserved=_RESERVED))
        return bytes(made.getbuffer())


class FileProof(Record):
    """What the signature of a file says. `why`: '' (right and all of the file), unsigned, unreadable, altered, partly (something was added
    behind it), unknown_signer. `signer` and `at` are as the file says, true only where `why` is ''."""

    why: str
    signer: str = ""
    at: datetime | None = None
    sample: bool = False

    @property
    def genuine(self) -> bool:
        return self.why == ""


def prove_file(pdf: bytes, keys: PublicKeys) -> FileProof:
    """Check the signature of a PDF by the certificates that we know; nothing is fetched. CPU-bound, never raises for what is in the file.

    Believed is who is named in `keys` and nobody else, at the time that the signature says (there is no time-stamp: PAdES B-B).
    """
    return asyncio.run(_proved(pdf, keys.certificates))


async def _proved(pdf: bytes, known: Sequence[x509.Certificate]) -> FileProof:
    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
        if not signatures:
            return FileProof("unsigned")
        signature = signatures[0]
        claimed = signature.self_reported_timestamp
        signer = signature.signer_cert
        trusted = [asn1_x509.Certificate.load(der) for der in certificates_in(known)]
        context = ValidationContext(trust_roots=trusted, allow_fetching=False, moment=claimed)
        status = await async_validate_pdf_signature(signature, context)
        tight = _nothing_beside(pdf, signature)
    except (PdfReadError, SignatureValidationError, SigningError, ValueError, TypeError, KeyError, IndexError, OSError):
        return FileProof("unreadable")
    name = str(signer.subject.native.get("common_name", ""))
    sample = is_sample(x509.load_der_x509_certificate(signer.dump()))
    if not status.intact or not status.valid or not tight:
        return FileProof("altered", name, claimed, sample)
    if len(signatures) != 1 or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        return FileProof("partly", name, claimed, sample)
    if not status.trusted:
        return FileProof("unknown_signer", name, claimed, sample)
    return FileProof("" if status.bottom_line else "altered", name, claimed, sample)


def _nothing_beside(pdf: bytes, signature: EmbeddedPdfSignature) -> bool:
    """Whether the one part that a signature cannot cover, its own place in the file, holds the signature and nothing else.

    The place is longer than what stands in it. Written there is exactly what we write: hexadecimal in capitals, DER, zeros behind it; and
    in the DER no lists that nothing vouches for (attributes, revocations, algorithms), and no certificates but the signer's and its issuers'.
    """
    _, begin, end, _ = signature.byte_range
    place = pdf[begin:end]
    der = cms.ContentInfo.load(bytes.fromhex(place[1:-1].decode("ascii"))).dump()
    if place != b"<" + der.hex().upper().encode().ljust(len(place) - 2, b"0") + b">":
        return False
    signed = cms.ContentInfo.load(der)["content"]
    one = signed["signer_infos"][0]
    algorithms = [*signed["digest_algorithms"], one["digest_algorithm"], one["signature_algorithm"]]
    nothing = (one["unsigned_attrs"].native, signed["crls"].native, signed["encap_content_info"]["content"].native)
    return (
        len(signed["signer_infos"]) == 1
        and len(signed["digest_algorithms"]) == 1
        and all(not part for part in (*nothing, *(used["parameters"].native for used in algorithms)))
        and _one_chain(signature.signer_cert.dump(), [held.chosen.dump() for held in signed["certificates"]])
    )


def _one_chain(signer: bytes, held: Sequence[bytes]) -> bool:
    """Whether each certificate is the signer's own, or that of who issued one of the others; none twice."""
    loaded = [x509.load_der_x509_certificate(one) for one in held]
    return len(set(held)) == len(held) and all(
        der == signer or any(_issued_by(other, mine) for other in loaded if other != mine)
        for der, mine in zip(held, loaded, strict=True)
    )


def _issued_by(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
