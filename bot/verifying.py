"""`python -m bot verify FILE|TEXT`: a paper checked by public keys alone, without a database and without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bot.config import Config
from bot.paper_keys import keys_of
from handlers.darkroom import Refused
from handlers.documents import BadKey, PublicKeys, group_check_code, group_serial, public_keys
from handlers.documents.reading import codes_of_pdf, codes_of_photo
from handlers.documents.signing import prove_file
from handlers.documents.tokens import Proof, by_id, has_token, prove
from storage.ports.time import SHANGHAI

_MOST: Final = 64 * 1024 * 1024
_SAMPLE: Final = "　注意：这是样章，用测试密钥制作，只供试用，不作凭证。"
_OF_FILE: Final = {
    "unsigned": "✗ 这个 PDF 没有电子签名。",
    "unreadable": "✗ 这个 PDF 读不出来，或者签名已经损坏。",
    "altered": "✗ 电子签名不对：文件在签名以后被改过。",
    "partly": "✗ 签名以后文件里又加了内容，签名管不到整个文件。",
    "unknown_signer": "✗ 签名的证书不在公钥文件里，不知道是不是我们签的。",
}
_OF_TOKEN: Final = {
    "unreadable": "✗ 二维码里的内容不完整，或者不是我们的单据。请重新扫一次，把整个网址复制过来。",
    "unknown_key": "✗ 签这个二维码的密钥不在公钥文件里，不知道是不是我们签的。请换最新的公钥文件再试。",
    "forged": "✗ 二维码里的签名不对：内容被改过，或者是伪造的。",
}


def public_keys_of(config: Config, file: Path | None) -> PublicKeys | str:
    """By what is checked: the keys in `file`, else those of the configuration; a sentence for the operator where there are none."""
    try:
        found = public_keys(file.read_text("utf-8")) if file is not None else keys_of(config.documents).public
    except (BadKey, OSError, UnicodeDecodeError) as trouble:
        return str(trouble) if isinstance(trouble, BadKey) else "公钥文件读不出来"
    if not found.tokens and not found.certificates:
        return "没有公钥：用 --keys 给公钥文件，或者用 --config 给填了 [documents] 密钥的配置"
    return found


def proved(what: str, keys: PublicKeys) -> tuple[list[str], bool]:
    """What is right and what is wrong with a file (PDF or photo) or a text (what is in the QR code), in lines; and whether all is right."""
    if has_token(what):
        return _of_token(prove(what, by_id(keys.tokens)))
    path = Path(what)
    try:
        body = path.read_bytes() if path.is_file() and path.stat().st_size <= _MOST else b""
    except OSError:
        body = b""
    if not body:
        return ["✗ 没有这个文件，也不是单据二维码里的网址。网址里要有 #t= 和后面的一长串。"], False
    if body[:1024].lstrip().startswith(b"%PDF"):
        return _of_pdf(body, keys)
    try:
        return _of_codes(codes_of_photo(body), keys)
    except Refused as refused:
        return [f"✗ {refused.sentence}"], False


def _of_pdf(body: bytes, keys: PublicKeys) -> tuple[list[str], bool]:
    proof = prove_file(body, keys)
    if proof.genuine:
        when = f"{proof.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if proof.at else "时间不明"
        lines = [f"✓ 电子签名是真的，覆盖整个文件，签名以后没有改过。签名者：{proof.signer}，{when}"]
        lines += [_SAMPLE] if proof.sample else []
    else:
        lines = [_OF_FILE[proof.why]]
    codes = codes_of_pdf(body) if proof.why != "unreadable" else ()
    if proof.genuine and not any(has_token(code) for code in codes):
        return [*lines, "　二维码里没有离线的签名，以文件的电子签名为准。"], True
    more, right = _of_codes(codes, keys)
    return [*lines, *more], proof.genuine and right


def _of_codes(codes: tuple[str, ...], keys: PublicKeys) -> tuple[list[str], bool]:
    for code in codes:
        if has_token(code):
            return _of_token(prove(code, by_id(keys.tokens)))
    if codes:
        return ["✗ 找到了二维码，但里面没有可以离线核验的签名。请联网打开它核验。"], False
    return ["✗ 没有找到二维码。请对准单据右上角的二维码，靠近、拍清楚。"], False


def _of_token(proof: Proof) -> tuple[list[str], bool]:
    found = proof.found
    if not proof.genuine or found is None:
        return [_OF_TOKEN[proof.why]], False
    issued = found.issued_on
    lines = [
        "✓ 二维码是真的，签名没有问题。",
        f"　单据：{found.title}",
        f"　持有人：{found.holder}",
        f"　生成日期：{issued.year}年{issued.month}月{issued.day}日",
        f"　流水号：{group_serial(found.serial_no)}　校验码：{group_check_code(found.check_code)}",
        "　请把纸面和这几项对照。后来有没有作废、替换或过期，要联网用流水号和校验码查。",
    ]
    return [*lines, _SAMPLE] if found.sample else lines, True
