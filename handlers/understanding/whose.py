"""Whose record a sentence asks for in the end: the asker's own beside somebody else, or somebody else's in so many words.

Each row is one kind of sentence. What the last clause looks at decides, whoever stands in the clauses before it.
"""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of


def _any(*rows: str, flags: int = 0) -> re.Pattern[str]:
    return pattern_of("|".join(rows), flags)


_KIN_OF_MINE = (
    r"老公(?!司)|老婆|媳妇儿?|丈夫|妻子|爱人(?!民)|内人|当家的|我那位|我家先生|我男人|那口子|(?:娃|孩子?)他?(?:爸|妈|爹|娘)|未婚[夫妻]|前[夫妻任]|对象(?!是)"
    r"|(?:表|堂|干|大|二|三|小|亲|我)?(?:哥哥|弟弟|姐姐|妹妹|妹子|老弟)|(?:我|俺)(?:大|二|三|小|亲|表|堂)?[哥弟姐妹](?!们)|[表堂][哥弟姐妹]|(?:表|堂)?(?:妹夫|姐夫|弟媳妇?|弟妹)|(?:大|二|三|表|堂)?嫂子?|连襟|妯娌|小舅子|[大小]姨子|大舅哥"
    r"|(?:大|二|三|四|小|老|表|堂)?(?:舅[妈父公]|大舅|二舅|三舅|姨[妈父夫]|大姨(?!妈来)|二姨|小姨|姑[妈父夫]|大姑(?!且)|二姑|小姑|叔公|叔叔|大叔|二叔|三叔|婶子?|大伯|妗子)|亲家[公母]?|侄[子女]?|外甥女?|女婿|儿媳"
)
_KNOWN_TO_ME = (
    r"同[事学桌屋村]|邻居|隔壁|对门|楼[上下](?:的|那)|朋友(?!圈)|闺蜜|哥们|姐们|[男女]友|室友|舍友|亲戚|老乡(?!医)|工友|战友|棋友|酒友|牌友|病友|网友|发小|老铁|徒弟|师[父傅]的|合伙人|下属|组长|科长|处长|局长|厂长|村长|镇长|区长|县长|市长|校长|园长|院长|会长|队长"
    r"|村?支?书记|主任|领导|上司|老板娘?|老细|主管|经理|房东|租客|租户|房客|保姆|保安|司机|客户|债主|死对头|仇人|教练|导师|偶像|主播|首富|明星|劳模|领舞|领队|赤脚医生|刚来的|大股东|合租|离职的那|前东家|接替我的|跟我一起走的"
)
_IN_A_MATTER = r"车主|失主|卖家|买家|男方|女方|新郎|新娘|小两口|被执行人|债务人|欠款人|借款人|欠钱的|老赖|嫌疑人|当事人|候选人|应聘者|应聘的|求职者|投保人|被保险人|伤者|死者|原告|被告(?!了)|肇事|申请人|竞争对手|同行那|学生家长|家长们|对方"
_POINTED_AT = r"(?:那|这|某)(?:个|位)(?:老|小|卖|男|女|姓|人|大|当|挖|的)[^,;的我俺]{0,6}|那(?:老头|老太|女的|男的|人|家伙)|此人|某某|某人|他人|别人(?!家媳)|人家|旁人"

SURNAMES = "王李张刘陈杨赵吴徐孙朱胡郭罗梁宋郑谢韩唐冯董曹袁邓沈彭吕苏卢蒋蔡贾丁魏薛潘杜戴汪姜姚谭廖邹熊尹韦覃雷段秦翟屈范陶瞿尤厉耿柳鲁葛阎毕聂龚邵侯樊倪殷霍颜喻裴窦甄詹褚石"
_TITLED = rf"[老小][{SURNAMES}](?!人|板|家|年|师|时)|[{SURNAMES}](?:老师|师傅|[科处局所厂部院校]长|总(?!的|共|额|数)|主任|经理|大夫|医生|老太太?|老头|老板|大爷|大妈|大娘|阿姨|婶子?|师奶)"

ANOTHER = rf"{_TITLED}|{_KIN_OF_MINE}|{_KNOWN_TO_ME}|{_IN_A_MATTER}|{_POINTED_AT}"
"""Words for a person who is neither the asker nor a parent or child."""

