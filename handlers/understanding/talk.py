"""What is not a wish for a function: greetings, thanks, anger, a wish for a person, things that are refused, and words that are denied."""

from __future__ import annotations

import re

from handlers.understanding.lexicon import IDEAS
from handlers.understanding.reading import Word

_END = r"(?:[呀啊哦噢哈呢吧啦了嘛喽哟亲的您你们,.!?~ ]|谢谢)*"

_TALK: tuple[tuple[str, str], ...] = (
    (
        "greeting",
        r"(?:你好|您好|尼好|泥好|妮好|哈喽|哈啰|嗨+|hi|hello|hey|在吗|在么|在不在|在不|有人吗|有人没|有人在吗|早上好|早安|上午好|中午好|下午好|晚上好|晚安|早|喂+|歪|新年好|过年好|大家好|老师好|同志你好|你好啊小助手|吃了吗|吃了没)",
    ),
    (
        "thanks",
        r"(?:谢谢|谢了|多谢|感谢|谢啦|3q|thanks?|thank you|辛苦了?|麻烦了?|太谢谢|非常感谢|谢谢你|感恩|唔该|劳驾了?|受累了?)",
    ),
    ("bye", r"(?:再见|拜拜|拜|88|886|bye|回头见|回见|下次见|走了|先这样|没事了|没别的事了?|没有别的了?)"),
    ("praise", r"(?:真好|真棒|太好了|不错|很好|好用|厉害|牛|赞|点赞|真方便|挺好|好样的|服务真好|你真好|你真棒|棒)"),
    (
        "who",
        r"(?:你是谁|你是什么|你叫什么|你叫啥|你是机器人吗?|是机器人吗?|你是真人吗?|是真人吗?|你是人吗?|你是ai吗?|你是人工吗?)",
    ),
    (
        "menu",
        r"(?:菜单|主菜单|目录|首页|功能|功能列表|有什么功能|有哪些功能|都有啥功能|回到菜单|看菜单|打开菜单|查询|我要查询|办事|我要办事|办业务|我要办业务|服务|查东西)",
    ),
    (
        "help",
        r"(?:帮助|help|怎么用|怎么使用|使用说明|你能干什么|你能干啥|能干啥|能办什么|能办啥|可以办什么|可以查什么|能查什么|能查啥|你会什么|你会啥|你有什么用|不会用|咋用|这个怎么用|这个咋用|这里能办什么|这里能办啥|教教我|都能办什么|你可以做什么|你能做什么|我该怎么弄|不会弄|(?:你们?|这里|这儿|这个)?(?:都)?能(?:查|办|干)(?:啥|什么|哪些)|说明书|不知道(?:怎么|咋)弄|看不懂|(?:操作)?太难|太复杂|字太小(?:看不见|看不清)?|看不见|看不清)",
    ),
    (
        "chat",
        r"(?:哦+|嗯+|好+|好的+|知道|明白|收到|行|ok|okay|可以|哈+|呵+|嘿+|嘻+|额+|呃+|啊+|是|对|测试|test|试试|试一下|1+|2+|无聊|唱歌|讲笑话|讲个笑话|我爱你|你真笨|不是|不|没有|没事|没什么|算|等等|等一下|稍等|是吗|真的假的|为什么)",
    ),
)
_WHOLE = tuple((kind, re.compile(rf"(?:{pattern}{_END})+", re.IGNORECASE)) for kind, pattern in _TALK)
_WHOLE_OF_LONG = tuple((kind, re.compile(rf"(?>{pattern}{_END})++", re.IGNORECASE)) for kind, pattern in _TALK)
"""Without going back: 好的好的好的…x can be cut in more ways than there is time to try."""

_SHORT = 14

