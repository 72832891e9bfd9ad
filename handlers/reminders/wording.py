"""What is really read of a short message: its own words, or an approved template of a cloud with its places filled.

A cloud sends no words of ours. The operator gives the approved wording with the template's id; preview, bill and the record that
这条消息是你们发的吗 compares are made of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from handlers.reminders.channels import Words
from storage.ports.record import Record, field

NO_WORD: Final = "未设置"
"""For who has set no 暗号: neither a card nor a cloud takes an empty field."""

OWN: Final = "own"
"""Name of the template that carries what 运营 wrote for a campaign, in its place {text}."""
ANY: Final = ""
"""Name of the template for every text that has none of its own."""
PLACES: Final = ("name", "what", "when", "hotline", "word")
"""What the template for every text may take."""
MORE_PLACES: Final = (*PLACES, "left", "over", "agency")
"""What a template for one text may take."""

_PLACE = re.compile(r"\{([^{}]*)\}")


def places_of(wording: str) -> tuple[str, ...]:
    """The places of a wording, each once, in their order."""
    return tuple(dict.fromkeys(_PLACE.findall(wording)))


def params_of(words: Words) -> dict[str, str]:
    """What fills the places; no cloud takes an empty 暗号."""
    return {**words.sms_params, "word": words.sms_params.get("word") or words.word or NO_WORD}


class Wording(Record):
    """How one provider words reminders. `free`: it sends the words that it is given. `texts`: approved wordings by name of the text (OWN for
    a campaign's own, ANY for the rest)."""

    free: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)
    sign: str = "社保服务"

    @property
    def own(self) -> bool:
        """Whether a campaign's own short message can be sent."""
        return self.free or OWN in self.texts

    def of(self, words: Words) -> str:
        """The short message without its sign, as the phone shows it; '' where it cannot be sent."""
        if self.free or not words.sms:
            return words.sms
        wording = self.texts.get(words.sms_name) or (self.texts.get(ANY, "") if words.sms_name != OWN else "")
        params = params_of(words)
        return _PLACE.sub(lambda place: params.get(place[1], place[0]), wording)
