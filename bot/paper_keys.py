"""The keys of papers out of the configuration, and test keys in a folder of their own."""

from __future__ import annotations

import os
from pathlib import Path

from bot.config import Documents
from handlers.documents.keys import BadKey, PaperKeys, new_test_keys, paper_keys

FILES = {"signing_key": "signing_key.pem", "signing_cert": "signing_cert.pem", "token_key": "token_key.pem"}
PUBLIC = "paper_public_keys.pem"
"""What whoever checks papers offline is given."""


def keys_of(documents: Documents) -> PaperKeys:
    """Raises BadKey; `bot.config_rules` has asked before."""
    return paper_keys(
        documents.signing_key,
        documents.signing_cert,
        documents.signing_passphrase,
        documents.token_key,
        documents.previous_keys,
    )


def trouble_with(documents: Documents) -> str:
    """What is wrong with the configured keys, for the operator; '' for nothing."""
    try:
        keys_of(documents)
    except BadKey as trouble:
        return str(trouble)
    return ""


def keys_for_trying(folder: Path) -> Documents:
    """The folder's test keys, made when it has none: marked 样章, readable by their owner only; and their public halves in one file."""
    paths = {name: folder / file for name, file in FILES.items()}
    if not all(path.exists() for path in paths.values()):
        made = new_test_keys()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, path in paths.items():
            _write(path, getattr(made, name))
    signing_key, signing_cert, token_key = (paths[name].read_text("ascii") for name in FILES)
    documents = Documents(signing_key=signing_key, signing_cert=signing_cert, token_key=token_key)
    (folder / PUBLIC).write_text(keys_of(documents).public.pem, "ascii")
    return documents


def _write(path: Path, text: str) -> None:
    """Never readable by anybody else, not for a moment."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
