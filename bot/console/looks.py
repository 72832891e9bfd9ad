"""Templates and static files of the console."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import hdrs, web

from bot.console.filters import STATES
from storage.ports.records import CaseState
from storage.ports.time import SHANGHAI

_HERE: Final = Path(__file__).parent
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_TONES: Final = {
    CaseState.REVIEW: "due",
    CaseState.SECOND: "due",
    CaseState.WORKING: "busy",
    CaseState.SUPPLEMENT: "wait",
    CaseState.UNPAID: "wait",
    CaseState.READY: "wait",
    CaseState.DONE: "good",
    CaseState.REFUSED: "bad",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file, read once."""

    body: bytes
    content_type: str


@cache
def assets() -> dict[str, Asset]:
    """The static files by address; the address changes with the content, so they may be kept for ever."""
    found = {}
    for file in sorted((_HERE / "static").iterdir()):
        if file.suffix in _KINDS:
            body = file.read_bytes()
            found[f"/console/assets/{file.stem}.{hashlib.sha256(body).hexdigest()[:16]}{file.suffix}"] = Asset(
                body, _KINDS[file.suffix]
            )
    return found


def asset_url(name: str) -> str:
    """The address of `console.css` and the like; raises KeyError for a file that is not there."""
    stem, _, suffix = name.rpartition(".")
    for path in assets():
        if path.startswith(f"/console/assets/{stem}.") and path.endswith(f".{suffix}"):
            return path
    raise KeyError(name)


async def serve_asset(request: web.Request) -> web.StreamResponse:
    """GET /console/assets/<name>: anyone, for ever."""
    asset = assets().get(request.path)
    if asset is None:
        raise web.HTTPNotFound
    response = web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8")
    response.headers[hdrs.CACHE_CONTROL] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@cache
def environment() -> jinja2.Environment:
    """The templates. Everything is escaped; a name that is not given is an error, not a gap."""
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["asset"] = asset_url
    found.filters["moment"] = moment
    found.filters["state"] = state_words
    found.filters["tone"] = state_tone
    return found


def moment(at: datetime) -> str:
    """2024年9月12日 10:05, in Beijing time."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def state_words(state: CaseState) -> str:
    """A state of a case as staff read it."""
    return STATES[state]


def state_tone(state: CaseState) -> str:
    """The colour of its chip; the words say it already."""
    return _TONES.get(state, "quiet")


def setup_templates() -> None:
    """Compile the templates and read the static files now, so that a broken one stops the start and not a person."""
    templates = environment()
    for name in templates.list_templates(filter_func=lambda name: name.endswith(".html")):
        templates.get_template(name)
    assets()
