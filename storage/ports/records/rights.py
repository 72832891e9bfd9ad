"""权益记录: what the agency holds of a person beside contributions — registration, accounts, transfers, benefits, labour filings.

Each kind is one frozen record; `storage.sql.tables.rights` makes its table from the fields, `Rights` reads it. Read here, filled by `import` or
an agency's adapter. `PERIOD` names the field by which a kind is asked for (a `Month`, a year, a date); '' where there is none.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from storage.ports.record import Record
from storage.ports.time import Month

RESIDENT_LABELS: dict[str, str] = {"resident_pension": "城乡居民养老保险", "resident_medical": "居民医疗保险"}


class Registration(Record):
    """登记信息 (B1) beyond `Person`: one a person. '' and None where the agency gives nothing. Kept sealed as a whole."""

    PERIOD: ClassVar[str] = ""

    person_id: int
    social_no: str = ""
    computer_no: str = ""
    """电脑序号, ten digits."""
    handbook_no: str = ""
    """医疗保险手册号."""
    ethnicity: str = ""
    nationality: str = ""
    email: str = ""
    hukou_type: str = ""
    hukou_address: str = ""
    address: str = ""
    """居住地址."""
    mail_address: str = ""
    postcode: str = ""
    personal_status: str = ""
    """个人身份: 工人, 干部 …; decides the group of a woman's retirement age (BJE-E-03)."""
    work_start: date | None = None
    """参加工作日期."""
    deemed_months: int = 0
    """视同缴费月数, recognised by the agency."""
    hospitals: tuple[str, ...] = ()
    """定点医疗机构, as named."""
    resident: bool = False
    """城乡居民 (BJQ-L-08) rather than 城镇职工."""


class Participation(Record):
    """参保关系 (B6): person × 险种 × spell."""

    PERIOD: ClassVar[str] = ""

    person_id: int
    insurance: str
    """A code of the data dictionary 0.1, the residents' and annuity among them."""
    start_on: date
    employer: str
    """'' for 居民 and 灵活就业."""
    status: str
    """正常参保, 暂停, 中断, 转移, 终止."""
    end: Month | None = None
    temporary: bool = False
    """临时账户 (BJH-31)."""


class AnnuityPayment(Record):
    """职业年金缴费 (C1 with 险种 annuity, BJQ-P-02b): person × month × employer."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    employer: str
    base: Decimal
    employer_amount: Decimal
    personal_amount: Decimal
    paid_on: date | None = None
    """到账日期; None: 未到账."""


class AnnuityYear(Record):
    """职业年金账户 (D3) of one year."""

    PERIOD: ClassVar[str] = "year"

    person_id: int
    year: int
    employer_part: Decimal
    personal_part: Decimal
    gain: Decimal
    balance: Decimal


class AccountYear(Record):
    """个人账户年度明细 (D2): account × year."""

    PERIOD: ClassVar[str] = "year"

    person_id: int
    insurance: str
    """pension, pension_gov, resident_pension."""
    year: int
    opening: Decimal
    """上年末余额."""
    principal: Decimal
    """本年记账本金."""
    interest: Decimal
    paid_out: Decimal
    closing: Decimal


class ResidentPayment(Record):
    """居民缴费 (C2): person × resident 险种 × year."""

    PERIOD: ClassVar[str] = "year"

    person_id: int
    insurance: str
    """resident_pension, resident_medical."""
    year: int
    tier: str
    """缴费档次, as named."""
    personal: Decimal
    collective: Decimal
    other: Decimal
    gov_city: Decimal
    gov_district: Decimal
    paid_on: date | None = None


class ResidentYear(Record):
    """居民养老对账单 (D4), one year: what left the account and what was paid out; what came in is `ResidentPayment`."""

    PERIOD: ClassVar[str] = "year"

    person_id: int
    year: int
    account_out: Decimal
    """个人账户支出."""
    basic_central: Decimal
    basic_city: Decimal
    basic_district: Decimal
    """基础养老金 (中央, 市, 区)."""
    benefit_account_out: Decimal
    """个人账户支出 within 发放养老待遇."""
    balance: Decimal


class Transfer(Record):
    """转移接续记录 (D6). `section` 1 or 2: the 养老 part has two tables."""

    PERIOD: ClassVar[str] = ""

    person_id: int
    insurance: str
    """pension, medical."""
    section: int
    start: Month
    end: Month
    months: int
    """实际缴费月数."""
    origin_place: str = ""
    """原参保地; not for medical."""
    out_place: str = ""
    """转出地; not in the second 养老 table."""


class PensionPayment(Record):
    """养老待遇支付 (E1): person × month × item × 代发机构."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    item: str
    """basic 基养, basic_supp 基补, social_supp 社补, basic_adj 基调, annuity 职业年金, settle 清账, old_age 养老."""
    paying_agency: str
    amount: Decimal
    benefit_class: str = "企业职工养老"
    pay_method: str = "bank"
    """bank 银行代发, employer 单位代发."""
    paid_on: date | None = None


