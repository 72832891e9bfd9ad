"""Binding by a code from the counter, and the codes of outlets' posters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogs.messages import Followed
from handlers.family.counter import Unfit
from handlers.scenes.counter import Issued, SceneCounter
from handlers.staff import StaffRefusal
from storage.ports.records import Staff
from tests import people
from tests.clock import START
from tests.console.conftest import OfficeWorld, office
from tests.conversations.conftest import Chat, World
from tests.scenes.platform import Codes

__all__ = ["office"]

CLERK = Staff(1, "shouli", "钱受理", "", "", frozenset({"受理"}), frozenset({"beijing"}), True, START)
REASON = "本人到窗口，已核对身份证原件"


@pytest.fixture
def counter(world: World, codes: Codes) -> SceneCounter:
    """The window of an account with codes."""
    return SceneCounter(world.store, world.services, codes)


async def code_of(counter: SceneCounter, world: World, way: str = "counter") -> Issued:
    """A code for 张建国."""
    return await counter.issue(CLERK, world.ids.jianguo, way, REASON)


async def test_a_person_binds_by_the_counters_code(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """Scan, consent, last four digits: bound, told what has to wait, and the phone on file is told too."""
    issued = await code_of(counter, world)
    assert issued.name == "张*国"
    await chat.scans(codes.names[issued.url])
    chat.expect("绑在一起", "您同意吗", "1 同意")
    chat.expect_not("张", people.JIANGUO.id_no[-4:])
    await chat.says("1")
    chat.expect("后四位")
    await chat.says(people.JIANGUO.id_no[-4:])
    chat.expect("绑定好了", "张*国", "72 小时")
    assert any(phone == people.JIANGUO_PHONE and "绑定了一个微信" in text for phone, text in world.outside.sms)
    async with world.store.reading() as tx:
        (binding,) = await tx.users.bindings(chat.openid)
    assert binding.person_id == world.ids.jianguo
    assert binding.verified_via == "counter"
    assert binding.held_until is not None
    assert (binding.held_until - world.clock.now()).total_seconds() == 72 * 3600


async def test_the_code_binds_one_chat(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """Scanned by somebody else meanwhile, or again later, it is over."""
    issued = await code_of(counter, world)
    name = codes.names[issued.url]
    await chat.scans(name)
    thief = Chat(world, "o-two")
    await thief.scans(name)
    thief.expect("过期了，或者已经用过")
    await chat.says("1")
    await chat.says(people.JIANGUO.id_no[-4:])
    chat.expect("绑定好了")
    await chat.scans(name)
    chat.expect("过期了，或者已经用过")
    async with world.store.reading() as tx:
        assert await tx.users.bindings("o-two") == ()


async def test_whoever_finds_a_code_needs_the_digits(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """Five wrong tries and the code is dead, also tomorrow and with the right digits."""
    issued = await code_of(counter, world, "letter")
    await chat.scans(codes.names[issued.url])
    await chat.says("1")
    for left in (4, 3, 2, 1):
        await chat.says("9999")
        chat.expect(f"还可以试 {left} 次")
    await chat.says("9999")
    chat.expect("这个二维码已经作废")
    world.clock.advance(24 * 3600 + 1)
    await chat.scans(codes.names[issued.url])
    chat.expect("过期了，或者已经用过")
    async with world.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()


async def test_a_code_ends_where_it_was_shown(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """At the window after ten minutes, on a letter after 29 days; the platform is told the same."""
    window, letter = await code_of(counter, world), await code_of(counter, world, "letter")
    assert codes.lives == [600, 29 * 86400]
    world.clock.advance(601)
    await chat.scans(codes.names[window.url])
    chat.expect("过期了")
    await chat.scans(codes.names[letter.url])
    chat.expect("您同意吗")


async def test_who_says_no_is_not_bound(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """Without consent nothing happens."""
    issued = await code_of(counter, world)
    await chat.scans(codes.names[issued.url])
    await chat.says("2")
    chat.expect("没有绑定")
    async with world.store.reading() as tx:
        assert await tx.users.bindings(chat.openid) == ()


async def test_other_chats_are_told(world: World, chat: Chat, counter: SceneCounter, codes: Codes) -> None:
    """A chat that is bound already hears of the new one at once."""
    first = Chat(world, "o-first")
    await first.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    issued = await code_of(counter, world)
    await chat.scans(codes.names[issued.url])
    await chat.says("1")
    await chat.says(people.JIANGUO.id_no[-4:])
    assert [openid for openid, message in world.outside.pushed if "另一个微信" in str(message)] == ["o-first"]


@pytest.mark.parametrize(
    ("staff", "way", "reason", "wrong"),
    [
        (replace(CLERK, roles=frozenset({"审核"})), "counter", REASON, "角色"),
        (replace(CLERK, regions=frozenset({"jinan"})), "counter", REASON, "没有找到这个人"),
        (CLERK, "counter", "核对", "reason"),
        (CLERK, "pigeon", REASON, "way"),
    ],
)
async def test_who_may_make_a_code(world: World, counter: SceneCounter, staff: Staff, way: str, reason: str, wrong: str) -> None:
    """The role, the region, a reason and a way: without one of them there is none, and the platform is not asked."""
    with pytest.raises((StaffRefusal, Unfit)) as caught:
        await counter.issue(staff, world.ids.jianguo, way, reason)
    told = caught.value.wrong if isinstance(caught.value, Unfit) else caught.value
    assert wrong in str(told)


async def test_without_codes_the_clerk_is_told_another_way(world: World, counter: SceneCounter, codes: Codes) -> None:
    """An account without codes, or a platform that is away: a sentence."""
    with pytest.raises(StaffRefusal, match="公众号"):
        await SceneCounter(world.store, world.services, None).issue(CLERK, world.ids.jianguo, "counter", REASON)
    codes.away = True
    with pytest.raises(StaffRefusal, match="暂时"):
        await code_of(counter, world)


async def test_a_code_is_audited_with_its_reason(world: World, counter: SceneCounter) -> None:
    """Who looks up the person's records finds that a code was made."""
    await code_of(counter, world)
    async with world.store.reading() as tx:
        subject = await tx.people.identity_hash(world.ids.jianguo)
        (entry, *_) = await tx.audit.of_subject(subject, 1)
    assert (entry.action, entry.note, entry.role) == ("bind-code-counter", REASON, "受理")
    assert entry.at == START


