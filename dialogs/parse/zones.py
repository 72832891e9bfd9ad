"""Where somebody abroad lives, in their words, as a time zone: countries, cities, provinces, or the difference from Beijing."""

from __future__ import annotations

import re

from dialogs.parse.errors import Invalid
from dialogs.parse.patterns import pattern_of
from dialogs.parse.text import number, tidy
from storage.ports.record import Record

HOME = "Asia/Shanghai"


class Place(Record):
    """A time zone and what it is called."""

    label: str
    zone: str


_SINGLE: tuple[tuple[str, str, str], ...] = (
    (HOME, "中国", "中国 国内 大陆 内地 北京 上海 广州 深圳 北京时间 东八区 回国 china beijing shanghai"),
    ("Asia/Hong_Kong", "中国香港", "香港 hongkong"),
    ("Asia/Macau", "中国澳门", "澳门 macau"),
    ("Asia/Taipei", "中国台湾", "台湾 台北 高雄 taipei"),
    ("Asia/Tokyo", "日本", "日本 东京 大阪 京都 名古屋 横滨 神户 福冈 札幌 冲绳 埼玉 千叶 japan tokyo osaka"),
    ("Asia/Seoul", "韩国", "韩国 南韩 首尔 汉城 釜山 仁川 济州 korea seoul"),
    ("Asia/Pyongyang", "朝鲜", "朝鲜 平壤"),
    ("Asia/Ulaanbaatar", "蒙古国", "蒙古国 外蒙古 乌兰巴托"),
    ("Asia/Singapore", "新加坡", "新加坡 狮城 singapore"),
    ("Asia/Kuala_Lumpur", "马来西亚", "马来西亚 大马 吉隆坡 槟城 新山 malaysia"),
    ("Asia/Bangkok", "泰国", "泰国 曼谷 清迈 普吉 芭提雅 thailand bangkok"),
    ("Asia/Ho_Chi_Minh", "越南", "越南 河内 胡志明 西贡 岘港 vietnam"),
    ("Asia/Phnom_Penh", "柬埔寨", "柬埔寨 金边 西港 西哈努克 cambodia"),
    ("Asia/Vientiane", "老挝", "老挝 万象 laos"),
    ("Asia/Yangon", "缅甸", "缅甸 仰光 曼德勒 myanmar"),
    ("Asia/Manila", "菲律宾", "菲律宾 马尼拉 宿务 philippines manila"),
    ("Asia/Brunei", "文莱", "文莱 brunei"),
    ("Asia/Kolkata", "印度", "印度 新德里 德里 孟买 班加罗尔 india mumbai"),
    ("Asia/Karachi", "巴基斯坦", "巴基斯坦 卡拉奇 伊斯兰堡 拉合尔 pakistan"),
    ("Asia/Dhaka", "孟加拉国", "孟加拉 达卡 bangladesh"),
    ("Asia/Colombo", "斯里兰卡", "斯里兰卡 科伦坡"),
    ("Asia/Kathmandu", "尼泊尔", "尼泊尔 加德满都"),
    ("Indian/Maldives", "马尔代夫", "马尔代夫"),
    ("Asia/Almaty", "哈萨克斯坦", "哈萨克斯坦 阿拉木图 阿斯塔纳"),
    ("Asia/Tashkent", "乌兹别克斯坦", "乌兹别克斯坦 塔什干"),
    ("Asia/Bishkek", "吉尔吉斯斯坦", "吉尔吉斯斯坦 比什凯克"),
    ("Asia/Dushanbe", "塔吉克斯坦", "塔吉克斯坦 杜尚别"),
    ("Asia/Ashgabat", "土库曼斯坦", "土库曼斯坦"),
    ("Asia/Kabul", "阿富汗", "阿富汗 喀布尔"),
    ("Asia/Tehran", "伊朗", "伊朗 德黑兰"),
    ("Asia/Baghdad", "伊拉克", "伊拉克 巴格达"),
    ("Asia/Dubai", "阿联酋", "阿联酋 迪拜 阿布扎比 dubai uae"),
    ("Asia/Riyadh", "沙特阿拉伯", "沙特 利雅得 吉达"),
    ("Asia/Qatar", "卡塔尔", "卡塔尔 多哈"),
    ("Asia/Kuwait", "科威特", "科威特"),
    ("Asia/Muscat", "阿曼", "阿曼 马斯喀特"),
    ("Asia/Jerusalem", "以色列", "以色列 特拉维夫 耶路撒冷 israel"),
    ("Europe/Istanbul", "土耳其", "土耳其 伊斯坦布尔 安卡拉 turkey"),
    ("Asia/Tbilisi", "格鲁吉亚", "格鲁吉亚 第比利斯"),
    ("Asia/Yerevan", "亚美尼亚", "亚美尼亚"),
    ("Asia/Baku", "阿塞拜疆", "阿塞拜疆 巴库"),
    ("Europe/London", "英国", "英国 英格兰 苏格兰 伦敦 曼彻斯特 伯明翰 爱丁堡 利物浦 剑桥 牛津 利兹 诺丁汉 england britain uk london"),
    ("Europe/Dublin", "爱尔兰", "爱尔兰 都柏林 ireland dublin"),
    ("Europe/Paris", "法国", "法国 巴黎 里昂 马赛 尼斯 图卢兹 france paris"),
    ("Europe/Berlin", "德国", "德国 柏林 慕尼黑 法兰克福 汉堡 杜塞尔多夫 科隆 斯图加特 germany berlin munich"),
    ("Europe/Rome", "意大利", "意大利 罗马 米兰 威尼斯 佛罗伦萨 普拉托 都灵 italy rome milan"),
    ("Europe/Madrid", "西班牙", "西班牙 马德里 巴塞罗那 瓦伦西亚 spain madrid barcelona"),
    ("Europe/Lisbon", "葡萄牙", "葡萄牙 里斯本 波尔图 portugal"),
    ("Europe/Amsterdam", "荷兰", "荷兰 阿姆斯特丹 鹿特丹 海牙 netherlands holland"),
    ("Europe/Brussels", "比利时", "比利时 布鲁塞尔 belgium"),
    ("Europe/Luxembourg", "卢森堡", "卢森堡"),
    ("Europe/Zurich", "瑞士", "瑞士 苏黎世 日内瓦 伯尔尼 switzerland zurich"),
    ("Europe/Vienna", "奥地利", "奥地利 维也纳 austria vienna"),
    ("Europe/Stockholm", "瑞典", "瑞典 斯德哥尔摩 哥德堡 sweden"),
    ("Europe/Oslo", "挪威", "挪威 奥斯陆 norway"),
    ("Europe/Copenhagen", "丹麦", "丹麦 哥本哈根 denmark"),
    ("Europe/Helsinki", "芬兰", "芬兰 赫尔辛基 finland"),
    ("Atlantic/Reykjavik", "冰岛", "冰岛 雷克雅未克 iceland"),
    ("Europe/Warsaw", "波兰", "波兰 华沙 poland"),
    ("Europe/Prague", "捷克", "捷克 布拉格 czech prague"),
    ("Europe/Budapest", "匈牙利", "匈牙利 布达佩斯 hungary"),
    ("Europe/Athens", "希腊", "希腊 雅典 greece"),
    ("Europe/Bucharest", "罗马尼亚", "罗马尼亚 布加勒斯特"),
    ("Europe/Sofia", "保加利亚", "保加利亚 索非亚"),
    ("Europe/Belgrade", "塞尔维亚", "塞尔维亚 贝尔格莱德"),
    ("Europe/Zagreb", "克罗地亚", "克罗地亚 萨格勒布"),
    ("Europe/Kyiv", "乌克兰", "乌克兰 基辅 敖德萨"),
    ("Europe/Minsk", "白俄罗斯", "白俄罗斯 明斯克"),
    ("Asia/Nicosia", "塞浦路斯", "塞浦路斯"),
    ("Europe/Malta", "马耳他", "马耳他"),
    ("Africa/Cairo", "埃及", "埃及 开罗 egypt"),
    ("Africa/Johannesburg", "南非", "南非 约翰内斯堡 开普敦"),
    ("Africa/Lagos", "尼日利亚", "尼日利亚 拉各斯"),
    ("Africa/Nairobi", "肯尼亚", "肯尼亚 内罗毕"),
    ("Africa/Addis_Ababa", "埃塞俄比亚", "埃塞俄比亚 亚的斯亚贝巴"),
    ("Africa/Dar_es_Salaam", "坦桑尼亚", "坦桑尼亚"),
    ("Africa/Luanda", "安哥拉", "安哥拉 罗安达"),
    ("Africa/Lusaka", "赞比亚", "赞比亚"),
    ("Africa/Accra", "加纳", "加纳 阿克拉"),
    ("Africa/Algiers", "阿尔及利亚", "阿尔及利亚"),
    ("Africa/Casablanca", "摩洛哥", "摩洛哥 卡萨布兰卡"),
    ("America/New_York", "美国东部（纽约）", "美东 美国东部 纽约 华盛顿 波士顿 费城 迈阿密 亚特兰大 新泽西 佛罗里达 马里兰 弗吉尼亚 宾州 宾夕法尼亚 麻省 马萨诸塞 康州 北卡 佐治亚州 底特律 密歇根 俄亥俄 法拉盛 匹兹堡 newyork boston"),
    ("America/Chicago", "美国中部（芝加哥）", "美中 美国中部 芝加哥 休斯顿 休斯敦 达拉斯 奥斯汀 德州 得州 德克萨斯 伊利诺伊 明尼苏达 圣路易斯 新奥尔良 chicago houston dallas"),
    ("America/Denver", "美国山区（丹佛）", "美国山区 丹佛 科罗拉多 盐湖城 犹他 新墨西哥州 denver"),
    ("America/Phoenix", "美国亚利桑那（凤凰城）", "凤凰城 亚利桑那 phoenix"),
    ("America/Los_Angeles", "美国西部（洛杉矶）", "美西 美国西部 洛杉矶 旧金山 三藩市 西雅图 加州 加利福尼亚 硅谷 圣何塞 圣地亚哥市 拉斯维加斯 波特兰 华盛顿州 俄勒冈 萨克拉门托 尔湾 losangeles sanfrancisco seattle"),
    ("America/Anchorage", "美国阿拉斯加", "阿拉斯加"),
    ("Pacific/Honolulu", "美国夏威夷", "夏威夷 檀香山 火奴鲁鲁 hawaii"),
    ("America/Toronto", "加拿大东部（多伦多）", "加拿大东部 多伦多 渥太华 蒙特利尔 魁北克 安大略 toronto montreal"),
    ("America/Winnipeg", "加拿大中部（温尼伯）", "温尼伯 曼尼托巴"),
    ("America/Edmonton", "加拿大山区（卡尔加里）", "卡尔加里 埃德蒙顿 阿尔伯塔 calgary"),
    ("America/Vancouver", "加拿大西部（温哥华）", "加拿大西部 温哥华 列治文 维多利亚市 卑诗 vancouver"),
    ("America/Halifax", "加拿大大西洋（哈利法克斯）", "哈利法克斯 新斯科舍"),
    ("America/Mexico_City", "墨西哥中部（墨西哥城）", "墨西哥城"),
    ("America/Tijuana", "墨西哥西北（蒂华纳）", "蒂华纳"),
    ("America/Panama", "巴拿马", "巴拿马"),
    ("America/Havana", "古巴", "古巴 哈瓦那"),
    ("America/Costa_Rica", "哥斯达黎加", "哥斯达黎加"),
    ("America/Bogota", "哥伦比亚", "哥伦比亚 波哥大"),
    ("America/Lima", "秘鲁", "秘鲁 利马"),
    ("America/Guayaquil", "厄瓜多尔", "厄瓜多尔 基多"),
    ("America/Caracas", "委内瑞拉", "委内瑞拉"),
    ("America/Santiago", "智利", "智利 圣地亚哥"),
    ("America/Argentina/Buenos_Aires", "阿根廷", "阿根廷 布宜诺斯艾利斯"),
    ("America/Montevideo", "乌拉圭", "乌拉圭"),
    ("America/Asuncion", "巴拉圭", "巴拉圭"),
    ("America/La_Paz", "玻利维亚", "玻利维亚"),
    ("America/Paramaribo", "苏里南", "苏里南"),
    ("America/Sao_Paulo", "巴西东部（圣保罗）", "圣保罗 里约 巴西利亚"),
    ("America/Manaus", "巴西西部（玛瑙斯）", "玛瑙斯"),
    ("Australia/Sydney", "澳大利亚（悉尼）", "悉尼 堪培拉 新南威尔士 sydney canberra"),
    ("Australia/Melbourne", "澳大利亚（墨尔本）", "墨尔本 维多利亚州 melbourne"),
    ("Australia/Brisbane", "澳大利亚（布里斯班）", "布里斯班 黄金海岸 昆士兰 brisbane"),
    ("Australia/Adelaide", "澳大利亚（阿德莱德）", "阿德莱德 南澳 adelaide"),
    ("Australia/Perth", "澳大利亚（珀斯）", "珀斯 柏斯 西澳 perth"),
    ("Australia/Darwin", "澳大利亚（达尔文）", "达尔文 北领地"),
    ("Australia/Hobart", "澳大利亚（霍巴特）", "霍巴特 塔斯马尼亚"),
    ("Pacific/Auckland", "新西兰", "新西兰 奥克兰 惠灵顿 基督城 newzealand auckland"),
    ("Pacific/Fiji", "斐济", "斐济"),
    ("Pacific/Port_Moresby", "巴布亚新几内亚", "巴布亚新几内亚 巴新"),
    ("Asia/Jakarta", "印尼西部（雅加达）", "雅加达 苏门答腊 棉兰 泗水 jakarta"),
    ("Asia/Makassar", "印尼中部（巴厘岛）", "巴厘岛 巴厘 望加锡 bali"),
    ("Europe/Moscow", "俄罗斯（莫斯科）", "莫斯科 圣彼得堡 moscow"),
    ("Asia/Yekaterinburg", "俄罗斯（叶卡捷琳堡）", "叶卡捷琳堡"),
    ("Asia/Novosibirsk", "俄罗斯（新西伯利亚）", "新西伯利亚"),
    ("Asia/Irkutsk", "俄罗斯（伊尔库茨克）", "伊尔库茨克 贝加尔"),
    ("Asia/Vladivostok", "俄罗斯（海参崴）", "海参崴 符拉迪沃斯托克 哈巴罗夫斯克 伯力"),
)  # fmt: skip
"""(zone, what it is called, the words that people use for places in it)."""

