"""A notice in words: the region's and the campaign's own texts over the product's (`handlers.reminders.texts`). Pure: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from dialogs.masks import masked_name
from dialogs.phrases import day
from handlers.reminders.channels import Words
from handlers.reminders.kinds import KINDS
from handlers.reminders.news import unpack
from handlers.reminders.rules import due_of, stage_number
from handlers.reminders.texts import SUBJECTS, TEXTS, THING, WHATS
from handlers.reminders.wording import OWN
from storage.certifying import opens_on
from storage.ports.records import Campaign, Channel, Facts, Grant, Notice, NoticeState, Person, Preferences
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI, Month

STOP = "。回TD退订"
_PAY_DAY = 15
"""The first pension is paid from that day of the next month (BJH-16)."""


def words_of(
    kind: str,
    notice: Notice,
    facts: Facts,
    region: Region | None,
    now: datetime,
    campaign: Campaign | None,
    grant: Grant | None = None,
) -> Words:
    """The words of a row as they are at `now`. With a `grant` they are told to that relative, about the person."""
    if notice.body:
        return _given(kind, notice, facts, region, now)
    own = {} if campaign is None else campaign.words
    said = _Texts(kind, region.reminders.texts if region is not None else {}, own)
    about = _about(notice, facts)
    text = _text_name(notice, facts, about, now)
    left = (about - now.astimezone(SHANGHAI).date()).days if about is not None else 0
    name = masked_name(facts.person.name) if facts.person is not None else ""
    due = day(about) if about is not None else ""
    fill = {
        "name": name or "您好",
        "due": due,
        "left": str(max(0, left)),
        "over": str(max(0, -left)),
        "hotline": region.hotline if region is not None else "12333",
        "agency": region.agency if region is not None else "",
        "title": SUBJECTS.get(kind, ""),
    }
    whose = grant.openid if grant is not None else ""
    word = facts.preferences.word if not whose or facts.preferences.openid == whose else ""
    sms = "" if grant is not None else said.of(f"{text}.sms", fill)
    params = {"name": name, "what": WHATS.get(f"{kind}.{text}", "") or SUBJECTS.get(kind, ""), "when": due, "word": word}
    body = said.of(f"{text}.relative" if grant is not None else text, fill) or said.of(text, fill)
    if opening := _opening(notice, facts, region, about, now):
        body, sms = f"{body}\n{opening} 起可以办，在那以前不用办。", f"{sms.rstrip('。')}。{opening}起可以办" if sms else ""
    hint = (said.of(f"{text}.relative.hint", fill) if grant is not None else "") or said.of(f"{text}.hint", fill)
    return Words(
        holder=name,
        subject=said.of("subject", fill) or SUBJECTS.get(kind, ""),
        due=due,
        hint=hint[:THING],
        text=f"{body}\n您的暗号：{word}" if word else body,
        choices=(("认证", "看怎么办"),) if kind == "P-CERT" and text != "passed" else (),
        word=word,
        sms=_sms(sms, word, kind),
        sms_params={**params, **{place: fill[place] for place in ("hotline", "left", "over", "agency")}, "text": sms},
        sms_name=OWN if own.get(f"{text}.sms") or own.get("sms") else f"{kind}.{text}",
    )


def preview(
    kind: str,
    stage: str,
    region: Region,
    now: datetime,
    campaign: Campaign | None = None,
    due: date | None = None,
    *,
    relative: bool = False,
) -> Words:
    """As 赵*芬, or a relative of hers, would read it, for a stage; `due` where the stage does not say the day."""
    today = now.astimezone(SHANGHAI).date()
    number = int(stage) if stage.removeprefix("-").isdecimal() else None
    about = due or today + timedelta(days=15 if number is None else number)
    sample = Person(0, region.code, "赵淑芬", "", None, "女", date(1948, 11, 2), "已退休")
    notice = Notice(
        id=0,
        campaign_id=0,
        kind=kind,
        region=region.code,
        person_id=0,
        cycle=about.isoformat(),
        stage=stage,
        channel=Channel.TEMPLATE,
        recipient="",
        rank=0,
        state=NoticeState.PLANNED,
        due=None,
        at=now,
    )
    grant = Grant(0, 0, "", "", frozenset({"remind"}), about, True, now, "code") if relative else None
    facts = Facts(sample, None, (), Preferences(), False, (grant,) if grant else ())
    return words_of(kind, notice, facts, region, now, campaign, grant)


def pay_day(drawing_since: date) -> date:
    """From when the first pension is paid: the 15th of the month after."""
    month = Month.of(drawing_since).plus(1)
    return date(month.year, month.month, _PAY_DAY)


class _Texts:
    """A campaign's text before the region's before the product's."""

    def __init__(self, kind: str, region: Mapping[str, str], campaign: Mapping[str, str]) -> None:
        self._kind = kind
        self._region = region
        self._campaign = campaign

    def of(self, name: str, fill: Mapping[str, str]) -> str:
        """'' when there is none. The staff's `hint` and `sms` stand for every text of their campaign."""
        form = name.rpartition(".")[2] if "relative" not in name else name
        key = f"{self._kind}.{name}"
        text = self._campaign.get(name) or self._campaign.get(form if form in {"hint", "sms"} else name)
        return _filled(text or self._region.get(key) or TEXTS.get(key, ""), fill)


