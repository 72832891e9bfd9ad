"""Signed files: checked by pyHanko and by poppler's pdfsig, still PDF/A-2a, and the token read from the raster of the page."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from asn1crypto.core import OctetString
from PIL import Image, ImageFilter

from handlers.darkroom import codes
from handlers.documents import BadKey, Issued, PublicKeys, Renderer, new_test_keys, paper_keys, public_keys
from handlers.documents.keys import certificates_in
from handlers.documents.pdf import render_pdf
from handlers.documents.reading import codes_of_pdf
from handlers.documents.signing import FileSigner, prove_file
from handlers.documents.tokens import by_id, prove
from handlers.documents.typesetter import Typesetter
from storage.ports.time import SHANGHAI
from tests.documents.samples import CODE, SERIAL, VERIFY_URL, issued, long_table, statement
from tests.documents.test_pdf import pages_of
from tests.papers import keys, photo, raster

AT = datetime(2024, 9, 12, 10, 3, tzinfo=SHANGHAI)


def with_token(rows: int = 0) -> Issued:
    """A sample as the pages make it: with its token, and marked 样章, since the key is one for tests."""
    token = keys().token
    assert token is not None
    made = issued(statement(long_table(rows))) if rows else issued()
    address = f"{VERIFY_URL}#t={token.token(SERIAL, CODE, made.statement.title, made.statement.holder, 'ab' * 32)}"
    return replace(made, verify_url=address, sample=True)


def signer(which: str = "ours") -> FileSigner:
    pair = keys(which).pair
    assert pair is not None
    return FileSigner(pair)


@pytest.fixture(scope="module")
def plain(typesetter: Typesetter) -> bytes:
    return render_pdf(with_token(), typesetter)


@pytest.fixture(scope="module")
def signed(plain: bytes) -> bytes:
    return signer().sign(plain, AT)


def test_the_signature_covers_the_whole_file_and_says_who_and_when(signed: bytes) -> None:
    """Checked by pyHanko with our certificate alone; the name says 样章, the time is our clock's."""
    proof = prove_file(signed, keys().public)
    assert proof.why == ""
    assert proof.genuine
    assert proof.sample
    assert "样章" in proof.signer
    assert proof.at == AT


def test_long_documents_are_signed_too(typesetter: Typesetter) -> None:
    """Packed into object streams first."""
    made = signer().sign(render_pdf(with_token(200), typesetter), AT)
    assert prove_file(made, keys().public).genuine


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils")
def test_pdfsig_says_the_same(signed: bytes, tmp_path: Path) -> None:
    """The second tool: valid, all of the document, PAdES; and a changed byte is a digest mismatch."""
    file = tmp_path / "a.pdf"
    file.write_bytes(signed)
    told = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told
    altered = bytearray(signed)
    altered[2000] ^= 1
    file.write_bytes(bytes(altered))
    told = subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" not in told


def test_it_is_still_pdf_a_2a(plain: bytes, signed: bytes) -> None:
    """Version 1.7, the profile's own claim, tags, no script; the signature's field is printable and invisible, and nothing else was added."""
    assert signed.startswith(plain)
    with pikepdf.open(io.BytesIO(signed)) as document:
        assert document.pdf_version == "1.7"
        assert "/Version" not in document.Root
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "A")
        assert document.Root.MarkInfo.Marked
        assert document.Root.OutputIntents
        form = document.Root.AcroForm
        assert "/NeedAppearances" not in form
        assert "/XFA" not in form
        (field,) = form.Fields
        assert int(field.F) & 4
        assert [float(one) for one in field.Rect][2:] == [0, 0]
        assert field.V.SubFilter == "/ETSI.CAdES.detached"
        assert "/JavaScript" not in str(document.Root.keys())


@pytest.mark.parametrize(("at", "why"), [(30, None), (3000, "altered"), (40000, "altered")])
def test_a_changed_byte_is_found(signed: bytes, at: int, why: str | None) -> None:
    """Wherever it is."""
    altered = bytearray(signed)
    altered[at] ^= 1
    proof = prove_file(bytes(altered), keys().public)
    assert not proof.genuine
    assert why is None or proof.why == why


def _place(signed: bytes) -> tuple[int, int]:
    """Where the digits of the signature begin and end."""
    begin = signed.index(b"<", signed.rindex(b"/Contents")) + 1
    return begin, signed.index(b">", begin)


def test_the_signature_s_own_place_holds_nothing_else(signed: bytes) -> None:
    """What no signature can cover is looked at digit by digit: padding that is no zero, other capitals, blanks are an alteration."""
    begin, end = _place(signed)
    assert signed[end - 200 : end] == b"0" * 200
    hidden = signed[: end - 16] + b"48494444454E2121" + signed[end:]
    lower = signed[:begin] + signed[begin:end].lower() + signed[end:]
    blank = signed[: end - 2] + b"  " + signed[end:]
    for changed in (hidden, lower, blank):
        assert len(changed) == len(signed)
        assert not prove_file(changed, keys().public).genuine
    assert prove_file(hidden, keys().public).why == "altered"


