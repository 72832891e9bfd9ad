"""办事指南 of a region: `guides/*.toml` in its folder, a part (分部) a file. Order of the files and within them is the order of the list.

A file has `part`, `validity` (时效, for every guide without its own) and `[[guides]]`; a guide has `[[guides.ways]]` with `title` and `steps`.
A region without that folder has no guides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from storage.ports.records import GUIDE_ROLES, Guide, GuideWay
from storage.ports.regions import Window
from storage.regions.reading import Table

CODE = re.compile(r"(BJQ|BJE|BJH|BZ|JN)-[A-Z0-9]+(-[0-9]+[a-z]?)?")


def guides(place: Path, windows: Mapping[str, Window] | None, problems: list[str]) -> dict[str, Guide]:
    """By code; what is wrong is added to `problems`, with file and key. `windows` is None where they could not be read: they are not asked."""
    found: dict[str, Guide] = {}
    for path in sorted((place / "guides").glob("*.toml")):
        where = f"{place.name}/guides/{path.name}"
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            problems.append(f"{where}: not readable as TOML ({error})")
            continue
        table = Table(where, "file", content, problems)
        part, validity = table.text("part"), table.text("validity")
        for one in table.tables("guides"):
            guide = _guide(one, place.name, part, validity)
            if guide.code in found:
                one.complain("code", f"{guide.code} is there twice")
            if guide.window and windows is not None and guide.window not in windows:
                one.complain("window", f"{guide.window} is no window of the region")
            if guide.code:
                found[guide.code] = guide
        table.finish()
    for guide in found.values():
        problems.extend(
            f"{place.name}/guides: {guide.code}: sees {code}, which is no guide" for code in guide.sees if code not in found
        )
    return found


def _guide(table: Table, region: str, part: str, validity: str) -> Guide:
    code, role = table.text("code"), table.text("role")
    if code and not CODE.fullmatch(code):
        table.complain("code", f"{code!r} is no code of a guide")
    if role and role not in GUIDE_ROLES:
        table.complain("role", f"must be one of {', '.join(GUIDE_ROLES)}")

    def lines(key: str) -> tuple[str, ...]:
        return table.texts(key) if table.has(key) else ()

    return Guide(
        code=code,
        region=region,
        part=part,
        title=table.text("title"),
        brief=table.text("brief"),
        validity=table.text("validity", validity),
        short=table.text("short", ""),
        aliases=table.texts("aliases"),
        role=role,
        applies=table.text("applies", ""),
        conditions=lines("conditions"),
        materials=lines("materials"),
        ways=tuple(GuideWay(way.text("title"), way.texts("steps")) for way in table.tables("ways")),
        hours=table.text("hours", ""),
        fee=table.text("fee", ""),
        result=table.text("result", ""),
        forms=lines("forms"),
        notes=lines("notes"),
        window=table.text("window", ""),
        sees=lines("sees"),
    )