def _filled(text: str, fill: Mapping[str, str]) -> str:
    """Only the places that are known are filled; another brace stays as it stands."""
    for name, value in fill.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _about(notice: Notice, facts: Facts) -> date | None:
    """The day that the words name: of the certification as it is now where its outcome is told, else that of the cycle."""
    cycle = due_of(notice)
    if notice.kind == "P-PENSION" and cycle is not None:
        return pay_day(cycle)
    if notice.stage == "result" and facts.certification is not None:
        return facts.certification.due_on
    return cycle


def _opening(notice: Notice, facts: Facts, region: Region | None, about: date | None, now: datetime) -> str:
    """From when it can be done, where that is not yet; else ''."""
    if notice.kind != "P-CERT" or region is None or about is None or facts.person is None:
        return ""
    opens = opens_on(region.certification, facts.person.birth_date, about)
    return day(opens) if opens is not None and opens > now.astimezone(SHANGHAI).date() else ""


def _text_name(notice: Notice, facts: Facts, about: date | None, now: datetime) -> str:
    """Which text of the kind: of a stage by the days that are left now, not by those it was planned for."""
    if notice.kind != "P-CERT":
        return notice.stage if f"{notice.kind}.{notice.stage}" in TEXTS else _ONLY.get(notice.kind, notice.stage)
    if notice.stage == "result":
        cycle = due_of(notice)
        return (
            "passed" if facts.certification is not None and cycle is not None and facts.certification.due_on > cycle else "result"
        )
    if notice.stage == "month":
        return "month"
    left = (about - now.astimezone(SHANGHAI).date()).days if about is not None else stage_number(notice) or 0
    return "before" if left > 0 else "after" if left < 0 else "day"


_ONLY = {"P-PAUSED": "paused", "P-PENSION": "first"}


def _sms(text: str, word: str, kind: str) -> str:
    """With the person's own 暗号 and the way to stop it; the provider puts the sender's sign before it."""
    if not text:
        return ""
    told = f"{text.rstrip('。')}。暗号{word}" if word else text.rstrip("。")
    return f"{told}{STOP}" if KINDS[kind].may_stop else f"{told}。"


def _given(kind: str, notice: Notice, facts: Facts, region: Region | None, now: datetime) -> Words:
    """Words that were given with the row: news of what somebody does here, or of what becomes of it."""
    news = unpack(notice.body)
    name = masked_name(facts.person.name) if facts.person is not None else ""
    title = KINDS[kind].title if kind in KINDS else "社保服务通知"
    word, text = facts.preferences.word, "".join(news.text.splitlines())
    sms = _sms(text, word, kind) if kind in KINDS and Channel.SMS in KINDS[kind].ladder else ""
    params = {
        "name": name,
        "what": f"{title.removesuffix('提醒')}有新动态",
        "when": f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "hotline": region.hotline if region is not None else "12333",
        "word": word,
        "text": text,
    }
    return Words(name, title, "", "", news.text, news.choices, word, sms, params if sms else {}, f"{kind}.news" if sms else "")
