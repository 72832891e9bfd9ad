"""The catalogue: every conversation of the product, a chapter a file. A new function is one more declaration here."""

from __future__ import annotations

from dialogs.chapters import (
    accounts,
    annuity,
    benefits,
    card,
    certification,
    family,
    genuine,
    guides,
    humans,
    info,
    jobs,
    looks,
    my_data,
    my_papers,
    orders,
    prints,
    progress,
    records,
    recovery,
    residents,
    scenes,
    second_thoughts,
    statements,
    subscribing,
    terms,
    wishes,
)
from dialogs.chapters.account import LOG_IN, LOG_OUT, SWITCH, UNBIND
from dialogs.chapters.calculators_levy import LEVY
from dialogs.chapters.contributions import CONTRIBUTIONS
from dialogs.chapters.estimating import PENSION_ESTIMATE
from dialogs.chapters.papers import CASE_PAPER, DOWNLOAD
from dialogs.chapters.retiring import GAPS, RETIREMENT_AGE
from dialogs.chapters.verification import VERIFY
from dialogs.declare import Dialog
from dialogs.filing_dialog import dialogs_of
from dialogs.filings import FILINGS

DIALOGS: dict[str, Dialog] = {
    dialog.name: dialog
    for dialog in (
        *guides.DIALOGS,
        *LEVY.dialogs,
        LOG_IN,
        LOG_OUT,
        SWITCH,
        UNBIND,
        *CONTRIBUTIONS.dialogs,
        *info.DIALOGS,
        *annuity.DIALOGS,
        *statements.DIALOGS,
        *residents.DIALOGS,
        *benefits.DIALOGS,
        *prints.DIALOGS,
        *jobs.DIALOGS,
        *RETIREMENT_AGE.dialogs,
        *PENSION_ESTIMATE.dialogs,
        *GAPS.dialogs,
        *records.DIALOGS,
        DOWNLOAD,
        CASE_PAPER,
        VERIFY,
        *certification.DIALOGS,
        *card.DIALOGS,
        *progress.DIALOGS,
        *dialogs_of(FILINGS.values()),
        *orders.DIALOGS,
        *humans.DIALOGS,
        *recovery.DIALOGS,
        *second_thoughts.DIALOGS,
        *wishes.DIALOGS,
        *genuine.DIALOGS,
        *looks.DIALOGS,
        *accounts.DIALOGS,
        *my_data.DIALOGS,
        *my_papers.DIALOGS,
        *subscribing.DIALOGS,
        *family.DIALOGS,
        *scenes.DIALOGS,
        *terms.DIALOGS,
    )
}
"""By name."""

BY_FEATURE: dict[str, Dialog] = {feature: dialog for dialog in DIALOGS.values() for feature in dialog.covers}
"""Which conversation serves a feature ID."""
