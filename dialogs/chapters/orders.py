"""缴费与订单 (BZ-23 … BZ-26): the form is a page, entered with what was said already; orders are listed, paid on, void, and proved."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping

from dialogs.declare import Agree, Ask, Choose, Dialog, Ended, Option, Options, Scene, Stop, Wish
from dialogs.handover import given
from dialogs.messages import Anchor, Reply, Say
from dialogs.orders import FLEXIBLE_INSURANCES, FORM_OF_FEATURE, ORDER_FORMS, PUBLISHED, OrderForm
from dialogs.parse import Invalid, choice, period
from dialogs.phrases import day, hour_and_minute, money
from storage.ports.records import Order, OrderStatus
from storage.ports.regions import Region

LISTED = 5
_OVER_NOT_VOID = "已到时间"

STATUS_WORDS: dict[OrderStatus, str] = {
    OrderStatus.PENDING: "待确认",
    OrderStatus.CONFIRMED: "待付款",
    OrderStatus.PAID: "缴费成功",
    OrderStatus.VOID: "已作废",
    OrderStatus.FAILED: "缴费没有成功",
    OrderStatus.SURPLUS: "退款中",
    OrderStatus.REFUNDED: "已退费",
}
"""As people read it (C13)."""

_TAXES = "北京的社会保险费从 2020 年 11 月起由税务部门征收，这里缴不了。请通过税务部门的渠道缴费，拿不准可以先拨打 {hotline}。"


def _elsewhere(what: str) -> Callable[[Region], Reply]:
    def say(region: Region) -> Reply:
        if region.code == "beijing":
            return Reply(Say(_TAXES.format(hotline=region.hotline)))
        return Reply(Say(region.missing.format(what=what)))

    return say


def _kept(text: str, _: object) -> str:
    return text


# ── making one ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _said_of_flexible(scene: Scene) -> dict[str, str]:
    """What was said in the first sentence, as the page's questions take it; what does not read is left to the page."""
    said: dict[str, str] = {}
    with contextlib.suppress(Invalid):
        span = period(scene.answers.get("period", ""), scene.now.date())
        said |= {"start": str(span.start), "end": str(span.end)}
    labels = list(FLEXIBLE_INSURANCES)
    wanted = scene.answers.get("insurance", "").replace("养老、医疗", "养老和医疗")
    with contextlib.suppress(Invalid):
        said["insurance"] = labels[choice(wanted, labels)]
    return said


def _pay(form: OrderForm, said: Callable[[Scene], Mapping[str, str]]) -> Callable[[Scene], Awaitable[Ended]]:
    async def action(scene: Scene) -> Ended:
        url = await scene.desk.orders.form(form.name, said(scene))
        text = (
            f"请点下面的链接填写，先看到金额再决定缴不缴。\n"
            f"下单后选好银行、确认缴费，再付款。付款页上点“返回”，这个订单就作废了。\n{PUBLISHED}"
        )
        return Ended(
            Reply(Say(f"{form.title}可以在手机上办。\n{text}", links=(Anchor(f"去{form.title}", url),))),
            (("看我的订单", Wish("orders")),),
        )

    return action


def _pay_dialog(kind: str, *, whole: bool = False) -> Dialog:
    form = ORDER_FORMS[kind]
    steps = (
        Ask(name="period", prompt="", parse=_kept, default=""),
        Ask(name="insurance", prompt="", parse=_kept, default=""),
    )
    return Dialog(
        name=f"pay_{kind}",
        acts=True,
        title=form.title,
        covers=form.covers,
        media=("chat", "page", "push"),
        needs_region=True,
        steps=steps if whole else (),
        action=_pay(form, _said_of_flexible if whole else lambda _: {}),
        elsewhere=_elsewhere(form.title),
        help="点链接填写，填完能先看到金额；不想缴了，把订单作废就行。",
    )


# ── 订单管理 ────────────────────────────────────────────────────────────────────────────────────────────────────────


def status_words(order: Order, scene: Scene) -> str:
    """Where an order stands, in words; one whose time is over and that is still being closed says so."""
    if order.status.open and order.expires_at <= scene.now:
        return _OVER_NOT_VOID
    return STATUS_WORDS[order.status]


async def _listed(scene: Scene) -> Options:
    orders = (await scene.desk.orders.mine())[:LISTED]
    return tuple(
        Option(one.order_no, f"{one.title} {money(one.amount)} {status_words(one, scene)}", known_as=one.order_no)
        for one in orders
    )


_OVER = frozenset({OrderStatus.VOID, OrderStatus.FAILED})


def _again(order: Order) -> tuple[tuple[str, Wish], ...]:
    """重新下单: the same kind of order; nothing for the fee of a case, which its case asks for."""
    form = FORM_OF_FEATURE.get(order.feature) if not order.case_no else None
    return (("重新下单", Wish(f"pay_{form.name}")),) if form else ()


