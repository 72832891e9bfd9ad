"""亲情 (S17): a relative is added by the person's own code, sees what was given and no more, and either side ends it at any time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from dialogs.chapters import family_seen
from dialogs.chapters.family_terms import Several, Sure, asked_terms, scopes_of, terms, terms_of, today_of, until_of
from dialogs.declare import Agree, Ask, Choose, Dialog, Ended, OneTimeCode, Option, Options, Scene, Stop, Wish, Wrong
from dialogs.desk import CodeChecked, CodeSent
from dialogs.desk_family import OWN_ONLY, Relative, Terms, scopes_said
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, last_four, normal, phone
from dialogs.phrases import day, hour_and_minute
from storage.ports.records import SCOPES, Grant

Offers = tuple[tuple[str, Wish], ...]

_ADD = ("添加家人", Wish("relative_add"))
_MINE = ("我的家人", Wish("relatives"))
_HELPED = ("我帮的人", Wish("helped"))
_ASK = ("我要帮家人", Wish("relative_ask"))


def _said(text: str) -> Reply:
    return Reply(Say(text))


def _terms_said(what: Terms) -> str:
    reminded = ""
    if "remind" in what.scopes:
        reminded = "，和本人一起收到提醒" if what.together else "，联系不上本人时才提醒"
    return f"{scopes_said(what.scopes)}；到{day(what.until)}为止{reminded}"


# ── the person invites ──────────────────────────────────────────────────────────────────────────────────────────────


async def _may_grant(scene: Scene) -> None:
    if why := await scene.desk.family.hindrance():
        raise Stop(_said(why))


async def _what_is_given(scene: Scene) -> str:
    what = terms_of(scene)
    return (
        f"请核对：授权您的{what.label}帮您：{_terms_said(what)}。\n"
        f"每次使用都会告诉您，随时可以收回。确认后给您的预留手机发验证码。"
    )


async def _invite(scene: Scene) -> Ended:
    what = terms_of(scene)
    made = await scene.desk.family.invite(scene.answers["code"], what)
    if made is None:
        await _may_grant(scene)
        raise Wrong("code", "停得久了，刚才的验证码已经过期，再发您一个新的。")
    code, until = made
    text = (
        f"好了，家人码是 {code}，到{hour_and_minute(until, scene.now)} 有效，只能用一次。\n"
        f"请把它告诉您的{what.label}，只告诉这一位：关注本公众号后，在自己的微信里回复“家人码{code}”，同意后就生效，我会马上告诉您。"
    )
    return Ended(_said(text), (_MINE,))


RELATIVE_ADD = Dialog(
    name="relative_add",
    acts=True,
    title="添加家人",
    covers=(),
    ours=True,
    scope=OWN_ONLY,
    steps=(
        *terms(_may_grant),
        Sure(name="sure", prompt="", text=_what_is_given, yes="同意授权", no="不授权", refused="好的，没有授权任何人。"),
        OneTimeCode(
            name="code",
            purpose="relative",
            sent="验证码已发到您的预留手机 {phone}",
            phone=lambda scene: scene.desk.person.phone if scene.desk.person else None,
        ),
    ),
    action=_invite,
    help="授权后，家人能在自己的微信里帮您；只能做您选的事，到期自动失效，您随时回复“我的家人”收回。",
)


# ── the relative takes it ───────────────────────────────────────────────────────────────────────────────────────────


def invitation_code(text: str, _: date) -> str:
    """The eight digits of a 家人码, alone or in a sentence. Raises Invalid."""
    digits = re.sub(r"[^0-9]", "", normal(text))
    if len(digits) != 8:
        raise Invalid("家人码是 8 位数字，请看看家人发给您的，再发一次。")
    return digits


async def _what_is_taken(scene: Scene) -> str:
    seen = await scene.desk.family.invited(invitation_code(scene.answers["code"], today_of(scene)))
    if seen.why:
        raise Stop(_said(seen.why))
    if seen.terms is None and seen.left:
        raise Stop(_said(f"这个家人码不对，或者过期、用过了。请和家人核对后回复“家人码”再试，今天还可以试 {seen.left} 次。"))
    if seen.terms is None:
        raise Stop(_said("家人码试错的次数太多了，为了安全请明天再试，或者请家人重新添加后再来。"))
    return (
        f"{seen.name} 想授权您（{seen.terms.label}）帮着：{_terms_said(seen.terms)}。\n"
        "您每次使用，本人都会收到通知；您和本人随时可以结束。您愿意帮吗？"
    )


async def _take(scene: Scene) -> Ended:
    done = await scene.desk.family.accept(invitation_code(scene.answers["code"], today_of(scene)))
    return _granted(done.grant, done.name, done.told, done.why)


def _granted(grant: Grant | None, name: str, told: str, why: str) -> Ended:
    if grant is None:
        return Ended(_said(why))
    text = f"好了，您可以帮 {name}：{scopes_said(grant.scopes)}，到{day(grant.until)}为止。{told}"
    return Ended(_said(text), (*_uses(grant), _HELPED))


def _uses(grant: Grant) -> Offers:
    """What can be begun with a grant."""
    person = {"person": f"g{grant.person_id}"}
    found: list[tuple[str, Wish]] = []
    if "certification" in grant.scopes:
        found.append(("看认证到哪一天", Wish("helped_certification", person)))
    if "benefits" in grant.scopes or "act" in grant.scopes:
        found.append(("切换过去帮着办", Wish("switch", person)))
    return tuple(found)


RELATIVE_ACCEPT = Dialog(
    name="relative_accept",
    title="家人码",
    covers=(),
    who="anyone",
    steps=(
        Ask(name="code", prompt="请发家人给您的 8 位家人码。", parse=invitation_code, secret=True),
        Agree(name="sure", prompt="", text=_what_is_taken, yes="愿意", no="不了", refused="好的，没有接受授权，家人码还留着。"),
    ),
    action=_take,
    help="家人码由本人在自己的微信里回复“添加家人”得到，24 小时内有效，只能用一次。",
)


# ── the relative asks, the person's phone answers ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedCode(OneTimeCode):
    """A code that goes to the person's phone with what is asked for; it is right for those terms alone."""

    async def request(self, scene: Scene, phone: str, *, may_wait: bool) -> CodeSent:
        return await scene.desk.family.ask(phone, last_four(scene.answers["last_four"]), terms_of(scene), may_wait=may_wait)

    async def check(self, scene: Scene, request: str, digits: str) -> CodeChecked:
        number, four = phone(scene.answers["phone"]), last_four(scene.answers["last_four"])
        return await scene.desk.family.check(request, number, four, terms_of(scene), digits)


