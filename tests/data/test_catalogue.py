"""`catalogue --json` against the inventory of functions: whatever the manuals give to a person is served where they give it.

The inventory lies outside (SPEC_FEATURES); without it the comparison is left out, or fails if REQUIRE_SPEC=1.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bot.catalogue import capabilities
from dialogs.chapters import DIALOGS
from dialogs.chapters.menu import MAIN, MENUS, PAPER_OF, PRESSED, SERVES
from handlers.menus import here, main_menu
from storage.regions import load_regions

_PLACE = Path(os.environ.get("SPEC_FEATURES") or Path(__file__).parents[3] / "shared" / "spec" / "features.md")

OURS = frozenset(
    {
        *("retirement_age", "pension_estimate", "gaps", "levy"),
        *("my_data", "signed_in", "end_all", "export_data", "erase_data", "consents", "who_looked", "my_papers"),
        *("relative_add", "relative_ask", "relatives", "wishes", "is_it_yours", "outlets"),
        *("open_screen", "my_page", "bind_by_code", "outlet_here"),
    }
)
"""What no manual numbers: calculators, one's own data, relatives, reminders."""

_HEADED = re.compile(r"^#### ((?:BJQ|BJH|BJE|BZ)-[A-Z0-9a-z-]+)", re.MULTILINE)
_GUIDES = re.compile(r"^\| (BJH-\d\d) \|", re.MULTILINE)
_NAMED = re.compile(r"(?:BJQ|BJH|BJE|BZ|JN)-[A-Z]*-?\d\d[a-f]?")


def _ids(*spans: str) -> frozenset[str]:
    """`BZ-01..08` and single IDs."""
    found: set[str] = set()
    for span in spans:
        first, _, last = span.partition("..")
        stem, number = first[:-2], first[-2:]
        found |= {f"{stem}{n:02d}" for n in range(int(number), int(last) + 1)} if last else {first}
    return frozenset(found)


PERSONAL = frozenset(
    {
        *_ids("BJQ-L-01..03", "BJQ-L-08", "BJQ-P-01", "BJQ-P-03", "BJQ-P-05..07", "BJQ-V-01", "BJQ-X-01"),
        *_ids("BJQ-P-02a", "BJQ-P-02b", "BJQ-P-02c", "BJQ-P-02d", "BJQ-P-04a", "BJQ-P-04b"),
        *_ids("BZ-01..38"),
        *_ids("BJH-01..32", "BJH-M-01..28"),
    }
)
"""What is served to a person."""

OF_THE_FAMILY = frozenset({"BJE-E-06"})
"""An employer's function whose other way is the family's: a guide."""

OF_EMPLOYERS = _ids("BJQ-L-04..07")
"""Log-ins of employers."""

ALIASES = {"BJQ-E-07": "BJQ-V-01"}
"""Another name of the same function in the inventory."""


def _text() -> str:
    if not _PLACE.is_file():
        reason = "the inventory of functions is left out: set SPEC_FEATURES to features.md"
        if os.environ.get("REQUIRE_SPEC") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return _PLACE.read_text(encoding="utf-8")


def _listed() -> frozenset[str]:
    text = _text()
    return frozenset({*_HEADED.findall(text), *_GUIDES.findall(text)})


def _home(feature: str) -> str:
    return "binzhou" if feature.startswith("BZ-") else "beijing"


def test_the_inventory_and_this_list_name_the_same_functions() -> None:
    """Nothing of 北京's and 滨州's personal manuals is forgotten here, and nothing here is unknown there."""
    listed = {one for one in _listed() if not one.startswith(("BJQ-E-", "BJE-")) and one not in ALIASES}
    assert listed - PERSONAL - OF_EMPLOYERS == set()
    assert PERSONAL - listed == set()


