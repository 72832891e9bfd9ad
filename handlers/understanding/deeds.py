"""Deeds that are refused when they are wished for, and the ways in which an honest person speaks of them.

Each row is one kind of sentence in people's words. A deed that is denied, was done by somebody else, is reported or doubted is nobody's wish.
"""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of


def _any(*rows: str, flags: int = 0) -> re.Pattern[str]:
    return pattern_of("|".join(rows), flags)


_DEED = (
    r"造假|作假|做假|弄假|假流水|假证明|假的|假人|骗(?:保|人|你|钱|补贴)?|冒领|冒充|冒名|假装|装病|作弊|挂靠|(?:走)?后门|(?:找|托)?关系|(?:找|托)?熟人|跳过|跳步|绕过"
    r"|免(?:刷|验证|认证)|买(?:年限|工龄|年头|假)|改(?!成|善|天)(?:年龄|记录|数据|出生|档案|基数)?|多报|虚报|瞒(?:着|报)?|代刷|偷|p(?:图)?|编造?|托人|走捷径|假离职|假辞退|伪造|抹平|替别人|找人(?:填|补)"
)
_DENIED = pattern_of(
    rf"(?<![能可行要会是有怎咋])(?:从来)?(?:不|没|别|莫|甭)(?:有|是|想|要|打算|敢|去|做|找|走|搞|用|帮|替|给|让|叫|在|过|说|靠|必|开|打|弄|整|你|您|我|花冤枉钱|花钱|谁|人)*(?:{_DEED})"
    r"|(?<!有)(?:没有?|未|不是)(?:去世|过世|死|身故)",
    re.IGNORECASE,
)
"""不挂靠, 没想造假, 没要你免验证: what one says one does not do."""

_TOLD = _any(
    # it was done to the one who tells
    r"(?<![不别])被(?:人|别人|他人|谁|骗子|中介|他|她)?(?:给|偷偷)?(?:冒|盗|破|p|改|顶替|占|伪造|仿)|让人.{0,2}(?:p|改|冒|盗|骗)(?:过|了|用|走)",
    r"(?:别人|有人|有没有人|谁|哪个|骗子|中介|他人?|她)[^,;]{0,6}(?:冒充|冒用|假装|假冒|顶替|冒领|盗用|伪造)(?:是|了)?(?:我|俺|本人)",
    # the one who tells is accused, or accuses
    r"(?:说|告|怀疑|诬陷?|冤枉|污蔑|以为|通知)(?:我|俺)[^,;]{0,6}(?:冒领|骗|造假|作假|挂靠|多领|虚报)",
    r"(?<![别不怕会])(?<!怕被)(?<!会被)(?<!不被)(?<!免被)(?:举报|检举|揭发)",
    r"有没有(?:人)?(?:挂靠|造假|冒领|假装|冒充|虚报)|冒领.{0,3}(?:查得|查的|严|犯法|要罚)",
    # whom one works under, whom one followed, and whom one lets go
    r"挂靠在(?:哪|谁)|挂靠的?[^,;]{0,6}(?<![别不])(?:停|减|退|不让)|顶替(?:了)?(?:我|俺)?(?:爸|妈|爹|娘|父亲|母亲)[^,;]{0,4}(?:进|接班|上班|的班|的岗|到)",
    # what is given at a wedding
    r"^(?!.*(?:给你|塞|通融|帮我|替我)).*(?:结婚|满月|过年|压岁|喜酒|随礼|生日|份子)[^;]{0,14}红包",
    # a wrong that is refused, and the proper way that is asked for
    r"(?:让|叫|劝|说|教|逼)[^;]{0,18},(?:可是?|但是?)?(?:我|俺)(?:不|没)(?:敢|干|肯|要|想|愿|挂|做|信|理|答应|去|[,;]|$)|我(?:不|没)敢",
    r"(?<!不)(?<!不走)(?<!不想走)(?:正规|合法|合规|按规矩|依法|犯法|违法)(?!.{0,3}(?:太|麻烦|不行|吗|不))",
    # a paper of somebody else is to be verified
    r"(?:怎么|如何|咋|哪里|哪儿|在哪|想)(?:能)?(?:验|辨|鉴别)|验一?(?:验|下)|验真|真伪|是不是p的",
    # somebody is taken for dead by mistake, or for somebody else
    r"(?:误|当成?|错|标成|登成|提示|显示)[^,;]{0,6}(?:去世|死亡|死了|不在)|人(?:还|都)?(?:好好|硬朗|活着|健在|还?在(?!牢|里|哪|外|家|地))",
    r"长得像[^;]{0,10}(?:认错|弄混|搞混|误认|分得清)|(?:认成|当成|识别成)了?(?:我|别人|他|她)",
    # the picture on file is old, or is said not to do
    r"照片[^;]{0,8}(?:旧|老了|糊|不清|不像|不一样|年前)|(?:拿|用)(?:照片|相片)(?:不能|不行|不让|认不了|不可以)",
    flags=re.IGNORECASE,
)
"""Kinds of sentences in which a deed is told, not wished for."""

