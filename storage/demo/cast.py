"""The hand-picked: one person for everything there is to show, the same at every size.

Their phones are 15400000001 and so on, in this order, so that a demo can be typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from storage.demo.lives import Life, Work, at, card, case, certified, loss
from storage.demo.moments import filed_at
from storage.demo.names import INSTITUTION, OF_REGION, id_number, phone_number
from storage.ports.record import Record
from storage.ports.records import Card, Case, Certification, Insurance, Kind, Person
from storage.ports.time import Month

FIRST_CARD = 9_000_000
"""Card and case numbers of the hand-picked begin here; those of the many lie below."""
FIRST_OLD_CARD = 9_100_000
"""Numbers of cards that were replaced."""


class Scene(Record):
    """What the story of one person may lean on."""

    today: date
    last: Month
    """Last month."""
    number: int
    """1, 2, 3 … in the order of the cast."""
    region: str

    def employer(self, which: int = 0) -> int:
        """An employer of the region, by a small number."""
        places = OF_REGION[self.region]
        return places[(self.number + which) % len(places)]

    def years(self, years: float, base: int = 9000, until: int = 0, which: int = 0) -> Work:
        """That many years with one employer, up to `until` months before last month."""
        end = self.last.plus(-until)
        return Work(self.employer(which), end.plus(1 - round(years * 12)), end, base)

    def card(self, status: str = "active", lost_days: int | None = None) -> Card:
        """The person's card; `lost_days` ago it was reported lost."""
        lost = None if lost_days is None else at(self.today - timedelta(days=lost_days), 10, 5)
        return card(FIRST_CARD + self.number, self.region, status, lost)

    def due(self, days: int, channel: str = "经办机构窗口", by_other: bool = False, ever: bool = True) -> Certification:
        """A certification that is due in so many days (negative: overdue)."""
        return certified(self.today + timedelta(days=days), channel, by_other, ever)

    def case(self, feature: str, title: str, days: int, ending: str = "", note: str = "") -> Case:
        """A case that was filed so many days ago."""
        return case(FIRST_CARD + self.number, self.region, feature, title, self.today - timedelta(days=days), ending, note)


class Story(Record):
    """What happened: everything of a Life but the person."""

    works: tuple[Work, ...] = ()
    card: Card | None = None
    certification: Certification | None = None
    cases: tuple[Case, ...] = ()
    earlier: tuple[Card, ...] = ()


class Part(Record):
    """One of the cast."""

    name: str
    region: str
    gender: str
    born: date
    shows: str
    story: Callable[[Scene], Story]
    status: str = "在职"
    shares_phone_with: str = ""
    phone: bool = True
    id_no: str = ""
    """Where it is not the usual made-up number: a passport, or someone who stands in two regions."""
    id_type: str = "居民身份证(户口簿)"
    resident: bool = False
    """城乡居民."""


def _steady(years: float = 4, base: int = 9000) -> Callable[[Scene], Story]:
    return lambda s: Story((s.years(years, base),), s.card())


def _retired(
    days: int, channel: str = "经办机构窗口", by_other: bool = False, ever: bool = True, works: bool = False
) -> Callable[[Scene], Story]:
    return lambda s: Story((s.years(2, 8000, until=30),) if works else (), s.card(), s.due(days, channel, by_other, ever))


def _gap(s: Scene) -> Story:
    return Story((s.years(3, 8600, until=12), s.years(8 / 12, 9800)), s.card())


def _moves(s: Scene) -> Story:
    return Story(
        (s.years(2, 7200, until=37, which=0), s.years(20 / 12, 9100, until=17, which=1), s.years(17 / 12, 12500, which=2)),
        s.card(),
    )


def _back(s: Scene) -> Story:
    paid = s.last.plus(-4)
    first = s.last.plus(-13)
    makeup = Work(s.employer(), first, first.plus(2), 8800, Kind.BACK, paid_on=date(paid.year, paid.month, 18))
    return Story((s.years(2.5, 8800, until=14), makeup, s.years(11 / 12, 9300)), s.card())


def _unarrived(s: Scene) -> Story:
    return Story((s.years(3, 10400, until=1), Work(s.employer(), s.last, s.last, 11200, arrived=False)), s.card())


