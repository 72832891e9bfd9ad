"""订阅提醒: the way to the page on which WeChat is allowed to remind (订阅通知)."""

from __future__ import annotations

from dialogs.declare import Dialog, Ended, Scene, Wish
from dialogs.messages import Anchor, Reply, Say

_SETTINGS = (("回到提醒设置", Wish("wishes")),)


async def _subscribe(scene: Scene) -> Ended:
    url = await scene.desk.wishes.subscription_link()
    if not url:
        return Ended(Reply(Say("不用另外订阅，认证快到期时我会提醒您。想改时间或方式，看提醒设置。")), _SETTINGS)
    text = "点开下面的链接，再点“允许”，认证快到期时微信就会提醒您。"
    return Ended(Reply(Say(text, links=(Anchor("允许微信提醒我", url),))), _SETTINGS)


SUBSCRIBE = Dialog(
    name="subscribe",
    acts=True,
    title="订阅提醒",
    covers=(),
    part_of=("BJH-26",),
    who="anyone",
    action=_subscribe,
    help="打开链接后点“允许提醒我”。一次性的订阅，允许一次能收到一次提醒。",
)

DIALOGS: tuple[Dialog, ...] = (SUBSCRIBE,)
