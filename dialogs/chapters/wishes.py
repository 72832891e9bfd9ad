"""提醒设置: when, where, how and of what people want to be reminded; 退订 and 恢复提醒; 这条消息是你们发的吗."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Option, Options, Scene, StayHere, Stop, Wish
from dialogs.desk_wishes import Hearing, OurMessage
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid
from dialogs.parse.pasted import links, number_in_question, worth_checking
from dialogs.parse.wishing import NEVER, months_of_year, quiet_hours, secret_word, sms_wanted
from dialogs.parse.zones import HOME, Place, label_of, places
from dialogs.phrases import day, hour_and_minute
from storage.ports.records import Preferences

Offers = tuple[tuple[str, Wish], ...]

STOP_WORDS = (
    *("退订", "退订短信", "退订提醒", "TD", "Td", "td", "T", "t", "停止提醒", "不要再提醒我", "不要再提醒我了", "别再提醒我"),
    *("别再提醒我了", "别发了", "别再发了", "不要发了", "不要再发了", "不要提醒了", "取消提醒", "关闭提醒"),
)
"""What stops reminders wherever it is said."""

_SETTINGS = ("回到提醒设置", Wish("wishes"))
_WORD = ("设一个暗号", Wish("secret_word"))
_ANOTHER = ("再核对一条", Wish("is_it_yours"))
_ALL, _PICK = "all", "pick"
_DO_NOT = "不点链接、不转账、不说验证码。拿不准就打 12333；钱已经转了，马上打 110 或 96110。"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant(Ask):
    """What looks like an answer is one, though a wrong one: no other wish is seen in 13月, or in a word of one's own."""

    looks_like: re.Pattern[str]

    async def read(self, scene: Scene, text: str) -> str:
        try:
            return await Ask.read(self, scene, text)
        except Invalid as why:
            if self.looks_like.search(text):
                raise StayHere(Asked(str(why))) from None
            raise


def _parsed(reader: Callable[[str], Any]) -> Callable[[str, date], Any]:
    return lambda text, _: reader(text)


# ── the settings ────────────────────────────────────────────────────────────────────────────────────────────────────


def _quiet_words(wanted: Preferences) -> str:
    start, end = wanted.quiet_from, wanted.quiet_to
    if start == end:
        return "不设免打扰"
    return f"{start:%H:%M} 到{'第二天 ' if end < start else ' '}{end:%H:%M}"


def _here(scene: Scene, zone: str) -> str:
    here = scene.now.astimezone(ZoneInfo(zone))
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def masked_word(word: str) -> str:
    """Its first character only: whoever looks over the shoulder does not learn it."""
    return f"{word[:1]}***"


async def _wishes(scene: Scene) -> Ended:
    wanted, kinds = await scene.desk.wishes.preferences(), await scene.desk.wishes.kinds()
    stopped = "、".join(kind.title for kind in kinds if kind.stopped)
    where = "" if wanted.zone == HOME else f"（按{label_of(wanted.zone)}时间，您那里现在是 {_here(scene, wanted.zone)}）"
    lines = (
        "您的提醒设置：",
        f"免打扰：{_quiet_words(wanted)}{where}",
        f"每年按月提醒：{_month_words(wanted.months) if wanted.months else '没有设'}",
        f"短信：{'微信收不到时会发' if wanted.sms else '不发'}",
        f"暗号：{masked_word(wanted.word) if wanted.word else '没有设'}",
        f"停了的提醒：{stopped or '没有，都开着'}",
        "要改哪一项？回复数字：",
    )
    offers: Offers = (
        ("免打扰时间", Wish("quiet_hours")),
        ("我在国外" if wanted.zone == HOME else "换地方，或者回国了", Wish("my_zone")),
        ("每年几月提醒我", Wish("reminder_months")),
        ("短信要不要", Wish("sms_wish")),
        ("暗号", Wish("secret_word")),
        ("哪些提醒", Wish("reminder_kinds")),
        *((("订阅微信提醒", Wish("subscribe")),) if scene.desk.wishes.may_subscribe() else ()),
    )
    return Ended(Reply(Say("\n".join(lines))), offers)


WISHES = Dialog(
    name="wishes",
    title="提醒设置",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    action=_wishes,
    help="在这里可以改什么时候不打扰您、按哪里的时间、用不用短信、要哪些提醒。",
)


