"""Import of people: every good form is taken, every mistake is told by row and column, and nothing is half-imported."""

from __future__ import annotations

from datetime import date

from storage.identity import make
from storage.imports import ImportReport, Problem, import_people
from storage.imports.cells import AS_NUMBER
from storage.ports.records import Person
from storage.ports.repositories import Store
from tests.data.files import as_csv, as_xlsx

MAN = "000001199001010014"
WOMAN = make("000001", date(1985, 5, 5), 2)
OTHER = make("000001", date(1970, 12, 31), 101)
HEADS = ("姓名", "证件号码", "手机号码", "性别", "出生日期", "人员状态")


async def stored(store: Store, id_no: str, region: str = "binzhou") -> Person | None:
    async with store.reading() as repos:
        found = await repos.people.by_id_no(id_no, region)
    return found[0] if found else None


async def count(store: Store) -> int:
    async with store.reading() as repos:
        return await repos.people.count()


async def test_a_good_csv_is_taken(store: Store) -> None:
    """Names, numbers, phones and dates come out as they went in; what the number tells need not be written."""
    data = as_csv(
        HEADS,
        ("何𬭚", MAN, "15400001234", "男", "1990-01-01", "在职"),
        ("", "", "", "", "", ""),
        (" 䶮清辞 ", f" {WOMAN.lower()} ", "154-0000-1235", "", "", "已退休"),
        ("安然", OTHER, "", "", "1970/12/31", "死亡"),
    )
    report = await import_people(store, "binzhou", data, "people.csv")
    assert report == ImportReport("people.csv", "binzhou", 3, 3, 0, False)
    assert report.ok
    man, woman, other = await stored(store, MAN), await stored(store, WOMAN), await stored(store, OTHER)
    assert man is not None
    assert man == Person(man.id, "binzhou", "何𬭚", MAN, "15400001234", "男", date(1990, 1, 1), "在职")
    assert woman is not None
    assert (woman.name, woman.gender, woman.birth_date, woman.phone) == ("䶮清辞", "女", date(1985, 5, 5), "15400001235")
    assert other is not None
    assert (other.phone, other.person_status) == (None, "死亡")


async def test_the_same_file_in_three_forms(store: Store) -> None:
    """UTF-8 with a mark, GB18030 and XLSX with date cells mean the same; the second and third time people are updated, not doubled."""
    rows = (("姓名＊", "身份证号码", "手机号码", "出生日期"), ("余㛃", MAN, "15400001234", "1990年1月1日"))
    marked = await import_people(store, "binzhou", as_csv(*rows, encoding="utf-8-sig"), "a.csv")
    assert (marked.added, marked.updated, marked.problems) == (1, 0, ())
    chinese = await import_people(store, "binzhou", as_csv(*rows, encoding="gb18030"), "b.csv")
    assert (chinese.added, chinese.updated, chinese.problems) == (0, 1, ())
    sheet = as_xlsx(rows[0], ("余㛃", MAN, 15400001234, date(1990, 1, 1)))
    table = await import_people(store, "binzhou", sheet, "c.xlsx")
    assert (table.added, table.updated, table.problems) == (0, 1, ())
    person = await stored(store, MAN)
    assert person is not None
    assert (person.name, person.phone) == ("余㛃", "15400001234")
    assert await count(store) == 1


async def test_blank_cells_change_nothing_of_people_on_file(store: Store) -> None:
    """A file without phones does not take away a phone, nor a status; what is written replaces."""
    await import_people(store, "binzhou", as_csv(HEADS, ("何𬭚", MAN, "15400001234", "", "", "已退休")), "a.csv")
    report = await import_people(store, "binzhou", as_csv(("姓名", "证件号码", "手机号码"), ("何新名", MAN, "")), "b.csv")
    assert (report.added, report.updated) == (0, 1)
    person = await stored(store, MAN)
    assert person is not None
    assert (person.name, person.phone, person.person_status) == ("何新名", "15400001234", "已退休")


