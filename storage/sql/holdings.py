"""Everything about one person and one chat, by one list of all tables: a table that is not on it fails a test.

A column is written `name|what people read|kind`; kinds: `at` a moment, `fen` money, `month` a month, `:purpose` sealed for that purpose
(`:notice,notice.visit` for one of several), none for what is shown as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Table, Text, and_, bindparam, cast, or_, select

from storage.ports.record import Record
from storage.ports.records.holdings import Holding
from storage.ports.time import Month
from storage.sql import tables as t
from storage.sql.codec import moment
from storage.sql.unit import Unit
from storage.vault import Sealed

Clause = Callable[[Table], Any]

_PERSON: Final[Any] = bindparam("the_person")
_CHAT: Final[Any] = bindparam("the_openid")
_HASHED: Final[Any] = bindparam("openid_hash")


def _of_person(table: Table) -> Any:
    return table.c.person_id == _PERSON


def _of_chat(table: Table) -> Any:
    return table.c.openid == _CHAT


def _of_either(table: Table) -> ColumnElement[bool]:
    return or_(table.c.person_id == _PERSON, table.c.openid == _CHAT)


def _of_hashed(table: Table) -> Any:
    return table.c.openid_hash == _HASHED


# A case that was filed before anybody was known (a lost phone) belongs to the chat that follows it.
_CASES: Final = select(t.business_case.c.case_no).where(
    or_(
        t.business_case.c.person_id == _PERSON,
        and_(
            t.business_case.c.person_id.is_(None),
            t.business_case.c.case_no.in_(select(t.case_watch.c.case_no).where(t.case_watch.c.openid == _CHAT)),
        ),
    )
)
# A talk of this chat about somebody else is theirs.
_THREADS: Final = select(t.thread.c.id).where(
    or_(t.thread.c.person_id == _PERSON, and_(t.thread.c.openid == _CHAT, t.thread.c.person_id.is_(None)))
)
_SERIALS: Final = select(t.document.c.serial_no).where(t.document.c.person_id == _PERSON)
_EMPLOYERS: Final = select(t.contribution.c.employer_id).where(t.contribution.c.person_id == _PERSON)


def _of_case(table: Table) -> ColumnElement[bool]:
    return table.c.case_no.in_(_CASES)


def _of_document(table: Table) -> ColumnElement[bool]:
    return table.c.serial_no.in_(_SERIALS)


class Part(Record):
    """How a table is handed out. `plan` is its title, then its columns."""

    table: Table
    whose: Clause
    plan: str

    @property
    def title(self) -> str:
        """As people read it."""
        return self.plan.split()[0]

    @property
    def columns(self) -> list[tuple[str, str, str]]:
        """(name, what people read, kind)."""
        found = [(*one.split("|"), "") for one in self.plan.split()[1:]]
        return [(one[0], one[1], one[2]) for one in found]

    @property
    def query(self) -> Select[Any]:
        """In order of the key."""
        table = self.table
        return (
            select(*(table.c[name] for name, _, _ in self.columns)).where(self.whose(table)).order_by(*table.primary_key.columns)
        )


_RIGHTS: Final[Mapping[str, str]] = {
    "participation": "参保关系",
    "annuity_payment": "职业年金缴费",
    "annuity_account": "职业年金账户",
    "account_year": "个人账户年度",
    "resident_contribution": "居民缴费",
    "resident_statement": "居民养老对账单",
    "transfer_record": "转移接续",
    "pension_payment": "养老待遇",
    "injury_payment": "工伤待遇",
    "unemployment_benefit": "失业待遇",
    "maternity_benefit": "生育待遇",
    "medical_benefit": "医疗待遇",
    "labour_filing": "用工备案",
}
_LABELS: Final[Mapping[str, str]] = dict(
    pair.split("=")
    for pair in [
        "insurance=险种",
        "start_on=开始日期",
        "employer=单位",
        "status=状态",
        "end=终止月",
        "temporary=临时账户",
        "period=所属月",
        "base=缴费基数",
        "employer_amount=单位缴费",
        "personal_amount=个人缴费",
        "paid_on=支付日期",
        "year=年度",
        "employer_part=单位部分",
        "personal_part=个人部分",
        "gain=收益",
        "balance=余额",
        "opening=上年结转",
        "principal=本年记账",
        "interest=利息",
        "paid_out=本年支出",
        "closing=年末余额",
        "tier=档次",
        "personal=个人缴费",
        "collective=集体补助",
        "other=其他资助",
        "gov_city=市级补贴",
        "gov_district=区级补贴",
        "account_out=账户支出",
        "basic_central=中央基础养老金",
        "basic_city=市级基础养老金",
        "basic_district=区级基础养老金",
        "benefit_account_out=待遇账户支出",
        "section=分段",
        "start=起始月",
        "months=月数",
        "origin_place=转出地",
        "out_place=转入地",
        "item=项目",
        "paying_agency=发放机构",
        "amount=金额",
        "benefit_class=待遇类别",
        "pay_method=发放方式",
        "mode=方式",
        "kind=类型",
        "applied_on=申请日期",
        "settled_on=结算日期",
        "hospital=医院",
        "total=总费用",
        "fund_paid=基金支付",
        "own_paid=个人支付",
        "contract_start=合同开始",
        "contract_end=合同结束",
        "post=岗位",
        "employ_form=用工形式",
        "filed_on=备案日期",
    ]
)
"""Of the fields of 权益记录; `start` and `end` are months wherever they stand."""
_KINDS: Final[Mapping[str, str]] = {"Decimal": "fen", "Month": "month"}


def _right(shape: t.Shape) -> Part:
    """A table made of a record's fields is handed out by them."""
    columns = []
    for name, of in shape.types.items():
        if name != "person_id":
            words = str(of)
            columns.append(
                f"{name}|{_LABELS.get(name, name)}|{next((kind for part, kind in _KINDS.items() if part in words), '')}"
            )
    return Part(shape.table, _of_person, f"{_RIGHTS.get(shape.table.name, shape.table.name)} {' '.join(columns)}")


