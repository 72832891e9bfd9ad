"""Tags by the API: making them, giving them to followers, and asking who carries which (wechat.md A12)."""

from __future__ import annotations

from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.simulator import Simulator
from bot.simulator.world import Phone

Body = dict[str, Any]
_PAGE = 10000


def create(sim: Simulator, body: Body) -> Body:
    """tags/create."""
    tag = sim.tags.create(_tag(body).get("name"))
    return {"tag": {"id": tag.tag_id, "name": tag.name}}


def listed(sim: Simulator) -> Body:
    """tags/get, with how many carry each."""
    everyone = _followers(sim)
    return {
        "tags": [
            {"id": one.tag_id, "name": one.name, "count": sum(one.tag_id in phone.tags for phone in everyone)}
            for one in sim.tags.tags.values()
        ]
    }


def update(sim: Simulator, body: Body) -> Body:
    """tags/update."""
    wanted = _tag(body)
    sim.tags.rename(wanted.get("id"), wanted.get("name"))
    return {}


def delete(sim: Simulator, body: Body) -> Body:
    """tags/delete: the tag goes from everybody, and whoever saw a menu by it sees another."""
    sim.tags.remove(_tag(body).get("id"), sim.world.phones.values())
    sim.tell_menus()
    return {}


def members(sim: Simulator, body: Body) -> Body:
    """user/tag/get: the followers who carry a tag, ten thousand a page."""
    tag = sim.tags.get(body.get("tagid"))
    everyone = [phone.openid for phone in _followers(sim) if tag.tag_id in phone.tags]
    after = body.get("next_openid")
    start = everyone.index(after) + 1 if after in everyone else 0
    page = everyone[start : start + _PAGE]
    if not page:
        return {"count": 0, "data": {"openid": []}, "next_openid": ""}
    return {"count": len(page), "data": {"openid": page}, "next_openid": page[-1]}


def give(sim: Simulator, body: Body) -> Body:
    """tags/members/batchtagging."""
    sim.tags.give(body.get("tagid"), _people(sim, body), sim.account.rules)
    sim.tell_menus()
    return {}


def take(sim: Simulator, body: Body) -> Body:
    """tags/members/batchuntagging."""
    sim.tags.take(body.get("tagid"), _people(sim, body))
    sim.tell_menus()
    return {}


def of_person(sim: Simulator, body: Body) -> Body:
    """tags/getidlist: what one follower carries, in the order in which it was given."""
    return {"tagid_list": list(_person(sim, body.get("openid")).tags)}


def _tag(body: Body) -> Body:
    tag = body.get("tag")
    if not isinstance(tag, dict):
        raise ApiError(47001)
    return tag


def _people(sim: Simulator, body: Body) -> list[Phone]:
    """Followers of one batch. Raises ApiError: 40031 no list, 40032 too many, 40003 and 49003 for who is not ours."""
    named = body.get("openid_list")
    if not isinstance(named, list) or not named:
        raise ApiError(40031)
    if len(named) > sim.account.rules.people_per_batch:
        raise ApiError(40032)
    return [_person(sim, one) for one in dict.fromkeys(map(str, named))]


def _person(sim: Simulator, openid: object) -> Phone:
    phone = sim.world.phones.get(openid) if isinstance(openid, str) else None
    if phone is None:
        raise ApiError(40003)
    if not phone.followed:
        raise ApiError(49003)
    return phone


def _followers(sim: Simulator) -> list[Phone]:
    return [phone for phone in sim.world.phones.values() if phone.followed]