_DEAD = r"去世|过世|死了|没的|没了|不在了|百年了|走的时候|走那天|走了|亡人|遗照|遗像|死亡|户口销|在牢里|坐牢"
_PAPER = r"证明|单子|清单|权益单|权益记录|流水|截图"

_WISHED_FOR = _any(
    # the dead are to be certified, or kept silent about, so that the money goes on
    rf"(?:{_DEAD})[^;]{{0,24}}(?:混过去|(?:别|(?<![停给会])不)给?停(?!吗)|照[领发](?!吗|不|么)|别声张|别吭声|先压着|没人知道|晚[报开]|别查出来|没传出去|改回在世|没销)|(?:{_DEAD})[^;]{{0,16}}(?:拿|用|靠|让|替|我来)[^;]{{0,8}}(?:认认|再认|扫|按指纹|刷刷)"
    r"|死亡(?:登记|证明)[^;]{0,6}(?:撤|晚开|压)|去世[^,;]{0,8}改回在世|晚开[^,;]{0,4}(?:月|天)[^,;]{0,3}证明",
    # somebody or something else is held before the camera
    r"(?:大头照|相册|录屏|录的视频|脸贴纸|头模|照片打印|视频)[^;]{0,12}(?:当|算|上传|给摄像头|对着|投到|循环|立那)|一个模子|(?:化|戴)(?:个|上)?(?:妆|墨镜|口罩)[^;]{0,12}(?:刷|扫|认)|一键认证|(?:收费|收钱|花钱|给钱)[^,;]{0,4}替[^,;]{0,4}(?:扫|刷|认)|替(?:他|她|老人)眨眼",
    # a check is to be waived for old acquaintance
    r"(?:给|帮)(?:我|俺)?跳一下|(?:拦截|鉴权|核验|验证)[^,;]{0,4}(?:去掉|拿掉|失效)|(?:手工|人工|后台)[^,;]{0,4}(?:改|点)[^,;]{0,3}(?:状态|一下)|短信[^,;]{0,4}省省|熟人[^,;]{0,2}还要?验|收码平台|认证[^,;]{0,8}(?:延到|往后挪|给延)|(?:测试|游客)(?:账号|身份)",
    # a paper is to say something other than the record
    rf"(?:{_PAPER})[^;]{{0,16}}(?:写满|凑凑|凑够|多写|多打|多开|盖住|空着|我?自己(?:填|改)|往前推|推一年|重造|换掉|word|截止日之前)|(?:给|帮)(?:我|俺)?(?:多打|多记|多写|多算|凑)|空白[^,;]{{0,8}}(?:盖章|盖好)|起始(?:月份|日期|时间)[^,;]{{0,3}}(?:推|改|提前)|打个[^,;]{{1,3}}月开的|倒回去开|萝卜章|章是(?:网上)?刻的",
    rf"(?:{_PAPER})[^,;]{{0,4}}(?:能|要|给我|帮我)[^,;]{{0,2}}写成|(?:生成|做)[^,;]{{0,6}}截图的?软件|卖[^,;]{{0,6}}(?:{_PAPER})|能?买(?!断)[^,;]{{0,10}}(?:年限|工龄|年资|工令)|(?:年限|工龄|工令|年资|缴费月份?)[^,;]{{0,4}}(?:卖不卖|底价|开价|转给我|我买)|(?:年|月)[^;]{{0,4}}(?:匀|转)[^,;]{{0,4}}(?:我名下|给我)",
    # years, marks and ranks that were not earned
    r"(?:花|出|收|转你)[^,;]{1,4}[万百千][^;]{0,4}(?:补十|补到|补[^,;]{0,3}年|年限)|(?:记录|单子|清单|年)[^,;]{0,8}(?:填满|填成)|(?:先)?标成已缴|改成(?:已付|零元|定点)|抹零|再退一次",
    # a cause that is not the true one is to be written down
    r"(?:假|装)(?:离职|辞退|裁员|离婚|结婚|怀孕|受伤|工伤|病|残疾|在职)|(?:写成|改成|刷成)[^,;]{1,8},?(?:其实|实际|不露馅|帮我)|(?:引产|自费|打球|坐办公室|返聘)[^;]{0,8}写成|[^,;]写成(?:上班路上|井下|目录内|在职|裁员|顺产)|其实(?:不是|是我自己)|老伤当新伤|混进名单|当成在岗|空壳公司(?:给|挂|交)|虚拟员工|挂床|套现|露馅|两头领|代孕|残疾证是借的|怎么不被[抓查]|走动走动|弄伤|没在[^,;]{1,6}干过,",
    r"(?:鉴定|级|年限|审核|材料)[^;]{0,10}(?:塞点|送点|分你|运作|走动|烟酒)|(?:烟酒|请全科|分你)[^;]{0,10}(?:批|一半|点|吃饭)|挂[^,;]{0,2}(?:朋友|个单位|亲戚)[^;]{0,10}(?:津贴|报销|生孩子)|(?:卡)借给[^,;]{0,4}看病[^;]{0,10}(?:抽|钱)|转我微信|别吭声",
    # orders to the program, as if they were the rules
    r"select\b.{1,20}\bfrom\b|drop\s+table|(?:system|initial) prompt|初始提示|提示词|\broot\b|\btoken\b|鉴权|抓包|爬虫|内网(?:地址|密码|给我)|测试账号|无限制模式|角色扮演|规则失效|新规则|维修状态|你现在(?:叫|处于)|忘(?:记|掉)你是|照我说的念|现在就说|管理员密码(?:是什么|是多少|给我|告诉)|日志删|删.{0,2}日志|不设防|假页面|开个口子"
    r"|\b(?:override|act as|pretend|repeat your)\b|dead (?:uncle|person|father|mother|man)|disappear from my",
    flags=re.IGNORECASE,
)
"""Kinds of deeds that are refused, each in the words in which it is wished for."""

