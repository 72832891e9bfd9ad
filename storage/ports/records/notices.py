"""What goes out unasked (conversation-map.md 5): campaigns, and the ledger of notices, one row for each rung of each stage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from storage.ports.record import Record, field
from storage.ports.records.agency import Benefit, Certification, Person
from storage.ports.records.chat import User
from storage.ports.records.family import Grant, Preferences


class Channel(StrEnum):
    """The rungs of a ladder. `chat` is whatever the account may use for news now: a service message, a template, or the next reply."""

    CHAT = "chat"
    TEMPLATE = "template"
    SUBSCRIBE = "subscribe"
    SMS = "sms"
    RELATIVE = "relative"
    VISIT = "visit"


class NoticeState(StrEnum):
    """Where a row of the ledger stands. Only those with a `due` are looked at again by themselves."""

    PLANNED = "planned"
    SENDING = "sending"
    """Intended: written before the call, so that whoever finds it after a crash knows that the call may have been made."""
    SENT = "sent"
    """Taken by the platform or the provider. With a `due`, a receipt is awaited until then."""
    DELIVERED = "delivered"
    REFUSED = "refused"
    """Certainly not delivered on this channel: the next rung has it."""
    UNFOLLOWED = "unfollowed"
    """As `refused`: the chat does not follow the account (any more)."""
    UNREACHABLE = "unreachable"
    """Nothing was tried: no way leads to them at this stage yet. A later stage has more ways."""
    UNANSWERED = "unanswered"
    """Sent, and no receipt came in time: the next rung has it too."""
    DROPPED = "dropped"
    """Not wanted any more: certified, dead, stopped, too old. Nothing follows."""
    DOUBTFUL = "doubtful"
    """It may or may not have been sent, and may not be sent again: somebody looks, or a receipt settles it."""
    LISTED = "listed"
    """Nothing reached them: on the list for visits."""
    VISITED = "visited"


class CampaignState(StrEnum):
    """运营's campaigns go draft → scheduled → running ⇄ paused → done, or stopped from anywhere. Standing ones are always running or paused."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class Audience(Record):
    """Who: the living people of these regions with a due day between two days. None and '' mean any."""

    regions: tuple[str, ...]
    due_from: date | None = None
    due_to: date | None = None
    born_before: date | None = None
    """Born on that day or earlier: the oldest first."""
    reach: str = ""
    """chat: has a chat that follows; no_chat: has none."""
    last_channel: str = ""
    """认证渠道 of the last certification."""
    never: bool = False
    """Has never certified."""


class Campaign(Record):
    """A plan of notices. `id` is 0 before it is stored; a standing one has a `code` (`P-CERT.beijing`, `P-CASE`) and no staff."""

    id: int
    kind: str
    """Code of `handlers.reminders.kinds`: P-CERT …"""
    title: str
    state: CampaignState
    audience: Audience
    ladder: tuple[Channel, ...]
    created_at: datetime
    code: str = ""
    """Of a standing campaign; '' for one that the staff made."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What differs from the kind's texts, by name of the text (`handlers.reminders.words`)."""
    per_minute: int = 0
    """Pace over all workers; 0: the channels' own."""
    per_day: int = 0
    created_by: int | None = None
    starts_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    planned_to: str = ""
    """How far planning has come (`Planned.after`); it goes on there after a crash."""
    planned: bool = False
    """Everybody has been planned. A standing campaign is never done."""
    note: str = ""
    """Why it stands still, in a sentence for the staff (quota used up …)."""
    version: int = 0

    @property
    def standing(self) -> bool:
        """Whether it plans anew each day and never ends."""
        return bool(self.code)


