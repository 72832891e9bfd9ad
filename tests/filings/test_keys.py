"""The keys under which things are made once name the chat by a digest: a chat that has left stands nowhere any more."""

from __future__ import annotations

from storage.ports.records import CaseState
from tests import people
from tests.conversations.conftest import Chat
from tests.filings import declared
from tests.filings.conftest import Bench


async def test_no_case_and_no_order_names_the_chat(bench: Bench) -> None:
    """Neither the case nor the order of its fee has the openid in its key; asking again still finds the same case."""
    case = await bench.files(declared.BADGE, key="same")
    draft = await bench.case_in(CaseState.DRAFT)
    async with bench.world.store.reading() as tx:
        orders = await tx.orders.of_case(case.case_no)
    keys = [case.key, draft.key, *(order.key for order in orders)]
    assert len(keys) == 3
    assert [key for key in keys if bench.openid in key] == []
    assert await bench.files(declared.BADGE, key="same") == case


async def test_no_document_names_the_chat(jianguo: Chat) -> None:
    """A paper asked for in the chat: its key has no openid in it."""
    await jianguo.says("查2023年的养老缴费")
    await jianguo.says("1")
    world = jianguo.world
    async with world.store.reading() as tx:
        documents = await tx.documents.of_person(world.ids.jianguo)
    assert documents, jianguo.last
    assert [one for one in documents if jianguo.openid in one.key] == []
    assert people.JIANGUO.id_no not in documents[0].key