async def _what_is_asked(scene: Scene) -> str:
    return (
        f"请核对：您（{terms_of(scene).label}）想帮家人：{_terms_said(terms_of(scene))}。\n"
        "确认后会给家人的预留手机发短信，写明您要做什么。家人愿意，才会把短信里的验证码告诉您。"
    )


async def _agreed(scene: Scene) -> Ended:
    answers = scene.answers
    number, four = phone(answers["phone"]), last_four(answers["last_four"])
    done = await scene.desk.family.agreed(answers["code"], number, four, terms_of(scene))
    return _granted(done.grant, done.name, done.told, done.why)


RELATIVE_ASK = Dialog(
    name="relative_ask",
    acts=True,
    title="我要帮家人",
    covers=(),
    ours=True,
    who="anyone",
    steps=(
        *asked_terms(),
        Ask(name="phone", prompt="请发家人在社保登记的手机号。", parse=lambda text, _: phone(text), secret=True),
        Ask(
            name="last_four",
            prompt="请发家人身份证号的后四位（最后是 X 就发 X）。请不要发完整的号码。",
            parse=lambda text, _: last_four(text),
            secret=True,
        ),
        Sure(
            name="sure",
            prompt="",
            text=_what_is_asked,
            yes="发短信",
            no="先不发",
            refused="好的，没有发短信，也没有办理任何事情。",
        ),
        AskedCode(
            name="code",
            purpose="relative_ask",
            sent="如果这两项和登记的一致，短信已经发到 {phone}。请家人看短信，愿意的话把验证码告诉您",
            settled="家人已经同意，不用重来。想改内容，请回复“取消”后重新开始。",
            phone=lambda scene: phone(scene.answers["phone"]),
        ),
    ),
    action=_agreed,
    help="家人没有微信也能授权：短信发到家人的预留手机，家人愿意才告诉您验证码。代办业务要本人授权，或到经办窗口办。",
)


