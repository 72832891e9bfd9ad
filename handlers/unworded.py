"""What is answered to what is neither words, a voice nor a picture: videos, files, pages that were passed on, kinds that nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dialogs.declare import Ended, Wish
from dialogs.messages import Filed, Filmed, Linked, Located, Reply, Say, Unknown
from handlers.desk import TurnDesk
from handlers.documents import from_qr
from handlers.session import Placed, Talk
from storage.ports.time import Clock

FILMED: Final = "视频我看不了。请打字告诉我您要办什么；要核对单据真假，拍一张右上角二维码的照片发来就行。"
FILED: Final = (
    "文件我打不开，照片可以：要核对单据真假，拍一张右上角二维码的照片发来就行；"
    "办业务要交的材料，办理时会给您一个网页，在那里传照片。要办什么，直接打字告诉我。"
)
UNKNOWN: Final = "这类消息我还看不懂，请打字告诉我您要办什么。回复“菜单”可以看能办的事。"
NOWHERE: Final = "这个位置我没看清。请再发一次位置，或者直接打字告诉我在哪个区、哪条街。"
WITH_STAFF: Final = "工作人员这边只看得到文字，请把要说的打字发来。"
_OUR_PAGE: Final = "这是我们的网页，点开就能用；要是说已经失效，请把要办的事打字告诉我，我再给您一个新的。"
_THEIR_PAGE: Final = "这个网页我没有打开。想办什么，请打字告诉我；拿不准它是不是我们发的，可以核对一下。"

_TWICE: Final = timedelta(minutes=1)
"""A place chosen by an entry of the menu comes as an event and as a message, in any order, within moments."""


def of_kind(talk: Talk, inbound: Filmed | Filed | Unknown) -> str:
    """What to send instead."""
    if talk.with_staff:
        return WITH_STAFF
    match inbound:
        case Filmed():
            return FILMED
        case Filed():
            return FILED
        case Unknown(kind="location"):
            return NOWHERE
        case Unknown():
            return UNKNOWN


def passed_on(desk: TurnDesk, inbound: Linked) -> Wish | Ended:
    """A page that was passed on: the paper that one of our verification addresses names, or what can be done about any other. Nothing is
    opened."""
    if pair := from_qr(inbound.url.strip(), desk.services.public_url):
        return Wish("verify", {"serial": pair[0], "code": pair[1]})
    if inbound.url.startswith(f"{desk.services.public_url}/"):
        return Ended(Reply(Say(_OUR_PAGE)))
    return Ended(Reply(Say(_THEIR_PAGE)), (("核对是不是你们发的", Wish("is_it_yours", {"what": inbound.url})),))


def place_of(inbound: Located) -> Wish:
    """The offices around."""
    return Wish("outlets", {"place": f"{inbound.latitude},{inbound.longitude}"})


def placed(inbound: Located, clock: Clock) -> Placed:
    """What the chat remembers of a place, so that it is not answered twice."""
    return Placed(f"{inbound.latitude:.4f},{inbound.longitude:.4f}", clock.now(), chosen=inbound.chosen)


def again(talk: Talk, place: Placed) -> bool:
    """Whether the same choice of a place has been answered already, as event or as message."""
    before = talk.placed
    if before is None or before.where != place.where or before.chosen == place.chosen:
        return False
    return place.at - before.at <= _TWICE
