"""Words that go on with the last answer: 明细, 下载, 换条件, 医疗呢, 那去年呢."""

from __future__ import annotations

import re
from datetime import date

from dialogs.chapters import DIALOGS
from dialogs.chapters.guides import BRIEF, FORMS, MATERIALS, STEPS
from dialogs.declare import Ask, Dialog, Wish
from dialogs.engine import Running
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import find_insurances, find_period, normal
from dialogs.parse.patterns import pattern_of
from dialogs.vocabulary import ANEW, anew
from handlers.changed import replace
from handlers.session import Offer, Talk
from handlers.understood.records import said_beside

_END = r"[吧呢吗啊呀了哦嘛?!。.,~]*"
_DETAILS = pattern_of(
    rf"(?:我?(?:要|想)?(?:看看?|查看?|打开|点开|发))?(?:一下|逐月的?|每个?月的?|全部的?)?(?:明细|详细|详情|明细页|链接)(?:页|表|记录|信息|给我|看看|在哪)?{_END}"
)
_PAPER = pattern_of(
    r"(?:请|帮我|我?(?:要|想|想要|能|可以|怎么))*(?:下载|打印|导出|保存|存|发|来|要|给)?(?:到手机|下来|出来|给|我|个|一?[份张下个])*"
    r"(?:pdf|excel|xlsx?|电子版|电子表格|单据|表格|文件)?(?:版|格式|文件|单据|的)*(?:也|都)?(?:要|发给?我|给我|下载|打印|导出|一下|一份|来一份)?"
    + _END
)
_OF_PAPER = pattern_of(r"下载|打印|导出|保存|存下来|pdf|excel|xls|电子版|电子表格")
_SHEET = pattern_of(r"excel|xls|电子表格|表格")
_ANEW = pattern_of(
    rf"(?:我?(?:要|想)?)(?:换|改|换成|更换|修改|重新选)(?:一?个|一下|别的|其他|下)?(?:查询)?(?:条件|时间|时段|年份|年度|年月|月份|一?年|个?月|日期){_END}|(?:别的|其他)(?:时间|年份|月份|年度)的?{_END}"
)
_SUM = pattern_of(
    rf"(?:一共|总共|到底|那)?(?:是|有|发了|领了|交了)?(?:多少钱|多少|几多钱|几个钱){_END}|再(?:发|说)一?[遍次]{_END}"
)
_MORE = pattern_of(rf"更多|还有(?:没有|别的|其他|更多)?(?:的|记录)?{_END}|下一页|接着看|往下看")
_ASIDE = pattern_of(
    r"那么|那|再?(?:看看|看|查一下|查查|查)|再|我|想|要|帮|给|换成|改成|换|改|也|呢|的|吧|吗|啊|呀|是|一下|[\s,。?？!！.]"
)
_TIME = pattern_of(r"[0-9零〇一二两三四五六七八九十年月日号季度半个近最今去大前上下本这到至底初~/-]+")
_BARE_NUMBER = pattern_of(r"[0-9]{1,3}|[0-9]{5,}")
"""May be a choice that is not there, or a code that came too late."""

_ONE_INSURANCE = pattern_of(r"(?:职工)?(?:养老|医疗|医保|失业|工伤|生育|五险)(?:保险|险)?")
_FILLERS = pattern_of(
    r"我|俺|要|想|看看|看|查|发|给|带|准备|打开|办|一下|什么|啥|哪些|有哪些|多少|怎么|如何|都|有|些|呢|的|吗|啊|呀|吧|是|请|[\s,。?？!！.]"
)
_IN_BRACKETS = pattern_of(r"[（(].*[）)]")

_MONTHS_LEFT = pattern_of(r"(?:还能|还可以|还|能)(?:再)?(?:领|发|拿|剩)(?:多久|多长时间|几个?月|多少个?月)")
MONTHS_LEFT = "还能领几个月，这里没有登记：核定的通知上写着一共几个月，减去已经领的就是。也可以拨打 12333 问一问。"

NO_PAPER = "这一项没有单据可以下载，点开明细就能看全部内容。"


def is_query(dialog: Dialog) -> bool:
    """Whether the dialog looks something up by conditions (`dialogs.vocabulary.Query`): what follows may change one of them."""
    return any(step.name == "at" for step in dialog.steps) and dialog.who == "person"