# ── what there is ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _relatives(scene: Scene) -> Ended:
    found = await scene.desk.family.relatives()
    if not found:
        text = "还没有家人能帮您办事。添加家人后，家人能帮您看认证、收提醒，做什么、到什么时候都由您定。"
        return Ended(_said(text), (_ADD, _HELPED))
    lines = [f"{grant.label}：{scopes_said(grant.scopes)}，到{day(grant.until)}" for grant in found]
    offers = tuple((f"改或收回：{grant.label}", Wish("relative_change", {"grant": f"g{grant.id}"})) for grant in found)
    return Ended(_said("\n".join(("能帮您的家人：", *lines))), (*offers, _ADD))


RELATIVES = Dialog(name="relatives", title="我的家人", covers=(), ours=True, scope=OWN_ONLY, action=_relatives)


async def _helped(scene: Scene) -> Ended:
    found = await scene.desk.family.helped()
    if not found:
        text = (
            "现在没有家人授权您帮忙。请家人在自己的微信里回复“添加家人”，把 8 位家人码告诉您；家人不用微信，就回复“我要帮家人”。"
        )
        return Ended(_said(text), (("输入家人码", Wish("relative_accept")), _ASK))
    lines = [f"{one.name}（{one.region}）：{scopes_said(one.grant.scopes)}，到{day(one.grant.until)}" for one in found]
    uses = tuple((f"{one.name}：{label}", wish) for one in found for label, wish in _uses(one.grant))
    ends = tuple((f"改或结束：{one.name}", Wish("relative_change", {"grant": f"g{one.grant.id}"})) for one in found)
    return Ended(_said("\n".join(("您能帮的人：", *lines))), (*uses, *ends))


HELPED = Dialog(name="helped", title="我帮的人", covers=(), who="anyone", action=_helped)


# ── changing and ending ─────────────────────────────────────────────────────────────────────────────────────────────

_END, _FEWER, _EARLIER, _REMIND = "end", "fewer", "earlier", "remind"


async def _one(scene: Scene) -> Relative:
    found = await scene.desk.family.one(scene.answers.get("grant", "").removeprefix("g"))
    if found is None:
        raise Stop(_said("没有找到这个亲情授权，可能已经结束了。回复“我的家人”或“我帮的人”看现在有哪些。"))
    return found


async def _all_of_them(scene: Scene) -> Options:
    mine: list[Option] = []
    if scene.desk.person is not None and scene.desk.family.relative is None:
        mine = [Option(f"g{grant.id}", f"我的家人：{grant.label}") for grant in await scene.desk.family.relatives()]
    theirs = [Option(f"g{one.grant.id}", f"我帮的人：{one.name}") for one in await scene.desk.family.helped()]
    return (*mine, *theirs)


async def _acts(scene: Scene) -> Options:
    grant = (await _one(scene)).grant
    found = [Option(_END, "结束这个授权")]
    if len(grant.scopes) > 1:
        found.append(Option(_FEWER, "只留一部分"))
    found.append(Option(_EARLIER, "提前到期"))
    if "remind" in grant.scopes:
        found.append(Option(_REMIND, "改提醒的办法"))
    return tuple(found)


async def _held(scene: Scene) -> tuple[str, ...]:
    grant = (await _one(scene)).grant
    return tuple(scope for scope in SCOPES if scope in grant.scopes)


