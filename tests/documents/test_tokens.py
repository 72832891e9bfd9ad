"""The signed token in the QR code: what it says, and that nothing but what we signed is believed."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.documents import paper_keys, public_keys
from handlers.documents.tokens import Essentials, TokenKey, by_id, has_token, prove
from tests.documents.samples import CODE, SERIAL, VERIFY_URL
from tests.papers import keys

CONTENT = "0123456789abcdef" * 4
KEY = TokenKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))), sample=False)
OURS = by_id([KEY.public])
ADDRESS = f"{VERIFY_URL}#t={KEY.token(SERIAL, CODE, '参保人员缴费信息', '张建国', CONTENT)}"
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def test_a_token_says_what_was_issued_and_to_whom() -> None:
    """Title, masked holder, day, both numbers, the content and the key; the day is the one in the 流水号."""
    proof = prove(ADDRESS, OURS)
    assert proof.genuine
    assert proof.found == Essentials(SERIAL, CODE, "参保人员缴费信息", "张*", CONTENT[:32], KEY.key_id, sample=False)
    assert proof.found.issued_on.isoformat() == "2024-09-12"


def test_nothing_more_of_the_holder_is_in_it() -> None:
    """The given name is nowhere in the bytes."""
    token = ADDRESS.partition("#t=")[2]
    raw = base64.b32decode(token + "=" * (-len(token) % 8))
    assert "张".encode("gb18030") in raw
    assert "建国".encode("gb18030") not in raw


def test_the_part_behind_the_address_is_enough_and_case_does_not_matter() -> None:
    """As somebody copies it; the same document always has the same token."""
    tail = ADDRESS.partition("/v/")[2]
    assert prove(tail, OURS).genuine
    assert prove(f"  {ADDRESS.lower()}\n", OURS).genuine
    assert ADDRESS.endswith(KEY.token(SERIAL, CODE, "参保人员缴费信息", "张建国", CONTENT))
    assert has_token(tail)
    assert not has_token(VERIFY_URL)


@given(st.integers(0, len(ADDRESS.partition("#t=")[2]) - 1), st.sampled_from(ALPHABET))
@settings(max_examples=150, deadline=None)
def test_no_single_change_of_the_token_is_believed(at: int, char: str) -> None:
    """Wherever one character becomes another one."""
    head, _, token = ADDRESS.partition("#t=")
    changed = token[:at] + char + token[at + 1 :]
    assert prove(f"{head}#t={changed}", OURS).genuine == (changed == token)


@given(st.integers(0, len(ADDRESS.partition("#t=")[2]) - 1))
@settings(max_examples=60, deadline=None)
def test_no_part_of_a_token_is_believed(length: int) -> None:
    """Cut anywhere, doubled, or with something behind it."""
    head, _, token = ADDRESS.partition("#t=")
    assert not prove(f"{head}#t={token[:length]}", OURS).genuine
    assert not prove(f"{head}#t={token}{token[:length] or 'A'}", OURS).genuine


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_whatever_is_pasted_is_answered(text: str) -> None:
    """Never an exception, never believed."""
    assert not prove(text, OURS).genuine
    assert not prove(f"{SERIAL}/{CODE}#t={text}", OURS).genuine


@given(st.binary(min_size=64, max_size=160))
@settings(max_examples=100, deadline=None)
def test_bytes_that_we_did_not_sign_are_not_believed(raw: bytes) -> None:
    """Also those that begin like a token of the right key."""
    body = bytes([2]) + bytes.fromhex(KEY.key_id) + raw
    written = base64.b32encode(body).decode().rstrip("=")
    assert not prove(f"{SERIAL}/{CODE}#t={written}", OURS).genuine


def test_the_token_of_one_paper_proves_no_other() -> None:
    """Moved to another 流水号 or another 校验码 it is forged."""
    token = ADDRESS.partition("#t=")[2]
    other_serial, other_code = "202409121100000015", "7KXM29HWT4FX"
    assert prove(f"{SERIAL}/{other_code}#t={token}", OURS).why == "forged"
    assert prove(f"{other_serial}/{CODE}#t={token}", OURS).why in ("forged", "unreadable")


def test_another_key_is_unknown_and_one_that_claims_our_id_is_forged() -> None:
    """By the id that the token carries."""
    stranger = TokenKey(Ed25519PrivateKey.generate(), sample=False)
    theirs = f"{VERIFY_URL}#t={stranger.token(SERIAL, CODE, '参保人员缴费信息', '张建国', CONTENT)}"
    assert prove(theirs, OURS).why == "unknown_key"
    stranger.key_id = KEY.key_id
    claimed = f"{VERIFY_URL}#t={stranger.token(SERIAL, CODE, '参保人员缴费信息', '张建国', CONTENT)}"
    assert prove(claimed, OURS).why == "forged"


def test_after_a_change_of_keys_old_papers_are_still_believed() -> None:
    """The old public key stands among the previous ones; without it the paper is of an unknown key."""
    old, new = keys("old"), keys("new")
    assert old.token is not None
    paper = f"{VERIFY_URL}#t={old.token.token(SERIAL, CODE, '养老金明细', '李秀英', CONTENT)}"
    assert prove(paper, by_id(new.public.tokens)).why == "unknown_key"
    kept = (new.public + public_keys(old.public.pem)).tokens
    assert prove(paper, by_id(kept)).genuine
    assert paper_keys("", "", "", "", old.public.pem).public.tokens == old.public.tokens


def test_a_test_key_is_told_in_the_token() -> None:
    """样章 is signed with the rest."""
    sample = keys().token
    assert sample is not None
    proof = prove(f"{VERIFY_URL}#t={sample.token(SERIAL, CODE, '参保人员缴费信息', '张建国', CONTENT)}", by_id([sample.public]))
    assert proof.genuine
    assert proof.found is not None
    assert proof.found.sample


def test_long_titles_are_cut_and_rare_names_are_kept() -> None:
    """The code stays small enough to be read: a title of at most 48 bytes; a surname beyond the BMP is whole."""
    token = KEY.token(SERIAL, CODE, "参保人员缴费信息及待遇领取情况综合证明" * 3, "𬭚建国", CONTENT)
    found = prove(f"{VERIFY_URL}#t={token}", OURS).found
    assert found is not None
    assert found.title.startswith("参保人员缴费信息及待遇领取情况综合证明参")
    assert found.title.endswith("…")
    assert len(found.title.encode("gb18030")) <= 48
    assert found.holder == "𬭚*"
    assert len(token) < 240