_RECORD = r"社保|养老|医保|医疗|失业|工伤|生育|津贴|年金|缴费|参保|基数|待遇|退休金|退休工资|退休费|抚恤|五险|账户|余额|对账单|缴费证明|权益单|刷卡|断保|断缴|单位|工龄|年限|养老钱"
_ASKS = r"断没断|断了没|交没交|交了没|交到|交多少|缴多少|发没发|发了没|领没领|到账没|到没|多少|几[年月个档]|续上没|认证|记录|明细|报了|刷了|退休(?!证)"

_CLAUSES = pattern_of(r"[,;!?。]+")
_SOMEBODY_ELSE = pattern_of(rf"{ANOTHER}|(?<![其吉])[他她](?!们(?:公司|单位))")
_MINE = pattern_of(
    rf"(?:我|俺|咱)(?:的|自己|自个儿?|本人|这边|这里|那边|那[次回笔份]|名下|个人)|(?:我|俺)(?:先|也|就)?(?:断|补|交|缴|领|发|缺|差|漏|欠|参|报|刷|挂|登)(?!.{{0,3}}(?:他|她))"
    rf"|(?:我|俺)(?:的)?(?:{_RECORD})|(?:我|俺)(?:想)?先(?:看|查|瞅)|(?:看|查|登)过(?:我|俺)$|(?:看|查|瞅)(?:看|查|下|一下)?(?:我|俺)(?=的|自|本人|断|交|缴|有|到|[,;]|$)"
)
_LOOKED_AT = pattern_of(rf"{_RECORD}|{_ASKS}|证明|清单|流水|社保|信息|登记|没到|到了|过我|的卡|今年的|去年的")

_OWN_BESIDE_OTHERS = _any(
    # mine is compared with theirs: 她的到了，我的呢
    r"(?<![成到])(?:我|俺|咱|额)(?:自己|个人|本人)?的(?:那[份笔个几次]|这[份笔个]|细目|明细)?(?:个?月|月)?(?:呢|也|涨|漲|到(?!他|她)|补|还|是不是|是都|都|就|来|进|有没|怎么(?!查|看)|咋|多少|几|为啥|为什么|结果|下来|批|够|$)|(?<![成到])(?:我|俺)的(?:细目|明细|记录|那页)|(?:还|才|到底|要)是?(?<!成)(?:我|俺)的(?:$|[,;])",
    r"(?:我|俺|咱)(?:自己)?(?:退的?|交的?|领的?)?(?:那|这)(?:份|笔|头|卖|打工|月份)|在(?:我|俺)(?:的)?名下|归(?:我|俺)|轮到(?:我|俺)|(?:我|俺)(?:等着|盼着|指着|靠着?)[^,;]{0,8}(?:那笔|那份|这笔|养老金|退休金)|挂在(?:我|俺)名下",
    # what others did or did not do for me
    r"(?:给|替|帮|代)(?:我|俺|咱|额)(?:们)?(?:往里|一直|按时|每个?月)?(?:交|缴|上|买|报|入|放|存|垫)(?:没|了|过|着|的|到|$|社保|养老|保险|医保)|(?:我|俺)自己(?:的|看|查|问)",
    r"(?:让|叫|劝|催|要)(?:我|俺)[^,;]{0,6}(?:看看?|查查?)自己",
    # it is said that the others are left alone
    rf"(?:{_KIN_OF_MINE}|{_KNOWN_TO_ME}|别人|他|她)的?(?:就|都)?(?:先)?(?:不看|不查|不用查|不问|不管|不打听)|不(?:打听|问|查|看|管)(?:别人|他人|人家|他|她)",
)
"""Words for one's own in the clause that asks, whoever else is told of; where nobody else's record stands in the same clause."""

_LEFT_ALONE = pattern_of(r"的?(?:就|都)?(?:先)?(?:不看|不查|不用查|不问|不管|不打听)")

_POSSESSED = pattern_of(
    rf"(?:{ANOTHER}|(?<![其吉])(?:他|她)(?!们?(?:公司|单位)))(?:们)?(?:的|那[份笔个]|这[份笔个])(?!先?不|都不)(?!上班|工作)|(?:{ANOTHER})(?:{_RECORD})"
)
"""Somebody else's in so many words."""

_OF_A_PARENT = pattern_of(
    rf"(?:(?:我|俺|咱)(?:家)?(?:的)?|^|[看查瞅])老?(?:爸|妈|爹|娘|父亲|母亲|爷爷?|奶奶?|姥姥|姥爷|外公|外婆)(?:他|她)?的?(?:社保|医保)?(?:卡|{_RECORD})"
)