async def _set_quiet(scene: Scene) -> Ended:
    wanted = await scene.desk.wishes.preferences()
    start, end = quiet_hours(scene.answers["hours"], (wanted.quiet_from, wanted.quiet_to))
    wanted = replace(wanted, quiet_from=start, quiet_to=end)
    await scene.desk.wishes.prefer(wanted)
    if (start, end) == NEVER:
        return Ended(Reply(Say("好的，不设免打扰了，什么时候都可能收到提醒。")), (_SETTINGS,))
    abroad = f"，按您那里（{label_of(wanted.zone)}）的时间" if wanted.zone != HOME else ""
    return Ended(Reply(Say(f"好的，{_quiet_words(wanted)}不打扰您{abroad}。这段时间的提醒，过后再发。")), (_SETTINGS,))


class _Hours(_Meant):
    """Says what holds now."""

    async def ask(self, scene: Scene) -> Asked:
        wanted = await scene.desk.wishes.preferences()
        return replace(await Ask.ask(self, scene), text=f"现在是：{_quiet_words(wanted)}。{self.prompt}")


QUIET_HOURS = Dialog(
    name="quiet_hours",
    title="免打扰时间",
    covers=(),
    who="anyone",
    steps=(
        _Hours(
            name="hours",
            prompt="什么时候不要打扰您？例如“晚上9点到早上8点”；也可以选：",
            parse=_parsed(quiet_hours),
            looks_like=re.compile("[点时:：]|[早晚夜睡]"),
            quick=("晚上9点到早上8点", "晚上10点到早上7点", "不要免打扰"),
        ),
    ),
    action=_set_quiet,
    help="写清从几点到几点，例如“晚上9点半到早上7点”。什么时候都可以提醒，就回复“不要免打扰”。",
)


def _several(text: str) -> tuple[Place, ...]:
    try:
        found = places(text)
    except Invalid:
        return ()
    return found if len(found) > 1 else ()


async def _parts(scene: Scene) -> Options:
    return tuple(Option(place.zone, place.label) for place in _several(scene.answers["place"]))


async def _set_zone(scene: Scene) -> Ended:
    zone = scene.answers.get("part") or places(scene.answers["place"])[0].zone
    wanted = replace(await scene.desk.wishes.preferences(), zone=zone)
    await scene.desk.wishes.prefer(wanted)
    if zone == HOME:
        return Ended(Reply(Say(f"好的，按北京时间：{_quiet_words(wanted)}不打扰您。")), (_SETTINGS,))
    text = f"记下了：{label_of(zone)}。您那里现在是 {_here(scene, zone)}。\n免打扰按您那里的时间：{_quiet_words(wanted)}。"
    abroad: Offers = (("人在境外怎么认证", Wish("certification")), _SETTINGS)
    return Ended(Reply(Say(text)), abroad)


MY_ZONE = Dialog(
    name="my_zone",
    title="我在国外",
    covers=(),
    who="anyone",
    steps=(
        Ask(
            name="place",
            prompt="您在哪个国家或城市？例如“日本”“纽约”，也可以说“比北京晚13小时”。我按那里的时间，夜里不打扰您。回国了就发“国内”。",
            parse=_parsed(places),
        ),
        Choose(
            name="part",
            prompt="那里各地时间不一样，您在哪一带？",
            options=_parts,
            when=lambda answers: bool(_several(answers.get("place", ""))),
        ),
    ),
    action=_set_zone,
    help="发国家或大城市的名字就行。我只用它来算您那里的白天和夜里。",
)


def _month_words(months: tuple[int, ...]) -> str:
    return "每个月" if len(months) == 12 else "、".join(f"{month}月" for month in months)


async def _set_months(scene: Scene) -> Ended:
    months = months_of_year(scene.answers["months"])
    await scene.desk.wishes.prefer(replace(await scene.desk.wishes.preferences(), months=months))
    if not months:
        return Ended(Reply(Say("好的，不按月提醒了。认证快到期时，我照常提醒您。")), (_SETTINGS,))
    return Ended(Reply(Say(f"好的，每年{_month_words(months)}提醒您认证一次，快到期时照常提醒。")), (_SETTINGS,))


