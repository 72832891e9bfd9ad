"""个人登记信息 (BJQ-P-01, 北京) and 个人参保信息 (BZ-09, 滨州): what the agency has on file of a person, and what they are insured in.

Both manuals show the columns in a picture only: they are those of the data dictionary (B1, B6), and the agency may change them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from dialogs.masks import masked_address, masked_id, masked_name, masked_phone
from dialogs.phrases import day as day_named
from dialogs.statement import Column, Statement, Table
from handlers.queries.sheets import Sheet, count, day, feature_of, found, insurance_named, insurance_order, month, text
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import Participation, Person, Registration
from storage.ports.repositories import Repositories

INSURED = "正常参保"


class OnFile(Record):
    """A person with what the agency gives beside; an empty Registration where it gives nothing."""

    person: Person
    more: Registration


def _address(text: str) -> str:
    return masked_address(text) if text else ""


def _mail(text: str) -> str:
    name, at, host = text.partition("@")
    return f"{name[:1]}***@{host}" if at else ""


ON_FILE: Sheet[OnFile] = Sheet(
    code="registration",
    caption="登记信息",
    columns=(
        text("gender", "性别", lambda one: one.person.gender),
        day("birth_date", "出生日期", lambda one: one.person.birth_date),
        text("id_type", "证件类型", lambda one: one.person.id_type),
        text("social_no", "社会保障号码", lambda one: masked_id(one.more.social_no)),
        text("computer_no", "电脑序号", lambda one: masked_id(one.more.computer_no)),
        text("handbook_no", "医疗保险手册号", lambda one: masked_id(one.more.handbook_no)),
        text("ethnicity", "民族", lambda one: one.more.ethnicity),
        text("nationality", "国家/地区", lambda one: one.more.nationality),
        text("phone", "手机号码", lambda one: masked_phone(one.person.phone) if one.person.phone else ""),
        text("email", "邮箱", lambda one: _mail(one.more.email)),
        text("hukou_type", "户口性质", lambda one: one.more.hukou_type),
        text("hukou_address", "户籍地址", lambda one: _address(one.more.hukou_address)),
        text("address", "居住地址", lambda one: _address(one.more.address)),
        text("mail_address", "通讯地址", lambda one: _address(one.more.mail_address)),
        text("postcode", "邮政编码", lambda one: one.more.postcode),
        text("payer_category", "缴费人员类别", lambda one: one.person.payer_category),
        text("personal_status", "个人身份", lambda one: one.more.personal_status),
        day("work_start", "参加工作日期", lambda one: one.more.work_start),
        count("deemed_months", "视同缴费月数", lambda one: one.more.deemed_months or None),
        text("hospitals", "定点医疗机构", lambda one: one.more.hospitals),
    ),
)
"""The head of the form: labels with their values, what is empty left out."""

PARTICIPATIONS: Sheet[Participation] = Sheet(
    code="participation",
    caption="参保信息",
    columns=(
        text("insurance", "险种", lambda one: insurance_named(one.insurance), 1.4),
        text("status", "参保状态", chat=True),
        day("start_on", "参保日期", chat=True, say="参保"),
        month("end", "终止年月"),
        text("employer", "参保单位", weight=2.4, chat=True),
        text("temporary", "临时账户", weight=0.9),
    ),
)

NOTE = "为了保护您的隐私，号码、电话和地址只显示一部分；与实际不符时，请带有效证件到参保地社保经办机构更正。"


async def insured_info(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """登记信息, 参保信息. No parameters. One sealed row and one range of the person's spells; there is always an answer."""
    feature = feature_of(asker, "BJQ-P-01", "BZ-09")
    on_file = await tx.rights.registration(asker.person.id)
    spells = sorted(await tx.rights.of(Participation, asker.person.id), key=_place)
    record = OnFile(asker.person, on_file or Registration(asker.person.id))
    return found(
        asker,
        feature,
        "个人登记信息" if feature == "BJQ-P-01" else "个人参保信息",
        (PARTICIPATIONS.table(asker.region, spells) if spells else Table("参保信息", (Column("说明"),), ((_without(asker),),)),),
        _summary(asker, spells),
        facts=ON_FILE.facts(asker.region, record),
        notes=(NOTE,),
        lines=PARTICIPATIONS.lines(asker.region, spells) if len(spells) > 1 else (),
    )


def _place(spell: Participation) -> tuple[int, date]:
    """By 险种 in the order of the data dictionary, then by time."""
    return insurance_order(spell.insurance), spell.start_on


def newest(spells: Sequence[Participation]) -> tuple[Participation, ...]:
    """The last spell of each 险种, those in force first, then by 险种. `spells` in the order of `_place`."""
    last = {one.insurance: one for one in spells}
    return tuple(sorted(last.values(), key=lambda one: one.status != INSURED))


def _without(asker: Asker) -> str:
    """What is said of somebody without a spell: who draws a pension has none any more."""
    if asker.person.person_status == "已退休":
        return "已经退休，没有正在参保的险种；养老金发放情况请回复“养老金”。"
    return "还没有查到参保记录，新参保的一般次月才能查到。"


def _summary(asker: Asker, spells: Sequence[Participation]) -> tuple[str, ...]:
    now = newest(spells)
    status = next((one.status for one in now), "")
    head = f"{masked_name(asker.person.name)}，{asker.person.person_status}"
    if not now:
        return (f"{head}。", _without(asker), f"有疑问请拨打 {asker.region.hotline}。")
    kinds: dict[str, list[str]] = {}
    for one in now:
        kinds.setdefault(one.status, []).append(insurance_named(one.insurance).removesuffix("保险"))
    employers = tuple(dict.fromkeys(one.employer for one in now if one.employer and one.status == INSURED))
    first: date = min(one.start_on for one in spells)
    return (
        f"{head}，参保状态：{status}。",
        *(f"{name}：{'、'.join(several)}。" for name, several in list(kinds.items())[:3]),
        *((f"参保单位：{employers[0]}{'等' if len(employers) > 1 else ''}。",) if employers else ()),
        f"最早从{day_named(first)}起参保。",
    )


QUERIES: dict[str, Query] = {"insured_info": insured_info}
"""By the name that links and documents carry."""

SHEETS = (ON_FILE, PARTICIPATIONS)
