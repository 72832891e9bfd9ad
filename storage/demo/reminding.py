"""A campaign of the staff that is over, in the demo: what went out, what did not, whom somebody has to visit. Every row is invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from storage.certifying import plus_months
from storage.demo.lives import Life, at
from storage.demo.names import REGIONS
from storage.ports.record import Record
from storage.ports.records import Audience, Campaign, CampaignState, Channel, Notice, NoticeState
from storage.ports.repositories import Repositories

DAYS_AGO: Final = 10
TITLE: Final = "到期补提醒（示例）"
_LADDER: Final = (Channel.TEMPLATE, Channel.SMS, Channel.VISIT)
_CERTIFIED_DAYS: Final = 14


class Tried(Record):
    """What was tried with one of the cast, in order: channel, what became of it, the ledger's note. `visited`: what came of a visit."""

    region: str
    who: str
    rungs: tuple[tuple[Channel, NoticeState, str], ...]
    visited: str = ""
    certified_since: bool = False
    """It was about the due day before the present one."""


_T, _S, _V = _LADDER
TRIED: Final = (
    Tried("beijing", "卢海生", ((_T, NoticeState.DELIVERED, ""),)),
    Tried("beijing", "叶秀兰", ((_T, NoticeState.REFUSED, "43004"), (_S, NoticeState.DELIVERED, ""))),
    Tried(
        "beijing",
        "郑美华",
        ((_T, NoticeState.REFUSED, "user block"), (_S, NoticeState.UNANSWERED, "no receipt"), (_V, NoticeState.LISTED, "")),
    ),
    Tried("binzhou", "潘秀英", ((_T, NoticeState.UNANSWERED, "no receipt"), (_S, NoticeState.SENT, ""))),
    Tried(
        "binzhou",
        "汪福来",
        ((_T, NoticeState.REFUSED, "43004"), (_S, NoticeState.REFUSED, "no phone"), (_V, NoticeState.LISTED, "")),
        visited="已电话告知本人，说月底前去窗口认证（示例）",
    ),
    Tried("jinan", "姚秋荷", ((_S, NoticeState.DOUBTFUL, "timeout"),)),
    Tried("jinan", "廖桂香", ((_S, NoticeState.REFUSED, "no phone"), (_V, NoticeState.LISTED, ""))),
    Tried("jinan", "邹长顺", ((_T, NoticeState.DELIVERED, ""),), certified_since=True),
)


async def put(
    repos: Repositories, today: date, lives: Mapping[tuple[str, str], tuple[Life, int]], known: Mapping[str, int]
) -> int:
    """Store the campaign with its rows; how many rows. `lives` of the cast with their person ids, by region and name."""
    day = today - timedelta(days=DAYS_AGO)
    campaign = await repos.campaigns.add(
        Campaign(
            id=0,
            kind="P-CERT",
            title=TITLE,
            state=CampaignState.DONE,
            audience=Audience(tuple(REGIONS), due_from=today - timedelta(days=60), due_to=today + timedelta(days=60)),
            ladder=_LADDER,
            created_at=at(day, 9, 5),
            created_by=known.get("yunying"),
            starts_at=at(day, 9, 30),
            started_at=at(day, 9, 30),
            finished_at=at(day + timedelta(days=1), 9, 40),
            planned=True,
        )
    )
    rows = 0
    for tried in TRIED:
        life, number = lives[tried.region, tried.who]
        if life.certification is None:
            continue
        due = life.certification.due_on
        cycle = plus_months(due, -12) if tried.certified_since else due
        for place, (channel, state, note) in enumerate(tried.rungs):
            moment = at(day, 9 + 2 * place, 31)
            row = Notice(
                id=0,
                campaign_id=campaign.id,
                kind="P-CERT",
                region=tried.region,
                person_id=number,
                cycle=cycle.isoformat(),
                stage=f"c{campaign.id}",
                channel=channel,
                recipient="",
                rank=5,
                state=state,
                due=None,
                at=moment,
                attempts=1,
                began_at=None if channel is Channel.VISIT else moment,
                note=note,
            )
            stored = await repos.notices.add(row)
            rows += stored is not None
            if stored is not None and state is NoticeState.LISTED and tried.visited:
                await repos.notices.visit(stored.id, tried.visited, at(day + timedelta(days=3), 15, 20))
    await repos.campaigns.tally_certified(campaign.id, _CERTIFIED_DAYS)
    return rows
