"""权益单校验 (BJQ-V-01): public, in chat with two values, both in one message, or the QR code's address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialogs.declare import Ask, Asked, Dialog, Ended, Scene, StayHere, Wish, Wrong
from dialogs.desk import Checked
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid
from dialogs.phrases import NOT_RIGHT, day, hour_and_minute

_LABELS: Final = re.compile("查询流水号|流水号|校验码|校验|[:：,，;；]")
_HELPLESS: Final = re.compile(
    r"(?:我|这个|都|也|是|可|可是|还是)*(?:不知道|不会(?:弄|用|操作|拍|看)?|不懂|不明白|弄不来|找不到|看不清楚?|没有|没看到|怎么(?:弄|办|查|验|拍|看)|咋(?:弄|办)"
    r"|在哪[里儿]?|(?:怎么)?验真假|是不是真的|真的假的|真假|帮我(?:看看|查查)?)[啊呀呢吗了?？。.！!]*"
)
_HELP: Final = (
    "不用打字：点输入框右边的“＋”，选“拍摄”，对着单据右上角的小方块（二维码）拍一张发给我，我马上告诉您是真是假。\n"
    "没有二维码，就看右上角有没有 18 位的流水号；都没有，或者拍不了，可以拨打 12333，或带着单据到窗口核对。不想核对了，回复“取消”。"
)
_MOST_PIECES: Final = 12
"""A longer message is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serial(Ask):
    """The 流水号, as people write it. What cannot be one is said at once: that tells nothing about any document."""

    async def read(self, scene: Scene, text: str) -> str:
        serial = scene.desk.read_serial(text)
        if serial is None and _HELPLESS.fullmatch(text.strip()):
            raise StayHere(Asked(_HELP))
        if serial is None:
            raise Invalid(
                "这不像查询流水号。它是单据右上角的 18 位数字，请看清后再发一次；不好认就把单据上的二维码拍清楚发给我。"
            )
        return serial


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code(Ask):
    """The 校验码. One that no paper can have is told by its form, which tells nothing about any document either."""

    async def read(self, scene: Scene, text: str) -> str:
        code = scene.desk.read_code(text)
        if code is None:
            raise Invalid("校验码的样子不对：它是 12 个字母和数字，只用 2 到 9 和 F、H、K、M、T、W、X、Y，例如 7KXM-29HW-T4FY。")
        return code


def _pair(scene: Scene, text: str) -> Mapping[str, str]:
    """Both out of one message; or a right 流水号 in front of what is not yet a 校验码, so that only that is asked again."""
    if pair := scene.desk.read_pair(text):
        return {"serial": pair[0], "code": pair[1]}
    pieces = _LABELS.sub(" ", text).split()
    for cut in range(1, min(len(pieces), _MOST_PIECES)):
        if serial := scene.desk.read_serial("".join(pieces[:cut])):
            return {"serial": serial, "code": " ".join(pieces[cut:])}
    return {}


async def _verify(scene: Scene) -> Ended:
    found = told(await scene.desk.verify(scene.answers["serial"], scene.answers["code"]), scene.now)
    if found is None:
        raise Wrong("code", f"{NOT_RIGHT}\n要改流水号请回复“返回”。")
    return found


def told(checked: Checked, now: datetime) -> Ended | None:
    """What is said about a paper that was looked up; None when the two numbers are not right."""
    if checked.retry_at:
        text = f"校验次数太多了，为了防止有人乱试，请 {hour_and_minute(checked.retry_at, now)} 之后再来。"
        return Ended(Reply(Say(text)))
    if not checked.right:
        return None
    issued = f"生成于 {day(checked.issued_on)}" if checked.issued_on else ""
    lines = [f"{checked.headline}。", f"单据：{checked.title}", f"{issued}，持有人 {checked.holder}"]
    if checked.warning:
        lines.insert(1, f"请注意，{checked.warning}")
    links = (Anchor("查看原单据", checked.url),) if checked.url else ()
    return Ended(Reply(Say("\n".join(lines), links=links)), (("再校验一张", Wish("verify")),))


def _any(text: str, _: object) -> str:
    return text


VERIFY = Dialog(
    name="verify",
    title="权益单校验",
    covers=("BJQ-V-01", "BJQ-P-07"),
    media=("chat", "page"),
    who="anyone",
    steps=(
        _Serial(
            name="serial",
            prompt="最省事的：用手机把单据右上角的二维码拍清楚，发到这里，我来查。\n也可以发单据右上角的查询流水号，和校验码一起发也行。",
            parse=_any,
        ),
        _Code(name="code", prompt="请发校验码，也在单据右上角。", parse=_any),
    ),
    catch=_pair,
    action=_verify,
    help="流水号和校验码都印在单据右上角。也可以用“扫一扫”扫单据上的二维码，或者把二维码拍清楚发给我。",
)
