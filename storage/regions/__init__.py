"""Regions as data: every folder beside this file is a region, every `*.toml` in it is read, every key is checked.

A region is tables, spread over files as the agency likes. Every region has `[region]`, `[source]`, `[certification]`, `[loss]`, `[texts]`
and `[days]`; what else it has follows from its capabilities (`NEEDS`): `[windows]`, `[fees]`, `[delivery]`, `[outlets]`, `[human]`,
`[cases]`, `[orders]`, `[reminders]`. `[columns]` and `[levy]` may stand anywhere; guides have a folder of their own (`storage.regions.guides`). An operator's own folder of the same shape replaces this one (`[regions] folder` in the configuration).
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from storage.ports.regions import HumanRules, Region, ReminderRules
from storage.regions import parts
from storage.regions.columns import columns
from storage.regions.guides import guides
from storage.regions.reading import Table
from storage.regions.reminding import reminders

__all__ = ["REQUIRED_TEXTS", "TEXTS", "RegionError", "load_regions"]

TEXTS = {
    "welcome": "a sentence for people who have chosen this region",
    "contributions_note": "under every answer about contributions",
    "certification_note": "where the rules of certification come from",
    "certification_missing": "when nobody knows a person's due day",
    "progress_hint": "how to ask for progress elsewhere",
    "card_window": "when the online card service works",
    "human": "how to reach a person",
    "employers": "where an employer does what this account does not do for employers",
}
"""Keys allowed in `[texts]`, and what each is for. `source` is added by the loader, from `[source]`."""

REQUIRED_TEXTS = ("welcome", "contributions_note", "certification_note", "certification_missing", "progress_hint", "human")

_FEATURE = re.compile(r"(BJQ|BJE|BJH|BZ|JN)-[A-Z0-9]+(-[0-9]+[a-z]?)?")
_CODE = re.compile(r"[a-z]{2,20}")
_EVERYWHERE = ("region", "source", "certification", "loss", "texts", "days")
_TABLES = (
    *_EVERYWHERE,
    "windows",
    "fees",
    "delivery",
    "outlets",
    "human",
    "cases",
    "orders",
    "reminders",
    "columns",
    "levy",
    "pension_base",
)

_ORDERS = ("BZ-23", "BZ-24", "BZ-25")
_CARD = ("BJH-28", "BJH-M-14")
NEEDS = (
    ("windows", "W-CARD-ONLINE", ("BJH-27", *_CARD)),
    ("windows", "W-CARD-PROGRESS", ("BJH-29", "BJH-M-16")),
    ("fees", "card_replace", _CARD),
    ("days", "card_replace", _CARD),
    ("days", "card_second", ("BJH-27",)),
    ("days", "refund", (*_ORDERS, *_CARD)),
    ("orders", "", _ORDERS),
)
"""Table, key in it ('' for the table itself), and the capabilities of which one needs it; without any of them it must not be there."""


class RegionError(Exception):
    """Region files that cannot be used: `problems` names file and key of each, all of them at once."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("region files:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


def load_regions(folder: Path | None = None) -> dict[str, Region]:
    """Every region of the folder (this package's own by default), by code, in order of code.

    Raises RegionError with every problem of every file; an empty or missing folder is a problem too.
    """
    folder = folder or Path(__file__).parent
    problems: list[str] = []
    regions: dict[str, Region] = {}
    places = sorted(path for path in folder.iterdir() if path.is_dir() and any(path.glob("*.toml"))) if folder.is_dir() else []
    for place in places:
        region = _region(place, problems)
        if region is not None:
            regions[region.code] = region
    if not places:
        problems.append(f"{folder.name}: no region here (a region is a folder of .toml files)")
    if problems:
        raise RegionError(problems)
    return regions


