"""[columns] of a region: which columns its agency wants, checked as everything else of a region."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import storage.regions
from bot.config import Config, Regions, Security, Storage, Wechat
from bot.doctor import examine
from handlers import queries
from handlers.queries import SHEETS
from handlers.queries.sheets import unknown_columns
from storage.ports.regions import SheetColumns
from storage.regions import RegionError, load_regions
from tests.clock import FakeClock

SHIPPED = Path(storage.regions.__file__).parent


def _with(tmp_path: Path, content: str) -> Path:
    shutil.copytree(SHIPPED / "beijing", tmp_path / "beijing")
    (tmp_path / "beijing" / "columns.toml").write_text(content, encoding="utf-8")
    return tmp_path


def test_an_agency_sets_its_columns_in_a_file_of_its_own(tmp_path: Path) -> None:
    """Order, what is left out, and heads; a sheet that is not named stays as declared."""
    folder = _with(
        tmp_path,
        '[columns.annuity]\nshow = ["period", "personal_amount"]\ntitles = { personal_amount = "个人缴费额" }\n'
        '[columns.backpay.titles]\nkind = "补缴类型"\n',
    )
    columns = load_regions(folder)["beijing"].columns
    assert columns == {
        "annuity": SheetColumns(("period", "personal_amount"), {"personal_amount": "个人缴费额"}),
        "backpay": SheetColumns((), {"kind": "补缴类型"}),
    }


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('[columns.annuity]\nshow = ["period", "period"]', "columns.annuity.show: the same column twice"),
        ("[columns.annuity]\nshow = []", "columns.annuity.show: must be a list of texts"),
        ("[columns.annuity]", "columns.annuity.show: is missing, and so is titles"),
        ('[columns.annuity]\nshow = ["period"]\nwidth = 3', "columns.annuity.width: unknown key"),
        ('[columns.annuity]\ntitles = { period = "" }', "columns.annuity.titles.period: must be a text"),
        ("[columns]\nannuity = 3", "columns.annuity: must be a table"),
    ],
)
def test_a_mistake_in_it_is_named(tmp_path: Path, content: str, problem: str) -> None:
    """File and key of each."""
    with pytest.raises(RegionError) as told:
        load_regions(_with(tmp_path, content))
    assert any(problem in one and "beijing/columns.toml" in one for one in told.value.problems)


def test_shipped_columns_are_declared_and_no_two_sheets_share_a_name() -> None:
    """What the regions say is about tables that there are."""
    assert unknown_columns(SHEETS, load_regions()) == ()
    modules = {name: module for name, module in vars(queries).items() if hasattr(module, "SHEETS") and name != "sheets"}
    assert sum(len(module.SHEETS) for module in modules.values()) == len(SHEETS)
    assert all(len({one.key for one in sheet.columns}) == len(sheet.columns) for sheet in SHEETS.values())


async def test_the_doctor_names_columns_that_nobody_has(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> None:
    """The installation works, and the agency is told that its wish was not understood."""
    folder = _with(tmp_path, '[columns.annuity_payments]\nshow = ["period", "wages"]\n')
    given = Config(
        wechat=Wechat(account_kind="personal"),
        storage=Storage(database_url=sqlite_url),
        security=Security(master_key="00" * 32),
        regions=Regions(folder=str(folder), enabled=("beijing",)),
    )
    (finding,) = [one for one in await examine(given, clock) if one.what == "地区"]
    assert finding.state == "warn"
    assert "columns.annuity_payments: there is no column 'wages'" in finding.text
