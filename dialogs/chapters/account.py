"""登录与账号: SMS log-in (BJQ-L-02), 退出 (BZ-07), 解绑 (BZ-08), 切换身份."""

from __future__ import annotations

from dialogs.declare import Agree, Ask, Choose, Dialog, Ended, OneTimeCode, Option, Options, Scene, Stop, Wish, Wrong
from dialogs.desk_family import OWN_ONLY, scopes_said
from dialogs.masks import masked_name
from dialogs.messages import Reply, Say
from dialogs.parse import last_four, phone
from storage.ports.records import Person

CONSENT_VERSION = "2026-11"
CONSENT = (
    "登录是为了确认您本人：用预留手机号收验证码，再核对身份证后四位，只用来为您查询和办理社保。\n"
    "不会要密码、完整身份证号和银行卡号；每次查看都留记录；随时可回复“解绑”，解绑后不再保留绑定信息。\n"
    "您同意吗？"
)


async def _candidates(scene: Scene) -> Options:
    people = await scene.desk.candidates(scene.answers["code"])
    return tuple(Option(str(person.id), _told_apart(scene, person, people), person.name) for person in people)


def _told_apart(scene: Scene, person: Person, people: tuple[Person, ...]) -> str:
    """Enough to know oneself; nothing of the number, whose last four are still to be asked for."""
    label = f"{masked_name(person.name)}（{scene.desk.region_of(person.region).name}）"
    alike = [one for one in people if masked_name(one.name) == masked_name(person.name) and one.region == person.region]
    return label if len(alike) == 1 else f"{label[:-1]}，{person.birth_date.year}年生）"


async def _bind(scene: Scene) -> Ended:
    answers = scene.answers
    outcome = await scene.desk.bind(
        answers["code"], int(answers["person"]), last_four(answers["last_four"]), f"{CONSENT_VERSION}:{answers['consent']}"
    )
    if outcome.person is None:
        if outcome.expired:
            raise Wrong("code", "停得久了，刚才的验证码已经过期，再发您一个新的。")
        if outcome.left:
            raise Wrong("last_four", f"后四位和登记的不一致，请核对身份证再发一次，还可以试 {outcome.left} 次。")
        raise Stop(
            Reply(Say("后四位多次不一致，为了保护账户，今天不能再试了。请明天再来，或带身份证到经办窗口核对登记的手机号。"))
        )
    region = scene.desk.region_of(outcome.person.region)
    return Ended(
        Reply(
            Say(
                f"登录成功。{masked_name(outcome.person.name)}，您好！您的参保地是{region.name}。\n"
                "您可以直接说要办的事，例如“查去年的养老缴费”“社保卡丢了”“认证到什么时候”。"
            )
        )
    )


LOG_IN = Dialog(
    name="log_in",
    title="登录",
    covers=("BJQ-L-02", "BZ-04"),
    who="anyone",
    steps=(
        Agree(name="consent", prompt=CONSENT, refused="好的，没有登录。办事指南和权益单校验不用登录也能用，直接说就行。"),
        Ask(name="phone", prompt="请发您在社保登记的手机号。", parse=lambda text, _: phone(text), secret=True),
        OneTimeCode(name="code", purpose="login", phone=lambda scene: phone(scene.answers["phone"])),
        Choose(
            name="person",
            prompt="这个手机号登记了不止一个人，请问您是哪一位？",
            options=_candidates,
            none="没有找到这个手机号登记的参保人。请带身份证到经办窗口登记手机号；有社保卡的，也可以回复“换手机号”，在这里登记一个。",
        ),
        Ask(
            name="last_four",
            prompt="最后一步：请发您身份证号的后四位（最后是 X 就发 X），用护照等证件参保的发证件号后四位。请不要发完整的号码。",
            parse=lambda text, _: last_four(text),
            secret=True,
        ),
    ),
    action=_bind,
    help="登录要用社保登记时留的手机号收验证码，再核对身份证后四位。手机号换了或丢了，回复“换手机号”；习惯用密码的，回复“用密码登录”。",
)


