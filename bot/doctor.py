"""`doctor`: what is wrong with an installation, and what to do about it. Shows no secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from bot.app import storage_of
from bot.config import Config, Sms, missing_for_serving
from bot.doctor_clock import examine_clock
from bot.doctor_inbound import examine_inbound
from bot.doctor_platform import examine_platform
from bot.findings import Finding
from bot.fitting import misfit
from bot.paper_keys import keys_of
from bot.sms.templates import templates_of
from handlers.documents import BadKey, FontsMissing
from handlers.documents.fonts import load_fonts
from handlers.guides.checks import problems_everywhere
from handlers.guides.versions import newest_of
from handlers.queries import SHEETS
from handlers.queries.sheets import unknown_columns
from handlers.reminders.texts import WHATS
from handlers.reminders.wording import OWN
from storage.certifying import longest_lead
from storage.migrations import pending
from storage.ports.regions import Region
from storage.ports.repositories import StorageError, Unavailable
from storage.ports.time import Clock
from storage.redis import look_at
from storage.regions import RegionError, load_regions
from storage.sql.room import most_connections
from storage.workdays import year_published

__all__ = ["Finding", "examine"]


async def examine(config: Config, clock: Clock) -> list[Finding]:
    """Look at everything; a check that cannot be made says so instead of being left out."""
    regions = _read(config)
    findings = [
        _configuration(config),
        _address(config),
        _regions(config, regions),
        _samples(config, regions),
        _stages(config, regions),
        _working_days(clock),
        _fonts(config),
        _paper_keys(config, clock),
    ]
    findings += [_uploads(config), _payments(config), _sms(config), _template(config), _sms_reminders(config, regions)]
    findings += await _storage(config, clock)
    findings += await _redis(config, clock)
    findings.append(await examine_clock(config, clock))
    findings.append(await examine_inbound(config))
    findings.append(await _guides(config, clock, regions))
    findings += await examine_platform(config, clock)
    return findings


def _configuration(config: Config) -> Finding:
    missing = missing_for_serving(config)
    return Finding("配置", "bad", "；".join(missing)) if missing else Finding("配置", "ok", "可以启动")


def _address(config: Config) -> Finding:
    url = config.server.public_url
    if url.startswith("https://"):
        return Finding("外部地址", "ok", url)
    return Finding("外部地址", "warn", f"{url} 不是 https；公众号里的页面需要 https，请配好反向代理后改 server.public_url")


Regions = Mapping[str, Region] | RegionError
"""By code; what is wrong with them when they cannot be read."""


def _read(config: Config) -> Regions:
    try:
        return load_regions(Path(config.regions.folder) if config.regions.folder else None)
    except RegionError as error:
        return error


def _regions(config: Config, regions: Regions) -> Finding:
    if isinstance(regions, RegionError):
        return Finding("地区", "bad", str(regions))
    unknown = [code for code in config.regions.enabled if code not in regions]
    if unknown:
        return Finding("地区", "bad", f"没有这些地区的资料：{'、'.join(unknown)}")
    if columns := unknown_columns(SHEETS, regions):
        return Finding("地区", "warn", f"[columns] 里有用不上的名字：{'；'.join(columns)}")
    return Finding("地区", "ok", "、".join(regions[code].name for code in config.regions.enabled))


def _stages(config: Config, regions: Regions) -> Finding:
    """Stages that lie before the window are not used: nothing that is done then counts."""
    if isinstance(regions, RegionError):
        return Finding("认证提醒", "warn", "地区资料读不了，没有检查")
    served = [regions[code] for code in config.regions.enabled if code in regions]
    leads = [(one.name, max(one.certification.stages, default=0), longest_lead(one.certification)) for one in served]
    early = [
        f"{name}提前 {first} 天，认证最早 {lead} 天前才开始" for name, first, lead in leads if lead is not None and first > lead
    ]
    if early:
        text = f"{'、'.join(early)}；开始以前不提醒，可以改 certification.stages 或 early_days"
        return Finding("认证提醒", "warn", text)
    return Finding("认证提醒", "ok", "提醒都在可以认证的日子里")


def _samples(config: Config, regions: Regions) -> Finding:
    """Shipped figures and places are invented: an agency has to put its own in their place."""
    if isinstance(regions, RegionError):
        return Finding("示例数据", "warn", "地区资料读不了，没有检查")
    served = [regions[code] for code in config.regions.enabled if code in regions]
    found = [f"{one.name}的网点" for one in served if any("示例" in outlet.name for outlet in one.outlets)]
    found += [f"{one.name}的缴费标准" for one in served if one.orders and "示例" in one.orders.source]
    if found:
        return Finding("示例数据", "warn", f"还在用示例：{'、'.join(found)}。请复制地区资料到 [regions] folder，换成真的")
    return Finding("示例数据", "ok", "网点和缴费标准都不是示例")


_SOON = 11
"""In November the next year's holidays are published, and cases filed now may end in it."""