REMINDER_MONTHS = Dialog(
    name="reminder_months",
    title="每年几月提醒我",
    covers=(),
    who="anyone",
    steps=(
        _Meant(
            name="months",
            prompt="每年几月提醒您认证？可以发几个月，例如“3月和9月”；不要就回复“不用”。",
            parse=_parsed(months_of_year),
            looks_like=re.compile("[0-9一二三四五六七八九十]|月"),
        ),
    ),
    action=_set_months,
    help="发月份的数字，1 到 12，可以发几个。",
)


async def _set_sms(scene: Scene) -> Ended:
    sms = sms_wanted(scene.answers["sms"])
    await scene.desk.wishes.prefer(replace(await scene.desk.wishes.preferences(), sms=sms))
    if sms:
        text = "好的，微信上通知不到您时，会发短信到您登记的手机。短信里从来没有链接。"
    else:
        text = "好的，不发提醒短信了，提醒只发到微信。登录的验证码和安全提醒还会发。"
    return Ended(Reply(Say(text)), (_SETTINGS,))


SMS_WISH = Dialog(
    name="sms_wish",
    title="短信要不要",
    covers=(),
    who="anyone",
    steps=(Ask(name="sms", prompt="微信上通知不到您时，要不要发短信？", parse=_parsed(sms_wanted), quick=("要", "不要")),),
    action=_set_sms,
)


async def _set_word(scene: Scene) -> Ended:
    word = secret_word(scene.answers["word"])
    await scene.desk.wishes.prefer(replace(await scene.desk.wishes.preferences(), word=word))
    if not word:
        return Ended(Reply(Say("好的，暗号去掉了。")), (_SETTINGS,))
    text = f"好的，暗号记下了（{masked_word(word)}）。以后的正式提醒都带上它，没带的就要当心。请不要告诉别人。"
    return Ended(Reply(Say(text)), (_SETTINGS,))


SECRET_WORD = Dialog(
    name="secret_word",
    title="暗号",
    covers=(),
    who="anyone",
    steps=(
        _Meant(
            name="word",
            prompt="暗号是您自己定的一个词，我们的正式提醒都带上它，您一看就知道是真的。\n请发 2 到 8 个汉字或字母，例如“蓝色水壶”（别用这个）；不要暗号就回复“不要”。",
            parse=_parsed(secret_word),
            looks_like=re.compile(r"^.{1,20}$"),
            secret=True,
        ),
    ),
    action=_set_word,
    help="选一个只有您自己想得到的词，不要用名字、生日和单位的名称。",
)

# ── which kinds, stop and start ─────────────────────────────────────────────────────────────────────────────────────


async def _all_kinds(scene: Scene) -> Options:
    kinds = await scene.desk.wishes.kinds()
    return tuple(Option(kind.code, f"{kind.title}（{'已停' if kind.stopped else '开'}）", kind.title) for kind in kinds)


async def _turn(scene: Scene) -> Ended:
    kind = next(kind for kind in await scene.desk.wishes.kinds() if kind.code == scene.answers["kind"])
    more: Offers = (("再改一种", Wish("reminder_kinds")), _SETTINGS)
    if kind.stopped:
        await scene.desk.wishes.start((kind.code,))
        return Ended(Reply(Say(f"好的，“{kind.title}”打开了。")), more)
    await scene.desk.wishes.stop((kind.code,))
    return Ended(Reply(Say(await _stopped_words(scene, (kind,)))), more)


REMINDER_KINDS = Dialog(
    name="reminder_kinds",
    title="哪些提醒",
    covers=(),
    who="anyone",
    steps=(
        Choose(
            name="kind",
            prompt="回复数字，开着的就停，停了的就开：\n（亲情授权、人工服务和安全提醒关系到您的账户，不能停）",
            options=_all_kinds,
        ),
    ),
    action=_turn,
)


async def _stopped_words(scene: Scene, kinds: tuple[Hearing, ...]) -> str:
    """What is stopped, what follows from it, and the way back."""
    head = f"好的，“{'、'.join(kind.title for kind in kinds)}”停了。" if len(kinds) < 3 else "好的，这些提醒都停了。"
    lines = [head]
    if any(kind.code == "P-CERT" for kind in kinds):
        mine = await scene.desk.wishes.certification()
        until = f"您的认证到 {day(mine.due_on)} 为止，请自己记好。" if mine else "请自己记着认证的日子。"
        lines.append(f"到期前不会再提醒您，{until}")
    lines.append("想再收，回复“恢复提醒”。")
    return "\n".join(lines)


