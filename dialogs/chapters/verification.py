"""权益单校验 (BJQ-V-01): public, in chat with two values, both in one message, or the QR code's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dialogs.declare import Ask, Dialog, Ended, Scene, Wish, Wrong
from dialogs.desk import Checked
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid
from dialogs.phrases import NOT_RIGHT, day, hour_and_minute


@dataclass(frozen=True, slots=True, kw_only=True)
class _Serial(Ask):
    """The 流水号, as people write it. What cannot be one is said at once: that tells nothing about any document."""

    async def read(self, scene: Scene, text: str) -> str:
        serial = scene.desk.read_serial(text)
        if serial is None:
            raise Invalid("这不像查询流水号。它是单据右上角的一串数字，请看清后再发一次，也可以用“扫一扫”扫单据上的二维码。")
        return serial


def _pair(scene: Scene, text: str) -> Mapping[str, str]:
    pair = scene.desk.read_pair(text)
    return {"serial": pair[0], "code": pair[1]} if pair else {}


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
        lines.insert(1, f"请注意：{checked.warning}")
    return Ended(Reply(Say("\n".join(lines), links=(Anchor("查看原单据", checked.url),))), (("再校验一张", Wish("verify")),))


def _any(text: str, _: object) -> str:
    return text


VERIFY = Dialog(
    name="verify",
    title="权益单校验",
    covers=("BJQ-V-01",),
    media=("chat", "page"),
    who="anyone",
    steps=(
        _Serial(name="serial", prompt="请发单据右上角的查询流水号。流水号和校验码一起发也可以。", parse=_any),
        Ask(name="code", prompt="请发校验码，也在单据右上角。", parse=_any),
    ),
    catch=_pair,
    action=_verify,
    help="流水号和校验码都印在单据右上角。也可以用“扫一扫”扫单据上的二维码，或者把二维码拍清楚发给我。",
)
