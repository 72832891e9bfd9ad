"""Which way of certifying a question names: 单位怎么认证, 我在上海怎么认证, 俺娃在国外咋给俺认证."""

from __future__ import annotations

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import tidy
from dialogs.parse.zones import HOME, places

EMPLOYER, ABROAD, ELSEWHERE, FAMILY = "employer", "abroad", "elsewhere", "family"

_LONGEST = 30
_CERTIFYING = pattern_of(r"认(?:证|正)|年审|验人|刷脸")
_ASKING = pattern_of(r"怎么|咋|如何|怎样|点样|怎麽|办法|能不能|可不可以|可以|能.{0,8}[吗么不]|去哪|在哪|哪里|找谁|要去")
_ONLY = pattern_of(
    r"^(?:在|人在)?(?:单位|公司|境外|国外|海外|外国|异地|外地|老家)(?:的|办|办理|做|里|协助)*(?:资格|待遇|养老)?(?:认证|年审)[?吗呢]*$"
)
_KIN = (
    r"(?:老伴|爱人|儿子|女儿|闺女|儿媳妇?|媳妇|女婿|孩子|娃儿?|崽|家人|家里人|家属|亲属|子女|孙子|孙女|外孙|外甥|侄子|侄女|别人|他人|邻居|"
    r"老人|爸妈|父母|爸爸?|妈妈?|父亲|母亲|爷爷|奶奶|姥姥|姥爷|外公|外婆|岳父|岳母|公公|婆婆|老爷子|老太太)"
)
_FAMILY = pattern_of(
    rf"(?:帮|替|代|给|为)(?:我|俺|咱)?(?:的|家)?{_KIN}.{{0,6}}(?:认证|年审|刷脸)|{_KIN}.{{0,8}}(?:帮|替|代|给|为)(?:着)?(?:我|俺|咱|他|她|本人|老人)?.{{0,6}}(?:认证|年审|刷脸)"
    rf"|(?:认证|刷脸).{{0,4}}(?:可以|能)(?:让|叫|找|由)?{_KIN}|(?:让|叫|找|由){_KIN}.{{0,4}}(?:帮|替|代)"
    r"|瘫痪|卧床|卧病|走不动|走不了路|下不了床|出不了门|行动不便|腿脚不|住院"
)
_EMPLOYER = pattern_of(r"(?:单位|公司|厂里|原单位|老单位)")
_ABROAD = pattern_of(r"国外|境外|海外|外国|出国|使馆|领事馆|使领馆")
_ELSEWHERE = pattern_of(r"异地|外地|外省|老家|居住地|不在(?:本地|当地|参保地)|别的(?:城市|地方)|外面住")
_PROVINCES = pattern_of(
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|内蒙古?|广西|西藏|宁夏|新疆|"
    "广州|深圳|东莞|佛山|珠海|南京|苏州|无锡|常州|徐州|杭州|宁波|温州|成都|武汉|西安|郑州|长沙|沈阳|大连|青岛|济南|滨州|烟台|淄博|东营|德州|厦门|福州|泉州|昆明|合肥|南昌|南宁|哈尔滨|长春|"
    "石家庄|太原|贵阳|兰州|海口|三亚|乌鲁木齐|银川|西宁|呼和浩特|拉萨|唐山|保定|廊坊"
)
_AT = pattern_of(r"(?:我|俺|人|住|搬|现在|目前|一直|长期)*(?:在|到|去|住)了?")


def asks_for_a_way(text: str) -> bool:
    """Whether the words ask how to certify and name one of the ways; what they ask of a place is judged with the region."""
    plain = tidy(text).strip(" ,.!?~")
    if len(plain) > _LONGEST or not _CERTIFYING.search(plain):
        return False
    return bool((_ASKING.search(plain) or _ONLY.search(plain)) and way_named(plain))


def way_named(text: str, home: str = "") -> str:
    """employer, abroad, elsewhere, family; '' where no way is named. `home` is the region: who is there is not elsewhere."""
    plain = tidy(text).lower()
    if _FAMILY.search(plain):
        return FAMILY
    if _ABROAD.search(plain) or _is_abroad(plain):
        return ABROAD
    if _ELSEWHERE.search(plain):
        return ELSEWHERE
    if (found := _PROVINCES.search(plain)) and _AT.search(plain[: found.start()]):
        return "" if home and (home.startswith(found[0]) or found[0] in home) else ELSEWHERE
    return EMPLOYER if _EMPLOYER.search(plain) else ""


def _is_abroad(plain: str) -> bool:
    try:
        return places(plain if "美" in plain else plain.replace("德州", ""))[0].zone != HOME  # 德州 is at home, too
    except Invalid:
        return False
