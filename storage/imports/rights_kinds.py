"""The heads of every kind of 权益记录 (names of the data dictionary), what may stand under them, and what a row must agree with in itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from storage import identity
from storage.imports import cells
from storage.imports.table import Cell, Column
from storage.ports.record import Record
from storage.ports.records import (
    AccountYear,
    AnnuityPayment,
    AnnuityYear,
    InjuryPayment,
    LabourFiling,
    MaternityPayment,
    MedicalPayment,
    Participation,
    PensionPayment,
    Registration,
    ResidentPayment,
    ResidentYear,
    Transfer,
    UnemploymentPayment,
)

Reader = Callable[[Cell], Any]
Check = Callable[[Any], tuple[str, str] | None]
"""The column and what is wrong with it, of a record whose cells are all in order; None."""


class Field(Record):
    """A field of a record and where it stands in a file."""

    name: str
    column: Column
    read: Reader
    example: str
    blank: Any = None
    """What a blank cell means where the record has no default of its own."""


class Kind(Record):
    """A kind of record: what it is called, its fields in the order of a file, and the fields that make a row the same row."""

    label: str
    record: type[Any]
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    check: Check = lambda _: None


# ── what may stand in a cell ────────────────────────────────────────────────────────────────────────────────────────


def _positive(cell: Cell) -> Decimal:
    found = cells.money(cell)
    if found < 0:
        raise cells.Wrong("不能是负数")
    return found


def _plain_number(cell: Cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else identity.normalise(str(cell))


def _year(cell: Cell) -> int:
    found = re.fullmatch(r"((?:19|20)[0-9]{2})年?度?", _plain_number(cell))
    if not found:
        raise cells.Wrong("年度请写成四位数字，如 2023")
    return int(found[1])


def _count(cell: Cell) -> int:
    found = re.fullmatch(r"([0-9]{1,4})(?:个?月)?", _plain_number(cell))
    if not found:
        raise cells.Wrong("请写成月数，如 24")
    return int(found[1])


def _computer_no(cell: Cell) -> str:
    found = cells.number_text(cell)
    if not re.fullmatch("[0-9]{10}", found):
        raise cells.Wrong("电脑序号是10位数字")
    return found


def _email(cell: Cell) -> str:
    found = cells.text(cell)
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", found):
        raise cells.Wrong("邮箱的写法不对")
    return found


def _names(cell: Cell) -> tuple[str, ...]:
    """Several names with 、 between them."""
    return tuple(name.strip() for name in re.split("[、；;，,]", cells.text(cell)) if name.strip())


def _section(cell: Cell) -> int:
    found = _plain_number(cell)
    if found not in {"1", "2"}:
        raise cells.Wrong("表段是 1 或 2")
    return int(found)


_YES = cells.word({"是": True, "否": False})
_METHOD = cells.word({"银行代发": "bank", "单位代发": "employer", "本单位": "employer", "单位代发(本单位)": "employer"})
_PENSION = dict.fromkeys(
    ("养老", "职工养老", "养老保险", "职工养老保险", "基本养老保险", "企业职工养老", "企业职工基本养老保险"), "pension"
)
_MEDICAL = dict.fromkeys(("医疗", "职工医疗", "医疗保险", "职工医疗保险", "基本医疗", "基本医疗保险"), "medical")
_GOV = dict.fromkeys(("机关事业养老", "机关事业单位养老保险", "机关事业单位基本养老保险"), "pension_gov")
_RESIDENT_PENSION = dict.fromkeys(("居民养老", "城乡居民养老", "城乡居民养老保险", "居民养老保险"), "resident_pension")
_RESIDENT_MEDICAL = dict.fromkeys(("居民医疗", "居民医疗保险", "城乡居民医疗保险"), "resident_medical")
_ALL = {
    **_PENSION,
    **_GOV,
    "职业年金": "annuity",
    **_MEDICAL,
    "失业": "unemployment",
    "失业保险": "unemployment",
    "工伤": "injury",
    "工伤保险": "injury",
    "生育": "maternity",
    "生育保险": "maternity",
    **_RESIDENT_PENSION,
    **_RESIDENT_MEDICAL,
}
_PENSION_ITEMS = {
    "基养": "basic",
    "基补": "basic_supp",
    "社补": "social_supp",
    "基调": "basic_adj",
    "基础": "basic_adj",
    "职业年金": "annuity",
    "清账": "settle",
    "养老": "old_age",
}
_INJURY_ITEMS = {
    "工津": "allowance",
    "工补": "supplement",
    "工护": "care",
    "工抚": "dependant",
    "工亡": "death_lump",
    "工一": "disability_lump",
    "工医": "medical_lump",
    "工丧": "funeral",
    "工辅": "device",
}
_MODES = {"按月": "monthly", "一次性": "lump", "转回原籍": "origin", "失业补助金": "subsidy"}
_BIRTHS = {"分娩": "birth", "引、流产": "miscarriage", "引流产": "miscarriage"}
_CLASSES = {"企业职工养老": "企业职工养老", "机关事业养老": "机关事业养老"}


# ── fields that several kinds have ──────────────────────────────────────────────────────────────────────────────────


def _must(name: str, head: str, read: Reader, example: str, *also: str) -> Field:
    return Field(name, Column(head, also, required=True), read, example)


def _may(name: str, head: str, read: Reader, example: str, *also: str, blank: Any = "") -> Field:
    return Field(name, Column(head, also), read, example, blank)


def _sum(name: str, head: str, example: str, *also: str, read: Reader = cells.money) -> Field:
    """An amount that is 0.00 where nothing is written."""
    return Field(name, Column(head, also), read, example, Decimal("0.00"))


_PERIOD = _must("period", "支付年月", cells.month, "2024-08", "待遇发放年月", "发放年月")
_YEAR = _must("year", "年度", _year, "2023")
_AMOUNT = _must("amount", "金额", cells.money, "3366.26", "支付金额")
_PAID_BY = _may("pay_method", "发放方式", _METHOD, "银行代发")
_CAME = _may("paid_on", "到账日期", cells.day, "2024-08-20", "缴费日期", blank=None)
_PAID = _may("paid_on", "发放日期", cells.day, "2024-08-15", "到账日期", blank=None)


# ── what must agree within a row ────────────────────────────────────────────────────────────────────────────────────


def _spell(record: Participation) -> tuple[str, str] | None:
    start = record.start_on.year * 12 + record.start_on.month - 1
    return ("终止年月", "早于参保日期") if record.end is not None and record.end.index < start else None


def _stretch(record: Transfer) -> tuple[str, str] | None:
    if record.end < record.start:
        return "截止年月", "早于起始年月"
    if not 0 < record.months <= record.end.index - record.start.index + 1:
        return "实际缴费月数", "应在1个月和起止年月的月数之间"
    return None


def _contract(record: LabourFiling) -> tuple[str, str] | None:
    if record.contract_end is not None and record.contract_end < record.contract_start:
        return "合同止日期", "早于合同起日期"
    return None


def _bill(record: MedicalPayment) -> tuple[str, str] | None:
    return ("支付", "比费用还多") if record.fund_paid > record.total else None


KINDS: Mapping[str, Kind] = {
    "registration": Kind(
        "登记信息",
        Registration,
        (),
        (
            _may("social_no", "社会保障号", cells.number_text, "000001199001010014"),
            _may("computer_no", "电脑序号", _computer_no, "9000000001"),
            _may("handbook_no", "医疗保险手册号", cells.number_text, "900000001S", "医保手册号"),
            _may("ethnicity", "民族", cells.text, "汉族"),
            _may("nationality", "国家/地区", cells.text, "中国", "国籍"),
            _may("email", "邮箱", _email, "someone@example.com", "电子邮箱"),
            _may("hukou_type", "户口性质", cells.text, "外地非农业户口(外地城镇)"),
            _may("hukou_address", "户籍地址", cells.text, "示例市示例区示例路1号"),
            _may("address", "居住地址", cells.text, "示例市示例区示例路1号"),
            _may("mail_address", "通讯地址", cells.text, "示例市示例区示例路1号"),
            _may("postcode", "邮政编码", cells.number_text, "000000", "邮编"),
            _may("personal_status", "个人身份", cells.text, "工人"),
            _may("work_start", "参加工作日期", cells.day, "2012-07-01"),
            _may("deemed_months", "视同缴费月数", _count, "0"),
            _may("hospitals", "定点医疗机构", _names, "示例市第一医院、示例区中医医院", "定点医院"),
            _may("resident", "城乡居民", _YES, "否"),
        ),
    ),
    "participation": Kind(
        "参保关系",
        Participation,
        ("insurance", "start_on", "employer"),
        (
            _must("insurance", "险种", cells.word(_ALL), "养老", "险种类型"),
            _may("employer", "单位名称", cells.text, "示例机械有限公司", "单位"),
            _must("start_on", "参保日期", cells.day, "2012-07-01"),
            _may("end", "终止年月", cells.month, "", blank=None),
            _must("status", "参保状态", cells.text, "正常参保", "状态"),
            _may("temporary", "临时账户", _YES, "否"),
        ),
        _spell,
    ),
    "annuity_payment": Kind(
        "职业年金缴费",
        AnnuityPayment,
        ("period", "employer"),
        (
            _must("period", "费款所属期", cells.month, "2024-08", "缴费年月", "所属期"),
            _must("employer", "单位名称", cells.text, "示例教育服务中心", "单位"),
            _must("base", "缴费基数", _positive, "9600.00"),
            _must("employer_amount", "单位缴费金额", cells.money, "768.00", "单位缴费"),
            _must("personal_amount", "个人缴费金额", cells.money, "384.00", "个人缴费"),
            _CAME,
        ),
    ),
    "annuity_account": Kind(
        "职业年金账户",
        AnnuityYear,
        ("year",),
        (
            _YEAR,
            _must("employer_part", "单位部分", _positive, "9216.00"),
            _must("personal_part", "个人部分", _positive, "4608.00"),
            _must("gain", "收益", cells.money, "207.36"),
            _must("balance", "余额", _positive, "14031.36"),
        ),
    ),
    "account_year": Kind(
        "个人账户年度明细",
        AccountYear,
        ("insurance", "year"),
        (
            _must("insurance", "险种", cells.word({**_PENSION, **_GOV, **_RESIDENT_PENSION}), "养老", "险种类型"),
            _YEAR,
            _must("opening", "上年末余额", _positive, "7800.05"),
            _must("principal", "本年记账本金", cells.money, "7680.00", "记账本金"),
            _must("interest", "本年利息", cells.money, "300.00", "利息"),
            _sum("paid_out", "支出", "0.00"),
            _must("closing", "年末余额", _positive, "15780.05"),
        ),
    ),
    "resident_contribution": Kind(
        "居民缴费",
        ResidentPayment,
        ("insurance", "year"),
        (
            _must("insurance", "险种", cells.word({**_RESIDENT_PENSION, **_RESIDENT_MEDICAL}), "居民养老", "险种类型"),
            _YEAR,
            _may("tier", "缴费档次", cells.text, "1000元档", "档次"),
            _must("personal", "个人缴费", _positive, "1000.00", "个人缴费金额"),
            _sum("collective", "集体补助", "0.00"),
            _sum("other", "其他", "0.00"),
            _sum("gov_city", "政府补贴(市)", "80.00"),
            _sum("gov_district", "政府补贴(区)", "30.00"),
            _CAME,
        ),
    ),
    "resident_statement": Kind(
        "居民养老对账单",
        ResidentYear,
        ("year",),
        (
            _YEAR,
            _sum("account_out", "个人账户支出", "0.00"),
            _sum("basic_central", "基础养老金(中央)", "1176.00"),
            _sum("basic_city", "基础养老金(市)", "7860.00"),
            _sum("basic_district", "基础养老金(区)", "360.00"),
            _sum("benefit_account_out", "发放养老待遇中的个人账户支出", "658.80"),
            _must("balance", "个人账户余额", _positive, "5120.44", "余额"),
        ),
    ),
    "transfer_record": Kind(
        "转移接续记录",
        Transfer,
        ("insurance", "section", "start", "origin_place", "out_place"),
        (
            _must("insurance", "险种", cells.word({**_PENSION, **_MEDICAL}), "养老", "险种类型"),
            _may("section", "表段", _section, "1", blank=1),
            _must("start", "起始年月", cells.month, "2012-07", "实际缴费起始年月"),
            _must("end", "截止年月", cells.month, "2015-06", "实际缴费截止年月"),
            _must("months", "实际缴费月数", _count, "36"),
            _may("origin_place", "原参保地", cells.text, "示例省甲市"),
            _may("out_place", "转出地", cells.text, "示例省乙市"),
        ),
        _stretch,
    ),
    "pension_payment": Kind(
        "养老待遇支付",
        PensionPayment,
        ("period", "item", "paying_agency"),
        (
            _PERIOD,
            _must("item", "待遇项目", cells.word(_PENSION_ITEMS), "基养", "养老保险待遇项目"),
            _AMOUNT,
            _may("paying_agency", "代发机构", cells.text, "邮政储蓄"),
            _may("benefit_class", "待遇类别", cells.word(_CLASSES), "企业职工养老"),
            _PAID_BY,
            _PAID,
        ),
    ),
    "injury_payment": Kind(
        "工伤待遇支付",
        InjuryPayment,
        ("period", "item"),
        (_PERIOD, _must("item", "项目", cells.word(_INJURY_ITEMS), "工津", "待遇项目"), _AMOUNT, _PAID_BY),
    ),
    "unemployment_benefit": Kind(
        "失业待遇",
        UnemploymentPayment,
        ("period", "mode"),
        (_PERIOD, _may("mode", "方式", cells.word(_MODES), "按月", "领取方式", blank="monthly"), _AMOUNT, _PAID),
    ),
    "maternity_benefit": Kind(
        "生育待遇",
        MaternityPayment,
        ("period", "kind"),
        (
            _PERIOD,
            _may("kind", "类别", cells.word(_BIRTHS), "分娩", blank="birth"),
            _AMOUNT,
            _may("applied_on", "申领日期", cells.day, "2024-07-06", blank=None),
            _PAID_BY,
        ),
    ),
    "medical_benefit": Kind(
        "医疗待遇",
        MedicalPayment,
        ("period", "settled_on", "hospital", "kind"),
        (
            _must("period", "年月", cells.month, "2024-08", "支付年月"),
            _must("settled_on", "结算日期", cells.day, "2024-08-12"),
            _must("hospital", "医院", cells.text, "示例市人民医院", "医疗机构"),
            _may("kind", "类别", cells.text, "门诊", "医疗类别"),
            _must("total", "费用", _positive, "420.00", "总费用"),
            _must("fund_paid", "支付", _positive, "252.00", "基金支付"),
            _must("own_paid", "个人支付", _positive, "168.00"),
        ),
        _bill,
    ),
    "labour_filing": Kind(
        "劳动用工备案",
        LabourFiling,
        ("employer", "contract_start"),
        (
            _must("employer", "单位名称", cells.text, "示例机械有限公司", "单位"),
            _must("contract_start", "合同起日期", cells.day, "2021-03-01", "劳动合同起日期"),
            _may("contract_end", "合同止日期", cells.day, "2024-02-29", "劳动合同止日期", blank=None),
            _may("post", "岗位", cells.text, "质检员", "员工岗位"),
            _may("employ_form", "用工形式", cells.text, "城镇合同制职工"),
            _must("filed_on", "备案日期", cells.day, "2021-03-10"),
            _may("status", "状态", cells.text, "在职"),
        ),
        _contract,
    ),
}
"""By the code of `import --kind`."""
