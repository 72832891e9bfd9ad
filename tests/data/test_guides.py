"""办事指南 as shipped: every guide of the handbook is there, whole, and reads as something for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.chapters.guides import CHAPTERS, parts_of, section_lines
from handlers.guides.checks import problems_of, problems_of_all
from storage.ports.records import Guide
from storage.regions import RegionError, load_regions
from tests.fresh import regions

ALL = tuple(guide for region in regions().values() for guide in region.guides.values())
HANDBOOK = tuple(f"BJH-{number:02d}" for number in range(1, 33))
TAX = ("BJH-10", "BJH-11", "BJH-12", "BJH-13", "BJH-14")
SMALL = (
    *(f"BJH-M-{number:02d}" for number in (*range(1, 14), 17, *range(21, 29))),
    *("BJE-E-06", "BJQ-L-03", "BJQ-L-04", "BJQ-L-07", "BJQ-X-01"),
)


def test_beijing_has_every_guide_of_the_handbook_and_the_small_ones() -> None:
    """32 in their order, then what they name, and what is beside the handbook."""
    codes = tuple(regions()["beijing"].guides)
    assert codes[:32] == HANDBOOK
    assert set(codes[32:]) == set(SMALL)


@pytest.mark.parametrize("guide", ALL, ids=lambda guide: guide.code)
def test_every_guide_passes_the_checks_of_the_editor(guide: Guide) -> None:
    """Required keys, lengths for chat, words that are no words for people, windows and relations."""
    assert problems_of(guide, regions()[guide.region]) == []


def test_no_two_guides_are_called_the_same() -> None:
    """An alias leads to one guide alone, over all regions."""
    assert problems_of_all(ALL) == []


def test_retiring_begins_with_the_way_of_today_and_what_one_does_oneself() -> None:
    """退休一件事 on the net before the counter, in the answer and in the steps; what a person brings is the first of the materials."""
    guide = regions()["beijing"].guides["BJH-16"]
    assert guide.brief.index("退休一件事") < guide.brief.index("窗口")
    assert guide.ways[0].title.startswith("网上：退休一件事")
    assert guide.materials[0].startswith("您自己准备：社会保障卡")


@pytest.mark.parametrize("code", TAX)
def test_guides_about_collection_say_that_the_tax_offices_collect_since_november_2020(code: str) -> None:
    """Guides 10 to 14 describe the time before."""
    validity = regions()["beijing"].guides[code].validity
    assert "2020年11月" in validity
    assert "税务部门" in validity


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("BJH-05", ("在职的在死亡次月", "退休的在死亡当月")),
        ("BJH-10", ("每月1–15日", "转账支票", "银联卡")),
        ("BJH-11", ("每月5–25日", "6:00–17:00")),
        ("BJH-16", ("次月15日起",)),
        ("BJH-25", ("次月中下旬", "次月中旬")),
        ("BJH-26", ("3个工作日", "境内不收费")),
        ("BJH-27", ("每月5日", "6:00–22:00", "三个工作日")),
        ("BJH-28", ("20元", "四个工作日", "6:00–22:00")),
        ("BJH-29", ("24小时", "每月5日6:00至月底最后一天22:00")),
        ("BJH-30", ("每月5号至月末最后一天", "次月5日")),
        ("BJE-E-06", ("30日内", "社会化管理", "2021年9月1日")),
    ],
)
def test_figures_are_those_of_the_handbook(code: str, words: tuple[str, ...]) -> None:
    """Hours, fees and limits by which somebody plans a day (features 3.1, 7.1, 7.2)."""
    guide = regions()["beijing"].guides[code]
    text = "\n".join((guide.brief, guide.applies, guide.hours, guide.fee, guide.result, *guide.conditions, *guide.notes))
    assert [word for word in words if word not in text] == []


def test_every_section_comes_in_parts_that_fit_a_message() -> None:
    """A text of WeChat holds 2048 bytes; nothing of a section is lost between its parts."""
    for guide in ALL:
        for section in ("materials", "steps", "forms"):
            lines = section_lines(guide, section)
            texts = parts_of(lines)
            assert "\n".join(texts) == "\n".join(lines)
            assert all(len(text.encode()) <= 1700 for text in texts), guide.code


def test_guides_and_conversations_share_the_features() -> None:
    """A guide that is nothing but a guide is served by the guide; one that can be done here keeps its own conversation and leads to it."""
    covered = {guide.code for guide in CHAPTERS if not guide.within}
    for code in covered:
        assert BY_FEATURE[code].name == "guide", code
    for guide in CHAPTERS:
        assert guide.does is None or guide.does[1].dialog in DIALOGS
    shipped = {guide.code for guide in ALL if guide.region == "beijing"}
    without = {code for code in shipped - covered if code not in BY_FEATURE}
    assert without <= {"BJH-30", "BJH-M-17"}


def _copy(folder: Path, text: str) -> Path:
    """A folder of regions that is the shipped one, with one more file of guides for 济南."""
    shipped = Path(__file__).parents[2] / "storage" / "regions"
    for region in ("beijing", "binzhou", "jinan"):
        for source in (shipped / region).rglob("*.toml"):
            target = folder / source.relative_to(shipped)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "jinan" / "guides" / "more.toml").write_text(text, encoding="utf-8")
    return folder


def test_mistakes_in_guides_are_told_with_file_and_key(tmp_path: Path) -> None:
    """A code that is none, a role that is none, a missing text, an unknown window, an unknown key: all at once."""
    text = """
part = "样"
validity = "样"
[[guides]]
code = "X-1"
title = "样"
role = "boss"
aliases = ["样"]
window = "W-NONE"
colour = "red"
[[guides.ways]]
title = "样"
steps = ["样"]
"""
    with pytest.raises(RegionError) as raised:
        load_regions(_copy(tmp_path, text))
    told = "\n".join(raised.value.problems)
    for part in ("'X-1' is no code", "role: must be one of", "brief: is missing", "W-NONE is no window", "colour: unknown key"):
        assert part in told
    assert "jinan/guides/more.toml" in told
