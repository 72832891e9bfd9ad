"""What the pages of an order do: the form (quote, make), and the order itself (look, 确认缴费, 作废, pay, receipt).

Ownership is asked at each request: the chat that the page belongs to must be the person's own, or a relative's who may act; another person's order looks
like a number that does not exist. The payment system is only ever called between transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import structlog

from dialogs.declare import Choose, Scene, StayHere, Step, Stop
from dialogs.messages import Say
from dialogs.orders import ORDER_FORMS, WHOLE, Draft, OrderForm, Unfit
from dialogs.parse import Invalid
from dialogs.phrases import hour_and_minute
from handlers.desk import TurnDesk
from handlers.family.standing import Standing, actor_of, allowed, spoken_for, today_of
from handlers.family.telling import told_of_page
from handlers.orders.checks import Blocked, check
from handlers.orders.ledger import Ledger
from handlers.orders.payments import PaymentsAway
from handlers.orders.receipts import issue_receipt
from handlers.orders.settle import settle
from handlers.policy import HOUR
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Order, OrderStatus, Person, User
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories, Store

log = structlog.get_logger(__name__)

TRIES_AN_HOUR = 60
_TOLD = {"submit": "下单：", "void": "作废订单：", "download": "缴费凭证："}
"""What a relative does here and the person is told of."""

_TRIES = 4
_NO_SUCH = "没有找到这个订单。请回到公众号，回复“我的订单”看看。"
_MOVED = "这个订单刚刚有了变化，请刷新页面看看。"


class OrderView(Record):
    """An order as its page shows it. `minutes_left` is 0 once it cannot be paid any more; `receipt` tells whether there is one to open."""

    order: Order
    banks: tuple[str, ...]
    """What 缴费银行 may be; empty where nothing has to be chosen."""
    source: str
    """Where the figures come from; empty for a fee."""
    receipt: bool
    minutes_left: int


class Quote(Record):
    """What an order would cost. With `problems` (step name, or '' for the answers together → sentence) nothing was worked out and
    `amount` is 0.00; `in_the_way` is then the number of an unpaid order that has to be paid or void first, if that is why."""

    lines: tuple[tuple[str, str], ...]
    amount: Decimal
    note: str
    problems: Mapping[str, str]
    in_the_way: str = ""


class OrderPages:
    """Everything that `bot.pages` asks about orders."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services
        self._ledger = Ledger(services)

    # ── the order ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def view(self, openid: str, order_no: str) -> OrderView | None:
        """The order as it is now; None for another person's and for a number that does not exist. Audited."""
        async with self._store.transaction() as tx:
            order = await self._owned(tx, openid, order_no)
            if order is None:
                return None
            await self._audit(tx, openid, "query", order, "ok")
        return self._shown(order)

    async def confirm(self, openid: str, order_no: str, bank: str) -> str:
        """确认缴费 with the chosen bank; '' when it may be paid now (also when it could before), else why not."""
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    return await self._confirm(tx, openid, order_no, bank)
            except Conflict:
                continue
        return _MOVED

    async def _confirm(self, tx: Repositories, openid: str, order_no: str, bank: str) -> str:
        order = await self._owned(tx, openid, order_no)
        if order is None:
            return _NO_SUCH
        if trouble := self._unpayable(order):
            return trouble
        banks = self._shown(order).banks
        if banks and bank not in banks:
            return f"请先选择缴费银行：{'、'.join(banks)}。"
        if order.status is OrderStatus.CONFIRMED:
            if order.openid != openid:
                return "这个订单已经在另一个微信里确认了。请在那个微信里付款，或者先作废，再重新下单。"
            if order.bank != bank:
                await tx.orders.save(replace(order, bank=bank))
            return ""
        await self._ledger.confirm(tx, order, openid, bank if banks else "")
        await self._audit(tx, openid, "submit", order, "ok")
        return ""

    async def void(self, openid: str, order_no: str) -> str:
        """作废, and 返回 on the payment page: '' once it is void, else why not. What was paid in the meantime is not void."""
        order = await self._look(openid, order_no)
        if order is None:
            return _NO_SUCH
        if order.status is OrderStatus.CONFIRMED:
            await self._ask(order)
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    return await self._void(tx, openid, order_no)
            except Conflict:
                continue
        return _MOVED

    async def _void(self, tx: Repositories, openid: str, order_no: str) -> str:
        order = await self._owned(tx, openid, order_no)
        if order is None:
            return _NO_SUCH
        if order.status.open:
            await self._ledger.void(tx, order, "缴费人作废")
            await self._audit(tx, openid, "void", order, "ok")
            return ""
        if order.status is OrderStatus.PAID:
            return "这个订单已经缴费成功，不能作废。"
        return "" if order.status is OrderStatus.VOID else self._unpayable(order)

    async def bridge(self, openid: str, order_no: str) -> Mapping[str, str] | None:
        """What the page hands to WeixinJSBridge (立即支付); None when payment is away, or the order is not one that this chat may pay."""
        order = await self._look(openid, order_no)
        if order is None or order.status is not OrderStatus.CONFIRMED or order.openid != openid or self._unpayable(order):
            return None
        try:
            prepaid = await self._services.payments.prepay(order)
        except PaymentsAway as trouble:
            log.warning("payment is away", reason=str(trouble))
            return None
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    now = await tx.orders.get(order_no)
                    if now is None or now.status is not OrderStatus.CONFIRMED:
                        return None
                    if now.prepay_id != prepaid.prepay_id:
                        await tx.orders.save(replace(now, prepay_id=prepaid.prepay_id))
                return prepaid.bridge
            except Conflict:
                continue
        return None

    async def check(self, openid: str, order_no: str) -> OrderView | None:
        """As `view`, after asking the payment system if the order is not settled yet: for the page on which somebody has just paid."""
        order = await self._look(openid, order_no)
        if order is not None and order.status is OrderStatus.CONFIRMED:
            await self._ask(order)
        return await self.view(openid, order_no)

    async def receipt(self, openid: str, order_no: str) -> str | None:
        """The address of the page of its 缴费凭证, the same document however often; None when it is not paid or not theirs."""
        async with self._store.transaction() as tx:
            order = await self._owned(tx, openid, order_no)
            person = await tx.people.get(order.person_id) if order else None
            if order is None or person is None or order.status is not OrderStatus.PAID:
                return None
            document = await issue_receipt(tx, self._services, order, person)
            await self._audit(tx, openid, "download", order, "ok")
            return await self._services.links.document(tx, openid, document.serial_no)

    # ── the form ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def quote(self, openid: str, person_id: int, kind: str, answers: Mapping[str, str]) -> Quote:
        """What an order with these answers (step name → what was typed or chosen) would cost. Nothing is stored."""
        async with self._store.transaction() as tx:
            form, person, region, trouble = await self._for_whom(tx, openid, person_id, kind)
            if form is None or person is None or region is None or region.orders is None:
                return _nothing({WHOLE: trouble})
            try:
                draft = await self._draft(tx, openid, form, person, region, answers)
            except Unfit as unfit:
                return _nothing(unfit.problems)
            except Blocked as blocked:
                return _nothing({WHOLE: blocked.sentence}, blocked.order_no)
            return Quote(draft.lines, draft.amount, form.said(region.orders), {})

    async def make(
        self, openid: str, person_id: int, kind: str, answers: Mapping[str, str], key: str
    ) -> tuple[str, Mapping[str, str]]:
        """下一步: (order number, {}) of the new order, once for `key`; ('', step → sentence) when an answer is wrong.

        (order number, {'': sentence}) means that nothing was made because that order, unpaid, is for the same months: it has to be
        paid (继续) or void (作废) first.
        """
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    return await self._make(tx, openid, person_id, kind, answers, key)
            except Conflict:
                continue
        return "", {WHOLE: "刚才没有办成，您填的内容没有丢，请再点一次。"}

    async def _make(
        self, tx: Repositories, openid: str, person_id: int, kind: str, answers: Mapping[str, str], key: str
    ) -> tuple[str, Mapping[str, str]]:
        form, person, region, trouble = await self._for_whom(tx, openid, person_id, kind)
        if form is None or person is None or region is None or region.orders is None:
            return "", {WHOLE: trouble}
        # Counted first: the counter is the row on which two who order for one person wait for each other.
        now = self._services.clock.now()
        verdict = await tx.limits.hit("order", str(person.id), TRIES_AN_HOUR, HOUR, now)
        if not verdict.allowed:
            when = hour_and_minute(verdict.retry_at or now + HOUR, now)
            return "", {WHOLE: f"下单的次数太多了，请 {when} 以后再来。"}
        own = f"{self._services.digest(openid, 'key')}|{person.id}|{key}"
        if done := next((one for one in await tx.orders.of_person(person.id, TRIES_AN_HOUR) if one.key == own), None):
            return done.order_no, {}
        try:
            draft = await self._draft(tx, openid, form, person, region, answers)
        except Unfit as unfit:
            return "", unfit.problems
        except Blocked as blocked:
            return blocked.order_no, {WHOLE: blocked.sentence}
        order = await self._ledger.contribution_order(tx, form, draft, person, region.orders, openid, own)
        await self._audit(tx, openid, "submit", order, "ok")
        return order.order_no, {}

    async def _draft(
        self, tx: Repositories, openid: str, form: OrderForm, person: Person, region: Region, answers: Mapping[str, str]
    ) -> Draft:
        """Raises Unfit or Blocked."""
        if region.orders is None:
            raise Unfit({WHOLE: "这里暂时不能缴费。"})
        now = self._services.clock.now()
        user = await tx.users.get(openid) or User(openid, subscribed=False, active_role="visitor", region=None, person_id=None)
        desk = TurnDesk(tx, user, person, self._services, await self._held(tx, openid, person.id))
        read = {step.name: await _read(step, Scene(desk, now, "", answers, {}), answers) for step in form.steps}
        draft = form.draft({name: text for name, (text, _) in read.items()}, region.orders, now.date())
        if problems := {name: trouble for name, (_, trouble) in read.items() if trouble}:
            raise Unfit(problems)
        await check(tx, self._ledger, person, draft, now)
        return draft

    async def _for_whom(
        self, tx: Repositories, openid: str, person_id: int, kind: str
    ) -> tuple[OrderForm | None, Person | None, Region | None, str]:
        """The form, the person and the region of a request; None and a sentence where there is none."""
        form = ORDER_FORMS.get(kind)
        person = await self._person(tx, openid, person_id)
        if form is None or person is None:
            return None, None, None, "这一页打不开了。请回到公众号，重新点一次。"
        region = self._services.regions[person.region]
        if region.orders is None or not region.offers(*form.covers):
            return None, None, None, region.missing.format(what=form.title)
        return form, person, region, ""

    # ── small things ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _look(self, openid: str, order_no: str) -> Order | None:
        async with self._store.reading() as tx:
            return await self._owned(tx, openid, order_no)

    async def _ask(self, order: Order) -> None:
        """Ask the payment system now and note what it says; what it does not say the reconciling job finds out."""
        try:
            payment = await self._services.payments.ask(order.order_no)
        except PaymentsAway as trouble:
            log.warning("payment is away", reason=str(trouble))
            return
        if payment is not None:
            await settle(self._store, self._services, payment)

    async def _owned(self, tx: Repositories, openid: str, order_no: str) -> Order | None:
        for person_id in await spoken_for(tx, openid, today_of(self._services.clock.now()), "act"):
            if order := await tx.orders.by_no(order_no, person_id):
                return order if await self._person(tx, openid, person_id) else None
        return None

    async def _held(self, tx: Repositories, openid: str, person_id: int) -> Standing | None:
        return await allowed(tx, openid, person_id, today_of(self._services.clock.now()), "act")

    async def _person(self, tx: Repositories, openid: str, person_id: int) -> Person | None:
        """The person, while alive and that chat may act for them."""
        if await self._held(tx, openid, person_id) is None:
            return None
        person = await tx.people.get(person_id)
        return person if person is not None and person.person_status != "死亡" else None

    def _shown(self, order: Order) -> OrderView:
        rules = self._services.regions[order.region].orders
        left = (order.expires_at - self._services.clock.now()).total_seconds() if order.status.open else 0.0
        return OrderView(
            order=order,
            banks=rules.banks if rules and not order.case_no else (),
            source=rules.source if rules and not order.case_no else "",
            receipt=order.status is OrderStatus.PAID,
            minutes_left=max(0, -int(-left // 60)),
        )

    def _unpayable(self, order: Order) -> str:
        """Why it cannot be paid; empty when it can."""
        if order.status is OrderStatus.PAID:
            return "这个订单已经缴费成功，不用再缴。"
        if order.status is OrderStatus.SURPLUS:
            return "这个订单作废后收到了款，正在给您退款，不用再缴。"
        if order.status is OrderStatus.REFUNDED:
            return "这个订单已经退费，不能再缴。需要的话请重新下单。"
        if not order.status.open:
            return "这个订单已经作废，不能再缴。需要的话请重新下单。"
        if order.expires_at <= self._services.clock.now():
            return "这个订单超过了付款时间，不能再缴。请重新下单。"
        if not self._services.payments.enabled:
            return "这里暂时不能在线支付。请拨打 12333 问一问在哪里缴。"
        return ""

    async def _audit(self, tx: Repositories, openid: str, action: str, order: Order, result: str) -> None:
        actor = await tx.audit.pseudonym(openid)
        subject = await tx.people.identity_hash(order.person_id)
        now = self._services.clock.now()
        role = await actor_of(tx, openid, order.person_id, today_of(now))
        await tx.audit.write(AuditEntry(now, actor, role, action, order.feature, subject, result))
        if action in _TOLD:
            what, run = f"{_TOLD[action]}{order.title}", f"{order.order_no}{action}"
            await told_of_page(tx, self._services, openid, order.person_id, what, run, act=action != "download")


def _nothing(problems: Mapping[str, str], in_the_way: str = "") -> Quote:
    return Quote((), Decimal("0.00"), "", problems, in_the_way)


async def _read(step: Step, scene: Scene, answers: Mapping[str, str]) -> tuple[str, str]:
    """An answer as the step keeps it, and what is wrong with it. A page posts an option's value; words are read as in the chat. What is
    the only option need not be said."""
    text = answers.get(step.name, "").strip()
    try:
        if isinstance(step, Choose):
            options = step.options if isinstance(step.options, tuple) else await step.options(scene)
            if any(text == option.value for option in options):
                return text, ""
        if not text:
            asked = await step.ask(scene)
            return (asked.answer, "") if asked.answer is not None else ("", "")
        return await step.read(scene, text), ""
    except Invalid as trouble:
        return text, str(trouble)
    except Stop as stop:
        return "", stop.reply.first.text if isinstance(stop.reply.first, Say) else ""
    except StayHere as stay:
        return "", stay.asked.text
