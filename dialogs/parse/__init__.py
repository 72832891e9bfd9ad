"""Reading what people type: pure functions `text -> value` that raise `Invalid(what to type instead)`.

Everything is normalised first (`normal`). `find_…` functions look for a value inside a longer sentence and answer None (or an
empty tuple) instead of raising. The clock is an argument, so the same text and day always give the same value.
"""

from __future__ import annotations

from dialogs.parse.answers import choice, no_number, yes_no
from dialogs.parse.dates import (
    EVER,
    everything,
    find_coming,
    find_everything,
    find_period,
    find_year,
    month,
    period,
    wrong_time,
    year,
)
from dialogs.parse.errors import Invalid
from dialogs.parse.figures import figure
from dialogs.parse.insurance import find_insurances, insurances
from dialogs.parse.numbers import case_no, find_case_no, last_four, looks_like_identity, phone, sms_code
from dialogs.parse.text import normal, tidy

__all__ = [
    "EVER",
    "Invalid",
    "case_no",
    "choice",
    "everything",
    "figure",
    "find_case_no",
    "find_coming",
    "find_everything",
    "find_insurances",
    "find_period",
    "find_year",
    "insurances",
    "last_four",
    "looks_like_identity",
    "month",
    "no_number",
    "normal",
    "period",
    "phone",
    "sms_code",
    "tidy",
    "wrong_time",
    "year",
    "yes_no",
]
