"""Which fonts documents are set in. No font file is ours: a configured folder comes first, then the pinned package, then the system.

Noto Sans SC covers all of 通用规范汉字表 and Extension A; HanaMinB, where the system has it, covers Extensions B to F, in which a few
people's names are written. What no font has is refused (`Unprintable`), never left out.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import typst

from storage.ports.record import Record

PRIMARY = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC")
"""Families that can carry the text, best first; they are metrically the same, so a page looks the same in each."""

RARE = "HanaMinB"
_PACKAGE = "justmytype_intl_cjk"
_PACKAGE_FOLDER = Path("fonts", "ofl", "notosanssc")


class FontsMissing(Exception):
    """Neither the configured folder nor the pinned package holds a font for Chinese text."""


class Fonts(Record):
    """Loaded fonts, shared by all threads. `families` in the order in which they are tried, the primary one first."""

    loaded: typst.Fonts
    families: tuple[str, ...]
    folders: tuple[Path, ...]

    @property
    def covers_rare(self) -> bool:
        """Whether names in Extensions B to F can be printed (`doctor` tells)."""
        return RARE in self.families


def load_fonts(folder: Path | None = None) -> Fonts:
    """Find and load the fonts; raises `FontsMissing`.

    `folder` may hold a primary family of its own (then that is used) and any further fonts, which serve for characters that the
    primary lacks. System fonts other than HanaMinB are left alone: the same document must look the same on every machine.
    """
    system = _rare_folders()
    folders = [place for place in (folder, _package_folder(), *system) if place is not None and place.is_dir()]
    loaded = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    # typst tells real paths, so links are followed here too.
    theirs = {str(file.resolve()) for place in system for file in place.iterdir()}
    found = {info.family for info in loaded.fonts() if info.family == RARE or info.path not in theirs}
    primary = next((family for family in PRIMARY if family in found), None)
    if primary is None:
        raise FontsMissing("no Noto Sans SC: install justmytype-intl-cjk or name a folder that holds the font")
    # HanaMinB last: what a configured font draws should look like that font.
    others = sorted((family for family in found if family != primary), key=lambda family: (family == RARE, family))
    return Fonts(loaded, (primary, *others), tuple(folders))


def _package_folder() -> Path | None:
    """The package's folder without importing the package (it would list its other 30 MB of fonts)."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / _PACKAGE_FOLDER


def _rare_folders() -> list[Path]:
    """Folders of the system (XDG data directories) that hold HanaMinB."""
    roots = [Path(root) for root in os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":") if root]
    return [path.parent for root in roots for path in sorted((root / "fonts").glob(f"**/{RARE}.*"))][:1]