async def test_every_problem_is_told_and_nothing_written(store: Store) -> None:
    """One bad file with a mistake in nearly every cell: each has its row and column, and the good row is not imported either."""
    wrong_digit = MAN[:-1] + "5"
    data = as_csv(
        (*HEADS, "死亡日期", "备注"),
        ("甲", MAN, "15400001234", "", "", "", "", ""),
        ("乙", wrong_digit, "", "", "", "", "", ""),
        ("", WOMAN, "12345", "未知", "1985-02-30", "休假", "", ""),
        ("丁", "110105199001", "", "", "", "", "", ""),
        ("戊", MAN, "", "", "", "", "", ""),
        ("己", OTHER, "", "女", "1970-12-30", "在职", "2020-01-01", ""),
        ("庚", "", "", "", "", "", "", ""),
        ("辛", "1.10105E+17", "", "", "", "", "", ""),
        ("壬", make("000001", date(1980, 1, 1), 9), "", "", "", "在职", "2020-01-01", ""),
    )
    report = await import_people(store, "binzhou", data, "bad.csv")
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (1, "H"),
        (3, "证件号码"),
        (4, "姓名"),
        (4, "性别"),
        (4, "出生日期"),
        (4, "手机号码"),
        (4, "人员状态"),
        (5, "证件号码"),
        (6, "证件号码"),
        (7, "性别"),
        (7, "出生日期"),
        (8, "证件号码"),
        (9, "证件号码"),
        (10, "死亡日期"),
    ]
    told = {(problem.row, problem.column): problem.problem for problem in report.problems}
    assert "不认识这个列名" in told[1, "H"]
    assert "校验码" in told[3, "证件号码"]
    assert told[4, "姓名"] == "这一格没有填写"
    assert told[4, "性别"] == "只能填：男、女"
    assert "真实的日期" in told[4, "出生日期"]
    assert "11位" in told[4, "手机号码"]
    assert told[4, "人员状态"].startswith("只能填：在职")
    assert "现在是12位" in told[5, "证件号码"]
    assert told[6, "证件号码"] == "与第2行重复"
    assert told[7, "性别"] == told[7, "出生日期"] == "与证件号码不一致"
    assert told[9, "证件号码"] == AS_NUMBER
    assert "人员状态就应是“死亡”" in told[10, "死亡日期"]
    assert (report.rows, report.added, report.updated) == (9, 0, 0)
    assert await count(store) == 0
    everything = str(report)
    assert "什么都没有写入" in everything
    assert "第3行“证件号码”" in everything
    assert not any(secret in everything for secret in (MAN, WOMAN, wrong_digit, OTHER, "12345", "休假"))


async def test_an_identity_number_stored_as_a_number_is_refused(store: Store) -> None:
    """Excel has lost its last digits: the report says why and how to put it right, and nothing is written."""
    sheet = as_xlsx(("姓名", "证件号码"), ("甲", 110105199001011234), ("乙", MAN))
    report = await import_people(store, "binzhou", sheet, "numbers.xlsx")
    assert report.problems == (Problem(2, "证件号码", AS_NUMBER),)
    assert "文本" in AS_NUMBER
    assert await count(store) == 0


async def test_other_papers_are_not_judged_by_a_check_digit(store: Store) -> None:
    """A passport is taken as it is, but then gender and birth date must be written; a residence permit is checked like an identity card."""
    heads = ("姓名", "证件类型", "证件号码", "性别", "出生日期")
    permit = make("810000", date(1990, 3, 3), 11)
    data = as_csv(
        heads,
        ("安娜", "护照", "demo12345", "女", "1990-03-17"),
        ("李", "港澳台居民居住证", permit, "", ""),
        ("王", "居民身份证", MAN, "", ""),
    )
    assert (await import_people(store, "beijing", data, "a.csv")).problems == ()
    foreign = await stored(store, "DEMO12345", "beijing")
    assert foreign is not None
    assert (foreign.id_type, foreign.birth_date) == ("护照", date(1990, 3, 17))
    bad = as_csv(
        heads,
        ("安娜", "护照", "demo12345", "", ""),
        ("李", "港澳台居民居住证", permit[:-1] + "Y", "", ""),
        ("王", "借书证", MAN, "", ""),
    )
    report = await import_people(store, "beijing", bad, "b.csv")
    assert [(problem.row, problem.column) for problem in report.problems] == [
        (2, "性别"),
        (2, "出生日期"),
        (3, "证件号码"),
        (4, "证件类型"),
    ]


async def test_a_dry_run_says_the_same_and_writes_nothing(store: Store) -> None:
    """The counts are those of a real run, and the people are not there."""
    data = as_csv(HEADS, ("何𬭚", MAN, "", "", "", ""))
    dry = await import_people(store, "binzhou", data, "a.csv", dry_run=True)
    assert (dry.ok, dry.added, dry.dry_run) == (True, 1, True)
    assert "没有写入" in str(dry)
    assert await count(store) == 0
    assert "已写入" in str(await import_people(store, "binzhou", data, "a.csv"))


async def test_heads_are_checked_before_rows(store: Store) -> None:
    """A missing column is told once, not once a row; a doubled one and data without a head are told too."""
    missing = await import_people(store, "binzhou", as_csv(("姓名", "手机号码"), ("甲", "x"), ("乙", "y")), "a.csv")
    assert missing.problems == (Problem(1, "证件号码", "缺少这一列"),)
    doubled = as_csv(("", "", "", ""), ("姓名", "证件号码", "身份证号", ""), ("甲", MAN, "", ""), ("乙", OTHER, "", "备注在这里"))
    report = await import_people(store, "binzhou", doubled, "b.csv")
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "证件号码"), (4, "D")]
    assert await count(store) == 0


async def test_the_same_number_in_two_regions_is_two_registrations(store: Store) -> None:
    """Importing into one region leaves the person's record in the other alone."""
    await import_people(store, "binzhou", as_csv(("姓名", "证件号码"), ("甲", MAN)), "a.csv")
    report = await import_people(store, "jinan", as_csv(("姓名", "证件号码"), ("甲济南", MAN)), "b.csv")
    assert (report.added, report.updated) == (1, 0)
    here, there = await stored(store, MAN, "binzhou"), await stored(store, MAN, "jinan")
    assert here is not None
    assert there is not None
    assert (here.name, there.name) == ("甲", "甲济南")
