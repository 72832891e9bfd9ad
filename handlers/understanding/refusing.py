"""What only sounds like a wish that is refused, and what is refused though no word of talk says so.

Each table is data: a row is a kind of sentence in people's words. What sounds like cheating or like a look at somebody else's record is
one's own business where the asker's own record, mistake or card is what is spoken of.
"""

from __future__ import annotations

import re

from dialogs.parse.patterns import pattern_of
from handlers.understanding.deeds import is_denied, is_told
from handlers.understanding.whose import SURNAMES, asks_of_another, is_own_in_the_end, is_own_in_words


def _any(*rows: str, flags: int = 0) -> re.Pattern[str]:
    return pattern_of("|".join(rows), flags)


_OWN_AFFAIR = _any(
    # a card, a paper or a parcel went away, not a person
    r"(?:收|拿|取|寄|偷|捡|借|调|搬|转|带|领|抢|顺|捎)走",
    # a mistake that one wants to put right
    r"(?:少|多|漏|错|误)(?:报|填|选|写|算|发|交|缴|录).{0,14}(?:收回|撤回|撤销|更正|改(?:正|过来|回来|一下|成正确)|重来|重新|补报|补上|退)",
    r"(?:收回|撤回|撤销|更正|改正).{0,14}(?:少|多|漏|错|误)(?:报|填|选|写|算|发|交|缴|录)",
    r"(?:选|填|写|报|录|登记)(?:的是|成|错).{0,10}(?:得|应该|要|想|能不能).{0,4}改成",
    # a clerk's report that says something else than it was meant to
    r"^(?!.*(?:好领|好拿|多领|其实|已缴|正常|露馅)).*(?:报|填|写|选|录|登记)的?(?:是|成|错)[^;]{0,16}改成",
    r"^(?!.*(?:证明|清单|凭证|权益单|往前|倒|补成)).*(?:合同|续签|备案)[^;]{0,10}日期[^;]{0,8}(?:往后|推|改)",
    r"不要(?:讲|说|解释|给我讲)[^,;]{0,6}[,;]直接(?:给|说|告诉)|少报[^;]{0,8}补(?!贴)",
    # a base that is asked to be the real one
    r"(?:基数|档次).{0,10}(?:能不能|可不可以|能否|可以|怎么|如何|要求).{0,4}(?:调|提|改|按)",
    # what a system shows
    r"系统(?:里|上)?(?:还是|一直|却|怎么)?显示(?:我|我们|已经|还)?(?:未|没|不|还|断|停|异常|失败|暂停|已)",
    # what one asks about because it is missing or was lost: an original, a card that somebody found
    r"(?:没有?|没带|丢了)(?:身份证|社保卡|户口本)?(?:原件|复印件).{0,8}(?:能|可以|怎么|行)(?!.{0,6}(?:直接|通过))",
    r"(?:捡到|捡了|捡着|拾到)(?:了)?(?:我|俺|本人)的?",
    # a message that may be a fraud, and what is said for politeness: just tell me
    r"(?:短信|链接|电话|微信).{0,16}(?:骗子|骗人|诈骗|真的假的|是真是假|是不是真)",
    r"(?:眼神|眼睛|耳朵|腿脚|岁数|年纪).{0,8}(?:不好|花|不行|大).{0,10}(?:就|直接)?(?:告诉|说|念|讲)(?!.{0,8}(?:密码|验证码|别人))",
    # a relative is to be added, with a consent that the relative gives
    r"把(?:我|俺|咱)家?(?:的)?(?:妈|爸|娘|爹|老人|爷|奶|姥|公公|婆婆|父母|母亲|父亲).{0,3}(?:加上|加进来|绑定?上|添上)",
    # somebody else did it, and one tells of it
    r"(?:单位|公司|老板).{0,8}(?:造假|假社保).{0,12}举报|举报.{0,12}(?:造假|假社保)|有人(?:冒用|盗用|拿).{0,8}(?:我|俺|本人)",
    r"基数.{0,4}(?:太低|太高|偏低|偏高|报低|报高|不对|不符)",
    # somebody else might do it: a fear, not a plan
    r"(?:怕|担心|防止?|避免|会不会|是不是|有人|被人|被别人|让人|小心|听说|万一|要是).{0,6}(?:冒|盗|顶替|假冒|伪造|换脸|套|骗|p图|改了|拿我|用我|乱用|代领|冒领)",
    r"(?:单位|公司|老板|厂里|会计|人事|中介|他们?|她|别人|有人|骗子).{0,6}(?:伪造|造假|做假|编造|虚报|瞒报|少报|冒用|顶替|冒领|代签|假冒)(?!一)",
)
"""Kinds of sentences that sound like cheating and are not."""

