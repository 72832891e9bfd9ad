"""wechatpy's own client runs against the simulator: tokens, menus, codes, tags, templates, files and messages, as its users call them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import Stage, Staged
from tests.simulator.test_api import CERT, PNG

InThread = Callable[..., Any]
BUTTON = {"type": "click", "name": "查缴费", "key": "PAY"}


class Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client with its base address for the token too, which it otherwise asks of a fixed one."""

    def fetch_access_token(self) -> Any:
        """GET /cgi-bin/token."""
        query = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(url=self.API_BASE_URL + "token", params=query)


@pytest.fixture
async def stage(staged: Staged) -> Stage:
    """Somebody who has just written."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "在")
    return stage


@pytest.fixture
def client(stage: Stage) -> Iterator[WeChatClient]:
    """A client of the account, whose base address is the simulator's."""
    client = Client(ACCOUNT.app_id, ACCOUNT.app_secret)
    client.API_BASE_URL = str(stage.http.make_url("/cgi-bin/"))
    yield client
    client._http.close()


async def refused(in_thread: InThread, call: Callable[..., Any], *args: Any) -> int:
    """The number that a call is refused with."""
    with pytest.raises(WeChatClientException) as caught:
        await in_thread(call, *args)
    code: int = caught.value.errcode
    return code


async def test_its_token_is_fetched_and_renewed(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """The first call fetches a token; after it has died the client fetches another and goes on."""
    assert await in_thread(client.misc.get_wechat_ips) == ["127.0.0.1"]
    first = client.access_token
    stage.sim.tokens.expire_all()
    assert await in_thread(client.misc.get_wechat_ips) == ["127.0.0.1"]
    assert client.access_token != first


async def test_menus(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """Created, read, replaced for some, tried, and deleted."""
    await in_thread(client.menu.create, {"button": [BUTTON]})
    assert (await in_thread(client.menu.get))["menu"]["button"][0]["name"] == "查缴费"
    assert (await in_thread(client.menu.get_menu_info))["is_menu_open"] == 1
    other = {"button": [BUTTON | {"name": "安卓"}], "matchrule": {"client_platform_type": "2"}}
    number = (await in_thread(client.menu.add_conditional, other))["menuid"]
    assert (await in_thread(client.menu.try_match, "o1"))["button"][0]["name"] == "安卓"
    await in_thread(client.menu.del_conditional, number)
    await in_thread(client.menu.delete)
    assert await in_thread(client.menu.get) is None
    assert stage.sim.menu is None
    assert await refused(in_thread, client.menu.create, {"button": [BUTTON] * 4}) == 40016


async def test_codes(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """All four kinds are made; the picture holds the address that the answer names."""
    for name, scene, seconds in (
        ("QR_SCENE", {"scene_id": 7}, 1800),
        ("QR_STR_SCENE", {"scene_str": "bind"}, 1800),
        ("QR_LIMIT_SCENE", {"scene_id": 100_000}, None),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "counter"}, None),
    ):
        body = {"action_name": name, "action_info": {"scene": scene}} | ({"expire_seconds": seconds} if seconds else {})
        made = await in_thread(client.qrcode.create, body)
        assert made.get("expire_seconds") == seconds
        async with stage.http.get("/cgi-bin/showqrcode", params={"ticket": made["ticket"]}) as answer:
            picture = await answer.read()
        async with stage.http.post("/sim/decode", data=picture) as answer:
            assert (await answer.json())["text"] == made["url"]
    wrong = {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100_001}}}
    assert await refused(in_thread, client.qrcode.create, wrong) == 40051


async def test_tags_and_people(client: WeChatClient, in_thread: InThread) -> None:
    """A tag is made, given, read from both sides, taken and deleted; followers are listed and described."""
    number = (await in_thread(client.tag.create, "退休人员"))["id"]
    await in_thread(client.tag.update, number, "退休")
    await in_thread(client.tag.tag_user, number, "o1")
    assert await in_thread(client.tag.get_user_tag, "o1") == [number]
    assert (await in_thread(client.tag.get_tag_users, number))["data"]["openid"] == ["o1"]
    assert {one["name"]: one["count"] for one in await in_thread(client.tag.get)}["退休"] == 1
    await in_thread(client.tag.untag_user, number, "o1")
    await in_thread(client.tag.delete, number)
    assert await refused(in_thread, client.tag.tag_user, number, "o1") == 45159
    assert await in_thread(lambda: list(client.user.iter_followers())) == ["o1"]
    assert (await in_thread(client.user.get, "o1"))["subscribe"] == 1
    assert [one["openid"] for one in await in_thread(client.user.get_batch, ["o1"])] == ["o1"]


async def test_templates(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """One is chosen from the library, sent, listed and deleted; its values are checked."""
    chosen = await in_thread(client.template.add, "43101")
    values = {"thing1": {"value": "认证"}, "time2": {"value": "2024-09-12 10:00"}, "thing3": {"value": "历下区"}}
    sent = await in_thread(client.message.send_template, "o1", chosen, values)
    assert sent["errcode"] == 0
    assert (await stage.get("/sim/inbox?openid=o1"))[-1]["title"] == "预约成功通知"
    await stage.sim.idle()
    listed = (await in_thread(client.template.get_all_private_template))["template_list"]
    assert chosen in {one["template_id"] for one in listed}
    assert await refused(in_thread, client.message.send_template, "o1", chosen, CERT) == 47003
    await in_thread(client.template.del_private_template, chosen)
    assert await refused(in_thread, client.message.send_template, "o1", chosen, values) == 40037


async def test_files(client: WeChatClient, in_thread: InThread) -> None:
    """A picture goes up and comes down as it was."""
    made = await in_thread(client.media.upload, "image", ("a.png", io.BytesIO(PNG), "image/png"))
    answer = await in_thread(client.media.download, made["media_id"])
    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert await refused(in_thread, client.media.upload, "film", ("a.png", io.BytesIO(PNG), "image/png")) == 40004


async def test_messages(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """Text, picture and card of customer service; the sixth is 45047."""
    media = (await in_thread(client.media.upload, "image", ("a.png", io.BytesIO(PNG), "image/png")))["media_id"]
    card = [{"title": "缴费明细", "description": "2024 年", "url": "http://bot.test/p", "image": ""}]
    await in_thread(client.message.send_text, "o1", "您好")
    await in_thread(client.message.send_image, "o1", media)
    await in_thread(client.message.send_articles, "o1", card)
    seen = await stage.get("/sim/inbox?openid=o1")
    assert [one["type"] for one in seen[-3:]] == ["text", "image", "news"]
    for _ in range(2):
        await in_thread(client.message.send_text, "o1", "还有")
    assert await refused(in_thread, client.message.send_text, "o1", "再来") == 45047


async def test_page_signatures(stage: Stage, client: WeChatClient, in_thread: InThread) -> None:
    """The ticket signs a page as the simulator checks it."""
    ticket = await in_thread(client.jsapi.get_jsapi_ticket)
    url = stage.sim.page_origins[0] + "/p/1"
    signed = client.jsapi.get_jsapi_signature("nonce", ticket, 1726106400, url)
    body = {"appId": ACCOUNT.app_id, "timestamp": 1726106400, "nonceStr": "nonce", "signature": signed, "url": url}
    assert await stage.post("/sim/jssdk", body) == {"errMsg": "config:ok"}
