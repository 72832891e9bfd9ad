"""What a tap on a message menu means (wechat.md A3, A7): as a digit while its menu is the newest, else what stood on the line."""

from __future__ import annotations

from dialogs.messages import Message, Said, Say
from handlers.session import Talk


def said_by(talk: Talk, inbound: Said) -> str:
    """The words that a message stands for. A number of an old menu could be another thing's number now: its line speaks for itself then.
    A word (评价5) means the same whenever it is sent."""
    word = inbound.menu_id
    if not word:
        return inbound.text
    label = inbound.text.strip()
    ours = label.startswith(f"{word} ")
    label = label.removeprefix(f"{word} ").strip()
    if word.isdecimal():
        return word if (word, label) in talk.menu else label
    return word if ours else label


def shown(message: Message | None) -> tuple[tuple[str, str], ...]:
    """The entries of the menu that a pushed message is sent as."""
    return message.choices if isinstance(message, Say) else ()
