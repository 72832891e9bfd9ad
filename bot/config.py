"""Configuration: one TOML file, every key overridable by `BOT_<TABLE>__<KEY>`, secrets also from files (`<key>_file`).

All problems are reported at once, each with the key and what it should be. Unknown keys are errors: a misspelt limit is no limit.
`config.example.toml` is complete; `tests/test_config.py` keeps it so.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

SECRETS = {
    "wechat.app_secret",
    "wechat.token",
    "wechat.encoding_aes_key",
    "wechat.previous_encoding_aes_key",
    "security.master_key",
    "security.previous_master_keys",
    "storage.database_url",
    "storage.redis_url",
}
"""Never shown by `doctor`, and readable from a file named by `<key>_file`."""


class ConfigError(Exception):
    """Everything that is wrong with the configuration, a line a problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Server:
    """Where the process listens and how the world reaches it."""

    host: str = "127.0.0.1"
    port: int = 8080
    processes: int = 1
    public_url: str = "http://127.0.0.1:8080"
    trusted_proxies: tuple[str, ...] = ()


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
    max_age_s: int = 300
    max_body_kib: int = 64


@dataclass(frozen=True, slots=True)
class Storage:
    """Empty `redis_url`: sessions, locks and answers live in the database, for one process."""

    database_url: str = "sqlite:///data/bot.sqlite"
    redis_url: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """Who sends codes. `file` appends to a file, `http` posts `{phone, text}` as JSON to `url` (an agency's gateway, or the simulator)."""

    provider: str = "console"
    url: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Documents:
    """Fonts and life of links. Empty `fonts_dir`: the font that comes as a dependency."""

    fonts_dir: str = ""
    link_minutes: int = 30


@dataclass(frozen=True, slots=True)
class Security:
    """Keys and limits (targets.md S6, S7, S12, S24)."""

    master_key: str = ""
    previous_master_keys: tuple[str, ...] = ()
    frame_ancestors: str = "'none'"
    code_minutes: int = 5
    code_tries: int = 5
    resend_seconds: int = 60
    codes_per_phone_hour: int = 5
    codes_per_phone_day: int = 10
    phones_per_chat_day: int = 5
    codes_before_captcha: int = 3
    codes_per_hour_system: int = 2000
    second_proof_tries: int = 5
    queries_per_chat_hour: int = 120
    documents_per_chat_day: int = 30
    verify_per_serial_hour: int = 5
    verify_per_asker_hour: int = 20
    verify_per_service_hour: int = 1000


@dataclass(frozen=True, slots=True)
class Console:
    """The agency's console (a later release reads more of it)."""

    enabled: bool = False


@dataclass(frozen=True, slots=True)
class Reminders:
    """认证提醒. The template's keys are the ones that the account's template has; an empty `template_id` sends nothing."""

    enabled: bool = True
    at_hour: int = 9
    template_id: str = ""
    key_holder: str = "thing1"
    key_subject: str = "thing2"
    key_due: str = "date3"
    key_hint: str = "thing4"