def _region(place: Path, problems: list[str]) -> Region | None:
    """One region; None when something was wrong (and `problems` has grown)."""
    before = len(problems)
    tables, readable = _tables(place, problems)
    if readable:  # what an unreadable file would have held is not called missing as well
        problems.extend(f"{place.name}: table [{name}] is missing" for name in _EVERYWHERE if name not in tables)
    head = tables.get("region", Table.empty(place.name, "region"))
    code = head.text("code")
    if code and (not _CODE.fullmatch(code) or code != place.name):
        head.complain("code", f"must be the name of the folder, {place.name}")
    capabilities = head.texts("capabilities")
    for feature in capabilities:
        if not _FEATURE.fullmatch(feature):
            head.complain("capabilities", f"{feature!r} is no feature ID")
    if len(set(capabilities)) < len(capabilities):
        head.complain("capabilities", "the same feature twice")
    missing = head.text("missing")
    if missing and missing.count("{what}") != 1:
        head.complain("missing", "must contain {what} once")
    name, agency, hotline = head.text("name"), head.text("agency"), head.text("hotline")
    texts = _texts(tables.get("texts", Table.empty(place.name, "texts")))
    texts["source"] = _source(tables.get("source", Table.empty(place.name, "source")))
    made = _made(place, tables, capabilities)
    made["guides"] = guides(place, made["windows"] if len(problems) == before else None, problems)
    if readable:
        _needs(place, tables, capabilities, problems)
    for table in tables.values():
        table.finish()
    if len(problems) > before:
        return None
    return Region(code, name, agency, hotline, frozenset(capabilities), texts=texts, missing=missing, **made)


def _made(place: Path, tables: dict[str, Table], capabilities: tuple[str, ...]) -> dict[str, Any]:
    """Everything of a Region that `storage.regions.parts` reads."""

    def given(name: str) -> Table:
        return tables.get(name, Table.empty(place.name, name))

    words, must_read = parts.cases(given("cases")) if "cases" in tables else (dict(parts.NEUTRAL_WORDS), False)
    found: dict[str, Any] = {
        "certification": parts.certification(given("certification")),
        "loss": parts.loss(given("loss"), capabilities),
        "windows": parts.windows(given("windows")),
        "fees": parts.fees(given("fees")),
        "days": parts.days(given("days")),
        "outlets": parts.outlets(given("outlets")) if "outlets" in tables else (),
        "human": parts.human(given("human")) if "human" in tables else HumanRules(),
        "orders": parts.orders(given("orders"), capabilities) if "orders" in tables else None,
        "case_words": words,
        "must_read": must_read,
        "reminders": reminders(given("reminders")) if "reminders" in tables else ReminderRules(),
        "columns": columns(given("columns")),
        "levy": parts.levy(given("levy")) if "levy" in tables else None,
        "pension_base": parts.pension_base(given("pension_base")) if "pension_base" in tables else None,
    }
    if "delivery" in tables:
        found["delivery"] = parts.delivery(given("delivery"))
    return found


def _needs(place: Path, tables: dict[str, Table], capabilities: tuple[str, ...], problems: list[str]) -> None:
    """What a capability needs and does not find, and what stands there though no capability of the region needs it."""
    if "days" in tables:
        for key in parts.DAYS_EVERYWHERE:
            if not tables["days"].has(key):
                tables["days"].complain(key, "is missing")
    for name, key, features in NEEDS:
        what = f"{name}.{key}" if key else f"table [{name}]"
        asking = next((feature for feature in features if feature in capabilities), "")
        there = name in tables and (not key or tables[name].has(key))
        if asking and not there and not (name in _EVERYWHERE and name not in tables):  # that was called missing already
            problems.append(f"{place.name}: {what} is missing: {asking} needs it")
        elif there and not asking:
            problems.append(f"{tables[name].file}: {what} needs one of {', '.join(features)} among the capabilities")


def _tables(place: Path, problems: list[str]) -> tuple[dict[str, Table], bool]:
    """The top-level tables of all files of a region, each from one file only, and whether every file could be read."""
    tables: dict[str, Table] = {}
    readable = True
    for path in sorted(place.glob("*.toml")):
        where = f"{place.name}/{path.name}"
        try:
            content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{where}: not readable as TOML ({error})")
            readable = False
            continue
        for name, value in content.items():
            if name not in _TABLES:
                problems.append(f"{where}: {name}: unknown key")
            elif name in tables:
                problems.append(f"{where}: {name}: stands in {tables[name].file} already")
            elif not isinstance(value, dict):
                problems.append(f"{where}: {name}: must be a table")
            else:
                tables[name] = Table(where, name, value, problems)
    return tables, readable


def _source(table: Table) -> str:
    """Where the region's facts come from, with their date: the sentence `texts["source"]`."""
    title, as_of, checked = table.text("title"), table.text("as_of"), table.day("checked_on")
    return f"依据：{title}（{as_of}）；{checked:%Y-%m-%d}核对" if checked else ""


def _texts(table: Table) -> dict[str, str]:
    return {key: table.text(key) for key in TEXTS if key in REQUIRED_TEXTS or table.has(key)}
