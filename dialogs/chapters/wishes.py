"""提醒设置: when, where, how and of what people want to be reminded; 退订 and 恢复提醒."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Option, Options, Scene, StayHere, Stop, Wish
from dialogs.desk_wishes import Hearing
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid
from dialogs.parse.wishing import NEVER, months_of_year, named_after, quiet_hours, secret_word, sms_wanted
from dialogs.parse.zones import HOME, Place, label_of, places
from dialogs.phrases import day, hour_and_minute
from storage.ports.records import Preferences
from storage.ports.time import SHANGHAI

Offers = tuple[tuple[str, Wish], ...]

STOP_WORDS = (
    *("退订", "退订短信", "退订提醒", "TD", "Td", "td", "T", "t", "停止提醒", "不要再提醒我", "不要再提醒我了", "别再提醒我"),
    *("别再提醒我了", "别发了", "别再发了", "不要发了", "不要再发了", "不要提醒了", "取消提醒", "关闭提醒"),
)
"""What stops reminders wherever it is said."""

_SETTINGS = ("回到提醒设置", Wish("wishes"))
_QUIET = ("改免打扰时间", Wish("quiet_hours"))
_ALL, _PICK, _NIGHT = "all", "pick", "night"


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
        return "没有设"
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
    where = "" if wanted.zone == HOME else f"（按您那里的时间，{label_of(wanted.zone)}现在是 {_here(scene, wanted.zone)}）"
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
    ours=True,
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
    return Ended(Reply(Say(f"好的，{_quiet_words(wanted)} 不打扰您{abroad}。这段时间的提醒，过后再发。")), (_SETTINGS,))


class _Word(_Meant):
    """Nobody's own name: whoever writes to people by name knows it too."""

    async def read(self, scene: Scene, text: str) -> str:
        said = await _Meant.read(self, scene, text)
        near = (scene.desk.person, *await scene.desk.bound())
        if any(named_after(secret_word(said), person.name) for person in near if person is not None):
            raise StayHere(Asked("名字别人也知道，不能当暗号。请换一个只有您自己想得到的词，不要带名字。"))
        return said


class _Hours(_Meant):
    """Says what holds now."""

    async def ask(self, scene: Scene) -> Asked:
        wanted = await scene.desk.wishes.preferences()
        return replace(await Ask.ask(self, scene), text=f"现在是：{_quiet_words(wanted)}。{self.prompt}")


QUIET_HOURS = Dialog(
    name="quiet_hours",
    acts=True,
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
        return Ended(Reply(Say(f"欢迎回来，以后按北京时间。{_quiet_sentence(wanted)}")), (_QUIET, _SETTINGS))
    text = f"记下了：{label_of(zone)}。您那里现在是 {_here(scene, zone)}，以后按这个时间。\n{_quiet_sentence(wanted)}"
    abroad: Offers = (("人在境外怎么认证", Wish("certification_way", {"way": "境外"})), _QUIET, _SETTINGS)
    return Ended(Reply(Say(text)), abroad)


def _quiet_sentence(wanted: Preferences) -> str:
    if wanted.quiet_from == wanted.quiet_to:
        return "您没有设免打扰，夜里也可能收到提醒。"
    return f"{_quiet_words(wanted)} 不打扰您。"


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
    return Ended(
        Reply(Say(f"好的，{'' if len(months) == 12 else '每年'}{_month_words(months)}提醒您认证一次，快到期时照常提醒。")),
        (_SETTINGS,),
    )


REMINDER_MONTHS = Dialog(
    name="reminder_months",
    acts=True,
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
        _Word(
            name="word",
            prompt="暗号是您自己定的一个词，我们的正式提醒都带上它，您一看就知道是真的。\n请发 2 到 8 个汉字或字母，选一个只有您自己想得到的，不要用名字、生日；不要暗号就回复“不要”。",
            parse=_parsed(secret_word),
            looks_like=re.compile(r"^.{1,20}$"),
            secret=True,
        ),
    ),
    action=_set_word,
    help="选一个只有您自己想得到的词，不要用名字、生日和单位的名称。",
)


async def _my_word(scene: Scene) -> Ended:
    word = (await scene.desk.wishes.preferences()).word
    if not word:
        text = "您还没有设暗号。设一个，我们的正式提醒都带上它，您一看就知道是真的。"
        return Ended(Reply(Say(text)), (("设一个暗号", Wish("secret_word")), _SETTINGS))
    text = f"您的暗号是 {masked_word(word)}，只显示第一个字，免得旁人看到。想不起来就重新设一个，旧的马上作废。"
    return Ended(
        Reply(Say(text)), (("重新设暗号", Wish("secret_word")), ("不要暗号了", Wish("secret_word", {"word": "不要"})), _SETTINGS)
    )


MY_WORD = Dialog(name="my_word", title="我的暗号", covers=(), who="anyone", action=_my_word)

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
        today = scene.now.astimezone(SHANGHAI).date()
        if mine is None:
            lines.append("到期前不会再提醒您，请自己记着认证的日子。")
        elif mine.due_on < today:
            lines.append(
                f"您的认证应在{day(mine.due_on)}前完成，已经过了 {(today - mine.due_on).days} 天，这次过期也不再提醒了。请尽快认证，回复“认证”看怎么办。"
            )
        else:
            lines.append(f"到期前不会再提醒您，您的认证到{day(mine.due_on)}为止，请自己记好。")
    lines.append("想再收，回复“恢复提醒”。")
    return "\n".join(lines)


async def _to_stop(scene: Scene) -> Options:
    going = {kind.code: kind for kind in await scene.desk.wishes.kinds() if not kind.stopped}
    if not going:
        raise Stop(Reply(Say("能停的提醒都已经停了。想再收，回复“恢复提醒”。")))
    last = await scene.desk.wishes.last_heard()
    first = [code for code in dict.fromkeys((last, "P-CERT")) if code in going]
    named = tuple(Option(code, going[code].title, code) for code in first)
    return (*named, Option(_ALL, "全部提醒", "全部"), Option(_PICK, "别的，我自己选"), Option(_NIGHT, "不停，只改免打扰的时间"))


async def _stop(scene: Scene) -> Ended:
    which = scene.answers["which"]
    if which == _NIGHT:
        now = _quiet_words(await scene.desk.wishes.preferences())
        return Ended(Reply(Say(f"好的，没有停。您的免打扰时间：{now}。")), (_QUIET, _SETTINGS))
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
    acts=True,
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
    acts=True,
    title="恢复提醒",
    covers=(),
    who="anyone",
    steps=(Choose(name="which", prompt="要恢复哪一种提醒？", options=_to_start),),
    action=_start,
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
    MY_WORD,
    REMINDER_KINDS,
    STOP_REMINDERS,
    START_REMINDERS,
    RESULT_REMINDER,
)