_MINE_IN_WORDS = _any(
    # it is said that nobody else is meant
    r"(?:不是|不|没)(?:帮|替|问|查|看|给)(?:别人|他人|人家)|就是我(?:自己|本人)?(?:,|$)|查的(?:还)?是我|替我自己|我本人(?:来的)?",
    # what is mine is in somebody's hands or on somebody's mind
    r"(?:拿|用|刷|借|偷|刷了)(?:着|了|走|过)?(?:我|俺)的?(?:社保|医保)?卡|(?:知道|拿着?|有|看到|看过|登过|偷登过|偷看)(?:我|俺)的?[^,;的]{0,6}(?:密码|账号|身份证|手机号|信息|缴费|社保)",
    r"(?:提醒|劝|催|建议|推荐)(?:我|俺)(?:来|去|赶紧|快)?(?:看|查)",
    # a paper of one's own is shown to somebody
    r"(?:打|开|印|出)[^,;]{0,12}(?:单子?|证明|流水)(?:给|把|交给|发给)[^,;我]{1,6}(?:看|$)|给[^,;]{1,6}看过的[^,;]{0,8}(?:作废|失效|收回|撤)|给[^,;]{1,6}看过的[^;]{0,14}(?:作废|失效|收回|撤)",
    # somebody's paper that is to be verified, not looked up
    r"(?:给我看|给我|拿来|押|交来|发来)(?:他|她)?的?[^;]{0,20}(?:真假|真不真|真的(?:吗|不|么)|验|是不是真)|糊弄我",
    # somebody is paid for or is to be added
    rf"(?:给|替|帮)(?:我|俺|咱)?(?:家|刚雇的)?(?:{_KIN_OF_MINE}|[男女]朋友|保姆|亲戚|邻居)[^,;]{{0,4}}(?:交(?!了|没|过|多|到)|缴(?!了|没|费)|上(?!了|没|班)|付|办|参)[^,;]{{0,2}}(?:医保|居民|养老|社保|保险|灵活)",
    r"(?:打到|打进|发到|转到|到了)[^,;]{1,8}卡上|填了[^,;]{1,6}的(?:名字|号|身份证)",
    r"(?:刚|才|看见|发现|不小心|误|手滑)[^;]{0,14}(?:填|写|报|输|录|绑)成了?(?:我|俺)?[^,;]{1,6}的(?:卡号|名字|号|身份证|账号|信息)|(?:填|写|报|输|录)错了?成?(?:我|俺)?[^,;]{1,6}的(?:卡号|名字|身份证)|绑错了?人",
    # a card that is kept, lost or not there; a message about somebody that may be a fraud
    rf"^(?!.*(?:(?:查|看|告诉|打听)[一下看查我]{{0,3}}(?:他|她|{_KIN_OF_MINE}|{_KNOWN_TO_ME})|(?:他|她)的)).*(?:卡[^,;]{{0,6}}(?:扣着|掉了|掉地|没影)|(?:没|没有|没办过?)(?:社保|医保)?卡)",
    rf"^(?!.*(?:查|看|告诉|打听)[一下看查我]{{0,3}}(?:他|她|{_KIN_OF_MINE}|{_KNOWN_TO_ME})).*(?:短信|电话|来电|链接)[^;]{{0,24}}(?:保证金|补钱|交钱|转账|汇款|骗人|骗子|诈骗|是不是骗)",
    r"(?:我|俺)(?:重新|新|自己)[^;]{0,10}号[^;]{0,10}换上|(?:这个|我)新的[^;]{0,8}换上",
    r"轮流管|监护人|事务所楼下|要(?:我|俺)的[^,;]{0,8}(?:证明|单|流水)",
    # others are only compared with, or talked to
    r"(?:别人|人家|同事们?|邻居|大家)[^,;]{0,8}(?:都|也)[^,;]{0,20},[^;]{0,30}(?:我|俺)|(?:跟|找|和)(?:我们?)?(?:老板|领导|单位|经理)(?:谈|说|要|理论|对质|算|问|讲)",
    # what somebody left, what is paid for somebody by the asker
    rf"(?:{_KIN_OF_MINE})(?:没了|走了|去世|过世|不在了)|家[里属]能(?:领|报)|(?:医保|养老)[^,;]{{0,6}}(?:我|俺)(?:给|替|帮|代)(?:他|她)?交|让[^,;]{{1,4}}交的",
)
"""Kinds of sentences that name somebody and ask for nothing of his."""

