"""亲情 (S17): what a relative sees of whom they help, one answer at a time, the ways back to oneself, and how relatives certify somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dialogs.chapters import certification, papers
from dialogs.declare import Action, Ask, Choose, Dialog, Ended, Option, Options, Scene, Stop, Wish
from dialogs.desk_family import Helped, scopes_said
from dialogs.masks import masked_name
from dialogs.messages import Reply, Say

Offers = tuple[tuple[str, Wish], ...]

_HELPED = ("我帮的人", Wish("helped"))
_ASK = ("我要帮家人", Wish("relative_ask"))
_CODE = ("输入家人码", Wish("relative_accept"))
OWN_AGAIN_OFFER = ("换回自己", Wish("own_again"))

_SEEN: Mapping[str, Action] = {
    one.name: one.action
    for one in (*certification.DIALOGS, papers.DOWNLOAD)
    if (one.name.startswith("certification") and one.name != "certification_mine") or one is papers.DOWNLOAD
}
"""What can be seen of somebody else in one answer."""


def _said(text: str) -> Reply:
    return Reply(Say(text))


def _called(one: Helped) -> str:
    return f"{one.name}（{one.region}，亲情：{scopes_said(one.grant.scopes)}）"


async def _whose_certification(scene: Scene) -> Options:
    found = [one for one in await scene.desk.family.helped() if "certification" in one.grant.scopes]
    if not found:
        raise Stop(_said("现在没有家人授权您看认证。回复“亲情”看怎么得到授权。"))
    return tuple(Option(f"g{one.grant.person_id}", _called(one)) for one in found)


async def _see(scene: Scene) -> Ended:
    """For this answer alone; the choices under it are about the same person, everything else that is said is about oneself again."""
    name, _, more = scene.answers.get("what", "certification").partition("?")
    action, visitor, chosen = _SEEN.get(name), scene.desk.person is None, scene.answers["person"]
    if action is None or not await scene.desk.family.look(int(chosen.removeprefix("g"))):
        return Ended(_said("没有看成：那位家人的授权已经结束了。"), (_HELPED,))
    said = dict(part.split("=", 1) for part in more.split("&") if part)
    ended = await action(replace(scene, answers={**scene.answers, **said}))
    grant = scene.desk.family.relative
    more_of_it = (
        (("切换过去，接着帮着办", Wish("switch", {"person": chosen})),) if grant and grant.scopes & {"benefits", "act"} else ()
    )
    own = (("看我自己的（先登录）", Wish("log_in")),) if visitor else (("看我自己的认证", Wish("certification")),)
    return replace(ended, offers=(*_of(chosen, ended.offers), *more_of_it, *own))


def _of(chosen: str, offers: Offers) -> Offers:
    """The choices about certification, for the same person; what would be done for oneself is not among them."""
    return tuple(
        (label, Wish("helped_more", {"person": chosen, "what": f"{wish.dialog}?{_packed(wish.said)}"}))
        for label, wish in offers
        if wish.dialog in _SEEN
    )


def _packed(said: Mapping[str, str]) -> str:
    return "&".join(f"{name}={text}" for name, text in said.items())


HELPED_CERTIFICATION = Dialog(
    name="helped_certification",
    title="看家人的认证",
    covers=(),
    who="anyone",
    steps=(Choose(name="person", prompt="要看哪一位的认证？", options=_whose_certification),),
    action=_see,
)

HELPED_MORE = Dialog(
    name="helped_more",
    title="家人的认证",
    covers=(),
    who="anyone",
    steps=(
        Choose(name="person", prompt="要看哪一位的认证？", options=_whose_certification),
        Ask(name="what", prompt="", parse=lambda text, _: text, default="certification?"),
    ),
    action=_see,
)


async def _family_ways(scene: Scene) -> Ended:
    """How somebody certifies a relative: never with a date of one's own."""
    helped = [one for one in await scene.desk.family.helped() if "certification" in one.grant.scopes]
    region = scene.desk.region
    head = "" if helped else "现在没有家人授权您看认证，家人认证到哪一天，要家人授权后才能在这里看。\n"
    seen = tuple((f"看 {one.name} 的认证", Wish("helped_certification", {"person": f"g{one.grant.person_id}"})) for one in helped)
    ways: Offers = ()
    if region is not None:
        ways = certification.for_relative(region)
        head += f"帮家人认证可以这样办（这是{region.name}的办法，家人在别处参保的，以参保地为准）。"
    else:
        head += "家人有微信的，请家人回复“添加家人”，把家人码告诉您；没有微信的，选“我要帮家人”。"
    return Ended(_said(f"{head}\n回复数字："), (*seen, *ways[:1], _ASK, _CODE, *ways[1:]))


FAMILY_WAYS = Dialog(name="family_ways", title="帮家人认证", covers=(), who="anyone", action=_family_ways)


async def _own_again(scene: Scene) -> Ended:
    """To the one person whose chat this is, to a choice of several, or to nobody for who has never logged in."""
    bound = await scene.desk.bound()
    if len(bound) == 1 and (person := await scene.desk.switch(bound[0].id)):
        return Ended(_said(f"好的，换回您自己了：现在为 {masked_name(person.name)} 办理。"))
    if bound:
        each = tuple((masked_name(one.name), Wish("switch", {"person": str(one.id)})) for one in bound)
        return Ended(_said("好的，换回哪一位？"), each)
    await scene.desk.log_out()
    return Ended(_said("好的，现在不为家人办理了。要查您自己的，请先登录。"), (("登录", Wish("log_in")), _HELPED))


OWN_AGAIN = Dialog(name="own_again", title="换回自己", covers=(), who="anyone", action=_own_again)


async def _family(scene: Scene) -> Ended:
    relative = scene.desk.family.relative
    mine: Offers = (
        () if relative else (("请家人帮我：添加家人", Wish("relative_add")), ("能帮我的人：我的家人", Wish("relatives")))
    )
    theirs: Offers = (_HELPED, _ASK, _CODE, ("我的亲情码（窗口用）", Wish("staff_code")))
    text = "亲情：家人可以帮着看认证、收提醒、办业务。做什么、到什么时候都由本人定，每次使用都会告诉本人，随时可以收回。"
    return Ended(_said(f"{text}\n您想办哪一件？"), (*((OWN_AGAIN_OFFER,) if relative else ()), *mine, *theirs))


FAMILY = Dialog(name="family", title="亲情（家人互助）", covers=(), who="anyone", action=_family)

DIALOGS: tuple[Dialog, ...] = (HELPED_CERTIFICATION, HELPED_MORE, FAMILY_WAYS, OWN_AGAIN, FAMILY)
