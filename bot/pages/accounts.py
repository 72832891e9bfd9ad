"""/p/<ticket> of an account: 登录, 注册, 忘记密码, 改密码, 改邮箱. One form a stage; what comes next is a link of its own in the same browser.

Works without scripts. Nothing typed is lost but the passwords; the captcha stands in the form and can be changed into a question in words.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web
from yarl import URL

from bot.pages.deps import PageDeps
from bot.pages.entry import Visit, submitted
from bot.pages.shell import content_policy, csrf_token, error_page, give_holder, render, wants_elder
from handlers.accounts.door import CAPTCHA, Outcome
from handlers.accounts.office import AccountOffice
from handlers.accounts.words import (
    AGREEMENT,
    AGREEMENT_VERSION,
    EMAIL,
    FORGOT,
    LOG_IN,
    NOT_COMING,
    PASSWORD,
    REGISTER,
    both_numbers,
)
from handlers.captcha import Challenge, Refused, Wrong
from handlers.forms import on_page
from handlers.links import PAGE, new_secret
from handlers.verification import come_back
from storage.ports.record import Record
from storage.ports.regions import Region

KIND: Final = "account"
FORM: Final = "form"
_TYPED: Final = "typed."
"""Begins the names under which a stage carries what was typed before it."""
_LONGEST: Final = 200
"""Characters of one answer, as the form takes them."""


class Field(Record):
    """One question. `complete` is its autocomplete token, `options` make it a choice, `tick` a box."""

    name: str
    label: str
    hint: str = ""
    complete: str = "off"
    mode: str = "text"
    secret: bool = False
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    error: str = ""

    @property
    def fleeting(self) -> bool:
        """It is of no use later: it is asked for at the end, with the passwords."""
        return self.secret or self.name == "code"

    def given_back(self, typed: Mapping[str, str], error: str) -> str:
        """What stands in it when the page is shown again: what was typed. A password never does, and digits that were wrong are to be read anew."""
        return "" if self.secret or (self.name == "code" and error) else typed.get(self.name, "")


class Stage(Record):
    """A form: what it asks, and what its button says. `captcha` stands before whoever could be anybody."""

    title: str
    intro: str
    fields: tuple[Field, ...]
    button: str
    captcha: bool = False
    agree: bool = False


_NEW: Final = (
    Field("new", "新密码", "至少 {shortest} 个字符，不要用证件号码、手机号", "new-password", secret=True),
    Field("again", "再填一次新密码", "", "new-password", secret=True),
)
_ID_NO: Final = Field("id_no", "身份证号码", "最后是 X 就填 X", "off")
_CODE: Final = Field("code", "短信里的 6 位数字", "", "one-time-code", "numeric")
_STAGES: Final[Mapping[tuple[str, str], Stage]] = {
    (LOG_IN, FORM): Stage(
        "用密码登录",
        "不想用密码，回公众号回复“登录”，用手机验证码就行",
        (
            Field("who", "用户名、手机号或身份证号", "填哪一样都行", "username"),
            Field("password", "密码", "", "current-password", secret=True),
        ),
        "登录",
        captcha=True,
    ),
    (LOG_IN, "renew"): Stage("请先换一个新密码", "现在的密码是别人给的，换好才能登录", _NEW, "换好并登录"),
    (REGISTER, "secret"): Stage(
        "设置密码",
        "最后一步",
        (_CODE, Field("username", "用户名（可以不填）", "不填就用手机号或身份证号登录", "username"), *_NEW),
        "注册",
    ),
    (FORGOT, FORM): Stage(
        "忘记密码",
        "验证码只发到您在经办机构预留的手机号",
        (_ID_NO, Field("phone", "预留的手机号", "", "tel", "tel")),
        "发送验证码",
        captcha=True,
    ),
    (FORGOT, "reset"): Stage("设置新密码", "验证码 5 分钟内有效", (_CODE, *_NEW), "保存新密码"),
    (PASSWORD, FORM): Stage(
        "修改密码",
        "忘了原密码，回公众号回复“忘记密码”",
        (Field("old", "原密码", "", "current-password", secret=True), *_NEW),
        "保存",
    ),
    (EMAIL, FORM): Stage(
        "修改邮箱", "手机号要回公众号回复“换手机号”来改", (Field("email", "邮箱", "不想留就空着", "email", "email"),), "保存"
    ),
}


class Screen(Record):
    """What is asked at once: names of fields, and `agree`. In large type questions come one by one; `number` of `of`, 0 of 0 when all are there."""

    names: tuple[str, ...]
    number: int = 0
    of: int = 0

    @property
    def last(self) -> bool:
        """Whether its button sends the form."""
        return self.number == self.of


def screens(stage: Stage, *, captcha: bool) -> tuple[tuple[str, ...], ...]:
    """The questions one by one. Passwords must never be written into a page, so they cannot be carried on and come at the end, together with the
    code; there too are the agreement and the captcha."""
    kept = [(one.name,) for one in stage.fields if not one.fleeting]
    end = tuple(one.name for one in stage.fields if one.fleeting)
    end += (("agree",) if stage.agree else ()) + ((CAPTCHA,) if captcha else ())
    return (*kept, end) if end else tuple(kept)


class AccountPages:
    """Pages of one chat's link. What is not a stage of it looks like what does not exist."""

    def __init__(self, deps: PageDeps, office: AccountOffice) -> None:
        self._deps = deps
        self._office = office
        self._acts: Mapping[tuple[str, str], Callable[..., Awaitable[Outcome]]] = {
            (LOG_IN, FORM): office.log_in,
            (LOG_IN, "renew"): office.renew,
            (REGISTER, FORM): office.register,
            (REGISTER, "secret"): office.secret,
            (FORGOT, FORM): office.forgot,
            (FORGOT, "reset"): office.reset,
            (PASSWORD, FORM): office.change,
            (EMAIL, FORM): office.email,
        }

    async def page(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """GET /p/<ticket>: the stage that the link stands for."""
        params = visit.ticket.params
        if params["stage"] == "done":
            return render(request, "account_done.html", said=params["said"], digits="", name="")
        if params["stage"] == "digits":
            return render(request, "account_done.html", said="", digits=params["digits"], name=params["name"])
        there = await self._office.on_file(visit.ticket.openid, params) if params["act"] == EMAIL else {}
        typed = {name.removeprefix(_TYPED): said for name, said in params.items() if name.startswith(_TYPED)}
        return await self._shown(request, visit, {**there, **typed}, {}, in_words=False)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """POST /p/<ticket>/account: judge the form, or change the captcha, or send the code again."""
        visit, typed = await submitted(self._deps, request, PAGE)
        params, openid = visit.ticket.params, visit.ticket.openid
        at = (params["act"], params["stage"])
        if at not in self._acts:
            raise web.HTTPNotFound
        in_words = typed.get("way_of") == "words"
        act = typed.get("do", "")
        if act in {"words", "picture"}:
            return await self._shown(request, visit, typed, {}, in_words=act == "words")
        if act in {"next", "back"}:
            return await self._shown(request, visit, typed, {}, in_words=in_words, step=1 if act == "next" else -1)
        again = act == "again" and bool(params.get("code"))
        captcha = self._stage(visit).captcha or (again and "challenge" in typed)
        if captcha and (sentence := await self._human(openid, typed)):
            return await self._shown(request, visit, typed, {CAPTCHA: sentence}, in_words=in_words)
        if again:
            return await self._next(request, visit, typed, await self._again(visit, typed), in_words=in_words)
        return await self._next(request, visit, typed, await self._acts[at](openid, params, typed), in_words=in_words)

    async def _again(self, visit: Visit, typed: Mapping[str, str]) -> Outcome:
        """The code once more; what was typed meanwhile goes along to the page that comes."""
        params = visit.ticket.params
        purpose = "register" if params["act"] == REGISTER else "reset_password"
        outcome = await self._office.again(visit.ticket.openid, params, purpose)
        kept = {
            f"{_TYPED}{one.name}": typed.get(one.name, "")[:_LONGEST] for one in self._stage(visit).fields if not one.fleeting
        }
        return replace(outcome, stage={**outcome.stage, **kept}) if outcome.stage else outcome

    async def _next(
        self, request: web.Request, visit: Visit, typed: Mapping[str, str], outcome: Outcome, *, in_words: bool = False
    ) -> web.StreamResponse:
        if outcome.wrong or not outcome.stage:
            return await self._shown(request, visit, typed, outcome.wrong, in_words=in_words)
        # A link of its own, held by this browser from the start: a reload or the back key does nothing twice.
        async with self._deps.store.transaction() as tx:
            token = URL(await self._deps.links.page(tx, visit.ticket.openid, dict(outcome.stage))).name
            holder = new_secret()
            await self._deps.links.open(tx, token, PAGE, holder)
        response = web.Response(status=303, headers={"Location": f"/p/{token}"})
        give_holder(self._deps, response, f"/p/{token}", holder, self._deps.links.minutes(PAGE) * 60)
        return response

    async def _human(self, openid: str, typed: Mapping[str, str]) -> str:
        """What is wrong with the captcha; '' when it has been passed, now or within ten minutes."""
        async with self._deps.store.transaction() as tx:
            if await self._deps.captcha.passed(tx, openid):
                return ""
            if not typed.get("answer", "").strip():
                return "请先答这一题。"
            verdict = await self._deps.captcha.answer(tx, openid, typed.get("challenge", ""), typed.get("answer", ""))
        if isinstance(verdict, Refused):
            return f"答错的次数多了，请在{come_back(verdict.retry_at, self._deps.clock.now())}以后再试。"
        return f"答得不对，已经换了一题，还可以试 {verdict.left} 次。" if isinstance(verdict, Wrong) else ""

    def _stage(self, visit: Visit) -> Stage:
        params = visit.ticket.params
        if (params["act"], params["stage"]) == (REGISTER, FORM):
            return _registering(self._office.services.regions[params["region"]])
        stage = _STAGES[params["act"], params["stage"]]
        if params["stage"] == "secret" and not params["code"]:
            intro = "您没有在经办机构留手机号，这次不用短信验证"
            return replace(stage, intro=intro, fields=stage.fields[1:])
        return stage

    async def _shown(
        self,
        request: web.Request,
        visit: Visit,
        typed: Mapping[str, str],
        wrong: Mapping[str, str],
        *,
        in_words: bool,
        step: int = 0,
    ) -> web.StreamResponse:
        """The form, or in large type the question that is wrong, else the one `step` after what was sent."""
        stage, openid = self._stage(visit), visit.ticket.openid
        challenge: Challenge | None = None
        on = Screen((*(one.name for one in stage.fields), "agree", CAPTCHA))
        async with self._deps.store.transaction() as tx:
            asked = stage.captcha or CAPTCHA in wrong or "challenge" in typed
            captcha = asked and not await self._deps.captcha.passed(tx, openid)
            if wants_elder(request):
                on = _screen(stage, typed, wrong, step, captcha=captcha)
            if captcha and CAPTCHA in on.names:
                made = await self._deps.captcha.challenge(tx, openid, in_words=in_words)
                if isinstance(made, Refused):
                    when = come_back(made.retry_at, self._deps.clock.now())
                    return error_page(self._deps, request, 429, f"答错的次数多了，请在{when}以后再点开这一页。")
                challenge = made
        shortest = self._office.services.policy.password_shortest
        fields = [
            replace(
                one,
                hint=one.hint.replace("{shortest}", str(shortest)),
                value=one.given_back(typed, wrong.get(one.name, "")),
                error=on_page(wrong.get(one.name, "")),
            )
            for one in stage.fields
        ]
        params = visit.ticket.params
        response = render(
            request,
            "account.html",
            stage=stage,
            screen=on,
            fields=fields,
            wrong={**dict.fromkeys(("", "agree", CAPTCHA), ""), **wrong},
            failed=bool(wrong),
            challenge=challenge,
            picture=base64.b64encode(challenge.picture).decode() if challenge else "",
            sent=params.get("shown", "") if params.get("code") else "",
            not_coming=NOT_COMING.get(params["act"], ""),
            agreement=AGREEMENT,
            version=AGREEMENT_VERSION,
            agreed=typed.get("agree") == "yes",
            token=visit.token,
            csrf=csrf_token(visit.holder, visit.token),
        )
        response.headers["Content-Security-Policy"] = content_policy(self._deps, "'self' data:")
        return response


def _screen(stage: Stage, typed: Mapping[str, str], wrong: Mapping[str, str], step: int, *, captcha: bool) -> Screen:
    """Where to go: to the first screen with something wrong; the last when that is not a field's; else `step` on from the one that was sent."""
    all_of_them = screens(stage, captcha=captcha)
    last = len(all_of_them) - 1
    here = typed.get("screen", "")
    at = min(max(int(here) - 1 + step, 0), last) if here in {str(one + 1) for one in range(len(stage.fields) + 1)} else 0
    if any(wrong.values()):
        at = next((place for place, names in enumerate(all_of_them) if any(wrong.get(name) for name in names)), last)
    return Screen(all_of_them[at], at + 1, last + 1)


def _registering(region: Region) -> Stage:
    """北京 asks for both numbers, 滨州 for one of two ways; both for the 用户协议 first."""
    phone = Field("phone", "手机号码", "在经办机构预留的那个", "tel", "tel")
    fields: tuple[Field, ...]
    if both_numbers(region):
        number = Field("number", "医疗保险手册号、社保卡号或电脑序号", "填一样就行；电脑序号是 10 位数字")
        fields = (_ID_NO, number, replace(phone, hint="在经办机构预留的那个；从来没留过就空着"))
    else:
        way = Field("way", "验证方式", options=(("card", "社保卡"), ("phone", "手机号码（在经办机构留过的）")))
        card = Field("number", "社保卡号", "选“社保卡”才填，在卡面上")
        fields = (way, _ID_NO, card, replace(phone, hint="选“手机号码”才填"))
    return Stage("注册社保账号", f"{region.name} · 不注册也能用手机验证码登录", fields, "下一步", captcha=True, agree=True)
