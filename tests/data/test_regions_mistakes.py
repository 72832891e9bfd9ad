"""A region's files with mistakes in them: all are told at once, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.ports.regions import CertificationRules, MonthDay
from storage.regions import RegionError, load_regions
from tests.data.test_regions import _change, _copy


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
    _change(folder / "beijing" / "card.toml", ("online = false", "online = true\nfee = 20"))
    (folder / "binzhou" / "card.toml").unlink()
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
        "beijing/card.toml: loss.online: true needs BZ-19 among the capabilities",
        "beijing/card.toml: loss.fee: unknown key",
        "binzhou: table [loss] is missing",
        "binzhou: table [days] is missing",
        "binzhou/region.toml: source: stands in binzhou/more.toml already",
        "binzhou/more.toml: weather: unknown key",
        "binzhou/more.toml: source.as_of: is missing",
        "binzhou/more.toml: source.checked_on: is missing",
    ]
    assert sorted(told) == sorted(expected)
    assert all(problem in str(caught.value) for problem in expected)


def _certification(tmp_path: Path, *changes: tuple[str, str]) -> list[str] | CertificationRules:
    """北京 with changes to its certification.toml: the rules, or what is wrong with them."""
    folder = _copy(tmp_path, "beijing")
    _change(folder / "beijing" / "certification.toml", *changes)
    try:
        return load_regions(folder)["beijing"].certification
    except RegionError as error:
        return [problem.removeprefix("beijing/certification.toml: ") for problem in error.problems]


PERIOD = 'rule = "period"\nperiod_months = 12'


def test_every_rule_of_dates_has_its_own_settings(tmp_path: Path) -> None:
    """A month of birth needs nothing more, a season its two days; early days, an entry and words about a missed date are read."""
    found = _certification(tmp_path / "a", (PERIOD, 'rule = "birthday"\nearly_days = 30'))
    assert isinstance(found, CertificationRules)
    assert (found.rule, found.early_days) == ("birthday", 30)
    found = _certification(tmp_path / "b", (PERIOD, 'rule = "season"\nseason_from = "12-01"\nseason_to = "02-29"'))
    assert isinstance(found, CertificationRules)
    assert (found.season_from, found.season_to) == (MonthDay(12, 1), MonthDay(2, 29))
    found = _certification(
        tmp_path / "c", ('rule = "period"\n', ""), ('entry_url = ""', 'entry_url = "https://rz.example.test/a?b=1"')
    )
    assert isinstance(found, CertificationRules)
    assert (found.rule, found.period_months, found.entry_url) == ("period", 12, "https://rz.example.test/a?b=1")
    assert "恢复发放" in found.missed.resume
    assert found.missed.back_pay == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ((PERIOD, 'rule = "moon"'), ["certification.rule: must be one of period, birthday, season"]),
        ((PERIOD, 'rule = "period"'), ["certification.period_months: is missing"]),
        ((PERIOD, PERIOD + "\nearly_days = 3"), ["certification.early_days: unknown key"]),
        ((PERIOD, PERIOD + '\nseason_from = "03-01"'), ["certification.season_from: unknown key"]),
        ((PERIOD, 'rule = "birthday"\nperiod_months = 12'), ["certification.period_months: has no meaning with rule = birthday"]),
        ((PERIOD, 'rule = "season"\nseason_from = "03-01"'), ["certification.season_to: is missing"]),
        (
            (PERIOD, 'rule = "season"\nseason_from = "02-30"\nseason_to = "3-1"'),
            [
                'certification.season_from: must be a day of the year like "03-01"',
                'certification.season_to: must be a day of the year like "03-01"',
            ],
        ),
        (
            ('entry_url = ""', 'entry_url = "http://rz.example.test/"'),
            ["certification.entry_url: must be empty or begin with https://"],
        ),
    ],
)
def test_settings_of_another_rule_are_mistakes(tmp_path: Path, changes: tuple[str, str], told: list[str]) -> None:
    """What a rule lacks, what it has no use for, days that are none, and an entry that is not safe."""
    assert _certification(tmp_path, changes) == told


def test_mistakes_in_the_parts_of_the_card_are_told_at_once(tmp_path: Path) -> None:
    """Windows, fees, days, delivery and loss: each wrong value is named with its key and with what would be right."""
    folder = _copy(tmp_path, "beijing", "binzhou")
    _change(
        folder / "beijing" / "windows.toml",
        ("day_from = 5", "day_from = 29"),
        ("time_from = 06:00:00\ntime_to = 22:00:00", 'time_from = "sechs"\ntime_to = "24:00"'),
        (
            "[windows.W-CARD-ONLINE.shifted]",
            '[windows.W-CARD-ONLINE.shifted]\n"2026-02" = 2026-03-01\n"2026-13" = 2026-12-07\n"2026-05" = "Mai"',
        ),
        ("[windows.W-CARD-PROGRESS]\nday_from = 5", "[windows.W-CARD-PROGRES]\nday_from = 5\nday_to = 4"),
        ("[windows.W-RECORD]", "[windows.record]\ncolour = 1"),
    )
    _change(
        folder / "beijing" / "card.toml",
        ('amount = "20.00"', 'amount = "20.005"'),
        ("[fees.card_replace]", "[fees.card_replce]\namount = 1\n[fees.card_replace]"),
        ("days = 4\nsource =", "days = 4.5\nquelle ="),
        ("[days.review]", "[days.reveiw]"),
        ('ways = ["网点自取", "快递"]', "ways = []"),
    )
    _change(
        folder / "binzhou" / "card.toml",
        ("temporary_days = 15\nwarn_days = 2", "temporary_days = 2\nwarn_days = 2"),
        ("online = true", "online = false"),
    )
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    expected = [
        "beijing/windows.toml: windows.W-CARD-ONLINE.day_from: must be a whole number from 1 to 28",
        'beijing/windows.toml: windows.W-CARD-ONLINE.time_from: must be a time of day like 06:00:00 or "6:00"',
        'beijing/windows.toml: windows.W-CARD-ONLINE.time_to: must be a time of day like 06:00:00 or "6:00"',
        "beijing/windows.toml: windows.W-CARD-ONLINE.shifted.2026-02: must be a day of that month",
        "beijing/windows.toml: windows.W-CARD-ONLINE.shifted.2026-13: is no month like 2026-02",
        "beijing/windows.toml: windows.W-CARD-ONLINE.shifted.2026-05: must be a date like 2026-11-01",
        "beijing/windows.toml: windows.W-CARD-PROGRES.day_to: must not lie before day_from",
        "beijing/windows.toml: windows.record: is no code of a window, like W-CARD-ONLINE",
        "beijing/windows.toml: windows.record.colour: unknown key",
        "beijing: windows.W-CARD-PROGRESS is missing: BJH-29 needs it",
        'beijing/card.toml: fees.card_replace.amount: must be a sum in yuan above zero like "20.00"',
        "beijing/card.toml: fees.card_replce: unknown key",
        "beijing/card.toml: days.card_replace.days: must be a whole number from 0 to 366",
        "beijing/card.toml: days.card_replace.source: is missing",
        "beijing/card.toml: days.card_replace.quelle: unknown key",
        "beijing/card.toml: days.review: is missing",
        "beijing/card.toml: days.reveiw: unknown key",
        "beijing/card.toml: delivery.ways: must be a list of texts, not empty",
        "binzhou/card.toml: loss.warn_days: must be fewer than temporary_days",
        "binzhou/card.toml: loss.lift_online: true needs online = true",
    ]
    assert sorted(caught.value.problems) == sorted(expected)


def test_mistakes_in_outlets_people_words_and_orders_are_told_at_once(tmp_path: Path) -> None:
    """A place off the map, an unknown channel, a state without words, a share above one, tiers twice: each is named."""
    folder = _copy(tmp_path, "binzhou", "jinan")
    _change(
        folder / "jinan" / "outlets.toml",
        ("latitude = 36.6666", "latitude = 166.6666"),
        ("示例市中社保卡服务网点", "示例历下社保经办网点"),
        ('phone = "12333"', 'phone = "12333"\nowner = "x"'),
    )
    _change(folder / "jinan" / "human.toml", ('"phone"', '"pigeon"'), ("time_to = 17:00:00", 'time_to = "8:00"'))
    _change(
        folder / "jinan" / "cases.toml",
        ("must_read = true", 'must_read = "yes"'),
        ('second = ["处理中", "等待中心审批"]\n', ""),
        ('supplement = ["处理中", "等待补正"]', 'supplement = ["处理中"]'),
        ('"处理结束", "审核成功"', '"完了", "审核成功"'),
        ("void =", "viod ="),
    )
    _change(
        folder / "binzhou" / "orders.toml",
        ('base_min = "4000.00"', 'base_min = "40000.00"'),
        ('pension = "0.20"', "pension = 1.2"),
        ('code = "p600"', 'code = "p300"'),
        ('amount = "380.00"', 'amount = "-380.00"'),
        ("minutes_to_pay = 120", "minutes_to_pay = true"),
        ("banks =", "bank ="),
    )
    (folder / "jinan" / "orders.toml").write_text(
        (folder / "binzhou" / "orders.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    here = "binzhou/orders.toml: orders"
    expected = [
        "jinan/outlets.toml: outlets.places[1].latitude: must be degrees from 3 to 54",
        "jinan/outlets.toml: outlets.places[1].owner: unknown key",
        "jinan/outlets.toml: outlets.places: the same name twice",
        "jinan/human.toml: human.channel: must be one of console, wechat, phone",
        "jinan/human.toml: human.time_to: must be later than time_from",
        "jinan/cases.toml: cases.must_read: must be true or false",
        "jinan/cases.toml: cases.words.second: is missing",
        "jinan/cases.toml: cases.words.supplement: must be two texts, none of them empty",
        "jinan/cases.toml: cases.words.done: the first must be one of 待提交, 处理中, 处理结束",
        "jinan/cases.toml: cases.words.void: is missing",
        "jinan/cases.toml: cases.words.viod: unknown key",
        f"{here}.base_max: must not be less than base_min",
        f'{here}.rates.pension: must be a share above 0 and at most 1 like "0.20"',
        f"{here}.tiers.resident_pension: the same code twice",
        f'{here}.tiers.resident_medical[1].amount: must be a sum in yuan above zero like "20.00"',
        f"{here}.minutes_to_pay: must be a whole number from 5 to 10080",
        f"{here}.banks: is missing",
        f"{here}.bank: unknown key",
        "jinan/orders.toml: table [orders] needs one of BZ-23, BZ-24, BZ-25 among the capabilities",
    ]
    assert sorted(problem for problem in caught.value.problems if not problem.startswith("jinan/orders.toml: orders.")) == sorted(
        expected
    )


def test_a_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    """A file that is no TOML is named, the mistakes of the other files of its region are told too, and nothing is called missing for it."""
    folder = _copy(tmp_path, "jinan")
    (folder / "jinan" / "card.toml").write_text("[loss\n", encoding="utf-8")
    _change(folder / "jinan" / "region.toml", ('name = "济南"', 'name = ""'))
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    first, second = caught.value.problems
    assert first.startswith("jinan/card.toml: not readable as TOML (")
    assert second == "jinan/region.toml: region.name: must be a text that is not empty"


def test_a_folder_without_regions_is_a_mistake(tmp_path: Path) -> None:
    """An empty folder and one that is not there are both told, not taken for a product without regions."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(RegionError, match="no region here"):
            load_regions(folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("[7, 30]", "[30, 7]", "reminders.after: must rise, each once"),
        ("[7, 30]", "[0]", "reminders.after: must be a list of whole numbers from 1 to 366"),
        ('"sms", "relative"', '"fax", "relative"', "reminders.ladder: must be of template, subscribe, sms, relative, visit"),
        ('"sms", "relative"', '"sms", "sms"', "reminders.ladder: the same rung twice"),
        ('"relative", "visit"', '"visit", "relative"', "reminders.ladder: visit is the last rung"),
        ('"9:00"', '"25:00"', "reminders.at: must be a time of day"),
        ("receipt_hours = 24", "receipt_hours = -1", "reminders.receipt_hours: must be a whole number from 0 to 240"),
        ("receipt_hours = 24", "recepit_hours = 24", "reminders.recepit_hours: unknown key"),
        ("sms = 15", "fax = 15", "reminders.from_days.fax: must be one of template, subscribe, sms, relative, visit"),
        ("visit = 7", 'visit = 7\n[reminders.texts]\n"P-CERT" = "x"', "reminders.texts.P-CERT: must be a name like"),
        (
            "visit = 7",
            'visit = 7\n[reminders.texts]\n"P-CERT.day" = "{who}"',
            "reminders.texts.P-CERT.day: knows only the places name,",
        ),
        (
            "visit = 7",
            'visit = 7\n[reminders.texts]\n"P-CERT.day" = "{due"',
            "reminders.texts.P-CERT.day: has a brace that is not closed",
        ),
        (
            "visit = 7",
            'visit = 7\n[reminders.texts]\n"P-CERT.before.hint" = "还有{left}天，请您尽快认证，回复“认证”看办法"',
            "reminders.texts.P-CERT.before.hint: a hint has at most 20 characters",
        ),
        (
            "visit = 7",
            'visit = 7\n[reminders.texts]\n"P-CERT.before.sms" = "{name}，请到 http://x.cn 认证"',
            "reminders.texts.P-CERT.before.sms: what is sent unasked holds no link",
        ),
        (
            "visit = 7",
            'visit = 7\n[reminders.texts]\n"P-CERT.before.hint" = "请加微信abc123认证"',
            "reminders.texts.P-CERT.before.hint: what is sent unasked holds no link",
        ),
    ],
)
def test_mistakes_in_reminders_are_named(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """File, key and what it should be."""
    folder = _copy(tmp_path, "jinan")
    _change(folder / "jinan" / "reminders.toml", (old, new))
    with pytest.raises(RegionError) as told:
        load_regions(folder)
    assert any(one.startswith(f"jinan/reminders.toml: {problem}") for one in told.value.problems), told.value.problems
