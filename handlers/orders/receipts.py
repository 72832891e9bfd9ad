"""缴费凭证: what is printed about an order that is paid."""

from __future__ import annotations

from dialogs.masks import masked_id
from dialogs.orders import LABELS, PUBLISHED
from dialogs.phrases import day, money
from dialogs.statement import Column, Statement, Table
from handlers.issuing import issue
from handlers.orders.words import in_capitals, masked_transaction
from handlers.services import Services
from storage.ports.records import Document, Order, OrderStatus, Person
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

RECEIPT = "缴费凭证"
"""What it is called."""


def receipt_of(order: Order, person: Person, region: Region) -> Statement:
    """The Statement of a paid order; raises LookupError for one that is not paid. It is the payer's own paper:
    the name stands in full; whoever checks it elsewhere sees a surname. The same order always gives the same Statement."""
    if order.status is not OrderStatus.PAID or order.paid_at is None:
        raise LookupError("not paid")
    paid = order.paid_at.astimezone(SHANGHAI)
    insurances = "、".join(LABELS[code] for code in order.insurances)
    span = order.span.label if order.span else ""
    facts = [
        ("订单号", order.order_no),
        ("缴费人", person.name),
        ("证件号码", masked_id(person.id_no)),
        ("缴费项目", order.title),
        *([("险种", insurances)] if insurances else []),
        *([("缴费月份", span)] if span and order.base is not None else []),
        *([("缴费年度", f"{order.span.start.year}年度")] if order.span and order.base is None else []),
        *([("缴费基数", f"每月 {money(order.base)}")] if order.base is not None else []),
        *([("业务流水号", order.case_no)] if order.case_no else []),
        ("金额", money(order.amount)),
        ("金额（大写）", in_capitals(order.amount)),
        ("缴费时间", f"{day(paid.date())} {paid:%H:%M}"),
        *([("缴费银行", order.bank)] if order.bank else []),
        ("支付方式", "微信支付"),
        ("交易单号", masked_transaction(order.transaction_id)),
    ]
    table = Table(
        "缴费明细",
        (Column("项目", weight=1.0), Column("怎么算的", weight=2.6)),
        tuple((label, value) for label, value in order.lines),
        ("合计", money(order.amount)),
    )
    notes = [PUBLISHED] if region.orders and not order.case_no else []
    if order.insurances:
        notes.append("缴费记录以社会保险经办机构的登记为准，一般要过几个工作日才查得到。")
    return Statement(
        feature=order.feature,
        title=RECEIPT,
        region=region.code,
        agency=region.agency,
        holder=person.name,
        facts=tuple(facts),
        period=span,
        tables=(table,),
        notes=tuple(notes),
        as_of=paid.date().isoformat(),
        summary=(f"{order.title}已缴 {money(order.amount)}。", f"订单号：{order.order_no}"),
    )


async def issue_receipt(tx: Repositories, services: Services, order: Order, person: Person) -> Document:
    """Freeze the receipt as a document, once for an order whoever asks. Raises LookupError for one that is not paid."""
    statement = receipt_of(order, person, services.regions[order.region])
    return await issue(tx, services, statement, person.id, f"receipt|{order.order_no}")
