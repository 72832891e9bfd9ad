"""Configuration: one TOML file, every key overridable by `BOT_<TABLE>__<KEY>`, secrets also from files (`<key>_file`).

All problems are reported at once, each with the key and what it should be. Unknown keys are errors: a misspelt limit is no limit.
`config.example.toml` is complete; `tests/test_config.py` keeps it so.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from bot.config_rules import ACCOUNT_KINDS, PAYMENT_KEYS, rules
from handlers.policy import Policy

SECRETS = {
    "wechat.app_secret",
    "wechat.token",
    "wechat.encoding_aes_key",
    "wechat.previous_encoding_aes_key",
    "security.master_key",
    "security.previous_master_keys",
    "storage.database_url",
    "storage.redis_url",
    "sms.tencent_secret_key",
    "sms.aliyun_key_secret",
    "sms.report_key",
    "payments.private_key",
    "payments.api_v3_key",
    "payments.public_key",
    "documents.signing_key",
    "documents.signing_cert",
    "documents.signing_passphrase",
    "documents.token_key",
    "documents.previous_keys",
}
"""Never shown by `doctor`, and readable from a file named by `<key>_file`."""


class ConfigError(Exception):
    """Everything that is wrong with the configuration, a line a problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Server:
    """Where the process listens and how the world reaches it. `worker_port` is where `worker` answers those who watch it; 0 for nowhere."""

    host: str = "127.0.0.1"
    port: int = 8080
    processes: int = 1
    public_url: str = "http://127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()
    worker_port: int = 0


@dataclass(frozen=True, slots=True)
class Wechat:
    """The official account."""

    app_id: str = ""
    app_secret: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    previous_encoding_aes_key: str = ""
    mode: str = "safe"
    account_kind: str = "service"
    api_base: str = "https://api.weixin.qq.com"
    js_sdk: str = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js"
    oauth: bool = True
    oauth_base: str = "https://open.weixin.qq.com"
    personal_menus: bool = False
    max_age_s: int = 300
    max_body_kib: int = 64
    photo_timeout_s: int = 2
    typing: bool = True
    check_callback_addresses: bool = False


@dataclass(frozen=True, slots=True)
class Storage:
    """Empty `redis_url`: sessions, locks and answers live in the database, for one process. Uploads lie sealed in `files_dir`;
    `scanner` is the address of a clamd that looks at them first (host:port), empty for none. `connections` is how many a process may have to
    PostgreSQL: a third each for transactions, for what is looked up by keys, and for locks while Redis is away."""

    database_url: str = "sqlite:///data/bot.sqlite"
    connections: int = 60
    redis_url: str = ""
    files_dir: str = "data/files"
    scanner: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """Who sends short messages; `second` sends what the first certainly did not. `file` appends to a file, `http` posts `{phone, text}` as
    JSON to `url` (an agency's gateway, or the simulator), `tencent` and `aliyun` fill approved templates: for codes, notices and reminders,
    each with the parameters that it takes, in its order. `_reminder_text` is the approved wording of the template, and
    `_reminder_templates` are templates of single texts, each `name=id=wording`: what the person will read is known by them. `report_key` ends the addresses of delivery reports and of
    people's answers; empty takes none. `sender_numbers` are the numbers that short messages come from: 这条消息是你们发的吗 compares them."""

    provider: str = "console"
    second: str = ""
    url: str = ""
    file: str = ""
    report_key: str = ""
    sender_numbers: tuple[str, ...] = ()
    tencent_secret_id: str = ""
    tencent_secret_key: str = ""
    tencent_app_id: str = ""
    tencent_region: str = "ap-guangzhou"
    tencent_sign: str = ""
    tencent_code_template: str = ""
    tencent_code_params: tuple[str, ...] = ("code", "minutes")
    tencent_notice_template: str = ""
    tencent_notice_params: tuple[str, ...] = ("name", "what", "when", "hotline")
    tencent_reminder_template: str = ""
    tencent_reminder_params: tuple[str, ...] = ("name", "what", "when", "hotline", "word")
    tencent_reminder_text: str = ""
    tencent_reminder_templates: tuple[str, ...] = ()
    tencent_api_base: str = "https://sms.tencentcloudapi.com"
    aliyun_key_id: str = ""
    aliyun_key_secret: str = ""
    aliyun_sign: str = ""
    aliyun_code_template: str = ""
    aliyun_code_params: tuple[str, ...] = ("code", "minutes")
    aliyun_notice_template: str = ""
    aliyun_notice_params: tuple[str, ...] = ("name", "what", "when", "hotline")
    aliyun_reminder_template: str = ""
    aliyun_reminder_params: tuple[str, ...] = ("name", "what", "when", "hotline", "word")
    aliyun_reminder_text: str = ""
    aliyun_reminder_templates: tuple[str, ...] = ()
    aliyun_api_base: str = "https://dysmsapi.aliyuncs.com"


