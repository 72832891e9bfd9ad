"""/p/<ticket> of a filing: fill in, add photos, check, hand in, and what comes next.

Each stage has an address (`?at=`), so that the back button, a reload and a second tab all lead to something that is true. Whatever is
sent is judged by the draft as it is then; what was handed in shows its result, however it is reached.
"""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from bot.pages.asked import FIELDS, MOST, Screen, asked_of, next_open, posted, screen, without_errors
from bot.pages.deps import PageDeps, Work
from bot.pages.entry import Visit, submitted
from bot.pages.shell import content_policy, csrf_token, render, wants_elder
from bot.pages.turn import on_to, turn
from dialogs.declare import Stop
from dialogs.filing import Material, Refusal
from handlers.drafts import Closed, Draft
from handlers.forms import applies, said_by
from handlers.links import PAGE
from storage.ports.records import CaseState
from storage.ports.repositories import Repositories

FILL, PHOTOS, CHECK = "fill", "photos", "check"
STAGES: Final = {FILL: "填写", PHOTOS: "材料", CHECK: "核对"}

_SIGNS: Final = {CaseState.REFUSED: "!", CaseState.WITHDRAWN: "!", CaseState.VOID: "!", CaseState.UNPAID: "¥"}
_HEADS: Final = {
    CaseState.UNPAID: "已保存，还差缴费",
    CaseState.REVIEW: "提交成功",
    CaseState.SECOND: "提交成功",
    CaseState.WORKING: "正在办理",
    CaseState.READY: "可以领取了",
    CaseState.DONE: "办好了",
    CaseState.REFUSED: "没有通过",
    CaseState.WITHDRAWN: "已经撤回",
    CaseState.VOID: "已经作废",
}