_STILL_CHEATING = _any(
    r"(?:帮|替|给)(?:我|俺|咱).{0,8}(?:伪造|造假|做假|假的|冒充|顶替|p)",
    r"(?:我|俺)(?:想|要|能|能不能|可以|怎么|如何).{0,4}(?:伪造|造假|冒|顶替|骗过|糊弄|绕过|跳过|买|假)",
    r"不(?:用|要|想)?(?:认证|刷脸|核验|验证|审核)(?:就|也|直接)",
    r"偷偷|悄悄|后台|私下|走后门|内部|好处|红包",
    r"别(?:让|叫)?.{0,6}(?:知道|发现)|不被(?:发现|查)|(?:继续|接着|照样|照).{0,3}领",
)
"""What stays cheating, whatever else the sentence holds."""

_TRICKED = _any(
    r"(?:换脸|变脸|(?:3d|三维|立体).{0,4}(?:打印|头|脸|面|模型)|(?:ai|deepfake|智能).{0,4}(?:换|合成|生成|做|弄).{0,6}(?:脸|头像|视频|人像)|合成.{0,4}(?:脸|头像|视频|照片|人像)"
    r"|(?:硅胶|人皮|蜡像|面具|假人|模型).{0,6}(?:脸|头|刷|认证)|让(?:照片|相片|遗照)(?:动|眨眼|张嘴)|(?:照片|相片|遗照)(?:做|弄|变)成(?:会?动|视频|活))"
    r"(?=.{0,20}(?:过|认证|刷|验|骗|糊弄|行|成|吗|不))|(?:认证|刷脸|扫脸|人脸).{0,14}(?:换脸|变脸|3d打印|合成.{0,2}(?:视频|照片|头像)|硅胶|假人|人皮面具)",
    r"(?:证明|单子|清单|凭证|权益单|单据|记录单|流水).{0,6}(?:日期|落款|开具时间|出具时间|打印时间|开具日)(?!.{0,6}(?:错|不对|有误|怎么看|在哪|是什么)).{0,8}(?:写|改|开|弄|填|打|提|推|调|往|倒|做)",
    r"(?:改|写|填|弄|调|换|提前|推后|倒)(?:一?下|个|成)?.{0,6}(?:证明|单子|清单|凭证|权益单|单据|流水)(?:上|里)?的?.{0,4}(?:日期|落款|开具时间|出具时间|打印时间)(?!.{0,6}(?:错|不对|有误))",
    r"(?:证明|单子|清单|凭证|权益单|单据).{0,4}(?:开|写|弄|做|打|填)成.{0,8}(?:的?日期|那天开的|开的)(?!.{0,4}错)",
    r"(?:替|给|帮)(?:死人|死去|已故|去世的|过世的).{0,6}(?:认证|刷脸|扫脸|领)",
    r"倒签|日期.{0,4}(?:往前|往后|提前|推后|倒)(?:填|签|写|开|改|弄|推|调|挪)",
    flags=re.IGNORECASE,
)
"""Faces that are made or of the dead, and dates of a paper that are not those on which it was made."""

_OF_A_CONTRACT = pattern_of(r"^(?!.*(?:证明|清单|凭证|权益单|往前|倒|补成)).*(?:合同|续签|备案)[^;]{0,10}日期")

_A_FEAR = _any(r"诈骗|怕|担心|防|安全|骗子|有人|被人|别人(?:会|能)|新闻|听说|会不会被|能不能防|(?:能|会)(?:识别|认)出来")

