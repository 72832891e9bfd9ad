"""Work that a transaction leaves for later: functions by name, each given the store, the services and its payload.

A job may run twice, so each does nothing the second time; it opens its own transactions, and makes outside calls between them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.services import Services
from storage.ports.repositories import Store

Later = Callable[[Store, Services, bytes], Awaitable[None]]
