"""Everything about one person and one chat, the same on every backend (S22)."""

from __future__ import annotations

from datetime import timedelta

from storage.ports.records import Account, Binding, Channel, CodeRequest, Document, NoticeState, Ticket, User
from storage.ports.repositories import Store
from tests import people
from tests.clock import FakeClock
from tests.contracts.ledger import a_notice, put

CHAT, OTHER = "oUser", "oOther"


async def _filled(store: Store, clock: FakeClock) -> people.Ids:
    ids = await people.load(store)
    now = clock.now()
    async with store.transaction() as tx:
        for openid, person in ((CHAT, ids.jianguo), (OTHER, ids.shufen)):
            await tx.users.save(User(openid, True, "person", "beijing", person))
            await tx.users.bind(Binding(0, openid, person, "person", "sms", "2026-11:yes", now))
        await tx.accounts.add(Account(0, ids.jianguo, "beijing", "$argon2id$x", "phone", now, "2026-11", username="jianguo"))
        await tx.codes.add(CodeRequest("c-1", CHAT, "login", people.JIANGUO_PHONE, b"x" * 16, now, now + timedelta(minutes=5)))
        await tx.tickets.add("t-1", Ticket("p", CHAT, {}, now, now + timedelta(minutes=5)))
        snapshot = b'{"v":1}'
        paper = Document("2024000000000001", "ABCD", "BJQ-P-02a", "缴费记录", "beijing", ids.jianguo, "k", snapshot, "h", now)
        await tx.documents.add(paper)
    return ids


async def test_every_part_can_be_asked_on_every_backend(store: Store, clock: FakeClock) -> None:
    """What the person has comes with its rows in words: 26 months, one account, one paper; sealed cells are opened."""
    ids = await _filled(store, clock)
    async with store.reading() as tx:
        held = {one.table: one for one in await tx.holdings.of(ids.jianguo, CHAT)}
    assert len(held["contribution_month"].rows) == 26
    assert dict(zip(held["account"].columns, held["account"].rows[0], strict=True))["用户名"] == "jianguo"
    assert people.JIANGUO_PHONE in held["verification_code"].rows[0]
    assert '{"v":1}' in held["document"].rows[0]
    assert len(held["ticket"].rows) == 1
    assert len(held["wechat_user"].rows) == 1


async def test_who_was_visited_gets_their_data_too(store: Store, clock: FakeClock) -> None:
    """What came of a visit is sealed for a purpose of its own: it is handed out with the notices that are not."""
    ids = await _filled(store, clock)
    asked = a_notice(ids.shufen, body=b'{"about":"x"}')
    visit = a_notice(ids.shufen, channel=Channel.VISIT, state=NoticeState.LISTED, due=None)
    await put(store, asked, visit)
    async with store.reading() as tx:
        number = next(one.id for one in await tx.notices.of_person(ids.shufen) if one.state is NoticeState.LISTED)
    async with store.transaction() as tx:
        assert await tx.notices.visit(number, "住院，女儿代办", clock.now())
    async with store.reading() as tx:
        held = {one.table: one for one in await tx.holdings.of(ids.shufen, OTHER)}
    place = held["notice"].columns.index("内容")
    assert {row[place] for row in held["notice"].rows} == {'{"about":"x"}', "住院，女儿代办"}


async def test_nothing_of_anybody_else_is_among_it(store: Store, clock: FakeClock) -> None:
    """Another person with another chat gets theirs, and an unknown one nothing."""
    ids = await _filled(store, clock)
    async with store.reading() as tx:
        theirs = {one.table: one for one in await tx.holdings.of(ids.shufen, OTHER)}
        assert await tx.holdings.of(999_999, "oNobody") == ()
    assert "account" not in theirs
    assert "contribution_month" not in theirs
    assert theirs["person"].rows[0][0] == "赵淑芬"
