"""/p/<ticket> of an order: fill in and see what it costs, 确认缴费 or 作废, pay, and the receipt (BZ-23 … BZ-26, fees of filings).

Whether it is paid is only ever what the order itself says; what the phone says after paying only starts the asking.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from bot.pages.asked import FIELDS, MOST, Screen, asked_of, next_open, posted, screen
from bot.pages.deps import PageDeps, Work
from bot.pages.entry import Visit, holding, submitted
from bot.pages.forms import scripts_of
from bot.pages.shell import content_policy, csrf_token, render, wants_elder
from bot.pages.turn import on_to, on_to_document, turn
from dialogs.declare import Stop
from dialogs.orders import WHOLE, OrderForm
from dialogs.phrases import money
from handlers.forms import Form, on_page, said_by
from handlers.links import PAGE, new_secret
from handlers.orders.pages import OrderView, Quote
from storage.ports.records import OrderStatus

_WORDS: Final = {
    OrderStatus.PENDING: ("请核对后确认", ""),
    OrderStatus.CONFIRMED: ("等待支付", ""),
    OrderStatus.PAID: ("缴费成功", "钱已经到账。"),
    OrderStatus.VOID: ("已作废", "这个订单不能再付。需要的话，请回到公众号重新下单。"),
    OrderStatus.FAILED: ("没有缴成", "没有扣钱，或者扣的钱会原路退回。请回到公众号重新下单。"),
    OrderStatus.SURPLUS: ("正在退款", "订单作废以后收到了您的钱，会原路退回，不用再做什么。退款有进展会在公众号告诉您。"),
    OrderStatus.REFUNDED: ("已退费", "钱按原支付渠道退回，到账时间以银行为准；开过的缴费凭证已经作废。"),
}


class OrderPaths:
    """Pages of orders. What is not this chat's looks like what does not exist."""

    def __init__(self, deps: PageDeps, work: Work) -> None:
        self._deps = deps
        self._work = work

    # ── the order ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the order as it stands; `?back=1` asks first whether it shall be void, `?ask=1` has the payment system asked."""
        return await self._page(request, visit, "")

    async def _page(self, request: web.Request, visit: Visit, sentence: str, bank: str = "", status: int = 200) -> web.Response:
        look = self._work.orders.check if "ask" in request.query else self._work.orders.view
        view = await look(visit.ticket.openid, _number(visit))
        if view is None:
            raise web.HTTPNotFound
        order = view.order
        leaving = order.status.open and "back" in request.query
        word, more = _WORDS[order.status]
        if order.status.open and not view.minutes_left:
            word, more = "已过付款时间", "这个订单不能再付。需要的话，请回到公众号重新下单。"
        return self._framed(
            request,
            visit,
            "leaving.html" if leaving else "order.html",
            status,
            view=view,
            order=order,
            state=order.status.value,
            payable=order.status.open and view.minutes_left > 0,
            word=word,
            more=more,
            amount=money(order.amount),
            left=_left(view),
            sentence=sentence,
            bank=bank or order.bank or (view.banks[0] if len(view.banks) == 1 else ""),
        )

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/confirm: 确认缴费 with the chosen bank."""
        visit, sent = await self._sent(request)
        bank = sent.get("bank", "")
        trouble = await self._work.orders.confirm(visit.ticket.openid, _number(visit), bank)
        if trouble:
            return await self._page(request, visit, trouble, bank, 422)
        raise web.HTTPSeeOther(f"/p/{visit.token}")

    async def void(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/void: 作废, and 返回 on the payment page."""
        visit, _ = await self._sent(request)
        trouble = await self._work.orders.void(visit.ticket.openid, _number(visit))
        if trouble:
            return await self._page(request, visit, trouble, status=422)
        raise web.HTTPSeeOther(f"/p/{visit.token}")

    async def pay(self, request: web.Request) -> web.StreamResponse:
        """GET /p/<ticket>/pay: what the page hands to WeixinJSBridge, as JSON; a sentence when it cannot be paid now."""
        visit = await self._held(request)
        if request.method == "HEAD":
            return web.Response()
        bridge = await self._work.orders.bridge(visit.ticket.openid, _number(visit))
        if bridge is None:
            return web.json_response({"sentence": "现在付不了款，您没有被扣钱。请过几分钟再点一次“立即支付”。"}, status=503)
        return web.json_response({"bridge": dict(bridge)})

    async def state(self, request: web.Request) -> web.StreamResponse:
        """GET /p/<ticket>/state: where the order stands, as JSON, for the page on which somebody has just paid."""
        visit = await self._held(request)
        view = await self._work.orders.check(visit.ticket.openid, _number(visit))
        if view is None:
            raise web.HTTPNotFound
        return web.json_response({"state": view.order.status.value})

    async def receipt(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/receipt: on to the page of the 缴费凭证."""
        visit, _ = await self._sent(request)
        url = await self._work.orders.receipt(visit.ticket.openid, _number(visit))
        if url is None:
            raise web.HTTPSeeOther(f"/p/{visit.token}")
        return await on_to_document(self._deps, url)

    async def _sent(self, request: web.Request) -> tuple[Visit, dict[str, str]]:
        visit, sent = await submitted(self._deps, request, PAGE)
        _number(visit)
        return visit, sent

    async def _held(self, request: web.Request) -> Visit:
        visit = await holding(self._deps, request, PAGE)
        _number(visit)
        return visit

    # ── the form of an order ────────────────────────────────────────────────────────────────────────────────────────

    async def form_page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the questions of an order, with what was said in the chat."""
        return await self._ask(request, visit, {}, [], "")

    async def fill(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/fill of an order: the questions again, or what it would cost. Nothing is stored yet; the page carries the answers."""
        visit, sent = await submitted(self._deps, request, PAGE, MOST, FIELDS)
        return await self._ask(request, visit, posted(sent), asked_of(sent), sent.get("act", "next"), sent.get("here", ""))

    async def _ask(
        self, request: web.Request, visit: Visit, said: Mapping[str, str], asked: list[str], act: str, here: str = ""
    ) -> web.StreamResponse:
        ticket = visit.ticket
        try:
            found = await turn(self._deps, lambda tx: self._work.drafts.order_form(tx, ticket.params, ticket.openid, said, asked))
        except Stop as stop:
            return self._framed(request, visit, "said.html", title="现在办不了", sentence=said_by(stop))
        if found is None:
            raise web.HTTPNotFound
        declared, form = found
        elder = wants_elder(request)
        if act.startswith("edit") or not asked:
            return self._form(request, visit, declared, _unblamed(form), elder, act.partition(":")[2])
        on_screen = [one for one in form.wrong if not elder or one.name == here]
        if on_screen:
            return self._form(request, visit, declared, _blaming(form, here) if elder else form, elder, status=422)
        if not form.complete:
            return self._form(request, visit, declared, _unblamed(form), elder, next_open(form, here))
        kind = ticket.params.get("kind", "")
        quote = await self._work.orders.quote(ticket.openid, _person(visit), kind, form.answers)
        if quote.problems:
            return self._form(request, visit, declared, _blamed(form, quote.problems), elder, quote=quote, status=422)
        return self._framed(
            request,
            visit,
            "quote.html",
            title=declared.title,
            answers=[one for one in form.fields if one.listed and one.answered],
            kept=form.answers,
            quote=quote,
            amount=money(quote.amount),
            nonce=new_secret(),
        )

    async def make(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/make: 下一步 makes the order of the preview, once however often it is pressed, and goes to its page."""
        visit, sent = await submitted(self._deps, request, PAGE, MOST, FIELDS)
        ticket, said, asked = visit.ticket, posted(sent), asked_of(sent)
        try:
            found = await turn(self._deps, lambda tx: self._work.drafts.order_form(tx, ticket.params, ticket.openid, said, asked))
        except Stop as stop:
            return self._framed(request, visit, "said.html", title="现在办不了", sentence=said_by(stop))
        if found is None:
            raise web.HTTPNotFound
        declared, form = found
        key = hashlib.sha256(f"{visit.token}|{sent.get('nonce', '')}".encode()).hexdigest()
        kind = ticket.params.get("kind", "")
        order_no, problems = await self._work.orders.make(ticket.openid, _person(visit), kind, form.answers, key)
        if problems:
            quote = await self._work.orders.quote(ticket.openid, _person(visit), kind, form.answers)
            return self._form(request, visit, declared, _blamed(form, problems), wants_elder(request), quote=quote, status=422)
        return await on_to(self._deps, ticket.openid, {"page": "order", "order": order_no, "person": ticket.params["person"]})

    async def unpaid(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/order of an order's form: on to the unpaid order that is in the way."""
        visit, sent = await submitted(self._deps, request, PAGE)
        view = await self._work.orders.view(visit.ticket.openid, sent.get("order", "")[:40])
        if view is None:
            raise web.HTTPNotFound
        params = {"page": "order", "order": view.order.order_no, "person": str(view.order.person_id)}
        return await on_to(self._deps, visit.ticket.openid, params)

    def _form(
        self,
        request: web.Request,
        visit: Visit,
        declared: OrderForm,
        form: Form,
        elder: bool,
        wanted: str = "",
        quote: Quote | None = None,
        status: int = 200,
    ) -> web.Response:
        on = screen(form, elder=elder, wanted=wanted or request.query.get("q", ""))
        problem = quote.problems.get(WHOLE, "") if quote else ""
        return self._framed(
            request,
            visit,
            "order_form.html",
            status,
            title=declared.title,
            screen=on,
            names=",".join(one.name for one in form.fields),
            hidden=_hidden(on, form.answers),
            problem=on_page(problem),
            in_the_way=quote.in_the_way if quote else "",
        )

    def _framed(self, request: web.Request, visit: Visit, template: str, status: int = 200, **more: Any) -> web.Response:
        script = self._work.bridge_script
        csrf = csrf_token(visit.holder, visit.token)
        page = render(request, template, status, token=visit.token, csrf=csrf, bridge_script=script, **more)
        page.headers["Content-Security-Policy"] = content_policy(self._deps, scripts=scripts_of(script))
        return page


def _number(visit: Visit) -> str:
    """The order of a link; the common 404 for a link of something else."""
    if visit.ticket.params.get("page") != "order":
        raise web.HTTPNotFound
    return visit.ticket.params.get("order", "")


def _person(visit: Visit) -> int:
    number = visit.ticket.params.get("person", "")
    return int(number) if number.isascii() and number.isdigit() else 0


def _left(view: OrderView) -> str:
    """How long it can still be paid, as people say it."""
    hours, minutes = divmod(view.minutes_left, 60)
    return f"{hours} 小时 {minutes} 分钟" if hours and minutes else f"{hours} 小时" if hours else f"{minutes} 分钟"


def _hidden(on: Screen, answers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What the page carries for the questions that are not on this screen: as it was typed, else as it holds."""
    return tuple((one.name, one.value or answers.get(one.name, "")) for one in on.kept)


def _unblamed(form: Form) -> Form:
    return replace(form, fields=tuple(replace(one, error="") for one in form.fields))


def _blaming(form: Form, only: str) -> Form:
    return replace(form, fields=tuple(one if one.name == only else replace(one, error="") for one in form.fields))


def _blamed(form: Form, problems: Mapping[str, str]) -> Form:
    fields = (replace(one, error=on_page(problems[one.name])) if one.name in problems else one for one in form.fields)
    return replace(form, fields=tuple(fields))
