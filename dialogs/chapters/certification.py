"""待遇资格认证 (BJH-26): one date, this person's, then the ways by name; a way without the face is always among them."""

from __future__ import annotations

from dialogs.declare import Ask, Dialog, Ended, Scene, Stop, Wish
from dialogs.messages import Reply, Say
from dialogs.phrases import day
from storage.ports.regions import Region, Way


def _named(way: Way) -> str:
    return f"{way.title}（不用刷脸）" if way.without_face and "刷脸" not in way.title else way.title


def _ways(region: Region) -> tuple[tuple[str, Wish], ...]:
    return tuple((_named(way), Wish("certification_way", {"way": str(n)})) for n, way in enumerate(region.certification.ways, 1))


def _region(scene: Scene) -> Region:
    region = scene.desk.region
    if region is None:
        raise Stop(Reply(Say("请先告诉我您在哪里参保：北京、滨州还是济南？")))
    return region


async def _certification(scene: Scene) -> Ended:
    desk, region = scene.desk, _region(scene)
    mine = await desk.certification() if desk.person else None
    if mine is None and desk.person:
        return Ended(Reply(Say("您目前没有领取需要认证的待遇，不用认证。")))
    if mine is None:
        head = "登录后我可以告诉您认证到哪一天（回复“登录”）。认证可以这样办，回复数字看怎么做："
        return Ended(Reply(Say(head)), _ways(region))
    left = (mine.due_on - scene.now.date()).days
    why = f"（上次认证是{day(mine.last_at)}，有效 {region.certification.period_months} 个月）" if mine.last_at else ""
    if left < 0:
        head = (
            f"您的认证应在{day(mine.due_on)}前完成，已经过了 {-left} 天{why}。请尽快认证。\n{region.certification.after_missed}"
        )
    elif left == 0:
        head = f"您的认证今天到期{why}，请今天完成。"
    else:
        head = f"您的认证到{day(mine.due_on)}为止，还有 {left} 天{why}。"
    return Ended(Reply(Say(f"{head}\n下面的办法任选一种，回复数字看怎么做：")), _ways(region))


CERTIFICATION = Dialog(
    name="certification",
    title="资格认证",
    covers=("BJH-26", "BJH-M-22"),
    who="anyone",
    needs_region=True,
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
    return Ended(Reply(Say(f"{way.title}：{way.text}\n别的办法：")), others)


CERTIFICATION_WAY = Dialog(
    name="certification_way",
    title="认证办法",
    covers=(),
    who="anyone",
    needs_region=True,
    steps=(Ask(name="way", prompt="请回复办法的数字。", parse=lambda text, _: text),),
    action=_way,
)
