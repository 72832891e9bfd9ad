"""我的数据: where one is signed in, export, erasure, consent and its withdrawal (S22). 谁看过我的信息 has a chapter of its own."""

from __future__ import annotations

from dialogs.declare import Agree, Dialog, Ended, OneTimeCode, Scene, Stop, Wish, Wrong
from dialogs.desk_accounts import SignedIn
from dialogs.desk_family import OWN_ONLY
from dialogs.messages import Anchor, Reply, Say
from dialogs.phrases import day
from storage.ports.time import SHANGHAI

_LOOKS = ("谁看过我的信息", Wish("who_looked"))
_SIGNED_IN = ("我在哪里登录了", Wish("signed_in"))
_END_ALL = ("全部退出，只留这个微信", Wish("end_all"))
_EXPORT = ("导出我的数据", Wish("export_data"))
_ERASE = ("删除我的数据", Wish("erase_data"))
_CONSENTS = ("同意与撤回", Wish("consents"))
_RELATIVES = ("我的家人", Wish("relatives"))
_AT_MOST = 5


async def _menu(_: Scene) -> Ended:
    text = "您的数据您作主。这里保存的只有登录、提醒、授权和您在这里办的事；社保记录由经办机构保存。\n您想看哪一样？"
    return Ended(Reply(Say(text)), (_LOOKS, _SIGNED_IN, _EXPORT, _ERASE, _CONSENTS))


MY_DATA = Dialog(name="my_data", title="我的数据", covers=(), ours=True, scope=OWN_ONLY, action=_menu)


def _place(one: SignedIn) -> str:
    since = day(one.since.astimezone(SHANGHAI).date())
    used = f"，最近用过 {day(one.used.astimezone(SHANGHAI).date())}" if one.used else ""
    if one.relative:
        return f"家人“{one.relative}”：{since} 授权，到{one.until}{used or '，还没用过'}"
    way = "密码" if one.way == "password" else "短信"
    which = "这个微信" if one.here else "另一个微信"
    return f"{which}：{since} 用{way}登录{'' if one.here else used}"


async def _where(scene: Scene) -> Ended:
    found = await scene.desk.my_data.signed_in()
    more = f"\n还有 {len(found) - _AT_MOST} 处。" if len(found) > _AT_MOST else ""
    others = len(found) - sum(one.here for one in found)
    head = f"除了这个微信，还有 {others} 处能看到您的信息：" if others else "只有这个微信登录了您的社保，没有别处。"
    lines = "\n".join((head, *(_place(one) for one in found[:_AT_MOST])))
    return Ended(
        Reply(Say(f"{lines}{more}\n看着不认识的，回复数字全部退出。" if others else lines)),
        (*((_END_ALL, _RELATIVES) if others else ()), _LOOKS),
    )


SIGNED_IN = Dialog(name="signed_in", title="我在哪里登录了", covers=(), ours=True, scope=OWN_ONLY, action=_where)


async def _ask_end(scene: Scene) -> str:
    found = [one for one in await scene.desk.my_data.signed_in() if not one.here]
    if not found:
        raise Stop(Reply(Say("只有这个微信登录了您的社保，不用退出。")))
    chats = sum(not one.relative for one in found)
    parts = (f"{chats} 个别的微信" if chats else "", f"{len(found) - chats} 位家人的授权" if len(found) > chats else "")
    return f"要结束{'和'.join(one for one in parts if one)}吗？会告诉他们；以后要用得重新登录或重新授权。"


async def _end(scene: Scene) -> Ended:
    ended = await scene.desk.my_data.end_others()
    return Ended(
        Reply(Say(f"已经退出 {ended} 处，只剩这个微信。要是有人动过您的手机号或密码，请马上转人工。")),
        (("转人工", Wish("human")), _LOOKS),
    )


END_ALL = Dialog(
    name="end_all",
    acts=True,
    title="退出其他登录",
    covers=(),
    ours=True,
    scope=OWN_ONLY,
    steps=(Agree(name="sure", prompt="", text=_ask_end, yes="全部退出", no="不退出", refused="好的，都没有动。"),),
    action=_end,
)


def _code(purpose: str, why: str) -> OneTimeCode:
    return OneTimeCode(
        name="code",
        purpose=purpose,
        phone=lambda scene: scene.desk.person.phone if scene.desk.person else None,
        sent=f"{why}验证码发到了您的预留手机 {{phone}}",
        why=why,
    )


