"""Regions are data: what is shipped is right, and a bad folder is told all its mistakes at once."""

from __future__ import annotations

import re
import shutil
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

import storage.regions
from storage.ports.records import CaseState, Channel
from storage.ports.regions import ReminderRules
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
    assert {f"BZ-{number}" for number in range(18, 27)} <= binzhou.capabilities
    assert {"BJH-27", "BJH-28", "BJH-29", "BJH-M-14", "BJH-M-15", "BJH-M-16"} <= beijing.capabilities


def test_beijing_has_windows_fee_and_days_of_the_handbook() -> None:
    """From the 5th to month-end, 6:00–22:00 (7.1); 20元, four and three working days (7.2)."""
    beijing = load_regions()["beijing"]
    for code in ("W-CARD-ONLINE", "W-CARD-PROGRESS", "W-RECORD"):
        window = beijing.windows[code]
        assert (window.code, window.day_from, window.day_to) == (code, 5, None)
        assert (window.time_from, window.time_to) == (time(6, 0), time(22, 0))
    for code in ("W-BACKPAY-3M", "W-BACKPAY-MONTHLY"):
        window = beijing.windows[code]
        assert (window.day_from, window.day_to, window.time_from, window.time_to) == (5, 25, time(6, 0), time(17, 0))
    assert (beijing.windows["W-CHEQUE"].day_from, beijing.windows["W-CHEQUE"].day_to) == (1, 15)
    assert beijing.windows["W-CARD-ONLINE"].note == "特殊情况顺延并提前通知"
    assert beijing.fees == {"card_replace": Decimal("20.00")}
    assert beijing.days == {"card_replace": 4, "card_second": 3, "review": 2, "complaint": 5, "refund": 3, "phone_change": 2}
    assert beijing.delivery == ("网点自取", "快递")
    assert beijing.orders is None


def test_loss_reports_are_temporary_only_where_the_agency_says_so() -> None:
    """滨州: fifteen days, told two days before, lifted here, and no manual is quoted to people; elsewhere nothing is reported here."""
    regions = load_regions()
    here = regions["binzhou"].loss
    assert (here.online, here.temporary_days, here.warn_days, here.lift_online) == (True, 15, 2, True)
    assert "到期自动解除" in here.does
    assert "手册" not in f"{here}{regions['beijing'].loss}{regions['jinan'].loss}"
    for code in ("beijing", "jinan"):
        loss = regions[code].loss
        assert (loss.online, loss.temporary_days, loss.lift_online) == (False, 0, False)
        assert "12333" in loss.lift


def test_only_binzhou_takes_orders_and_calls_its_figures_examples() -> None:
    """Base, rates and tiers are all there, the base fits the rates to the cent, and source, banks and tiers say 示例."""
    regions = load_regions()
    assert [code for code, region in regions.items() if region.orders] == ["binzhou"]
    rules = regions["binzhou"].orders
    assert rules is not None
    assert "示例" in rules.source
    assert "由经办机构设置" in rules.source
    assert all("示例" in name for name in rules.banks)
    assert all("示例" in tier.label for tiers in rules.tiers.values() for tier in tiers)
    assert (rules.base_min, rules.base_max) == (Decimal("4000.00"), Decimal("20000.00"))
    assert dict(rules.rates) == {"pension": Decimal("0.20"), "medical": Decimal("0.08")}
    assert (rules.months_at_most, rules.minutes_to_pay) == (12, 120)
    assert {kind: len(tiers) for kind, tiers in rules.tiers.items()} == {"resident_pension": 5, "resident_medical": 2}


def test_cases_speak_each_regions_own_words() -> None:
    """Every state has words everywhere; those of the manuals are verbatim; only in 济南 a case ends with 设为已读."""
    regions = load_regions()
    for region in regions.values():
        assert set(region.case_words) == set(CaseState)
        assert all((words[0] == "处理结束") == state.over for state, words in region.case_words.items())
    words = {code: region.case_words for code, region in regions.items()}
    assert words["beijing"][CaseState.REVIEW] == ("处理中", "等待审核")
    assert words["beijing"][CaseState.DONE] == ("处理结束", "已办结")
    assert words["beijing"][CaseState.REFUSED] == ("处理结束", "未通过")
    assert words["jinan"][CaseState.REVIEW] == ("处理中", "等待中心审批")
    assert words["jinan"][CaseState.DONE] == ("处理结束", "审核成功")
    assert words["jinan"][CaseState.REFUSED] == ("处理结束", "审核失败")
    assert not set(words["binzhou"].values()) & {("处理结束", "导入成功"), ("处理结束", "审核成功")}
    assert {code: region.must_read for code, region in regions.items()} == {"beijing": False, "binzhou": False, "jinan": True}