_THEIRS_IN_THE_END = _any(
    rf"^(?:现在|接着|再|还|也|就|是|我|俺|想|要|来|该|轮到|帮我|给我)*(?:查|看|瞅)(?:看|查|下|一下)*(?:我|俺|咱)?们?(?:的)?(?:{ANOTHER})(?:的|那份|那个)?(?:社保|记录|缴费)?$",
)
"""我的看过了，看我同桌的: the last clause turns to somebody else."""

_OF = r"(?:的|那|他|她|个|现在|今年|去年|这个?月|上个?月|一年|每年|每月|一个月|到底|自己|自个儿|给自己|有没有|有无|是不是|交的?|领的?|拿的?|发的?|住院|那位|公司|换|在不在|生病|院报了|还有|那位|比我|没?有)"
_NO_RECORD_OF_THEIRS = pattern_of(
    r"怎么|咋|如何|材料|手续|流程|去世|过世|走了|没了|身故|病故|死了|因工|工亡|丧葬|验|真的|真假|真伪|丢|坏|补办|补卡|挂失|举报|投诉|骗|授权|同意|双胞胎|说(?!自己)|(?:让|叫|替|帮|给|跟|和)(?:我|俺|咱)(?!看|查|核|瞅|打听|提供|盯|听|开)|转(?:给|回|过来)|能不能(?:报|领)"
    r"|生娃|坐月子|(?:我|俺)(?:替|帮|给|代)(?:他|她)?交|求职|招聘|雇个?|缺人|缺[前夜]|消磁|换卡|代办|全责|算不算|能用吗|流水号|校验码"
)
_THEIRS = _any(
    # whoever it is, then what is recorded
    rf"(?<!我是)(?<!本人)(?<!是我)(?<![给替帮跟])(?:{ANOTHER}){_OF}{{0,4}}(?:{_RECORD})",
    rf"(?:{ANOTHER}){_OF}{{0,2}}(?:退休了?没|认证(?:了没|没|过没)|(?:拿|领|交|缴|开)(?:多少|几)|去(?:了)?哪|在哪(?:上班|交)|新单位)",
    rf"^(?!.*(?:爸|妈|爷|奶|姥|儿子|儿媳|闺女|女儿|孩|孙|娘|爹|老人|老伴|母|父)).*(?:看|查|核|打听|瞧)[^,;]{{0,4}}(?:他|她)(?:的|现在|在|是不是|有没有|到底|单位|给)[^,;]{{0,12}}(?:{_RECORD}|上班|交|退休|干活)",
    # somebody's account, password, log-in
    rf"(?:帮|替|给|把)(?:我|俺)?(?:{ANOTHER})的?[^,;]{{0,4}}(?:密码|账号|绑定)[^,;]{{0,4}}(?:重置|解|改|找回|换)|(?:改|换|解)(?:一下|掉)?(?:我|俺)?(?:{ANOTHER})的(?:手机号|密码|绑定|账号)|(?:拿|用)(?:了|着)?(?:{ANOTHER})的?(?:身份证|手机|指纹|身份)[^;]{{0,10}}(?:登|进|查|看|打|开)",
    r"^(?!.*(?:儿子|女儿|闺女|爸|妈|爷|奶|老人)).*(?:他|她)的?(?:手机|账号|身份证)[^;]{0,16}(?:登|看|查)(?:一?下|进)?[^;]{0,4}(?:社保|缴费|养老|$)|验证码(?:他|她)不给",
    # somebody is watched
    rf"(?:监控|盯(?:住|着)?|跟踪)(?:他|她|一个人|{ANOTHER})|(?:我|俺)?(?:{ANOTHER})[^,;]{{0,8}}(?:换工作|断缴|断保|变了?|离职)了?[^,;]{{0,2}}(?:提醒|通知|告诉|喊)(?:我|俺)",
    # one buys, sells or orders looks
    r"^查(?:此|这)?人(?:$|,)|^查(?:看|询)?(?:别人|他人)|叫我代查|(?:信息|社保)查询接单|你出信息",
    # who of many: no list is handed out
    r"(?:村|厂|单位|班上?|小区|同一批|一批|公司|楼)[^,;]{0,10}(?:谁|哪个人?|哪些人)[^,;]{0,8}(?:最高|最多|没交|交了)|都有谁|排个?名|名单(?:有没有|发|给|打|贴|和)|(?:要|给|打印|列|发)[^,;报]{0,14}名单",
    # the chats of others
    r"(?:上|前)一?(?:个|位)(?:提问|客人|用户|问)|其他用户|别的用户",
    r"\bmy (?:ex|landlord|tenant|neighbou?r|boss|coworker|colleague|friend|husband|wife|boyfriend|girlfriend)(?:'?s)?\b(?!.*\bmy (?:own |social|record|pension|insurance))|\b(?:some(?:one|body)|anyone)(?: else)?'s\b",
    # what nobody has but who found or took it: bare numbers, cards, notes
    r"(?:这|那|一)(?:串|个|张)(?:身份证|社保(?:卡)?号|号)[^;]{0,16}(?:谁的|不是我的|活着|多少钱|余额)|(?:尾数|号码?)[0-9]{3,}[^;]{0,4}(?:那位|谁)|(?<![0-9])1[3-9][0-9]{9}[^;]{0,2}谁",
    flags=re.IGNORECASE,
)

