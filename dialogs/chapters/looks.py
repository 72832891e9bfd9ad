"""谁看过我的信息: who has looked at or changed what is the person's, lately; from the audit log, without anybody's name."""

from __future__ import annotations

from dialogs.declare import Dialog, Ended, Scene, Wish
from dialogs.messages import Reply, Say
from dialogs.phrases import day
from storage.ports.time import SHANGHAI

_AT_MOST = 8
_RELATIVES = ("我的家人", Wish("relatives"))
_HUMAN = ("转人工", Wish("human"))


async def _looked(scene: Scene) -> Ended:
    found = await scene.desk.looks()
    lines = [f"{day(one.on.astimezone(SHANGHAI).date())} {one.who}（{one.times} 次）" for one in found[:_AT_MOST]]
    head = "最近看过或办过您的事的有：" if lines else "最近没有人看过您的记录。"
    return Ended(
        Reply(Say("\n".join((head, *lines, "家人要您授权才看得到，每次用都会告诉您。看着不对，马上转人工。")))),
        (_RELATIVES, _HUMAN),
    )


DIALOGS: tuple[Dialog, ...] = (
    Dialog(name="who_looked", title="谁看过我的信息", covers=(), ours=True, scope="own", action=_looked),
)
