"""What can be looked up or printed about orders."""

from __future__ import annotations

from collections.abc import Mapping

from dialogs.statement import Statement
from handlers.orders.receipts import receipt_of
from handlers.query import Asker, Query
from storage.ports.repositories import Repositories


async def receipt(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """缴费凭证 of a paid order (`params`: order_no). Raises LookupError for another person's and for one that is not paid."""
    order = await tx.orders.by_no(params.get("order_no", ""), asker.person.id)
    if order is None:
        raise LookupError("no such order")
    return receipt_of(order, asker.person, asker.region)


QUERIES: dict[str, Query] = {"receipt": receipt}
"""By the name that links and documents carry."""
