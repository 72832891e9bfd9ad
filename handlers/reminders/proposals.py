"""What 运营 types into a campaign: judged field by field, all of it at once, and turned into the record. Pure: no clock, no I/O.

A field that is wrong gets a sentence that says what was wrong and what to type instead; what was typed stays with it. The words are
judged by the platform's own rules (wechat.md A8), since a value that breaks its type is refused for everybody when the campaign runs.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from handlers.reminders.figures import CHANNEL_WORDS
from handlers.reminders.kinds import LADDER
from handlers.reminders.texts import PLACES, THING, problem_of
from storage.hosts import leads_away
from storage.ports.record import Record
from storage.ports.records import Audience, Campaign, CampaignState, Channel
from storage.ports.time import SHANGHAI

ONE_SMS: Final = 70
PART_SMS: Final = 67
"""Characters of one part, when a short message takes several."""
LONGEST_SMS: Final = 300
LONGEST_TITLE: Final = 40
FASTEST: Final = 600_000
MOST_A_DAY: Final = 10_000_000
OLDEST: Final = 120
LONG_AGO: Final = timedelta(days=400)

LONGEST_PLACES: Final[Mapping[str, str]] = {
    "name": "张**",
    "due": "2026年12月31日",
    "left": "365",
    "over": "365",
    "hotline": "0543-12333",
    "agency": "某某市社会保险事业中心",
    "title": "养老待遇资格认证",
}
"""What a place may become at its longest."""

_LEADS_AWAY: Final = "不能有链接，也不能叫人加微信、QQ：我们对市民说过从来不这样发，会被当成诈骗。请删掉，让人咨询的写{hotline}。"

NO_OWN_SMS: Final = (
    "短信服务商只发审核过的模板，自己写的短信发不出去。请空着，按模板发；要自己写，请管理员先申请一个模板并填到配置里。"
)

HINT: Final = "hint"
SMS: Final = "sms"
ASKED_BY: Final = "asked_by"
"""Key of `Campaign.words` that is no text: who asked for a start that a second account has to confirm. Any change takes it away."""

CHANNELS: Final[Mapping[Channel, str]] = {channel: CHANNEL_WORDS[channel] for channel in LADDER}
"""The rungs that a campaign may have, in the order in which they are tried."""
TESTED: Final[Mapping[Channel, str]] = {
    channel: CHANNEL_WORDS[channel] for channel in (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS)
}
"""What a test can be sent on."""
REACHES: Final[Mapping[str, str]] = {"": "不限", "chat": "有微信的", "no_chat": "没有微信的"}


class Proposal(Record):
    """A campaign as it was typed; '' and empty where nothing was."""

    title: str = ""
    regions: tuple[str, ...] = ()
    due_from: str = ""
    due_to: str = ""
    age: str = ""
    """At least so many years old."""
    reach: str = ""
    last_channel: str = ""
    never: bool = False
    ladder: tuple[str, ...] = ()
    hint: str = ""
    sms: str = ""
    per_minute: str = ""
    per_day: str = ""


class Wrong(Exception):
    """What is wrong, by name of the field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("".join(fields.values()))
        self.fields = fields


def sms_parts(text: str) -> int:
    """How many short messages it is paid as: one up to 70 characters, else one for each 67 begun; 0 for ''."""
    length = len(text.encode("utf-16-le")) // 2
    if length <= ONE_SMS:
        return 1 if length else 0
    return -(-length // PART_SMS)


def thing_problem(text: str) -> str:
    """What the platform would refuse in a `thing`; '' when nothing."""
    if len(text) > THING:
        return f"最多 {THING} 个字，现在是 {len(text)} 个。请删短一些。"
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text):
        return "不能有换行和看不见的符号。请写成一行。"
    return _LEADS_AWAY if leads_away(text) else ""


def sms_problem(text: str) -> str:
    """What is wrong with a short message; '' when nothing. The sender's sign is put before it by the provider."""
    if len(text) > LONGEST_SMS:
        return f"最多 {LONGEST_SMS} 个字，现在是 {len(text)} 个。请删短一些。"
    if "【" in text or "】" in text:
        return "不用写【签名】，发送时会自动加上。请去掉【】。"
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in text):
        return "不能有换行和看不见的符号。请写成一行。"
    return _LEADS_AWAY if leads_away(text) else ""


def place_problem(text: str) -> str:
    """What is wrong with the places in a text; '' when nothing."""
    if not problem_of(text):
        return ""
    known = "、".join(f"{{{name}}}" for name in PLACES)
    return f"大括号里只能写这些：{known}，左右括号要成对。"


