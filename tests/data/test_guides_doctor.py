"""`doctor` looks at every guide as people read it now."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import storage.regions
from bot.config import Config, Regions, Security, Storage, Wechat
from bot.doctor import Finding, examine
from handlers.guides.versions import packed
from storage.ports.records import GuideEdit
from storage.sql import open_store
from storage.vault import Vault
from tests.clock import FakeClock
from tests.fresh import migrated, regions

SHIPPED = Path(storage.regions.__file__).parent


async def finding(url: str, clock: FakeClock, folder: Path | None = None) -> Finding:
    given = Config(
        wechat=Wechat(account_kind="personal"),
        storage=Storage(database_url=url),
        security=Security(master_key="00" * 32),
        regions=Regions(folder=str(folder) if folder else "", enabled=("beijing",)),
    )
    (found,) = [one for one in await examine(given, clock) if one.what == "办事指南"]
    return found


async def test_the_shipped_guides_are_well(tmp_path: Path) -> None:
    """66 guides, nothing to say; without a database the shipped ones are looked at and that is said."""
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    before = await finding(url, FakeClock())
    assert (before.state, before.text) == ("ok", "66 篇，数据库打不开，只检查了随软件的内容")
    await migrated(url)
    after = await finding(url, FakeClock())
    assert (after.state, after.text) == ("ok", "66 篇")


async def test_an_agencys_own_guide_is_judged(tmp_path: Path) -> None:
    """Its own folder: words about manuals, a name that another guide has, a time of day that is none; each with code and title."""
    for region in ("beijing", "binzhou", "jinan"):
        shutil.copytree(SHIPPED / region, tmp_path / "own" / region)
    path = tmp_path / "own" / "beijing" / "guides" / "5-rights.toml"
    text = (
        path.read_text(encoding="utf-8")
        .replace('"开缴费凭证"', '"失业金"')
        .replace("每月5号至月末最后一天，早6:00", "手册未写明，早6:70")
    )
    path.write_text(text, encoding="utf-8")
    found = await finding(f"sqlite:///{tmp_path / 'data.sqlite'}", FakeClock(), tmp_path / "own")
    assert found.state == "bad"
    for part in (
        "BJH-30“个人权益记录自助查询打印”：办理时间里有不该给办事人看的字样“手册未”",
        "时间“6:70”不存在",
        "“失业金”同时属于《参保职工失业保险待遇申领》和《参保职工社会保险关系转移接续（转出）》",
    ):
        assert part in found.text


async def test_what_an_editor_left_is_judged(tmp_path: Path) -> None:
    """An edit that was right when it was saved may be wrong after an update: the newest version counts, not the shipped one."""
    url = f"sqlite:///{tmp_path / 'data.sqlite'}"
    await migrated(url)
    clock = FakeClock()
    store = open_store(url, Vault(bytes(32)), clock)
    edited = replace(regions()["beijing"].guides["BJH-25"], sees=("BJH-99",))
    async with store.transaction() as tx:
        await tx.guide_edits.add(GuideEdit(0, "beijing", "BJH-25", packed(edited), clock.now(), 1), 0)
    await store.close()
    found = await finding(url, clock)
    assert (found.state, found.text) == ("bad", "BJH-25“生育津贴申领”：相关指南 BJH-99 不存在。")
