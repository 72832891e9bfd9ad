"""What people send us and what we say back, in our own words; `bot/wechat/wire.py` turns both into WeChat's and back."""

from __future__ import annotations

from datetime import datetime

from storage.ports.record import Record, field

# ── inbound ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Inbound(Record):
    """What every message carries. `key` tells a resend from a new message; `at` is when the platform says it was sent."""

    openid: str
    key: str
    at: datetime


class Said(Inbound):
    """Words typed, or picked from a message menu: `menu_id` is the id of the tapped entry then, and `text` the line that was tapped, which may
    be one of an old menu (`handlers.tapped` says what it means)."""

    text: str
    menu_id: str = ""


class Spoken(Inbound):
    """A voice message; `recognition` is empty on most accounts (wechat.md A3). `media_id_16k` is the better recording, '' where there is none."""

    media_id: str
    recognition: str = ""
    format: str = ""
    media_id_16k: str = ""


class Pressed(Inbound):
    """A menu entry that sends its key."""

    menu_key: str


class Scanned(Inbound):
    """A QR code was scanned. `text` is the scene of one of the account's own codes, or, when it was scanned through an entry of the menu
    (`by_menu`), whatever stands in the code: anybody can print a code that says anything."""

    text: str
    by_menu: bool = False


class Followed(Inbound):
    """The person follows the account; `scene` is the QR code they came by, or empty."""

    scene: str = ""


class Left(Inbound):
    """The person unfollowed (or revoked their authorisation): what belongs to the chat is deleted."""


class Located(Inbound):
    """A place that the person sent, in degrees. `chosen`: an entry of the menu asked for it; the same place comes once more as a message."""

    latitude: float
    longitude: float
    label: str = ""
    chosen: bool = False


class Pictured(Inbound):
    """A picture that the person sent."""

    media_id: str
    url: str = ""


class Filmed(Inbound):
    """A video that the person sent; `short` when it was filmed in the chat."""

    media_id: str
    thumb_media_id: str = ""
    short: bool = False


class Linked(Inbound):
    """A page that the person passed on. Its address is never opened."""

    title: str
    description: str
    url: str


class Filed(Inbound):
    """A file that the person sent. The platform documents neither its fields nor a way to fetch it (wechat.md A3)."""

    name: str = ""


class Seated(Inbound):
    """A member of the platform's own customer service took the person over (`opened`), or has ended their talk."""

    opened: bool
    seat: str = ""


class Delivered(Inbound):
    """The platform reports what became of a template message or a notice."""

    msg_id: str
    ok: bool
    status: str = ""


class Consented(Inbound):
    """What the person allowed or refused of subscription notices, by template id (wechat.md A4). `refused` was not wanted now, and changes
    nothing that was allowed before; `withdrawn` is turned off in the app's settings."""

    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


class Noticed(Inbound):
    """An event that allows no answer and changes nothing of ours (VIEW, a LOCATION report, whose place is not kept, pic_…, whose picture
    follows as a message). `known` is False for a name that nobody has told us of."""

    name: str
    known: bool = True


class Unknown(Inbound):
    """A kind we do not know: answered politely, never an error."""

    kind: str


AnyInbound = (
    Said
    | Spoken
    | Pressed
    | Scanned
    | Followed
    | Left
    | Located
    | Pictured
    | Filmed
    | Linked
    | Filed
    | Seated
    | Delivered
    | Consented
    | Noticed
    | Unknown
)

SILENT = (Noticed, Left, Delivered, Consented, Seated)
"""Events whose answer nobody would see."""

# ── outbound ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Anchor(Record):
    """A tappable line under a text."""

    label: str
    url: str


class Say(Record):
    """A text, with numbered choices and tappable links under it. Choices are (number or word to send, what it stands for)."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    links: tuple[Anchor, ...] = ()
    tag: str = ""
    """Which question the numbers answer, where they are pushed (`handlers.tapped`): part of what a tap sends back."""


class Article(Record):
    """A card with a title that opens a page."""

    title: str
    description: str
    url: str
    picture_url: str = ""


class Picture(Record):
    """A picture made when it is sent: `chart` is a JSON description that `handlers.documents` draws. Not every account may send one."""

    chart: str
    alt: str


class Human(Record):
    """Hand the person over to a seat of the platform's customer service."""

    text: str = ""


Message = Say | Article | Picture | Human


class Reply(Record):
    """The answer of one turn. `first` goes back with the request if it is ready in time; `more` is pushed when the account may, else dropped (nothing that matters is only in `more`)."""

    first: Message | None = None
    more: tuple[Message, ...] = field(default=())


SILENCE = Reply()
"""Nothing to say: the platform gets `success`."""


def say(text: str, *choices: tuple[str, str], links: tuple[Anchor, ...] = ()) -> Reply:
    """A reply of one text."""
    return Reply(Say(text, choices, links))
