"""The declared queries: what a person can look up, each from the ports to a Statement that every medium can show."""

from __future__ import annotations

from collections.abc import Mapping
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
from handlers.query import Query

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
