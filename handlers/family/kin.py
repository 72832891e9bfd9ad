"""我爸的养老金发了没, from somebody to whom the father granted a look: answered for him, in that turn and no longer."""

from __future__ import annotations

from typing import Final

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from dialogs.messages import Reply, Say
from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.session import Talk

_MEN: Final = pattern_of(r"爸|爹|父亲|爷爷|姥爷|外公|公公|岳父|丈人(?!母)|儿子|老公|丈夫")
_WOMEN: Final = pattern_of(r"妈|娘|母亲|奶奶|姥姥|外婆|婆婆|岳母|丈母娘|女儿|闺女|老婆|妻子")
_NAMED: Final = pattern_of(
    r"(?:帮我?|替我?|给)?(?:查查|查一下|查|看看|看一下|看)?(?:一下)?(?:我|俺|咱)?(?:的|家)?"
    r"(?:爸爸?|妈妈?|爹|娘|父亲|母亲|爸妈|父母|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|丈母娘|丈人|老伴|儿子|女儿|闺女|孩子|孙子|孙女|家人|家里人|老人)(?:的|他|她)?"
)


async def lent(desk: TurnDesk, said: str) -> str:
    """Speak until the end of the turn for the one relative whom the words are about, who granted this chat a look. The words without the
    relative; '' where nobody granted it, or where several may be meant."""
    plain = normal(said).strip()
    sex = "男" if _MEN.search(plain) else "女" if _WOMEN.search(plain) else ""
    ids = []
    for one in await desk.family.helped():
        person = await desk.tx.people.get(one.grant.person_id)
        if person is not None and (not sex or not person.gender or person.gender == sex):
            ids.append(person.id)
    if len(ids) != 1 or not await desk.family.look(ids[0]):
        return ""
    return _NAMED.sub("", plain, count=1) or plain


def of_theirs(desk: TurnDesk, reply: Reply, talk: Talk) -> tuple[Reply, Talk]:
    """The answer for somebody whom the chat spoke for in this turn only: what goes on with it begins with becoming them."""
    if not isinstance(reply.first, Say):
        return reply, talk.forgotten()
    offers = ((DIALOGS["switch"].title + "，接着查", Wish("switch")), ("我帮的人", Wish("helped")))
    shown = tuple((str(n), label) for n, (label, _) in enumerate(offers, 1))
    talk = replace(talk, running=None, after_log_in=None).with_offers(offers)
    return replace(reply, first=replace(reply.first, choices=shown)), talk.forgotten()
