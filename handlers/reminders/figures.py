"""The numbers of a campaign, from its counters: how far it is, how fast it goes, when it will be through, why it stands still. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from handlers.reminders.kinds import KINDS
from handlers.reminders.reasons import reason
from storage.ports.record import Record
from storage.ports.records import Campaign, CampaignState, Channel, NoticeState, Tally
from storage.ports.time import SHANGHAI

CERTIFIED: Final = "certified"
"""An outcome beside the states: certified within some days of the notice. It counts people, not rows."""

_OPEN: Final = frozenset({NoticeState.PLANNED, NoticeState.SENDING})
_TAKEN: Final = frozenset({NoticeState.SENT, NoticeState.DELIVERED, NoticeState.UNANSWERED})
"""What a platform or a provider has accepted."""
_WATCHED: Final = timedelta(minutes=5)
_SHORTEST: Final = timedelta(seconds=3)
_SEEN_WELL: Final = timedelta(minutes=2)
_QUIET_FROM, _QUIET_TO = 21, 8
"""The product's own quiet hours; a person may have others."""

OUTCOMES: Final[Mapping[str, str]] = {
    "planned": "待发",
    "sent": "已发出",
    "delivered": "已送达",
    "unanswered": "没有回执",
    "refused": "没送到",
    "unfollowed": "没关注",
    "unreachable": "没有渠道",
    "dropped": "不用发了",
    "doubtful": "存疑",
    "listed": "待上门",
    "visited": "已上门",
}
"""Every way a row can stand, in the order of a bar; `sending` counts as planned."""

EXPLAINED: Final[Mapping[str, str]] = {
    "unanswered": "“没有回执”是发出去一天了，平台没说到没到",
    "refused": "“没送到”是这一种方式没有成：没有号码、没有授权的家人，或者平台没收；后面还有别的方式的，已经换下一种",
    "unfollowed": "“没关注”是微信说这个人没有关注公众号，已经换下一种方式",
    "unreachable": "“没有渠道”是这一次还没有办法：没有微信也没到用短信的日子，下一个阶段还会再试",
    "dropped": "“不用发了”是发送前已经认证、去世、退订，或者这个阶段已经过去",
    "doubtful": "“存疑”是发送时断了线，不知道发没发出去",
}
"""What the staff would ask about an outcome."""


CHANNEL_WORDS: Final[Mapping[Channel, str]] = {
    Channel.CHAT: "微信消息",
    Channel.TEMPLATE: "模板消息",
    Channel.SUBSCRIBE: "订阅通知",
    Channel.SMS: "短信",
    Channel.RELATIVE: "家人的微信",
    Channel.VISIT: "上门名单",
}


class Line(Record):
    """One stage on one channel. `counts` by name of `OUTCOMES`; `certified` are people."""

    stage: str
    channel: Channel
    counts: Mapping[str, int]
    certified: int = 0

    @property
    def total(self) -> int:
        """Rows of this line."""
        return sum(self.counts.values())

    @property
    def taken(self) -> int:
        """How many a platform or a provider accepted."""
        return sum(self.counts.get(state, 0) for state in _TAKEN)


