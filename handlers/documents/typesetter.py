"""typst behind one small door: compile a template with data, refuse what cannot be printed, give memory back.

A compiler belongs to one thread (typst raises `Already borrowed` otherwise); fonts are shared. Compiling releases the GIL.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import typst

from handlers.documents.fonts import Fonts

_TEMPLATES = Path(__file__).parent
_STANDARDS: Final[list[Literal["a-2a", "ua-1"]]] = ["a-2a", "ua-1"]
"""Archivable (PDF/A-2a) and readable by a screen reader (PDF/UA-1). Only PDF/A makes typst report missing glyphs."""
_REFUSED = re.compile(r"could not be displayed|disallowed codepoint")
_REFUSED_TEXT = re.compile(r'the text(?: contains the disallowed codepoint)? `"((?:[^"\\]|\\.)*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_CACHED_RUNS = 11
"""typst keeps what the last ten compilations made; one more lets go of a long document (1 GB would stay otherwise)."""


class Unprintable(Exception):
    """The document holds characters that no font here can show. Nothing was printed; a person must look at it, or a font be added."""

    def __init__(self, characters: str) -> None:
        super().__init__("characters without a glyph: " + " ".join(f"U+{ord(char):04X}" for char in characters))
        self.characters = characters
        """Each character once, in the order in which they were met."""


class Typesetter:
    """Compiles the templates of this folder. One for a process; safe to call from several threads."""

    def __init__(self, fonts: Fonts) -> None:
        self.fonts = fonts
        self._local = threading.local()

    def pdf(self, template: str, data: Mapping[str, Any], images: Mapping[str, str], timestamp: int) -> bytes:
        """The document as PDF/A; the same arguments give the same bytes. Raises `Unprintable`."""
        try:
            made = self._compiler(template).compile(
                format="pdf", pdf_standards=[*_STANDARDS], timestamp=timestamp, sys_inputs=self._inputs(data, images)
            )
        except typst.TypstError as error:
            raise _explained(error) from None
        if not isinstance(made, bytes):
            raise TypeError("typst gave no document")
        return made

    def png(self, template: str, data: Mapping[str, Any], images: Mapping[str, str], timestamp: int, ppi: float) -> list[bytes]:
        """The pages as PNG. Only a PDF/A build refuses missing glyphs, so one is made first (the layout is shared). Raises `Unprintable`."""
        self.pdf(template, data, images, timestamp)
        made = self._compiler(template).compile(format="png", ppi=ppi, timestamp=timestamp, sys_inputs=self._inputs(data, images))
        pages = made if isinstance(made, list) else [made]
        return [page for page in pages if page is not None]

    def forget(self) -> None:
        """Let go of the memory of a long document: about 50 ms, and the next document is no slower."""
        compiler = self._compiler("empty.typ")
        for _ in range(_CACHED_RUNS):
            compiler.compile(format="svg")

    def _inputs(self, data: Mapping[str, Any], images: Mapping[str, str]) -> dict[str, str]:
        content = {**data, "families": list(self.fonts.families)}
        return {"data": json.dumps(content, ensure_ascii=False, sort_keys=True), **images}

    def _compiler(self, template: str) -> typst.Compiler:
        compilers: dict[str, typst.Compiler] = self._local.__dict__.setdefault("compilers", {})
        if template not in compilers:
            compilers[template] = typst.Compiler(_TEMPLATES / template, root=_TEMPLATES, font_paths=self.fonts.loaded)
        return compilers[template]


def _explained(error: typst.TypstError) -> Exception:
    report = str(error.diagnostic)
    if not _REFUSED.search(report):
        return RuntimeError("the template could not be compiled: " + str(error.message).partition("`")[0])
    texts = _REFUSED_TEXT.findall(report)
    characters = "".join(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) for text in texts)
    return Unprintable("".join(dict.fromkeys(characters)))
