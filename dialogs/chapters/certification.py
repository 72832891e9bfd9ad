"""待遇资格认证 (BJH-26): one date, this person's, and how to certify; a way without the face is always named."""

from __future__ import annotations

from dialogs.declare import Dialog, Ended, Scene
from dialogs.messages import Reply, Say
from dialogs.phrases import day
from storage.ports.regions import Region


def _ways(region: Region) -> list[str]:
    lines = []
    for number, way in zip("①②③④⑤⑥⑦⑧⑨", region.certification.ways, strict=False):
        mark = "（不用刷脸）" if way.without_face else ""
        lines.append(f"{number} {way.title}{mark}：{way.text}")
    return lines


async def _certification(scene: Scene) -> Ended:
    desk = scene.desk
    region = desk.region
    if region is None:
        raise RuntimeError("the conversation asks for the region first")
    mine = await desk.certification() if desk.person else None
    if mine is None:
        first = (
            "您目前没有领取需要认证的待遇，不用认证。"
            if desk.person
            else "登录后我可以告诉您本人的认证期限（回复“登录”）。认证可以这样办："
        )
        lines = [first] if desk.person else [first, *_ways(region)]
        return Ended(Reply(Say("\n".join(lines))))
    today = scene.now.date()
    left = (mine.due_on - today).days
    why = f"（上次认证 {day(mine.last_at)}，有效 {region.certification.period_months} 个月）" if mine.last_at else ""
    if left < 0:
        head = (
            f"您的认证应在 {day(mine.due_on)} 前完成，已经过了 {-left} 天{why}。请尽快认证。\n{region.certification.after_missed}"
        )
    elif left == 0:
        head = f"您的认证今天到期{why}，请今天完成。"
    else:
        head = f"您的认证到 {day(mine.due_on)} 为止，还有 {left} 天{why}。"
    return Ended(Reply(Say("\n".join([head, "办法任选一种：", *_ways(region)]))))


CERTIFICATION = Dialog(
    name="certification",
    title="资格认证",
    covers=("BJH-26", "BJH-M-22"),
    who="anyone",
    needs_region=True,
    action=_certification,
)
