"""Structured logs: one JSON line an event, no content and no personal data; a filter masks digit runs as a second net.

What is logged is chosen where it is logged. The filter only catches what slipped through: any run of seven or more digits (phones,
numbers of cards and people, codes in addresses), whatever the key it stands under and however deep.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import msgspec
import structlog

_DIGITS = re.compile(r"\d(?:[\s-]?\d){6,}[0-9Xx]?")
_RID = re.compile(r"[0-9a-f]{6,10}-[0-9a-f]{6,10}-[0-9a-f]{6,10}")
"""The platform's id of a call, under its own key: its support asks for it, so it is not blotted out."""
_PRIVATE_PATH = re.compile(r"/(v|p|d|c)/[^\s\"']+")
_SHORTEST = 4
"""A private path with one letter."""


def masked(text: str) -> str:
    """The text with long digit runs and private paths blotted out."""
    if text.isascii() and text.isalpha():
        return text
    return _PRIVATE_PATH.sub(r"/\1/***", _DIGITS.sub(lambda run: f"***{run[0][-2:]}" if run[0][-2:].isalnum() else "***", text))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        # Nothing shorter can be blotted out: most values are a word.
        return value if len(value) < _SHORTEST else masked(value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**6:
        return "***"
    return value


def trace_without_words(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from, by kind, file and line. Its message is left out: it may quote what a person typed."""
    error = event.pop("exc_info", None)
    if error is None:
        return event
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["trace"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        event.setdefault("error", type(error).__name__)
    return event


_encode = msgspec.json.Encoder(enc_hook=repr).encode


def as_line(_: Any, level: str, event: MutableMapping[str, Any]) -> str:
    """The last processor: level and time, long digit runs blotted out, one line of JSON. What JSON has no word for is shown as Python does."""
    made: dict[str, Any] = {"event": _clean(event.pop("event", ""))}
    for key, value in event.items():
        kind = type(value)
        if kind is float or kind is bool or value is None or (key == "rid" and kind is str and _RID.fullmatch(value)):
            made[key] = value
        else:
            made[key] = _clean(value)
    made["level"] = "error" if level == "exception" else level
    _STAMPER(_, level, made)
    try:
        return _encode(made).decode()
    except UnicodeError:  # half a character
        return json.dumps(made, default=repr)


_STAMPER = structlog.processors.TimeStamper(fmt="iso", utc=True)


class Lines:
    """Where lines go. Those of one round of the event loop are written together at its end; a warning, and what no loop waits for, at once."""

    def __init__(self, target: TextIO, together: bool) -> None:
        self._target = target
        self._together = together
        self._waiting: list[str] = []
        if together:
            atexit.register(self.flush)

    def __call__(self, *_: Any) -> Lines:
        """structlog asks a factory for a logger."""
        return self

    def flush(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._target.write("".join(waiting))
            self._target.flush()

    def msg(self, line: str) -> None:
        """One line; soon."""
        self._waiting.append(line + "\n")
        if self._together and len(self._waiting) < _LINES:
            if len(self._waiting) > 1:
                return  # whoever was first has asked
            with contextlib.suppress(RuntimeError):
                asyncio.get_running_loop().call_soon(self.flush)
                return
        self.flush()

    def at_once(self, line: str) -> None:
        """One line; now, after what waits."""
        self._waiting.append(line + "\n")
        self.flush()

    debug = info = msg
    warning = warn = error = critical = fatal = exception = failure = at_once


_LINES = 200
"""No more wait for each other."""


class Ready:
    """A logger for the line that is written for every message. Its values are our own words, numbers and keyed hashes: nothing in them could be
    blotted out, so it goes past the processors, where logging is as `set_up` has made it."""

    def __init__(self, name: str) -> None:
        self._usual = structlog.get_logger(name)

    def info(self, event: str, **told: str | float) -> None:
        """One line; soon."""
        self._tell("info", event, told)

    def warning(self, event: str, **told: str | float) -> None:
        """As `info`, of what was not taken: whoever sends nonsense must not make us work for it."""
        self._tell("warning", event, told)

    def _tell(self, level: str, event: str, told: dict[str, str | float]) -> None:
        if _standing is None or not _standing.tells_all or structlog.get_config()["processors"] is not _standing.processors:
            getattr(self._usual, level)(event, **told)
            return
        made: dict[str, Any] = {"event": event, **told, "level": level}
        _STAMPER(None, level, made)
        _standing.lines.msg(_encode(made).decode())


class _Standing(NamedTuple):
    """What `set_up` has configured last."""

    processors: list[Any]
    lines: Lines
    tells_all: bool


_standing: _Standing | None = None


class _MaskedFormatter(logging.Formatter):
    """For what libraries log through the standard module."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == "asyncio":
            # Below its first line asyncio shows the task, and with it the words of the exception that nobody took.
            record = logging.makeLogRecord({**vars(record), "msg": record.getMessage().partition("\n")[0], "args": None})
        return masked(super().format(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name of the standard library
        frames = traceback.extract_tb(ei[2])[-12:] if ei and ei[2] else []
        where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
        return f"{ei[0].__name__ if ei and ei[0] else 'error'} at {where}"


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """For a command that tells what it found in its own words: until the end of the block no line is written."""
    global _standing
    processors = structlog.get_config()["processors"]
    before, standing = processors[:], _standing
    processors[:], _standing = [_dropped], None
    try:
        yield
    finally:
        processors[:], _standing = before, standing


def _dropped(_: Any, __: str, ___: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    raise structlog.DropEvent


def set_up(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Configure structlog and the standard module to write to `stream` at once (by default to standard error, the lines of one round of the event loop
    together). Idempotent."""
    global _standing  # noqa: PLW0603 - as structlog's own configuration
    target = stream or sys.stderr
    _standing = _Standing([trace_without_words, as_line], Lines(target, together=stream is None), level <= logging.INFO)
    structlog.configure(
        processors=_standing.processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_standing.lines,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