PARTS: Final[tuple[Part, ...]] = (
    Part(
        t.person,
        lambda table: table.c.id == _PERSON,
        "基本信息 name|姓名|:person.name id_no|证件号码|:person.id_no phone|预留手机号|:person.phone id_type|证件类型 gender|性别 birth_date|出生日期"
        " region|参保地 person_status|人员状态 payer_category|缴费人员类别 death_date|死亡日期",
    ),
    Part(t.registration, _of_person, "登记信息 sealed|内容|:registration"),
    Part(
        t.contribution,
        _of_person,
        "缴费记录 insurance|险种 period|所属月|month kind|性质 employer_id|单位编号 base|缴费基数|fen employer_amount|单位缴费|fen"
        " personal_amount|个人缴费|fen paid_at|缴费日期 arrived|是否到账",
    ),
    Part(t.employer, lambda table: table.c.id.in_(_EMPLOYERS), "缴费单位 id|单位编号 name|单位名称"),
    *(_right(shape) for shape in t.SHAPES.values()),
    Part(
        t.card, _of_person, "社保卡 card_no|卡号|:card.card_no status|状态 bank|银行 lost_at|挂失时间|at lost_until|临时挂失到|at"
    ),
    Part(
        t.card_event, _of_person, "卡片处理记录 card_no|卡号|:card.card_no at|时间|at step|环节 status|状态 note|说明|:card.note"
    ),
    Part(t.card_swipe, _of_person, "刷卡记录 at|时间|at place|地点 kind|类型 amount|金额|fen"),
    Part(t.certification, _of_person, "资格认证 last_at|上次认证 due_on|认证截止 channel|渠道 result|结果 by_other|他人代办"),
    Part(
        t.certification_record,
        _of_person,
        "认证记录 at|时间|at channel|渠道 result|结果 by_other|他人代办 note|说明|:certification.note",
    ),
    Part(t.benefit, _of_person, "待遇发放 state|状态 since|开始日期 drawing_since|退休待遇开始 reason|原因"),
    Part(t.person_hold, _of_person, "安全等待 until|等到|at reason|原因|:hold.reason"),
    Part(
        t.account,
        _of_person,
        "密码账号 username|用户名|:account.username email|邮箱|:account.email register_via|注册方式 agreed_at|同意协议时间|at agreement|协议版本"
        " status|状态 changed_at|密码修改时间|at",
    ),
    Part(
        t.wechat_user,
        _of_chat,
        "微信用户 openid|微信标识 subscribed|是否关注 active_role|身份 region|参保地 last_interaction_at|最近使用|at",
    ),
    Part(
        t.binding,
        lambda table: table.c.person_id == _PERSON,
        "登录绑定 verified_via|验证方式 consent_version|同意的版本 bound_at|绑定时间|at unbound_at|解除时间|at held_until|安全等待到|at",
    ),
    Part(
        t.relative_grant,
        _of_either,
        "亲情授权 label|称呼|:grant.label scopes|可以做的事 until|有效期到 granted_at|授权时间|at granted_by|授权方式 ended_at|结束时间|at ended_by|谁结束的",
    ),
    Part(t.relative_invitation, _of_person, "家人码 expires_at|有效期到|at"),
    Part(
        t.chat_wish,
        _of_chat,
        "提醒设置 quiet_from|免打扰开始（分钟） quiet_to|免打扰结束（分钟） zone|时区 months|月份 word|暗号|:wish.word sms|收短信",
    ),
    Part(t.opt_out, _of_either, "不收的提醒 kind|种类 at|时间|at"),
    Part(t.consent, _of_chat, "订阅消息 template_id|模板 remaining|还可发几条"),
    Part(t.notice, _of_either, "提醒记录 kind|种类 stage|阶段 channel|渠道 state|状态 at|时间|at body|内容|:notice,notice.visit"),
    Part(t.notice_receipt, _of_hashed, "提醒回执 delivered|是否送达 at|时间|at"),
    Part(t.sms_message, lambda table: table.c.phone_hash == bindparam("phone_hash"), "短信记录 kind|种类 state|状态 at|时间|at"),
    Part(
        t.business_case,
        _of_case,
        "业务 case_no|业务流水号 title|名称 region|地区 submitted_at|提交时间|at handling_status|办理状态 feedback_status|反馈状态"
        " fields|填写内容|:case.fields answers|填写的答案|:case.answers finished_at|办结时间|at read_at|已读时间|at",
    ),
    Part(t.case_step, _of_case, "业务环节 case_no|业务流水号 seq|序号 at|时间|at name|环节 status|状态 note|说明|:case.note"),
    Part(t.case_watch, _of_case, "业务关注 case_no|业务流水号"),
    Part(
        t.attachment,
        _of_case,
        "上传的材料 case_no|业务流水号 id|编号 material|材料 file_name|文件名|:attachment.file_name content_type|类型 size|字节数 uploaded_at|上传时间|at",
    ),
    Part(
        t.document,
        _of_person,
        "单据 serial_no|流水号 title|名称 created_at|生成时间|at status|状态 status_note|说明 snapshot|内容|:document.snapshot",
    ),
    Part(t.document_check, _of_document, "单据被校验 serial_no|流水号 at|时间|at way|方式"),
    Part(t.document_file, _of_document, "单据文件 serial_no|流水号 made_at|生成时间|at key_id|签名密钥"),
    Part(t.document_validity, _of_document, "单据有效期 serial_no|流水号 until|有效期到 revoked_at|作废时间|at"),
    Part(
        t.record_order,
        _of_either,
        "定制的记录 start|起始月|month end|终止月|month ordered_at|提交时间|at ready_at|可取时间|at state|状态 serial_no|流水号",
    ),
    Part(
        t.payment_order,
        _of_person,
        "订单 order_no|订单号 title|名称 insurances|险种 span_start|起始月|month span_end|终止月|month base|基数|fen tier|档次 amount|金额|fen"
        " status|状态 created_at|生成时间|at paid_at|付款时间|at lines|明细|:order.lines bank|银行 note|说明|:order.note",
    ),
    Part(
        t.thread,
        lambda table: table.c.id.in_(_THREADS),
        "人工对话 id|编号 topic|主题|:thread.topic opened_at|开始|at closed_at|结束|at",
    ),
    Part(
        t.thread_line,
        lambda table: table.c.thread_id.in_(_THREADS),
        "对话内容 thread_id|编号 at|时间|at who|谁 body|内容|:thread.line",
    ),
    Part(
        t.rating,
        lambda table: or_(
            and_(table.c.kind == "case", table.c.ref.in_(_CASES)),
            and_(table.c.kind == "thread", table.c.ref.in_(_THREADS.with_only_columns(cast(t.thread.c.id, Text)))),
        ),
        "评价 kind|对象 ref|编号 grade|分数 words|留言|:rating.words at|时间|at",
    ),
    Part(t.rating_request, _of_chat, "请您评价 kind|对象 ref|编号 title|名称 asked_at|时间|at"),
    Part(t.session, _of_chat, "对话状态 body|内容|:session expires_at|有效期到|at"),
    Part(t.parked, _of_chat, "待送的消息 body|内容|:parked created_at|时间|at"),
    Part(t.ticket, _of_hashed, "发出的链接 kind|种类 created_at|生成时间|at expires_at|有效期到|at"),
    Part(t.scene, _of_hashed, "扫过的二维码 purpose|用途 state|状态 created_at|生成时间|at expires_at|有效期到|at"),
    Part(t.chat_tag, _of_chat, "菜单标签 wanted|应当是 told|微信平台上是"),
    Part(t.verification_code, _of_hashed, "短信验证码 purpose|用途 phone|手机号|:code.phone created_at|生成时间|at state|状态"),
    Part(
        t.audit_log,
        lambda table: or_(table.c.subject == bindparam("subject"), table.c.actor == bindparam("actor")),
        "查看和修改记录 at|时间|at role|谁 action|做了什么 feature|功能 result|结果",
    ),
)

