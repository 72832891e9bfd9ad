"""The declared queries: what a person can look up, each from the ports to a Statement that every medium can show."""

from __future__ import annotations

from handlers import certification
from handlers.cards import queries as cards
from handlers.filings import queries as filings
from handlers.orders import queries as orders
from handlers.queries import benefits, cases, contributions, labour, papers, pension
from handlers.query import Query

QUERIES: dict[str, Query] = {
    **contributions.QUERIES,
    **pension.QUERIES,
    **benefits.QUERIES,
    **labour.QUERIES,
    **papers.QUERIES,
    **cases.QUERIES,
    **cards.QUERIES,
    **certification.QUERIES,
    **orders.QUERIES,
    **filings.QUERIES,
}
"""By the name that links and documents carry."""