class Speed(Record):
    """How fast rows are settled, and over which time that was seen; `fresh` is False for the mean since the start."""

    per_minute: float
    over: timedelta
    fresh: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is. `total` grows while it is planned and while next rungs are added."""

    campaign: Campaign
    total: int
    settled: int
    doubtful: int
    listed: int
    taken: int
    speed: Speed
    left: timedelta | None
    """None: nothing is left, or nothing moves."""
    ends_at: datetime | None
    why: str
    """Why it stands still; '' while it goes."""
    lines: tuple[Line, ...] = field(default=(), repr=False)

    @property
    def waiting(self) -> int:
        """Rows that are planned or under way."""
        return self.total - self.settled

    @property
    def percent(self) -> int:
        """Settled of all, rounded down: 100 only when nothing is left."""
        return 100 * self.settled // self.total if self.total else 0


def stage_order(stage: str) -> tuple[int, int, str]:
    """Days before the due day first, the earliest first; then what is no number."""
    digits = stage.removeprefix("-")
    return (0, -int(stage), "") if digits.isascii() and digits.isdecimal() else (1, 0, stage)


def stage_words(stage: str) -> str:
    """A stage as staff read it."""
    digits = stage.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        return {"test": "测试", "news": "通知", "month": "每年提醒", "result": "问结果"}.get(
            stage, "本次" if stage.startswith("c") else stage
        )
    days = int(stage)
    if days == 0:
        return "到期当天"
    return f"到期前 {days} 天" if days > 0 else f"过期后 {-days} 天"


def lines_of(tallies: Iterable[Tally]) -> tuple[Line, ...]:
    """The counters as one line a stage and channel, in the order of the ladder."""
    found: dict[tuple[str, Channel], dict[str, int]] = {}
    for tally in tallies:
        name = NoticeState.PLANNED if tally.outcome == NoticeState.SENDING else tally.outcome
        line = found.setdefault((tally.stage, tally.channel), {})
        line[name] = line.get(name, 0) + tally.count
    order = list(Channel)
    keys = sorted(found, key=lambda key: (stage_order(key[0]), order.index(key[1])))
    return tuple(
        Line(*key, {name: found[key].get(name, 0) for name in OUTCOMES}, found[key].get(CERTIFIED, 0))
        for key in keys
        if any(found[key].values())
    )


def outcomes_of(lines: Sequence[Line]) -> tuple[tuple[str, str], ...]:
    """The outcomes that stand in those lines, (name, words): those of the drawing, of its key, of the table and of what explains them."""
    return tuple((name, words) for name, words in OUTCOMES.items() if any(line.counts[name] for line in lines))


def explained(lines: Sequence[Line]) -> str:
    """What the outcomes in those lines mean, as far as it is not plain, in one sentence."""
    said = (EXPLAINED[name] for name, _ in outcomes_of(lines) if name in EXPLAINED)
    plan = "“计划”按条算，不按人算：一个人换一种方式、同时告诉家人，都另算一条，所以会比符合条件的人多"
    return "；".join((*said, plan, "“之后认证”按人算，算在最后一次提醒上")) + "。"


def settled_of(tallies: Iterable[Tally]) -> tuple[int, int]:
    """(all rows, those that are neither planned nor under way)."""
    total = settled = 0
    for tally in tallies:
        if tally.outcome == CERTIFIED:
            continue
        total += tally.count
        if tally.outcome not in _OPEN:
            settled += tally.count
    return total, settled


class Speedometer:
    """Remembers, for each campaign, how many rows were settled when somebody looked during the last minutes. Of this process alone."""

    def __init__(self) -> None:
        self._seen: dict[int, deque[tuple[datetime, int]]] = {}

    def at(self, campaign: Campaign, settled: int, now: datetime) -> Speed:
        """The speed over the last minutes; on a first look the mean since the start."""
        seen = self._seen.setdefault(campaign.id, deque(maxlen=400))
        if seen and (now < seen[-1][0] or settled < seen[-1][1]):
            seen.clear()  # the clock was set back, or rows were deleted
        while seen and now - seen[0][0] > _WATCHED:
            seen.popleft()
        if not seen or now - seen[-1][0] >= timedelta(seconds=1):
            seen.append((now, settled))
        if len(self._seen) > 500:
            self._seen.pop(next(iter(self._seen)))
        while seen[-1][1] != seen[0][1] and seen[1][1] == seen[0][1]:
            seen.popleft()  # it had not begun yet, or waited: that is no part of how fast it goes
        since, before = seen[0]
        if now - since >= _SHORTEST:
            return Speed((settled - before) / _minutes(now - since), now - since, fresh=True)
        began = campaign.started_at
        if began is None or now - began < _SHORTEST:
            return Speed(0.0, timedelta(), fresh=False)
        return Speed(settled / _minutes(now - began), now - began, fresh=False)


def progress_of(
    campaign: Campaign,
    tallies: Sequence[Tally],
    speed: Speed,
    halted: Mapping[str, tuple[datetime, str]],
    now: datetime,
) -> Progress:
    """Everything about the moment."""
    total, settled = settled_of(tallies)
    lines = lines_of(tallies)
    waiting = total - settled
    running = campaign.state is CampaignState.RUNNING
    # Its own pace says more than what was seen for a moment, or on the mean with all that it waited before.
    seen_well = speed.fresh and speed.over >= _SEEN_WELL
    pace = campaign.per_minute if campaign.per_minute and speed.per_minute > 0 and not seen_well else speed.per_minute
    left = timedelta(minutes=waiting / pace) if running and waiting and pace > 0 else None
    return Progress(
        campaign=campaign,
        total=total,
        settled=settled,
        doubtful=sum(line.counts[NoticeState.DOUBTFUL] for line in lines),
        listed=sum(line.counts[NoticeState.LISTED] for line in lines),
        taken=sum(line.taken for line in lines),
        speed=speed,
        left=left,
        ends_at=now + left if left is not None else None,
        why=_why(campaign, waiting, speed, halted, now),
        lines=lines,
    )


def in_words(left: timedelta) -> str:
    """How long it will take, as one says it: 不到 1 分钟; 约 12 分钟; 约 3 小时 20 分钟; 约 2 天."""
    minutes = int(left.total_seconds() // 60)
    if minutes < 1:
        return "不到 1 分钟"
    if minutes < 60:
        return f"约 {minutes} 分钟"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"约 {hours} 小时 {rest} 分钟" if rest else f"约 {hours} 小时"
    return f"约 {round(hours / 24)} 天"


def clock_words(at: datetime, now: datetime) -> str:
    """今天 15:20; 明天 08:00; 9月14日 08:00."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    days = (local.date() - today).days
    day = {0: "今天", 1: "明天"}.get(days, f"{local.month}月{local.day}日")
    return f"{day} {local:%H:%M}"


