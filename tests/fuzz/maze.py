"""Something with a fault that lies behind four conditions, for the fuzzer's own test."""

from __future__ import annotations


def deep(given: bytes) -> None:
    """Raises RuntimeError for what begins with `keys`."""
    if given[:1] != b"k":
        return
    if given[1:2] != b"e":
        return
    if given[2:3] != b"y":
        return
    if given[3:4] != b"s":
        return
    raise RuntimeError("found")
