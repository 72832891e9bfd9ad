"""Files by the API: media in and out, and the picture of a parametric code (wechat.md A10, A11)."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import BodyPartReader, web

from bot.simulator import documents
from bot.simulator.errors import ApiError
from bot.simulator.gestures import image_type
from bot.simulator.simulator import Simulator
from bot.simulator.world import Media

Body = dict[str, Any]
_MAX_UPLOAD = 11 << 20


async def upload(sim: Simulator, query: dict[str, str], request: web.Request) -> Body:
    """media/upload: a temporary file, after checking kind, size and first bytes. Raises ApiError."""
    return _stored(sim, query.get("type", ""), await _part(request, "media"))


async def download(sim: Simulator, query: dict[str, str], request: web.Request) -> Body | web.StreamResponse:
    """media/get: the file itself, or part of it when the call says so; of a video, where it is. Raises ApiError 40007."""
    item = media(sim, query.get("media_id", ""))
    if item.kind == "video":
        return {"video_url": f"{sim.base_url}/sim/media/{item.media_id}"}
    return _file(item, request)


async def download_voice(sim: Simulator, query: dict[str, str], request: web.Request) -> web.StreamResponse:
    """media/get/jssdk: a voice in high definition. Raises ApiError 40007 for anything else."""
    item = media(sim, query.get("media_id", ""))
    if item.kind != "voice":
        raise ApiError(40007)
    return _file(item, request)


async def show_code(sim: Simulator, query: dict[str, str]) -> web.StreamResponse:
    """The picture of a parametric code, as the platform's showqrcode gives it; 404 for a ticket that was not issued."""
    scene = next((one for one in sim.scenes.values() if one.ticket == query.get("ticket", "")), None)
    if scene is None:
        raise web.HTTPNotFound
    return web.Response(body=documents.code_picture(scene.url), content_type="image/png")


def media(sim: Simulator, media_id: str) -> Media:
    """A temporary file, of either direction. Raises ApiError 40007 when unknown or three days old."""
    item = sim.world.fresh_media(media_id.removesuffix("16k"))
    if item is None:
        raise ApiError(40007)
    return item


def _stored(sim: Simulator, kind: str, content: bytes) -> Body:
    rules = sim.account.rules
    sizes = {"image": rules.image_bytes, "voice": rules.voice_bytes, "video": rules.video_bytes, "thumb": rules.thumb_bytes}
    if kind not in sizes:
        raise ApiError(40004)
    if not content:
        raise ApiError(41005)
    if len(content) > sizes[kind]:
        raise ApiError(40006)
    content_type = _content_type(kind, content)
    if not content_type:
        raise ApiError(40005)
    item = sim.world.store(kind, content_type, content)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: item.media_id, "created_at": int(item.at.timestamp())}


def _content_type(kind: str, content: bytes) -> str:
    if kind == "image":
        return image_type(content)
    if kind == "thumb":
        return "image/jpeg" if content.startswith(b"\xff\xd8\xff") else ""
    if kind == "video":
        return "video/mp4" if content[4:8] == b"ftyp" else ""
    if content.startswith(b"#!AMR"):
        return "audio/amr"
    return "audio/mp3" if content.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")) else ""


def _file(item: Media, request: web.Request) -> web.Response:
    """The bytes, or the range of them that was asked for."""
    name = {"Content-Disposition": f'attachment; filename="{secrets.token_hex(8)}"', "Accept-Ranges": "bytes"}
    whole = len(item.content)
    try:
        wanted = request.http_range
    except ValueError:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{whole}"})
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=item.content, content_type=item.content_type, headers=name)
    start, stop, _ = wanted.indices(whole)
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{whole}"})
    told = name | {"Content-Range": f"bytes {start}-{stop - 1}/{whole}"}
    return web.Response(status=206, body=item.content[start:stop], content_type=item.content_type, headers=told)


async def _part(request: web.Request, name: str) -> bytes:
    """The file of one form field; empty when it is not there. Raises ApiError 40006 when it is far too large."""
    if not request.content_type.startswith("multipart/"):
        return b""
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name == name:
            content = bytearray()
            while chunk := await part.read_chunk(1 << 16):
                content += chunk
                if len(content) > _MAX_UPLOAD:
                    raise ApiError(40006)
            return bytes(content)
    return b""
