"""What is logged during a test, as the running product logs it; afterwards nothing writes there any more."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator

import structlog

from bot import logs


@contextlib.contextmanager
def logged() -> Iterator[io.StringIO]:
    """The lines. A command that is run in the block may set up its own, on a stream that is closed with it."""
    written = io.StringIO()
    logs.set_up(written)
    try:
        yield written
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = []
        logs._standing = None
