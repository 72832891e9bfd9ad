"""What is answered to a photo: the paper on it is verified by the QR code, or it is said how to take a better one."""

from __future__ import annotations

from typing import Final

from dialogs.chapters.verification import told
from dialogs.declare import Ended, Wish
from dialogs.messages import Reply, Say
from handlers.desk import TurnDesk
from handlers.documents import from_qr
from handlers.documents.tokens import has_token, prove

UNSEEN: Final = "图片收到了，可是这里看不了图片。要核对单据真假，请用“扫一扫”扫单据右上角的二维码，或者把流水号和校验码发给我。"
NO_CODE: Final = (
    "照片里没有找到二维码。要核对单据真假，您可以：\n"
    "· 对准单据右上角的二维码，靠近一点、拍清楚再发一张；\n"
    "· 点“扫一扫”扫它；\n"
    "· 把右上角的流水号和校验码发给我。\n"
    "照片没有保存。"
)
NOT_OURS: Final = "照片里的二维码不是我们单据上的。请拍单据右上角的那一个，或者把流水号和校验码发给我。照片没有保存。"
FORGED: Final = (
    "二维码里的电子签名不对，这张单据可能被改过，请不要采信。\n要再核对，请把单据右上角的流水号和校验码发给我。照片没有保存。"
)
_ONCE_MORE: Final = (("再校验一张", Wish("verify")),)


async def photographed(desk: TurnDesk) -> Ended:
    """The answer to the photo that was looked at before this turn (`desk.seen`)."""
    seen = desk.seen
    if seen is None or seen.why:
        return Ended(Reply(Say(seen.why if seen else UNSEEN)))
    keys = desk.services.token_keys
    for text in seen.texts:
        proof = prove(text, keys)
        if proof.why == "forged":
            return Ended(Reply(Say(FORGED)), _ONCE_MORE)
        pair = from_qr(text, desk.services.public_url)
        if proof.genuine and proof.found is not None:  # ours, also where our address was another one then
            pair = proof.found.serial_no, proof.found.check_code
        if pair is None:
            continue
        if has_token(text) and proof.why == "unreadable":
            return Ended(Reply(Say(FORGED)), _ONCE_MORE)
        return told(await desk.verify(*pair, way="photo"), desk.now) or Ended(
            Reply(Say("照片上的单据核对不上：这两组号码不是我们出具的。请不要采信这张单据。照片没有保存。")), _ONCE_MORE
        )
    return Ended(Reply(Say(NOT_OURS if seen.texts else NO_CODE)), _ONCE_MORE)