def is_paper(dialog: Dialog) -> bool:
    """Whether the dialog makes a paper at once (`dialogs.vocabulary.Print`)."""
    return "xlsx" in dialog.media and "push" not in dialog.media and not is_query(dialog)


def remembered_query(talk: Talk, state: Running | None, reply: Reply) -> tuple[Wish | None, tuple[tuple[str, str], ...]]:
    """The wish that was just answered and the links of its answer, for what follows; of the paper of a query the query stays, with the paper's
    links. Nothing of all other dialogs."""
    links = tuple((link.label, link.url) for link in reply.first.links) if isinstance(reply.first, Say) else ()
    if state is None or state.dialog not in DIALOGS:
        return None, ()
    dialog = DIALOGS[state.dialog]
    if is_query(dialog):
        asked = {step.name for step in dialog.steps} - {"at", ANEW}
        links = links or (talk.links if talk.last and talk.last.dialog == dialog.name and state.answers.get("at") else ())
        return Wish(dialog.name, {name: text for name, text in state.answers.items() if name in asked}), links
    if dialog.name.endswith("_paper") and (base := DIALOGS.get(dialog.name.removesuffix("_paper"))) and is_query(base):
        said = {name: text for name, text in state.answers.items() if any(step.name == name for step in base.steps)}
        return Wish(base.name, said), links
    return (Wish(dialog.name, dict(state.answers)), links) if is_paper(dialog) else (None, ())


def named_offer(offers: tuple[Offer, ...], said: str) -> Offer | None:
    """The open choice whose words stand in a short sentence with nothing else in it (要带什么材料: 材料); None unless it is one."""
    plain = normal(said).lower()
    if len(plain) > 14:
        return None
    found = []
    for offer in offers:
        label = _IN_BRACKETS.sub("", normal(offer.label)).lower()
        if len(label) >= 2 and label in plain and not _FILLERS.sub("", plain.replace(label, "", 1)):
            found.append(offer)
    return found[0] if len(found) == 1 else None


_GUIDE_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (pattern_of(r"(?:材料|条件)(?:呢|有哪些|是什么)?"), MATERIALS),
    (pattern_of(r"(?:步骤|流程|怎么办理?)(?:呢|有哪些|是什么)?"), STEPS),
    (pattern_of(r"(?:表单|表格|要填的?表)(?:呢|有哪些|是什么)?"), FORMS),
    (pattern_of(r"(?:简介|概要)"), BRIEF),
)
_WHOLE = pattern_of(r"(?:看|打开|查看|我?要看)?(?:指南)?(?:全文|整篇|原文)(?:给我|在哪)?")
_TO_BRING = pattern_of(r"^那?(?:我|还|是不是)*(?:要不要|用不用|需不需要|是不是要|要)(?:带|交|准备|提供|拿).{1,14}$")


def of_the_guide(talk: Talk, said: str) -> Wish | Reply | None:
    """材料, 步骤, 表单, 全文 of the guide that was shown last, whatever was said since; None for all other words."""
    plain = normal(said).rstrip("吗呢吧啊呀?？。.!！")
    if not talk.guide:
        return None
    if _WHOLE.fullmatch(plain) and talk.guide_page:
        return Reply(Say("点开下面的链接，看整篇指南：", links=(Anchor("看全文", talk.guide_page),)))
    if talk.last is None and _TO_BRING.search(plain):
        return Wish("guide", {"guide": talk.guide, "section": MATERIALS})
    found = next((section for words, section in _GUIDE_WORDS if words.fullmatch(plain)), "")
    return Wish("guide", {"guide": talk.guide, "section": found}) if found else None


def word_of_a_card(talk: Talk, said: str) -> Wish | None:
    """What stood on the last card, or on the guide before it, typed as words while another question is open; None for all other words."""
    if offer := named_offer(talk.card, said):
        return offer.wish
    if talk.running is not None and (beside := said_beside(talk.running.dialog, said)):
        return beside
    found = of_the_guide(talk, said)
    return found if isinstance(found, Wish) else None