class Forms:
    """Pages of one filing. What is not this chat's looks like what does not exist."""

    def __init__(self, deps: PageDeps, work: Work) -> None:
        self._deps = deps
        self._work = work

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the stage that is asked for, if the draft has come that far; the result once it is handed in."""
        draft = await turn(self._deps, lambda tx: self._work.drafts.look(tx, visit.ticket.params, visit.ticket.openid))
        if draft is None:
            raise web.HTTPNotFound
        if not draft.open:
            return self._result(request, visit, draft)
        if draft.stopped:
            return self.said(request, visit, "现在办不了", draft.stopped)
        at = request.query.get("at", "")
        if at not in stages(draft):
            at = _where(draft)
        if at == FILL or not draft.form.complete:
            return self.fill_page(request, visit, draft)
        if at == PHOTOS or draft.lacking:
            return self.photos_page(request, visit, draft)
        return await self._check_page(request, visit, draft)

    # ── filling in ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def fill(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/fill of a filing: keep what can be read, say what cannot, go on when nothing is open."""
        visit, sent = await submitted(self._deps, request, PAGE, MOST, FIELDS)
        act = sent.get("act", "")
        send = act.partition(":")[2] if act.startswith("code:") else ""
        asked = asked_of(sent)

        async def work(tx: Repositories) -> Draft | None:
            return await self._work.drafts.fill(tx, visit.ticket.params, visit.ticket.openid, posted(sent), asked, send)

        try:
            draft = await turn(self._deps, work)
        except Closed:
            raise web.HTTPSeeOther(f"/p/{visit.token}") from None
        except Stop as stop:
            return self.said(request, visit, "没有办理", said_by(stop))
        if draft is None:
            raise web.HTTPNotFound
        if act == "look":
            return self.fill_page(request, visit, draft, quiet=True)
        # One question a screen blames what is on it, and what the answers together are blamed for.
        wrong_here = [one for one in draft.form.wrong if one.name in asked or one.answered or not wants_elder(request)]
        if send or wrong_here:
            return self.fill_page(request, visit, draft, wanted=send, status=422 if wrong_here and not send else 200)
        if not draft.form.complete or draft.form.wrong:
            # The next screen, or the questions that came up with these answers.
            ahead = next_open(draft.form, asked[-1] if asked else "")
            raise web.HTTPSeeOther(f"/p/{visit.token}?at={FILL}&q={ahead}#q-{ahead}")
        raise web.HTTPSeeOther(f"/p/{visit.token}?at={_after(draft, FILL)}")

    def fill_page(
        self, request: web.Request, visit: Visit, draft: Draft, *, wanted: str = "", quiet: bool = False, status: int = 200
    ) -> web.Response:
        """The questions. With `quiet` nobody is blamed for what is not filled in yet."""
        form = without_errors(draft.form) if quiet else draft.form
        on = screen(form, elder=wants_elder(request), wanted=wanted or request.query.get("q", ""))
        return self._render(request, visit, draft, "form.html", FILL, status, screen=on, back=_step_back(on))

    # ── photos ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def photos_page(
        self, request: web.Request, visit: Visit, draft: Draft, *, wrong: str = "", sentence: str = "", status: int = 200
    ) -> web.Response:
        """The materials; for elders one a screen. `sentence` is what was wrong with the last upload, of the material `wrong`."""
        shown, before, after = _photo_screen(request, draft, wrong)
        return self._render(
            request,
            visit,
            draft,
            "photos.html",
            PHOTOS,
            status,
            shown=shown,
            before=before,
            after=after,
            wrong=wrong if any(one.name == wrong for one in shown) else "",
            sentence=sentence,
        )

    # ── handing in ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/submit: hand in what the preview showed; pressed twice, or in two tabs, it is handed in once."""
        visit, sent = await submitted(self._deps, request, PAGE)
        params, openid = visit.ticket.params, visit.ticket.openid
        agreed = sent.get("agreed") == "yes"
        try:
            draft = await turn(self._deps, lambda tx: self._work.drafts.submit(tx, params, openid, agreed))
        except Refusal as refusal:
            return await self._refused(request, visit, refusal.sentence, agreed=agreed)
        except Stop as stop:
            return self.said(request, visit, "现在办不了", said_by(stop))
        if draft is None:
            raise web.HTTPNotFound
        if draft.open:
            if draft.form.wrong or not draft.form.complete:
                return self.fill_page(request, visit, draft, status=422)
            first = draft.lacking[0]
            return self.photos_page(
                request, visit, draft, wrong=first.name, sentence=f"还缺“{first.title}”，传了才能提交。", status=422
            )
        return await self._paying(visit, draft) or web.Response(status=303, headers={"Location": f"/p/{visit.token}"})

    async def _refused(self, request: web.Request, visit: Visit, sentence: str, *, agreed: bool) -> web.StreamResponse:
        draft = await turn(self._deps, lambda tx: self._work.drafts.look(tx, visit.ticket.params, visit.ticket.openid))
        if draft is None:
            raise web.HTTPNotFound
        if not draft.open:
            return self._result(request, visit, draft)
        return await self._check_page(request, visit, draft, sentence=sentence, agreed=agreed, status=422)

    async def order(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/order: on to the page on which the fee is paid."""
        visit, _ = await submitted(self._deps, request, PAGE)
        draft = await turn(self._deps, lambda tx: self._work.drafts.look(tx, visit.ticket.params, visit.ticket.openid))
        if draft is None:
            raise web.HTTPNotFound
        return await self._paying(visit, draft) or web.Response(status=303, headers={"Location": f"/p/{visit.token}"})

    async def _paying(self, visit: Visit, draft: Draft) -> web.Response | None:
        """The way to the order of the fee; None when nothing has to be paid."""
        if draft.case.state is not CaseState.UNPAID:
            return None
        ticket = visit.ticket
        order = await turn(self._deps, lambda tx: self._work.drafts.order(tx, ticket.params, ticket.openid))
        if order is None:
            return None
        return await on_to(self._deps, ticket.openid, {"page": "order", "order": order.order_no, "person": str(order.person_id)})

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _check_page(
        self, request: web.Request, visit: Visit, draft: Draft, *, sentence: str = "", agreed: bool = False, status: int = 200
    ) -> web.Response:
        ticket = visit.ticket
        lines = await turn(self._deps, lambda tx: self._work.drafts.lines(tx, ticket.params, ticket.openid))
        undertaking = draft.filing.undertaking if draft.case.state is CaseState.DRAFT else None
        return self._render(
            request,
            visit,
            draft,
            "check.html",
            CHECK,
            status,
            answers=[one for one in draft.form.fields if one.listed and one.answered],
            lines=lines,
            expected=self._work.drafts.expected(draft),
            undertaking=undertaking,
            agreed=agreed,
            sentence=sentence,
            about_undertaking=bool(sentence) and undertaking is not None and not agreed,
        )

    def _result(self, request: web.Request, visit: Visit, draft: Draft) -> web.Response:
        state = draft.case.state or CaseState.VOID
        return self._framed(
            render(
                request,
                "result.html",
                title=draft.filing.title,
                head=_HEADS.get(state, "办理情况"),
                sign=_SIGNS.get(state, "✓"),
                good=state not in _SIGNS,
                case_no=draft.case.case_no,
                unpaid=state is CaseState.UNPAID,
                feedback=draft.case.feedback_status,
                news=_news(self._work.drafts.news(draft), draft),
                expected=self._work.drafts.expected(draft),
                token=visit.token,
                csrf=csrf_token(visit.holder, visit.token),
                bridge_script=self._work.bridge_script,
            )
        )

    def said(self, request: web.Request, visit: Visit, title: str, sentence: str) -> web.Response:
        """A sentence instead of a form."""
        page = render(
            request, "said.html", title=title, sentence=sentence, token=visit.token, bridge_script=self._work.bridge_script
        )
        return self._framed(page)

    def _render(
        self, request: web.Request, visit: Visit, draft: Draft, template: str, at: str, status: int, **more: Any
    ) -> web.Response:
        ahead = stages(draft)
        return self._framed(
            render(
                request,
                template,
                status,
                draft=draft,
                title=draft.filing.title,
                at=at,
                stages=[(one, STAGES[one]) for one in ahead],
                stage=ahead.index(at) + 1,
                token=visit.token,
                csrf=csrf_token(visit.holder, visit.token),
                live=_live(draft),
                bridge_script=self._work.bridge_script,
                **more,
            )
        )

    def _framed(self, page: web.Response) -> web.Response:
        page.headers["Content-Security-Policy"] = content_policy(self._deps, scripts=scripts_of(self._work.bridge_script))
        return page


# ── where somebody is ───────────────────────────────────────────────────────────────────────────────────────────────


def scripts_of(bridge_script: str) -> str:
    """`script-src` of a page that may load the stand-in for WeixinJSBridge: our own files and exactly its origin."""
    scheme, _, rest = bridge_script.partition("://")
    return f"'self' {scheme}://{rest.partition('/')[0]}" if rest else "'self'"


def stages(draft: Draft) -> tuple[str, ...]:
    """The stages that this draft has."""
    return tuple(
        at
        for at, there in ((FILL, bool(draft.filing.steps)), (PHOTOS, bool(draft.materials or draft.files)), (CHECK, True))
        if there
    )


def _after(draft: Draft, at: str) -> str:
    ahead = stages(draft)
    return ahead[min(ahead.index(at) + 1, len(ahead) - 1)]


def _where(draft: Draft) -> str:
    """The first stage on which something is open; an answer to a reviewer begins at the beginning."""
    ahead = stages(draft)
    if not draft.form.complete or (draft.note and FILL in ahead):
        return FILL if FILL in ahead else ahead[0]
    if PHOTOS in ahead and (draft.lacking or not draft.files):
        return PHOTOS
    return CHECK


def _photo_screen(request: web.Request, draft: Draft, wanted: str) -> tuple[tuple[Material, ...], str, str]:
    """The materials on this screen, and the names of those before and after it."""
    names = [one.name for one in draft.materials]
    if not wants_elder(request) or not names:
        return draft.materials, "", ""
    chosen = wanted or request.query.get("m", "")
    lacking = [one.name for one in draft.lacking]
    at = names.index(chosen if chosen in names else lacking[0] if lacking else names[0])
    return (draft.materials[at],), names[at - 1] if at else "", names[at + 1] if at + 1 < len(names) else ""


def _step_back(on: Screen) -> str:
    return f"?at={FILL}&q={on.before}" if on.before else ""


def _live(draft: Draft) -> bool:
    """Whether answers bring up or take away questions, so that a script may show that at once."""
    return any(not applies(step, {}) for step in draft.filing.steps)


def _news(text: str, draft: Draft) -> str:
    """The message of the chat without its first words, which are this page's heading."""
    head = f"“{draft.case.title}”（业务流水号 {draft.case.case_no}）"
    plain = text.removeprefix(head).removeprefix("：")
    if draft.case.state in {CaseState.REVIEW, CaseState.SECOND}:
        return "经办人员会审核，有进展会在公众号告诉您。在公众号回复“进度”，随时能看办到哪一步。"
    if draft.case.state is CaseState.UNPAID:
        return "缴了费才开始办，过时没缴会自动作废。"
    return plain