def test_nothing_is_hidden_inside_the_signature_either(signed: bytes) -> None:
    """An attribute that is not signed, and a certificate that has nothing to do with it, leave the signature right and the file is refused."""
    begin, end = _place(signed)
    stranger = keys("stranger").pair
    assert stranger is not None
    for what in ("attribute", "certificate"):
        held = cms.ContentInfo.load(bytes.fromhex(signed[begin:end].decode()))
        content = held["content"]
        if what == "attribute":
            content["signer_infos"][0]["unsigned_attrs"] = [{"type": "1.2.3.4.5", "values": [OctetString(b"hidden")]}]
        else:
            own = [one.chosen.dump() for one in content["certificates"]]
            (other,) = certificates_in((stranger.certificate,))
            content["certificates"] = [
                cms.CertificateChoices("certificate", asn1_x509.Certificate.load(one)) for one in (*own, other)
            ]
        body = held.dump(force=True).hex().upper().encode()
        assert len(body) < end - begin
        changed = signed[:begin] + body.ljust(end - begin, b"0") + signed[end:]
        assert prove_file(changed, keys().public).why == "altered", what


def test_what_was_added_behind_the_signature_is_told(signed: bytes) -> None:
    """An incremental update, and plain bytes."""
    assert prove_file(signed + b"\n% more\n", keys().public).why == "partly"


def test_others_signatures_and_none_are_told_apart(plain: bytes) -> None:
    """A good signature by a certificate that we do not know, no signature, no PDF, nothing."""
    strangers = signer("stranger").sign(plain, AT)
    assert prove_file(strangers, keys().public).why == "unknown_signer"
    assert prove_file(strangers, PublicKeys()).why == "unknown_signer"
    assert prove_file(plain, keys().public).why == "unsigned"
    assert prove_file(b"not a pdf", keys().public).why == "unreadable"
    assert prove_file(b"", keys().public).why == "unreadable"


def test_the_previous_certificate_is_still_believed(plain: bytes) -> None:
    """After a change of keys, as long as it stands among the previous keys."""
    old = signer("old").sign(plain, AT)
    both = keys("new").public + public_keys(keys("old").public.pem)
    assert prove_file(old, both).genuine
    assert prove_file(old, keys("new").public).why == "unknown_signer"


def test_a_test_key_is_written_on_every_page(typesetter: Typesetter) -> None:
    """样章 in the frame of the first page and in the head of the others."""
    pages = pages_of(render_pdf(with_token(200), typesetter))
    assert len(pages) > 2
    assert all("样章" in page for page in pages)
    assert all("样章" not in page for page in pages_of(render_pdf(issued(), typesetter)))


@pytest.mark.parametrize("dpi", [100, 150])
@pytest.mark.parametrize("turned", [0, 3, -8, 180])
def test_the_token_is_read_from_the_raster(signed: bytes, dpi: int, turned: float) -> None:
    """At 100 and 150 dpi, straight, askew and upside down, a little out of focus: the whole address, and it proves the paper."""
    picture = raster(signed, dpi).rotate(turned, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    found = zxingcpp.read_barcodes(picture)
    assert [one.text for one in found] == [with_token().verify_url]
    assert prove(found[0].text, by_id(keys().public.tokens)).genuine


@pytest.mark.parametrize(("dpi", "turned", "blurred"), [(100, 4, 0.7), (130, -6, 1.0), (150, 90, 1.0), (150, 12, 1.5)])
def test_the_token_is_read_from_a_photo(signed: bytes, dpi: int, turned: float, blurred: float) -> None:
    """On a table, askew, blurred, as JPEG: enlarged and sharpened until it reads."""
    assert codes(photo(signed, dpi, turned, blurred), "JPEG") == [with_token().verify_url]


def test_a_photo_without_a_code_has_none() -> None:
    """No error: there is only nothing in it."""
    held = io.BytesIO()
    Image.effect_noise((900, 700), 60).filter(ImageFilter.GaussianBlur(2)).save(held, "PNG")
    assert codes(held.getvalue(), "PNG") == []


def test_the_code_of_a_file_is_found(signed: bytes) -> None:
    """For `verify FILE`; none in what is no PDF."""
    assert codes_of_pdf(signed) == (with_token().verify_url,)
    assert codes_of_pdf(b"%PDF-1.7 nothing") == ()


async def test_signing_goes_on_beside_the_loop(renderer: Renderer) -> None:
    """In the renderer's threads: six at once are six right files, and the loop ticks meanwhile."""
    own = signer()
    work = asyncio.gather(*(renderer.signed_pdf(with_token(), own, AT) for _ in range(6)))
    ticks = 0
    while not work.done():
        await asyncio.wait(
            {work}, timeout=0.002
        )  # a loop that ticks without a pause would take the processor from what it waits for
        ticks += 1
    made = await work
    assert ticks > 20
    assert len(set(made)) == 6
    proofs = await asyncio.gather(*(asyncio.to_thread(prove_file, one, keys().public) for one in made))
    assert all(proof.genuine for proof in proofs)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("nonsense", "nonsense", "", "", ""), "签名私钥打不开"),
        (("", "", "", "nonsense", ""), "二维码签名的私钥打不开"),
        (("", "", "", "", "nonsense"), "没有 PUBLIC KEY"),
    ],
)
def test_keys_that_cannot_be_used_are_told(given: tuple[str, str, str, str, str], told: str) -> None:
    """In a sentence for the operator."""
    with pytest.raises(BadKey, match=told):
        paper_keys(*given)


def test_a_certificate_of_another_key_is_told() -> None:
    """Else nobody could check what is signed."""
    one, other = new_test_keys(), new_test_keys()
    with pytest.raises(BadKey, match="不是一对"):
        paper_keys(one.signing_key, other.signing_cert, "", "", "")
    with pytest.raises(BadKey, match="RSA"):
        paper_keys(one.token_key, one.signing_cert, "", "", "")
    with pytest.raises(BadKey, match="Ed25519"):
        paper_keys("", "", "", one.signing_key, "")