def test_outlets_and_people_are_examples_in_the_right_city() -> None:
    """Invented names and addresses, positions within their city, and each region has its own way to a person in its hours."""
    regions = load_regions()
    boxes = {"beijing": (39.4, 41.1, 115.4, 117.6), "binzhou": (36.6, 38.4, 117.2, 118.7), "jinan": (36.0, 37.6, 116.2, 117.8)}
    for code, (south, north, west, east) in boxes.items():
        for outlet in regions[code].outlets:
            assert outlet.name.startswith("示例")
            assert outlet.name.endswith("网点")
            assert "示例" in outlet.address
            assert south < outlet.latitude < north
            assert west < outlet.longitude < east
            assert outlet.phone == "12333"
            assert "领卡" in outlet.does
            assert re.fullmatch(r"工作日 \d{1,2}:\d{2}–\d{1,2}:\d{2}", outlet.hours)
    assert {code: len(region.outlets) for code, region in regions.items()} == {"beijing": 10, "binzhou": 5, "jinan": 4}
    assert {code: region.human.channel for code, region in regions.items()} == {
        "beijing": "console",
        "binzhou": "wechat",
        "jinan": "phone",
    }
    assert all((region.human.time_from, region.human.time_to) == (time(9), time(17)) for region in regions.values())


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
        assert "以" in region.texts["certification_note"]
        assert "经办机构答复为准" in region.texts["certification_note"]
        everything = " ".join([rules.after_missed, *(way.text for way in rules.ways), *region.texts.values()])
        assert not re.search("法律|规定|必须", everything)
        if region.code != "beijing":
            assert all("以当地经办机构答复为准" in way.text for way in rules.ways)


def test_every_text_has_its_source_and_stays_short() -> None:
    """A dated source stands with each region, and the sentence for what is missing names what was asked."""
    for region in load_regions().values():
        assert re.search(r"手册.*\d{4}-\d{2}-\d{2}核对", region.texts["source"])
        assert "工伤待遇" in region.missing.format(what="工伤待遇")
        assert all(len(text) <= 400 for text in (*region.texts.values(), region.loss.guide))


def test_a_region_lacks_what_its_capabilities_do_not_need(tmp_path: Path) -> None:
    """Without the optional files 济南 still loads, with neutral words; 滨州 without orders.toml is told which capability wants it."""
    folder = _copy(tmp_path, "jinan")
    for file in ("outlets", "human", "cases"):
        (folder / "jinan" / f"{file}.toml").unlink()
    bare = load_regions(folder)["jinan"]
    assert (bare.outlets, bare.orders, dict(bare.windows), dict(bare.fees)) == ((), None, {}, {})
    assert (bare.delivery, bare.must_read, bare.human.channel) == (("网点自取",), False, "phone")
    assert bare.case_words[CaseState.DONE] == ("处理结束", "已办结")
    _copy(tmp_path, "binzhou")
    (folder / "binzhou" / "orders.toml").unlink()
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    assert caught.value.problems == ("binzhou: table [orders] is missing: BZ-23 needs it",)
    _change(folder / "binzhou" / "region.toml", ('"BZ-23", "BZ-24", "BZ-25", "BZ-26",', ""))
    with pytest.raises(RegionError) as caught:
        load_regions(folder)
    (problem,) = caught.value.problems
    assert problem.startswith("binzhou/card.toml: days.refund needs one of BZ-23, ")


