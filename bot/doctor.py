"""`doctor`: what is wrong with an installation, and what to do about it. Shows no secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.app import storage_of
from bot.config import Config, missing_for_serving
from bot.wechat import ApiError, MemoryTokens, WeChatApi
from handlers.documents import FontsMissing
from handlers.documents.fonts import load_fonts
from storage.migrations import pending
from storage.ports.repositories import StorageError
from storage.ports.time import Clock
from storage.regions import RegionError, load_regions


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `state`: ok, warn or bad."""

    what: str
    state: str
    text: str


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Look at everything; a check that cannot be made says so instead of being left out."""
    findings = [_configuration(config), _address(config), _regions(config), _fonts(config)]
    findings += await _storage(config, clock)
    findings.append(await _platform(config, clock))
    return findings


def _configuration(config: Config) -> Finding:
    missing = missing_for_serving(config)
    return Finding("配置", "bad", "；".join(missing)) if missing else Finding("配置", "ok", "可以启动")


def _address(config: Config) -> Finding:
    url = config.server.public_url
    if url.startswith("https://"):
        return Finding("外部地址", "ok", url)
    return Finding("外部地址", "warn", f"{url} 不是 https；公众号里的页面需要 https，请配好反向代理后改 server.public_url")


def _regions(config: Config) -> Finding:
    try:
        regions = load_regions(Path(config.regions.folder) if config.regions.folder else None)
    except RegionError as error:
        return Finding("地区", "bad", str(error))
    unknown = [code for code in config.regions.enabled if code not in regions]
    if unknown:
        return Finding("地区", "bad", f"没有这些地区的资料：{'、'.join(unknown)}")
    return Finding("地区", "ok", "、".join(regions[code].name for code in config.regions.enabled))


def _fonts(config: Config) -> Finding:
    try:
        fonts = load_fonts(Path(config.documents.fonts_dir) if config.documents.fonts_dir else None)
    except FontsMissing as error:
        return Finding("字体", "bad", f"找不到中文字体（{error}），请检查 documents.fonts_dir 或重新安装依赖")
    names = "、".join(fonts.families)
    if fonts.covers_rare:
        return Finding("字体", "ok", f"{names}，含扩展区生僻字")
    return Finding("字体", "warn", f"{names}；名字里有扩展 B 区以后的生僻字时出不了单据，可安装 fonts-hanazono")


async def _storage(config: Config, clock: Clock) -> list[Finding]:
    if not config.security.master_key:
        return [Finding("数据库", "bad", "缺少 security.master_key，打不开加密内容")]
    try:
        if await pending(config.storage.database_url):
            return [Finding("数据库", "bad", "结构不是这个版本的，请运行 python -m bot migrate")]
        async with storage_of(config, clock) as (store, _):
            await store.ping()
            async with store.reading() as tx:
                people = await tx.people.count()
                chain = await tx.audit.verify()
    except StorageError as error:
        return [Finding("数据库", "bad", f"连不上：{error}。请检查 [storage] 的地址和服务是否启动")]
    audit = (
        Finding("审计链", "ok", f"{chain.linked} 条已链接，共 {chain.entries} 条")
        if chain.broken_at is None
        else Finding("审计链", "bad", f"在第 {chain.broken_at} 条断开：{chain.reason}")
    )
    return [Finding("数据库", "ok" if people else "warn", f"参保人 {people} 位" + ("" if people else "，请先导入")), audit]


async def _platform(config: Config, clock: Clock) -> Finding:
    if not config.can_push:
        return Finding("微信接口", "ok", "这类账号没有主动接口，只用被动回复")
    if not config.wechat.app_secret:
        return Finding("微信接口", "warn", "没有填 wechat.app_secret，主动推送、菜单和模板消息用不了")
    async with aiohttp.ClientSession() as session:
        wechat = config.wechat
        api = WeChatApi(session, wechat.app_id, wechat.app_secret, wechat.api_base, clock, MemoryTokens(clock))
        try:
            await api.get_callback_ips()
        except ApiError as error:
            if error.errcode is None:
                return Finding("微信接口", "bad", f"{wechat.api_base} 没有正常应答；请检查本机能不能上网、wechat.api_base 对不对")
            hint = {
                40164: "请把本机的出口地址加到公众平台的 IP 白名单",
                40125: "app_secret 不对",
                40013: "app_id 不对",
            }.get(error.errcode, "请核对 app_id、app_secret 和网络")
            return Finding("微信接口", "bad", f"{error.errcode}：{hint}")
    return Finding("微信接口", "ok", "令牌可用")
