"""What belongs to a chat: its user, bindings, codes, links, session, parked replies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from storage.ports.record import Record
from storage.ports.records.agency import Person


class User(Record):
    """微信用户 (A1)."""

    openid: str
    subscribed: bool
    active_role: str
    """visitor, person, employer."""
    region: str | None
    person_id: int | None
    """The bound person whom this chat speaks for now; None for a visitor."""
    last_interaction_at: datetime | None = None
    last_trigger: str = ""
    """message, click, follow, scan: what opened the service-message window (wechat.md A7)."""
    pushes_left: int = 0
    following: str = ""
    """Which following this is: made at random with the row, so that what was queued under an earlier one is never given under this one."""


class Binding(Record):
    """身份绑定 (A3): history is kept; a living binding has no `unbound_at`."""

    id: int
    openid: str
    person_id: int
    role: str
    verified_via: str
    consent_version: str
    bound_at: datetime
    unbound_at: datetime | None = None
    held_until: datetime | None = None
    """Sensitive acts of this chat for this person wait until then (S16); decided when the binding is made, never changed afterwards."""


class CodeState(StrEnum):
    """What has become of a one-time code."""

    OPEN = "open"
    PASSED = "passed"
    SPENT = "spent"
    DEAD = "dead"


class CodeRequest(Record):
    """验证码 (A5): one SMS code, bound to the chat, the purpose and the request it was made for. The digits are never stored."""

    id: str
    openid: str
    purpose: str
    phone: str
    code_hash: bytes
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    state: CodeState = CodeState.OPEN


class Ticket(Record):
    """A link that was given out: `/p/…` (one-time page), `/d/…` (document), `/c/…` (captcha). Only a keyed hash of the token is stored."""

    kind: str
    openid: str
    params: dict[str, str]
    created_at: datetime
    expires_at: datetime
    holder: str | None = None
    """Keyed hash of the browser cookie that opened it first; None while unopened."""


class SceneState(StrEnum):
    """What has become of a code that is scanned."""

    NEW = "new"
    TAKEN = "taken"
    """A chat has scanned it and has not answered."""
    AGREED = "agreed"
    REFUSED = "refused"
    USED = "used"


class Scene(Record):
    """A QR code that was shown to somebody (wechat.md A10). Only keyed hashes of what it holds, of its word and of the browser are stored.

    `id` names it without being able to open it; `openid` is the one chat that took it, '' while nobody has."""

    id: str
    purpose: str
    params: dict[str, str]
    created_at: datetime
    expires_at: datetime
    state: SceneState = SceneState.NEW
    openid: str = ""


class TagChange(Record):
    """A chat whose tag the platform does not know yet; '' is no tag."""

    openid: str
    wanted: str
    told: str


class Session(Record):
    """对话状态 (A6) of one chat: opaque to storage, versioned, expiring."""

    openid: str
    body: bytes
    version: int
    expires_at: datetime


class Parked(Record):
    """A reply that could not be pushed; given first with the next message."""

    id: int
    openid: str
    body: bytes
    created_at: datetime


class Opened(Record):
    """What a turn begins with."""

    answer: bytes | None
    """What this message was answered with before; None if it was not."""
    user: User | None
    session: Session | None
    person: Person | None
    """For whom the chat speaks."""
    bound: bool
    """Whether a living binding of this chat to that person says so."""
    shared: bool
    """Whether one says it of somebody else too: the chat is used for several."""
