"""工津是啥意思: the short names that stand on answers and papers, a line each."""

from __future__ import annotations

import re
from typing import Final

from dialogs.declare import Ask, Dialog, Ended, Scene, Stop
from dialogs.messages import Reply, Say

_USUAL = "（简称通常的意思，以经办机构的解释为准）"

TERMS: Final[dict[str, str]] = {
    "工津": f"工津：工伤待遇里的伤残津贴{_USUAL}。",
    "工补": "工补：因申报晚、政策调整等原因，事后补发的工伤待遇差额。",
    "工护": f"工护：工伤待遇里的护理费{_USUAL}。",
    "工抚": f"工抚：供养亲属抚恤金{_USUAL}。",
    "工亡": f"工亡：一次性工亡补助金{_USUAL}。",
    "工一": f"工一：一次性伤残补助金{_USUAL}。",
    "工医": f"工医：一次性工伤医疗补助金{_USUAL}。",
    "工丧": f"工丧：工伤的丧葬补助金{_USUAL}。",
    "工辅": "工辅：工伤辅助器具里一次性用品的费用。",
    "基养": f"基养：基本养老金，每月养老金的主要部分{_USUAL}。",
    "基调": f"基调：基本养老金调整增加的部分{_USUAL}。",
    "基补": f"基补：基本养老金补发的部分{_USUAL}。",
    "社补": f"社补：在基本养老金以外另发的补贴{_USUAL}。",
    "清账": f"清账：账户一次结清的钱{_USUAL}。",
    "职业年金": "职业年金：机关事业单位在基本养老保险以外的补充养老金，退休后和养老金一起领。",
    "缴费基数": "缴费基数：按它乘以比例算每月缴多少，一般按上一年的月平均工资核定。",
    "缴费指数": "缴费指数：您的缴费基数和当年平均工资的比，缴得多指数就高，算养老金时用。",
    "计发基数": "计发基数：各地公布的、算养老金用的平均工资。",
    "趸缴": "趸缴：把以后或以前的费用一次缴清。",
    "权益记录": "权益记录：您缴了多少、账户里有多少、领了多少的一张单子。",
}
"""Short name → what is said about it."""

_NAMES = "|".join(sorted(TERMS, key=len, reverse=True))
_ASKED = re.compile(
    rf"^(?:请问|那|这个|里面的?|上面的?)*({_NAMES})(?:是|指|这个)*(?:什么|啥|哪个|哪种|何)(?:意思|东西|钱|待遇)?[呀啊呢吗?？]*$"
    rf"|^(?:什么|啥)(?:是|叫)(?:做)?({_NAMES})[呀啊呢吗?？]*$"
)


def named_term(plain: str) -> str:
    """The short name whose meaning is asked; '' for all other words."""
    found = _ASKED.match(plain)
    return (found[1] or found[2]) if found else ""


async def _explain(scene: Scene) -> Ended:
    line = TERMS.get(scene.answers["term"])
    if line is None:
        raise Stop(Reply(Say("这个词我还不会解释，请拨打 12333 问一问。")))
    return Ended(Reply(Say(line)))


TERM = Dialog(
    name="term",
    title="名词解释",
    covers=(),
    who="anyone",
    scope="",
    steps=(Ask(name="term", prompt="您想问哪个词？直接发给我就行。", parse=lambda text, _: text.strip()),),
    action=_explain,
    help="例如“工津是什么意思”。",
)

DIALOGS: tuple[Dialog, ...] = (TERM,)
