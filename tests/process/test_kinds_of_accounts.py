"""What a kind of account may not do is replaced by what it may (wechat.md A14): the same conversation with each kind, and which interfaces were called."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import aiohttp
import pytest

from bot import menus
from bot.config import Config, Notices
from bot.doctor_platform import examine_platform
from bot.findings import Finding
from bot.simulator.faults import ApiFaults
from dialogs.messages import Say
from handlers.documents import qr_png
from storage.ports.records import Channel, NoticeState
from tests import people
from tests.process.conftest import Town, Towns

ONE = "o-one"
KINDS = ("service", "subscription", "sandbox", "personal", "uncertified")
CERTIFIED = {"service", "subscription", "sandbox"}

SEND, TEMPLATE, SUBSCRIBE = "/cgi-bin/message/custom/send", "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend"
QR, MEDIA, TICKET, TOKEN = "/cgi-bin/qrcode/create", "/cgi-bin/media/get", "/cgi-bin/ticket/getticket", "/cgi-bin/stable_token"


def _of_kind(kind: str) -> object:
    def changed(config: Config) -> Config:
        reminders = replace(config.reminders, subscribe_template_id="SUB_CERT_DUE")
        return replace(config, wechat=replace(config.wechat, account_kind=kind), reminders=reminders)

    return changed


def _called(town: Town) -> set[str]:
    """The interfaces of the platform that were called."""
    return {str(line["path"]) for line in town.sim.log.lines(kinds=frozenset({"api", "oauth"}))}


async def _rungs(town: Town) -> dict[Channel, NoticeState]:
    """What became of the reminder of 认证, by channel."""
    async with town.product.store.reading() as tx:
        return {row.channel: row.state for row in await tx.notices.of_person(town.ids.shufen, "P-CERT")}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_serves_everything(town_of: Towns, kind: str) -> None:
    """Log-in by SMS, a look at one's records, its page, a paper's photo, an answer that came late, a reminder: whoever may not push or remind
    by the platform does it with the next message, on pages and by SMS, and calls nothing that it may not."""
    cookies = aiohttp.CookieJar(unsafe=True)  # of an address that is no name
    async with town_of(_of_kind(kind)) as town, aiohttp.ClientSession(cookie_jar=cookies) as http:
        await town.sends(ONE, type="event", event="subscribe")
        await town.logs_in(ONE, people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
        await town.logs_in("o-two", people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
        answer = await town.says("o-two", "查2023年的养老缴费")
        assert "元" in answer
        async with http.get(re.findall(r'href="(http[^"]+)"', answer)[0]) as page:
            assert (page.status, "张建国" in await page.text()) == (200, True)
        picture = base64.b64encode(qr_png("https://example.test/")).decode()
        (seen,) = await town.sends(ONE, type="image", base64=picture)
        assert "单据" in str(seen["text"])

        await town.push(ONE, Say("您刚才要的结果：42。"))
        given = await town.says(ONE, "菜单")
        assert ("42" in given) is (kind not in CERTIFIED)
        assert any("42" in text for text in town.texts(ONE)) is (kind in CERTIFIED)

        town.clock.advance(2 * 86400)
        await town.works()
        town.clock.advance(2 * 86400)
        await town.works()
        called = _called(town)

        assert (TEMPLATE in called) is (kind in {"service", "sandbox"})
        assert not called & {SUBSCRIBE, TICKET, QR}  # nobody allowed a notice, nobody opened a page that needs them
        assert all(not path.startswith("/sns/") for path in called)
        if kind not in CERTIFIED:
            assert called == set()
            assert any(one.phone == people.SHUFEN_PHONE and "认证" in one.text for one in town.sim.world.sms)
        else:
            assert called >= {TOKEN, SEND, MEDIA}
        refused = [line for line in town.sim.log.lines(kinds=frozenset({"api"})) if line["answer"].get("errcode") == 48001]
        assert refused == []


@pytest.mark.parametrize("kind", KINDS)
async def test_scanning_to_log_in_is_offered_where_there_are_codes(town_of: Towns, kind: str) -> None:
    """The page asks the platform for a code only for a kind that has them; others are shown another way in, without a call."""
    cookies = aiohttp.CookieJar(unsafe=True)  # of an address that is no name
    async with town_of(_of_kind(kind)) as town, aiohttp.ClientSession(cookie_jar=cookies) as http:
        async with http.get(f"{town.address}/scan") as page:
            assert page.status == 200
        assert (QR in _called(town)) is (kind in {"service", "sandbox"})


async def test_an_account_that_turns_out_to_be_uncertified_degrades_by_itself(town_of: Towns) -> None:
    """Configured as certified, answered with 48001 by the platform: what was pushed is given with the next message, and the interface is left
    alone for a while instead of being asked each time."""
    async with town_of() as town:
        await town.says(ONE, "你好")
        town.sim.api_faults = ApiFaults(errcode=48001, times=-1, path="custom/send")
        for number in range(3):
            await town.push(ONE, Say(f"结果{number}"))
        calls = [line for line in town.sim.log.lines(kinds=frozenset({"api"})) if line["path"] == SEND]
        assert len(calls) == 1
        assert (await town.says(ONE, "菜单")).startswith("结果0\n\n结果1\n\n结果2")


# ── doctor ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(findings: list[Finding], what: str) -> Finding:
    (found,) = [one for one in findings if one.what == what]
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_doctor_tries_what_the_kind_may_do(town_of: Towns, kind: str) -> None:
    """Everything that the kind has is tried without anybody noticing; what it has not is named with what is done instead. A kind without
    calls makes none."""

    def changed(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind=kind))

    async with town_of(changed) as town:
        findings = await examine_platform(town.config, town.clock)
        if kind not in CERTIFIED:
            assert [one.state for one in findings] == ["ok"]
            assert "被动回复" in findings[0].text
            assert _called(town) == set()
            return
        assert _text(findings, "微信接口").state == "ok"
        assert (_text(findings, "菜单").state, "还没有推送过" in _text(findings, "菜单").text) == ("warn", True)
        assert _text(findings, "账号权限").state == "ok"
        await menus.run(town.config, town.product.api)
        assert _text(await examine_platform(town.config, town.clock), "菜单").state == "ok"
        await town.product.api.menu_create({"button": [{"type": "click", "name": "别的", "key": "K"}]})
        assert "和这个版本的不一样" in _text(await examine_platform(town.config, town.clock), "菜单").text
        assert town.sim.world.phones == {}


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("custom/typing", "客服消息实际用不了（48001）：来不及当场回答的，在对方下次说话时给出"),
        ("get_all_private_template", "模板消息实际用不了（48001）：提醒从下一个渠道"),
        ("gettemplate", "订阅通知实际用不了（48001）"),
        ("qrcode/create", "带参数二维码实际用不了（48001）"),
        ("menu/get", "菜单实际用不了（48001）：菜单请在公众平台上手工配置"),
    ],
)
async def test_doctor_says_what_degrades(town: Town, path: str, says: str) -> None:
    """48001 for one interface: which, and what is done instead."""
    town.sim.api_faults = ApiFaults(errcode=48001, times=-1, path=path)
    found = _text(await examine_platform(town.config, town.clock), "账号权限")
    assert found.state == "warn"
    assert says in found.text
    assert "account_kind" in found.text


@pytest.mark.parametrize(("errcode", "says"), [(40164, "白名单"), (40125, "app_secret"), (40243, "解冻"), (89503, "管理员")])
async def test_doctor_says_what_to_do_about_credentials(town: Town, errcode: int, says: str, log: io.StringIO) -> None:
    """An operator error stops the rest: number, what happened, what to do; no secret."""
    town.sim.api_faults = ApiFaults(errcode=errcode, times=-1, path="stable_token")
    (found,) = await examine_platform(town.config, town.clock)
    assert (found.state, found.text.startswith(f"{errcode}：")) == ("bad", True)
    assert says in found.text
    assert town.config.wechat.app_secret not in found.text + log.getvalue()


async def test_doctor_finds_templates_that_are_not_the_accounts(town_of: Towns) -> None:
    """A number that was mistyped, or is of the other kind of template."""

    def wrong(config: Config) -> Config:
        return replace(config, notices=Notices(case_template_id="TM_NOBODYS"))

    async with town_of(wrong) as town:
        found = _text(await examine_platform(town.config, town.clock), "账号权限")
        assert "没有模板 TM_NOBODYS" in found.text


@pytest.mark.parametrize("given_back", [True, False])
async def test_doctor_opens_what_the_platform_gave_back(town: Town, given_back: bool) -> None:
    """A quota that is used up is told with its end; after the operator has had it cleared, doctor opens the interface for all processes, which
    heed it within a minute."""
    await town.says(ONE, "你好")
    town.sim.api_faults = ApiFaults(quota=0, path="custom/send")
    await town.push(ONE, Say("一"))
    if given_back:
        town.sim.api_faults = ApiFaults()
    gates = town.product.api.gates
    assert await gates.until(SEND) is not None
    found = _text(await examine_platform(town.config, town.clock), "客服消息的额度")
    assert (found.state, "已重新打开" in found.text) == (("ok", True) if given_back else ("warn", False))
    assert (await gates.until(SEND) is None) is given_back
    town.clock.advance(61)
    await town.push(ONE, Say("二"))
    assert town.texts(ONE) == (["二"] if given_back else [])
