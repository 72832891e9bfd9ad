"""Signed files of documents: made once, when somebody first asks for one, and served byte for byte the same ever after."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

from handlers.documents import Issued, Renderer
from storage.ports.records import DocumentFile
from storage.ports.repositories import Files, Store
from storage.ports.time import Clock

if TYPE_CHECKING:  # it takes a while to load, and not everybody signs
    from handlers.documents.signing import FileSigner

log = structlog.get_logger(__name__)


class FileLost(Exception):
    """The file that was issued is not there any more, or is not what it was: another one would not be the same paper."""


class PaperFiles:
    """Keeps them. `files` is a place that nobody sweeps."""

    def __init__(self, store: Store, files: Files, renderer: Renderer, signer: FileSigner, clock: Clock) -> None:
        self._store = store
        self._files = files
        self._renderer = renderer
        self._signer = signer
        self._clock = clock

    async def pdf(self, issued: Issued) -> bytes:
        """The signed file, made now if it never was. Of two who ask at once both get the first. Raises `Unprintable`, FileLost, Unavailable."""
        async with self._store.reading() as tx:
            kept = await tx.papers.file(issued.serial_no)
        if kept is None:
            now = self._clock.now()
            made = await self._renderer.signed_pdf(issued, self._signer, now)
            name = await self._files.put(made)
            mine = DocumentFile(issued.serial_no, name, sha256(made).hexdigest(), now, self._signer.key_id)
            try:
                async with self._store.transaction() as tx:
                    first = await tx.papers.keep_file(mine)
                    kept = await tx.papers.file(issued.serial_no)
            except BaseException:
                await self._files.drop(name)
                raise
            if first:
                return made
            await self._files.drop(name)
        return await self._read(kept)

    async def kept(self, serial_no: str) -> bytes | None:
        """The signed file if it was ever made; None otherwise, and nothing is made. Raises FileLost, Unavailable."""
        async with self._store.reading() as tx:
            kept = await tx.papers.file(serial_no)
        return await self._read(kept) if kept else None

    async def _read(self, kept: DocumentFile | None) -> bytes:
        body = await self._files.get(kept.name) if kept else None
        if kept is None or body is None or not hmac.compare_digest(sha256(body).hexdigest(), kept.sha256):
            log.error("document_file_lost")
            raise FileLost
        return body