def _working_days(clock: Clock) -> Finding:
    today = clock.now()
    years = [today.year, *([today.year + 1] if today.month >= _SOON else [])]
    unknown = [str(year) for year in years if not year_published(year)]
    if unknown:
        text = f"不知道 {'、'.join(unknown)} 年的放假安排，办理期限会说“预计”；发布后请升级依赖 chinesecalendar"
        return Finding("工作日", "warn", text)
    return Finding("工作日", "ok", f"{'、'.join(map(str, years))} 年的放假安排都有")


def _uploads(config: Config) -> Finding:
    folder = Path(config.storage.files_dir)
    nearest = next((one for one in (folder, *folder.absolute().parents) if one.is_dir()), None)
    if nearest is None or not os.access(nearest, os.W_OK):
        return Finding("上传的照片", "bad", f"写不进 {folder}，请检查 storage.files_dir 的权限")
    if not config.storage.scanner:
        return Finding("上传的照片", "warn", "没有配置杀毒（storage.scanner）；照片会重新生成，不保留原文件")
    return Finding("上传的照片", "ok", f"先由 {config.storage.scanner} 检查")


def _payments(config: Config) -> Finding:
    if not config.payments.enabled:
        return Finding("微信支付", "warn", "没有启用，缴费和工本费在这里付不了（[payments] enabled）")
    return Finding("微信支付", "ok", f"商户 {config.payments.mch_id}，通知地址 {config.server.public_url}/pay/notice")


_SMS_NAMES = {"console": "屏幕", "file": "文件", "http": "短信网关", "tencent": "腾讯云", "aliyun": "阿里云"}


def _sms(config: Config) -> Finding:
    sms = config.sms
    if sms.provider in {"console", "file"}:
        text = f"只写到{_SMS_NAMES[sms.provider]}，不会发到手机；正式使用请配置 [sms] 的 http、tencent 或 aliyun"
        return Finding("短信", "warn", text)
    names = "，发不出时换".join(_SMS_NAMES[name] for name in (sms.provider, sms.second) if name)
    clouds = [name for name in (sms.provider, sms.second) if name in {"tencent", "aliyun"}]
    without = [_SMS_NAMES[name] for name in clouds if not getattr(sms, f"{name}_notice_template")]
    if without:
        return Finding("短信", "warn", f"{names}；{'、'.join(without)}没有填提醒模板（notice_template），只发得了验证码")
    if clouds and not sms.report_key:
        return Finding("短信", "warn", f"{names}；没有填 sms.report_key，不知道短信有没有送到")
    ends = "、".join(f"{config.server.public_url}/sms/report/{name}/…" for name in clouds)
    return Finding("短信", "ok", f"{names}，回执地址 {ends}" if ends else names)


def _template(config: Config) -> Finding:
    """The first rung of every reminder."""
    reminders = config.reminders
    if not reminders.enabled:
        return Finding("提醒模板", "warn", "没有启用提醒（[reminders] enabled）")
    if not config.can_notify:
        return Finding("提醒模板", "warn", "这类账号没有模板消息，提醒从短信开始")
    if not reminders.template_id:
        return Finding("提醒模板", "warn", "没有填 reminders.template_id，认证和待遇提醒不发模板消息，从下一个渠道开始")
    without = "；没有填 reminders.key_word，本人设的暗号写在说明的最前面" if not reminders.key_word else ""
    return Finding("提醒模板", "ok", f"{reminders.template_id}{without}")


