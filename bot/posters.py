"""Codes for the posters of outlets (wechat.md A10): permanent, named by the outlet's `code` in the region's data, drawn here."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.config import Config
from bot.wechat.api import WeChatApi
from bot.wechat.scenes import PlatformCodes
from handlers.documents import qr_svg
from handlers.scenes.codes import OUTLET
from storage.regions import load_regions


async def draw(config: Config, api: WeChatApi, folder: Path) -> tuple[str, ...]:
    """One SVG for each outlet with a code, as `<code>.svg`; a line for each that was made. What is there already is left, since each asks for one
    of the account's 100,000 permanent codes. Raises ApiError."""
    regions = load_regions(Path(config.regions.folder) if config.regions.folder else None)
    codes, made = PlatformCodes(api), []
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for name in config.regions.enabled:
        for outlet in regions[name].outlets if name in regions else ():
            path = folder / f"{outlet.code}.svg"
            if not outlet.code or await asyncio.to_thread(path.exists):
                continue
            picture = qr_svg(await codes.permanent(f"{OUTLET}{outlet.code}"))
            await asyncio.to_thread(path.write_text, f'<?xml version="1.0" encoding="utf-8"?>\n{picture}', "utf-8")
            made.append(f"{path.name} {outlet.name}")
    return tuple(made)
