"""What every table is made of."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A plain BIGINT key would not be SQLite's row id.
Key = BigInteger().with_variant(Integer(), "sqlite")
Hash = String(32)
Code = Text
Day = String(10)
Moment = BigInteger


def number() -> Column[int]:
    """The key of a table whose rows are numbered."""
    return Column("id", Key, primary_key=True, autoincrement=True)