def to_change(talk: Talk, said: str) -> tuple[tuple[str, Wish], ...]:
    """换条件 after a calculation: the choices of its answer that change something; () for all other words, and after a query."""
    if talk.last is not None or not _ANEW.fullmatch(normal(said).lower()):
        return ()
    return tuple((offer.label, offer.wish) for offer in talk.card if offer.label.startswith(("换", "改", "如果")))


def kept_guide(talk: Talk, state: Running | None, reply: Reply) -> tuple[str, str]:
    """The guide that is on the screen, with the address of its page; that of before after anything else."""
    if state is None or state.dialog != "guide" or not isinstance(reply.first, Say):
        return talk.guide, talk.guide_page
    page = next((link.url for link in reply.first.links if link.label == "看全文"), "")
    return state.answers.get("guide", ""), page


def follow_up(talk: Talk, said: str, today: date) -> Wish | Reply | None:
    """What the words want of the last answer: a wish, or a reply with its links; None if they are about something else."""
    if guided := of_the_guide(talk, said):
        return guided
    last, plain = talk.last, normal(said).lower().strip()
    if last is None and talk.kept and _OF_PAPER.search(plain) and _PAPER.fullmatch(plain):
        return _paper(replace(talk, links=()), talk.kept, plain)
    if last is None and talk.card and _ANEW.fullmatch(plain):
        return Reply(Say("这里没有条件可以换。想看别的，直接说就行。"))
    if last is None and talk.card and _MORE.fullmatch(plain):
        return Reply(Say("没有更多了，就是上面这些。"))
    if last is None or last.dialog not in DIALOGS or not plain or len(plain) > 20:
        return None
    if beside := said_beside(last.dialog, said):
        return beside
    if last.dialog == "unemployment" and _MONTHS_LEFT.search(plain):
        return Reply(Say(MONTHS_LEFT))
    if _DETAILS.fullmatch(plain):
        details = tuple(Anchor(label, url) for label, url in talk.links)
        return Reply(Say("点开下面的链接就能看：", links=details)) if details else last
    if _OF_PAPER.search(plain) and _PAPER.fullmatch(plain):
        return _paper(talk, last, plain)
    if _MORE.fullmatch(plain):
        return Reply(Say("后面没有了，已经是全部内容。", links=tuple(Anchor(label, url) for label, url in talk.links)))
    dialog = DIALOGS[last.dialog]
    if _ANEW.fullmatch(plain):
        return _anew(dialog, last)
    return last if _SUM.fullmatch(plain) else _with_one_changed(dialog, last, plain, today)


def _paper(talk: Talk, last: Wish, plain: str) -> Wish | Reply:
    made = tuple(Anchor(label, url) for label, url in talk.links if label == "打开单据")
    if made and (_SHEET.search(plain) or not is_query(DIALOGS[last.dialog])):
        return Reply(Say("刚才的单据里 PDF 和 Excel 都有，点开就能下载：", links=made))
    paper = f"{last.dialog}_paper"
    if is_paper(DIALOGS[last.dialog]):
        return last
    if paper not in DIALOGS:
        return Reply(Say(NO_PAPER, links=tuple(Anchor(label, url) for label, url in talk.links)))
    return Wish(paper, last.said)


def _anew(dialog: Dialog, last: Wish) -> Wish | Reply:
    first = next((step for step in dialog.steps if step.name not in {"at", ANEW}), None)
    if first is None:
        return Reply(Say("这一项没有条件可以换，显示的就是全部内容。"))
    if isinstance(first, Ask) and first.default is not None:
        return Reply(Say(f"想换{first.label}，直接说就行，例如“去年”。"))
    return anew(last.dialog, last.said, first.name)


def _with_one_changed(dialog: Dialog, last: Wish, plain: str, today: date) -> Wish | None:
    names = {step.name for step in dialog.steps}
    bare = _ASIDE.sub("", plain)
    if "insurance" in names and _ONE_INSURANCE.fullmatch(bare) and find_insurances(bare):
        return Wish(last.dialog, {**last.said, "insurance": bare})
    timed = _TIME.fullmatch(bare) and not _BARE_NUMBER.fullmatch(bare)
    if "period" in names and timed and find_period(bare, today):
        return Wish(last.dialog, {**last.said, "period": bare})
    return None
