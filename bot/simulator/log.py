"""Everything that happened in the simulated world, in order, without a secret: what `GET /sim/log` shows and transcripts are made from."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import Any

from storage.ports.time import Clock

KEEP = 20_000
_TOKENS = {"access_token", "refresh_token", "ticket", "code", "signature", "msg_signature"}
_SECRETS = {"secret", "appsecret"}
_LONGEST = 2000


def masked(value: Any) -> Any:
    """The same without what must not be read by others: of a token the first four characters stay, so that two can be told apart."""
    if isinstance(value, Mapping):
        return {name: _hidden(name, one) if isinstance(one, str) else masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    return value if not isinstance(value, str) or len(value) <= _LONGEST else value[:_LONGEST] + "…"


def _hidden(name: str, value: str) -> Any:
    if name in _SECRETS:
        return "…"
    if name in _TOKENS:
        return f"{value[:4]}…" if len(value) > 16 else "…"
    return masked(value)


class Log:
    """The last twenty thousand things, by the simulator's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._kept: deque[dict[str, Any]] = deque(maxlen=KEEP)

    def add(self, kind: str, /, *, whole: Mapping[str, Any] | None = None, **what: Any) -> dict[str, Any]:
        """Returns the line, to which what comes of it may be added. `kind`: send, push, try, shown, sms, api, oauth, clock, faults, account, reset. `whole` is kept as it is, so that it can be done
        again: what people type and send."""
        entry = {"n": next(self._numbers), "at": self._clock.now().isoformat(), "kind": kind}
        entry |= masked(what) | (dict(whole) if whole else {})
        self._kept.append(entry)
        return entry

    def lines(self, *, kinds: frozenset[str] = frozenset(), openid: str = "", after: int = 0) -> list[dict[str, Any]]:
        """What is kept, oldest first: of these kinds, of this phone (and of nobody's in particular), after this number."""
        return [
            one
            for one in self._kept
            if one["n"] > after and (not kinds or one["kind"] in kinds) and (not openid or one.get("openid", openid) == openid)
        ]