def _refund(s: Scene) -> Story:
    month, paid = s.last.plus(-7), s.last.plus(-5)
    day = date(paid.year, paid.month, 22)
    pension = (Insurance.PENSION,)
    return Story(
        (
            s.years(4, 9600),
            Work(s.employer(), month, month, 700, Kind.DIFF, pension, day),
            Work(s.employer(), month.plus(-2), month.plus(-2), 500, Kind.REFUND, pension, day),
        ),
        s.card(),
    )


def _alone(s: Scene) -> Story:
    return Story((Work(None, s.last.plus(-29), s.last, 5800, insurances=(Insurance.PENSION, Insurance.MEDICAL)),), s.card())


def _moved_last_month(s: Scene) -> Story:
    return Story((s.years(3, 7700, until=1), s.years(1 / 12, 9900, which=1)), s.card())


def _several(s: Scene) -> Story:
    paid = s.last.plus(-1)
    month = s.last.plus(-6)
    makeup = Work(s.employer(), month, month, 6900, Kind.BACK, paid_on=date(paid.year, paid.month, 16))
    return Story(
        (
            s.years(2, 6900, until=7),
            makeup,
            s.years(5 / 12, 7400, until=1),
            Work(s.employer(), s.last, s.last, 7400, arrived=False),
        ),
        s.card(),
    )


def _nothing(_: Scene) -> Story:
    return Story()


def _replacing(s: Scene) -> Story:
    return Story((s.years(5, 13800),), s.card("lost", 9), None, (s.case("BJH-M-14", "社会保障卡补换卡", 8),))


def _returned(s: Scene) -> Story:
    return Story((s.years(1, 8200),), s.card("returned"))


def _transferred(s: Scene) -> Story:
    done = s.case("BJH-31", "养老保险关系转移接续（转入）", 40, "成功", "转入手续已办结")
    return Story((s.years(3.5, 11000),), s.card(), None, (done,))


def _lost(s: Scene) -> Story:
    held = s.card("lost", 12)
    return Story((s.years(3, 6800),), held, None, (loss(FIRST_CARD + s.number, held),))


def _running(s: Scene) -> Story:
    return Story((s.years(2, 7100),), s.card(), None, (s.case("BZ-10", "养老保险关系转移接续", 10),))


def _refused(s: Scene) -> Story:
    note = "缺少参保缴费凭证，请补齐后重新申请"
    return Story((s.years(6, 6500),), s.card(), None, (s.case("BZ-10", "养老保险关系转移接续", 20, "不成功", note),))


def _with_card(status: str = "active", filed: int = 0, years: float = 3) -> Callable[[Scene], Story]:
    """Somebody with a card of that status; `filed` days ago its loss came with the application for a new one (0: never lost)."""

    def story(s: Scene) -> Story:
        held = replace(s.card(status), lost_at=filed_at(s.today, filed, card=True) if filed else None)
        return Story((s.years(years, 7600 + 100 * (s.number % 7)),), held)

    return story


def _replaced(filed: int) -> Callable[[Scene], Story]:
    """A new card in use, and the old one that was lost when the new one was applied for."""

    def story(s: Scene) -> Story:
        old = card(FIRST_OLD_CARD + s.number, s.region, "replaced", filed_at(s.today, filed, card=True))
        return Story((s.years(4, 8800),), s.card(), None, (), (old,))

    return story


def _lost_for_a_while(s: Scene) -> Story:
    """Lost twelve days ago for fifteen days: it ends in three days."""
    lost = at(s.today - timedelta(days=12), 19, 40)
    return Story((s.years(3, 6600),), replace(s.card("lost"), lost_at=lost, lost_until=lost + timedelta(days=15)))


def _pays_alone(s: Scene) -> Story:
    """灵活就业 whose last three paid months came by an order; the two after them are not paid yet."""
    return Story(
        (Work(None, s.last.plus(-26), s.last.plus(-2), 5000, insurances=(Insurance.PENSION, Insurance.MEDICAL)),), s.card()
    )


def _institution(s: Scene) -> Story:
    """In a 事业单位: the 养老 is the institutions' one, as participation and account say."""
    return Story((Work(INSTITUTION, s.last.plus(-59), s.last, 9600),), s.card())


_TWICE = id_number(0, 499, date(1986, 2, 9), "男")

