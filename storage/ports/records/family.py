"""亲情 and what people want to hear: relatives' grants (S17), invitations, preferences, what was stopped."""

from __future__ import annotations

from datetime import date, datetime, time

from storage.ports.record import Record

SCOPES = ("remind", "certification", "benefits", "act")
"""What a relative may: be reminded, see the certification, see contributions and benefits, act for the person."""

MOST_RELATIVES = 8

NO_SMS = "SMS"
"""The `kind` under which `Wishes.stop` keeps for a person that no short message of the ledger is wanted; no chat needs to be there for it."""


class Grant(Record):
    """亲情授权: what one chat may do for one person, by that person's own code or by a member of staff with a reason."""

    id: int
    person_id: int
    openid: str
    """The relative's chat; '' once it has left: then the grant has ended too."""
    label: str
    """What the retiree calls them: 女儿."""
    scopes: frozenset[str]
    until: date
    """The last day."""
    together: bool
    """Reminded together with the person; False: only when the person could not be reached."""
    granted_at: datetime
    granted_by: str
    """code (the person's own), staff:<id>."""
    reason: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
    """person, relative, staff, death, expiry, left."""

    def allows(self, scope: str, today: date) -> bool:
        """Whether it is living and holds that scope."""
        return self.ended_at is None and today <= self.until and scope in self.scopes


class Invitation(Record):
    """A code that the person made, after proving themself, for a relative to type; only its keyed hash is stored. Used once."""

    person_id: int
    scopes: frozenset[str]
    label: str
    until: date
    together: bool
    made_by: str
    """Openid of the chat that made it."""
    expires_at: datetime


class Preferences(Record):
    """What a chat wants: no notices between `quiet_from` and `quiet_to` in its zone. The defaults are the product's."""

    openid: str = ""
    quiet_from: time = time(21, 0)
    quiet_to: time = time(8, 0)
    """Earlier than `quiet_from`: the next morning. Equal: never quiet."""
    zone: str = "Asia/Shanghai"
    """IANA name: people abroad have their own nights."""
    months: tuple[int, ...] = ()
    """每年几月提醒我: 1 to 12."""
    word: str = ""
    """暗号: official messages carry it. Sealed below."""
    sms: bool = True
    """Whether short messages may be sent where the chat does not reach them."""

    @property
    def hours_said(self) -> bool:
        """Whether hours or zone were said, and are not the product's own."""
        own = Preferences()
        return (self.quiet_from, self.quiet_to, self.zone) != (own.quiet_from, own.quiet_to, own.zone)


class Consent(Record):
    """订阅通知: how many of a template a chat still allows; -1 for a long-term subscription."""

    openid: str
    template_id: str
    left: int
