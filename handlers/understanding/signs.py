"""Signs of a sentence: whether it names somebody, looks, skips, forges, asks when or how, loses, breaks, pays, is paid.

Each sign stands for many words, so that the linear model knows of a 徒弟 what it learned of a 同事. They decide nothing by themselves.
"""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of
from handlers.understanding.broad import speaks_of_employers
from handlers.understanding.talk import asks_of_a_name, has_kin, has_somebody, looks_for, names_a_record

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (sign, pattern_of(words))
    for sign, words in (
        ("m", "(?:我|俺|咱|本人|自己|自家)(?!们?(?:单位|公司|司|厂))"),
        ("s", "不用|不要|免|跳|绕|别|甭|莫|唔使|省了|略过|直接|算了|关了|少来"),
        ("f", "假|伪|造|p图|ps|编|改|删|抹|填|做一|弄一|整一|卖|买|顶替|冒|套|骗|虚|瞒|多报|少报"),
        ("c", "验证|核验|刷脸|人脸|审核|认证|密码|授权|本人|核实|核对|身份|短信|码"),
        ("g", "红包|好处|关系|熟人|塞|给钱|辛苦费|打点|后门|烟|酒|请你|门路|路子|内部|领导|通融"),
        ("h", "怎么|咋|如何|流程|材料"),
        ("t", "什么时候|啥时|何时|多久|几号|哪天|几月|几时|多长时间"),
        ("p", "进度|到哪|哪一?步|批下来|批了|通过|办好|好了没|下来没|审核"),
        ("u", "发|领|到账|拿|打钱|打款|到手"),
        ("j", "交|缴|扣|补"),
        ("d", "丢|不见|掉|找不|遗失|没影|偷"),
        ("b", "坏|消磁|刷不|断|读不|折|裂|磨"),
        ("x", "停|取消|不要|不想|撤|退|解|删"),
        ("v", "换|变|改|更|修"),
        ("z", "转|迁|搬|挪"),
    )
)


def signs_of(text: str) -> list[str]:
    """The signs of a text, one letter each, always in the same order."""
    found = [
        sign
        for sign, has in (
            ("w", has_somebody),
            ("k", has_kin),
            ("l", looks_for),
            ("r", names_a_record),
            ("n", asks_of_a_name),
            ("e", speaks_of_employers),
        )
        if has(text)
    ]
    found.extend(sign for sign, words in _SIGNS if words.search(text))
    return found
