"""扫码: opening one's pages on a computer, binding by a code from the counter, posters of outlets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.chapters.account import CONSENT, CONSENT_VERSION
from dialogs.declare import Agree, Ask, Asked, Dialog, Ended, Scene, Stop, Wish, Wrong
from dialogs.masks import masked_name
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, last_four
from storage.ports.time import SHANGHAI

_OVER: Final = "这个二维码过期了，或者已经用过。请在电脑上换一个新的，再扫一次。"
_OVER_COUNTER: Final = "这个二维码过期了，或者已经用过。请工作人员再出一个；也可以回复“登录”，用预留手机号绑定。"
_WORD: Final = re.compile(r"\d{6}")
_NAME: Final = re.compile(r"[0-9a-f]{32}")
"""How a code names its scene; nobody types it."""


def _id(text: str, _: date) -> str:
    """The name in a code."""
    if not _NAME.fullmatch(text):
        raise Invalid("请用微信扫一扫电脑上的二维码。")
    return text


def _word(text: str, _: date) -> str:
    if not _WORD.fullmatch(text.strip()):
        raise Invalid("请发电脑页面上的 6 位数字。")
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mine(Agree):
    """是 / 不是我: a no is told to the screen, which says so and stops waiting."""

    async def read(self, scene: Scene, text: str) -> str:
        try:
            return await Agree.read(self, scene, text)
        except Stop:
            await scene.desk.scenes.refuse(scene.answers["scene"])
            raise


async def _ask_screen(scene: Scene) -> str:
    waiting = await scene.desk.scenes.screen(scene.answers["scene"])
    if waiting is None:
        raise Stop(Reply(Say(_OVER)))
    person = scene.desk.person
    whose = f"{masked_name(person.name)} 的" if person else ""
    at = waiting.since.astimezone(SHANGHAI)
    where = waiting.place or "一台电脑"
    return (
        f"您要在电脑上打开您的社保页面吗？\n打开的是：{whose}社保页面\n电脑：{where}\n时间：{at.month}月{at.day}日 {at:%H:%M}\n"
        "二维码要是别人发来的，或者您没有在用电脑，请回复 2：回复 1，那边的人就能看到您的社保。"
    )


async def _open(scene: Scene) -> Ended:
    if not await scene.desk.scenes.open_screen(scene.answers["scene"]):
        raise Stop(Reply(Say(_OVER)))
    return Ended(Reply(Say("好的，电脑上马上就打开，30 分钟后自动关闭。\n看完请关掉那一页；想马上让它失效，回复“退出登录”。")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed(Ask):
    """The digits of the screen, for accounts without codes to scan: taken when they are read, so that a wrong one is said at once."""

    async def ask(self, scene: Scene) -> Asked:
        return Asked(scene.memo.get(f"{self.name}.unread") or self.prompt)

    async def read(self, scene: Scene, text: str) -> str:
        if _NAME.fullmatch(text):
            return text
        found = await scene.desk.scenes.by_word(_word(text, scene.now.date()))
        if not found:
            raise Invalid("这 6 位数字不对，或者过期了。请看一看电脑上现在显示的数字，再发一次。")
        return found


OPEN_SCREEN = Dialog(
    name="open_screen",
    title="在电脑上打开社保页面",
    covers=(),
    ours=True,
    steps=(
        _Typed(
            name="scene",
            prompt="请用微信扫一扫电脑上的二维码；电脑上是 6 位数字的，把数字发给我。",
            parse=_word,
            secret=True,
            settled="二维码已经扫过了，请直接回答。",
        ),
        _Mine(
            name="sure",
            prompt="",
            text=_ask_screen,
            yes="是",
            no="不是我",
            refused="好的，电脑上没有打开，那个二维码也作废了。\n有人让您扫码的话，请不要再理他；不放心可以回复“我在哪里登录了”看一看。",
        ),
    ),
    action=_open,
    help="只有您自己正在用电脑看社保页面时，才回复 1。别人发来的二维码不要扫。",
    media=("chat", "page"),
)


async def _over(scene: Scene) -> Ended:
    return Ended(Reply(Say(_OVER)))


CODE_OVER = Dialog(name="code_over", title="扫码", covers=(), who="anyone", action=_over)


async def _page(scene: Scene) -> Ended:
    url, at = await scene.desk.scenes.page(), scene.desk.scenes.screen_address
    return Ended(
        Reply(
            Say(
                "您的社保页面在下面，点开就能看，30 分钟内有效，请不要转发。\n"
                f"想在电脑上看：在电脑浏览器里打开下面的地址，再用微信扫一扫电脑上的码。\n{at}",
                links=(Anchor("打开我的页面", url),),
            )
        )
    )


MY_PAGE = Dialog(
    name="my_page",
    title="我的页面",
    covers=(),
    ours=True,
    action=_page,
    media=("chat", "page"),
)


async def _consent(scene: Scene) -> str:
    if not await scene.desk.scenes.binds(scene.answers["scene"]):
        raise Stop(Reply(Say(_OVER_COUNTER)))
    return f"这个二维码用来把您的社保和这个微信绑在一起，以后查询、办事和收提醒都在这里。\n{CONSENT.partition(chr(10))[2]}"


async def _bind(scene: Scene) -> Ended:
    answers = scene.answers
    outcome = await scene.desk.scenes.bind(
        answers["scene"], last_four(answers["last_four"]), f"{CONSENT_VERSION}:{answers['consent']}"
    )
    if outcome.person is None:
        if outcome.expired:
            raise Stop(Reply(Say(_OVER_COUNTER)))
        if outcome.left:
            raise Wrong("last_four", f"后四位和登记的不一致，请核对身份证再发一次，还可以试 {outcome.left} 次。")
        raise Stop(Reply(Say("后四位多次不一致，为了保护账户，这个二维码已经作废，今天不能再试了。请带身份证到经办窗口。")))
    region = scene.desk.region_of(outcome.person.region)
    return Ended(
        Reply(
            Say(
                f"绑定好了。{masked_name(outcome.person.name)}，您好！您的参保地是{region.name}。\n"
                "现在可以直接查询；解挂、改手机号、改账户这类业务，为了安全要 72 小时以后才能在这里办。"
            )
        )
    )


BIND_BY_CODE = Dialog(
    name="bind_by_code",
    title="扫码绑定",
    covers=(),
    ours=True,
    who="anyone",
    steps=(
        Ask(
            name="scene",
            prompt="请用微信扫一扫窗口给您的二维码。",
            parse=_id,
            secret=True,
            settled="二维码已经扫过了，请直接回答。",
        ),
        Agree(name="consent", prompt="", text=_consent, refused="好的，没有绑定。"),
        Ask(
            name="last_four",
            prompt="请发您身份证号的后四位（最后是 X 就发 X），用护照等证件参保的发证件号后四位。请不要发完整的号码。",
            parse=lambda text, _: last_four(text),
            secret=True,
        ),
    ),
    action=_bind,
    help="二维码由经办窗口核对身份后给您，核对后四位就绑好了。",
)


async def _outlet(scene: Scene) -> Ended:
    found = scene.desk.scenes.outlet(scene.answers["outlet"])
    if found is None:
        return Ended(Reply(Say("您好，这里是社保服务。您可以直接说要办的事，也可以回复“菜单”。")))
    _, outlet = found
    does = f"\n这里能办：{'、'.join(outlet.does)}" if outlet.does else ""
    call = f"\n电话：{outlet.phone}" if outlet.phone else ""
    text = (
        f"您好，这里是{outlet.name}的社保服务。\n地址：{outlet.address}\n时间：{outlet.hours}{does}{call}\n"
        "不用排队的事，在这里就能办，直接说就行，例如“查缴费”“社保卡丢了”。"
    )
    offers = (("查缴费", Wish("contributions")), ("社保卡服务", Wish("card_menu")), ("资格认证", Wish("certification")))
    return Ended(Reply(Say(text)), (*offers, ("别的网点", Wish("outlets"))))


OUTLET_HERE = Dialog(
    name="outlet_here",
    title="网点",
    covers=(),
    ours=True,
    who="anyone",
    steps=(Ask(name="outlet", prompt="请扫网点海报上的二维码。", parse=lambda text, _: text),),
    action=_outlet,
)

DIALOGS: tuple[Dialog, ...] = (OPEN_SCREEN, CODE_OVER, MY_PAGE, BIND_BY_CODE, OUTLET_HERE)
