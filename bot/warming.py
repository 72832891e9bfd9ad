"""What is made ready when a process has begun to answer, so that nobody has to wait for it: neither the first answer nor the first page."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Final

from bot.console.looks import LOOKS as CONSOLE
from bot.console.passwords import Argon
from bot.pages.shell import setup_templates
from dialogs.parse.patterns import compile_all
from handlers.understanding import default_understanding
from storage.ports.time import Clock

_AT_WORK: Final = 10_000
"""So many more objects than before, and the collector looks for circles among them. Turns leave next to none, but thirty of them on their way are
some thousands of objects: by itself it would look every few turns, for a fifteenth of the time they take."""

_FIRST_S: Final = 1.0
"""So long those who stood before the door have the processor to themselves."""


def at_work() -> None:
    """The collector as it suits a process that answers: it leaves alone what is there now, and looks seldom."""
    gc.freeze()
    gc.set_threshold(_AT_WORK)
    gc.enable()


def warm(ended: Callable[[], bool] = lambda: False) -> None:
    """Patterns, phrases and weights, what an unknown name's password is compared with, templates: a second of work, unless it `ended` meanwhile.
    Idempotent."""
    for step in (compile_all, default_understanding().prepare, Argon().prepare, setup_templates, CONSOLE.read_all):
        if not ended():
            step()


async def warming(clock: Clock, *, freeze: bool) -> None:
    """Do so in a thread, a second from now. `freeze`: what is there then lives as long as the process, and is never looked through again: a full
    collection would stop everybody for 60 to 110 ms."""
    await clock.sleep(_FIRST_S)
    ended = threading.Event()
    try:
        await asyncio.to_thread(warm, ended.is_set)
    finally:
        ended.set()
    if freeze:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