def longest(text: str) -> str:
    """The text with its places filled by the longest values that they have."""
    for name, value in LONGEST_PLACES.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def judged(
    proposal: Proposal, allowed: Collection[str], today: date, kind: str, now: datetime, *, own_sms: bool = True
) -> Campaign:
    """The draft that a proposal stands for; raises Wrong with every field that is not right. `allowed` are the regions of the account;
    `own_sms`: whether the provider can send a short message that was written here."""
    wrong: dict[str, str] = {}
    title = " ".join(proposal.title.split())
    if not 2 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        wrong["title"] = f"名称要 2 到 {LONGEST_TITLE} 个字，例如：九月到期补提醒。"
    regions = tuple(dict.fromkeys(proposal.regions))
    if not regions or not set(regions) <= set(allowed):
        wrong["region"] = "请至少选一个您负责的地区。"
    due_from = _day(proposal.due_from, "due_from", wrong)
    due_to = _day(proposal.due_to, "due_to", wrong)
    if due_from and due_to and due_from > due_to:
        wrong["due_to"] = "结束日期在开始日期前面。请调换一下。"
    if due_to and due_to < today - LONG_AGO:
        wrong["due_to"] = f"这些人的期限过去一年多了。请填 {(today - LONG_AGO).isoformat()} 以后的日期。"
    age = _number(proposal.age, "age", 0, OLDEST, "岁", wrong)
    if proposal.reach not in REACHES:
        wrong["reach"] = "请从列表里选一个。"
    last_channel = " ".join(proposal.last_channel.split())
    if len(last_channel) > THING:
        wrong["last_channel"] = f"渠道名称最多 {THING} 个字。不按渠道选就空着。"
    if proposal.never and last_channel:
        wrong["last_channel"] = "从没认证过的人没有上次渠道。两个条件请只留一个。"
    if not proposal.ladder or not set(proposal.ladder) <= {channel.value for channel in CHANNELS}:
        wrong["ladder"] = "请至少选一种方式。"
    ladder = tuple(channel for channel in CHANNELS if channel.value in proposal.ladder)
    words = {HINT: " ".join(proposal.hint.split(" ")).strip(), SMS: proposal.sms.strip()}
    problems = {
        HINT: place_problem(words[HINT]) or thing_problem(longest(words[HINT])),
        SMS: place_problem(words[SMS]) or sms_problem(longest(words[SMS])),
    }
    if words[SMS] and not own_sms:
        problems[SMS] = problems[SMS] or NO_OWN_SMS
    for name in (HINT, SMS):  # among people who are over, 还有 0 天; among people who are not, 过了 0 天
        if "{left}" in words[name] and (due_from is None or due_from < today):
            problems[name] = (
                problems[name] or "名单里有已经过期的人，{left} 会变成 0。请把“认证期限从”改到今天以后，或者不写 {left}。"
            )
        if "{over}" in words[name] and (due_to is None or due_to >= today):
            problems[name] = (
                problems[name] or "名单里有还没到期的人，{over} 会变成 0。请把“认证期限到”改到今天以前，或者不写 {over}。"
            )
    wrong |= {name: problem for name, problem in problems.items() if problem}
    per_minute = _number(proposal.per_minute, "per_minute", 1, FASTEST, "条", wrong)
    per_day = _number(proposal.per_day, "per_day", 1, MOST_A_DAY, "条", wrong)
    if wrong:
        raise Wrong(wrong)
    audience = Audience(
        regions=regions,
        due_from=due_from,
        due_to=due_to,
        born_before=years_before(today, age) if age else None,
        reach=proposal.reach,
        last_channel=last_channel,
        never=proposal.never,
    )
    return Campaign(
        id=0,
        kind=kind,
        title=title,
        state=CampaignState.DRAFT,
        audience=audience,
        ladder=ladder,
        created_at=now,
        words={name: text for name, text in words.items() if text},
        per_minute=per_minute,
        per_day=per_day,
    )


def typed(campaign: Campaign, today: date) -> Proposal:
    """The form of a campaign that exists."""
    audience = campaign.audience
    return Proposal(
        title=campaign.title,
        regions=audience.regions,
        due_from=audience.due_from.isoformat() if audience.due_from else "",
        due_to=audience.due_to.isoformat() if audience.due_to else "",
        age=str(age_on(audience.born_before, today)) if audience.born_before else "",
        reach=audience.reach,
        last_channel=audience.last_channel,
        never=audience.never,
        ladder=tuple(channel.value for channel in campaign.ladder),
        hint=campaign.words.get(HINT, ""),
        sms=campaign.words.get(SMS, ""),
        per_minute=str(campaign.per_minute or ""),
        per_day=str(campaign.per_day or ""),
    )


def years_before(day: date, years: int) -> date:
    """The latest birthday of somebody who is so many years old on that day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 2月29日
        return day.replace(year=day.year - years, day=28)


def age_on(born: date, day: date) -> int:
    """How old somebody born then is on that day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _day(text: str, name: str, wrong: dict[str, str]) -> date | None:
    """A day of this century; None for ''."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    try:
        found = date.fromisoformat(plain)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2099:
        wrong[name] = "日期没看懂。请写成 2026-09-30 这样，不限就空着。"
        return None
    return found


def _number(text: str, name: str, least: int, most: int, unit: str, wrong: dict[str, str]) -> int:
    """A whole number; 0 for ''."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "")
    if not plain:
        return 0
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 9 or not least <= int(plain) <= most:
        wrong[name] = f"请填 {least} 到 {most} 的整数（{unit}），不限就空着。"
        return 0
    return int(plain)


def moment_of(text: str) -> datetime | None:
    """A moment as a form gives it (2026-09-14T09:00, Beijing's time); None for ''. Raises Wrong for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(" ", "T")
    if not plain:
        return None
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise Wrong({"at": "时间没看懂。请写成 2026-09-14 09:00 这样；要马上开始就空着。"}) from None
    return found.replace(tzinfo=SHANGHAI) if found.tzinfo is None else found.astimezone(SHANGHAI)
