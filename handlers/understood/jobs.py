"""Words about jobs: what is looked for, said along with the wish (BZ-36, BZ-37)."""

from __future__ import annotations

from dialogs.declare import Wish
from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of

_NOT_THESE = pattern_of(
    r"补贴|社保|保险|养老|医保|失业|合同|备案|退休|工伤|生育|缴费|发布|登记|我们?(?:单位|公司|店)|招不到|要招|想招|骗|(?:怎么|咋|如何)(?:招|增|办)"
)
_SEEKERS = pattern_of(r"求职信息|^求职|求职的?(?:人|名单)|(?:谁|有人|哪些人)在?(?:找工作|求职)|找工作的人")
_VACANCIES = pattern_of(
    r"招聘|招工|招人(?:吗|不|没)|找(?:个|份|点)?.{0,12}(?:工作|活儿?|岗位)|(?:有|哪里|哪儿|附近|谁家).{0,12}(?:招|岗位|缺人)|在招"
)
_FILLERS = pattern_of(
    r"我|想要|想|帮忙|帮|给|请问|麻烦|找个|找份|找点|找|看看|查一下|查查|查|有没有|有什么|有哪些|有|哪里|哪儿|附近|谁家|在招|招聘会|招聘信息|招聘|招工"
    r"|求职信息|求职|招人|招|工作|岗位|活儿|信息|(?:的人|名单|的)|谁在|在|[吗呢啊呀吧么没不?？。!！,，]"
)
_LONGEST = 30


def wish_about_jobs(said: str) -> Wish | None:
    """招聘 or 求职 with what is looked for (滨城区有招电工的吗: 滨城区 电工); None for all other words."""
    plain = normal(said)
    if len(plain) > _LONGEST or _NOT_THESE.search(plain):
        return None
    dialog = "seekers" if _SEEKERS.search(plain) else "vacancies" if _VACANCIES.search(plain) else ""
    if not dialog:
        return None
    left = " ".join(part for part in _FILLERS.sub(" ", plain).split() if len(part) > 1)
    return Wish(dialog, {"wanted": left}) if left else Wish(dialog)