_SEVERAL: tuple[tuple[str, str], ...] = (
    (
        "美国 美利坚 usa america",
        "America/New_York America/Chicago America/Denver America/Los_Angeles Pacific/Honolulu America/Anchorage",
    ),
    ("加拿大 canada", "America/Toronto America/Winnipeg America/Edmonton America/Vancouver America/Halifax"),
    (
        "澳大利亚 澳洲 australia",
        "Australia/Sydney Australia/Melbourne Australia/Brisbane Australia/Adelaide Australia/Perth Australia/Darwin",
    ),
    ("俄罗斯 俄国 russia", "Europe/Moscow Asia/Yekaterinburg Asia/Novosibirsk Asia/Irkutsk Asia/Vladivostok"),
    ("印度尼西亚 印尼 indonesia", "Asia/Jakarta Asia/Makassar"),
    ("墨西哥 mexico", "America/Mexico_City America/Tijuana"),
    ("巴西 brazil", "America/Sao_Paulo America/Manaus"),
)
"""Countries in which the country alone does not tell the time."""

_LABELS = {zone: label for zone, label, _ in _SINGLE}
_NAMES: dict[str, tuple[Place, ...]] = {
    **{name: (Place(label, zone),) for zone, label, names in _SINGLE for name in names.split()},
    **{name: tuple(Place(_LABELS[zone], zone) for zone in zones.split()) for names, zones in _SEVERAL for name in names.split()},
}
_PLACES = pattern_of(
    "|".join(
        rf"(?<![a-z]){re.escape(name)}(?![a-z])" if name.isascii() else re.escape(name)
        for name in sorted(_NAMES, key=len, reverse=True)
    )
)
_BLANK_BESIDE_LATIN = pattern_of(r"(?<=[a-z]) (?=[a-z])")
_NUMERAL = r"[0-9]{1,2}|[一二两三四五六七八九十]{1,3}"
_UTC = pattern_of(r"(?:utc|gmt) ?([+-]) ?([0-9]{1,2})(?:[:.]?(00|30|45|5))?")
_AREA = pattern_of(rf"([东西])({_NUMERAL})区")
_FROM_BEIJING = pattern_of(
    rf"[比跟和与]?(?:北京|国内|中国)(?:时间)?(?:这边|这里)?(早|快|晚|慢)了?({_NUMERAL})个?(半)?(?:小时|钟头|点)"
)
_UNEVEN = {
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    570: "Australia/Darwin",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
}