CAST = (
    # 北京, working
    Part("周云帆", "beijing", "男", date(1988, 3, 12), "缴费连续，没有断缴，有五年的个人账户对账单", _steady(5, 12000)),
    Part("林晓棠", "beijing", "女", date(1990, 7, 25), "五险断缴四个月", _gap),
    Part("高远舟", "beijing", "男", date(1984, 11, 3), "换过两次单位，缴费没有断", _moves),
    Part("邓佳禾", "beijing", "女", date(1992, 5, 18), "断缴三个月后补缴，到账日期较晚", _back),
    Part("韩子墨", "beijing", "男", date(1987, 9, 30), "上个月的费还没有到账", _unarrived),
    Part("宋知微", "beijing", "女", date(1983, 1, 6), "有补差和退费", _refund),
    Part("何𬭚", "beijing", "男", date(1991, 4, 21), "姓名有生僻字“𬭚”", _steady(3)),
    Part("䶮清辞", "beijing", "女", date(1994, 8, 8), "姓名有生僻字“䶮”", _steady(2)),
    Part("崔立冬", "beijing", "男", date(1985, 12, 1), "灵活就业，只缴养老和医疗", _alone),
    Part("尹书航", "beijing", "男", date(1979, 6, 15), "连续缴费15年，明细很长", _steady(15, 5200)),
    Part("蒋初夏", "beijing", "女", date(2001, 10, 10), "刚参保，还没有缴费记录，也没有社保卡", _nothing),
    Part(
        "贺一鸣",
        "beijing",
        "男",
        date(1982, 2, 27),
        "中断缴费已有八个月",
        lambda s: Story((s.years(4, 8900, until=8),), s.card()),
        status="中断",
    ),
    Part("罗志远", "beijing", "男", date(1981, 3, 3), "与配偶苏婉清共用手机号", _steady(6, 14200)),
    Part("苏婉清", "beijing", "女", date(1983, 9, 14), "与配偶罗志远共用手机号", _steady(4, 10800), shares_phone_with="罗志远"),
    Part("唐可欣", "beijing", "女", date(1989, 12, 22), "社保卡已挂失，补卡正在办理", _replacing),
    Part("田若谷", "beijing", "男", date(1996, 6, 2), "社保卡被退回，可以二次申领", _returned),
    Part("方念初", "beijing", "女", date(1986, 5, 5), "转入手续已办结，可查进度，有养老和医疗的转移记录", _transferred),
    Part("曹文澜", "beijing", "男", date(1980, 10, 31), "没有预留手机号，不能用短信登录", _steady(3), phone=False),
    Part(
        "安娜·示例", "beijing", "女", date(1990, 3, 17), "外籍职工，用护照号码参保", _steady(2), id_no="DEMO00001", id_type="护照"
    ),
    Part("彭星河", "beijing", "男", date(1986, 2, 9), "北京和济南都有参保登记，同一个手机号", _steady(2, 9800), id_no=_TWICE),
    # 北京, drawing benefits
    Part(
        "卢海生",
        "beijing",
        "男",
        date(1958, 4, 4),
        "退休，养老金近两年半明细，每年七月调整",
        _retired(30, "APP认证", works=True),
        status="已退休",
    ),
    Part(
        "马玉珍",
        "beijing",
        "女",
        date(1955, 8, 19),
        "退休，上次由家人代办",
        _retired(15, "APP认证", by_other=True),
        status="已退休",
    ),
    Part(
        "叶秀兰",
        "beijing",
        "女",
        date(1960, 1, 23),
        "机关退休，养老金和职业年金由两家代发",
        _retired(7, "APP认证"),
        status="已退休",
    ),
    Part("冯德厚", "beijing", "男", date(1951, 11, 11), "退休", _retired(0, "委托单位认证"), status="已退休"),
    Part("郑美华", "beijing", "女", date(1957, 6, 6), "退休，认证已逾期", _retired(-20, "APP认证"), status="已退休"),
    Part("沈国栋", "beijing", "男", date(1953, 2, 14), "退休，长住国外，在使领馆认证", _retired(60, "使领馆"), status="已退休"),
    Part("袁春生", "beijing", "男", date(1949, 7, 7), "已去世，不再提醒", _retired(7), status="死亡"),
    Part(
        "白桂芝",
        "beijing",
        "女",
        date(1952, 12, 30),
        "退休，老伴已去世，用的是同一个手机号",
        _retired(200),
        status="已退休",
        shares_phone_with="袁春生",
    ),
    # 滨州
    Part("孙书瑶", "binzhou", "女", date(1991, 9, 9), "缴费连续，社保卡可以挂失，有医疗报销", _steady(4, 7000)),
    Part("朱启明", "binzhou", "男", date(1985, 5, 29), "五险断缴四个月，社保卡可以挂失", _gap),
    Part("胡念安", "binzhou", "女", date(1993, 2, 2), "社保卡已挂失，可查进度", _lost),
    Part("任晴川", "binzhou", "男", date(1988, 8, 28), "有业务正在办理，可查进度", _running),
    Part("魏长河", "binzhou", "男", date(1978, 10, 12), "业务没有办成，能看到原因", _refused),
    Part("董若朗", "binzhou", "男", date(1984, 4, 16), "与配偶谢思宁共用手机号", _steady(5, 8300)),
    Part(
        "谢思宁",
        "binzhou",
        "女",
        date(1986, 11, 27),
        "与配偶董若朗共用手机号，领过生育待遇",
        _steady(3, 6900),
        shares_phone_with="董若朗",
    ),
    Part("余㛃", "binzhou", "女", date(1995, 3, 31), "姓名有生僻字“㛃”，上月换了单位，有两份用工备案", _moved_last_month),
    Part("杜亦衡", "binzhou", "男", date(1990, 6, 18), "有补缴，上个月的费还没有到账", _several),
    Part("潘秀英", "binzhou", "女", date(1959, 9, 1), "退休，有养老金、养老账户清单和医疗报销", _retired(15), status="已退休"),
    Part("汪福来", "binzhou", "男", date(1954, 1, 15), "退休，养老金三年明细，可打印收入证明", _retired(3), status="已退休"),
    Part(
        "姜凤云",
        "binzhou",
        "女",
        date(1961, 5, 20),
        "新退休，一次也没有认证过，已逾期",
        _retired(-5, ever=False),
        status="已退休",
    ),
    # 济南
    Part("范景行", "jinan", "男", date(1987, 7, 17), "在职，济南的缴费由单位查询", _steady(1.5, 8000)),
    Part("姚秋荷", "jinan", "女", date(1956, 3, 8), "退休", _retired(1), status="已退休"),
    Part(
        "石敬山",
        "jinan",
        "男",
        date(1950, 10, 1),
        "退休，用女儿林晓棠的手机号",
        _retired(30),
        status="已退休",
        shares_phone_with="林晓棠",
    ),
    Part("廖桂香", "jinan", "女", date(1958, 12, 12), "退休，认证已逾期", _retired(-40), status="已退休"),
    Part("邹长顺", "jinan", "男", date(1955, 2, 24), "退休，刚刚认证过", _retired(360), status="已退休"),
    Part(
        "彭星河",
        "jinan",
        "男",
        date(1986, 2, 9),
        "北京和济南都有参保登记，同一个手机号",
        _steady(1, 7000),
        id_no=_TWICE,
        shares_phone_with="彭星河",
    ),
    # from here on: people whose filings, orders and talks lie in the console (new ones go to the end: phones follow the place)
    Part("顾言溪", "beijing", "女", date(1992, 4, 5), "社保卡丢了，补卡申请等着缴工本费", _with_card("lost", 1)),
    Part("侯景澄", "beijing", "男", date(1989, 8, 16), "补卡申请等待审核", _with_card("lost", 1)),
    Part("邵明岚", "beijing", "女", date(1985, 2, 20), "补卡申请审核超过了期限", _with_card("lost", 9)),
    Part("万思齐", "beijing", "男", date(1993, 11, 9), "换卡申请需要补正", _with_card("active")),
    Part("段雨桐", "beijing", "女", date(1990, 5, 27), "补卡已通过，正在制卡", _with_card("making", 3)),
    Part("雷长亭", "beijing", "男", date(1981, 9, 2), "补卡已通过，制卡超过了期限", _with_card("making", 15)),
    Part("龙清越", "beijing", "女", date(1994, 1, 13), "新卡做好了，可以领卡", _with_card("ready", 12)),
    Part("汤若衡", "beijing", "男", date(1987, 6, 30), "补卡已办结，旧卡停用", _replaced(25)),
    Part("黎书予", "beijing", "女", date(1984, 10, 18), "补卡没有通过，工本费等着退", _with_card("lost", 14)),
    Part("常远笛", "beijing", "男", date(1991, 3, 24), "撤回过一次换卡申请", _with_card("active")),
    Part("武静姝", "beijing", "女", date(1996, 7, 8), "换卡申请填了一半", _with_card("active")),
    Part("施允之", "beijing", "男", date(1998, 12, 3), "二次申领等待审核", _with_card("returned", years=1)),
    Part("文澜生", "beijing", "男", date(1997, 4, 29), "二次申领已通过，正在办理", _with_card("making", years=1)),
    Part("尚云岫", "beijing", "女", date(1999, 9, 11), "二次申领办好了，可以领卡", _with_card("ready", years=1)),
    Part("牛思源", "beijing", "男", date(1995, 6, 6), "二次申领已办结", _with_card("active", years=2)),
    Part("陶云舒", "binzhou", "女", date(1990, 10, 22), "社保卡临时挂失，三天后到期，可以解挂", _lost_for_a_while),
    Part(
        "龚一鹤", "binzhou", "男", date(1983, 3, 15), "灵活就业，有待缴、已缴和退款的订单，有刷卡记录", _pays_alone, status="中断"
    ),
    Part(
        "贾念慈",
        "binzhou",
        "女",
        date(1976, 8, 1),
        "居民养老和居民医疗的订单，有一笔重复付款，有历年缴费",
        _nothing,
        resident=True,
    ),
    Part(
        "丁远钟",
        "binzhou",
        "男",
        date(2000, 2, 17),
        "刚参保，还没有制卡",
        lambda s: Story((s.years(1 / 6, 5600),), s.card("not_made")),
    ),
    Part("夏知秋", "binzhou", "女", date(1998, 5, 5), "社保卡正在制作，有一笔订单等着付款", _with_card("making", years=0.5)),
    Part("秦时雨", "binzhou", "男", date(1982, 11, 26), "换过社保卡，有处理记录和刷卡记录", _replaced(70)),
    Part("毛晓晴", "jinan", "女", date(1988, 1, 31), "换预留手机号已办好，等她设为已读", _steady(1.5, 7700)),
    Part("江若川", "jinan", "男", date(1979, 9, 19), "换预留手机号已办结", _steady(1, 8100)),
    # people whose 权益记录 are of a kind that the others have not (what they have is in `rights_cast`)
    Part("金砚秋", "beijing", "男", date(1981, 10, 20), "事业单位在编，有职业年金缴费和账户，养老按机关事业参保", _institution),
    Part("康承远", "beijing", "男", date(1974, 7, 2), "有工伤待遇：工津、工补、工护和一次工辅", _steady(6, 7800)),
    Part("郝修竹", "beijing", "男", date(1970, 11, 5), "城乡居民，每年缴居民养老，有个人对账单", _nothing, resident=True),
    Part(
        "孟春芳",
        "beijing",
        "女",
        date(1956, 3, 29),
        "城乡居民，正在领居民养老，对账单里有发放",
        _retired(110),
        status="已退休",
        resident=True,
    ),
    Part(
        "史明朗",
        "binzhou",
        "男",
        date(1987, 1, 17),
        "失业后按月领过失业金",
        lambda s: Story((s.years(5, 7300, until=9),), s.card()),
        status="中断",
    ),
    Part("孔怀山", "binzhou", "男", date(1976, 6, 24), "有工伤待遇，还有一次住院和几次门诊报销", _steady(7, 6700)),
)


def lives(today: date) -> tuple[Life, ...]:
    """The cast as they stand on that day, in order."""
    return tuple(_life(number, part, today) for number, part in enumerate(CAST, start=1))


def _life(number: int, part: Part, today: date) -> Life:
    phone = phone_number(number)
    if part.shares_phone_with:
        phone = phone_number(next(place for place, other in enumerate(CAST, start=1) if other.name == part.shares_phone_with))
    person = Person(
        0,
        part.region,
        part.name,
        part.id_no or id_number(0, number, part.born, part.gender),
        phone if part.phone else None,
        part.gender,
        part.born,
        part.status,
        part.id_type,
        "本市城镇职工" if part.region == "beijing" and part.status in {"在职", "中断"} and not part.resident else "",
        today - timedelta(days=100) if part.status == "死亡" else None,
    )
    story = part.story(Scene(today, Month.of(today).plus(-1), number, part.region))
    return Life(person, story.works, story.card, story.certification, story.cases, part.shows, story.earlier, part.resident)
