"""Which accounts have subscription notices, and where their pages get WeChat's script from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import ConfigError, load


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "lines", "consents"),
    [
        ("service", 'subscribe_template_id = "T1"', {"T1": 1}),
        ("subscription", 'subscribe_template_id = "T1"\nsubscribe_lasting = true', {"T1": -1}),
        ("service", "", {}),
        ("personal", 'subscribe_template_id = "T1"', {}),
        ("sandbox", 'subscribe_template_id = "T1"', {}),
    ],
)
def test_what_one_accept_allows(tmp_path: Path, kind: str, lines: str, consents: dict[str, int]) -> None:
    """One notice, any number for a 长期 template; nothing without a template or on an account that is not certified (48001)."""
    path = written(tmp_path, f'[wechat]\naccount_kind = "{kind}"\n[reminders]\n{lines}\n')
    assert load(path, {}).consents == consents


@pytest.mark.parametrize(
    "address", ["", "res.wx.qq.com/sdk.js", "https://res.wx.qq.com", "https://a.cn/x.js; script-src *", "http://a b/c"]
)
def test_an_address_that_is_no_script_is_refused(tmp_path: Path, address: str) -> None:
    """It goes into the page's Content-Security-Policy, so it is one whole address and nothing else."""
    with pytest.raises(ConfigError, match=r"wechat\.js_sdk"):
        load(written(tmp_path, f'[wechat]\njs_sdk = "{address}"\n'), {})