_ABUSE = re.compile(
    r"傻[逼bB叉X×]|煞笔|沙比|傻子|混蛋|王八|他妈|妈的|你妈|尼玛|狗屁|放屁|滚[开蛋吧]|^滚|去死|废物|垃圾|骗子|吃屎|脑残|白痴|有病吧|神经病|操你|草泥马|卧槽|我靠|什么破|破系统|破玩意|气死|坑人|坑爹|"
    r"不要脸|狗日|龟儿|瓜娃|仆街|智障|蠢货|没用的东西|什么东西|烦死|浪费时间|忽悠"
)
_HUMAN = re.compile(
    r"人工(?!智能|耳)|真人|活人|客服|坐席|接线|找个?人(?!干|工)|跟人说|和人说|工作人员|投诉|举报|(?:有没有|要个|要|来个|找|叫)(?:个)?(?:人|管事的)(?:来|说|管|接|帮|问)|电话(?:多少|是多少|号码是|咨询|打给谁)|(?:打|拨)(?:什么|哪个|啥)电话|"
    r"咨询电话|热线(?:电话|多少|是多少)|服务电话|联系电话|(?:局|中心|窗口|你们|官方|单位)的?电话|你们电话|你们领导|我要找人|(?<![0-9])12345(?![0-9])|叫你们(?:领导|老板)|窗口电话|人来说|转接|跟人聊|找人聊|和人聊"
)

_OTHERS = (
    r"(?:我|俺|咱)?(?:的)?(?:同事|邻居|隔壁|别人|他人|人家|某人|其他人|朋友|闺蜜|前妻|前夫|前任|前女友|前男友|老公|老婆|媳妇|丈夫|妻子|爱人|对象|男朋友|女朋友|男友|女友|领导|上司|老板娘?|房东|室友|同学|亲戚|小舅子|小姨子|"
    r"大舅子|姐夫|妹夫|嫂子|弟媳|女婿|儿媳妇?|客户|网友|债务人|欠我钱的人|经理|主任|班长|债主|保姆|司机|明星|租客)"
)
_OWN_RECORD = r"(?:社保|养老|医保|医疗|失业|工伤|生育|缴费|退休金|养老金|待遇|参保|年金|卡|工资|记录|账户|余额|交了|发了|信息)"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
_OF_OTHERS = re.compile(
    rf"(?:查|看|调|打印|下载|知道|告诉我|帮|找)(?:一?[下查看]|到|询|出)*(?:我|俺|咱)?{_OTHERS}(?:的|们|.{{0,8}}{_OWN_RECORD})"
    rf"|^(?:我|俺|咱)?{_OTHERS}的?.{{0,6}}(?:交了多少|发了多少|缴费记录|社保记录|工资多少|余额|有多少)"
    rf"|(?:我|俺|咱)?{_OTHERS}的?(?:社保|养老|医保|失业金|退休金|缴费|待遇|工资|余额).{{0,4}}(?:断|交[了没过]|发[了没]|多少|到账|记录|明细|几年|余额|情况|[吗么]$)"
    rf"|(?:查|看|调)(?:一?[下查看]|到|询|出)*(?:[{_SURNAMES}][一-鿿]{{1,2}}|他|她|他们|她们)的?(?:.{{0,6}}){_OWN_RECORD}"
)
_NOT_A_NAME = re.compile(
    r"(?:查|看|调)(?:一?[下查看]|到|询|出)*(?:于|向|任何|任意|历史|金额|高龄|高温|黄金|方便|方式|方法|万一|单|付款|程序|程度|余额|毛病|武汉|何时|江苏|江西|范围|马上|严重|周期|周末|石家庄|贺|顾|常|安徽|钟)"
)
_CHEATING = re.compile(
    r"跳过(?:验证|认证|登录|校验|审核|刷脸|密码)|绕过|免验证|破解|(?:帮我|给我|想|能|怎么|如何)伪造|(?:做|办|买|弄|搞|开|造|P|ps|整)(?:一?[个张份]|点)?假(?!的?[吗么吧没])|挂靠|"
    r"(?:改|修改|篡改|编|P|ps|PS|p)(?:一?下|个|掉|成|我)?(?:的)?(?:缴费记录|社保记录|流水|年限|数据|数据库|余额|养老金)(?:成|$|吧|多)|(?:不用|不要|没有|别|不)(?:验证码|密码)(?:就|直接|也|能|给)|不验证(?:就|直接)|"
    r"(?:缴费记录|社保记录|流水|年限|余额|工龄).{0,6}(?:改成|改为|改到|改多|改长)|(?:偷偷|悄悄|后台)(?:给我|帮我)?(?:改|加|补|登|通过)|直接(?:给我|帮我)(?:改|加|通过|登)|黑进|盗号|内部(?:数据|后台)|(?:把|给)验证码发给|骗(?:社保|保|养老金|补贴|失业金)|(?:想|能|怎么|帮我)冒(?:领|名|充)|装(?:作|成)?(?:别人|本人)"
)

