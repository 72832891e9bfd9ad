"""手机号换了或丢了: the way back in, without the old number (S-BIND, targets.md complaint 6)."""

from __future__ import annotations

from dialogs.declare import Ask, Dialog, Ended, Scene, Wish
from dialogs.messages import Anchor, Reply, Say


async def _begin(scene: Scene) -> Ended:
    url = await scene.desk.filings.form("phone_change", {})
    days = await scene.desk.filings.expected("phone_change")
    when = f"，大约 {days.month}月{days.day}日前有结果" if days else ""
    return Ended(
        Reply(
            Say(
                f"可以在这里换预留手机号{when}。\n"
                "要填证件号码和社保卡号（只在下面的页面里填，不要发在聊天里），用新手机号收一次验证码，再拍一张手持证件的照片。\n"
                "两位工作人员核对后生效，原来的手机和微信会收到提醒；生效后 72 小时内不能办解挂、改账户这类业务。",
                links=(Anchor("去填写", url),),
            )
        ),
        (("不方便拍照，找最近的网点", Wish("outlets")), ("转人工", Wish("human"))),
    )


def _kept(text: str, _: object) -> str:
    return text


CHANGE_PHONE = Dialog(
    name="change_phone",
    title="更换预留手机号",
    covers=("BZ-06",),
    who="anyone",
    needs_region=True,
    steps=(Ask(name="start", prompt="", parse=_kept, default="yes"),),
    action=_begin,
)

DIALOGS: tuple[Dialog, ...] = (CHANGE_PHONE,)
