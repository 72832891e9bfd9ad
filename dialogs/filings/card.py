"""Filings about the social-security card (BJH-27, BJH-28, BJH-M-14)."""

from __future__ import annotations

from dialogs.filing import Filing

FILINGS: tuple[Filing, ...] = ()
