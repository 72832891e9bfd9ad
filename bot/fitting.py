"""Do the master keys of the configuration fit the database? Asked before anything is written under them: with another key everybody on file would be a
stranger, and what was stored meanwhile could be read by nobody afterwards."""

from __future__ import annotations

from storage.ports.repositories import Repositories, Store
from storage.vault import Sealed

_CANNOT_OPEN = "security.master_key 打不开库里的内容。请填回这个库用的主密钥；换过密钥的，把以前用过的都写进 security.previous_master_keys，新的在前、旧的在后"
_CANNOT_FIND = "按证件号找不到库里的人：找人用的编码要靠最早的主密钥。请把它放回 security.previous_master_keys 的最后一个，rotate 以后也要留着"


class WrongKey(Exception):
    """Its text is for the operator: what is wrong and what to do."""


async def misfit(tx: Repositories) -> str:
    """What is wrong with the keys, '' if they fit or if nobody is on file. Raises Unavailable without the database."""
    try:
        some = await tx.people.page(0, 1)
    except Sealed:
        return _CANNOT_OPEN
    if some and all(one.id != some[0].id for one in await tx.people.by_id_no(some[0].id_no)):
        return _CANNOT_FIND
    return ""


async def check_key(store: Store) -> None:
    """Raises WrongKey if they do not fit, Unavailable without the database."""
    async with store.reading() as tx:
        if wrong := await misfit(tx):
            raise WrongKey(wrong)
