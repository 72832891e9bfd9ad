"""`Guide`: a guide by its code, as a chapter of its own and as a choice under an answer."""

from __future__ import annotations

from dialogs.chapters import DIALOGS
from dialogs.chapters.guides import CHAPTERS, GUIDE
from dialogs.declare import Guide, Wish
from storage.regions import load_regions

REGIONS = load_regions()


def test_a_guide_is_a_wish_and_a_choice() -> None:
    """Reading it begins with the short answer; its choice may have words of its own."""
    guide = Guide("BJH-10")
    assert guide.wish == Wish("guide", {"guide": "BJH-10"})
    assert guide.called() == ("看办事指南", guide.wish)
    assert guide.called("怎么补缴") == ("怎么补缴", guide.wish)


def test_every_guide_that_is_declared_has_a_text() -> None:
    """The chapters, and what conversations offer: a region's data tells each of them, or the feature is told within another guide."""
    told = {code for region in REGIONS.values() for code in region.guides}
    assert {guide.code for guide in CHAPTERS} <= told
    offered = {guide.code for dialog in DIALOGS.values() for guide in dialog.guides}
    assert {"BJH-28", "BJH-30"} <= offered
    assert offered - told <= {"JN-4-02", "BZ-20"}


def test_a_chapter_covers_its_feature_unless_a_conversation_does() -> None:
    """BJH-09 is only told; BJH-28 is done in 补卡、换卡, and its guide is a part of it."""
    assert "BJH-09" in GUIDE.covers
    assert "BJH-28" not in GUIDE.covers
    assert "BJH-28" in GUIDE.part_of
    assert [guide.code for guide in CHAPTERS].count("BJH-13") == 1
    assert len({guide.code for guide in CHAPTERS}) == len(CHAPTERS)


def test_a_dialog_that_asks_for_a_confirmation_is_declared_as_one_that_acts() -> None:
    """Whatever is confirmed before it is done is kept under a number while the database is away."""
    confirmed = {name for name, dialog in DIALOGS.items() if dialog.confirm is not None or dialog.preview is not None}
    assert confirmed
    assert all(DIALOGS[name].acts for name in confirmed)
    assert all(DIALOGS[name].acts for name in ("report_lost", "lift_loss", "card_replace", "pay_flexible", "unbind", "take_back"))
    assert not any(DIALOGS[name].acts for name in ("contributions", "pension", "guide", "my_papers", "orders"))