class InjuryPayment(Record):
    """工伤待遇支付 (E3): person × month × item."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    item: str
    """allowance 工津, supplement 工补, care 工护, dependant 工抚, death_lump 工亡, disability_lump 工一, medical_lump 工医, funeral 工丧, device 工辅."""
    amount: Decimal
    pay_method: str = "bank"


class UnemploymentPayment(Record):
    """失业待遇 (E8): person × month × mode."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    mode: str
    """monthly 按月, lump 一次性, origin 转回原籍, subsidy 失业补助金."""
    amount: Decimal
    paid_on: date | None = None


class MaternityPayment(Record):
    """生育待遇 (E9)."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    kind: str
    """birth 分娩, miscarriage 引、流产."""
    amount: Decimal
    applied_on: date | None = None
    pay_method: str = "bank"


class MedicalPayment(Record):
    """医疗待遇 (E10): one settlement."""

    PERIOD: ClassVar[str] = "period"

    person_id: int
    period: Month
    settled_on: date
    hospital: str
    kind: str
    """门诊, 住院 …, as the agency names it."""
    total: Decimal
    fund_paid: Decimal
    own_paid: Decimal


class LabourFiling(Record):
    """劳动用工备案 (H3): person × employer × contract."""

    PERIOD: ClassVar[str] = ""

    person_id: int
    employer: str
    contract_start: date
    contract_end: date | None
    """None: 无固定期限."""
    post: str
    employ_form: str
    filed_on: date
    status: str = "在职"


Right = (
    Registration
    | Participation
    | AnnuityPayment
    | AnnuityYear
    | AccountYear
    | ResidentPayment
    | ResidentYear
    | Transfer
    | PensionPayment
    | InjuryPayment
    | UnemploymentPayment
    | MaternityPayment
    | MedicalPayment
    | LabourFiling
)
"""Every kind."""


class JobNotice(Record):
    """招聘信息 (H1) or 求职信息 (H2): public. A 求职 names nobody: the agency gives the name masked."""

    id: int
    region: str
    kind: str
    """vacancy, seeker."""
    title: str
    """职位 or 求职意向."""
    place: str
    wage: str
    """As the agency words it: 4000–6000元/月, 面议."""
    published_on: date
    employer: str = ""
    headcount: int = 0
    contact: str = ""
    who: str = ""
    """姓名(脱敏) of a 求职."""


class RecordOrder(Record):
    """定制请求 (D8): 个人权益记录 (BJH-M-18) ordered today, ready the next day. `openid` is '' once the chat has left."""

    id: int
    person_id: int
    openid: str
    following: str
    start: Month
    end: Month
    ordered_at: datetime
    ready_at: datetime
    state: str = "ordered"
    """ordered, ready, failed."""
    serial_no: str = ""