@dataclass(frozen=True, slots=True)
class Documents:
    """Fonts, life of links, and keys. Empty `fonts_dir`: the font that comes as a dependency. PDFs are signed with `signing_key` (RSA) and
    `signing_cert`, the token in the QR code with `token_key` (Ed25519); all PEM, and papers go without what is empty. `previous_keys` are
    the public halves that were used before: CERTIFICATE and PUBLIC KEY blocks."""

    fonts_dir: str = ""
    link_minutes: int = 30
    signing_key: str = ""
    signing_cert: str = ""
    signing_passphrase: str = ""
    token_key: str = ""
    previous_keys: str = ""


@dataclass(frozen=True, slots=True)
class Security(Policy):
    """Keys, and the limits of `handlers.policy.Policy` with those of verification (targets.md S6, S7, S12, S24)."""

    master_key: str = ""
    previous_master_keys: tuple[str, ...] = ()
    frame_ancestors: str = "'none'"
    verify_per_serial_hour: int = 5
    verify_per_asker_hour: int = 20
    verify_per_service_hour: int = 1000


@dataclass(frozen=True, slots=True)
class Console:
    """The agency's console under /console/. `idle_minutes` ends a quiet sign-in, `hours` every one."""

    enabled: bool = True
    idle_minutes: int = 20
    hours: int = 10
    tries: int = 5
    lock_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Reminders:
    """认证提醒, planned each day `at_hour`; a start after it plans the same day still, unless `catch_up` is false. The template's keys are the ones that the account's template has; an empty `template_id` sends nothing. `key_word` shows the
    person's own 暗号; empty where the template has no place for it. `paused_` and `pension_` are templates of their own for 待遇停发 and
    第一笔养老金, with their keys in the order holder, subject, due, hint; empty: the same template as for 认证. The template with
    `subscribe_` is one of 订阅通知: sent to who has allowed it, once for each 允许, or for good where the platform calls it 长期.

    `_per_minute` and `_per_day` are the pace and the quota of a channel over all processes (0: none of our own); `at_once` calls may be on
    their way from one process, and so many rows are taken from the ledger at a time as `batch` says."""

    enabled: bool = True
    at_hour: int = 9
    catch_up: bool = True
    template_id: str = ""
    key_holder: str = "thing1"
    key_subject: str = "thing2"
    key_due: str = "date3"
    key_hint: str = "thing4"
    key_word: str = ""
    paused_template_id: str = ""
    paused_keys: tuple[str, ...] = ("thing1", "thing2", "date3", "thing4")
    pension_template_id: str = ""
    pension_keys: tuple[str, ...] = ("thing1", "thing2", "date3", "thing4")
    subscribe_template_id: str = ""
    subscribe_lasting: bool = False
    subscribe_key_holder: str = "thing1"
    subscribe_key_subject: str = "thing2"
    subscribe_key_due: str = "date3"
    subscribe_key_hint: str = "thing4"
    subscribe_key_word: str = ""
    template_per_minute: int = 60000
    template_per_day: int = 100000
    subscribe_per_minute: int = 60000
    subscribe_per_day: int = 0
    sms_per_minute: int = 1200
    sms_per_day: int = 0
    at_once: int = 200
    batch: int = 1000


@dataclass(frozen=True, slots=True)
class Notices:
    """Template messages for what may not be pushed (a case has moved, somebody answered). The keys are the ones that the account's
    template has, all of kind thing; an empty `case_template_id` sends none, and the news is given with the person's next message."""

    case_template_id: str = ""
    case_key_title: str = "thing1"
    case_key_status: str = "thing2"
    case_key_hint: str = "thing3"


@dataclass(frozen=True, slots=True)
class Payments:
    """WeChat Pay (JSAPI, API v3) for orders and fees. `public_key` and `public_key_id` are WeChat Pay's; `bridge_script` is only for a
    phone that does not bring WeixinJSBridge by itself (the simulator)."""

    enabled: bool = False
    mch_id: str = ""
    cert_serial_no: str = ""
    private_key: str = ""
    api_v3_key: str = ""
    public_key: str = ""
    public_key_id: str = ""
    api_base: str = "https://api.mch.weixin.qq.com"
    bridge_script: str = ""


