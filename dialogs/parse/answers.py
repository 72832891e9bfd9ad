"""Answers to a question of ours: yes or no, and one of several."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import number, tidy

_TRAILING = pattern_of(r"[\s,.!?;:~'\"“”‘’…()\[\]【】《》-]+")
_PARTICLES = pattern_of(r"(?:[的了吧啊呀哦噢喔哈哇嘛呢滴哒咯嘞诶欸]|谢谢[您你]?|麻烦[您你])+$")
_REPEATED = pattern_of(r"^(?!\d{4})(.{1,3}?)\1+$")  # 好好好, 1 1; but 111111 is a code
_PICTURES = {"👌": "好", "👍": "好", "✅": "好", "✔": "好", "🙆": "好", "❌": "否", "✖": "否", "🙅": "否", "👎": "否"}


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_YES = _words(
    "是 对 好 行 可以 可 确认 确定 同意 嗯 嗯嗯 恩 要 我要 需要 想 办 中 得行 管 成 妥 妥妥 系 係 有 继续 提交 没问题 没错 没毛病 不错 当然 "
    "必须 必须的 肯定 好好 好滴 对对 对对对 是是 行行 可以可以 对头 要得 是我 就是 是这样 正确 没意见 好着 愿意 接受 已阅读 我同意 我确认 "
    "ok okay yes y yep ye true 1 一 是1 选1 第一个 确认挂失 确认解绑 确认提交 来 走起 昂 嗯呐 对着 中嘞 办理 现在办 马上办"
)
_NO = _words(
    "否 不 不是 不对 不行 不要 不用 不可以 不可 不确认 不确定挂失 不同意 取消 算 算了 别 没有 没 不需要 不想 不办 不必 错 错误 先不 先不要 先别 以后再说 "
    "改天 下次 再想想 再说 退出 停 停止 放弃 撤销 no n nope false 2 二 选2 第二个 非 莫 甭 唔 唔要 唔使 唔系 不系 不中 不得行 不管 不成 不是我 不愿意 "
    "不接受 我不要 我不 别办 别挂 不挂失 不解绑 没想好 不急 无"
)
_UNSURE = pattern_of(r"不知道|不清楚|不懂|不明白|不晓得|不确定|不会|什么意思|啥意思|随便")
_ASKING = pattern_of(r"(?<![我俺您])还是|好不好|是不是|行不行|可不可以|要不要|能不能|对不对|怎么|为什么|[吗么呢]$|多少|什么")
_TURNS_OF_PHRASE = _words("对了 好了 行了 得了 是了")
"""By the way, enough: they begin like a yes."""

_ACT = (
    "(?:挂失|解挂|解绑|解除|绑定|提交|作废|撤回|退出|领到|办理|办|缴费|登录|无误|以上|上述|全部|这些|内容|条款|承诺书?|说明|并)+"
)
_CLEAR = rf"(?:好|是|对|可以|嗯|行|没问题|没错|没毛病|没意见|(?:已经?)?(?:阅读|看过)并?|(?:确认|确定|同意|愿意|继续)(?:{_ACT})?)"
_AGREED = pattern_of(rf"(?:(?:我|俺|本人)?(?:都|就|完全)?{_CLEAR}[的了吧啊呀哦]?)+")
_DECLINED = pattern_of(
    r"不(?:要|想|用|需|必|行|可以|同意|确认|愿|接受|办|挂|解|提交|作废|退出|撤|登录|领|继续|干|再)|先不|(?<![特区性级])别(?![的人家])|莫|甭|唔(?:要|使|好|系|得)"
    r"|取消|算了|放弃|拒绝|没想好"
)
"""Said in so many words. 不 alone is none: 对不起, 看不懂, 不方便 are no answers."""

_YES_OR_NO = "请回复“是”或“否”。"
_NO_NUMBER = pattern_of(r"^\s*[-－−‐-―+＋]\s*[0-9０-９]|[²³¹⁰⁴-⁹₀-₉]")


def no_number(text: str) -> bool:
    """Whether the text is a number that counts nothing: -1, ², ₂. Read generously they would be 1 and 2, and agree to something."""
    return _NO_NUMBER.search(text) is not None


def yes_no(text: str) -> bool:
    """True for yes (是 好 确认 对 可以 1 ok 👌 …), False for no (否 不 取消 算了 2 …). Raises Invalid for anything that is not plainly one of them.

    A doubt, a question, a complaint (好贵), another wish (我要退钱) or a sentence that says both is neither: what follows a yes may not
    be undone, so nothing but a sentence made of clear words is one.
    """
    plain = tidy(text).lower()
    for picture, word in _PICTURES.items():
        plain = plain.replace(picture, word)
    plain = _TRAILING.sub("", plain.replace("\ufe0f", ""))
    if not plain or len(plain) > 40 or no_number(text):
        raise Invalid(_YES_OR_NO)
    plain = _REPEATED.sub(r"\1", plain)
    short = _PARTICLES.sub("", plain) or plain
    turn = plain.rstrip("吧啊呀") in _TURNS_OF_PHRASE
    for form in (plain, "" if turn else short):
        if form in _YES:
            return True
        if form in _NO:
            return False
    if _UNSURE.search(plain) or _ASKING.search(plain):
        raise Invalid("您可以再想想。想好了请回复“是”或“否”；想先离开请回复“取消”。")
    if _DECLINED.search(short):
        return False
    if not turn and _AGREED.fullmatch(short):
        return True
    raise Invalid(_YES_OR_NO)


_NUMBER = pattern_of(
    r"(?:我?(?:选择?|要|是|就|办|看|回复|回)?第?)([0-9]{1,3}|[零〇一二两三四五六七八九十]{1,3})(?:个|项|条|种|号|位|张)?(?:吧|的|呢|了|啊)?"
)
_LAST = pattern_of(r"(?:最后|末尾|最下面|最底下)(?:那|这)?(?:1|一)?(?:个|项|条|种)?")
_FIRST = pattern_of(r"(?:最上面|头|最前面)(?:那|这)?(?:1|一)?(?:个|项|条|种)?")


def _bare(text: str) -> str:
    return _TRAILING.sub("", tidy(text).lower())


def choice(text: str, options: Sequence[str]) -> int:
    """Which of `options` is meant, counted from 0: by its whole words, its number (2, 二, 第二个, ②, 选2), or a part that only one of them has.

    Raises Invalid that names the way to answer; with an ambiguous part, it names the options in question.
    """
    plain = _bare(text)
    bare = [_bare(option) for option in options]
    if not plain or len(plain) > 60 or no_number(text):
        raise Invalid(_how_to_choose(options))
    if bare.count(plain) == 1:
        return bare.index(plain)
    if found := _NUMBER.fullmatch(plain):
        position = number(found[1])
        if 1 <= position <= len(options):
            return position - 1
    if options and _LAST.fullmatch(plain):
        return len(options) - 1
    if options and _FIRST.fullmatch(plain):
        return 0
    short = re.sub(r"^(?:我?(?:想要|想|要|选择|选|看|查|办理|办)|就|是)+", "", _PARTICLES.sub("", plain)) or plain
    for part in dict.fromkeys((plain, short)):
        near = [index for index, option in enumerate(bare) if part in option or (len(option) >= 2 and option in part)]
        if len(near) == 1:
            return near[0]
        if len(near) > 1:
            listed = "、".join(f"{index + 1} {options[index]}" for index in near[:4])
            raise Invalid(f"有几项都像：{listed}。请回复前面的数字。")
    raise Invalid(_how_to_choose(options))


def _how_to_choose(options: Sequence[str]) -> str:
    if len(options) <= 1:
        return "请回复 1，或把名称发给我。"
    return f"请回复 1 到 {len(options)} 中的一个数字，或直接发名称。"
