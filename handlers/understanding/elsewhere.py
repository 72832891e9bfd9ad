"""What is a matter of other offices: 公积金, 身份证, 天气."""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of
from handlers.understanding.reading import read
from handlers.understanding.talk import is_elsewhere
from handlers.understanding.whose import own_in_the_end

_OURS = frozenset(
    [
        "社保",
        "机构",
        "养老",
        "医疗",
        "失业",
        "失业了",
        "社保卡",
        "工伤待遇",
        "工伤登记",
        "工伤报销",
        "伤残",
        "工伤",
        "生育",
        "失业保险",
        "生育保险",
        "职业年金",
        "居民",
        "缴费证明",
        "收入证明",
        "权益单",
        "证明",
        "校验",
        "养老金",
        "失业金",
        "生育津贴",
        "医疗报销",
        "退休",
        "认证",
        "参保信息",
        "灵活就业",
        "燕达",
        "异地就医",
        "定点医院",
        "外国人",
        "港澳台",
        "断缴",
        "补缴",
        "养老账户",
        "对账单",
        "转移",
        "转入",
        "转出",
        "增员",
        "减员",
        "月报",
        "员工",
        "单位开户",
        "单位注销",
        "执照",
    ]
)
"""Ideas that make a sentence ours though it names another office too (买房要社保证明)."""

_ANOTHER_OFFICE = pattern_of(
    r"公积金|个税|所得税|增值税|身份证(?:丢|过期|补|到期)|补身份证|居住证(?:怎么|办|到期|续)|残疾人?(?:补贴|证)|车管所|乘车卡|老年证|老年卡|个体户?营业执照(?:怎么)?办|违章|刻章|驾照|驾校|劳动仲裁|限号|护照(?:怎么)?办|签证|房产证|燃气|电费|水费|(?<![干送跑做])快递(?!员|小哥)|高铁|股票|世界杯|电视剧|卤煮|热不热|天气"
)
_SURELY_OURS = pattern_of(
    r"社保|养老|医保|医疗|失业|工伤|生育|年金|参保|认证|缴费(?!证)|外省的?年限|年限.{0,8}(?:转|算|接)|退休|社保卡|职工|清册|核定|扣除额|账户返还|校验|增员|减员|权益"
)


def belongs_elsewhere(bare: str) -> bool:
    """Whether a text is a matter of other offices and of nothing here; one's own record that is asked for in the end is ours (法院要, 看我的缴费)."""
    if _ANOTHER_OFFICE.search(bare) and not _SURELY_OURS.search(bare):
        return True
    own = own_in_the_end(bare)
    if own and own != bare and not is_elsewhere(own):
        return False
    remains = is_elsewhere(bare)
    return bool(remains) and not re.search("社保|医保|年限|趸缴", remains) and read(remains).ideas.keys().isdisjoint(_OURS)
