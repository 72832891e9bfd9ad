"""QR codes that were shown to somebody, and the tags of chats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, case, delete, null, or_, select, update

from storage.ports.records import Scene, SceneState, TagChange
from storage.sql.codec import micros, moment
from storage.sql.tables import chat_tag, scene
from storage.sql.unit import Query, Unit, values

_s = scene.c
_SCENE = (_s.name_hash, _s.purpose, _s.body, _s.created_at, _s.expires_at, _s.state, _s.openid)
_LIVING = select(*_SCENE).where(_s.expires_at > bindparam("now"))
_GET = _LIVING.where(_s.name_hash == bindparam("name_hash"))
_BY_WORD = _LIVING.where(_s.word_hash == bindparam("word_hash"))
_OF_HOLDER = (
    _LIVING.where(_s.holder == bindparam("holder"), _s.state != SceneState.USED.value)
    .order_by(_s.created_at.desc(), _s.name_hash)
    .limit(1)
)
_FREE = delete(scene).where(
    or_(_s.name_hash == bindparam("name_hash"), _s.word_hash == bindparam("word_hash")), _s.expires_at <= bindparam("now")
)
_ADD = Query(lambda insert: insert(scene).values(values(scene)).on_conflict_do_nothing().returning(_s.name_hash))
_TAKE = (
    update(scene)
    .where(_s.name_hash == bindparam("the_name"), _s.expires_at > bindparam("now"), _s.state == SceneState.NEW.value)
    .values(
        state=SceneState.TAKEN.value,
        openid=bindparam("sealed"),
        openid_hash=bindparam("whose"),
        expires_at=bindparam("until"),
    )
    .returning(*_SCENE)
)
_MINE = _GET.where(_s.openid_hash == bindparam("whose"))
_MOVE = (
    update(scene)
    .where(and_(_s.name_hash == bindparam("the_name"), _s.expires_at > bindparam("now"), _s.state == bindparam("expected")))
    .values(
        state=bindparam("becomes"),
        word_hash=case((bindparam("over") == 1, null()), else_=_s.word_hash),
    )
    .returning(*_SCENE)
)
_DROP = delete(scene).where(_s.holder == bindparam("holder"))
_OVER = frozenset({SceneState.REFUSED, SceneState.USED})


class Scenes:
    """Implements `ports.repositories.Scenes`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def add(self, name: str, scene: Scene, holder: str = "", word: str = "") -> bool:
        named, typed = self._named(name), self._word(word) if word else None
        await self._unit.change(_FREE, {"name_hash": named, "word_hash": typed, "now": micros(scene.created_at)})
        made = await self._unit.write(
            _ADD,
            {
                "name_hash": named,
                "purpose": scene.purpose,
                "holder": self._holder(holder) if holder else None,
                "word_hash": typed,
                "state": scene.state.value,
                "body": self._vault.seal(msgspec.json.encode(scene.params), "scene"),
                "openid_hash": None,
                "openid": None,
                "created_at": micros(scene.created_at),
                "expires_at": micros(scene.expires_at),
            },
        )
        return bool(made)

    async def find(self, name: str, now: datetime) -> Scene | None:
        return await self._one(_GET, {"name_hash": self._named(name), "now": micros(now)})

    async def find_word(self, word: str, now: datetime) -> Scene | None:
        return await self._one(_BY_WORD, {"word_hash": self._word(word), "now": micros(now)})

    async def get(self, scene_id: str, now: datetime) -> Scene | None:
        return await self._one(_GET, {"name_hash": scene_id, "now": micros(now)})

    async def of_holder(self, holder: str, now: datetime) -> Scene | None:
        return await self._one(_OF_HOLDER, {"holder": self._holder(holder), "now": micros(now)})

    async def take(self, scene_id: str, openid: str, now: datetime, until: datetime) -> Scene | None:
        whose = self._vault.digest(openid, "openid")
        taken = await self._unit.write(
            _TAKE,
            {
                "the_name": scene_id,
                "now": micros(now),
                "sealed": self._vault.seal(openid, "scene.openid"),
                "whose": whose,
                "until": micros(until),
            },
        )
        if taken:
            return self._scene(taken[0])
        return await self._one(_MINE, {"name_hash": scene_id, "whose": whose, "now": micros(now)})

    async def move(self, scene_id: str, expected: SceneState, state: SceneState, now: datetime) -> Scene | None:
        params = {
            "the_name": scene_id,
            "now": micros(now),
            "expected": expected.value,
            "becomes": state.value,
            "over": int(state in _OVER),
        }
        moved = await self._unit.write(_MOVE, params)
        return self._scene(moved[0]) if moved else None

    async def drop_of(self, holder: str) -> None:
        await self._unit.change(_DROP, {"holder": self._holder(holder)})

    def _named(self, name: str) -> str:
        return self._vault.digest(name, "scene.name")

    def _word(self, word: str) -> str:
        return self._vault.digest(word, "scene.word")

    def _holder(self, holder: str) -> str:
        return self._vault.digest(holder, "scene.holder")

    async def _one(self, statement: Any, params: dict[str, Any]) -> Scene | None:
        row = await self._unit.row(statement, params)
        return None if row is None else self._scene(row)

    def _scene(self, row: Sequence[Any]) -> Scene:
        return Scene(
            id=row[0],
            purpose=row[1],
            params=msgspec.json.decode(self._vault.open(row[2], "scene"), type=dict[str, str]),
            created_at=moment(row[3]),
            expires_at=moment(row[4]),
            state=SceneState(row[5]),
            openid=self._vault.text(row[6], "scene.openid") if row[6] is not None else "",
        )