async def _to_stop(scene: Scene) -> Options:
    going = {kind.code: kind for kind in await scene.desk.wishes.kinds() if not kind.stopped}
    if not going:
        raise Stop(Reply(Say("能停的提醒都已经停了。想再收，回复“恢复提醒”。")))
    last = await scene.desk.wishes.last_heard()
    first = [code for code in dict.fromkeys((last, "P-CERT")) if code in going]
    named = tuple(Option(code, going[code].title, code) for code in first)
    return (*named, Option(_ALL, "全部提醒", "全部"), Option(_PICK, "别的，我自己选"))


async def _stop(scene: Scene) -> Ended:
    which = scene.answers["which"]
    if which == _PICK:
        options = await _all_kinds(scene)
        offers = tuple((option.label, Wish("reminder_kinds", {"kind": option.value})) for option in options)
        return Ended(Reply(Say("要停哪一种？回复数字：")), offers)
    going = tuple(kind for kind in await scene.desk.wishes.kinds() if not kind.stopped)
    chosen = going if which == _ALL else tuple(kind for kind in going if kind.code == which)
    await scene.desk.wishes.stop(tuple(kind.code for kind in chosen))
    return Ended(Reply(Say(await _stopped_words(scene, chosen))), (("恢复提醒", Wish("start_reminders")), _SETTINGS))


STOP_REMINDERS = Dialog(
    name="stop_reminders",
    title="停止提醒",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    steps=(Choose(name="which", prompt="要停哪一种提醒？", options=_to_stop),),
    action=_stop,
)


async def _to_start(scene: Scene) -> Options:
    stopped = [kind for kind in await scene.desk.wishes.kinds() if kind.stopped]
    if not stopped:
        raise Stop(Reply(Say("没有停过的提醒，都开着。想改时间或方式，回复“提醒设置”。")))
    named = tuple(Option(kind.code, kind.title) for kind in stopped)
    return named if len(named) == 1 else (Option(_ALL, "全部恢复", "全部"), *named)


async def _start(scene: Scene) -> Ended:
    which = scene.answers["which"]
    stopped = [kind for kind in await scene.desk.wishes.kinds() if kind.stopped]
    chosen = [kind for kind in stopped if which in {_ALL, kind.code}]
    await scene.desk.wishes.start(tuple(kind.code for kind in chosen))
    titles = "、".join(kind.title for kind in chosen)
    return Ended(Reply(Say(f"好的，恢复了：{titles}。想停随时回复“退订”。")), (_SETTINGS,))


START_REMINDERS = Dialog(
    name="start_reminders",
    title="恢复提醒",
    covers=(),
    who="anyone",
    steps=(Choose(name="which", prompt="要恢复哪一种提醒？", options=_to_start),),
    action=_start,
)

# ── 这条消息是你们发的吗 ────────────────────────────────────────────────────────────────────────────────────────────


def _something(text: str, _: date) -> str:
    if not worth_checking(text):
        raise Invalid("这几个字还不够核对。请把那条消息的原文发给我（长按消息可以复制），或者发对方的号码。")
    return text


class _Evidence(Ask):
    """Says what has gone to this chat lately: that may be the answer already."""

    async def ask(self, scene: Scene) -> Asked:
        return replace(await Ask.ask(self, scene), text=f"{await _lately(scene)}{self.prompt}")


async def _lately(scene: Scene) -> str:
    """What has gone to this chat and its person of itself, in a line; '' for nothing."""
    told = [f"{one.on.month}月{one.on.day}日 {one.title}（{one.how}）" for one in await scene.desk.wishes.sent_lately()]
    return f"最近我们主动发给您的有：{'；'.join(told)}。\n" if told else ""


async def _check(scene: Scene) -> Ended:
    text = scene.answers["what"]
    if number := number_in_question(text):
        return _about_number(scene, number)
    hosts = links(text)
    if hosts:
        return _about_link(scene, hosts)
    found = await scene.desk.wishes.ours(text)
    if found is not None:
        return await _ours(scene, found)
    words = "我们没有发过这样的短信，也没有在这个微信里给您发过。原文改过一个字也对不上，可以把原文再发一次。"
    return Ended(Reply(Say(f"{words}\n{await _lately(scene)}要是它叫您做什么：{_DO_NOT}")), (_ANOTHER, ("转人工", Wish("human"))))


