"""The catalogue of filings, a subject a file. A new one is one more declaration there."""

from __future__ import annotations

from dialogs.filing import Filing
from dialogs.filings import card, inside, phone

FILINGS: dict[str, Filing] = {filing.name: filing for filing in (*card.FILINGS, *phone.FILINGS, *inside.FILINGS)}
"""By name."""
