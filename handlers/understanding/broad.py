"""Sentences that say too little, take something back or hold two wishes: which part is meant, and which words must be asked about."""

from __future__ import annotations

from dialogs.parse.patterns import pattern_of
from handlers.understanding.reading import read

_DECIDES = 0.5
"""Weight of ideas from which on a part of a sentence stands for the whole."""

_INSTEAD = pattern_of(
    r"^(?:(?:我|俺)?(?:不是|不看|不查|不要|不办|没说要?|不弄|没要)[^,;]{1,14}|[^,;]{1,10}(?:不弄|先不弄|先不管|不用))[,;]+"
    r"(?:我|俺)?(?:而是|就是|是|先把|先|问的是|我问的是|要|想)?(?P<meant>(?!不)[^,;].+)$"
)
"""不是生育险缴没缴，是津贴怎么领: what follows is meant."""

_FIRST = pattern_of(
    r"^先?(?P<first>[^,;]{3,}?)[,;]+(?:再|然后|还要|还有|还想|还得|另外|完了|报完|办完|弄完|查完|看完|顺便|不对的话|接着|并且|同时|以及|回头)"
)
"""Two wishes in one sentence: the first is served, the second is kept by whoever asked."""

_BUT_NOT = pattern_of(
    r"^(?P<meant>(?!.*(?:不是|没有|不要))[^;]{3,}?)[,;]+(?:我)?(?:从来|根本|可)?(?:不是|不要|不问|不看)[^,;]{1,6}$"
)
"""是改密码，不是找回: what stands first is meant."""

_LITTLE = pattern_of(
    r"一下|一份|一个|这个|那个|怎么办|怎么弄|方面的?|[我俺咱想要问下哈一办弄开搞个份点的事情儿体题业务怎么咋了呢吗嘛啊呀呗哈您你好请帮给去在有]"
)
BARE_WORDS: dict[str, str] = {
    "社保卡": "社保卡",
    "证明": "打印",
    "打证明": "打印",
    "打印": "打印",
    "打印材料": "打印",
    "转移": "转移",
    "退休": "退休",
    "待遇": "待遇",
    "查待遇": "待遇",
    "职工待遇": "待遇",
    "职工待遇查": "待遇",
    "社保": "社保",
    "补缴": "补缴",
    "工伤": "工伤",
    "职工": "职工",
    "查询": "查询",
    "查": "查询",
    "了解": "查询",
    "全部": "查询",
    "所有": "查询",
    "": "查询",
}
"""Words that fit several functions when nothing else decides, by the name of the question; nothing at all (给我弄一下) is as open as 查."""

_POINTS_BACK = pattern_of(
    r"^(?:都要|全要|全都要|两个都要|还有别的吗|还有吗|还有呢|第[一二三四五1-5]个|这个不对吧?|不对吧|为什么少了|怎么少了|换一张|再来一[张份个]|想问少少嘢|想问少少事|想问点事|问个事|下载|打出来|发我|发给我|(?:我要|我想|我来)?(?:办事|办业务|办点事|查点东西))$"
)
"""Said of what was on the screen before; without it, only a question helps."""

_OF_EMPLOYERS = pattern_of(
    r"单位|公司|员工|职工|企业|我司|厂|增员|减员|月报|申报|统筹|专管员|结清|特殊工种|待遇(?:暂停|恢复)|经办|人员|批量|名单|工资|基数|退费|补差|全体|注销|清算|稽核|合同|用工|法人"
)
BARE = 14
"""Characters up to which a sentence may be no more than one word and politeness."""


def meant_of(bare: str) -> str:
    """The part that is meant of 不是甲，是乙, of 乙，不是甲 and of 先甲，再乙; everything else as it is."""
    for pattern in (_INSTEAD, _BUT_NOT, _FIRST):
        if (found := pattern.match(bare)) and sum(read(found[1]).ideas.values()) >= _DECIDES:
            return found[1]
    return bare


def without_little(bare: str) -> str:
    """What is left of a text without politeness and the words that say nothing."""
    return _LITTLE.sub("", bare)


def points_back(bare: str) -> bool:
    """Whether a text points at what was shown before (都要, 第二个)."""
    return _POINTS_BACK.match(bare) is not None


def speaks_of_employers(bare: str) -> bool:
    """Whether a text has a word of what employers do."""
    return _OF_EMPLOYERS.search(bare) is not None
