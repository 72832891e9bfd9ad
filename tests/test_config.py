"""Configuration: every problem at once, every key documented, every key overridable."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest

from bot.config import Config, ConfigError, load, missing_for_serving

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "config.example.toml"


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_the_example_is_complete_and_says_the_defaults() -> None:
    """A setting that is not in config.example.toml is a failing test, and so is one that shows another default."""
    documented = tomllib.loads(EXAMPLE.read_text("utf-8"))
    config = Config()
    assert set(documented) == {table.name for table in fields(Config)}
    for table in fields(Config):
        values = getattr(config, table.name)
        stated = {key: tuple(value) if isinstance(value, list) else value for key, value in documented[table.name].items()}
        assert stated == {one.name: getattr(values, one.name) for one in fields(values)}, table.name


def test_the_example_loads() -> None:
    """Copying it is a right start."""
    assert load(EXAMPLE, {}) == Config()


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    """An unknown table, an unknown key, a wrong type and a broken rule: four lines, not one."""
    path = _written(
        tmp_path,
        '[sever]\nport = 1\n[server]\nport = "many"\nprot = 2\n[wechat]\nencoding_aes_key = "short"\n[sms]\nprovider = "pigeon"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    problems = "\n".join(caught.value.problems)
    for expected in ("[sever]", "server.prot", "server.port", "wechat.encoding_aes_key", "sms.provider"):
        assert expected in problems


def test_every_key_can_be_overridden_from_the_environment(tmp_path: Path) -> None:
    """BOT_<TABLE>__<KEY>, for each type there is."""
    environment = {}
    for table in fields(Config):
        kind = get_type_hints(Config)[table.name]
        for one in fields(kind):
            hint = get_type_hints(kind)[one.name]
            value = {bool: "true", int: str(getattr(kind(), one.name)), str: getattr(kind(), one.name)}.get(hint, "beijing")
            environment[f"BOT_{table.name}__{one.name}".upper()] = str(value)
    environment["BOT_SERVER__TRUSTED_PROXIES"] = "127.0.0.1, 10.0.0.0/8"
    environment["BOT_SECURITY__PREVIOUS_MASTER_KEYS"] = "ab" * 32
    environment |= {f"BOT_SMS__{cloud}_CODE_PARAMS": "code, purpose" for cloud in ("TENCENT", "ALIYUN")}
    environment |= {f"BOT_SMS__{cloud}_REMINDER_PARAMS": "what, word" for cloud in ("TENCENT", "ALIYUN")}
    environment |= {f"BOT_REMINDERS__{kind}_KEYS": "thing1, thing2, date3, thing4" for kind in ("PAUSED", "PENSION")}
    environment |= {f"BOT_SMS__{cloud}_REMINDER_TEMPLATES": "P-CERT.before=1={name}" for cloud in ("TENCENT", "ALIYUN")}
    environment["BOT_SMS__SENDER_NUMBERS"] = "106900001234, 12333"
    config = load(None, environment)
    assert config.sms.aliyun_reminder_params == ("what", "word")
    assert config.sms.tencent_code_params == ("code", "purpose")
    assert config.sms.sender_numbers == ("106900001234", "12333")
    assert config.console.enabled
    assert config.regions.enabled == ("beijing",)
    assert load(None, {"BOT_SERVER__PORT": "9001"}).server.port == 9001


def test_an_unknown_setting_in_the_environment_is_an_error() -> None:
    """A misspelt limit is no limit."""
    with pytest.raises(ConfigError, match="BOT_SECURITY__CODE_TRYS"):
        load(None, {"BOT_SECURITY__CODE_TRYS": "3"})


def test_secrets_come_from_files(tmp_path: Path) -> None:
    """`app_secret_file` and BOT_WECHAT__TOKEN_FILE; a file that is missing is a problem, not a crash."""
    (tmp_path / "secret").write_text("s3cr3t\n", "utf-8")
    path = _written(tmp_path, f'[wechat]\napp_secret_file = "{tmp_path / "secret"}"\n')
    config = load(path, {"BOT_WECHAT__TOKEN_FILE": str(tmp_path / "secret")})
    assert config.wechat.app_secret == "s3cr3t"
    assert config.wechat.token == "s3cr3t"
    with pytest.raises(ConfigError, match="token_file"):
        load(None, {"BOT_WECHAT__TOKEN_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize("text", ["[server", "\x00", "server = 3\n"])
def test_a_file_that_is_no_configuration_is_explained(tmp_path: Path, text: str) -> None:
    """No traceback for a typing mistake."""
    with pytest.raises(ConfigError):
        load(_written(tmp_path, text), {})


def test_several_processes_need_a_shared_backend() -> None:
    """One SQLite file does not serve several processes."""
    with pytest.raises(ConfigError, match="PostgreSQL 和 Redis"):
        load(None, {"BOT_SERVER__PROCESSES": "2"})


def test_serving_names_everything_that_is_missing() -> None:
    """A real account needs its keys; a personal account needs no secret."""
    assert len(missing_for_serving(Config())) == 5
    assert len(missing_for_serving(load(None, {"BOT_WECHAT__ACCOUNT_KIND": "personal"}))) == 4


_TENCENT = {f"BOT_SMS__TENCENT_{key}": "x" for key in ("SECRET_ID", "SECRET_KEY", "APP_ID", "SIGN", "CODE_TEMPLATE")}


def test_a_cloud_that_is_to_send_has_everything_it_needs() -> None:
    """As first or as second provider; the ones that are not used need nothing."""
    with pytest.raises(ConfigError) as caught:
        load(None, {"BOT_SMS__PROVIDER": "aliyun"})
    for key in ("key_id", "key_secret", "sign", "code_template"):
        assert f"sms.aliyun_{key}: provider 是 aliyun 时要填" in caught.value.problems
    with pytest.raises(ConfigError, match=r"sms\.tencent_app_id: second 是 tencent 时要填"):
        load(None, {**_TENCENT, "BOT_SMS__SECOND": "tencent", "BOT_SMS__TENCENT_APP_ID": ""})
    config = load(None, {**_TENCENT, "BOT_SMS__SECOND": "tencent"})
    assert (config.sms.provider, config.sms.second) == ("console", "tencent")


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("PROVIDER", "pigeon", "sms.provider"),
        ("SECOND", "pigeon", "sms.second"),
        ("SECOND", "console", "不能和 provider 一样"),
        ("REPORT_KEY", "short", "sms.report_key"),
        ("TENCENT_CODE_PARAMS", "minutes", "应当有 code"),
        ("ALIYUN_CODE_PARAMS", "code, name", "应当有 code"),
        ("ALIYUN_API_BASE", "https://example.com/path", "不带路径"),
    ],
)
def test_what_cannot_send_is_refused(key: str, value: str, problem: str) -> None:
    """Each with a sentence that says what it should be."""
    with pytest.raises(ConfigError, match=problem):
        load(None, {f"BOT_SMS__{key}": value})


def test_the_secrets_of_sms_come_from_files(tmp_path: Path) -> None:
    """Both clouds' keys and the end of the report address."""
    (tmp_path / "secret").write_text("k" * 32 + "\n", "utf-8")
    keys = ("tencent_secret_key", "aliyun_key_secret", "report_key")
    config = load(None, {f"BOT_SMS__{key}_FILE".upper(): str(tmp_path / "secret") for key in keys})
    assert [getattr(config.sms, key) for key in keys] == ["k" * 32] * 3


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[wechat]\nphoto_timeout_s = 0", "wechat.photo_timeout_s"),
        ("[wechat]\nphoto_timeout_s = 5", "wechat.photo_timeout_s"),
        ("[security]\nscan_codes_per_asker_hour = 0", "security.scan_codes_per_asker_hour"),
        ("[security]\nscan_codes_per_service_hour = 29", "security.scan_codes_per_service_hour"),
    ],
)
def test_waits_and_ceilings_that_cannot_be_are_told(tmp_path: Path, line: str, problem: str) -> None:
    """A photo that is waited for beyond the platform's five seconds or not at all; no codes for /scan, or fewer for all than for one address."""
    with pytest.raises(ConfigError) as caught:
        load(_written(tmp_path, line), {})
    assert [one.partition(":")[0] for one in caught.value.problems] == [problem]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[reminders]\ntemplate_per_minute = -1", "reminders.template_per_minute"),
        ("[reminders]\nat_once = 0", "reminders.at_once"),
        ("[reminders]\nbatch = 0", "reminders.batch"),
        ('[reminders]\npaused_keys = ["thing1"]', "reminders.paused_keys"),
        ('[sms]\ntencent_reminder_params = ["code"]', "sms.tencent_reminder_params"),
        ('[sms]\ntencent_reminder_template = "1"', "sms.tencent_reminder_text"),
        ('[sms]\naliyun_reminder_template = "1"\naliyun_reminder_text = "{name}到期"', "sms.aliyun_reminder_text"),
    ],
)
def test_paces_and_templates_of_reminders_are_checked(tmp_path: Path, line: str, problem: str) -> None:
    """A pace below nothing, nothing at once, a template without its four keys, a parameter that reminders do not have."""
    with pytest.raises(ConfigError) as caught:
        load(_written(tmp_path, line), {})
    assert [one.partition(":")[0] for one in caught.value.problems] == [problem]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('[sms]\ntencent_reminder_templates = ["P-CERT.before=1"]', "名称=模板编号=审核通过的原文"),
        ('[sms]\ntencent_reminder_templates = ["P-CERT.soon=1={name}"]', "没有“P-CERT.soon”这种短信"),
        ('[sms]\ntencent_reminder_templates = ["P-CERT.day=1={due}"]', "“P-CERT.day”的变量只能是"),
        ('[sms]\ntencent_reminder_templates = ["own=1=您好"]', "“own”的原文里要有 {text}"),
        ('[sms]\naliyun_reminder_templates = ["P-CERT.day=1={name}", "P-CERT.day=2={name}"]', "同一种短信写了两次"),
    ],
)
def test_templates_of_single_texts_are_checked(tmp_path: Path, line: str, sentence: str) -> None:
    """Each names a text that there is, an id and the approved wording, with places that can be filled; none twice."""
    with pytest.raises(ConfigError) as caught:
        load(_written(tmp_path, line), {})
    assert len(caught.value.problems) == 1
    assert sentence in caught.value.problems[0]
