"""Work for later about cases. Each looks at the case again and does nothing when it has moved meanwhile, or when it was done already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from dialogs.filings import FILINGS
from dialogs.phrases import day
from handlers.filings.flow import Flow
from handlers.filings.later import Appointment, Opening, plan_unpaid_again, plan_window, unpack
from handlers.humans.marks import ask_for_mark
from handlers.jobs import RetryLater
from handlers.later import Later
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.records import Case, CaseState, MarkRequest, OrderStatus
from storage.ports.repositories import Conflict, Repositories, Store
from storage.windows import hours_text, is_open, opens_at

_AGAIN = timedelta(seconds=2)
_TOMORROW = timedelta(days=1)

_Work = Callable[[Repositories, Services, Case, Appointment], Awaitable[None]]


def _about_a_case(work: _Work) -> Later:
    """The job function: the case is read and moved in one transaction; whoever is beaten to it comes again."""

    async def run(store: Store, services: Services, payload: bytes) -> None:
        appointment = unpack(payload)
        try:
            async with store.transaction() as tx:
                case = await tx.cases.get(appointment.case_no)
                if case is None:
                    return
                if case.region not in services.regions or case.filing not in FILINGS:
                    raise RetryLater("nobody here knows this kind of case", _TOMORROW)
                await work(tx, services, case, appointment)
        except Conflict:
            raise RetryLater("the case is being moved", _AGAIN) from None

    return run


async def _stage(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    if case.state in {CaseState.WORKING, CaseState.READY} and case.stage == appointment.seen:
        await Flow(services).stage_over(tx, case, None)


async def _supplement(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    if case.state is CaseState.SUPPLEMENT and str(len(case.steps)) == appointment.seen and case.due_on:
        await Flow(services).lapse(tx, case, f"{day(case.due_on)} 前没有补正。")


async def _month_end(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    await Flow(services).fall_back(tx, case)


async def _unpaid(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    """The order decides: paid is paid even when the notice got lost on the way, open is looked at again later, anything else ends the case.

    Looking again is a new job each time: however long the payment system is away, the case is not forgotten.
    """
    if case.state is not CaseState.UNPAID:
        return
    orders = await tx.orders.of_case(case.case_no)
    paid = [order for order in orders if order.status is OrderStatus.PAID]
    standing = [order for order in orders if order.status.open]
    if paid and await Flow(services).covered(tx, case):
        await Flow(services).paid(tx, case.case_no, paid[-1])
    elif standing:
        await plan_unpaid_again(tx, appointment, standing[-1].expires_at, services.clock.now())
    else:
        await Flow(services).lapse(tx, case, "过时没有缴费。")


async def _unread(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    if case.state not in {CaseState.DONE, CaseState.REFUSED} or case.finished_at is not None:
        return
    text = (
        f"“{case.title}”（业务流水号 {case.case_no}）已经有结果，还没有设为已读。\n回复“进度”看结果并设为已读，这件事才算办完。"
    )
    once = f"unread|{case.case_no}|{len(case.steps)}"
    for openid in await tx.cases.watchers(case.case_no):
        await notify(tx, services, openid, text, about=f"case:{case.case_no}", once=once, quiet=True)


async def _mark(tx: Repositories, services: Services, case: Case, appointment: Appointment) -> None:
    request = MarkRequest("case", case.case_no, case.region, case.title, services.clock.now())
    for openid in appointment.openids:
        if await tx.users.get(openid) is not None:
            await ask_for_mark(tx, services, openid, request)


async def drop_draft(store: Store, services: Services, payload: bytes) -> None:
    """Delete a draft that nobody touched for thirty days, and its files. A draft that was touched has a later appointment."""
    appointment = unpack(payload)
    async with store.transaction() as tx:
        files = await tx.attachments.of_case(appointment.case_no)
        if not await tx.cases.delete_draft(appointment.case_no):
            return
    for file in files:
        await services.files.drop(file.stored_as)


async def window_opens(store: Store, services: Services, payload: bytes) -> None:
    """Tell a chat that the window it waited for is open; one that was postponed meanwhile is waited for again."""
    opening = msgspec.json.decode(payload, type=Opening)
    now = services.clock.now()
    region = services.regions.get(opening.region)
    if region is None:
        return
    window = region.windows.get(opening.window)
    async with store.transaction() as tx:
        if window is not None and not is_open(window, now):
            await plan_window(tx, opening, opens_at(window, now))
            return
        hours = f"（{hours_text(window)}）" if window else ""
        text = f"“{opening.title}”现在可以办了{hours}。\n回复“{opening.title}”开始。"
        once = f"{opening.region}|{opening.window}|{opening.title}|{now:%Y-%m}"
        await notify(tx, services, opening.openid, text, about=f"window:{opening.window}", once=once, quiet=True)


JOBS: dict[str, Later] = {
    "month_end": _about_a_case(_month_end),
    "stage": _about_a_case(_stage),
    "supplement": _about_a_case(_supplement),
    "unpaid": _about_a_case(_unpaid),
    "unread": _about_a_case(_unread),
    "mark": _about_a_case(_mark),
    "draft": drop_draft,
    "window": window_opens,
}
"""By the name under which it is queued."""