class Notice(Record):
    """One rung of one stage for one recipient: unique by (kind, person, cycle, stage, channel, recipient). `id` is 0 before it is stored."""

    id: int
    campaign_id: int
    kind: str
    region: str
    person_id: int
    """0: for a chat that speaks for nobody."""
    cycle: str
    """What it is about: a due day 2026-12-15, a case's number and step."""
    stage: str
    """30 (days before), -7 (after), result, month …"""
    channel: Channel
    recipient: str
    """'' the person; `g17` the relative of grant 17; `c<pseudonym>` that one chat."""
    rank: int
    """0 most urgent … 9."""
    state: NoticeState
    due: datetime | None
    at: datetime
    """Of the last change."""
    attempts: int = 0
    """Counted by each claim. Whoever settles names it: a row that somebody else has claimed meanwhile is not settled."""
    began_at: datetime | None = None
    """When the first call was made that may have gone through; None while none was. `client_msg_id` holds for ten minutes from then."""
    expires_at: datetime | None = None
    """Too old to send after that."""
    openid: str = ""
    """The chat, where it is for one chat, and once it was sent to one. Stripped when the chat leaves."""
    following: str = ""
    """`User.following` that it was made under; '' fits any."""
    body: bytes = b""
    """Words that were given with it (sealed below); b'' where they are made from the person's data when it is sent."""
    msg_id: str = ""
    note: str = ""


class Facts(Record):
    """What is known at the moment of sending about whom a notice is for; read for a whole batch at once."""

    person: Person | None
    """None for a visitor's chat, and where there is no such person."""
    certification: Certification | None
    chats: tuple[User, ...]
    """Those bound to the person that follow, the one used last first; for a notice with an openid that chat alone, if it follows."""
    preferences: Preferences
    """Of the first chat (of the relative's, where the notice is for a relative), else the product's own."""
    stopped: bool
    """The person, or the chat, has stopped this kind."""
    grants: tuple[Grant, ...]
    """Living, with the scope `remind` (and `benefits`, for the kinds that speak of them), whose chat follows and has not stopped this kind."""
    consents: int = 0
    """Subscription notices that the first chat still allows."""
    benefit: Benefit | None = None
    """待遇发放, for the kinds that speak of it (P-PAUSED, P-PENSION); None for the others."""


class Rung(Record):
    """The next try, inserted when a row is settled; nothing happens where it exists."""

    channel: Channel
    recipient: str
    due: datetime
    state: NoticeState = NoticeState.PLANNED


class Plan(Record):
    """One pass over an audience: everybody whose day lies between two days gets the first open rung of one stage, and so does each
    relative who is reminded together with them. The rank follows from the days that are left."""

    campaign_id: int
    kind: str
    stage: str
    audience: Audience
    ladder: tuple[Channel, ...]
    today: date
    due: datetime
    """When it may be sent."""
    expires_at: datetime
    about: str = "due"
    """Which day: due (of the certification), paused or resumed (since when the benefit is), drawing (the first pension)."""
    unopened: tuple[tuple[date, int], ...] = ()
    """Days with a month of birth each: whoever was born in it and has that day is passed over, since their window is not open yet."""


class Planned(Record):
    """What a piece of planning did: `new` rows; `after` to go on from; `done` when nobody is left."""

    new: int
    after: str
    done: bool


class Settled(Record):
    """What becomes of a claimed row. `attempts` as it was claimed."""

    id: int
    attempts: int
    state: NoticeState
    due: datetime | None = None
    note: str = ""
    msg_id: str = ""
    openid: str = ""
    """The chat that it went to, whose receipt will come."""
    began_at: datetime | None = None
    rungs: tuple[Rung, ...] = ()
    moved_to: Channel | None = None
    """A row that nothing was sent for yet goes this way instead (`state` is planned). It stays as it is where that rung exists already."""


class Tally(Record):
    """A counter of a campaign: how many of a stage and channel came to that outcome. Moved with each state, never counted anew."""

    campaign_id: int
    stage: str
    channel: Channel
    outcome: str
    """A NoticeState, or `certified`."""
    count: int


class Granted(Record):
    """What a pace allows now: `count` may be sent, the next not before `again_at`. `stopped` says why nothing goes at all."""

    count: int
    again_at: datetime
    stopped: str = ""


class Sample(Record):
    """Somebody whom an audience holds, for the preview."""

    person: Person
    certification: Certification
    has_chat: bool


class Unreached(Record):
    """A row of the list for visits, with what was tried in that cycle: (channel, state, note, at) of the last try on each channel."""

    notice: Notice
    person: Person
    certification: Certification | None
    tried: tuple[tuple[Channel, NoticeState, str, datetime], ...]
