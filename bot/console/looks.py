"""Templates and static files of the console."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from bot.console.filters import STATES
from bot.looks import Looks
from storage.ports.records import CaseState
from storage.ports.time import SHANGHAI

_TONES: Final = {
    CaseState.REVIEW: "due",
    CaseState.SECOND: "due",
    CaseState.WORKING: "busy",
    CaseState.SUPPLEMENT: "wait",
    CaseState.UNPAID: "wait",
    CaseState.READY: "wait",
    CaseState.DONE: "good",
    CaseState.REFUSED: "bad",
}


def moment(at: datetime) -> str:
    """2024年9月12日 10:05, in Beijing time."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def state_words(state: CaseState) -> str:
    """A state of a case as staff read it."""
    return STATES[state]


def state_tone(state: CaseState) -> str:
    """The colour of its chip; the words say it already."""
    return _TONES.get(state, "quiet")


LOOKS: Final = Looks(Path(__file__).parent, "/console/assets/", moment=moment, state=state_words, tone=state_tone)
