"""人工, 评价 and 网点: the ways to people."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Option, Scene, Wish
from dialogs.desk_humans import Near
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, normal

GRADES = (
    Option("1", "非常不满意"),
    Option("2", "不满意"),
    Option("3", "基本满意"),
    Option("4", "满意"),
    Option("5", "非常满意"),
)
"""In this order the number of the choice is the grade."""

SAID_GRADES = {
    **{str(grade): str(grade) for grade in range(1, 6)},
    **{
        "非常满意": "5",
        "好评": "5",
        "很好": "5",
        "满意": "4",
        "基本满意": "3",
        "一般": "3",
        "不满意": "2",
        "非常不满意": "1",
        "差评": "1",
    },
}
"""What answers the question for a mark without the word 评价, while one is awaited."""

_BAD = {"1", "2"}
_NOTHING = {"没有", "无", "不用", "跳过", "没了", "不说了"}


async def _rate(scene: Scene) -> Ended:
    words = scene.answers.get("words", "").strip()
    kind, ref, _ = scene.answers["thing"].split(":", 2)
    rating = await scene.desk.humans.rate(kind, ref, int(scene.answers["grade"]), "" if words in _NOTHING else words[:500])
    if rating is None:
        return Ended(Reply(Say("这件事已经有评价了，谢谢您。")))
    if rating.grade <= 2:
        return Ended(Reply(Say("对不起，让您不满意了。您的评价已经转给工作人员，核实后会在这里答复您。")))
    return Ended(Reply(Say("谢谢您的评价！")))


def _words(text: str, _: date) -> str:
    if not text.strip():
        raise Invalid("请写几个字，或回复“没有”。")
    return text


def thing(kind: str, ref: str, title: str) -> str:
    """What is rated, as the dialog keeps it from its beginning."""
    return f"{kind}:{ref}:{title}"


async def _newest(scene: Scene) -> tuple[Option, ...]:
    wanted = await scene.desk.humans.to_rate()
    return (Option(thing(*wanted), wanted[2]),) if wanted else ()


class _Grade(Choose):
    """Names what is rated."""

    async def ask(self, scene: Scene) -> Asked:
        title = scene.answers["thing"].split(":", 2)[2]
        return replace(await Choose.ask(self, scene), text=f"您对“{title}”满意吗？")


RATE = Dialog(
    name="rate",
    title="服务评价",
    covers=(),
    who="anyone",
    steps=(
        Choose(
            name="thing",
            prompt="",
            options=_newest,
            none="现在没有等您评价的事。办完一件事后，我会请您评价。",
            settled="已经是第一步了。要离开请回复“取消”。",
        ),
        _Grade(name="grade", prompt="", options=GRADES),
        Ask(
            name="words",
            prompt="哪里没有做好？您说一两句，我们会核实并答复；不想说就回复“没有”。",
            parse=_words,
            when=lambda answers: answers.get("grade") in _BAD,
        ),
    ),
    action=_rate,
    help="回复 1 到 5 选一项就行：5 是非常满意，1 是非常不满意。",
)

_PLACE = re.compile(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")
_FAR_M = 200_000
"""Whoever is farther from every outlet lives under another agency."""
EVERYWHERE = "全部"


def _place(text: str, _: date) -> str:
    if normal(text) in {"全部", "全部网点", "都看看", "看全部"}:
        return EVERYWHERE
    found = _PLACE.fullmatch(text.strip())
    if not found or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
        raise Invalid("请点输入框旁边的“+”，选“位置”发给我；不方便发位置就回复“全部”。")
    return text.strip()


def far(metres: int) -> str:
    """350 米, 2.4 公里, 35 公里."""
    if metres < 1000:
        return f"{max(10, round(metres, -1))} 米"
    return f"{metres / 1000:.1f} 公里" if metres < 10_000 else f"{round(metres / 1000)} 公里"


async def _outlets(scene: Scene) -> Ended:
    place = scene.answers["place"]
    region = scene.desk.region
    if place == EVERYWHERE:
        regions = (region,) if region else tuple(scene.desk.regions.values())
        known = [outlet for one in regions for outlet in one.outlets]
        lines = [f"{outlet.name}：{outlet.address}，{outlet.hours}" for outlet in known]
        if not lines:
            return Ended(Reply(Say("这里还没有登记网点，请拨打 12333 询问。")))
        return Ended(Reply(Say("\n".join(["办理网点有这些：", *lines[:10]]))), (("发位置找最近的", Wish("outlets")),))
    latitude, longitude = (float(part) for part in place.split(","))
    near = await scene.desk.humans.outlets(latitude, longitude)
    if not near:
        return Ended(Reply(Say("这里还没有登记网点，请拨打 12333 询问。")))
    head = (
        "离您最近的网点："
        if near[0].metres < _FAR_M
        else f"您附近没有我们的网点，最近的也在 {far(near[0].metres)}外；别处的业务请问当地社保，可以打 12333。"
    )
    text = "\n\n".join([head, *(_told(one) for one in near)])
    return Ended(Reply(Say(text, links=tuple(Anchor(f"在地图上看{one.outlet.name}", one.map_url) for one in near))))


def _told(near: Near) -> str:
    outlet = near.outlet
    does = f"\n能办：{'、'.join(outlet.does)}" if outlet.does else ""
    call = f"\n电话：{outlet.phone}" if outlet.phone else ""
    return f"{outlet.name}，约 {far(near.metres)}\n{outlet.address}\n{outlet.hours}{does}{call}"


OUTLETS = Dialog(
    name="outlets",
    title="附近网点",
    covers=(),
    ours=True,
    who="anyone",
    steps=(
        Ask(name="place", prompt="请点输入框旁边的“+”，选“位置”发给我，我帮您找最近的网点。不方便发就回复“全部”。", parse=_place),
    ),
    action=_outlets,
    help="点输入框旁边的“+”，再点“位置”，把您在的地方发给我就行。",
)

DIALOGS: tuple[Dialog, ...] = (RATE, OUTLETS)
