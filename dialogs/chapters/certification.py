"""待遇资格认证 (BJH-26, BJH-M-22): one date, this person's, and why; the ways by name; records; what a missed date means.

A way without the face is always among the ways, and comes first for who failed with it.
"""

from __future__ import annotations

import re
from datetime import date

from dialogs.declare import Ask, Dialog, Ended, Scene, Stop, Wish
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse.certifying import ABROAD, ELSEWHERE, EMPLOYER, FAMILY, way_named
from dialogs.phrases import day
from storage.certifying import FAILED, PENDING, opens_on, rule_words, why
from storage.ports.records import Certification, CertificationRecord
from storage.ports.regions import Region, Way
from storage.ports.time import SHANGHAI

Offers = tuple[tuple[str, Wish], ...]

_RECORDS = ("认证记录", Wish("certification_records"))
_MISSED = ("错过了怎么办", Wish("certification_missed"))
_NO_FACE = ("刷脸没过怎么办", Wish("certification_no_face"))
_WHEN = ("看认证到哪一天", Wish("certification"))
_LOG_IN = ("登录，看认证到哪一天", Wish("certification_mine"))
_HOW = ("现在怎么认证", Wish("certification"))
_HUMAN = ("转人工", Wish("human"))
_DONE = ("认证做完了，过几天提醒我看结果", Wish("certification_result"))
_SILENT_BACK_PAY = "停发的月份补不补、从哪个月补、什么时候到账，没有统一的说法，请问{hotline}、原单位或经办机构。"


def _named(way: Way) -> str:
    return f"{way.title}（不用刷脸）" if way.without_face and "刷脸" not in way.title else way.title


def _ways(region: Region) -> Offers:
    return tuple((_named(way), Wish("certification_way", {"way": str(n)})) for n, way in enumerate(region.certification.ways, 1))


def _faceless(region: Region) -> Offers:
    offers = zip(region.certification.ways, _ways(region), strict=True)
    return tuple(offer for way, offer in offers if way.without_face)


def _entry(url: str) -> tuple[Anchor, ...]:
    return (Anchor("打开认证入口", url),) if url else ()


def _region(scene: Scene) -> Region:
    region = scene.desk.region
    if region is None:
        raise Stop(Reply(Say("请先告诉我您在哪里参保：北京、滨州还是济南？")))
    return region


def _today(scene: Scene) -> date:
    return scene.now.astimezone(SHANGHAI).date()


def _because(scene: Scene, region: Region, mine: Certification) -> str:
    person = scene.desk.person
    if person is None:
        return ""
    reason = why(region.certification, person.birth_date, mine.last_at, mine.due_on)
    return f"（{_ISO.sub(lambda found: day(date.fromisoformat(found[0])), reason)}）"


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


async def _trying(scene: Scene, mine: Certification | None) -> str:
    """A sentence about a certification that is under way or has failed since the last one that counted; '' if there is none."""
    records = await scene.desk.certification_records(1)
    if not records or not _since(records[0], mine):
        return ""
    newest = records[0]
    when = f"您{day(newest.at.astimezone(SHANGHAI).date())}做的认证（{newest.channel}）"
    if newest.result == PENDING:
        return f"{when}还在审核，结果出来前不用重做。"
    return f"{when}没有通过，请换个办法再做一次。" if newest.result == FAILED else ""


def _since(record: CertificationRecord, mine: Certification | None) -> bool:
    return mine is None or mine.last_at is None or record.at.astimezone(SHANGHAI).date() >= mine.last_at


_ALL = "all"
_OTHERS = ("别的办法", Wish("certification_way", {"way": _ALL}))


def for_relative(region: Region) -> Offers:
    """The ways for who helps somebody else: what they can do themselves first, few enough to choose from, the rest under 别的办法."""
    ways = _ways(region)
    own = next(
        (offer for way, offer in zip(region.certification.ways, ways, strict=True) if _TITLED[FAMILY] in way.title), ways[0]
    )
    return (own, *(offer for offer in _faceless(region)[:1] if offer != own), _OTHERS)


async def _certification(scene: Scene, *, every: bool = False) -> Ended:
    desk, region = scene.desk, _region(scene)
    rules = region.certification
    links = _entry(rules.entry_url)
    if desk.person is None:
        head = f"登录后我可以告诉您认证到哪一天。{region.name}按经办机构的设置，{rule_words(rules)}。"
        text = f"{head}\n认证可以这样办，回复数字看怎么做："
        return Ended(Reply(Say(text, links=links)), (*_ways(region), _MISSED, _NO_FACE, _LOG_IN))
    mine = await desk.certification()
    if mine is None and desk.person.person_status != "已退休":
        return Ended(Reply(Say("您目前没有领取需要认证的待遇，不用认证。")))
    stopped = await _stopped(scene, region)
    when = (region.texts["certification_missing"], *stopped) if mine is None else _when(scene, region, mine, stopped)
    lines = [*when, await _trying(scene, mine)]
    lines.append("下面的办法任选一种，回复数字看怎么做：")
    text = "\n".join(line for line in lines if line)
    if desk.family.relative is not None and not every:
        return Ended(Reply(Say(text, links=links)), for_relative(region))
    return Ended(Reply(Say(text, links=links)), (*_ways(region), _RECORDS, _MISSED, _NO_FACE))