def _wanted(scene: Scene, grant: Grant) -> Grant:
    match scene.answers["act"]:
        case "fewer":
            return replace(grant, scopes=scopes_of(scene.answers["scopes"]))
        case "earlier":
            return replace(grant, until=until_of(scene.answers["until"], today_of(scene)))
        case "remind":
            return replace(grant, together=not grant.together)
    return grant


async def _what_changes(scene: Scene) -> str:
    one = await _one(scene)
    who = f"{one.grant.label}帮您" if one.mine else f"您帮 {one.name}"
    if scene.answers["act"] == _END:
        return f"{who}办事的授权要结束吗？结束后马上不能再看、再办。"
    wanted = _wanted(scene, one.grant)
    if wanted.until > one.grant.until:
        raise Wrong("until", f"只能提前：现在到{day(one.grant.until)}为止。要延长，请本人重新“添加家人”。")
    was = Terms(wanted.scopes, wanted.label, wanted.until, wanted.together)
    return f"{who}的授权改成：{_terms_said(was)}。对吗？"


async def _change(scene: Scene) -> Ended:
    one = await _one(scene)
    offers = (_MINE,) if one.mine else (_HELPED,)
    if scene.answers["act"] == _END:
        done = await scene.desk.family.end(scene.answers["grant"].removeprefix("g"))
        if done.grant is None:
            return Ended(_said(done.why), offers)
        if scene.desk.family.relative and scene.desk.family.relative.id == done.grant.id:
            await scene.desk.log_out()  # it speaks for nobody from now on, and need not be told so later
        return Ended(_said(f"已经结束，马上生效。{done.told}"), offers)
    wanted = _wanted(scene, one.grant)
    if not await scene.desk.family.narrow(wanted):
        return Ended(_said("没有改成：只能减少或提前，要增加请本人重新“添加家人”。"), offers)
    now = Terms(wanted.scopes, wanted.label, wanted.until, wanted.together)
    return Ended(_said(f"改好了：{_terms_said(now)}。已经告诉{one.other}。"), offers)


RELATIVE_CHANGE = Dialog(
    name="relative_change",
    acts=True,
    title="改或结束亲情授权",
    covers=(),
    who="anyone",
    steps=(
        Choose(
            name="grant",
            prompt="要改哪一个亲情授权？",
            options=_all_of_them,
            none="现在没有亲情授权。要让家人帮您，回复“添加家人”；要帮家人，回复“我要帮家人”。",
        ),
        Choose(name="act", label="做什么", prompt="想怎么改？", options=_acts),
        Several(
            name="scopes",
            label="留下哪些",
            prompt="留下哪几项？没有选的马上收回：",
            of=SCOPES,
            among=_held,
            when=lambda answers: answers.get("act") == _FEWER,
        ),
        Ask(
            name="until",
            label="到什么时候",
            prompt="改到哪一天为止？请发年月日，只能比现在早。",
            parse=until_of,
            when=lambda answers: answers.get("act") == _EARLIER,
        ),
    ),
    preview=_what_changes,
    action=_change,
)


# ── at the counter ──────────────────────────────────────────────────────────────────────────────────────────────────


async def _staff_code(scene: Scene) -> Ended:
    code, until = await scene.desk.family.staff_code()
    text = (
        f"您的亲情码：{code}，{hour_and_minute(until, scene.now)} 前有效。\n"
        "在经办窗口办亲情授权时，请出示给工作人员。它只表示您的这个微信，不会让任何人看到您的信息。"
    )
    return Ended(_said(text))


STAFF_CODE = Dialog(name="staff_code", title="我的亲情码", covers=(), who="anyone", action=_staff_code)

DIALOGS: tuple[Dialog, ...] = (
    RELATIVE_ADD,
    RELATIVE_ACCEPT,
    RELATIVE_ASK,
    RELATIVES,
    HELPED,
    RELATIVE_CHANGE,
    STAFF_CODE,
    *family_seen.DIALOGS,
)