async def _who_leaves(scene: Scene) -> str:
    person = scene.desk.person
    if person is None:
        raise Stop(Reply(Say("您现在没有登录。")))
    return masked_name(person.name)


async def _ask_log_out(scene: Scene) -> str:
    return f"要退出 {await _who_leaves(scene)} 的登录吗？退出后再查询要重新收验证码。提醒不会停。"


async def _log_out(scene: Scene) -> Ended:
    await scene.desk.log_out()
    return Ended(Reply(Say("已退出登录。再用时回复“登录”就行。")))


LOG_OUT = Dialog(
    name="log_out",
    title="退出登录",
    covers=("BZ-07",),
    who="anyone",
    steps=(Agree(name="sure", prompt="", text=_ask_log_out, yes="退出", no="不退出", refused="好的，您仍然是登录状态。"),),
    action=_log_out,
)


async def _ask_unbind(scene: Scene) -> str:
    return f"确定解除 {await _who_leaves(scene)} 和这个微信的绑定吗？解除后收不到认证等提醒，重新绑定要再验证一次。"


async def _unbind(scene: Scene) -> Ended:
    await scene.desk.unbind()
    return Ended(Reply(Say("已解除绑定，这个微信上不再保留您的绑定信息。需要时回复“登录”可以重新绑定。")))


UNBIND = Dialog(
    name="unbind",
    acts=True,
    title="解除绑定",
    covers=("BZ-08",),
    who="anyone",
    scope=OWN_ONLY,
    steps=(Agree(name="sure", prompt="", text=_ask_unbind, yes="解除", no="不解除", refused="好的，绑定保持不变。"),),
    action=_unbind,
)


async def _bound(scene: Scene) -> Options:
    people = await scene.desk.bound()
    own = tuple(Option(str(person.id), _told_apart(scene, person, people)) for person in people)
    # One person's number must not look like a place in the list.
    helped = tuple(
        Option(f"g{one.grant.person_id}", f"{one.name}（{one.region}，亲情：{scopes_said(one.grant.scopes)}）")
        for one in await scene.desk.family.helped()
        if not one.grant.scopes <= {"remind"} and one.grant.person_id not in {person.id for person in people}
    )
    if scene.desk.person is None and not helped:
        raise Stop(Reply(Say("您现在没有登录。回复“登录”，用要办理的那一位的预留手机号验证。")))
    nobody = (Option("self", "换回自己（不为家人办）"),) if scene.desk.family.relative and not own else ()
    return (*own, *helped, *nobody, Option("new", "登录另一位"))


async def _switch(scene: Scene) -> Ended:
    if scene.answers["person"] == "self":
        await scene.desk.log_out()
        return Ended(Reply(Say("好的，现在不为家人办理了。要查您自己的，请先登录。")), (("登录", Wish("log_in")),))
    if scene.answers["person"] == "new":
        return Ended(Reply(Say("好的，请用那一位的预留手机号登录。")), (("登录", Wish("log_in")),))
    chosen = scene.answers["person"].removeprefix("g")
    person = await scene.desk.switch(int(chosen)) if chosen.isdecimal() else None
    if person is None:
        return Ended(Reply(Say("没有切换成功：那一位已经解除绑定，或者授权结束了。")))
    if (grant := scene.desk.family.relative) is None:
        return Ended(Reply(Say(f"好的，现在为 {masked_name(person.name)} 办理。")))
    text = f"好的，现在用亲情授权为 {masked_name(person.name)} 办理，可以：{scopes_said(grant.scopes)}。每次使用都会告诉本人。"
    return Ended(
        Reply(Say(f"{text}\n在换回自己之前，您问的都是 {masked_name(person.name)} 的。")), (("换回自己", Wish("own_again")),)
    )


SWITCH = Dialog(
    name="switch",
    title="切换身份",
    covers=(),
    who="anyone",
    steps=(Choose(name="person", prompt="现在要为哪一位办理？", options=_bound),),
    action=_switch,
)