NOT_HELD: Final[Mapping[str, str]] = {
    "answer": "a copy of the last answers for the platform's resends; gone after fifteen minutes",
    "job": "work of the next seconds, sealed, without a column that tells whose",
    "limit_counter": "counters under keyed hashes, with nothing else; gone with their window",
    "audit_anchor": "seals over the log",
    "staff": "of members of staff",
    "staff_session": "of members of staff",
    "campaign": "of nobody",
    "campaign_tally": "of nobody",
    "pace": "of nobody",
    "job_notice": "public",
    "data_date": "of nobody",
    "guide_edit": "public",
}
"""Tables of which nothing is handed out, and why."""


@cache
def _queries() -> tuple[tuple[Part, Select[Any], frozenset[str], list[tuple[str, str, str]]], ...]:
    """Each part with its query, the names of its parameters, and its columns. Worked out when first asked: few ask, and it takes a while."""
    return tuple((part, query := part.query, frozenset(query.compile().params), part.columns) for part in PARTS)


_ATTACHMENTS: Final = (
    select(t.attachment.c.stored_as, t.attachment.c.case_no, t.attachment.c.id, t.attachment.c.file_name)
    .where(_of_case(t.attachment))
    .order_by(t.attachment.c.id)
)
_WHO: Final = select(t.person.c.id_no, t.person.c.phone).where(t.person.c.id == _PERSON)