def test_orders_need_only_what_their_kind_costs(tmp_path: Path) -> None:
    """A region with 居民医疗 alone gives its tiers, and neither base nor rates."""
    folder = _copy(tmp_path, "binzhou")
    _change(folder / "binzhou" / "region.toml", ('"BZ-23", "BZ-24", "BZ-25"', '"BZ-25"'))
    content = (folder / "binzhou" / "orders.toml").read_text(encoding="utf-8")
    content = re.sub(r"(?m)^base_m.*\n", "", content)
    content = re.sub(r"(?ms)^\[orders\.rates\].*(?=\[\[orders\.tiers\.resident_medical\]\]\ncode = .m380)", "", content)
    (folder / "binzhou" / "orders.toml").write_text(content, encoding="utf-8")
    rules = load_regions(folder)["binzhou"].orders
    assert rules is not None
    assert dict(rules.rates) == {}
    assert [tier.amount for tier in rules.tiers["resident_medical"]] == [Decimal("380.00"), Decimal("250.00")]
    assert set(rules.tiers) == {"resident_medical"}


def test_times_days_and_sums_may_be_texts(tmp_path: Path) -> None:
    """An agency that writes "6:00", "2027-02-09" and 20.00 means the same as with TOML's own times, days and texts."""
    folder = _copy(tmp_path, "beijing")
    _change(
        folder / "beijing" / "windows.toml",
        ("time_from = 06:00:00", 'time_from = "6:00"'),
        ("[windows.W-CARD-ONLINE.shifted]", '[windows.W-CARD-ONLINE.shifted]\n"2027-02" = "2027-02-09"'),
    )
    _change(folder / "beijing" / "card.toml", ('amount = "20.00"', "amount = 20.10"))
    region = load_regions(folder)["beijing"]
    assert region.windows["W-CARD-ONLINE"].time_from == time(6, 0)
    assert region.windows["W-CARD-ONLINE"].shifted == {"2027-02": date(2027, 2, 9)}
    assert region.fees["card_replace"] == Decimal("20.10")


def test_an_operators_folder_replaces_ours(tmp_path: Path) -> None:
    """A changed telephone number in an own folder is what people are told."""
    folder = _copy(tmp_path, "jinan")
    _change(folder / "jinan" / "region.toml", ('hotline = "12333"', 'hotline = "0531-12333"'))
    assert {code: region.hotline for code, region in load_regions(folder).items()} == {"jinan": "0531-12333"}


def test_every_region_says_when_and_how_its_people_are_reminded() -> None:
    """7 and 30 days after a missed day; the whole ladder, SMS from 15 days and visits from 7 days before; nine o'clock; a day for receipts.
    The file says that it is the agency's setting."""
    for code, region in load_regions().items():
        rules = region.reminders
        assert rules.after == (7, 30)
        assert rules.ladder == (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE, Channel.VISIT)
        assert (rules.at, rules.receipt_hours) == (time(9, 0), 24)
        assert rules.from_days == {Channel.SMS: 15, Channel.VISIT: 7}
        assert rules.texts == {}
        assert "the agency sets all of it" in (SHIPPED / code / "reminders.toml").read_text(encoding="utf-8")


def test_a_region_without_reminders_has_the_products_own(tmp_path: Path) -> None:
    """Nothing after a missed day, every rung from the first stage on."""
    folder = _copy(tmp_path, "jinan")
    (folder / "jinan" / "reminders.toml").unlink()
    assert load_regions(folder)["jinan"].reminders == ReminderRules()


def test_an_agency_sets_its_own_reminders(tmp_path: Path) -> None:
    """Fewer rungs in another order, another hour, no waiting for receipts, words of its own."""
    folder = _copy(tmp_path, "jinan")
    (folder / "jinan" / "reminders.toml").write_text(
        '[reminders]\nafter = [3]\nladder = ["sms", "template"]\nat = 10:30:00\nreceipt_hours = 0\n'
        '[reminders.from_days]\nsms = 30\n[reminders.texts]\n"P-CERT.before" = "{name}，还有 {left} 天。"\n'
        '"P-CERT.day.hint" = "今天到期"\n',
        encoding="utf-8",
    )
    assert load_regions(folder)["jinan"].reminders == ReminderRules(
        after=(3,),
        ladder=(Channel.SMS, Channel.TEMPLATE),
        at=time(10, 30),
        from_days={Channel.SMS: 30},
        receipt_hours=0,
        texts={"P-CERT.before": "{name}，还有 {left} 天。", "P-CERT.day.hint": "今天到期"},
    )
