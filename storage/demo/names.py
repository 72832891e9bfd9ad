"""Invented names, numbers and employers. Nobody here exists, and no number here can belong to anybody."""

from __future__ import annotations

from datetime import date
from random import Random

from storage.identity import make, make_uscc
from storage.ports.records import Employer

REGIONS = ("beijing", "binzhou", "jinan")

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
_FIRST = "云晓知书子若一安清思景初念星承启远立嘉承予沐泽亦言怀修长柏苍"
_SECOND_MEN = "帆舟川栋航明野山松岳峰泉墨恒征辰洲衡朗铮"
_SECOND_WOMEN = "棠瑶禾微晴兰芷月宁夏荷筠蓉岚溪蕊莹彤惠澜"
_RARE = "𬭚䶮㛃"

_MAKE = ("云禾", "晨帆", "远岫", "青舟", "知南", "沐野", "星澜", "柏川", "言和", "朗秋", "溪石", "景明")
_TRADE = ("机械", "软件", "餐饮", "物流", "纺织")
_SHARE = (36, 15, 9)
"""Employers of 北京, 滨州 and 济南: sixty."""
INSTITUTION = 35
"""The one of 北京 that is a 事业单位: who works there for good has 职业年金."""


def id_number(block: int, sequence: int, birth: date, gender: str) -> str:
    """A number with a right check digit and an administrative code that was never issued to people.

    GB/T 2260 numbers the provinces from 11, in groups whose first digit is 1 to 8, and the cards of foreigners begin with 9:
    no code begins with 0. `block` is 0…9999, `sequence` 0…499.
    """
    return make(f"00{block:04d}", birth, 2 * sequence + (gender == "男"))


def phone_number(index: int) -> str:
    """A number that looks like a mobile phone and is nobody's: the segment 154 was never opened to the public. `index` below 100,000,000."""
    return f"154{index:08d}"


def person_name(rng: Random, gender: str) -> str:
    """Two or three characters; about one person in 250 has a rare one, as in life."""
    name = rng.choice(_SURNAMES)
    if rng.random() < 0.8:
        name += rng.choice(_FIRST)
    return name + (rng.choice(_RARE) if rng.random() < 0.004 else rng.choice(_SECOND_MEN if gender == "男" else _SECOND_WOMEN))


def employers() -> tuple[Employer, ...]:
    """Sixty employers: 36 of 北京, then 15 of 滨州, then 9 of 济南. The codes are valid; their area 000000 is no place."""
    made: list[Employer] = []
    for region, share in zip(REGIONS, _SHARE, strict=True):
        for _ in range(share):
            number = len(made)
            name = f"{_MAKE[number % 12]}{_TRADE[number // 12]}（示例）有限公司"
            kind = "91"
            if number == INSTITUTION:
                name, kind = "景明教育服务中心（示例）", "12"
            made.append(Employer(0, region, name, make_uscc(kind, "000000", f"DE{number + 1:06d}"), f"00{number + 1:06d}"))
    return tuple(made)


EMPLOYERS = employers()
OF_REGION = {region: tuple(i for i, employer in enumerate(EMPLOYERS) if employer.region == region) for region in REGIONS}
"""Positions in EMPLOYERS, by region."""
