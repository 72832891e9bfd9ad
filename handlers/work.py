"""Every function that can be queued for later, by name: the composition root and the tests register them with the runner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from handlers.cards.jobs import JOBS as CARDS
from handlers.family.jobs import JOBS as FAMILY
from handlers.filings.jobs import JOBS as FILINGS
from handlers.humans.jobs import JOBS as HUMANS
from handlers.jobs import JobFunction
from handlers.later import Later
from handlers.my_data.jobs import JOBS as MY_DATA
from handlers.orders.jobs import JOBS as ORDERS
from handlers.papers import JOBS as PAPERS
from handlers.records import JOBS as RECORDS
from handlers.reminders.news import JOBS as NEWS
from handlers.services import Services
from storage.ports.repositories import Store

LATER: Mapping[str, Later] = {**CARDS, **FAMILY, **FILINGS, **HUMANS, **MY_DATA, **NEWS, **ORDERS, **PAPERS, **RECORDS}


def work_of(store: Store, services: Services) -> dict[str, JobFunction]:
    """The functions bound to a store and its services."""
    return {name: partial(work, store, services) for name, work in LATER.items()}
