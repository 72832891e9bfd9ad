"""What belongs to a chat."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from storage.ports.records import (
    Binding,
    CodeRequest,
    CodeState,
    Opened,
    Parked,
    Scene,
    SceneState,
    Session,
    TagChange,
    Ticket,
    User,
)


class Users(Protocol):
    """微信用户 (A1) and 身份绑定 (A3)."""

    async def get(self, openid: str) -> User | None: ...

    async def save(self, user: User) -> None:
        """Insert or replace."""

    async def forget(self, openid: str) -> None:
        """The platform's rule on unfollow: delete the user, end the bindings and strip the openid from them, delete session, parked replies, tickets, open codes, stored answers and watches, close its talk, strip the openid from orders and talks. Idempotent."""

    async def forget_past(self, openid: str) -> None:
        """As `forget`, but the conversation that is under way stays: user, session, parked replies and stored answers. For an erasure: what comes
        after it is another consent's. Idempotent."""

    async def bind(self, binding: Binding) -> Binding:
        """Add a living binding (the same living one comes back if it exists already)."""

    async def bindings(self, openid: str) -> tuple[Binding, ...]:
        """Living ones, oldest first."""

    async def bindings_of(self, person_id: int, since: datetime) -> tuple[Binding, ...]:
        """To that person, of all chats: the living ones and those that ended after `since`, oldest first. The openid of a chat that has left is ''."""

    async def chats_of(self, person_id: int) -> tuple[User, ...]:
        """Subscribed users with a living binding to that person."""

    async def unbind(self, openid: str, person_id: int, at: datetime) -> bool:
        """End the binding, and what that chat has of that person: its watches of their cases, the requests for marks about those and about their talks, its openid on their orders that can still be paid. False if there was no binding. Idempotent."""


class Codes(Protocol):
    """One-time codes. Everything here is a row in SQL in both modes: losing it would let someone in."""

    async def add(self, request: CodeRequest) -> None:
        """Store a new request; earlier open ones of the same openid and purpose die."""

    async def get(self, request_id: str) -> CodeRequest | None: ...

    async def attempt(self, request_id: str) -> int:
        """Count one try, atomically; returns the number of tries so far (this one included)."""

    async def set_state(self, request_id: str, expected: CodeState, state: CodeState) -> bool:
        """Move on, once: False if the state was not `expected`."""


class Tickets(Protocol):
    """Links that were given out."""

    async def add(self, token: str, ticket: Ticket) -> None:
        """Store under the keyed hash of `token`."""

    async def get(self, token: str, kind: str, now: datetime) -> Ticket | None:
        """The ticket if it exists, is of that kind and has not expired."""

    async def claim(self, token: str, holder: str) -> Ticket | None:
        """Bind the ticket to the browser that opens it first (`holder` is the cookie's value; its keyed hash is stored). None if another browser was first. Idempotent for the same holder."""

    async def drop(self, token: str) -> None:
        """Delete. Idempotent."""

    async def drop_of(self, openid: str) -> None:
        """Delete all that were given to the chat. Idempotent."""


class Scenes(Protocol):
    """QR codes that were shown to somebody, each good for one chat and one time. Rows in SQL in both modes: losing one would let somebody in."""

    async def add(self, name: str, scene: Scene, holder: str = "", word: str = "") -> bool:
        """Store under the keyed hash of `name`, what the code holds (`scene.id` is not looked at). `holder` is the cookie of the browser that shows
        it, `word` what may be typed instead. False when another living code has that name or word."""

    async def find(self, name: str, now: datetime) -> Scene | None:
        """What stands behind a code, whatever its state, until it expires."""

    async def find_word(self, word: str, now: datetime) -> Scene | None:
        """As `find`, by what was typed."""

    async def get(self, scene_id: str, now: datetime) -> Scene | None:
        """As `find`, by its id."""

    async def of_holder(self, holder: str, now: datetime) -> Scene | None:
        """The newest that this browser shows and that has not been used."""

    async def take(self, scene_id: str, openid: str, now: datetime, until: datetime) -> Scene | None:
        """Give it to the chat that scanned it first, which then has `until`. None for every other chat, and when it is over. Idempotent for the
        same chat, whose time grows once."""

    async def move(self, scene_id: str, expected: SceneState, state: SceneState, now: datetime) -> Scene | None:
        """Move on, once, atomically: None if its state was not `expected` or its time is over. What is refused or used gives its word free."""

    async def drop_of(self, holder: str) -> None:
        """Delete what that browser shows. Idempotent."""


class ChatTags(Protocol):
    """Which tag the platform has of a chat (wechat.md A12), and which it should have. Chats without any have no row."""

    async def want(self, openid: str, tag: str, at: datetime) -> bool:
        """From now on it should be this one ('' for none); True when the platform has to be told. Idempotent."""

    async def due(self, limit: int) -> tuple[TagChange, ...]:
        """What the platform is to be told, oldest first."""

    async def told(self, openid: str, tag: str) -> None:
        """The platform has it. Idempotent; what was wanted meanwhile stays due."""

    async def one_with(self, tag: str) -> str | None:
        """Some chat that the platform knows with that tag; None if there is none."""


class Sessions(Protocol):
    """Conversation state, one a chat."""

    async def load(self, openid: str, now: datetime) -> Session | None:
        """None when there is none or it has expired."""

    async def save(self, session: Session) -> None:
        """Write version n+1 over version n; raises Conflict when the stored version is not `session.version - 1`."""

    async def delete(self, openid: str) -> None: ...


class Answers(Protocol):
    """What was answered to each message, so that a resend gets the same bytes."""

    async def get(self, key: str) -> bytes | None: ...

    async def put(self, key: str, openid: str, answer: bytes, at: datetime) -> None:
        """Store once; a second answer for the same key is ignored. Kept for ten minutes at least."""

    async def purge(self, before: datetime, limit: int = 1000) -> int:
        """Forget answers given before, at most `limit` of them; returns how many. Idempotent."""


class ParkedReplies(Protocol):
    """Replies waiting for the person's next message."""

    async def add(self, openid: str, body: bytes, at: datetime) -> None: ...

    async def take(self, openid: str) -> tuple[Parked, ...]:
        """Oldest first; they are deleted with the transaction."""


class Openings(Protocol):
    """What a turn begins with."""

    async def open(self, openid: str, key: str, now: datetime) -> Opened:
        """The answer that this message has got, the chat's user, its session and the person it speaks for, in as few questions as there can be.

        The session counts as loaded; whether anything is parked is known from now on. Changes nothing.
        """
