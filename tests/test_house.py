"""Rules about the whole program, each checked in a few lines."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.chapters.menu import PRESSED
from storage.regions import load_regions

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "dialogs", "storage")


@cache
def _sources() -> tuple[tuple[Path, ast.Module], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text("utf-8"))


def _calls(tree: ast.Module) -> Iterator[str]:
    """`owner.name` of each call of a name's or an attribute's method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name | ast.Attribute):
                yield f"{owner.id if isinstance(owner, ast.Name) else owner.attr}.{node.func.attr}"


def test_only_the_clock_asks_the_operating_system_for_the_time() -> None:
    """One clock port: everything else can be moved by a test."""
    forbidden = {"datetime.now", "datetime.utcnow", "date.today", "time.time", "datetime.today", "time.monotonic"}
    found = {str(path.relative_to(ROOT)) for path, tree in _sources() if forbidden & set(_calls(tree))}
    assert found <= {"bot/clock.py"}


def test_every_secret_comparison_is_constant_time() -> None:
    """S5: signatures, hashes, passwords, words, codes of papers and whatever else proves somebody are compared with compare_digest, never with ==;
    what a call gives (`x.hexdigest()`) too."""
    names_of_secrets = (
        "signature|sign|mac|hash|digest|check_code|token|csrf|cookie|ticket|last_four|password|passphrase|secret|pin|otp|digits|"
        "challenge|captcha|proof|api_key|report_key|master_key|aes_key|(^|_)word"
    )
    secret = re.compile(rf"({names_of_secrets})(\(.*\))?$")
    found = []
    for path, tree in _sources():
        if "simulator" in path.parts or "sql" in path.parts:
            continue  # the one only plays the platform, the other finds rows by keyed hashes
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                names = [ast.unparse(side).split(".")[-1] for side in (node.left, *node.comparators)]
                constant = any(isinstance(side, ast.Constant) for side in (node.left, *node.comparators))
                if not constant and any(secret.search(name) for name in names):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def test_nothing_promises_instead_of_doing() -> None:
    """No stub, no later."""
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|raise NotImplemented" + r"Error")
    assert [str(path) for path, _ in _sources() if words.search(path.read_text("utf-8"))] == []


def test_every_module_tells_one_story() -> None:
    """A module past about five hundred lines becomes a package; so do tests and benchmarks."""
    every = [path for package in (*PACKAGES, "tests", "benchmarks") for path in (ROOT / package).rglob("*.py")]
    long = {str(path.relative_to(ROOT)): lines for path in every if (lines := len(path.read_text("utf-8").splitlines())) > 500}
    assert long == {}


def test_no_registry_address_and_no_machine_path_is_in_the_tree() -> None:
    """The lock carries hashes and no addresses."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    address = re.compile(r"https?://[A-Za-z0-9.-]*(py" + r"pi|python" + r"hosted|npm" + r"js)")
    machine = re.compile(r"(^|[^A-Za-z0-9_.])/(wo" + r"rk|ro" + r"ot)/[A-Za-z.]", re.MULTILINE)
    found = []
    for name in listed:
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png"}:
            continue
        text = path.read_text("utf-8", errors="ignore")
        if address.search(text) or machine.search(text):
            found.append(name)
    assert found == []


def test_dialogs_have_unique_names_and_features() -> None:
    """One conversation a feature; each has a title and knows its steps."""
    covered = [feature for dialog in DIALOGS.values() for feature in dialog.covers]
    assert len(covered) == len(set(covered)) == len(BY_FEATURE)
    for dialog in DIALOGS.values():
        names = [step.name for step in dialog.steps]
        assert len(names) == len(set(names)), dialog.name
        assert dialog.title


def test_every_menu_entry_is_answered() -> None:
    """The menus that are pushed and the menu that is answered are the same keys."""
    from bot.wechat import PERSON_MENU
    from bot.wechat.menu import BY_IDENTITY

    keys = {entry.key for menu in (PERSON_MENU, *BY_IDENTITY.values()) for group in menu for entry in group.entries}
    assert keys == set(PRESSED)


def test_every_region_names_a_way_without_the_face() -> None:
    """Certification never depends on a camera."""
    for region in load_regions().values():
        assert any(way.without_face for way in region.certification.ways), region.code


@pytest.mark.parametrize(
    "command",
    ["demo", "serve", "worker", "migrate", "import", "menu", "doctor", "catalogue", "understand", "simulate", "verify", "staff"],
)
def test_every_command_explains_itself(command: str) -> None:
    """`--help` works without configuration."""
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0, done.output
    assert "用法：" in done.output
    assert "Show this" not in done.output


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("serve --fast", "没有“--fast”这个选项"),
        ("serf", "没有“serf”这个命令"),
        ("serve now", "多写了“now”"),
        ("serve --config", "“--config”后面还要写内容"),
        ("demo --people 5", "--people：最少是 100"),
        ("demo --people many", "--people：要填数字"),
        ("import --kind people /nowhere.csv", "没有“/nowhere.csv”这个文件"),
        ("import", "还缺 --kind"),
        ("verify", "还缺 what"),
    ],
)
def test_a_wrong_command_line_is_explained(typed: str, said: str) -> None:
    """In Chinese, with what to look at, and exit code 2."""
    done = CliRunner().invoke(app, typed.split(), prog_name="python -m bot")
    assert done.exit_code == 2
    assert said in done.output
    assert "--help 看怎么用" in done.output or typed.endswith("--config")


def test_the_catalogue_lists_features_with_regions_and_media() -> None:
    """`catalogue --json` is the contract of DESIGN section 6."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", "catalogue", "--json"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    listed = {one["feature"]: one for one in json.loads(done.stdout)}
    assert listed["BJQ-P-02a"]["regions"] == ["beijing"]
    assert "pdf" in listed["BJQ-P-02a"]["media"]
    assert listed["BZ-19"]["regions"] == ["binzhou"]
    assert [feature for feature, one in listed.items() if not one["regions"]] == []
    assert set(listed["BJQ-V-01"]["regions"]) == {"beijing", "binzhou", "jinan"}
