"""/v/offline: a page that checks the token of a QR code in the browser, also without a network, and the public keys for anybody's program."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import Any, Final

from aiohttp import hdrs, web
from markupsafe import Markup

from bot.pages.deps import PageDeps
from bot.pages.shell import LOOKS, render
from handlers.documents import PublicKeys
from handlers.documents.tokens import key_id
from storage.ports.time import SHANGHAI

PAGE: Final = "/v/offline"
_WORKER: Final = "/v/worker.js"


class Offline:
    """Nobody is logged in, nothing is asked of the database, and nothing of a paper comes here: it stands in the fragment."""

    def __init__(self, deps: PageDeps) -> None:
        self._deps = deps

    @property
    def _keys(self) -> PublicKeys:
        return self._deps.paper_keys.public

    def _form(self, worker: str) -> dict[str, Any]:
        known = [{"id": key_id(one), "key": base64.b64encode(one.public_bytes_raw()).decode()} for one in self._keys.tokens]
        return {"keys": json.dumps(known), "worker": worker}

    async def page(self, request: web.Request) -> web.StreamResponse:
        """GET /v/offline."""
        return render(request, "offline.html", **self._form(_WORKER))

    async def worker(self, _: web.Request) -> web.StreamResponse:
        """GET /v/worker.js: keeps the page in the browser, as it is now; another content is another worker."""
        files = [PAGE, *(LOOKS.asset_url(name) for name in ("offline.js", "pages.css", "pages.js", "icon.svg"))]
        own = self._keys.pem + "".join(files)
        kept = f"offline-{sha256(own.encode()).hexdigest()[:16]}"
        script = LOOKS.assets[LOOKS.asset_url("offline_worker.js")].body.decode()
        text = f"var KEPT = {json.dumps(kept)}, FILES = {json.dumps(files)};\n{script}"
        return web.Response(text=text, content_type="text/javascript", charset="utf-8", headers={hdrs.CACHE_CONTROL: "no-cache"})

    async def saved(self, request: web.Request) -> web.StreamResponse:
        """GET /v/offline/save: the page as one file that needs nothing else."""
        script = "\n" + LOOKS.assets[LOOKS.asset_url("offline.js")].body.decode()
        digest = base64.b64encode(sha256(script.encode()).digest()).decode()
        today = self._deps.clock.now().astimezone(SHANGHAI)
        response = render(
            request,
            "offline_saved.html",
            **self._form(""),
            # Our own files, as they are.
            style=Markup(LOOKS.assets[LOOKS.asset_url("pages.css")].body.decode()),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=f"sha256-{digest}",
            saved=f"{today.year}年{today.month}月{today.day}日",
        )
        response.headers["Content-Disposition"] = (
            "attachment; filename=\"verify.html\"; filename*=UTF-8''%E6%A0%B8%E9%AA%8C%E5%8D%95%E6%8D%AE.html"
        )
        return response

    async def public(self, _: web.Request) -> web.StreamResponse:
        """GET /v/keys.pem: by which papers are checked, for `python -m bot verify --keys`."""
        return web.Response(text=self._keys.pem, content_type="application/x-pem-file", charset="utf-8")