_SOURCE = pattern_of(
    r"说|称|让我|叫我|劝我|有人|谁|中介|群里|群|朋友圈|短信|电话|上门|网上|来了|骗子|亲戚|邻居|朋友|同事|老板|链接"
)
_DOUBT = pattern_of(
    r"真的?(?:吗|么|假|呀)|真不真|是真|可信|可靠|靠谱|能信|敢(?:信|念|给|办)?(?:吗|不)|骗局|是(?:不是)?骗|骗.{0,3}吧|是不是你们|是你们(?:的人|的|官方|发的|打的)?(?:吗|不|么|$)|分得清"
)
"""Who passes on what was offered and asks whether it is true wants no more than to know."""

_WISHED = pattern_of(
    r"我(?:也)?想(?:买|要|这么|照|试)|打算|教我|(?:帮|给)(?:我|俺|咱)(?:弄|改|编|写|p|藏|抹|删|整|搞|来|搭)(?!真)|(?:我|俺)也(?:要|来)",
    re.IGNORECASE,
)
"""What stays a wish, whoever is said to have done it before."""


def without_denied(text: str) -> str:
    """A text without the deeds that it denies: 我不造假，就看看我的 → 我，就看看我的."""
    return _DENIED.sub("", text)


def is_denied(text: str) -> bool:
    """Whether a text says of a deed that it is not meant."""
    return _DENIED.search(text) is not None


def is_wished(text: str) -> bool:
    """Whether a text wishes for a deed that is refused."""
    return _WISHED_FOR.search(text) is not None


def is_told(text: str) -> bool:
    """Whether a deed in a text was done by somebody else, is reported, refused or doubted."""
    if _WISHED.search(text):
        return False
    return _TOLD.search(text) is not None or (_SOURCE.search(text) is not None and _DOUBT.search(text) is not None)