_t = chat_tag.c
_WANT = Query(
    lambda insert: (put := insert(chat_tag).values(values(chat_tag))).on_conflict_do_update(
        index_elements=["openid"],
        set_={
            "wanted": put.excluded.wanted,
            "due": case((_t.told == put.excluded.wanted, null()), else_=put.excluded.due),
        },
    )
)
_WANT_NONE = (
    update(chat_tag)
    .where(_t.openid == bindparam("the_openid"))
    .values(wanted="", due=case((_t.told == "", null()), else_=bindparam("at", type_=_t.due.type)))
)
_IS_DUE = select(_t.openid).where(_t.openid == bindparam("openid"), _t.due.is_not(None))
_DUE = (
    select(_t.openid, _t.wanted, _t.told)
    .where(_t.due.is_not(None))
    .order_by(_t.due, _t.openid)
    .limit(bindparam("at_most", type_=_t.due.type))
)
_TOLD = (
    update(chat_tag)
    .where(_t.openid == bindparam("the_openid"))
    .values(told=bindparam("tag"), due=case((_t.wanted == bindparam("tag"), null()), else_=_t.due))
)
_DONE = delete(chat_tag).where(_t.openid == bindparam("openid"), _t.wanted == "", _t.told == "")
_ONE_WITH = select(_t.openid).where(_t.told == bindparam("tag"), _t.wanted == bindparam("tag")).order_by(_t.openid).limit(1)


class ChatTags:
    """Implements `ports.repositories.ChatTags`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def want(self, openid: str, tag: str, at: datetime) -> bool:
        if tag:
            await self._unit.change(_WANT, {"openid": openid, "wanted": tag, "told": "", "due": micros(at)})
        else:
            await self._unit.change(_WANT_NONE, {"the_openid": openid, "at": micros(at)})
            await self._unit.change(_DONE, {"openid": openid})
        return await self._unit.row(_IS_DUE, {"openid": openid}) is not None

    async def due(self, limit: int) -> tuple[TagChange, ...]:
        return tuple(TagChange(*row) for row in await self._unit.rows(_DUE, {"at_most": limit}))

    async def told(self, openid: str, tag: str) -> None:
        await self._unit.change(_TOLD, {"the_openid": openid, "tag": tag})
        await self._unit.change(_DONE, {"openid": openid})

    async def one_with(self, tag: str) -> str | None:
        row = await self._unit.row(_ONE_WITH, {"tag": tag})
        return None if row is None else str(row[0])
