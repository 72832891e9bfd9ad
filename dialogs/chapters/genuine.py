"""这条消息是你们发的吗: a message, a link or a number that somebody received, and whether it is ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dialogs.declare import Ask, Asked, Dialog, Ended, Scene, Wish
from dialogs.desk_wishes import OurMessage
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid
from dialogs.parse.pasted import links, number_in_question, worth_checking
from dialogs.phrases import day

_WORD = ("设一个暗号", Wish("secret_word"))
_ANOTHER = ("再核对一条", Wish("is_it_yours"))
_DO_NOT = "不点链接、不转账、不说验证码。拿不准就打 12333；钱已经转了，马上打 110 或 96110。"


def _something(text: str, _: date) -> str:
    if not worth_checking(text):
        raise Invalid("这几个字还不够核对。请把那条消息的原文发给我（长按消息可以复制），或者发对方的号码。")
    return text


class _Evidence(Ask):
    """Says what has gone to this chat lately: that may be the answer already."""

    async def ask(self, scene: Scene) -> Asked:
        return replace(await Ask.ask(self, scene), text=f"{await _lately(scene)}{self.prompt}")


async def _lately(scene: Scene) -> str:
    """What has gone to this chat and its person of itself, in a line; '' for nothing."""
    told = [f"{one.on.month}月{one.on.day}日 {one.title}（{one.how}）" for one in await scene.desk.wishes.sent_lately()]
    return f"最近我们主动发给您的有：{'；'.join(told)}。\n" if told else ""


async def _check(scene: Scene) -> Ended:
    text = scene.answers["what"]
    if number := number_in_question(text):
        return _about_number(scene, number)
    hosts = links(text)
    if hosts:
        return _about_link(scene, hosts)
    found = await scene.desk.wishes.ours(text)
    if found is not None:
        return await _ours(scene, found)
    words = "我们没有发过这样的短信，也没有在这个微信里给您发过。原文改过一个字也对不上，可以把原文再发一次。"
    return Ended(Reply(Say(f"{words}\n{await _lately(scene)}要是它叫您做什么：{_DO_NOT}")), (_ANOTHER, ("转人工", Wish("human"))))


async def _ours(scene: Scene, found: OurMessage) -> Ended:
    if found.code:
        text = f"是我们发的验证码短信，{day(found.on)}发出。验证码谁要都不要给，我们的工作人员也不会要。"
        return Ended(Reply(Say(text)), (_ANOTHER,))
    if found.how == "微信":
        head = f"是我们发的：{day(found.on)}在这个微信里发给您的{f'（{found.title}）' if found.title else ''}。"
    elif found.yours:
        head = f"是我们发的：{day(found.on)}发到您登记的手机上。"
    else:
        head = f"是我们发的，{day(found.on)}发出。"
    wanted = await scene.desk.wishes.preferences()
    carried = "" if wanted.word else "设一个暗号，以后一看就知道真假。"
    text = f"{head}\n不过我们不会要您转账、点链接、说验证码；有人拿着这条消息要这些，不要理。{carried}"
    return Ended(Reply(Say(text)), (_ANOTHER,) if wanted.word else (_WORD, _ANOTHER))


def _about_link(scene: Scene, hosts: tuple[str, ...]) -> Ended:
    if all(scene.desk.wishes.our_host(host) for host in hosts):
        text = f"这个网址是我们的，但我们只在这个公众号里发它，从来不用短信发。短信里收到的，请不要点。\n{_DO_NOT}"
        return Ended(Reply(Say(text)), (_ANOTHER,))
    text = f"不是我们发的：我们的短信里从来没有链接，这个网址也不是我们的。\n请{_DO_NOT}"
    return Ended(Reply(Say(text)), (_ANOTHER, ("转人工", Wish("human"))))


def _about_number(scene: Scene, number: str) -> Ended:
    match scene.desk.wishes.our_number(number):
        case "sender":
            text = "这是我们发短信用的号码。不过号码可以冒充，要看内容：把短信原文发给我，我再核对一遍。"
        case "hotline":
            text = f"{number} 是公开的咨询热线，您打过去是真的。不过来电显示可以冒充：热线不会要您转账，也不会要验证码。"
        case _:
            text = f"这不是我们用的号码。我们只用公布的热线和这个公众号。\n对方要是说是社保局的：{_DO_NOT}"
    return Ended(Reply(Say(text)), (("核对短信原文", Wish("is_it_yours")), ("转人工", Wish("human"))))


IS_IT_YOURS = Dialog(
    name="is_it_yours",
    title="核对消息真假",
    covers=(),
    ours=True,
    who="anyone",
    steps=(
        _Evidence(
            name="what",
            prompt="我们不会叫您转账，也不会要您的密码、验证码和银行卡号，短信里从来没有链接。\n您收到了什么？把消息原文（长按可以复制）或者对方的号码发给我，我查是不是我们发的。",
            parse=_something,
        ),
    ),
    action=_check,
    help="把收到的消息原样发给我就行，一个字也不用改。我只核对，不保存。",
)

DIALOGS: tuple[Dialog, ...] = (IS_IT_YOURS,)
