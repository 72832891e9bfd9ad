"""我要退钱 and 撤回: from the words to the refund, the case or the order that they can be about."""

from __future__ import annotations

from dialogs.chapters.orders import status_words
from dialogs.declare import Dialog, Ended, Scene, Wish
from dialogs.filings import FILINGS
from dialogs.messages import Reply, Say
from dialogs.phrases import day, money
from storage.ports.records import Case, CaseState, Order, OrderStatus

_SHOWN = 4
_PROGRESS = ("查办理进度", Wish("progress"))
_UNDECIDED = frozenset({CaseState.REVIEW, CaseState.SECOND, CaseState.SUPPLEMENT})
_NOT_BEGUN = frozenset({CaseState.DRAFT, CaseState.UNPAID})

Offers = tuple[tuple[str, Wish], ...]


def _people(scene: Scene) -> Offers:
    """转人工, where there is somebody."""
    region = scene.desk.region
    return () if region is not None and region.human.channel == "phone" else (("转人工", Wish("human")),)


def _hotline(scene: Scene) -> str:
    return scene.desk.region.hotline if scene.desk.region else "12333"


def _case_line(case: Case) -> str:
    return f"{case.title}，{day(case.submitted_at.date())}，{case.feedback_status}"


def _order_line(order: Order, scene: Scene) -> str:
    return f"{order.title} {money(order.amount)}，{status_words(order, scene)}"


def _look_at(order: Order) -> Wish:
    """The fee of a case is looked at with its case: not every region has 订单管理."""
    return Wish("progress", {"case_no": order.case_no}) if order.case_no else Wish("orders", {"order": order.order_no})


async def _refund(scene: Scene) -> Ended:
    """The refund that is under way or done; else what was paid and could be meant; else who can help."""
    refunds = [case for case in await scene.desk.cases() if case.filing == "refund"]
    if refunds:
        shown = tuple((f"看{_case_line(case)}", Wish("progress", {"case_no": case.case_no})) for case in refunds[:_SHOWN])
        text = "您的退款在这里，回复数字看办到哪一步。核实后按原支付渠道退回，到账时间以银行为准。"
        return Ended(Reply(Say(text)), (*shown, *_people(scene)))
    paid = [order for order in await scene.desk.orders.mine() if order.status in {OrderStatus.PAID, OrderStatus.SURPLUS}]
    ask = f"要退的话请让工作人员核实{'' if _people(scene) else f'，拨打 {_hotline(scene)}'}。"
    if paid:
        offers = tuple((_order_line(order, scene), _look_at(order)) for order in paid[:_SHOWN])
        return Ended(Reply(Say(f"还没有您的退款记录。您在这里缴过这些费，{ask}")), (*offers, *_people(scene)))
    text = f"没有查到您在这里付过的钱和退款。单位多缴退回来的，在缴费明细里写着“退费”；在别处付的，请找收款的单位，或拨打 {_hotline(scene)}。"
    return Ended(Reply(Say(text)), (("看缴费明细", Wish("contributions")), _PROGRESS, *_people(scene)))


async def _take_back(scene: Scene) -> Ended:
    """What can still be withdrawn or made void, each with the way to do it; it is asked once more before it happens."""
    offers: list[tuple[str, Wish]] = []
    for case in await scene.desk.cases():
        filing = FILINGS.get(case.filing)
        if filing is not None and filing.inside:  # nobody filed it
            continue
        if case.state in _UNDECIDED or case.state in _NOT_BEGUN:
            word = "撤回" if case.state in _UNDECIDED else "作废"
            offers.append((f"{word}{_case_line(case)}", Wish("case_withdraw", {"case_no": case.case_no})))
    offers += [
        (f"作废{_order_line(order, scene)}", Wish("void_order", {"order": order.order_no}))
        for order in await scene.desk.orders.mine()
        if order.status.open and order.expires_at > scene.now
    ]
    if offers:
        text = "现在能撤回或作废的在下面，回复数字选一个，还会再问您一次。"
        return Ended(Reply(Say(text)), (*offers[:_SHOWN], _PROGRESS))
    return Ended(Reply(Say("现在没有能撤回的：审核完的业务、缴好的费不能撤回了。")), (_PROGRESS, *_people(scene)))


REFUND_STATE = Dialog(name="refund_state", title="退款", covers=(), action=_refund)
TAKE_BACK = Dialog(name="take_back", acts=True, title="撤回业务", covers=(), action=_take_back)

DIALOGS: tuple[Dialog, ...] = (REFUND_STATE, TAKE_BACK)
