"""Sealing, hashing, and changing the key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import Sealed, Vault

OLD, NEW = Vault(b"o" * 32), Vault(b"n" * 32, previous=[b"o" * 32])


@given(st.binary(max_size=2000), st.text(min_size=1, max_size=20))
def test_what_is_sealed_can_be_opened(value: bytes, purpose: str) -> None:
    """For its purpose, and it never shows itself or looks the same twice."""
    sealed = OLD.seal(value, purpose)
    assert OLD.open(sealed, purpose) == value
    assert sealed != OLD.seal(value, purpose)
    assert len(value) < 8 or value not in sealed


@given(st.binary(max_size=60), st.integers(0, 500), st.integers(1, 255))
def test_a_changed_value_does_not_open(value: bytes, place: int, flip: int) -> None:
    """One bit anywhere, the key id among them, is enough."""
    sealed = bytearray(OLD.seal(value, "name"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(Sealed):
        OLD.open(bytes(sealed), "name")


@pytest.mark.parametrize("junk", [b"", b"x", b"x" * 12, b"x" * 13, b"x" * 40])
def test_junk_does_not_open(junk: bytes) -> None:
    """Too short or never sealed: the same error, which does not show the value."""
    with pytest.raises(Sealed):
        OLD.open(junk, "name")


def test_a_value_opens_for_its_purpose_only() -> None:
    """A name cannot be passed off as a phone number."""
    with pytest.raises(Sealed):
        OLD.open(OLD.seal("张三", "person.name"), "person.phone")
    assert OLD.text(OLD.seal("张三", "person.name"), "person.name") == "张三"


def test_after_a_change_of_keys_old_values_open_and_old_hashes_find() -> None:
    """New values are under the new key; the old key alone cannot read them."""
    sealed = OLD.seal("张三", "name")
    assert NEW.text(sealed, "name") == "张三"
    assert NEW.digest("张三", "name") == OLD.digest("张三", "name")
    with pytest.raises(Sealed):
        OLD.open(NEW.seal("李四", "name"), "name")
    with pytest.raises(Sealed):
        Vault(b"n" * 32).open(sealed, "name")


def test_keys_that_share_their_id_are_both_tried() -> None:
    """An id is one byte: among 300 keys some share it, and each value still opens."""
    keys = [number.to_bytes(32, "big") for number in range(300)]
    everything = Vault(keys[0], previous=keys[1:])
    assert all(everything.open(Vault(key).seal(b"x", "p"), "p") == b"x" for key in keys)


def test_a_hash_is_fixed_for_text_and_purpose() -> None:
    """32 hex characters, another one for another purpose, text or key."""
    digest = OLD.digest("13800000000", "phone")
    assert digest == OLD.digest("13800000000", "phone")
    assert len(digest) == 32
    assert int(digest, 16)
    assert digest not in (
        OLD.digest("13800000000", "id"),
        OLD.digest("13800000001", "phone"),
        Vault(b"x" * 32).digest("13800000000", "phone"),
    )


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    """Less than 32 bytes is no key; repr tells how many keys there are, not which."""
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
    assert "ooo" not in repr(OLD)
