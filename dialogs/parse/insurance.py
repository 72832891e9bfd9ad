"""险种 in words: 养老, 社保, 养老和医疗, 除了工伤."""

from __future__ import annotations

import re

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import tidy
from storage.ports.records import Insurance

ALL = tuple(Insurance)
"""The five, in the order in which every list shows them."""

_WORDS: dict[Insurance, str] = {
    Insurance.PENSION: r"养老|养佬|样老|(?<!失)农保|老保(?![姆险护])|pension(?= (?:insurance|contributions?|record|and (?:medical|unemployment|health)))|(?<=and )pension|old.?age insurance",
    Insurance.MEDICAL: r"医疗|医保|新?农合|医宝|医报|医饱|看病(?:的|那[个份])?保?险|\bmedical\b(?! (?:bill|expense|reimburse))|\bhealth insurance|大病(?=险|保险)",
    Insurance.UNEMPLOYMENT: r"失业|矢业|失业险|(?:下岗|丢(?:了)?工作|没工作)(?:的|那[个份])?保?险|\bunemployment(?! (?:benefit|money|pay|allowance|fund))",
    Insurance.INJURY: r"工伤|工商(?=险|保险)|公伤|受伤(?:的|那[个份])?保?险|work.?(?:related )?injury",
    Insurance.MATERNITY: r"生育|产假险|生(?:孩子|娃|小孩)(?:的|那[个份])?保?险|\bmaternity(?! (?:allowance|leave|benefit|pay))",
}
_EACH = {insurance: pattern_of(words, re.IGNORECASE) for insurance, words in _WORDS.items()}
_FIVE = pattern_of(r"[五5]险|[五5]项|社保|社会保险|射保|社宝|设保|全部|所有|都要|都查|全都|各险种|各项")
_THREE = pattern_of(r"三险")
_FOUR = pattern_of(r"四险")
_CODES = {insurance.value: insurance for insurance in Insurance}
_EXCEPT = pattern_of(
    r"(?:除了?|除[开去掉]|不要|不含|不包括|不算|去掉|刨去|刨掉|撇开|别查|不查|不看)(.{1,12}?)(?:以外|之外|外|$|,|的|都)"
)
_NOT_AN_INSURANCE = pattern_of(
    r"社保卡|社保局|社保账号|医保卡|医保局|养老院|养老金|失业金|工伤证|生育津贴|养老待遇|工伤待遇|失业待遇"
)


def _named(text: str) -> tuple[Insurance, ...]:
    return tuple(insurance for insurance in ALL if _EACH[insurance].search(text))


def find_insurances(text: str) -> tuple[Insurance, ...]:
    """Insurances named in a sentence, in the order 养老 医疗 失业 工伤 生育; empty when none is.

    社保 and 五险 alone mean no choice, so they give the empty tuple here too: the caller's default is all.
    社保卡, 养老金, 失业金 are other things.
    """
    text = _NOT_AN_INSURANCE.sub(" ", tidy(text))
    named = _named(text)
    if not named:
        if _THREE.search(text):
            return (Insurance.PENSION, Insurance.UNEMPLOYMENT, Insurance.INJURY)
        if _FOUR.search(text):
            return tuple(insurance for insurance in ALL if insurance is not Insurance.MEDICAL)
        return ()
    if without := _EXCEPT.search(text):
        dropped = _named(without[1])
        if dropped:
            wanted = _named(text.replace(without[0], " ")) or ALL
            return tuple(insurance for insurance in wanted if insurance not in dropped)
    return named


def insurances(text: str) -> tuple[Insurance, ...]:
    """The insurances that an answer names: one, several (养老和医疗), all five (社保, 五险, 全部), codes (`pension,medical`) or 除了工伤.

    Ordered 养老 医疗 失业 工伤 生育, never empty. Raises Invalid otherwise.
    """
    plain = tidy(text)
    parts = [part for part in re.split(r"[\s,+]+", plain.lower()) if part]
    if parts and all(part in _CODES for part in parts):
        return tuple(insurance for insurance in ALL if insurance.value in parts)
    found = find_insurances(plain) or _named(plain)
    if found:
        return found
    plain = _NOT_AN_INSURANCE.sub(" ", plain)
    if _FOUR.search(plain):
        return tuple(insurance for insurance in ALL if insurance is not Insurance.MEDICAL)
    if _FIVE.search(plain):
        return ALL
    raise Invalid("请说要看哪一种保险：养老、医疗、失业、工伤、生育，可以说几种，也可以回复“全部”。")
