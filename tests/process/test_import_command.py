"""`import` on the command line: what comes in, what is refused, and what is said of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.importing import IMPORTED
from storage.identity import make
from storage.ports.records import Certification, PensionPayment
from storage.ports.repositories import Repositories
from tests import people
from tests.data.files import as_csv
from tests.process.operator import Bot, flat, in_store

HEADS = ("姓名", "证件号码", "手机号码", "人员状态")
NUMBERS = [make(people.AREA, date(1990, 1, n), n) for n in range(1, 4)]


def _people_file(folder: Path, *rows: tuple[str, ...]) -> str:
    path = folder / "people.csv"
    path.write_bytes(as_csv(HEADS, *rows))
    return str(path)


def test_people_and_their_contributions_are_imported(bot: Bot, tmp_path: Path, ready: dict[str, str], sqlite_url: str) -> None:
    """First a dry run that writes nothing, then the real one, twice: added, then updated; then contributions of those people."""
    file = _people_file(tmp_path, ("何样", NUMBERS[0], "19900040001", "在职"), ("余样", NUMBERS[1], "", "已退休"))
    kind = ("--kind", "people", "--region", "binzhou")
    dry = bot("import", file, *kind, "--dry-run", env=ready)
    assert dry.exit_code == 0
    assert in_store(sqlite_url, lambda tx: tx.people.count()) == 0
    first = bot("import", file, *kind, env=ready)
    assert first.exit_code == 0, first.output
    assert "2" in first.output
    assert in_store(sqlite_url, lambda tx: tx.people.count("binzhou")) == 2
    again = bot("import", file, *kind, env=ready)
    assert again.exit_code == 0
    assert in_store(sqlite_url, lambda tx: tx.people.count()) == 2
    assert NUMBERS[0] not in first.output + again.output + dry.output
    money = tmp_path / "money.csv"
    money.write_bytes(
        as_csv(
            ("证件号码", "险种", "费款所属期", "缴费基数", "单位缴费", "个人缴费"),
            (NUMBERS[0], "养老", "202401", "4000", "640", "320"),
            (NUMBERS[0], "养老", "202402", "4000", "640", "320"),
        )
    )
    result = bot("import", str(money), "--kind", "contributions", "--region", "binzhou", env=ready)
    assert result.exit_code == 0, result.output


def test_one_bad_row_and_nothing_is_imported(bot: Bot, tmp_path: Path, ready: dict[str, str], sqlite_url: str) -> None:
    """Each mistake by row and column, exit code 1, and the good rows are not in either; numbers of people are not repeated."""
    wrong = NUMBERS[1][:-1] + ("0" if NUMBERS[1][-1] != "0" else "1")
    file = _people_file(
        tmp_path,
        ("何样", NUMBERS[0], "19900040001", "在职"),
        ("余样", wrong, "19900040002", "在职"),
        ("", NUMBERS[2], "123", "在职"),
    )
    result = bot("import", file, "--kind", "people", "--region", "binzhou", env=ready)
    assert result.exit_code == 1
    for place in ("第3行“证件号码”", "第4行“姓名”", "第4行“手机号码”"):
        assert place in result.output
    assert "什么都没有写入" in result.output
    assert wrong not in result.output
    assert in_store(sqlite_url, lambda tx: tx.people.count()) == 0


def test_examples_of_every_kind_go_in_as_they_are(bot: Bot, tmp_path: Path, ready: dict[str, str], sqlite_url: str) -> None:
    """--example prints a file, without any setting; people first, then all the others are imported as printed."""
    assert "示例机械有限公司" in bot("import", "--kind", "job_vacancy", "--example").output
    for kind in IMPORTED:
        shown = bot("import", "--kind", kind, "--example")
        assert shown.exit_code == 0
        file = tmp_path / f"{kind}.csv"
        file.write_text(shown.output, "utf-8")
        done = bot("import", str(file), "--kind", kind, "--region", "binzhou", env=ready)
        assert done.exit_code == 0, (kind, done.output)
        assert "000001199001010014" not in done.output

    async def pension(tx: Repositories) -> object:
        (person,) = await tx.people.by_id_no("000001199001010014", "binzhou")
        return [str(row.amount) for row in await tx.rights.of(PensionPayment, person.id)]

    assert in_store(sqlite_url, pension) == ["3366.26"]
    assert bot("import", "--kind", "nothing", "--example").exit_code == 2
    assert "--region" in bot("import", str(tmp_path / "people.csv"), "--kind", "people", env=ready).output


def test_certifications_are_imported(bot: Bot, tmp_path: Path, ready: dict[str, str], sqlite_url: str) -> None:
    """A dry run without a key, then from a file, then the same from a database: the state follows the region's twelve months."""
    people_file = _people_file(tmp_path, ("何样", NUMBERS[0], "19900040001", "已退休"))
    kind = ("--kind", "certifications", "--region", "binzhou")
    file = tmp_path / "rz.csv"
    file.write_bytes(as_csv(("证件号码", "认证日期", "渠道", "结果"), (NUMBERS[0], "2024-03-15", "APP认证", "通过")))
    keyless = bot("import", str(file), *kind, "--dry-run")
    assert keyless.exit_code == 0, keyless.output
    assert "没有核对这些人是否已经登记" in flat(keyless)
    assert bot("import", str(file), *kind, "--dry-run", env=ready).exit_code == 1  # with a key it looks, and 何样 is not there
    assert bot("import", people_file, "--kind", "people", "--region", "binzhou", env=ready).exit_code == 0
    assert bot("import", str(file), *kind, env=ready).exit_code == 0

    async def state(tx: Repositories) -> Certification | None:
        return await tx.certifications.of_person((await tx.people.by_id_no(NUMBERS[0], "binzhou"))[0].id)

    found = in_store(sqlite_url, state)
    assert isinstance(found, Certification)
    assert (found.last_at, found.due_on) == (date(2024, 3, 15), date(2025, 3, 15))
    source = tmp_path / "agency.db"
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("CREATE TABLE rz AS SELECT ? AS n, '2024-08-01' AS d", (NUMBERS[0],))
    sql = "SELECT n AS 证件号码, d AS 认证日期, '窗口' AS 渠道, '通过' AS 结果 FROM rz"
    result = bot("import", "--sql", sql, *kind, env={**ready, "IMPORT_SOURCE_URL": f"sqlite:///{source}"})
    assert result.exit_code == 0, result.output
    found = in_store(sqlite_url, state)
    assert isinstance(found, Certification)
    assert found.due_on == date(2025, 8, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "不能都不给"),
        (("--sql", "SELECT 1"), "--source-url"),
        (("here.csv", "--sql", "SELECT 1", "--source-url", "sqlite:///x"), "不能都给"),
    ],
)
def test_an_import_has_one_source(bot: Bot, tmp_path: Path, ready: dict[str, str], arguments: tuple[str, ...], told: str) -> None:
    """A file or a query with its database: neither and both are told before anything is opened."""
    (tmp_path / "here.csv").write_text("x", encoding="utf-8")
    result = bot("import", *arguments, "--kind", "people", "--region", "binzhou", env=ready)
    assert result.exit_code == 2
    assert told in flat(result)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--kind", "cards", "--region", "binzhou"), "--kind 是 people、contributions、certifications、registration、"),
        (("--kind", "people", "--region", "atlantis"), "beijing、binzhou、jinan"),
    ],
)
def test_a_wrong_kind_or_region_is_told(
    bot: Bot, tmp_path: Path, ready: dict[str, str], arguments: tuple[str, ...], told: str
) -> None:
    """Before the file is read."""
    result = bot("import", _people_file(tmp_path), *arguments, env=ready)
    assert result.exit_code == 2
    assert told in result.output.replace("\n", "")


def test_importing_into_nothing_says_what_to_run(bot: Bot, tmp_path: Path, fresh: dict[str, str]) -> None:
    """A database that was not migrated, and no key: sentences."""
    file = _people_file(tmp_path, ("何样", NUMBERS[0], "", ""))
    bot("doctor", env=fresh)  # leaves an empty file behind
    result = bot("import", file, "--kind", "people", "--region", "binzhou", env=fresh)
    assert result.exit_code == 2
    assert "python -m bot migrate" in result.output
    result = bot("import", file, "--kind", "people", "--region", "binzhou")
    assert result.exit_code == 2
    assert "security.master_key: 没有填" in result.output
