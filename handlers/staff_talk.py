"""The staff in a chat: handing over to them, and what is typed while they are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dialogs.messages import Human, Reply, say
from dialogs.phrases import hour_and_minute
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.session import ANSWERED, LEAVING, TALKING, Talk

ASKED_FOR: Final = ("人工", "转人工", "人工服务", "人工客服")
"""Words, written plainly (`dialogs.parse.normal`), that always mean the staff, whatever is under way."""

_NO_MESSAGE: Final = frozenset({"取消", "不办了", "算了", "返回", "退出", "不留言", "不留言了", "不留了", "不用了"})

Outcome = tuple[Reply, Talk]


async def handed_over(desk: TurnDesk, talk: Talk, topic: str, now: datetime, hotline: str) -> Outcome:
    """人工: by the platform's own staff, in the console, as a message to be read later, or by telephone."""
    handed = await desk.humans.hand_over(topic, talk.recent)
    match handed.how:
        case "wechat":
            return Reply(Human("好的，正在为您转接工作人员，请稍等。")), talk
        case "console":
            before = f"您前面还有 {handed.place - 1} 位。" if handed.place > 1 else "马上就到您。"
            text = f"好的，已经为您转人工，{before}您现在就可以把问题打出来，工作人员会看到。\n不等了就回复“结束人工”。"
            return say(text), replace(talk, with_staff=TALKING)
        case "message":
            when = hour_and_minute(handed.opens_at, now) if handed.opens_at else "上班后"
            text = (
                f"现在没有工作人员在线（{handed.hours}）。您把问题写成一条消息发给我，{when} 上班后会有人看，答复会发到这里。\n"
                f"急事请拨打 {hotline}。不留言就回复“结束人工”。"
            )
            return say(text), replace(talk, with_staff=LEAVING)
        case _:
            return say(
                f"这里没有在线的工作人员，请拨打 {hotline}（{handed.hours}）。您办了一半的事会留着，回来可以接着办。"
            ), talk


def leaves_nothing(talk: Talk, plain: str) -> bool:
    """Whether these words, written plainly, take back that a message is to be left: whoever types 取消 means it here as everywhere else."""
    return talk.with_staff == LEAVING and plain in _NO_MESSAGE


async def to_staff(desk: TurnDesk, talk: Talk, said: str) -> Outcome | None:
    """What is typed while the staff are asked for goes to them; None when the talk is over and the words are ours again."""
    thread = await desk.humans.say(said)
    if thread is None:
        return None
    if talk.with_staff == LEAVING:
        text = "已经记下了，上班后会有工作人员答复到这里。还想补充就再回复“人工”；现在可以接着办别的事。"
        return say(text), replace(talk, with_staff="")
    if thread.state == "waiting":
        place = await desk.humans.place()
        return say(f"记下了。您排在第 {max(1, place)} 位，工作人员接入后会直接答复。不等了就回复“结束人工”。"), talk
    if talk.with_staff == ANSWERED:
        text = "已经转给工作人员，答复会发到这里。要接着自己办，请回复“结束人工”。"
        return say(text), replace(talk, with_staff=TALKING)
    return Reply(), talk
