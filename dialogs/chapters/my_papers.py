"""我的单据: what was issued to the person, who checked it when, and what its holder can do: let it expire, revoke it, open it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dialogs.declare import Agree, Ask, Choose, Dialog, Ended, Option, Scene, Stop, Wish
from dialogs.desk_family import OWN_ONLY
from dialogs.desk_papers import Check, Issued
from dialogs.messages import Anchor, Reply, Say
from dialogs.phrases import day
from storage.ports.time import SHANGHAI

_SHOWN: Final = 8
_CHECKS: Final = 5
_WAYS: Final = {"chat": "公众号里输入号码", "page": "网页或扫码", "photo": "拍照发到公众号", "offline": "不联网的核对"}
_SPANS: Final = {"30": timedelta(days=30), "183": timedelta(days=183), "365": timedelta(days=365)}
_STATES: Final = {"valid": "有效", "replaced": "已被新单据替换", "revoked": "已作废", "expired": "已过有效期"}
_NOT_THERE: Final = "没有找到这份单据。回复“我的单据”可以看您开过的单据。"
_MINE: Final = ("我的单据", Wish("my_papers"))


def _kept(text: str, _: date) -> str:
    return text


def _state(one: Issued) -> str:
    """In words: 有效，不限期."""
    if one.state == "revoked" and one.revoked_at:
        when = one.revoked_at.astimezone(SHANGHAI)
        return f"{day(when.date())} {when:%H:%M} 已作废"
    if one.state == "expired" and one.until:
        return f"有效期到{day(one.until)}，已经过了"
    if one.state == "valid":
        return f"有效，有效期到{day(one.until)}" if one.until else "有效，不限期"
    return _STATES[one.state]


def _check(one: Check) -> str:
    when = one.at.astimezone(SHANGHAI)
    return f"{when.month}月{when.day}日 {when:%H:%M}　{_WAYS.get(one.way, one.way)}"


async def _list(scene: Scene) -> Ended:
    found = await scene.desk.papers.mine(_SHOWN)
    if not found:
        return Ended(Reply(Say("您还没有开过单据。查询以后回复“下载”，就有带流水号和校验码的单据。")))
    offers = []
    for one in found:
        note = "" if one.state == "valid" else f"（{_STATES[one.state]}）"
        on = one.at.astimezone(SHANGHAI)
        offers.append((f"{one.title} {on.month}月{on.day}日{note}", Wish("my_paper", {"paper": one.serial_no})))
    more = f"这里是最近的 {_SHOWN} 份。" if len(found) == _SHOWN else ""
    return Ended(Reply(Say(f"您开过的单据，回复数字看谁核验过、作废或者设有效期。{more}")), tuple(offers))


MY_PAPERS = Dialog(name="my_papers", title="我的单据", covers=(), ours=True, scope=OWN_ONLY, action=_list)


async def _one(scene: Scene) -> Ended:
    papers, serial = scene.desk.papers, scene.answers["paper"]
    one = await papers.one(serial)
    if one is None:
        raise Stop(Reply(Say(_NOT_THERE)))
    return await _shown(scene, one)


async def _shown(scene: Scene, one: Issued, before: str = "") -> Ended:
    checks = await scene.desk.papers.checks(one.serial_no, _CHECKS + 1)
    lines = [before] if before else []
    lines += [f"《{one.title}》", f"{day(one.at.astimezone(SHANGHAI).date())}生成，{_state(one)}。"]
    if checks:
        lines.append("最近有人核验过（核验不用登录，所以不知道是谁）：")
        lines += [_check(check) for check in checks[:_CHECKS]]
        if len(checks) > _CHECKS:
            lines.append(f"只列最近 {_CHECKS} 次。")
    else:
        lines.append("还没有别人核验过。")
    said = {"paper": one.serial_no}
    offers: list[tuple[str, Wish]] = [("再打开一次", Wish("open_paper", said))]
    if one.state in ("valid", "expired"):
        offers += [("设有效期", Wish("limit_paper", said)), ("作废", Wish("revoke_paper", said))]
    return Ended(Reply(Say("\n".join(lines))), (*offers, _MINE))


MY_PAPER = Dialog(
    name="my_paper",
    title="看一份单据",
    covers=(),
    scope=OWN_ONLY,
    steps=(Ask(name="paper", prompt="请先回复“我的单据”，再选一份。", parse=_kept),),
    action=_one,
)


async def _open(scene: Scene) -> Ended:
    url = await scene.desk.papers.link(scene.answers["paper"])
    if url is None:
        raise Stop(Reply(Say(_NOT_THERE)))
    return Ended(Reply(Say("还是原来那份单据。下面的链接只能由您打开。", links=(Anchor("打开单据", url),))), (_MINE,))


OPEN_PAPER = Dialog(
    name="open_paper",
    title="再打开单据",
    covers=(),
    scope=OWN_ONLY,
    steps=(Ask(name="paper", prompt="请先回复“我的单据”，再选一份。", parse=_kept),),
    action=_open,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _WhichPaper(Choose):
    """A document that still counts, out of the list, or the one that was chosen already."""

    none: str = "您没有还有效的单据。"

    async def read(self, scene: Scene, text: str) -> str:
        if text.isdecimal() and len(text) == 18:  # from a choice; whose it is, the desk decides
            return text
        return await Choose.read(self, scene, text)


async def _valid_ones(scene: Scene) -> tuple[Option, ...]:
    found = [one for one in await scene.desk.papers.mine(_SHOWN) if one.state in ("valid", "expired")]
    return tuple(
        Option(one.serial_no, f"{one.title} {one.at.astimezone(SHANGHAI).month}月{one.at.astimezone(SHANGHAI).day}日")
        for one in found
    )


async def _sure(scene: Scene) -> str:
    one = await scene.desk.papers.one(scene.answers["paper"])
    if one is None or one.state not in ("valid", "expired"):
        raise Stop(Reply(Say(_NOT_THERE if one is None else f"《{one.title}》{_state(one)}，不用再作废了。")))
    on = day(one.at.astimezone(SHANGHAI).date())
    return (
        f"要作废{on}生成的《{one.title}》吗？\n作废马上生效，不能恢复：以后谁来核验，都会看到它已作废。需要时可以再下载一份新的。"
    )


async def _revoke(scene: Scene) -> Ended:
    one = await scene.desk.papers.revoke(scene.answers["paper"])
    if one is None:
        raise Stop(Reply(Say(_NOT_THERE)))
    return Ended(Reply(Say(f"《{one.title}》已作废。以后核验它的人会看到从什么时候起作废。")), (_MINE,))


REVOKE_PAPER = Dialog(
    name="revoke_paper",
    acts=True,
    title="作废单据",
    covers=(),
    scope=OWN_ONLY,
    steps=(
        _WhichPaper(name="paper", prompt="要作废哪一份？", options=_valid_ones),
        Agree(name="sure", prompt="", text=_sure, yes="作废", no="不作废", refused="好的，没有作废，单据还和原来一样。"),
    ),
    action=_revoke,
)


async def _limit(scene: Scene) -> Ended:
    span = _SPANS.get(scene.answers["span"])
    until = scene.now.astimezone(SHANGHAI).date() + span if span else None
    one = await scene.desk.papers.limit(scene.answers["paper"], until)
    if one is None:
        raise Stop(Reply(Say(_NOT_THERE)))
    if one.state not in ("valid", "expired"):
        return Ended(Reply(Say(f"《{one.title}》{_state(one)}，不能再设有效期。")), (_MINE,))
    told = f"有效期到{day(until)}，当天还有效；过了以后核验会显示已过有效期" if until else "不限期"
    return Ended(Reply(Say(f"好的，《{one.title}》{told}。")), (_MINE,))


LIMIT_PAPER = Dialog(
    name="limit_paper",
    title="设单据有效期",
    covers=(),
    scope=OWN_ONLY,
    steps=(
        _WhichPaper(name="paper", prompt="要给哪一份设有效期？", options=_valid_ones),
        Choose(
            name="span",
            prompt="从今天起，让这份单据有效多久？过了以后，核验的人会看到它已过有效期。以后还可以再改。",
            options=(
                Option("30", "30天", "一个月"),
                Option("183", "半年"),
                Option("365", "一年"),
                Option("none", "不限", "不限期"),
            ),
        ),
    ),
    action=_limit,
)

DIALOGS: tuple[Dialog, ...] = (MY_PAPERS, MY_PAPER, OPEN_PAPER, REVOKE_PAPER, LIMIT_PAPER)