@dataclass(frozen=True, slots=True)
class Regions:
    """Which regions are served; empty `folder`: the ones that come with the product."""

    folder: str = ""
    enabled: tuple[str, ...] = ("beijing", "binzhou", "jinan")


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of it, a table each."""

    server: Server = field(default_factory=Server)
    wechat: Wechat = field(default_factory=Wechat)
    storage: Storage = field(default_factory=Storage)
    sms: Sms = field(default_factory=Sms)
    documents: Documents = field(default_factory=Documents)
    security: Security = field(default_factory=Security)
    console: Console = field(default_factory=Console)
    reminders: Reminders = field(default_factory=Reminders)
    notices: Notices = field(default_factory=Notices)
    payments: Payments = field(default_factory=Payments)
    regions: Regions = field(default_factory=Regions)

    @property
    def can_push(self) -> bool:
        """Whether the account kind has customer-service messages (wechat.md A14)."""
        return self._may("push")

    @property
    def can_scan(self) -> bool:
        """Whether the account kind has QR codes of its own."""
        return self._may("scan") and bool(self.wechat.app_secret)

    @property
    def can_authorise(self) -> bool:
        """Whether pages may ask WeChat whose chat looks at them: the account kind has it, and it is wanted."""
        return self.can_scan and self.wechat.oauth

    @property
    def can_tag(self) -> bool:
        """Whether chats get a tag and a menu of their own: the account kind has both, and it is wanted."""
        return self.wechat.personal_menus and self.can_push and bool(self.wechat.app_secret)

    @property
    def can_subscribe(self) -> bool:
        """Whether the account kind has subscription notices."""
        return self._may("subscribe")

    @property
    def consents(self) -> Mapping[str, int]:
        """Templates of subscription notices that can be used → how many one 允许 allows; -1: for good."""
        template_id = self.reminders.subscribe_template_id
        return {template_id: -1 if self.reminders.subscribe_lasting else 1} if template_id and self.can_subscribe else {}

    @property
    def can_notify(self) -> bool:
        """Whether the account kind has template messages."""
        return self._may("notify")

    def _may(self, power: str) -> bool:
        return power in ACCOUNT_KINDS.get(self.wechat.account_kind, ())


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the file (none: defaults and the environment alone); raises ConfigError with every problem."""
    problems: list[str] = []
    raw: dict[str, Any] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ConfigError([f"{path}: 没有这个文件；请复制 config.example.toml 后填写"]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError([f"{path}: 不是正确的 TOML：{error}"]) from None
    tables: dict[str, type[Any]] = get_type_hints(Config)
    problems += [f"[{name}]: 没有这个表" for name in raw if name not in tables]
    built = {name: _table(name, kind, raw.get(name, {}), environ, problems) for name, kind in tables.items()}
    config = Config(**built)
    problems += rules(config)
    known = {f"BOT_{name}__{one.name}".upper() for name, kind in tables.items() for one in fields(kind)}
    known |= {f"{name}_FILE" for name in known}
    problems += [f"{name}: 环境变量里有不认识的设置" for name in environ if name.startswith("BOT_") and name not in known]
    if problems:
        raise ConfigError(sorted(problems))
    return config


def _table(name: str, kind: type[Any], given: object, environ: Mapping[str, str], problems: list[str]) -> Any:
    if not isinstance(given, dict):
        problems.append(f"[{name}]: 应当是一个表")
        given = {}
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    allowed = {one.name for one in fields(kind)}
    allowed |= {f"{key}_file" for key in allowed if f"{name}.{key}" in SECRETS}
    problems.extend(f"{name}.{key}: 没有这个键" for key in given if key not in allowed)
    for one in fields(kind):
        value = _given(name, one, given, environ, problems)
        if value is MISSING:
            continue
        read = _read(value, hints[one.name])
        if read is None:
            problems.append(f"{name}.{one.name}: 应当是{_called(hints[one.name])}")
        else:
            values[one.name] = read
    return kind(**values)


def _given(name: str, one: Field[Any], given: Mapping[str, Any], environ: Mapping[str, str], problems: list[str]) -> Any:
    """The value from the environment, a file, or the TOML, in this order; MISSING if nowhere."""
    variable = f"BOT_{name}__{one.name}".upper()
    if variable in environ:
        return environ[variable]
    file = environ.get(f"{variable}_FILE") or given.get(f"{one.name}_file")
    if file and f"{name}.{one.name}" in SECRETS:
        try:
            return Path(str(file)).read_text("utf-8").strip()
        except OSError:
            problems.append(f"{name}.{one.name}_file: 读不到这个文件")
            return MISSING
    return given.get(one.name, MISSING)


def _read(value: Any, kind: Any) -> Any:
    """The value as its type; text from the environment is converted; None when it does not fit."""
    if kind is bool:
        if isinstance(value, bool):
            return value
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower()) if isinstance(value, str) else None
    if kind is int:
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    if kind is str:
        return value if isinstance(value, str) else None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) and all(isinstance(part, str) for part in value) else None


def _called(kind: Any) -> str:
    return {bool: " true 或 false", int: "整数", str: "引号里的文字"}.get(kind, "文字列表")


def missing_for_serving(config: Config) -> list[str]:
    """What a real account needs before `serve` can start; the same lines that `doctor` shows."""
    needed = {
        "wechat.app_id": config.wechat.app_id,
        "wechat.token": config.wechat.token,
        "wechat.encoding_aes_key": config.wechat.encoding_aes_key if config.wechat.mode != "clear" else "not needed",
        "security.master_key": config.security.master_key,
    }
    if config.can_push or config.wechat.check_callback_addresses:
        needed["wechat.app_secret"] = config.wechat.app_secret
    if config.payments.enabled:
        needed |= {f"payments.{key}": getattr(config.payments, key) for key in PAYMENT_KEYS}
    return [f"{key}: 没有填" for key, value in needed.items() if not value]
