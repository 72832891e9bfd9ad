"""Which columns the vault has sealed, and for what purpose: for sealing them anew when the master key has changed.

A column that is missing here is found by a test, which opens every value of a filled database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, or_, select, tuple_, update

from storage.sql.tables import metadata
from storage.vault import Sealed, Vault

SEALED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "account": {"username": ("account.username",), "email": ("account.email",)},
    "answer": {"body": ("answer",)},
    "attachment": {"file_name": ("attachment.file_name",), "sha256": ("attachment.sha256",)},
    "business_case": {"key": ("case.key",), "fields": ("case.fields",), "answers": ("case.answers",)},
    "card_event": {"card_no": ("card.card_no",), "note": ("card.note",)},
    "case_step": {"note": ("case.note",), "by_whom": ("case.by",)},
    "certification_record": {"note": ("certification.note",)},
    "chat_wish": {"word": ("wish.word",)},
    "dialog_session": {"body": ("session",)},
    "document": {"check_code": ("document.check_code",), "key": ("document.key",), "snapshot": ("document.snapshot",)},
    "employer": {"uscc": ("employer.uscc",)},
    "job": {"payload": ("job",), "dedupe_key": ("job.dedupe",)},
    "notice": {"body": ("notice", "notice.visit")},
    "parked_reply": {"body": ("parked",)},
    "payment_order": {"key": ("order.key",), "lines": ("order.lines",), "note": ("order.note",)},
    "person": {"name": ("person.name",), "id_no": ("person.id_no",), "phone": ("person.phone",)},
    "person_hold": {"reason": ("hold.reason",)},
    "rating": {"words": ("rating.words",)},
    "registration": {"sealed": ("registration",)},
    "relative_grant": {"label": ("grant.label",), "reason": ("grant.reason",)},
    "relative_invitation": {"body": ("invitation",)},
    "scene": {"body": ("scene",), "openid": ("scene.openid",)},
    "social_card": {"card_no": ("card.card_no",)},
    "staff": {
        "login": ("staff.login",),
        "name": ("staff.name",),
        "password_hash": ("staff.password_hash",),
        "totp_secret": ("staff.totp_secret",),
    },
    "staff_session": {"place": ("staff.place",)},
    "thread": {"topic": ("thread.topic",)},
    "thread_line": {"body": ("thread.line",)},
    "ticket": {"body": ("ticket",)},
    "verification_code": {"openid": ("code.openid",), "phone": ("code.phone",)},
}
"""Purposes by table and column, the usual one first."""

NOT_SEALED: Final = {
    ("audit_anchor", "head"): "a hash",
    ("audit_anchor", "seal"): "a hash",
    ("audit_log", "content_hash"): "a hash",
    ("audit_log", "link_hash"): "a hash",
    ("audit_log", "note"): "sealed; an entry of the audit is never written again, so it stays under its key",
    ("document", "check_hash"): "a hash",
    ("verification_code", "code_hash"): "a hash",
}
"""The other columns of bytes, and why they are not sealed anew."""


def renewed(vault: Vault, sealed: bytes, purposes: tuple[str, ...]) -> bytes | None:
    """Sealed under the newest key; None when it is that already. Raises Sealed when no key of the vault opens it."""
    for purpose in purposes:
        try:
            return vault.renewed(sealed, purpose)
        except Sealed:
            continue
    raise Sealed(f"cannot open a value sealed for {purposes[0]!r}")


def renew_some(
    connection: Connection, vault: Vault, name: str, after: tuple[Any, ...] | None, limit: int
) -> tuple[int, tuple[Any, ...] | None]:
    """Seal up to `limit` rows of a table anew, in order of their keys, beginning after the key `after`.

    How many rows were written, and the key of the last one looked at; None when there are no more. A row that somebody else changes
    meanwhile is left: what they write is sealed under the newest key already. Raises Sealed as `renewed`.
    """
    table: Table = metadata.tables[name]
    columns = SEALED[name]
    keys = list(table.primary_key.columns)
    places = {column: len(keys) + place for place, column in enumerate(columns)}
    query = select(*keys, *(table.c[column] for column in columns)).order_by(*keys).limit(limit)
    query = query.where(or_(*(table.c[column].is_not(None) for column in columns)))
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after) if len(keys) > 1 else keys[0] > after[0])
    rows = connection.execute(query).all()
    written = 0
    for row in rows:
        old = {column: bytes(row[place]) for column, place in places.items() if row[place] is not None}
        new = {column: renewed(vault, value, columns[column]) for column, value in old.items()}
        fresh = {column: value for column, value in new.items() if value is not None}
        if fresh:
            same = [key == value for key, value in zip(keys, row[: len(keys)], strict=True)]
            same += [table.c[column] == old[column] for column in fresh]
            written += connection.execute(update(table).where(and_(*same)).values(fresh)).rowcount
    return written, tuple(rows[-1][: len(keys)]) if len(rows) == limit else None
