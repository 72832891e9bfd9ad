"""What is given for running it for real names what exists: commands, options, metrics, folders."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.config import load
from bot.metrics import Metrics

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "docs" / "deploy"
UNITS = ("bot-serve@.service", "bot-worker@.service", "bot-backup.service")


class Unit(RawConfigParser):
    """A unit of systemd; of what is said twice the last counts here."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        self.read_string((DEPLOY / name).read_text(encoding="utf-8"))


def command_of(line: str) -> list[str]:
    """The arguments of `python -m bot` in a command line."""
    return shlex.split(line.partition("-m bot ")[2].rstrip("'"))


def exists(arguments: list[str]) -> None:
    """The command has every option that is used; asking for help runs nothing."""
    told = CliRunner().invoke(app, [arguments[0], "--help"], env={"COLUMNS": "200", "TERMINAL_WIDTH": "200"})
    assert told.exit_code == 0, arguments
    for option in arguments:
        if option.startswith("--"):
            assert option in told.output, (arguments, told.output)


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_a_command_that_exists_and_little_else(name: str) -> None:
    """As a user of its own, with no capability, nothing of the system writable, no new privileges."""
    service = Unit(name)["Service"]
    exists(command_of(service["ExecStart"]))
    assert service["User"] == "shebao"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict"
    for hardened in ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "RestrictNamespaces", "LockPersonality"):
        assert service[hardened] == "yes", hardened
    assert "AF_UNIX" in service["RestrictAddressFamilies"]
    assert service["LimitCORE"] == "0"  # names and numbers are in memory


def test_a_wrong_configuration_is_not_tried_again() -> None:
    """The exit code that says so is the one that stops systemd; a setting that is missing gives it."""
    service = Unit("bot-serve@.service")["Service"]
    assert service["Restart"] == "always"
    told = CliRunner().invoke(app, ["serve"], env={"BOT_WECHAT__TOKEN": ""})
    assert told.exit_code == int(service["RestartPreventExitStatus"])
    assert load(None, {"BOT_SERVER__PORT": "8081"}).server.port == 8081
    assert service["Environment"] == "BOT_SERVER__PORT=%i"


@pytest.mark.parametrize("name", ["bot-serve@.service", "bot-worker@.service"])
def test_what_steps_back_behind_the_chat_may_do_so(name: str) -> None:
    """What is forbidden of resources leaves a process the one call with which it gives way (`os.nice`); the last line counts."""
    filters = re.findall(r"^SystemCallFilter=(.+)$", (DEPLOY / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert filters == ["@system-service", "~@privileged @resources", "setpriority"]


def test_the_image_is_of_what_is_needed() -> None:
    """Two stages; every package of ours and its bytecode; no root; asked for its health; what is copied exists."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    stages = [place for place, line in enumerate(lines) if line.startswith("FROM ")]
    assert len(stages) == 2
    build, final = lines[: stages[1]], lines[stages[1] :]
    copied = [line.split()[1] for line in build if line.startswith("COPY ")]
    packages = {
        one.rstrip("*")
        for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    assert packages < set(copied)
    assert all((ROOT / one).exists() for one in copied)
    assert [line for line in final if line.startswith("USER ")] == ["USER 10001"]
    assert final.index("USER 10001") < next(place for place, line in enumerate(final) if line.startswith("ENTRYPOINT"))
    assert any("--require-hashes" in line for line in build)
    assert any("/healthz" in line for line in final)
    (start,) = [json.loads(line.removeprefix("CMD ")) for line in final if line.startswith('CMD ["serve"')]
    exists(start)


def shown_metrics() -> set[str]:
    """Every name that `/metrics` may show."""
    names: set[str] = set()
    for family in Metrics().registry.collect():
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}[family.type]
        names |= {family.name + end for end in ends}
    return names


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_only_metrics_that_exist_are_watched(name: str) -> None:
    """Each name in a rule or a panel is one that `/metrics` shows."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    used = set(re.findall(r"\bbot_[a-z_]+", text))
    assert used
    assert used <= shown_metrics()


def test_the_dashboard_shows_everything_that_is_counted() -> None:
    """A counter that nobody looks at is none; each panel has a place of its own."""
    dashboard = json.loads((DEPLOY / "dashboard.json").read_text(encoding="utf-8"))
    text = json.dumps(dashboard)
    for family in Metrics().registry.collect():
        assert family.name in text, family.name
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)


def test_an_alarm_says_what_to_do() -> None:
    """Each rule has a severity, a sentence of what is wrong and one of what to do."""
    text = (DEPLOY / "alerts.yml").read_text(encoding="utf-8")
    rules = text.split("- alert: ")[1:]
    assert len(rules) >= 8
    for rule in rules:
        for needed in ("expr: ", "for: ", "severity: ", "summary: ", "todo: "):
            assert rule.count(needed) == 1, (needed, rule)


def test_the_files_hold_for_whoever_is_there_to_read_them() -> None:
    """`make check-deploy` asks each program that is installed about each file, names those that are not, and finds nothing wrong."""
    done = subprocess.run([DEPLOY / "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    lines = [line.split() for line in done.stdout.splitlines()]
    assert {line[0] for line in lines} <= {"holds", "not"}
    asked = {line[2] if line[0] == "not" else line[1] for line in lines}
    names = {one.name.replace("@.", "@8080.") for one in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer"))}
    assert asked == names | {"alerts.yml", "alerts-test.yml", "nginx.conf"}


def test_the_proxy_keeps_what_the_bot_relies_on() -> None:
    """The host and the address that asks are passed on, secrets in paths are not logged, and what is not for everybody is not."""
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for needed in (
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "access_log off;",
        "error_log /var/log/nginx/sb.example.gov.cn.log crit;",
        "location = /metrics { deny all; }",
        "client_max_body_size 64k;",
        "ssl_protocols TLSv1.2 TLSv1.3;",
    ):
        assert needed in text, needed
    assert text.count("{") == text.count("}")
    assert re.search(r"location /console \{\s+allow 10\.0\.0\.0/8;\s+deny all;", text)


def test_every_command_of_the_handbook_exists() -> None:
    """Each `python -m bot …` in docs/operations.md can be typed as it stands."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = {line.strip() for line in re.findall(r"python -m bot ([a-z][^`\n|]*)", text)}
    assert {line.split()[0] for line in commands} >= {"backup", "restore", "rotate", "migrate", "doctor", "menu"}
    for line in sorted(commands):
        exists([one for one in shlex.split(line) if one.startswith("--") or one == line.split()[0]])
