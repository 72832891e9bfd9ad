"""The questions that storage answers, in domain words.

Repositories flush; only `Store` commits. A method that changes something says whether doing it twice does it once.
"Nothing" is `None` or an empty tuple, never an exception; `Conflict` means that someone else was faster.
"""

from __future__ import annotations

from storage.ports.repositories.agency import Cards, Certifications, Contributions, Employers, People
from storage.ports.repositories.chat import Answers, ChatTags, Codes, Openings, ParkedReplies, Scenes, Sessions, Tickets, Users
from storage.ports.repositories.errors import Conflict, StorageError, Unavailable
from storage.ports.repositories.family import Family, Wishes
from storage.ports.repositories.holdings import Holdings
from storage.ports.repositories.house import Audit, Documents, Jobs, Limits, Messages
from storage.ports.repositories.notices import Campaigns, Notices, Paces
from storage.ports.repositories.personal import Accounts, GuideEdits, Papers
from storage.ports.repositories.rights import JobNotices, RecordOrders, Rights
from storage.ports.repositories.store import Locks, Repositories, Store
from storage.ports.repositories.work import Attachments, Cases, Files, Orders, Ratings, Spool, StaffAccounts, Threads

__all__ = [
    "Accounts",
    "Answers",
    "Attachments",
    "Audit",
    "Campaigns",
    "Cards",
    "Cases",
    "Certifications",
    "ChatTags",
    "Codes",
    "Conflict",
    "Contributions",
    "Documents",
    "Employers",
    "Family",
    "Files",
    "GuideEdits",
    "Holdings",
    "JobNotices",
    "Jobs",
    "Limits",
    "Locks",
    "Messages",
    "Notices",
    "Openings",
    "Orders",
    "Paces",
    "Papers",
    "ParkedReplies",
    "People",
    "Ratings",
    "RecordOrders",
    "Repositories",
    "Rights",
    "Scenes",
    "Sessions",
    "Spool",
    "StaffAccounts",
    "StorageError",
    "Store",
    "Threads",
    "Tickets",
    "Unavailable",
    "Users",
    "Wishes",
]