@dataclass(frozen=True, slots=True)
class Payments:
    """Payment of orders (a later release reads more of it)."""

    enabled: bool = False


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
    payments: Payments = field(default_factory=Payments)
    regions: Regions = field(default_factory=Regions)

    @property
    def can_push(self) -> bool:
        """Whether the account kind has customer-service messages (wechat.md A14)."""
        return self.wechat.account_kind in {"service", "subscription", "sandbox"}

    @property
    def can_notify(self) -> bool:
        """Whether the account kind has template messages."""
        return self.wechat.account_kind in {"service", "sandbox"}


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the file (none: defaults and the environment alone); raises ConfigError with every problem."""
    problems: list[str] = []
    raw: dict[str, Any] = {}
    if path is not None:
        try:
            raw = tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ConfigError([f"{path}: there is no such file; copy config.example.toml and fill it in"]) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError([f"{path}: not TOML: {error}"]) from None
    tables = {one.name: get_type_hints(Config)[one.name] for one in fields(Config)}
    problems += [f"[{name}]: unknown table" for name in raw if name not in tables]
    built = {name: _table(name, kind, raw.get(name, {}), environ, problems) for name, kind in tables.items()}
    config = Config(**built)
    problems += _rules(config)
    known = {f"BOT_{name}__{one.name}".upper() for name, kind in tables.items() for one in fields(kind)}
    known |= {f"{name}_FILE" for name in known}
    problems += [
        f"{name}: unknown setting in the environment" for name in environ if name.startswith("BOT_") and name not in known
    ]
    if problems:
        raise ConfigError(sorted(problems))
    return config


def _table(name: str, kind: type[Any], given: object, environ: Mapping[str, str], problems: list[str]) -> Any:
    if not isinstance(given, dict):
        problems.append(f"[{name}]: must be a table")
        given = {}
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    allowed = {one.name for one in fields(kind)}
    allowed |= {f"{key}_file" for key in allowed if f"{name}.{key}" in SECRETS}
    problems.extend(f"{name}.{key}: unknown key" for key in given if key not in allowed)
    for one in fields(kind):
        value = _given(name, one, given, environ, problems)
        if value is MISSING:
            continue
        read = _read(value, hints[one.name])
        if read is None:
            problems.append(f"{name}.{one.name}: must be {_called(hints[one.name])}")
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
            problems.append(f"{name}.{one.name}_file: cannot be read")
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
    return {bool: "true or false", int: "a whole number", str: "a text in quotes"}.get(kind, "a list of texts")


_KEY = re.compile(r"[0-9a-f]{64}")


def _rules(config: Config) -> list[str]:
    """What the types cannot say."""
    wechat, server = config.wechat, config.server
    rules: list[tuple[bool, str]] = [
        (wechat.mode in {"safe", "compatible", "clear"}, "wechat.mode: must be safe, compatible or clear"),
        (
            wechat.account_kind in {"service", "subscription", "personal", "sandbox"},
            "wechat.account_kind: must be service, subscription, personal or sandbox",
        ),
        (
            not wechat.encoding_aes_key or re.fullmatch(r"[A-Za-z0-9]{43}", wechat.encoding_aes_key) is not None,
            "wechat.encoding_aes_key: must be 43 letters and digits, as the console shows it",
        ),
        (
            not wechat.previous_encoding_aes_key
            or re.fullmatch(r"[A-Za-z0-9]{43}", wechat.previous_encoding_aes_key) is not None,
            "wechat.previous_encoding_aes_key: must be 43 letters and digits, or empty",
        ),
        (
            not wechat.token or re.fullmatch(r"[A-Za-z0-9]{3,32}", wechat.token) is not None,
            "wechat.token: must be 3 to 32 letters and digits",
        ),
        (30 <= wechat.max_age_s <= 3600, "wechat.max_age_s: must be 30 to 3600 seconds"),
        (1 <= wechat.max_body_kib <= 1024, "wechat.max_body_kib: must be 1 to 1024"),
        (0 <= server.port <= 65535, "server.port: must be 0 to 65535"),
        (1 <= server.processes <= 64, "server.processes: must be 1 to 64"),
        (
            re.fullmatch(r"https?://[^/\s]+", server.public_url) is not None,
            "server.public_url: must be like https://example.com, without a path",
        ),
        (
            config.storage.database_url.startswith(("sqlite:///", "postgresql://")),
            "storage.database_url: must begin with sqlite:/// or postgresql://",
        ),
        (
            server.processes == 1 or (config.storage.redis_url != "" and config.storage.database_url.startswith("postgresql")),
            "server.processes: more than one needs PostgreSQL and Redis ([storage])",
        ),
        (
            not config.storage.redis_url or config.storage.redis_url.startswith(("redis://", "rediss://", "unix://")),
            "storage.redis_url: must begin with redis://, rediss:// or unix://",
        ),
        (config.sms.provider in {"console", "file", "http"}, "sms.provider: must be console, file or http"),
        (config.sms.provider != "http" or config.sms.url.startswith("http"), "sms.url: is needed by the provider http"),
        (config.sms.provider != "file" or bool(config.sms.file), "sms.file: is needed by the provider file"),
        (
            not config.security.master_key or _KEY.fullmatch(config.security.master_key) is not None,
            "security.master_key: must be 64 hexadecimal digits (python -m bot doctor --new-key prints one)",
        ),
        (
            all(_KEY.fullmatch(key) for key in config.security.previous_master_keys),
            "security.previous_master_keys: each must be 64 hexadecimal digits",
        ),
        (0 <= config.reminders.at_hour <= 23, "reminders.at_hour: must be 0 to 23"),
        (all(_is_network(one) for one in config.server.trusted_proxies), "server.trusted_proxies: must be addresses or networks"),
        (bool(config.regions.enabled), "regions.enabled: must name at least one region"),
    ]
    rules += [
        (getattr(config.security, one.name) >= 1, f"security.{one.name}: must be at least 1")
        for one in fields(Security)
        if get_type_hints(Security)[one.name] is int
    ]
    return [problem for holds, problem in rules if not holds]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def missing_for_serving(config: Config) -> list[str]:
    """What a real account needs before `serve` can start; the same lines that `doctor` shows."""
    needed = {
        "wechat.app_id": config.wechat.app_id,
        "wechat.token": config.wechat.token,
        "wechat.encoding_aes_key": config.wechat.encoding_aes_key if config.wechat.mode != "clear" else "not needed",
        "security.master_key": config.security.master_key,
    }
    if config.can_push:
        needed["wechat.app_secret"] = config.wechat.app_secret
    return [f"{key}: is missing" for key, value in needed.items() if not value]
