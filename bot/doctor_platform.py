"""The platform's part of `doctor`: whether calls get through, what the account may really do and what is done instead, quotas that are used up.

Nothing that is asked changes anything: 正在输入 for nobody, lists of templates, a QR code for a minute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from bot import menus
from bot.app import storage_of
from bot.config import Config
from bot.findings import Finding
from bot.shared_values import StoredValues
from bot.wechat import ApiError, Kind, MemoryValues, ValuesAway, WeChatApi, advice
from bot.wechat.gates import Gates
from bot.wechat.menu import same
from handlers.identities import TAGGED
from storage.migrations import pending
from storage.ports.record import Record
from storage.ports.repositories import StorageError
from storage.ports.time import Clock

_WHAT = "微信接口"

_TYPING = "/cgi-bin/message/custom/typing"
_TEMPLATES, _SUBSCRIPTIONS = "/cgi-bin/template/get_all_private_template", "/wxaapi/newtmpl/gettemplate"
_QUOTA = "/cgi-bin/openapi/quota/get"
_NO_ADDRESS = 40201

GATED: Mapping[str, str] = {
    "/cgi-bin/stable_token": "取令牌",
    "/cgi-bin/message/custom/send": "客服消息",
    _TYPING: "正在输入",
    "/cgi-bin/message/template/send": "模板消息",
    "/cgi-bin/message/subscribe/bizsend": "订阅通知",
    "/cgi-bin/menu/create": "菜单",
    "/cgi-bin/menu/get": "查询菜单",
    "/cgi-bin/menu/addconditional": "按身份的菜单",
    "/cgi-bin/menu/delconditional": "删除按身份的菜单",
    "/cgi-bin/menu/trymatch": "看某人的菜单",
    "/cgi-bin/tags/get": "查询标签",
    "/cgi-bin/tags/create": "新建标签",
    "/cgi-bin/tags/getidlist": "查某人的标签",
    "/cgi-bin/tags/members/batchtagging": "给人加标签",
    "/cgi-bin/tags/members/batchuntagging": "给人去标签",
    "/cgi-bin/template/get_all_private_template": "查询模板",
    "/cgi-bin/getcallbackip": "回调地址名单",
    "/cgi-bin/qrcode/create": "二维码",
    "/cgi-bin/media/upload": "上传图片",
    "/cgi-bin/media/get": "下载图片",
    "/cgi-bin/ticket/getticket": "网页脚本",
}
"""The interfaces that the product calls, as the operator knows them."""


class _Power(Record):
    """Something that kinds of accounts have or have not; `probe` raises NOT_ALLOWED where this one has it not, and gives what is amiss."""

    name: str
    has: Callable[[Config], bool]
    probe: Callable[[WeChatApi, Config], Awaitable[str]]
    instead: str


async def _customer_service(api: WeChatApi, _: Config) -> str:
    try:
        await api.typing("doctor", on=False)
    except ApiError as error:
        if error.kind is Kind.NOT_ALLOWED:
            raise
    return ""


async def _menu(api: WeChatApi, _: Config) -> str:
    await api.menu_get()
    return ""


async def _templates(api: WeChatApi, config: Config) -> str:
    answer = await api.call("GET", _TEMPLATES)
    keys = config.reminders
    wanted = (keys.template_id, keys.paused_template_id, keys.pension_template_id, config.notices.case_template_id)
    return _without(wanted, answer.get("template_list"), "template_id")


async def _subscriptions(api: WeChatApi, config: Config) -> str:
    answer = await api.call("GET", _SUBSCRIPTIONS)
    return _without((config.reminders.subscribe_template_id,), answer.get("data"), "priTmplId")


async def _codes(api: WeChatApi, _: Config) -> str:
    await api.create_qrcode("doctor", 60)
    return ""


def _without(wanted: tuple[str, ...], listed: object, key: str) -> str:
    """Templates that are configured and not the account's."""
    there = {str(one.get(key)) for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set[str]()
    missing = dict.fromkeys(one for one in wanted if one and one not in there)
    return f"账号里没有模板 {'、'.join(missing)}，请核对编号" if missing else ""


POWERS = (
    _Power(
        "客服消息",
        lambda config: config.can_push,
        _customer_service,
        "来不及当场回答的，在对方下次说话时给出；业务进展改用模板消息或短信",
    ),
    _Power("菜单", lambda config: config.can_push, _menu, "菜单请在公众平台上手工配置；在聊天里回复“菜单”照样能用"),
    _Power("模板消息", lambda config: config.can_notify, _templates, "提醒从下一个渠道（订阅通知、短信）开始"),
    _Power("订阅通知", lambda config: config.can_subscribe, _subscriptions, "没有“允许提醒”那一页，提醒走别的渠道"),
    _Power("带参数二维码", lambda config: config.can_scan, _codes, "电脑上看社保时，不扫码，在公众号里发 6 位数字"),
)
"""What wechat.md A14 has of powers that can be tried without anybody noticing; 网页授权 cannot."""


async def examine_platform(config: Config, clock: Clock) -> list[Finding]:
    """Everything about the platform's API; never raises."""
    wechat = config.wechat
    if not config.can_push:
        return [
            Finding(_WHAT, "ok", "这类账号没有主动接口，只用被动回复和网页；来不及当场回答的，在对方下次说话时给出，提醒走短信")
        ]
    if not wechat.app_secret:
        return [Finding(_WHAT, "warn", "没有填 wechat.app_secret，主动推送、菜单和模板消息用不了")]
    async with aiohttp.ClientSession() as session:
        api = WeChatApi(session, wechat.app_id, wechat.app_secret, wechat.api_base, clock, MemoryValues(clock))
        try:
            await api.get_callback_ips()
        except ApiError as error:
            return [Finding(_WHAT, "bad", _said(error, wechat.api_base))]
        return [
            Finding(_WHAT, "ok", "令牌可用"),
            await _powers(api, config),
            *await _default_menu(api, config),
            *await _own_menus(api, config, clock),
            await _callback(api),
            *await _gates(api, config, clock),
        ]


async def _powers(api: WeChatApi, config: Config) -> Finding:
    kind, amiss, refused = config.wechat.account_kind, [], False
    for power in POWERS:
        if not power.has(config):
            continue
        try:
            found = await power.probe(api, config)
        except ApiError as error:
            if error.kind is Kind.NOT_ALLOWED:
                refused = True
                amiss.append(f"{power.name}实际用不了（{error.errcode}）：{power.instead}")
            else:
                amiss.append(f"{power.name}没有查成：{_said(error, config.wechat.api_base)}")
        else:
            amiss += [f"{power.name}：{found}"] if found else []
    if amiss:
        return Finding("账号权限", "warn", "；".join(amiss) + ("。请核对 wechat.account_kind 和账号认证" if refused else ""))
    has = "、".join(power.name for power in POWERS if power.has(config))
    lacks = "；".join(f"没有{power.name}，{power.instead}" for power in POWERS if not power.has(config))
    return Finding("账号权限", "ok", f"{kind}：{has}都可以用" + (f"；{lacks}" if lacks else ""))


async def _default_menu(api: WeChatApi, config: Config) -> list[Finding]:
    """Whether it is there, and the one of this release. Nothing where it could not be asked for: said with what the account may do."""
    pages = f"{config.server.public_url.rstrip('/')}/o" if config.can_authorise else ""
    try:
        has = await api.menu_get()
    except ApiError:
        return []
    if has is None:
        return [Finding("菜单", "warn", "还没有推送过，聊天窗口下面是空的；请运行 python -m bot menu")]
    if not same(has, menus.declared(pages).default):
        text = "和这个版本的不一样；要换成这个版本的，请运行 python -m bot menu，自己在平台上改过的可以不管"
        return [Finding("菜单", "warn", text)]
    return [Finding("菜单", "ok", "和这个版本的一样")]


async def _own_menus(api: WeChatApi, config: Config, clock: Clock) -> list[Finding]:
    """Menus by identity: whether they are there as declared, and whether the platform shows each to a chat that should see it."""
    what = "按身份的菜单"
    if not config.can_tag:
        return []
    try:
        if todo := (await menus.run(config, api, dry_run=True)).lines:
            return [Finding(what, "warn", f"和声明的不一样：{'；'.join(todo)}。请运行 python -m bot menu")]
        wrong = await menus.mismatched(api, await _carriers(config, clock))
    except ApiError as error:
        return [Finding(what, "warn", f"没有查成：{_said(error, config.wechat.api_base)}")]
    if wrong:
        return [
            Finding(
                what, "warn", f"{'、'.join(wrong)}看到的不是自己的菜单；一个人有几个标签时平台只看最后一个，请在公众平台核对标签"
            )
        ]
    return [Finding(what, "ok", "和声明的一样")]


async def _carriers(config: Config, clock: Clock) -> dict[str, str]:
    """Identity → a chat that carries its tag; without those that nobody carries, and empty while the database cannot be opened."""
    found: dict[str, str] = {}
    try:
        if config.security.master_key and not await pending(config.storage.database_url):
            async with storage_of(config, clock) as (store, _), store.reading() as tx:
                for name in TAGGED:
                    if openid := await tx.tags.one_with(name):
                        found[name] = openid
    except StorageError:
        return {}  # said where storage is looked at
    return found


async def _callback(api: WeChatApi) -> Finding:
    try:
        report = await api.check_callback()
    except ApiError as error:
        if error.errcode == _NO_ADDRESS:
            return Finding("回调地址", "warn", "公众平台上还没有填服务器地址，填了才收得到消息")
        return Finding("回调地址", "warn", "没有查成，可以在公众平台上点“提交”验证一次")
    lost = [str(one.get("ip")) for one in _rows(report, "ping") if str(one.get("package_loss", "0%")) != "0%"]
    if lost or not _rows(report, "dns"):
        return Finding("回调地址", "warn", f"平台连不稳：{'、'.join(lost) or '域名没有解析出来'}。请检查域名、带宽和防火墙")
    return Finding("回调地址", "ok", "平台解析得到、连得上")


def _rows(report: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = report.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


async def _gates(api: WeChatApi, config: Config, clock: Clock) -> list[Finding]:
    """Interfaces that all processes leave alone today; opened again where the platform says that there is something left."""
    try:
        if not config.security.master_key or await pending(config.storage.database_url):
            return []
        async with storage_of(config, clock) as (store, _):
            gates = Gates(config.wechat.app_id, StoredValues(store, clock), clock)
            found = [await _gate(api, gates, path, name) for path, name in GATED.items()]
    except (StorageError, ValuesAway):
        return []  # said where storage is looked at
    return [one for one in found if one is not None]


async def _gate(api: WeChatApi, gates: Gates, path: str, name: str) -> Finding | None:
    until = await gates.until(path)
    if until is None:
        return None
    try:
        quota = (await api.post(_QUOTA, {"cgi_path": path})).get("quota")
    except ApiError:
        quota = None
    if isinstance(quota, dict) and isinstance(quota.get("remain"), int) and quota["remain"] > 0:
        await gates.reopen(path)
        return Finding(f"{name}的额度", "ok", f"又有了 {quota['remain']} 次，已重新打开")
    return Finding(
        f"{name}的额度", "warn", f"今天的用完了，到 {until:%m-%d %H:%M} 不再调用；急用可以在公众平台清零后再运行 doctor"
    )


def _said(error: ApiError, base: str) -> str:
    if error.errcode is None:
        return f"{base} 没有正常应答；请检查本机能不能上网、wechat.api_base 对不对"
    return f"{error.errcode}：{advice(error.errcode) or '请核对 app_id、app_secret 和网络'}"
