"""Conditional menus: who sees which, and what the platform refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged
from tests.simulator.test_tags import tag


def menu(name: str, **rule: Any) -> dict[str, Any]:
    """A menu with one button, for whom the rule says."""
    body: dict[str, Any] = {"button": [{"type": "click", "name": name, "key": "K"}]}
    return body | ({"matchrule": rule} if rule else {})


async def seen(stage: Stage, openid: str) -> Any:
    """The first button that this person sees, by trymatch; it is what their phone shows too."""
    tried = await stage.call("menu/trymatch", {"user_id": openid})
    shown = (await stage.get(f"/sim/phone?openid={openid}"))["menu"]
    assert tried["button"] == shown["button"]
    return tried["button"][0]["name"]


async def with_menu(staged: Staged) -> Stage:
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "在")
    await stage.call("menu/create", menu("大家"))
    return stage


async def test_the_newest_that_matches_is_shown(staged: Staged) -> None:
    """By tag and by client; a rule of two must match in both; whoever matches none sees the default menu."""
    stage = await with_menu(staged)
    await stage.say("o2", "在")
    retired = await tag(stage, "退休人员")
    await stage.call("tags/members/batchtagging", {"tagid": retired, "openid_list": ["o1"]})
    first = await stage.call("menu/addconditional", menu("退休", tag_id=retired))
    await stage.call("menu/addconditional", menu("苹果退休", tag_id=str(retired), client_platform_type="1"))
    assert (await seen(stage, "o1"), await seen(stage, "o2")) == ("退休", "大家")
    stage.sim.world.phone("o1").platform = "1"
    assert await seen(stage, "o1") == "苹果退休"
    newest = await stage.call("menu/addconditional", menu("退休二", tag_id=retired))
    assert await seen(stage, "o1") == "退休二"
    kept = await stage.ask("menu/get")
    assert [one["menuid"] for one in kept["conditionalmenu"]][::2] == [newest["menuid"], first["menuid"]]
    assert kept["conditionalmenu"][-1]["matchrule"] == {"tag_id": str(retired)}
    assert (await stage.call("menu/delconditional", {"menuid": newest["menuid"]}))["errcode"] == 0
    assert await seen(stage, "o1") == "苹果退休"


async def test_of_several_tags_the_last_counts(staged: Staged) -> None:
    """A newer tag hides the menu of an older one, even where the newer has no menu."""
    stage = await with_menu(staged)
    one, two, three = [await tag(stage, name) for name in ("甲", "乙", "丙")]
    for name, number in (("甲", one), ("乙", two)):
        await stage.call("menu/addconditional", menu(name, tag_id=number))
    shown = []
    for number in (two, one, three):
        await stage.call("tags/members/batchtagging", {"tagid": number, "openid_list": ["o1"]})
        shown.append(await seen(stage, "o1"))
    assert shown == ["乙", "甲", "大家"]
    await stage.call("tags/members/batchuntagging", {"tagid": three, "openid_list": ["o1"]})
    assert await seen(stage, "o1") == "甲"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, 65304),
        ({"sex": "1", "country": "中国", "language": "zh_CN"}, 65304),
        ({"tag_id": 777}, 45159),
        ({"client_platform_type": "9"}, 40035),
        ({"client_platform_type": 2}, 0),
    ],
)
async def test_a_rule_must_still_count(staged: Staged, rule: dict[str, Any], code: int) -> None:
    """Sex, place and language choose no menu any more; a tag must exist; clients are 1, 2 and 3."""
    stage = await with_menu(staged)
    body = menu("甲") | {"matchrule": rule}
    assert (await stage.call("menu/addconditional", body)).get("errcode", 0) == code


async def test_conditional_menus_stand_on_the_default_one(staged: Staged) -> None:
    """Without a default menu 65303; deleting the default one deletes them all; an unknown one is 65301, an unknown person 65302."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "在")
    assert (await stage.call("menu/addconditional", menu("甲", client_platform_type="2")))["errcode"] == 65303
    await stage.call("menu/create", menu("大家"))
    await stage.call("menu/addconditional", menu("甲", client_platform_type="2"))
    assert await seen(stage, "o1") == "甲"
    await stage.call("menu/create", menu("新的"))
    assert await seen(stage, "o1") == "甲"
    await stage.ask("menu/delete")
    assert (await stage.ask("menu/get"))["errcode"] == 46003
    await stage.call("menu/create", menu("大家"))
    assert await seen(stage, "o1") == "大家"
    assert (await stage.call("menu/delconditional", {"menuid": 1}))["errcode"] == 65301
    assert (await stage.call("menu/trymatch", {"user_id": "o9"}))["errcode"] == 65302


async def test_links_lead_to_three_domains_in_all(staged: Staged) -> None:
    """A fourth host among all menus is 65316; another address of a known host is not."""
    stage = await with_menu(staged)

    async def add(url: str) -> int:
        body = {"button": [{"type": "view", "name": "网页", "url": url}], "matchrule": {"client_platform_type": "2"}}
        return int((await stage.call("menu/addconditional", body)).get("errcode", 0))

    codes = [await add(f"https://{host}.test/") for host in ("a", "b", "c", "d")]
    assert codes == [0, 0, 0, 65316]
    assert await add("https://c.test/other") == 0


async def test_two_thousand_are_made_a_day(staged: Staged) -> None:
    """The day's quota of addconditional is 2,000; `openapi/quota/get` tells what is left; midnight in Beijing renews it."""
    stage = await with_menu(staged)
    path = "/cgi-bin/menu/addconditional"
    for _ in range(1999):
        stage.sim.used.count(path, stage.clock.now())
    assert (await stage.call("openapi/quota/get", {"cgi_path": path}))["quota"] == {
        "daily_limit": 2000,
        "used": 1999,
        "remain": 1,
    }
    codes = [(await stage.call("menu/addconditional", menu("甲", client_platform_type="2"))).get("errcode", 0) for _ in range(2)]
    assert codes == [0, 45009]
    stage.clock.advance(14 * 3600)  # 10:00 → midnight
    assert "menuid" in await stage.call("menu/addconditional", menu("甲", client_platform_type="2"))
    for wrong in ("cgi-bin/menu/addconditional", "/cgi-bin/none", None):
        assert (await stage.call("openapi/quota/get", {"cgi_path": wrong}))["errcode"] == 76021


async def test_a_mini_program_needs_a_certified_account(staged: Staged) -> None:
    """Even where the API lets an uncertified account make its menu, an entry that opens a mini program is 48001."""
    rules = replace(ACCOUNT.rules, personal_account_menu=True)
    stage = await staged(None, account=replace(ACCOUNT, kind="personal", rules=rules))
    entry = {"type": "miniprogram", "name": "小程序", "url": "http://a.test", "appid": "wx1", "pagepath": "p"}
    assert (await stage.call("menu/create", {"button": [entry]}))["errcode"] == 48001
    assert (await stage.call("menu/create", menu("大家")))["errcode"] == 0


async def test_a_phone_of_another_make_sees_another_menu(staged: Staged) -> None:
    """`POST /sim/settings` makes it an iPhone; the menu for those is shown from then on; other makes are refused."""
    stage = await with_menu(staged)
    await stage.call("menu/addconditional", menu("苹果", client_platform_type="1"))
    assert await seen(stage, "o1") == "大家"
    assert (await stage.post("/sim/settings", {"openid": "o1", "platform": "1"}))["platform"] == "1"
    assert await seen(stage, "o1") == "苹果"
    assert "error" in await stage.post("/sim/settings", {"openid": "o1", "platform": "9"}, status=400)
