"""Rules of the edge that are read off its source."""

from __future__ import annotations

import ast
from pathlib import Path

import bot.wechat

SOURCES = sorted(Path(bot.wechat.__path__[0]).rglob("*.py"))
SECRET_WORDS = ("signature", "token", "secret", "aes_key")


def _names(node: ast.AST) -> set[str]:
    return {found.id for found in ast.walk(node) if isinstance(found, ast.Name)} | {
        found.attr for found in ast.walk(node) if isinstance(found, ast.Attribute)
    }


def _is_length(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"


def test_signatures_are_compared_in_constant_time() -> None:
    """Nothing named after a secret is compared with == or !=."""
    compared = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare) and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
                operands = [operand for operand in (node.left, *node.comparators) if not _is_length(operand)]
                names: set[str] = set().union(*(_names(operand) for operand in operands))
                if any(word in name.lower() for name in names for word in SECRET_WORDS):
                    compared.append((source.name, ast.unparse(node)))
    assert compared == []
    envelope = next(source for source in SOURCES if source.name == "envelope.py").read_text(encoding="utf-8")
    assert envelope.count("hmac.compare_digest(") == 2


def test_only_the_clock_tells_the_time() -> None:
    """No module of the edge asks the operating system what time it is."""
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        assert "datetime.now(" not in text
        assert "time.time(" not in text
        assert "asyncio.sleep(" not in text
