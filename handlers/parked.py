"""What could not be pushed, given with the person's next answer."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.messages import Message, Reply, Say


def with_parked(reply: Reply, waiting: Sequence[Message], asked: str) -> Reply:
    """The reply with what waited before it, in order; texts are joined, so that one passive answer carries them.

    `asked` is the tag of what is asked after this turn: of what waited only its question keeps its choices, as the numbers of the others
    mean nothing any more. A text that the reply itself says again is said once.
    """
    if not waiting:
        return reply
    first = reply.first
    texts = [one for one in waiting if isinstance(one, Say) and not _said_in(one, first)]
    others = tuple(message for message in waiting if not isinstance(message, Say))
    if not (texts or others):
        return reply
    if texts and (first is None or isinstance(first, Say)):
        said = [_words(text) for text in texts]
        if first is not None:
            said.append(first.text)
        links = tuple(link for text in texts for link in text.links) + (first.links if first is not None else ())
        choices = first.choices if first is not None else ()
        if not choices and asked:
            choices = next((text.choices for text in reversed(texts) if text.tag == asked), ())
        return Reply(Say("\n\n".join(said), choices, links, first.tag if first is not None else ""), (*others, *reply.more))
    after = () if first is None else (first,)
    return Reply(waiting[0], (*waiting[1:], *after, *reply.more))


def _words(waited: Say) -> str:
    """Its text, with those choices that are words (评价5): they mean the same whenever they are sent."""
    words = [f"{word} {label}" for word, label in waited.choices if not word.isdecimal()]
    return "\n".join((waited.text, *words))


def _said_in(waited: Say, first: Message | None) -> bool:
    return bool(waited.choices) and isinstance(first, Say) and waited.text in first.text and waited.choices == first.choices