UNKNOWN = "没认出这个地方。请发国家或大城市的名字，例如“日本”“纽约”；也可以说“比北京晚13小时”。回国了就发“国内”。"


def places(text: str) -> tuple[Place, ...]:
    """The zone that a text means; several where the country has several and no city was said. Raises Invalid for none."""
    plain = tidy(text).lower()
    found = [_NAMES[match[0]] for match in _PLACES.finditer(_BLANK_BESIDE_LATIN.sub("", plain))]
    if zone := _counted(plain):
        return (Place(label_of(zone), zone),)
    for wanted in (*(one for one in found if len(one) == 1), *found):
        return wanted
    raise Invalid(UNKNOWN)


def only_a_place(text: str) -> bool:
    """Whether nothing but names of places is left of the text."""
    plain = _BLANK_BESIDE_LATIN.sub("", tidy(text).lower())
    return _PLACES.search(plain) is not None and not _PLACES.sub("", plain).strip(" ,.的市省州国里那边这儿呢了啊呀")


def label_of(zone: str) -> str:
    """What a zone is called; one that is counted from Greenwich by its hours."""
    if zone in _LABELS:
        return _LABELS[zone]
    if found := re.fullmatch(r"Etc/GMT([+-])([0-9]{1,2})", zone):
        behind = 8 + int(found[2]) * (1 if found[1] == "+" else -1)  # the names of these zones count westwards
        return f"比北京{'晚' if behind > 0 else '早'} {abs(behind)} 小时的地方"
    return zone


def _counted(plain: str) -> str:
    """The zone of a difference that was said: from Greenwich (UTC+9, 东九区) or from Beijing (比北京晚13小时); '' for none."""
    minutes: int | None = None
    if found := _UTC.search(plain):
        part = {"30": 30, "5": 30, "45": 45}.get(found[3] or "", 0)
        minutes = (int(found[2]) * 60 + part) * (1 if found[1] == "+" else -1)
    elif found := _AREA.search(plain):
        minutes = number(found[2]) * 60 * (1 if found[1] == "东" else -1)
    elif found := _FROM_BEIJING.search(plain):
        part = number(found[2]) * 60 + (30 if found[3] else 0)
        minutes = 480 + (part if found[1] in "早快" else -part)
    if minutes is None:
        return ""
    if minutes % 60:
        if minutes not in _UNEVEN:
            raise Invalid(UNKNOWN)
        return _UNEVEN[minutes]
    hours = minutes // 60
    if not -12 <= hours <= 14:
        raise Invalid("时差好像不对，请再看一下，例如“比北京晚13小时”；或者直接发国家、城市的名字。")
    if hours == 8:
        return HOME
    return f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}" if hours else "Etc/GMT+0"
