"""Structured logs: one JSON line an event, no content and no personal data; a filter masks digit runs as a second net.

What is logged is chosen where it is logged. The filter only catches what slipped through: any run of seven or more digits (phones,
numbers of cards and people, codes in addresses), whatever the key it stands under and however deep.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import structlog

_DIGITS = re.compile(r"\d(?:[\s-]?\d){6,}[0-9Xx]?")
_PRIVATE_PATH = re.compile(r"/(v|p|d|c)/[^\s\"']+")
_KEEP = {"timestamp"}


def masked(text: str) -> str:
    """The text with long digit runs and private paths blotted out."""
    return _PRIVATE_PATH.sub(r"/\1/***", _DIGITS.sub(lambda run: f"***{run[0][-2:]}" if run[0][-2:].isalnum() else "***", text))


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**6:
        return "***"
    return value


def mask_digits(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor; stands last before rendering, after exceptions have become text."""
    return {key: value if key in _KEEP else _clean(value) for key, value in event.items()}


def trace_without_words(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from, by kind, file and line. Its message is left out: it may quote what a person typed."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)
        event["trace"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
        event.setdefault("error", type(error).__name__)
    return event


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


def set_up(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Configure structlog and the standard module to write to `stream` (standard error by default). Idempotent."""
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            trace_without_words,
            mask_digits,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(_MaskedFormatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