def _when(scene: Scene, region: Region, mine: Certification, stopped: tuple[str, ...]) -> tuple[str, ...]:
    """Until when, why, whether the benefit is paused, and since when it can be done where that is not always."""
    today, because = _today(scene), _because(scene, region, mine)
    left = (mine.due_on - today).days
    if left < 0:
        head = f"您的认证应在{day(mine.due_on)}前完成，已经过了 {-left} 天{because}。请尽快认证。"
        return (head, *stopped, region.certification.after_missed)
    if left == 0:
        return (f"您的认证今天到期{because}，请今天完成。", *stopped)
    head = f"您的认证到{day(mine.due_on)}为止，还有 {left} 天{because}。"
    opens = opens_on(region.certification, scene.desk.person.birth_date, mine.due_on) if scene.desk.person else None
    return (f"{head}{day(opens)}起可以办，现在还不用办。" if opens is not None and opens > today else head, *stopped)


CERTIFICATION = Dialog(
    name="certification",
    title="资格认证",
    covers=("BJH-26", "BJH-M-22"),
    media=("chat", "page", "pdf", "push"),
    who="anyone",
    needs_region=True,
    scope="certification",
    action=_certification,
)


CERTIFICATION_MINE = Dialog(
    name="certification_mine",
    title="看认证到哪一天",
    covers=(),
    part_of=("BJH-26",),
    scope="certification",
    action=_certification,
)

_TITLED = {EMPLOYER: "单位", ABROAD: "境外", ELSEWHERE: "居住地", FAMILY: "家人"}
"""What the title of such a way says, in every region's settings."""


def _number(scene: Scene, region: Region) -> str:
    """The number of the way that was said, by number or in a question (单位怎么认证); what was said where it is none."""
    said = scene.answers["way"]
    if said.isdecimal():
        return said
    word = _TITLED.get(way_named(said, region.name), "")
    found = (n for n, way in enumerate(region.certification.ways, 1) if word and word in way.title)
    return next((str(n) for n in found), said)


async def _way(scene: Scene) -> Ended:
    region = _region(scene)
    number = _number(scene, region)
    ways = region.certification.ways
    if not (number.isdecimal() and 1 <= int(number) <= len(ways)):
        return await _certification(scene, every=True)
    way = ways[int(number) - 1]
    others = tuple((label, wish) for label, wish in _ways(region) if wish.said["way"] != number)
    links = _entry(way.entry_url or ("" if way.without_face else region.certification.entry_url))
    asked = not scene.answers["way"].isdecimal()  # who came by a question has not seen the date yet
    mine = () if not asked else (_WHEN,) if scene.desk.person else (_LOG_IN,)
    return Ended(
        Reply(Say(f"{way.title}：{way.text}\n别的办法：", links=links)),
        (*others, *(() if way.without_face else (_NO_FACE,)), *mine, _DONE),
    )


CERTIFICATION_WAY = Dialog(
    name="certification_way",
    title="认证办法",
    covers=(),
    who="anyone",
    needs_region=True,
    steps=(Ask(name="way", prompt="请回复办法的数字。", parse=lambda text, _: text),),
    action=_way,
)


async def _no_face(scene: Scene) -> Ended:
    text = "刷脸没过不要紧，不刷脸也能认证。下面的办法任选一种，回复数字看怎么做："
    return Ended(Reply(Say(text)), (*_faceless(_region(scene)), _WHEN, _MISSED))


CERTIFICATION_NO_FACE = Dialog(
    name="certification_no_face",
    title="刷脸没过怎么办",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    needs_region=True,
    action=_no_face,
)


async def _missed(scene: Scene) -> Ended:
    region = _region(scene)
    missed = region.certification.missed
    lines = [*await _state(scene, region)]
    if missed.pause or missed.resume:
        lines += [f"暂停：{missed.pause}"] if missed.pause else []
        lines += [f"恢复：{missed.resume}"] if missed.resume else []
    else:
        lines.append(region.certification.after_missed)
    lines.append(f"补发：{missed.back_pay or _SILENT_BACK_PAY.format(hotline=region.hotline)}")
    known = (_RECORDS,) if scene.desk.person else (_LOG_IN,)
    return Ended(Reply(Say("\n".join(lines))), (_HOW, *known, _NO_FACE))