_OFFICE = pattern_of(
    r"律师|律所|保险公司|理赔|查勘|法院|法官|法警|执行局|派出所|公安|民警|交警|刑警|便衣|警察|检察|纪委|记者|侦探|征信|信用卡中心|银行|信贷|小贷|贷款公司|催收|猎头|背调|背景调查|人力公司|hr|中介|物业|居委会|村委|村会计|街道|社区|养老院|护理员|志愿者|报社|学校|老师|婚介|业委会|甲方|交警队"
)
_DEALT_WITH = pattern_of(
    rf"{_IN_A_MATTER}|候选|简历|被执行|欠款|失联|投保|老人名单|老人们?的|院老人|孤寡|家长|他们的|调个人|人给我查|事故|住户|那个出租屋|批量|技术员|既往|这位|某公司"
)
_OFFICE_MEANS_ME = pattern_of(
    r"怎么|咋|如何|材料|手续|流程|验|真的|真假|真伪|丢|举报|投诉|骗|授权|求职|招聘|全责|算不算|流水号|校验码|(?:我|俺)的|(?:让|叫|跟|和)(?:我|俺)"
)
_ASKS_FOR_IT = pattern_of(r"查|看|核|调|要(?:一个|一下|全|六|我查)|报一下|发我|发来|给我|提供|列|导|打印|求证|知道|比对")


def own_in_the_end(text: str) -> str:
    """The clause that asks, if it is about the asker's own record or a parent's, whoever is named before it; '' otherwise."""
    parts = [clause for clause in _CLAUSES.split(text) if clause]
    asking = [clause for clause in parts if _LOOKED_AT.search(clause)]
    if asking and (_MINE.search(asking[-1]) or _OF_A_PARENT.search(asking[-1])) and not _SOMEBODY_ELSE.search(asking[-1]):
        return asking[-1]
    for clause in reversed(parts):
        if _POSSESSED.search(clause) and not _LEFT_ALONE.search(clause):
            break
        if _OWN_BESIDE_OTHERS.search(clause):
            return clause
    return ""


def is_own_in_the_end(text: str) -> bool:
    """Whether the clause that asks is about the asker's own record."""
    return bool(own_in_the_end(text))


def is_own_in_words(text: str) -> bool:
    """Whether a text says that nobody else's record is meant."""
    return _MINE_IN_WORDS.search(text) is not None


def turns_to_another(text: str) -> bool:
    """Whether the last clause of several turns to somebody else: 不查我的，查我同事的."""
    clauses = [clause for clause in _CLAUSES.split(text) if clause]
    return len(clauses) > 1 and _THEIRS_IN_THE_END.search(clauses[-1]) is not None


def asks_of_another(text: str) -> bool:
    """Whether a text names somebody else's record, account or doings; or somebody in office asks for whom he deals with."""
    if _THEIRS.search(text) and not _NO_RECORD_OF_THEIRS.search(text):
        return True
    return (
        _OFFICE.search(text) is not None and _DEALT_WITH.search(text) is not None and _ASKS_FOR_IT.search(text) is not None
    ) and not _OFFICE_MEANS_ME.search(text)
