"""What people say to a program as to a person: more words of each kind of talk, faces of letters and marks, and the weather of a day."""

from __future__ import annotations

from dialogs.parse.patterns import pattern_of

CHATTER: dict[str, str] = {
    "greeting": r"good (?:morning|afternoon|evening|night)|hi there|泥嚎|在的(?:吗|么)|(?:宝|亲|帅哥|美女|大哥|大姐|同志|师傅|小妹妹|小姐姐)?在吗|帅哥|美女|大哥|大姐|小妹妹|小姐姐|小哥哥|(?:端午|重阳|除夕|中秋|元宵|新春|节日|元旦|五一|国庆)(?:安康|快乐)|恭喜(?:恭喜|发财)?(?:红包拿来)?|万事如意|身体健康|一路顺风|我(?:又|回)来了|还是我|签到|冒个泡|打个招呼|路过(?:看看)?|(?:咚|叮)+",
    "thanks": r"tha?nks?(?: u| you)?(?: so much| a lot| very much)?|tks|蟹蟹|感激不尽|感谢感谢|承蒙关照|叨扰了?|多谢多谢|费心了?",
    "bye": r"(?:see|c) (?:you|u)(?: later| soon)?|bye for now|回聊|(?:改天|有空|下次)(?:再)?(?:聊|唠|来|见|说)|下周见|明天见|(?:先)?(?:撤|闪|下|溜)了(?:撤了|下了)?|退下吧?|睡(?:觉去)?了|困了|保重|完事儿?了?|不聊了|忙你的(?:去)?吧?|别回了",
    "praise": r"very good|good job|nice|cool|great|perfect|wonderful|well done|杠杠的|顶呱呱|牛[掰逼bB哔]|奈斯|棒棒哒?|完美|优秀|靠谱|厉害厉害|佩服(?:佩服)?|服气|妥妥的?|稳|给你(?:一百|满)分|服务态度一流|整挺好|倍儿棒|可以的|还行|666+|yyds|好人一生平安",
    "who": r"(?:who|what) are you|are you (?:a |an )?(?:robot|human|real|bot|ai|machine)|what'?s your name|(?:请问)?怎么称呼(?:您|你)?|你(?:有|多少)?工号(?:吗|多少)?|你是(?:哪家公司做的|政府的?还是公司的?|活的吗?|程序吗?)|对面是(?:活的|人)吗?(?:还是程序)?|(?:这(?:个)?号)?是政府办的(?:号)?不?|(?:这个号)?谁办的(?:这个号)?|你们归谁管|你(?:有对象|有男朋友|有女朋友|结婚)了?(?:没有?|吗)|你猜(?:猜)?我是谁|你猜我多大|你住(?:在)?哪(?:里|儿)?",
    "help": r"can you hear me|help me|(?:这个)?(?:往|该)?点哪(?:里|儿)?|这个往哪点|从哪(?:里|儿)?(?:开始|弄起)|该?怎么(?:跟你)?(?:说|问)|我该咋(?:问|说)|有没有说明|主页在哪|回(?:到)?首页|看不明白|能说短点(?:吗|不)|说人话|答非所问",
    "chat": r"l+o+l+|haha+(?: ok)?|okk+|h{2,}|orz|[tq][_.]?[taq]|q[aw]q|xswl|awsl|u1s1|abc|[咦哇塞呜嗐呦嘘诶欸噗嗤呸喔噢喵汪嘟滴啧啦哩嘎啵]+|没了|裂(?:开)?了?|绷不住了?|火大|气炸了?|崩溃了?|高兴|舒服|开心|加油|冲鸭|奥利给|注意休息|多穿点?衣服|没关系|不要紧|不碍事|不客气|(?:您|你)?(?:别|甭|莫|唔使|勿要?)(?:客气|介意|生气|急|着急|催|怕)|消消气|不敢当|哪里哪里|彼此彼此|同喜同喜|一般般|凑合|马马虎虎|过得去|将就|那倒是|也是|可不咋的|原来如此|成|看情况|什么鬼|卡死了|咋没声了|怎么不吭声|掉线了|断网了|又?没反应了?|理我一下|回(?:我|个话)|抱抱|举个手|围观|吃瓜|沙发|瞎(?:逛|点的|问问?)|误触|发错(?:人)?了|当我没(?:说|问)|忽略我|没啥要紧的?|没事儿?(?:瞎问问?)?|莫得事|木有事|系咩|搞掂|我的妈呀|妈耶|阿弥陀佛|上帝保佑|信你个鬼|我才不信|不可能吧|我喜欢你|嫁给我吧?|加个(?:好友|微信)|交个朋友|咱们交个朋友|我去你的|你大爷的|活着真累|心里(?:难受|不好受)|想我妈了|没人(?:懂|理)我|丢人丢大了|今天丢人丢大了|得闲饮茶|饭切过伐|干哈呢|再来看看你|来看看|进来瞧瞧|随便看看",
}
"""More words of each kind of talk, where they are all that is said."""

_MARK = r"[^\w\s]{0,3}"
_FACE = pattern_of(
    r"(?:\[(?!语音|图片|视频|链接|文件|位置|转账|小程序|名片)[一-鿿a-z]{1,4}\])+"
    rf"|{_MARK}[\^:;(>]{_MARK}_?{_MARK}[\^):;<dp3]{_MARK}|[☀-➿️]+"
)
"""Faces that a telephone writes out (微笑 in brackets), and those of letters and marks."""


def is_written_face(text: str) -> bool:
    """Whether a text is nothing but a face that is written out."""
    return _FACE.fullmatch(text) is not None