async def _state(scene: Scene, region: Region) -> tuple[str, ...]:
    """Where this person stands; nothing for a visitor."""
    desk = scene.desk
    if desk.person is None:
        return ("登录后我可以看您的认证过没过期。",)
    stopped = await _stopped(scene, region)
    mine = await desk.certification()
    if mine is None:
        none = region.texts["certification_missing"] if desk.person.person_status == "已退休" else "您名下没有需要认证的待遇。"
        return (none, *stopped)
    trying = tuple(line for line in (await _trying(scene, mine),) if line)
    left = (mine.due_on - _today(scene)).days
    if left < 0:
        head = f"您的认证应在{day(mine.due_on)}前完成，已经过了 {-left} 天{_because(scene, region, mine)}。"
        return (head, *stopped, *trying)
    if stopped:
        return (*stopped, f"您的认证到{day(mine.due_on)}为止，没有过期。", *trying)
    head = f"您的认证到{day(mine.due_on)}为止，没有过期。要是待遇停了，可能是别的原因，请问{region.hotline}或原单位。"
    return (head, *trying)


async def _stopped(scene: Scene, region: Region) -> tuple[str, ...]:
    """That the benefit is paused, since when and why; nothing where it is paid or the agency says nothing about it."""
    benefit = await scene.desk.benefit()
    if benefit is None or benefit.state != "paused":
        return ()
    because = f"，登记的原因是：{benefit.reason.rstrip('。')}" if benefit.reason else f"，原因没有登记，请问{region.hotline}"
    return (f"您的养老待遇从{day(benefit.since)}起暂停发放{because}。",)


async def _not_come(scene: Scene) -> Ended:
    """养老金没到账: an overdue certification first, then a pause with its reason; else who can say more."""
    region = _region(scene)
    ask = f"每个月发了多少，暂时还不能在这里查，请拨打 {region.hotline}，或者看看存折、银行卡的入账。"
    if scene.desk.person is None:
        text = f"登录后我可以看您的待遇停没停、认证过没过期。\n{ask}"
        return Ended(Reply(Say(text)), (("登录，看看是什么原因", Wish("pension_mine")), _HOW, _HUMAN))
    mine = await scene.desk.certification()
    stopped = await _stopped(scene, region)
    overdue = mine is not None and mine.due_on < _today(scene)
    if overdue or stopped:
        after = (region.certification.after_missed,) if overdue else ()
        return Ended(Reply(Say("\n".join((*await _state(scene, region), *after)))), (_HOW, _MISSED, _RECORDS, _HUMAN))
    known = f"您的认证到{day(mine.due_on)}为止，没有过期。" if mine else ""
    return Ended(Reply(Say(f"没有查到您的养老待遇停发的登记。{known}\n{ask}")), (_WHEN, _HUMAN))


CERTIFICATION_MISSED = Dialog(
    name="certification_missed",
    title="错过了认证怎么办",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    needs_region=True,
    scope="certification",
    action=_missed,
)


PENSION_MISSING = Dialog(
    name="pension_missing",
    title="养老金没到账",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    needs_region=True,
    scope="certification",
    action=_not_come,
)

PENSION_MINE = Dialog(
    name="pension_mine",
    title="养老金没到账",
    covers=(),
    part_of=("BJH-26",),
    scope="certification",
    action=_not_come,
)


async def _without_phone(scene: Scene) -> Ended:
    text = "不会用手机不要紧：可以带身份证到窗口办，可以请家人帮您办，也可以打电话问。回复数字："
    offers: Offers = (
        ("不用刷脸的认证办法", Wish("certification_no_face")),
        ("请家人帮我办", Wish("relative_add")),
        ("附近网点", Wish("outlets")),
        _HUMAN,
    )
    return Ended(Reply(Say(text)), offers)


WITHOUT_PHONE = Dialog(
    name="without_phone",
    title="不会用手机怎么办",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    action=_without_phone,
)


async def _records(scene: Scene) -> Ended:
    found = await scene.desk.look_up("certification_records", {})
    links = (Anchor("查看全部", found.url),) if found.url else ()
    paper = (("下载 PDF 单据", Wish("download", {"query": "certification_records"})),) if found.url else ()
    return Ended(Reply(Say("\n".join(found.statement.summary), links=links)), (*paper, _WHEN))


CERTIFICATION_RECORDS = Dialog(
    name="certification_records",
    title="认证记录",
    covers=(),
    part_of=("BJH-26",),
    scope="certification",
    action=_records,
)

DIALOGS: tuple[Dialog, ...] = (
    CERTIFICATION,
    CERTIFICATION_MINE,
    CERTIFICATION_WAY,
    CERTIFICATION_NO_FACE,
    CERTIFICATION_MISSED,
    PENSION_MISSING,
    PENSION_MINE,
    WITHOUT_PHONE,
    CERTIFICATION_RECORDS,
)
