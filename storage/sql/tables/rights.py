"""权益记录: one table a kind of record, its columns made of the record's fields; and the public and ordered ones beside them."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from storage.ports.record import Record
from storage.ports.records import rights
from storage.ports.time import Month
from storage.sql.tables.base import Code, Day, Key, Moment, metadata, number

_TYPES: dict[Any, Any] = {
    str: Text,
    int: BigInteger,
    bool: Boolean,
    Month: Integer,
    Month | None: Integer,
    Decimal: BigInteger,
    date: Day,
    date | None: Day,
}


class Shape(Record):
    """How a kind lies in its table: the columns in the order of the record's fields, the key, and the type of each field."""

    record: type[Any]
    table: Table
    key: tuple[str, ...]
    """Without person_id, which comes first."""
    types: dict[str, Any]


def _shape(record: type[Any], name: str, *key: str) -> Shape:
    types = get_type_hints(record)
    columns = [
        Column(one.name, _TYPES[types[one.name]], nullable=types[one.name] in {Month | None, date | None})
        for one in fields(record)
        if one.name != "person_id"
    ]
    table = Table(
        name,
        metadata,
        Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
        *columns,
        PrimaryKeyConstraint("person_id", *key),
        sqlite_with_rowid=False,
    )
    return Shape(record, table, key, {one.name: types[one.name] for one in fields(record)})


SHAPES: dict[type[Any], Shape] = {
    shape.record: shape
    for shape in (
        _shape(rights.Participation, "participation", "insurance", "start_on", "employer"),
        _shape(rights.AnnuityPayment, "annuity_payment", "period", "employer"),
        _shape(rights.AnnuityYear, "annuity_account", "year"),
        _shape(rights.AccountYear, "account_year", "insurance", "year"),
        _shape(rights.ResidentPayment, "resident_contribution", "insurance", "year"),
        _shape(rights.ResidentYear, "resident_statement", "year"),
        _shape(rights.Transfer, "transfer_record", "insurance", "section", "start", "origin_place", "out_place"),
        _shape(rights.PensionPayment, "pension_payment", "period", "item", "paying_agency"),
        _shape(rights.InjuryPayment, "injury_payment", "period", "item"),
        _shape(rights.UnemploymentPayment, "unemployment_benefit", "period", "mode"),
        _shape(rights.MaternityPayment, "maternity_benefit", "period", "kind"),
        _shape(rights.MedicalPayment, "medical_benefit", "period", "settled_on", "hospital", "kind"),
        _shape(rights.LabourFiling, "labour_filing", "employer", "contract_start"),
    )
}
"""By record. `Registration` is kept sealed as a whole (`registration`)."""

registration = Table(
    "registration",
    metadata,
    Column("person_id", Key, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

data_date = Table(
    "data_date",
    metadata,
    Column("region", Code, nullable=False),
    Column("kind", Code, nullable=False),
    Column("as_of", Day, nullable=False),
    PrimaryKeyConstraint("region", "kind"),
    sqlite_with_rowid=False,
)

job_notice = Table(
    "job_notice",
    metadata,
    number(),
    Column("region", Code, nullable=False),
    Column("kind", Code, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("wage", Text, nullable=False),
    Column("published_on", Day, nullable=False),
    Column("employer", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("contact", Text, nullable=False),
    Column("who", Text, nullable=False),
    Index(None, "region", "kind", "published_on"),
)

record_order = Table(
    "record_order",
    metadata,
    number(),
    Column("person_id", BigInteger, ForeignKey("person.id"), nullable=False),
    Column("openid", Text, nullable=False),
    Column("following", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("ordered_at", Moment, nullable=False),
    Column("ready_at", Moment, nullable=False),
    Column("state", Code, nullable=False),
    Column("serial_no", Text, nullable=False),
    Index(None, "person_id", "ordered_at"),
    Index(None, "openid"),
)
