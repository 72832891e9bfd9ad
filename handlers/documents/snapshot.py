"""What was issued, as bytes: a Statement frozen in canonical JSON, so that verification shows what was printed (I4 内容快照).

The same Statement always freezes to the same bytes. A key that this version does not know is ignored, and a key with a default
may be missing, so fields can be added to Statement without a new version; anything else raises `SNAPSHOT_VERSION`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import msgspec

from dialogs.statement import Statement
from storage.ports.record import Record

SNAPSHOT_VERSION = 1


class Unreadable(Exception):
    """The bytes are no snapshot, or one that a newer version of the program made."""


class _Snapshot(Record):
    v: int
    statement: Statement


class _Header(Record):
    v: int


_decoder = msgspec.json.Decoder(_Snapshot)
_header = msgspec.json.Decoder(_Header)


def freeze(statement: Statement) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, the version inside. Deterministic."""
    return msgspec.json.encode(_Snapshot(SNAPSHOT_VERSION, statement), order="sorted")


def thaw(snapshot: bytes) -> Statement:
    """The inverse of `freeze`; raises `Unreadable` (without quoting the content) for anything that is not a snapshot."""
    try:
        if _header.decode(snapshot).v > SNAPSHOT_VERSION:
            raise Unreadable("the snapshot was made by a newer version")
        statement = _decoder.decode(snapshot).statement
        return replace(statement, lines=tuple(statement.lines))
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unreadable("not a snapshot of a statement") from None


def content_hash(snapshot: bytes) -> str:
    """SHA-256 of the frozen bytes, in hex: stored beside them, so that a change to what was issued shows (S13)."""
    return hashlib.sha256(snapshot).hexdigest()