@pytest.mark.parametrize("feature", sorted(PERSONAL | OF_THE_FAMILY))
def test_what_a_manual_gives_to_a_person_is_served_in_its_region(feature: str) -> None:
    """In the region of its manual, and in some medium."""
    assert feature in _listed()
    found = [one for one in capabilities() if one["feature"] == feature]
    assert len(found) == 1, f"{feature} is served by {len(found)} conversations"
    assert _home(feature) in found[0]["regions"]
    assert found[0]["media"]


def test_what_is_served_is_in_the_inventory() -> None:
    """No invented feature ID; what no manual numbers bears its conversation's name, and is none of those."""
    known = frozenset(_NAMED.findall(_text())) | OURS
    assert [one["feature"] for one in capabilities() if one["feature"] not in known] == []


def test_what_no_manual_numbers_is_listed_under_its_own_name() -> None:
    """All of it, with title, regions and media: the gaps come as documents too, an export as a page, 趸缴 is 北京's."""
    found = {one["feature"]: one for one in capabilities()}
    assert set(found) >= OURS
    assert {name for name in found if not re.match("[A-Z]", name)} == OURS
    assert {"page", "pdf", "xlsx"} <= set(found["gaps"]["media"])
    assert "page" in found["export_data"]["media"]
    assert found["levy"]["regions"] == ["beijing"]
    assert found["gaps"]["regions"] == ["beijing", "binzhou"]
    assert found["my_data"]["regions"] == ["beijing", "binzhou", "jinan"]


def test_each_feature_has_its_own_title() -> None:
    """A guide is called as it is headed, and in no region two features are called the same."""
    regions = load_regions()
    found = {one["feature"]: one["title"] for one in capabilities()}
    assert found["BJH-13"] == regions["beijing"].guides["BJH-13"].title
    assert found["BJE-E-06"] == regions["beijing"].guides["BJE-E-06"].title
    assert "办事指南" not in found.values()
    for code in regions:
        titles = [one["title"] for one in capabilities() if code in one["regions"]]
        assert sorted(title for title in set(titles) if titles.count(title) > 1) == [], code


def test_media_are_what_there_is() -> None:
    """办理进度 is told in the chat, comes as 回执 in PDF and is pushed; it has no page. Where a guide tells of a feature, that is a medium of it."""
    found = {one["feature"]: one["media"] for one in capabilities()}
    assert found["BZ-10"] == ["chat", "pdf", "push"]
    assert found["BJH-M-05"] == ["chat", "pdf", "push", "guide"]
    assert "guide" in found["BJH-26"]


def test_every_capability_of_a_region_is_served() -> None:
    """What a region says it has, a conversation serves."""
    served = {one["feature"] for one in capabilities()}
    for region in load_regions().values():
        assert region.capabilities - served == set(), region.code


def test_whatever_is_downloaded_comes_as_pdf_and_excel() -> None:
    """A conversation with a download beside it says so."""
    for dialog in DIALOGS.values():
        if f"{dialog.name}_paper" in DIALOGS and dialog.covers:
            assert {"page", "pdf", "xlsx"} <= set(dialog.media), dialog.name


def test_every_entry_of_every_menu_is_served_somewhere() -> None:
    """No dead end: each entry opens a conversation while the region is unknown."""
    for name, (_, entries) in MENUS.items():
        assert len(here(entries, None)) == len(entries), name
        assert all(wish.dialog not in {SERVES, PAPER_OF} for _, wish in here(entries, None))
    for key, wish in PRESSED.items():
        assert here(((key, wish),), None), key


def test_the_menu_is_short_and_has_only_what_the_region_has() -> None:
    """At most twelve lines; 济南, whose manual is for employers, is offered no query."""
    assert len(MAIN) <= 12
    regions = load_regions()
    assert len(main_menu(regions["beijing"])) == len(main_menu(regions["binzhou"])) == len(MAIN)
    labels = [label for label, _ in main_menu(regions["jinan"])]
    assert "查缴费" not in labels
    assert "养老金和其他待遇" not in labels
    assert {"资格认证", "转人工"} <= set(labels)