def _sms_reminders(config: Config, regions: Regions) -> Finding:
    """The rung for those whom no chat reaches."""
    sms = config.sms
    clouds = [name for name in (sms.provider, sms.second) if name in {"tencent", "aliyun"}]
    without = [
        _SMS_NAMES[name]
        for name in clouds
        if not any(getattr(sms, f"{name}_reminder_{one}") for one in ("template", "templates"))
    ]
    if without:
        return Finding(
            "短信提醒", "warn", f"{'、'.join(without)}没有填 reminder_template，认证和待遇提醒发不了短信{_single(sms, clouds)}"
        )
    if clouds:
        return Finding("短信提醒", "warn" if (told := _unused(config, regions)) else "ok", f"可以发{_single(sms, clouds)}{told}")
    if sms.provider in {"console", "file"}:
        return Finding("短信提醒", "warn", f"提醒短信只写到{_SMS_NAMES[sms.provider]}，不会发到手机")
    return Finding("短信提醒", "ok", "可以发")


def _single(sms: Sms, clouds: list[str]) -> str:
    """What goes by a template of its own, what by the one for all, and what 运营 cannot do."""
    told = ""
    for cloud in clouds:
        texts = templates_of(sms, cloud)
        alone, own = [name for name in WHATS if name in texts], OWN in texts
        rest = "都" if not alone else f"除了 {'、'.join(alone)} 都"
        common = f"；{_SMS_NAMES[cloud]}：{rest}用同一个模板" if texts["reminder"].id and len(alone) < len(WHATS) else ""
        if not texts["reminder"].id and alone and len(alone) < len(WHATS):
            common = f"；{_SMS_NAMES[cloud]}：{'、'.join(name for name in WHATS if name not in alone)} 没有模板，发不出去"
        told += common + ("" if own else f"；{_SMS_NAMES[cloud]}没有 {OWN} 模板，提醒计划里不能自己写短信")
    return told


def _unused(config: Config, regions: Regions) -> str:
    """A region's own short messages, which a cloud does not send."""
    if isinstance(regions, RegionError):
        return ""
    served = [regions[code] for code in config.regions.enabled if code in regions]
    found = [f"{one.name}的 {name}" for one in served for name in one.reminders.texts if name.endswith(".sms")]
    return f"；地区资料里的短信文字不会发出（按模板发）：{'、'.join(found)}" if found else ""


_MOST_DOUBTS = 1000
_CALL = timedelta(minutes=2)
"""A message that was intended longer ago than this is not under way any more."""


def _in_doubt(count: int, most: int) -> Finding:
    if not count:
        return Finding("发出的短信", "ok", "没有不确定是否发出的")
    how_many = f"{count} 条" if count < most else f"{most} 条以上"
    return Finding("发出的短信", "warn", f"{how_many}不确定有没有发出（不会自动重发），可以在短信服务商的后台核对")


def _fonts(config: Config) -> Finding:
    try:
        fonts = load_fonts(Path(config.documents.fonts_dir) if config.documents.fonts_dir else None)
    except FontsMissing as error:
        return Finding("字体", "bad", f"找不到中文字体（{error}），请检查 documents.fonts_dir 或重新安装依赖")
    names = "、".join(fonts.families)
    if fonts.covers_rare:
        return Finding("字体", "ok", f"{names}，含扩展区生僻字")
    return Finding("字体", "warn", f"{names}；名字里有扩展 B 区以后的生僻字时出不了单据，可安装 fonts-hanazono")


_RENEW_DAYS = 60
"""A certificate takes weeks to renew."""


def _paper_keys(config: Config, clock: Clock) -> Finding:
    try:
        keys = keys_of(config.documents)
    except BadKey as trouble:
        return Finding("单据签名", "bad", str(trouble))
    if keys.pair is None:
        without = "；二维码里也只有网址（documents.token_key）" if keys.token is None else ""
        return Finding("单据签名", "warn", f"没有填 documents.signing_key，PDF 不签名{without}")
    if keys.sample:
        return Finding("单据签名", "warn", "用的是测试密钥，单据都印“样章”；正式使用请换成机构的证书")
    ends = keys.pair.certificate.not_valid_after_utc
    if ends <= clock.now():
        return Finding("单据签名", "bad", f"签名证书 {ends:%Y-%m-%d} 已经到期，请换新证书，旧的放进 documents.previous_keys")
    left = (ends - clock.now()).days
    told = f"签名证书到 {ends:%Y-%m-%d}，还有 {left} 天"
    if keys.token is None:
        return Finding("单据签名", "warn", f"{told}；没有填 documents.token_key，二维码不能离线核验")
    return Finding("单据签名", "warn" if left < _RENEW_DAYS else "ok", f"{told}；公钥在 {config.server.public_url}/v/keys.pem")


