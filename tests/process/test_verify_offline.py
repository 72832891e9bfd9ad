"""`python -m bot verify FILE|TEXT` and `doctor --make-test-key`, as an operator types them: public keys alone, no database, exit codes."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.config import Documents
from bot.paper_keys import keys_for_trying, keys_of
from handlers.documents import PaperKeys
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import render_pdf
from handlers.documents.signing import FileSigner
from handlers.documents.typesetter import Typesetter
from storage.ports.time import SHANGHAI
from tests.documents.samples import CODE, SERIAL, VERIFY_URL, issued
from tests.papers import keys, photo

Bot = Callable[..., Result]
AT = datetime(2024, 9, 12, 10, 3, tzinfo=SHANGHAI)


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bot:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], env=env or {})

    return run


@pytest.fixture
def known(tmp_path: Path) -> Path:
    """The public keys, as they are given away."""
    file = tmp_path / "keys.pem"
    file.write_text(keys().public.pem)
    return file


def address(of: PaperKeys | None = None) -> str:
    token = (of or keys()).token
    assert token is not None
    return f"{VERIFY_URL}#t={token.token(SERIAL, CODE, '参保人员缴费信息', '张建国', 'ab' * 32)}"


def drawn(of: PaperKeys | None = None) -> bytes:
    return render_pdf(replace(issued(), verify_url=address(of), sample=True), Typesetter(load_fonts()))


def signed(pdf: bytes, of: PaperKeys | None = None) -> bytes:
    pair = (of or keys()).pair
    assert pair is not None
    return FileSigner(pair).sign(pdf, AT)


def test_a_signed_file_is_right(bot: Bot, tmp_path: Path, known: Path) -> None:
    """Signature and token; whose, of what, of which day; and that it is 样章."""
    file = tmp_path / "paper.pdf"
    file.write_bytes(signed(drawn()))
    result = bot("verify", file, "--keys", known)
    assert result.exit_code == 0, result.output
    for expected in (
        "电子签名是真的，覆盖整个文件",
        "2024-09-12 10:03",
        "二维码是真的",
        "参保人员缴费信息",
        "张*",
        "2024年9月12日",
        "样章",
    ):
        assert expected in result.output
    assert "建国" not in result.output


def test_an_altered_file_is_told(bot: Bot, tmp_path: Path, known: Path) -> None:
    """Changed, added to, unsigned, signed by somebody else, with the token of another key: 1, and what is wrong."""
    plain, stranger = drawn(), keys("stranger")
    good = signed(plain)
    changed = bytearray(good)
    changed[4000] ^= 1
    cases = {
        "改过": bytes(changed),
        "又加了内容": good + b"\n% more",
        "没有电子签名": plain,
        "证书不在公钥文件里": signed(plain, stranger),
        "密钥不在公钥文件里": signed(drawn(stranger)),
        "读不出来": b"%PDF-1.7\nnothing",
    }
    for told, body in cases.items():
        file = tmp_path / "paper.pdf"
        file.write_bytes(body)
        result = bot("verify", file, "--keys", known)
        assert result.exit_code == 1, told
        assert told in result.output


def test_the_text_of_the_code_is_enough(bot: Bot, known: Path) -> None:
    """The address, or what follows /v/; one changed character is forged."""
    assert bot("verify", address(), "--keys", known).exit_code == 0
    assert bot("verify", address().partition("/v/")[2], "--keys", known).exit_code == 0
    forged = address()[:-20] + ("A" if address()[-20] != "A" else "B") + address()[-19:]
    result = bot("verify", forged, "--keys", known)
    assert result.exit_code == 1
    assert "✗ 二维码里的签名不对" in result.output
    cut = bot("verify", address()[:-9], "--keys", known)
    assert cut.exit_code == 1
    nothing = bot("verify", "没有这样的东西", "--keys", known)
    assert nothing.exit_code == 1
    assert "没有这个文件" in nothing.output


def test_a_photo_is_decoded(bot: Bot, tmp_path: Path, known: Path) -> None:
    """Askew and blurred; one without a code says how to take it."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo(drawn(), 130, 6, 0.8))
    result = bot("verify", file, "--keys", known)
    assert result.exit_code == 0, result.output
    assert "张*" in result.output
    file.write_bytes(photo(drawn(), 40, 0, 3))
    result = bot("verify", file, "--keys", known)
    assert result.exit_code == 1
    assert "没有找到二维码" in result.output
    file.write_bytes(b"GIF89a")
    assert bot("verify", file, "--keys", known).exit_code == 1


def test_without_keys_it_says_what_to_give(bot: Bot, tmp_path: Path) -> None:
    """2: it cannot be checked, which is not the same as wrong."""
    result = bot("verify", address())
    assert result.exit_code == 2
    assert "--keys" in result.output
    broken = tmp_path / "keys.pem"
    broken.write_text("nonsense")
    assert bot("verify", address(), "--keys", broken).exit_code == 2


def test_test_keys_are_made_private_and_fit_the_configuration(bot: Bot, tmp_path: Path) -> None:
    """Readable by the owner alone; what is printed is a configuration with which `verify` and `doctor` work; run again it keeps them."""
    folder = tmp_path / "keys"
    result = bot("doctor", "--make-test-key", folder)
    assert result.exit_code == 0, result.output
    private = [folder / name for name in ("signing_key.pem", "signing_cert.pem", "token_key.pem")]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in private)
    config = tmp_path / "config.toml"
    config.write_text(result.stdout)
    made = keys_of(keys_for_trying(folder))
    assert made.sample
    assert bot("verify", address(made), "--config", config).exit_code == 0
    assert bot("verify", address(made), "--keys", folder / "paper_public_keys.pem").exit_code == 0
    assert "样章" in bot("doctor", "--config", config).output
    before = private[0].read_bytes()
    bot("doctor", "--make-test-key", folder)
    assert private[0].read_bytes() == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('signing_key = "x"', "signing_key 和 signing_cert 要一起填"),
        ('token_key = "x"', "二维码签名的私钥打不开"),
        ('previous_keys = "x"', "没有 PUBLIC KEY"),
    ],
)
def test_keys_that_cannot_be_used_stop_the_start(bot: Bot, tmp_path: Path, given: str, told: str) -> None:
    """With a sentence and without the key."""
    config = tmp_path / "config.toml"
    config.write_text(f"[documents]\n{given}\n")
    result = bot("doctor", "--config", config)
    assert result.exit_code == 2
    assert told in result.output


def test_nothing_is_signed_where_nothing_is_configured() -> None:
    """The keys are empty, and papers are as before."""
    assert keys_of(Documents()) == PaperKeys()
