"""What is said where a region lacks what was asked for and has something else in its place."""

from __future__ import annotations

from dialogs.chapters import DIALOGS
from dialogs.declare import Dialog, Ended, Wish
from dialogs.messages import Say
from storage.ports.regions import Region

_ALIKE = (
    frozenset({"pension", "retirement_pay"}),
    frozenset({"report_lost", "card_lost"}),
    frozenset({"injury", "injury_month"}),
)
"""One thing under two names: nothing is lacking."""


def carried(other: Wish, said: Wish) -> Wish:
    """The wish with what was said for the first, as far as it is asked there."""
    steps = {step.name for step in DIALOGS[other.dialog].steps}
    return Wish(other.dialog, {**{name: text for name, text in said.said.items() if name in steps}, **other.said})


def lacking(region: Region, dialog: Dialog, asked: str, other: Wish) -> str:
    """北京没有“缴费证明”，可以用“缴费查询”的单据代替。 '' where it is the same thing."""
    if {dialog.name, other.dialog} in _ALIKE:
        return ""
    title = DIALOGS[other.dialog].title
    what = f"“{title.removeprefix('下载')}”的单据" if other.dialog.endswith("_paper") else f"“{title}”"
    return f"{region.name}没有“{asked or dialog.title}”，可以用{what}代替。"


def by_its_name(ended: Ended, dialog: Dialog, asked: str) -> Ended:
    """The sentence that the region lacks it, about what was asked for and not about what it was taken for."""
    reply = ended.reply
    if not asked or not isinstance(reply.first, Say):
        return ended
    text = reply.first.text.replace(f"“{dialog.title}”", f"“{asked}”")
    return Ended(type(reply)(Say(text, reply.first.choices, reply.first.links), reply.more), ended.offers)


def lacks(wish: Wish, region: Region | None) -> bool:
    """Whether the region has not got the conversation itself."""
    dialog = DIALOGS.get(wish.dialog)
    return bool(region and dialog and dialog.elsewhere and not dialog.offered_in(region))