async def _ours(scene: Scene, found: OurMessage) -> Ended:
    if found.code:
        text = f"是我们发的验证码短信，{day(found.on)}发出。验证码谁要都不要给，我们的工作人员也不会要。"
        return Ended(Reply(Say(text)), (_ANOTHER,))
    if found.how == "微信":
        head = f"是我们发的：{day(found.on)}在这个微信里发给您的{f'（{found.title}）' if found.title else ''}。"
    elif found.yours:
        head = f"是我们发的：{day(found.on)}发到您登记的手机上。"
    else:
        head = f"是我们发的，{day(found.on)}发出。"
    wanted = await scene.desk.wishes.preferences()
    carried = "" if wanted.word else "设一个暗号，以后一看就知道真假。"
    text = f"{head}\n不过我们不会要您转账、点链接、说验证码；有人拿着这条消息要这些，不要理。{carried}"
    return Ended(Reply(Say(text)), (_ANOTHER,) if wanted.word else (_WORD, _ANOTHER))


def _about_link(scene: Scene, hosts: tuple[str, ...]) -> Ended:
    if all(scene.desk.wishes.our_host(host) for host in hosts):
        text = f"这个网址是我们的，但我们只在这个公众号里发它，从来不用短信发。短信里收到的，请不要点。\n{_DO_NOT}"
        return Ended(Reply(Say(text)), (_ANOTHER,))
    text = f"不是我们发的：我们的短信里从来没有链接，这个网址也不是我们的。\n请{_DO_NOT}"
    return Ended(Reply(Say(text)), (_ANOTHER, ("转人工", Wish("human"))))


def _about_number(scene: Scene, number: str) -> Ended:
    match scene.desk.wishes.our_number(number):
        case "sender":
            text = "这是我们发短信用的号码。不过号码可以冒充，要看内容：把短信原文发给我，我再核对一遍。"
        case "hotline":
            text = f"{number} 是公开的咨询热线，您打过去是真的。不过来电显示可以冒充：热线不会要您转账，也不会要验证码。"
        case _:
            text = f"这不是我们用的号码。我们只用公布的热线和这个公众号。\n对方要是说是社保局的：{_DO_NOT}"
    return Ended(Reply(Say(text)), (("核对短信原文", Wish("is_it_yours")), ("转人工", Wish("human"))))


IS_IT_YOURS = Dialog(
    name="is_it_yours",
    title="核对消息真假",
    covers=(),
    who="anyone",
    steps=(
        _Evidence(
            name="what",
            prompt="我们不会要您的密码、验证码和银行卡号，短信里从来没有链接。\n您收到了什么？把消息原文（长按可以复制）或者对方的号码发给我，我查是不是我们发的。",
            parse=_something,
        ),
    ),
    action=_check,
    help="把收到的消息原样发给我就行，一个字也不用改。我只核对，不保存。",
)

# ── 过几天提醒我看结果 ──────────────────────────────────────────────────────────────────────────────────────────────


async def _result(scene: Scene) -> Ended:
    promised = await scene.desk.wishes.remind_of_result()
    if promised.stopped:
        text = "您停了资格认证提醒，所以到时候不会提醒您。先回复“恢复提醒”，再来设就行。"
        return Ended(Reply(Say(text)), (("恢复提醒", Wish("start_reminders")),))
    records: Offers = (("看认证记录", Wish("certification_records")),)
    if promised.at is None:
        return Ended(Reply(Say("这一次的结果已经提醒过了，现在可以看认证记录。")), records)
    when = hour_and_minute(promised.at, scene.now)
    head = "好的" if promised.new else "已经记着了"
    return Ended(Reply(Say(f"{head}，{when} 提醒您看认证结果。想早点看，随时回复“认证记录”。")), records)


RESULT_REMINDER = Dialog(
    name="certification_result",
    title="过几天提醒我看结果",
    covers=(),
    part_of=("BJH-26",),
    scope="certification",
    action=_result,
)

DIALOGS: tuple[Dialog, ...] = (
    WISHES,
    QUIET_HOURS,
    MY_ZONE,
    REMINDER_MONTHS,
    SMS_WISH,
    SECRET_WORD,
    REMINDER_KINDS,
    STOP_REMINDERS,
    START_REMINDERS,
    IS_IT_YOURS,
    RESULT_REMINDER,
)
