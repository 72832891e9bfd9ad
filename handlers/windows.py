"""Which acts of a person let the account write to them, how often and for how long (wechat.md A7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from dialogs.messages import AnyInbound, Followed, Located, Pressed, Said, Scanned
from handlers.changed import replace
from storage.ports.records import User

PUSHES = {"message": 5, "click": 3, "follow": 3, "scan": 3}
"""Service messages that each act allows."""

WINDOWS = {
    "message": timedelta(hours=48),
    "click": timedelta(minutes=1),
    "follow": timedelta(minutes=1),
    "scan": timedelta(minutes=1),
}
"""How long after it."""


def trigger(inbound: AnyInbound) -> str:
    """The act; '' for one that allows nothing by itself. A tap on a message menu is a tap on a menu, not a message."""
    match inbound:
        case Pressed():
            return "click"
        case Said(menu_id=menu_id) if menu_id:
            return "click"
        case Scanned(by_menu=by_menu):
            return "click" if by_menu else "scan"
        case Followed():
            return "follow"
        case Located(chosen=True):
            return ""
        case _:
            return "message"


def acted(user: User, inbound: AnyInbound, now: datetime) -> User:
    """The chat after this act. A tap does not take away what is left of the two days that a message has opened."""
    act = trigger(inbound)
    if not act or (act != "message" and _open(user, now)):
        return replace(user, subscribed=True)
    return replace(user, subscribed=True, last_interaction_at=now, last_trigger=act, pushes_left=PUSHES[act])


def _open(user: User, now: datetime) -> bool:
    """Whether a message's window is open, with more in it than an act of another kind would give."""
    since = user.last_interaction_at
    if not user.subscribed or user.last_trigger != "message" or since is None or user.pushes_left < PUSHES["click"]:
        return False
    return now - since <= WINDOWS["message"]