async def test_a_poster_greets_with_its_outlet(world: World, chat: Chat) -> None:
    """A follower and a new follower are told the outlet's address and hours; a code of no outlet is a greeting."""
    await chat.scans("outlet:binzhou-bincheng")
    chat.expect("示例滨城社保经办网点", "滨州市滨城区示例一路1号", "工作日 8:30–17:00", "补换卡")
    fresh = Chat(world, "o-fresh")
    openid, key = fresh._head()
    await fresh._send(Followed(openid, key, world.clock.now(), "outlet:jinan-lixia"))
    fresh.expect("示例历下社保经办网点")
    await chat.scans("outlet:nowhere")
    chat.expect("您好，这里是社保服务")


def test_codes_of_outlets_are_one_over_all_regions(world: World) -> None:
    """A poster names one place only."""
    codes = [one.code for region in world.services.regions.values() for one in region.outlets if one.code]
    assert len(codes) == len(set(codes)) >= 19


async def test_the_console_shows_a_code(office: OfficeWorld) -> None:
    """From the person's page: a reason and a way, then the code, once; mistakes are marked, other roles are refused."""
    codes = Codes()
    office.codes = codes
    await office.restart()
    clerk = await office.signed_in("受理")
    at = f"/console/family/{office.ids.jianguo}/code"
    assert at in (await clerk.get(f"/console/family/{office.ids.jianguo}")).text
    (await clerk.get(at)).expect("本人绑定微信", "出码")
    wrong = await clerk.post(at, {"way": "letter", "reason": "核"})
    assert wrong.status == 400
    wrong.expect("请写明原因")
    page = await clerk.post(at, {"way": "letter", "reason": REASON})
    page.expect("张*国", "10月11日", "只交给本人")
    assert "<svg" in page.text
    page.expect_not("张建国", people.JIANGUO.id_no)
    assert len(codes.names) == 1
    other = await office.signed_in("审核")
    assert (await other.get(at)).status == 403
    assert (await other.post(at, {"way": "letter", "reason": REASON})).status == 403
    assert (await clerk.post(at, {"way": "letter", "reason": REASON, "csrf": "0" * 64})).status == 403
    missing = await clerk.post("/console/family/999999/code", {"way": "counter", "reason": REASON})
    missing.expect("没有找到这个人")