_MY_OWN_RECORD = _any(
    # who looked at mine, who is still in my account
    r"(?:谁|有人|有没有人|别人|旁人|人家|前?(?:男|女)?友|前任|前夫|前妻|老公|老婆|对象|他|她).{0,8}(?:看|查|登|用|下载|打开|偷看|盗)(?:过|了|着|没|到|过没)?(?:过|了|着)?(?:我|俺|本人)(?!们?(?:老公|老婆|媳妇|同事|朋友|妈|爸|爹|娘|哥|姐|弟|妹))",
    r"(?:看|查|瞅|瞧)(?:一下|一眼|看|下|查|瞅|瞧)?(?:我|俺|咱)(?:自己|自个儿?|本人|有没有|有没|交|断|到底|这边|的(?:社保|医保|养老|失业|缴费|记录|工伤|退休|待遇)|社保|医保|养老)(?!.{0,12}(?:和|跟|还有|以及)(?:他|她|别人|我?(?:同事|朋友|老公|老婆|媳妇)))",
    r"(?:我|俺)(?:自己|自个儿?)(?:查|看|交|的)|(?:看|查)(?:看|一下|下)?(?:我|俺)的(?:$|[,，。.!吧呢]|断|交|到|发|有)",
    r"(?:朋友|同事|同学|邻居|亲戚|老乡|别人|人家)(?:推荐|介绍)(?:我|给我|的)",
    # to whom one will go with what one's own record shows
    r"[,，;；](?:我|俺|咱)?(?:好|再|要|就|去|才好|得|准备|打算)*(?:去)?(?:找|问|跟|和|向|告)(?:我们?|俺们?|咱们?)?(?:老板|单位|领导|公司|厂里|厂长|经理|会计|人事|包工头|中介)(?:.{0,3}(?:要|说|算账|补|理论|讨|谈|闹|讨说法|对质|去))?$",
    # my papers that somebody else holds
    r"(?:发给|给过|给了|交给|传给|寄给)(?:他|她|别人|前.{1,2}|对方|中介|公司|房东|银行)(?:的|过的).{0,8}(?:证明|单子|单据|凭证|权益单).{0,8}(?:作废|撤|收回|不让|失效|取消|不想)",
    # two records that were taken for one another, and what is no friend
    r"(?:记录|社保|信息|账户|名字).{0,8}(?:混|串|弄混|搞混)了|重名|同名|朋友圈",
    # somebody holds the telephone, the record is one's own
    r"(?:帮|替|给)(?:我|俺)(?:拿|操作|点|按|弄|打字).{0,14}(?:查|看)的?(?:就|还)?是?(?:我|俺)(?:的|自己|本人|自个)|(?:查|看)的是(?:我|俺)(?:自己|本人|自个)",
    # paying for the family is served
    r"(?:给|帮|替)(?:我|俺|咱)?(?:家)?(?:儿媳妇?|媳妇|老婆|老公|丈夫|妻子|爱人|对象|女婿|姐|妹|哥|弟|嫂子|姐夫|妹夫|弟媳|姑|姨|舅|叔|婶|伯).{0,6}(?:交|缴|办|参|上|续|买|投)(?:一下|个)?(?:居民|城乡|城居|新农合|灵活|医保|养老)(?!.{0,6}(?:多少|记录|明细|了没|了吗))",
)
"""Kinds of sentences that name somebody, about one's own record."""

_MOVED = _any(
    r"(?:公司|单位|厂|企业)的?.{0,6}(?:调|转|挪|跳槽|过)(?:过来|来|入|进)",
    r"(?:公司|单位|厂|企业)并(?:进来|过来|入)",
    r"(?:接收|接|转入|调入|增员).{0,8}(?:公司|单位|厂|企业)",
)
"""Staff who came from another employer are one's own staff now."""

NAMES = "王李张刘陈杨赵吴徐孙朱胡郭罗梁宋郑谢韩唐冯董曹袁邓沈彭吕苏卢蒋蔡贾丁魏薛潘杜戴汪姜姚谭廖邹熊"
_GIVEN = r"[^的了吗呢没不是有在我你他她它俺咱们这那哪个一二三四五六七八九十两多少月年日社保养老医疗失业工伤生育退休认证交缴领查看问打开办补换卡钱,;.?!0-9a-z谢]"
_NAMED = pattern_of(
    rf"^(?:请问|想问下?|问一?下|(?:我们?|俺们?|咱们?)?(?:村|单位|公司|厂|组|队|店|班)里?的?|那个)?(?:[{SURNAMES}])(?!州|阳|山|江|庄|国|家|县|市|区|京|子|女|儿|年|旧|同|事|总|师傅|先生|女士|老师|阿姨|叔|大|家庄|油|材|围|同|达)(?:{_GIVEN}){{1,2}}"
    r"(?:今年|去年|上个?月|这个?月|本月|最近|现在|到底)?(?:的)?(?:社保|养老金?|医保|医疗|退休金?|退休|认证|年审|失业金?|工伤|生育津贴|生育|缴费|待遇|参保|在哪|哪个单位)"
    r".{0,6}(?:了没有?|没有?|了吗|吗|多少|几|哪|断|停|到账|有没有|是不是|怎么样|咋样|过了|上班|发|交)"
)
"""Somebody's whole name before a record and the question how it stands, without any word of looking."""

