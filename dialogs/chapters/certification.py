"""待遇资格认证 (BJH-26, BJH-M-22): one date, this person's, and why; the ways by name; records; what a missed date means.

A way without the face is always among the ways, and comes first for who failed with it.
"""

from __future__ import annotations

from datetime import date

from dialogs.declare import Ask, Dialog, Ended, Scene, Stop, Wish
from dialogs.messages import Anchor, Reply, Say
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
_DONE = ("认证做完了，过几天提醒我看结果", Wish("certification_result"))
_SILENT_BACK_PAY = "停发的月份补不补、从哪个月补、什么时候到账，手册未写明，请问{hotline}、原单位或经办机构。"


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
    return f"（{why(region.certification, person.birth_date, mine.last_at, mine.due_on)}）" if person else ""


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


async def _certification(scene: Scene) -> Ended:
    desk, region = scene.desk, _region(scene)
    rules = region.certification
    links = _entry(rules.entry_url)
    if desk.person is None:
        head = f"登录后我可以告诉您认证到哪一天（回复“登录”）。{region.name}按经办机构的设置，{rule_words(rules)}。"
        return Ended(Reply(Say(f"{head}\n认证可以这样办，回复数字看怎么做：", links=links)), (*_ways(region), _MISSED, _NO_FACE))
    mine = await desk.certification()
    if mine is None and desk.person.person_status != "已退休":
        return Ended(Reply(Say("您目前没有领取需要认证的待遇，不用认证。")))
    lines = [region.texts["certification_missing"] if mine is None else _when(scene, region, mine), await _trying(scene, mine)]
    lines.append("下面的办法任选一种，回复数字看怎么做：")
    text = "\n".join(line for line in lines if line)
    return Ended(Reply(Say(text, links=links)), (*_ways(region), _RECORDS, _MISSED, _NO_FACE))


def _when(scene: Scene, region: Region, mine: Certification) -> str:
    """Until when, why, and since when it can be done where that is not always."""
    today, because = _today(scene), _because(scene, region, mine)
    left = (mine.due_on - today).days
    if left < 0:
        head = f"您的认证应在{day(mine.due_on)}前完成，已经过了 {-left} 天{because}。请尽快认证。"
        return f"{head}\n{region.certification.after_missed}"
    if left == 0:
        return f"您的认证今天到期{because}，请今天完成。"
    head = f"您的认证到{day(mine.due_on)}为止，还有 {left} 天{because}。"
    opens = opens_on(region.certification, scene.desk.person.birth_date, mine.due_on) if scene.desk.person else None
    return f"{head}{day(opens)}起可以办，现在还不用办。" if opens is not None and opens > today else head


CERTIFICATION = Dialog(
    name="certification",
    title="资格认证",
    covers=("BJH-26", "BJH-M-22"),
    who="anyone",
    needs_region=True,
    scope="certification",
    action=_certification,
)


async def _way(scene: Scene) -> Ended:
    region = _region(scene)
    number = scene.answers["way"]
    ways = region.certification.ways
    if not (number.isdecimal() and 1 <= int(number) <= len(ways)):
        return await _certification(scene)
    way = ways[int(number) - 1]
    others = tuple((label, wish) for label, wish in _ways(region) if wish.said["way"] != number)
    links = _entry(way.entry_url or ("" if way.without_face else region.certification.entry_url))
    return Ended(
        Reply(Say(f"{way.title}：{way.text}\n别的办法：", links=links)),
        (*others, *(() if way.without_face else (_NO_FACE,)), _DONE),
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
    known = (_RECORDS,) if scene.desk.person else ()
    return Ended(Reply(Say("\n".join(lines))), (("现在怎么认证", Wish("certification")), *known, _NO_FACE))


async def _state(scene: Scene, region: Region) -> tuple[str, ...]:
    """Where this person stands; nothing for a visitor."""
    desk = scene.desk
    if desk.person is None:
        return ("登录后我可以看您的认证过没过期（回复“登录”）。",)
    mine = await desk.certification()
    if mine is None:
        return (region.texts["certification_missing"] if desk.person.person_status == "已退休" else "您名下没有需要认证的待遇。",)
    trying = await _trying(scene, mine)
    left = (mine.due_on - _today(scene)).days
    if left < 0:
        head = f"您的认证应在{day(mine.due_on)}前完成，已经过了 {-left} 天{_because(scene, region, mine)}。"
    else:
        head = f"您的认证到{day(mine.due_on)}为止，没有过期。要是待遇停了，可能是别的原因，请问{region.hotline}或原单位。"
    return (head, trying) if trying else (head,)


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
    CERTIFICATION_WAY,
    CERTIFICATION_NO_FACE,
    CERTIFICATION_MISSED,
    CERTIFICATION_RECORDS,
)