async def _shown(scene: Scene) -> Ended:
    order = await scene.desk.orders.order(scene.answers["order"])
    if order is None:
        raise Stop(Reply(Say("没有找到这个订单。回复“我的订单”可以看您最近的订单。")))
    when = order.span.label if order.span and order.base is not None else ""
    lines = [
        f"{order.title}：{status_words(order, scene)}，{money(order.amount)}。",
        *([f"缴费月份：{when}"] if when else []),
        f"订单号：{order.order_no}（{day(order.created_at.date())}下单）",
    ]
    if order.status.open and order.expires_at > scene.now:
        lines.append(f"请在 {hour_and_minute(order.expires_at, scene.now)} 前付款，过时自动作废。付款页上点“返回”也会作废。")
        url = await scene.desk.orders.page(order.order_no)
        links = (Anchor("继续缴费", url),) if url else ()
        return Ended(
            Reply(Say("\n".join(lines), links=links)), (("作废这个订单", Wish("void_order", {"order": order.order_no})),)
        )
    if order.status is OrderStatus.PAID:
        if order.paid_at:
            lines.append(f"缴费时间：{day(order.paid_at.date())} {order.paid_at:%H:%M}")
        return Ended(
            Reply(Say("\n".join(lines))), (("下载缴费凭证（PDF）", Wish("order_receipt", {"order_no": order.order_no})),)
        )
    if order.note:
        lines.append(f"说明：{order.note}。")
    return Ended(Reply(Say("\n".join(lines))), _again(order) if order.status in _OVER else ())


ORDERS = Dialog(
    name="orders",
    title="我的订单",
    covers=("BZ-26",),
    media=("chat", "page", "pdf", "push"),
    needs_region=True,
    steps=(
        Choose(
            name="order",
            prompt=f"您最近的订单（最多 {LISTED} 个），看哪一个？",
            options=_listed,
            none="您还没有缴费订单。要缴费可以说“灵活就业缴费”“居民养老缴费”或“居民医保缴费”。",
        ),
    ),
    action=_shown,
    elsewhere=_elsewhere("缴费订单"),
    help="回复前面的数字看订单：没付款的可以继续缴或作废，缴好的可以下载凭证。",
)


async def _void_what(scene: Scene) -> str:
    order = await scene.desk.orders.order(scene.answers["order"])
    if order is None:
        raise Stop(Reply(Say("没有找到这个订单。回复“我的订单”可以看您最近的订单。")))
    if not order.status.open:
        raise Stop(Reply(Say(f"这个订单现在是“{status_words(order, scene)}”，不用再作废。")))
    return f"要作废的订单：{order.title} {money(order.amount)}，订单号 {order.order_no}。\n作废以后不能恢复，要缴就得重新下单。"


async def _void(scene: Scene) -> Ended:
    order = await scene.desk.orders.void(scene.answers["order"])
    if order is None:
        raise Stop(Reply(Say("没有找到这个订单。回复“我的订单”可以看您最近的订单。")))
    if order.status is OrderStatus.VOID:
        return Ended(Reply(Say(f"订单 {order.order_no} 已经作废，没有扣款。需要的话可以重新下单。")), _again(order))
    return Ended(Reply(Say(f"没有作废：这个订单现在是“{status_words(order, scene)}”。")))


VOID_ORDER = Dialog(
    name="void_order",
    acts=True,
    title="作废订单",
    covers=(),
    steps=(
        Ask(name="order", prompt="要作废哪个订单？请发订单号。", parse=_kept),
        Agree(name="sure", prompt="", text=_void_what, yes="确认作废", no="先不作废", refused="好的，订单还留着，可以继续缴。"),
    ),
    action=_void,
    help="回复 1 作废这个订单，回复 2 留着。",
)


async def _receipt(scene: Scene) -> Ended:
    order = await scene.desk.orders.order(scene.answers["order_no"])
    if order is None or order.status is not OrderStatus.PAID:
        raise Stop(Reply(Say("这个订单还没有缴费凭证，缴费成功以后才有。")))
    return given(await scene.desk.issue("receipt", {"order_no": order.order_no}, f"receipt|{order.order_no}"))


ORDER_RECEIPT = Dialog(
    name="order_receipt",
    title="缴费凭证",
    covers=(),
    steps=(Ask(name="order_no", prompt="请发订单号。", parse=_kept),),
    action=_receipt,
)

DIALOGS: tuple[Dialog, ...] = (
    _pay_dialog("flexible", whole=True),
    _pay_dialog("resident_pension"),
    _pay_dialog("resident_medical"),
    ORDERS,
    VOID_ORDER,
    ORDER_RECEIPT,
)