async def _storage(config: Config, clock: Clock) -> list[Finding]:
    if not config.security.master_key:
        return [Finding("数据库", "bad", "缺少 security.master_key，打不开加密内容")]
    try:
        if await pending(config.storage.database_url):
            return [Finding("数据库", "bad", "结构不是这个版本的，请运行 python -m bot migrate")]
        async with storage_of(config, clock) as (store, _):
            await store.ping()
            async with store.reading() as tx:
                if wrong := await misfit(tx):
                    return [Finding("数据库", "bad", f"{wrong}。在此之前不要启动")]
                people = await tx.people.count()
                chain = await tx.audit.verify()
                doubts = len(await tx.messages.in_doubt(clock.now() - _CALL, _MOST_DOUBTS))
        most = await most_connections(config.storage.database_url)
    except StorageError as error:
        return [Finding("数据库", "bad", f"连不上：{error}。请检查 [storage] 的地址和服务是否启动")]
    audit = (
        Finding("审计链", "ok", f"{chain.linked} 条已链接，共 {chain.entries} 条")
        if chain.broken_at is None
        else Finding("审计链", "bad", f"在第 {chain.broken_at} 条断开：{chain.reason}")
    )
    return [
        Finding("数据库", "ok" if people else "warn", f"参保人 {people} 位" + ("" if people else "，请先导入")),
        audit,
        _in_doubt(doubts, _MOST_DOUBTS),
        *([_connections(config, most)] if most is not None else []),
    ]


def _connections(config: Config, most: int) -> Finding:
    """Whoever gets none tells people to come again, and only at the busiest hour."""
    each = config.storage.connections
    wanted = config.server.processes + 1  # one more: a worker, or the new one beside the old during a deploy
    told = f"数据库最多给 {most} 个，一个进程最多用 {each} 个（storage.connections），够 {most // each} 个进程"
    if most < each * wanted:
        fits = max(6, most // wanted)
        told += f"；连同 worker 或升级时的新进程要 {wanted} 个，请把 PostgreSQL 的 max_connections 提到 {each * wanted + 10} 以上，或把 storage.connections 改成 {fits}"
        return Finding("数据库连接", "warn", told)
    return Finding("数据库连接", "ok", told)


_SLOW_S = 0.02
"""A turn asks Redis a few times."""
_APART_S = 60.0


async def _redis(config: Config, clock: Clock) -> list[Finding]:
    """Nothing where none is configured."""
    url = config.storage.redis_url
    if not url:
        return []
    try:
        seen = await look_at(url, clock)
    except Unavailable:
        text = "没有应答，或者口令不对。消息照常回答，会话和锁暂时放在数据库里；请检查服务是否启动、storage.redis_url 和防火墙，恢复后机器人不用重启"
        return [Finding("Redis", "bad", text)]
    amiss = []
    if seen.took_s > _SLOW_S:
        amiss.append(f"一问一答要 {seen.took_s * 1000:.0f} 毫秒，太慢，请放到同一个机房，看看它是不是在换页或者有很大的键")
    if abs(seen.ahead_s) > _APART_S:
        amiss.append(f"它那台机器的时钟和本机差 {abs(seen.ahead_s):.0f} 秒，请在两台上都运行 chronyc tracking")
    if seen.drops:
        amiss.append(f"内存满了会按 {seen.drops} 丢掉会话和锁，请把 maxmemory-policy 设成 noeviction，并给够内存")
    told = f"一问一答 {seen.took_s * 1000:.1f} 毫秒"
    return [Finding("Redis", "warn", "；".join(amiss)) if amiss else Finding("Redis", "ok", told)]


async def _guides(config: Config, clock: Clock, regions: Regions) -> Finding:
    """Every guide as people read it now, editors' versions included; only the shipped ones while the database cannot be opened."""
    if isinstance(regions, RegionError):
        return Finding("办事指南", "warn", "地区资料读不出来，没有检查")
    guides, beside = (
        [guide for region in regions.values() for guide in region.guides.values()],
        "，数据库打不开，只检查了随软件的内容",
    )
    try:
        if config.security.master_key and not await pending(config.storage.database_url):
            async with storage_of(config, clock) as (store, _), store.reading() as tx:
                guides, beside = [guide for region in regions.values() for guide in await newest_of(tx, region)], ""
    except StorageError:
        pass
    if problems := problems_everywhere(guides, regions):
        return Finding("办事指南", "bad", "；".join(problems))
    return Finding("办事指南", "ok", f"{len(guides)} 篇{beside}")
