"""Posters of outlets: drawn once each, and scanned they greet with their outlet."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.config import Config, Regions, Wechat
from bot.posters import draw
from tests.scenes.test_menus import ACCOUNT, staged


async def test_each_outlet_gets_one_poster(tmp_path: Path) -> None:
    """A file for each outlet of the served regions, named by its code; the platform is asked once for each, and not again."""
    config = Config(
        wechat=Wechat(app_id=ACCOUNT.app_id, app_secret=ACCOUNT.app_secret), regions=Regions(enabled=("binzhou", "jinan"))
    )
    folder = tmp_path / "posters"
    async with staged() as stage:
        made = await draw(config, stage.api, folder)
        assert len(made) == 9
        assert "binzhou-bincheng.svg 示例滨城社保经办网点" in made
        files = await asyncio.to_thread(lambda: sorted(path.name for path in folder.iterdir()))
        assert len(files) == 9
        picture = await asyncio.to_thread((folder / "jinan-lixia.svg").read_text, "utf-8")
        assert "<svg" in picture
        scenes = {scene.key for scene in stage.sim.scenes.values()}
        assert "outlet:jinan-lixia" in scenes
        assert all(scene.until is None for scene in stage.sim.scenes.values())
        assert await draw(config, stage.api, folder) == ()
        assert len(stage.sim.scenes) == 9