def _why(campaign: Campaign, waiting: int, speed: Speed, halted: Mapping[str, tuple[datetime, str]], now: datetime) -> str:
    """The reason in one or two sentences; '' while it goes, or when there is nothing to do."""
    if campaign.state is CampaignState.PAUSED and waiting and (warning := too_old(campaign, now)):
        return f"已暂停。{warning}"
    if campaign.state is CampaignState.PAUSED:
        return "已暂停。点“继续”就接着发，已经发过的不会再发。"
    if campaign.state is CampaignState.SCHEDULED:
        starts = clock_words(campaign.starts_at, now) if campaign.starts_at else ""
        return f"还没开始，{starts} 自动开始。"
    if campaign.state is not CampaignState.RUNNING or not waiting:
        return ""
    said = []
    for name, (until, why) in halted.items():
        channel = name.rpartition(":")[2]
        if channel in {one.value for one in campaign.ladder}:
            because = f"：{words}" if (words := reason(why)) else ""
            said.append(f"{CHANNEL_WORDS[Channel(channel)]}停到{clock_words(until, now)}{because}。")
    if campaign.note:
        said.append(campaign.note)
    if said:
        return "".join(said)
    if speed.fresh and speed.per_minute == 0 and speed.over >= timedelta(seconds=30):
        hour = now.astimezone(SHANGHAI).hour
        if hour >= _QUIET_FROM or hour < _QUIET_TO:
            return f"现在是免打扰时间，早上 {_QUIET_TO} 点接着发。"
        return (
            "这会儿没有在发：可能还没到发送时间、今天的额度用完了，或者微信、短信平台暂时没有响应。会自动接着发，不用重新开始。"
        )
    return ""


def too_old(campaign: Campaign, now: datetime) -> str:
    """What happens to what one that was paused for long has not sent; '' where it goes on as if nothing had been."""
    begins = campaign.started_at or campaign.starts_at
    keep = KINDS[campaign.kind].keep if campaign.kind in KINDS else None
    if campaign.standing or campaign.state is not CampaignState.PAUSED or begins is None or keep is None or now < begins + keep:
        return ""
    return (
        f"开始到现在超过 {keep.days} 天，还没发的都太旧了：继续的话会全部作废，不会发，也不列进上门名单。要再发，请新建一个计划。"
    )


def _minutes(span: timedelta) -> float:
    return span.total_seconds() / 60
