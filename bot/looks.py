"""Templates and static files of a set of pages: read once, addresses that change with the content, everything escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import hdrs, web

from storage.ports.record import Record

if TYPE_CHECKING:
    import jinja2

_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Asset(Record):
    """A static file, read once."""

    body: bytes
    content_type: str


class Looks:
    """`templates/` and `static/` of one folder; static files are served under `prefix`."""

    def __init__(self, folder: Path, prefix: str, **filters: Callable[..., Any]) -> None:
        """`filters` are for the templates, by name."""
        self._filters = filters
        self._folder = folder
        self._prefix = prefix

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """The static files by address; the address changes with the content, so they may be kept for ever."""
        found = {}
        for file in sorted((self._folder / "static").iterdir()):
            if file.suffix in _KINDS:
                body = file.read_bytes()
                digest = hashlib.sha256(body).hexdigest()[:16]
                found[f"{self._prefix}{file.stem}.{digest}{file.suffix}"] = Asset(body, _KINDS[file.suffix])
        return found

    def asset_url(self, name: str) -> str:
        """The address of `pages.css` and the like; raises KeyError for a file that is not there."""
        stem, _, suffix = name.rpartition(".")
        for path in self.assets:
            if path.startswith(f"{self._prefix}{stem}.") and path.endswith(f".{suffix}"):
                return path
        raise KeyError(name)

    async def serve_asset(self, request: web.Request) -> web.StreamResponse:
        """GET <prefix><name>: anyone, for ever."""
        asset = self.assets.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        response = web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8")
        response.headers[hdrs.CACHE_CONTROL] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @cached_property
    def environment(self) -> jinja2.Environment:
        """The templates. Everything is escaped; a name that is not given is an error, not a gap."""
        import jinja2  # noqa: PLC0415 - the first page loads it, or `bot.warming`

        found = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self._folder / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        found.filters.update(self._filters)
        found.globals["asset"] = self.asset_url
        return found

    def read_all(self) -> None:
        """Compile the templates and read the static files now, so that nobody waits for it. Idempotent; may be called in another thread."""
        for name in self.environment.list_templates(filter_func=lambda name: name.endswith(".html")):
            self.environment.get_template(name)
        _ = self.assets
