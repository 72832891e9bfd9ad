"""Regions are data: what is shipped is right, and a bad folder is told all its mistakes at once."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import storage.regions
from storage.regions import RegionError, load_regions

SHIPPED = Path(storage.regions.__file__).parent


def _copy(tmp_path: Path, *codes: str) -> Path:
    for code in codes:
        shutil.copytree(SHIPPED / code, tmp_path / code)
    return tmp_path


def _change(path: Path, *changes: tuple[str, str]) -> None:
    content = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    path.write_text(content, encoding="utf-8")


def test_three_regions_with_what_their_manuals_have() -> None:
    """北京 and 滨州 show contributions, only 滨州 reports a loss online, 济南 has certification and verification alone; all verify."""
    regions = load_regions()
    assert list(regions) == ["beijing", "binzhou", "jinan"]
    beijing, binzhou, jinan = regions["beijing"], regions["binzhou"], regions["jinan"]
    assert beijing.offers("BJQ-P-02a")
    assert binzhou.offers("BZ-11")
    assert {"BZ-11", "BZ-12", "BZ-13", "BZ-14", "BZ-15"} <= binzhou.capabilities
    assert jinan.capabilities == {"BJQ-V-01", "BJH-26"}
    assert all(region.offers("BJQ-V-01") and region.offers("BJH-26") for region in regions.values())
    assert (beijing.loss.online, binzhou.loss.online, jinan.loss.online) == (False, True, False)
    assert not beijing.offers("BZ-19")
    assert beijing.offers("BJH-M-05")
    assert binzhou.offers("BZ-10")
    assert not any(feature.startswith(("BZ-", "JN-", "BJE-", "BJQ-E")) for feature in beijing.capabilities)


def test_beijing_tells_fee_days_window_and_telephone_of_a_new_card() -> None:
    """The guide of BJH-28 has every figure of the handbook."""
    guide = load_regions()["beijing"].loss.guide
    for part in ("20元", "四个工作日", "每月5日", "月底", "6:00–22:00", "96102"):
        assert part in guide


def test_certification_is_the_agencys_setting_and_never_called_law() -> None:
    """Stages fall to the day itself, one way at least needs no face, and silent manuals are called silent."""
    for region in load_regions().values():
        rules = region.certification
        assert rules.period_months == 12
        assert rules.stages == (60, 30, 15, 7, 3, 1, 0)
        assert any(way.without_face for way in rules.ways)
        assert any(not way.without_face for way in rules.ways)
        assert re.search("没有写明|未写明", region.texts["certification_note"])
        everything = " ".join([rules.after_missed, *(way.text for way in rules.ways), *region.texts.values()])
        assert not re.search("法律|规定|必须", everything)
        if region.code != "beijing":
            assert all("手册未写明" in way.text for way in rules.ways)


def test_every_text_has_its_source_and_stays_short() -> None:
    """A dated source stands with each region, and the sentence for what is missing names what was asked."""
    for region in load_regions().values():
        assert re.search(r"手册.*\d{4}-\d{2}-\d{2}核对", region.texts["source"])
        assert "工伤待遇" in region.missing.format(what="工伤待遇")
        assert all(len(text) <= 400 for text in (*region.texts.values(), region.loss.guide))


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    """Unknown, missing, wrong and doubled keys of two regions come in one error, each with file and key."""
    folder = _copy(tmp_path, "beijing", "binzhou")
    _change(
        folder / "beijing" / "region.toml",
        ('code = "beijing"', 'code = "peking"'),
        ('hotline = "12333"', "hotline = 12333\ncolour = 'red'"),
        ("{what}", "那个"),
        ('"BJQ-P-01"', '"BJQ-P-01", "BJQ-P-01", "查询"'),
        ("checked_on = 2026-11-21", 'checked_on = "gestern"'),
        ("human = ", "humans = "),
    )
    _change(
        folder / "beijing" / "certification.toml",
        ("stages = [60, 30,", "stages = [30, 60,"),
        ("period_months = 12", "period_months = 0"),
        ("without_face = true", "without_face = false"),
        ("without_face = true", "without_face = false"),
        ("without_face = true", "without_face = false"),
    )
    _change(folder / "beijing" / "loss.toml", ("online = false", "online = true\nfee = 20"))
    (folder / "binzhou" / "loss.toml").unlink()
    (folder / "binzhou" / "more.toml").write_text("[source]\ntitle = 'x'\n[weather]\n", encoding="utf-8")
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    told = caught.value.problems
    expected = [
        "beijing/region.toml: region.code: must be the name of the folder, beijing",
        "beijing/region.toml: region.hotline: must be a text that is not empty",
        "beijing/region.toml: region.colour: unknown key",
        "beijing/region.toml: region.missing: must contain {what} once",
        "beijing/region.toml: region.capabilities: '查询' is no feature ID",
        "beijing/region.toml: region.capabilities: the same feature twice",
        "beijing/region.toml: source.checked_on: must be a date like 2026-11-01",
        "beijing/region.toml: texts.human: is missing",
        "beijing/region.toml: texts.humans: unknown key",
        "beijing/certification.toml: certification.stages: must fall, each once",
        "beijing/certification.toml: certification.period_months: must be a whole number from 1 to 120",
        "beijing/certification.toml: certification.ways: at least one must work without_face",
        "beijing/loss.toml: loss.online: true needs BZ-19 among the capabilities",
        "beijing/loss.toml: loss.fee: unknown key",
        "binzhou: table [loss] is missing",
        "binzhou/region.toml: source: stands in binzhou/more.toml already",
        "binzhou/more.toml: weather: unknown key",
        "binzhou/more.toml: source.as_of: is missing",
        "binzhou/more.toml: source.checked_on: is missing",
    ]
    assert sorted(told) == sorted(expected)
    assert all(problem in str(caught.value) for problem in expected)


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """A file that is no TOML is named, the mistakes of the other files of its region are told too, and nothing is called missing for it."""
    folder = _copy(tmp_path, "jinan")
    (folder / "jinan" / "loss.toml").write_text("[loss\n", encoding="utf-8")
    _change(folder / "jinan" / "region.toml", ('name = "济南"', 'name = ""'))
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    first, second = caught.value.problems
    assert first.startswith("jinan/loss.toml: not readable as TOML (")
    assert second == "jinan/region.toml: region.name: must be a text that is not empty"


def test_a_folder_without_regions_is_a_mistake(tmp_path: Path) -> None:
    """An empty folder and one that is not there are both told, not taken for a product without regions."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RegionError, match="no region here"):
            load_regions(folder)


def test_an_operators_folder_replaces_ours(tmp_path: Path) -> None:
    """A changed telephone number in an own folder is what people are told."""
    folder = _copy(tmp_path, "jinan")
    _change(folder / "jinan" / "region.toml", ('hotline = "12333"', 'hotline = "0531-12333"'))
    assert {code: region.hotline for code, region in load_regions(folder).items()} == {"jinan": "0531-12333"}
