"""Accounts by password, edits of guides, and what became of documents after they were issued."""

from __future__ import annotations

from datetime import date, datetime

from storage.ports.record import Record


class Account(Record):
    """个人账号 (A2): one a person. The password is known by its argon2 hash alone. `id` is 0 on one that is not stored yet."""

    id: int
    person_id: int
    region: str
    password_hash: str
    register_via: str
    """card 社保卡, phone 手机号码."""
    agreed_at: datetime
    """用户协议同意时间."""
    agreement: str
    """Version of the text that was agreed to."""
    username: str = ""
    email: str = ""
    status: str = "active"
    """active, locked, closed."""
    changed_at: datetime | None = None
    """Of the password, last."""
    must_change: bool = False
    """The password is a reset one (BZ-03): it opens nothing but the page to change it."""


class GuideEdit(Record):
    """One version of a guide as an editor left it. Append-only; the newest of a guide is what is shown, `body` '' is the text as shipped."""

    id: int
    region: str
    code: str
    """BJH-01 …"""
    body: str
    """The guide as JSON; ''."""
    at: datetime
    staff_id: int
    note: str = ""


class DocumentCheck(Record):
    """One 校验 of a document that was right: when, and by which way. Who it was is not known, or not told."""

    serial_no: str
    at: datetime
    way: str
    """chat, page, photo, offline."""


class DocumentFile(Record):
    """The signed file of a document, kept as issued: it cannot be made twice."""

    serial_no: str
    name: str
    """Under which `Files` holds it."""
    sha256: str
    made_at: datetime
    key_id: str
    """Which key signed it."""


class Validity(Record):
    """Until when a document is valid, and whether its holder revoked it."""

    serial_no: str
    until: date | None
    revoked_at: datetime | None = None
