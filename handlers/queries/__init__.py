"""The declared queries: what a person can look up, each from the ports to a Statement that every medium can show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from handlers import certification
from handlers.cards import queries as cards
from handlers.filings import queries as filings
from handlers.orders import queries as orders
from handlers.queries import (
    accounts,
    annuity,
    backpay,
    benefits,
    cases,
    contributions,
    gaps,
    labour,
    notices,
    papers,
    pension,
    registration,
    residents,
    rights_record,
    statements,
    transfers,
)
from handlers.queries.sheets import Sheet
from handlers.query import Asker, Query
from storage.ports.records import Person
from storage.ports.regions import Region
from storage.ports.repositories import Repositories

QUERIES: dict[str, Query] = {
    **contributions.QUERIES,
    **gaps.QUERIES,
    **registration.QUERIES,
    **annuity.QUERIES,
    **backpay.QUERIES,
    **transfers.QUERIES,
    **statements.QUERIES,
    **residents.QUERIES,
    **accounts.QUERIES,
    **pension.QUERIES,
    **benefits.QUERIES,
    **labour.QUERIES,
    **papers.QUERIES,
    **rights_record.QUERIES,
    **cases.QUERIES,
    **cards.QUERIES,
    **certification.QUERIES,
    **orders.QUERIES,
    **filings.QUERIES,
}
"""By the name that links and documents carry."""

_CONTRIBUTIONS = ("contributions",)
MADE_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("contributions", "gaps", "back_payments", "contribution_proof"), _CONTRIBUTIONS),
    **dict.fromkeys(("statement", "record_sheet", "rights_record"), (*_CONTRIBUTIONS, "account_year")),
    "insured_info": ("registration", "participation"),
    "annuity_payments": ("annuity_payment",),
    "annuity_account": ("annuity_account",),
    "transfers": ("transfer_record",),
    "resident_statement": ("resident_statement", "resident_contribution"),
    **dict.fromkeys(("resident_pension_paid", "resident_medical_paid"), ("resident_contribution",)),
    "pension_account": ("account_year",),
    **dict.fromkeys(("pension", "retirement_pay", "income_proof"), ("pension_payment",)),
    **dict.fromkeys(("injury", "injury_month"), ("injury_payment",)),
    "unemployment": ("unemployment_benefit",),
    "maternity": ("maternity_benefit",),
    "medical": ("medical_benefit",),
    "labour_filing": ("labour_filing",),
}
"""Which kinds of records (the words of `import`) an answer is made of: its 数据截至 is the oldest of theirs. What is ours is as of today."""


async def asker_of(tx: Repositories, query: str, person: Person, region: Region, today: date) -> Asker:
    """Who asks, with the day up to which what the query is made of is known."""
    kinds = MADE_OF.get(query, ())
    dates = await tx.rights.dates(region.code) if kinds else {}
    return Asker(person, region, today, min((dates[kind] for kind in kinds if kind in dates), default=None))


SHEETS: Mapping[str, Sheet[Any]] = {
    sheet.code: sheet
    for module in (
        registration,
        annuity,
        backpay,
        transfers,
        statements,
        residents,
        accounts,
        pension,
        benefits,
        labour,
        papers,
        notices,
        rights_record,
    )
    for sheet in module.SHEETS
}
"""The tables whose columns an agency may set, by their names in `[columns]` of a region."""