async def _export(scene: Scene) -> Ended:
    url = await scene.desk.my_data.export(scene.answers["code"])
    if url is None:
        raise Wrong("code", "停得久了，刚才的验证码已经过期，再发您一个新的。")
    text = (
        "正在把您的数据打包，一般不到一分钟。点下面的链接下载，是一个压缩包：一份 Excel 给您看，一份 JSON 给程序读，还有您传过的材料。\n"
        "链接只能由您打开；文件一天后删除。里面有完整的号码，请保管好。"
    )
    return Ended(Reply(Say(text, links=(Anchor("下载我的数据", url),))), (_LOOKS, _ERASE))


EXPORT = Dialog(
    name="export_data",
    title="导出我的数据",
    covers=(),
    ours=True,
    scope=OWN_ONLY,
    steps=(_code("export", "打包里是您的全部数据，先用短信验证码确认是您本人。"),),
    action=_export,
    media=("chat", "page", "xlsx"),
)

_WHAT_GOES = (
    "会删除：这个微信和您的绑定、别处的登录、家人授权、密码账号、对话内容、提醒设置和各项同意、没用过的链接和验证码。\n"
    "依法要留：经办机构的社保记录，您办过的业务、订单、单据和材料，还有谁看过谁的审计记录（至少六个月）；这些留下的不再带您的微信标识。\n"
    "绑定和账号马上删，其余一小时内删完，最迟不超过 24 小时；备份里的最多再留 30 天。删了不能恢复，以后要用就重新登录。"
)


async def _erase(scene: Scene) -> Ended:
    receipt = await scene.desk.my_data.erase(scene.answers["code"])
    if receipt is None:
        raise Wrong("code", "停得久了，刚才的验证码已经过期，再发您一个新的。")
    text = f"已经删除。绑定、账号和授权现在就没有了，其余一小时内删完。\n删除回执：{receipt}（只有编号和时间，不含您的信息，请自己记下）。\n以后要用，回复“登录”重新开始。"
    return Ended(Reply(Say(text)))


ERASE = Dialog(
    name="erase_data",
    acts=True,
    title="删除我的数据",
    covers=(),
    ours=True,
    scope=OWN_ONLY,
    steps=(
        Agree(
            name="sure",
            prompt=f"{_WHAT_GOES}\n确定删除吗？想留一份，先选 2，再回复“导出我的数据”。",
            yes="确定删除",
            no="不删",
            refused="好的，什么都没有删。",
        ),
        _code("erase", "删了不能恢复，先用短信验证码确认是您本人。"),
    ),
    action=_erase,
)


async def _consents(scene: Scene) -> Ended:
    found = await scene.desk.my_data.consents()
    lines = []
    if found.bound_at is not None:
        lines.append(f"登录和隐私说明（版本 {found.bound_words}）：{day(found.bound_at.astimezone(SHANGHAI).date())} 同意")
    if found.account is not None:
        agreed = day(found.account.agreed_at.astimezone(SHANGHAI).date())
        lines.append(f"用户协议（版本 {found.account.agreement}）：{agreed} 同意")
    lines.append(f"微信订阅提醒：允许了 {found.notices} 种" if found.notices else "微信订阅提醒：没有允许过")
    lines.append(f"家人授权：{found.relatives} 位" if found.relatives else "家人授权：没有")
    closing = (("撤回用户协议，删除密码账号", Wish("account_close")),) if found.account is not None else ()
    offers = (
        ("撤回登录同意，解除绑定", Wish("unbind")),
        *closing,
        ("不收提醒", Wish("wishes")),
        *((("收回家人授权", Wish("relatives")),) if found.relatives else ()),
        _ERASE,
    )
    return Ended(
        Reply(Say("\n".join(("您同意过的有：", *lines, "哪一样都可以撤回，撤回前办好的事不受影响。要撤回就回复数字：")))), offers
    )


CONSENTS = Dialog(name="consents", title="同意与撤回", covers=(), ours=True, scope=OWN_ONLY, action=_consents)


async def _ask_close(scene: Scene) -> str:
    if await scene.desk.accounts.mine() is None:
        raise Stop(Reply(Say("您没有密码账号，不用撤回。")))
    return "撤回后密码账号会删除，不能再用密码登录；用手机验证码登录不受影响。确定吗？"


async def _close(scene: Scene) -> Ended:
    await scene.desk.accounts.close()
    return Ended(Reply(Say("已撤回，密码账号删除了。这个微信的登录还在。")), (_CONSENTS,))


CLOSE = Dialog(
    name="account_close",
    acts=True,
    title="删除密码账号",
    covers=(),
    scope=OWN_ONLY,
    steps=(Agree(name="sure", prompt="", text=_ask_close, yes="确定", no="不删", refused="好的，账号保持不变。"),),
    action=_close,
)

DIALOGS: tuple[Dialog, ...] = (MY_DATA, SIGNED_IN, END_ALL, EXPORT, ERASE, CONSENTS, CLOSE)