class Holdings:
    """Implements `ports.repositories.Holdings`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def of(self, person_id: int, openid: str) -> tuple[Holding, ...]:
        params = await self._params(person_id, openid)
        found = []
        for part, query, names, columns in _queries():
            rows = await self._unit.rows(query, {name: value for name, value in params.items() if name in names})
            if rows:
                cells = tuple(
                    tuple(self._cell(value, kind) for value, (_, _, kind) in zip(row, columns, strict=True)) for row in rows
                )
                found.append(Holding(part.table.name, part.title, tuple(label for _, label, _ in columns), cells))
        return tuple(found)

    async def files(self, person_id: int, openid: str) -> tuple[tuple[str, str], ...]:
        rows = await self._unit.rows(_ATTACHMENTS, {"the_person": person_id, "the_openid": openid})
        return tuple((row[0], f"{row[1]}-{row[2]}-{self._cell(row[3], ':attachment.file_name')}") for row in rows)

    async def _params(self, person_id: int, openid: str) -> dict[str, Any]:
        vault = self._unit.vault
        row = await self._unit.row(_WHO, {"the_person": person_id})
        id_no = vault.text(row[0], "person.id_no") if row else ""
        phone = vault.text(row[1], "person.phone") if row and row[1] else ""
        return {
            "the_person": person_id,
            "the_openid": openid,
            "openid_hash": vault.digest(openid, "openid"),
            "phone_hash": vault.digest(phone, "sms.phone"),
            "subject": vault.digest(id_no, "audit") if id_no else "-",
            "actor": vault.digest(openid, "audit"),
        }

    def _opened(self, sealed: bytes, purposes: Sequence[str]) -> bytes:
        """A value sealed for one of the purposes; raises Sealed for any other."""
        for purpose in purposes[:-1]:
            with contextlib.suppress(Sealed):
                return self._unit.vault.open(sealed, purpose)
        return self._unit.vault.open(sealed, purposes[-1])

    def _cell(self, value: Any, kind: str) -> str:
        if value is None or value == "":
            return ""
        if kind.startswith(":"):
            return self._opened(bytes(value), kind[1:].split(",")).decode(errors="replace")
        match kind:
            case "at":
                return f"{moment(value):%Y-%m-%d %H:%M:%S}"
            case "fen":
                return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
            case "month":
                return str(Month.from_index(value)) if value else ""
        return ("是" if value else "否") if isinstance(value, bool) else str(value)
