"""个人权益记录: ordered today, ready the next day (BJH-30, BJH-M-18); what is wanted at once is the statement or the contributions."""

from __future__ import annotations

from dataclasses import dataclass

from dialogs.declare import Agree, Asked, Dialog, Ended, Guide, Scene, Wish
from dialogs.desk_records import Ordered
from dialogs.messages import Anchor, Reply, Say
from dialogs.phrases import hour_and_minute
from dialogs.vocabulary import Period, Window, not_here, told_span, whole_period
from storage.ports.time import SHANGHAI

TITLE = "个人权益记录"
_AT_ONCE = (("现在就要：查缴费", Wish("contributions")), ("现在就要：年度对账单", Wish("statement")))
_WINDOW = Window("W-RECORD", "权益记录定制")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhileOpen(Period):
    """Asked while the window is open; outside it the action says so at once."""

    async def ask(self, scene: Scene) -> Asked:
        if await _WINDOW.guard(scene):
            return Asked("", answer="今年")
        return await Period.ask(self, scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit(Agree):
    """提交请求: asked while the window is open; outside it there is nothing to agree to."""

    async def ask(self, scene: Scene) -> Asked:
        if await _WINDOW.guard(scene):
            return Asked("", answer="yes")
        return await Agree.ask(self, scene)


async def _what(scene: Scene) -> str:
    span = whole_period(scene.answers["period"], scene.now.date())
    return f"定制 {told_span(span)} 的《北京市社会保险个人权益记录》，今天提交，做好了把链接发到这里。提交吗？"


async def _order(scene: Scene) -> Ended:
    if closed := await _WINDOW.guard(scene):
        return Ended(closed.reply, (*closed.offers, *_AT_ONCE))
    span = whole_period(scene.answers["period"], scene.now.date())
    order = await scene.desk.records.order(span)
    when = hour_and_minute(order.ready_at.astimezone(SHANGHAI), scene.now)
    head = "定制已提交" if order.new else "这段时间的已经定制过了"
    text = f"{head}：{told_span(span)}的《北京市社会保险个人权益记录》，{when} 以后可以取，做好了我会把链接发到这里。"
    return Ended(Reply(Say(text)), (("看我的定制", Wish("record_orders")), *_AT_ONCE))


RECORD_ORDER = Dialog(
    name="record_order",
    acts=True,
    title="权益记录定制",
    covers=("BJH-M-18", "BJH-30"),
    scope="benefits",
    steps=(
        WhileOpen(prompt="要哪段时间的权益记录？可以回复数字，也可以直接说，例如 2020年1月到2024年6月。"),
        Submit(name="sure", prompt="", text=_what, yes="提交请求", no="不要了"),
    ),
    action=_order,
    elsewhere=not_here("权益记录定制"),
    counterpart=lambda region: Wish("record_sheet") if region.offers("BZ-29") else None,
    guides=(Guide("BJH-30"),),
    media=("chat", "page", "pdf", "xlsx", "push"),
    help="告诉我起止年月；今天定制，明天早上6点以后取，月底最后一天定制的下个月5号取。",
)


def _line(scene: Scene, order: Ordered) -> str:
    if order.ready:
        return f"{told_span(order.span)}：已做好"
    if order.failed:
        return f"{told_span(order.span)}：没有做成，请再定制一次"
    when = hour_and_minute(order.ready_at.astimezone(SHANGHAI), scene.now)
    return f"{told_span(order.span)}：定制已提交，{when} 以后可取"


async def _orders(scene: Scene) -> Ended:
    orders = await scene.desk.records.orders()
    if not orders:
        return Ended(Reply(Say("您还没有定制过权益记录。")), (("定制权益记录", Wish("record_order")), *_AT_ONCE))
    lines = "\n".join(_line(scene, order) for order in orders)
    links = tuple(Anchor(f"打开 {told_span(order.span)}", order.url) for order in orders if order.url)
    return Ended(Reply(Say(f"您定制的权益记录：\n{lines}", links=links)), (("再定制一份", Wish("record_order")),))


RECORD_ORDERS = Dialog(
    name="record_orders",
    title="我的定制",
    covers=(),
    part_of=("BJH-M-18",),
    scope="benefits",
    action=_orders,
    elsewhere=not_here("权益记录定制"),
)

DIALOGS: tuple[Dialog, ...] = (RECORD_ORDER, RECORD_ORDERS)