_DENIAL = re.compile(
    r"(?:不是|不想要?|不要|不用|不需要|不必|不准备|不打算|无需|没想|没要|没说要?|并非|别再?|莫要?|甭|先不|暂不|暂时不|唔使|唔要|唔系|不)(?:再|要|去|来|给我|帮我|说|问|办理|办|查询|查|申请|是|想|打算)*(?:我)?(?:的|这个|那个)?(?:社保卡|卡)?$"
)
_ASKED = re.compile(
    r"要不要|用不用|需不需要|能不能|是不是|可不可以|行不行|该不该|想不想|对不对|会不会|办不办|交不交|挂不挂|认不认|是否|有没有|不知道|不会|不懂|不清楚|不能|不了解|不明白|不晓得|怎么不|为什么不|咋不|为啥不"
)
_CONSEQUENCE = re.compile(
    r"^(?:的话)?.{0,3}(?:会|有什么|有啥|行吗|行不|可以吗|可以不|怎样|怎么样|咋样|后果|影响|能行|要紧|吗|么|没关系)"
)

_DENIABLE = frozenset(idea for idea, (weight, _) in IDEAS.items() if weight >= 0.7)


def kind_of_talk(text: str) -> str | None:
    """greeting, thanks, bye, praise, who, menu, help or chat when that is all a text says; None otherwise."""
    for kind, pattern in _WHOLE if len(text) <= _SHORT else _WHOLE_OF_LONG:
        if pattern.fullmatch(text):
            return kind
    return None


def is_abuse(text: str) -> bool:
    """Anger in rough words."""
    return _ABUSE.search(text) is not None


def wants_a_person(text: str) -> bool:
    """人工, 客服, 投诉, 电话多少."""
    return _HUMAN.search(text) is not None


def asks_for_others(text: str) -> bool:
    """A look at the record of somebody who is neither the asker nor an old person or child in the family.

    Parents, grandparents and children are helped by relatives every day; whose record is shown is settled by the log-in, not here.
    """
    return _OF_OTHERS.search(text) is not None and _NOT_A_NAME.search(text) is None


def asks_to_cheat(text: str) -> bool:
    """Skipping a check, forging or changing a record."""
    return _CHEATING.search(text) is not None


def denied(text: str, words: tuple[Word, ...]) -> frozenset[Word]:
    """The words that the person says they do not mean (我不挂失, 不是查养老). A-not-A questions and 不认证会怎样 deny nothing."""
    found = set()
    for word in words:
        if word.idea not in _DENIABLE:
            continue
        before = text[max(0, word.start - 12) : word.start]
        denial = _DENIAL.search(before)
        if denial is None or _CONSEQUENCE.match(text[word.end :]):
            continue
        around = text[max(0, word.start - 12 + denial.start() - 1) if word.start > 12 else max(0, denial.start() - 1) : word.end]
        if not _ASKED.search(around):
            found.add(word)
    return frozenset(found)
