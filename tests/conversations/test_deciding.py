"""The chat and `python -m bot understand` decide the same for a person with nothing open."""

from __future__ import annotations

import json

from dialogs.declare import Wish
from handlers.desk import TurnDesk
from handlers.runner import Outcome, Runner
from handlers.session import Talk
from handlers.talk import Talker
from handlers.understood import asks_about_kin
from handlers.understood.deciding import decided_lines
from tests.conversations.conftest import Chat, World
from tests.fresh import understanding
from tests.words.test_deciding import some


class _Watched(Runner):
    """The runner, with the conversations that it began."""

    def __init__(self, talker: Talker, world: World) -> None:
        super().__init__(world.clock, world.services.regions, talker._wished, talker._human)
        self.began: list[str] = []

    async def start(self, desk: TurnDesk, talk: Talk, wish: Wish) -> Outcome:
        self.began.append(wish.dialog)
        return await super().start(desk, talk, wish)


async def test_the_chat_begins_what_the_command_says(world: World) -> None:
    """300 development sentences, each from somebody who never wrote before: the conversation that begins is the `dialog` of the command, and none
    begins where the command has none. Left out are what a question to kin's records, a menu word or a single choice settles after the decision."""
    rows = some(300)
    today = world.clock.now().date()
    asked = [json.dumps({"text": row.text, "role": "person", "region": None}, ensure_ascii=False) for row in rows]
    said = [json.loads(line) for line in decided_lines(asked, today, understanding(), world.services.regions)]
    talker = Talker(world.clock, world.services.regions, understanding())
    watched = talker._runner = _Watched(talker, world)
    world.conversation._talker = talker
    compared, differ = 0, []
    for number, (row, answer) in enumerate(zip(rows, said, strict=True)):
        watched.began.clear()
        await Chat(world, f"o-{number}").says(row.text)
        if answer["action"] in {"clarify", "human", "smalltalk", "unknown"} or asks_about_kin(row.text):
            continue
        compared += 1
        if next(iter(watched.began), None) != answer.get("dialog"):
            differ.append((row.text, watched.began, answer))
    assert not differ
    assert compared > 200