_CALLED = pattern_of(
    rf"^(?:你|帮我|给我|请|麻烦)*(?:查|看|把)(?:一?下|看|查|询)*[{SURNAMES}](?!州|阳|山|江|庄|国|家|县|市|区|围|油|材)(?:{_GIVEN}){{1,2}}(?:$|的|还有|是不是|有没有|在哪)"
    rf"|(?:她|他|名字|姓名)(?:是)?叫[{SURNAMES}](?:{_GIVEN}){{1,2}}(?:$|,)|(?:他|她|那人|欠款人|对方)姓[一-鿿](?:,|$)"
)
"""Somebody's name after a word of looking, or told of him or her."""

_IN_OFFICE = pattern_of(
    r"(?:^|[,，;；])(?:你好|您好)?(?:我|我们|俺|这里|这边|咱)(?:这边|这里|们)?(?:是|做|搞|代表|受)(?:.{0,6})(?:律师|律所|保险公司|理赔|法院|法官|执行局|派出所|公安|民警|刑警|警察|检察|纪委|监察|记者|电视台|侦探|调查公司|征信|银行|信贷|贷款|催收|猎头|背调|中介|房东|物业|居委会|村委|街道|税务|审计|学校)"
    r"(?=.{0,40}(?:查|看|核实|核对|核查|调|提供|给我|给一下|确认|了解|问|拉|导|要)).{0,30}"
    r"(?:客户|当事人|被执行人|被告|原告|嫌疑人|死者|住户|居民|村民|租客|租户|候选人|应聘|投保人|被保险人|伤者|借款人|业主|学生|家长|欠款|某|他|她|这个?人|那个?人|对方|人员|户主|[0-9]{6})"
)
"""Somebody who says what office he holds, and asks for a person whom the office deals with."""

_NO_PERSON_MEANT = _any(
    r"人工(?:资|伤|龄|程|会|种|地|厂|单位|号)",
    r"灵活人员|(?:法|领卡|代办|受益|继承|申请|联系|经办|退休|参保|被保)人(?:服务|员|电话)?",
    r"(?:改|变更|更新|更换|登记|填|录入|职工|员工|本人|预留|留的|我的)(?:一?下|的|职工|员工|我的|本人)*(?:联系)?电话(?:号码)?",
    r"工作人员(?:说|让|叫|告诉|跟我|答复|要求|通知)",
    r"(?:联系)?电话(?:号码)?(?=变|换|改|错|不对|停|填|写)",
)
"""Words in which 人工, 活人, 联系电话 stand by chance."""


def is_own_affair(text: str) -> bool:
    """Whether a text that sounds like cheating tells of a mistake, a loss, a fear, or of a deed that is denied or somebody else's."""
    if is_denied(text) or is_told(text):
        return True
    return _OWN_AFFAIR.search(text) is not None and _STILL_CHEATING.search(text) is None


def is_a_trick(text: str) -> bool:
    """Whether a text wants a made face to pass, or a paper with a date that is not its own."""
    return (
        _TRICKED.search(text) is not None
        and not _OF_A_CONTRACT.search(text)
        and _A_FEAR.search(text) is None
        and not is_told(text)
    )


def is_own_record(text: str) -> bool:
    """Whether a text that names somebody asks for nothing but one's own record."""
    return _MY_OWN_RECORD.search(text) is not None or is_own_in_the_end(text) or is_own_in_words(text)


def came_from_elsewhere(text: str) -> bool:
    """Whether a text is about staff who came from another employer."""
    return _MOVED.search(text) is not None


def asks_as_office_or_by_name(text: str) -> bool:
    """Whether a text asks for a person's record by a whole name, or in the name of an office."""
    return (
        _NAMED.search(text) is not None
        or _CALLED.search(text) is not None
        or _IN_OFFICE.search(text) is not None
        or asks_of_another(text)
    )


def without_chance_words(text: str) -> str:
    """A text without the words that only look like a wish for a person."""
    return _NO_PERSON_MEANT.sub(" ", text)
