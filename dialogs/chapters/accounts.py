"""个人账号 by password (BJQ-L-01, BZ-01…06, BJH-M-17), other ways to log in (BJQ-L-03), 服务分区 (BJQ-L-08). No password is ever typed in chat."""

from __future__ import annotations

import secrets

from dialogs.chapters.account import CONSENT_VERSION
from dialogs.declare import Agree, Answers, Asked, Choose, Dialog, Ended, Option, Scene, StayHere, Stop, Wish, Wrong
from dialogs.desk_family import OWN_ONLY
from dialogs.masks import masked_name
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, sms_code
from storage.ports.record import Record
from storage.ports.regions import Region

_LOG_IN = ("用手机验证码登录", Wish("log_in"))
_BY_PASSWORD = ("用密码登录", Wish("account_log_in"))
_REGISTER = ("注册账号", Wish("account_register"))
_FORGOT = ("忘记密码", Wish("account_forgot"))

_CONSENT = (
    "用密码登录，是为了确认您本人。密码只在页面里填，不要发在聊天里；登录后只用来为您查询和办理社保，每次查看都留记录。\n"
    "随时可回复“解绑”，解绑后不再保留绑定信息。不想用密码，用手机验证码登录也一样。\n您同意吗？"
)


def _no_accounts(region: Region) -> Reply:
    return Reply(Say(f"{region.name}这里不用密码账号，也不用注册：回复“登录”，用手机验证码就行。"))


_THE_LINK = frozenset({"重发", "继续", "没看到", "再来", "链接", "去登录", "密码登录", "用密码登录", "账号密码登录"})
"""What asks for the link once more; whoever says the wish again wants nothing else."""


class _PageDigits(Record, kw_only=True):
    """The six digits that the page shows after the right password: whoever has both the page and this chat is the one who logs in."""

    name: str
    label: str = ""
    secret: bool = True
    settled: str = "密码已经核对过了，不用重来。"

    def applies(self, answers: Answers) -> bool:
        return True

    def shown(self, answer: str) -> str:
        return "（已填）"

    async def ask(self, scene: Scene) -> Asked:
        request = scene.memo.get(self._memo) or secrets.token_urlsafe(16)
        url = await scene.desk.accounts.page("log_in", request)
        text = (
            "请点下面的链接，在页面里填用户名（手机号、身份证号也行）和密码。\n填好后页面上会有 6 位数字，把它发到这里就登录了。"
        )
        return Asked(text, links=(Anchor("去登录", url),), memo={self._memo: request})

    @property
    def _memo(self) -> str:
        return f"{self.name}.request"

    async def read(self, scene: Scene, text: str) -> str:
        if text.strip("。！!？? ") in _THE_LINK:
            raise StayHere(await self.ask(scene))
        try:
            digits = sms_code(text)
        except Invalid:
            raise Invalid("请把页面上的 6 位数字发给我；不要发密码。页面找不到了就回复“继续”。") from None
        request = scene.memo.get(self._memo, "")
        checked = await scene.desk.accounts.confirm(request, digits)
        if checked.right:
            return request
        if checked.left:
            raise Invalid(f"这 6 位数字和页面上的不一样，请再看一下，还可以试 {checked.left} 次。")
        again = await self.ask(Scene(scene.desk, scene.now, scene.key, scene.answers, {}))
        raise StayHere(Asked(f"刚才的数字已经失效了，或者页面上还没登录成功。\n{again.text}", links=again.links, memo=again.memo))


async def _bind(scene: Scene) -> Ended:
    outcome = await scene.desk.accounts.log_in(scene.answers["digits"], f"{CONSENT_VERSION}:{scene.answers['consent']}")
    if outcome.person is None:
        raise Wrong("digits", "停得久了，刚才的登录已经过期，请再登录一次。")
    region = scene.desk.region_of(outcome.person.region)
    return Ended(
        Reply(
            Say(
                f"登录成功。{masked_name(outcome.person.name)}，您好！您的参保地是{region.name}。\n"
                "您可以直接说要办的事，例如“查去年的养老缴费”“社保卡丢了”“认证到什么时候”。"
            )
        )
    )


ACCOUNT_LOG_IN = Dialog(
    name="account_log_in",
    title="用密码登录",
    covers=("BJQ-L-01",),
    part_of=("BZ-01", "BZ-02"),
    who="anyone",
    needs_region=True,
    elsewhere=_no_accounts,
    steps=(
        Agree(name="consent", prompt=_CONSENT, refused="好的，没有登录。用手机验证码登录，回复“登录”就行。"),
        _PageDigits(name="digits"),
    ),
    action=_bind,
    help="密码只在页面里填。忘了回复“忘记密码”；没有注册过，回复“登录”用手机验证码就行，不用注册。",
    media=("chat", "page"),
)


async def _register(scene: Scene) -> Ended:
    region = scene.desk.region
    asked = "身份证号、医保手册号（或社保卡号、电脑序号）和预留手机号"
    if region is not None and not region.offers("BJH-M-17"):
        asked = "身份证号，加社保卡号或预留手机号"
    where = (
        "社保卡号印在卡上，12位；电脑序号10位，不知道的可以问单位。\n" if region is not None and region.offers("BJH-M-17") else ""
    )
    url = await scene.desk.accounts.page("register")
    text = f"可以在这个页面注册，要填{asked}，不要发在聊天里。\n{where}有预留手机号的，不注册也行：回复“登录”用验证码，能办的事一样多。"
    return Ended(Reply(Say(text, links=(Anchor("去注册", url),))), (_LOG_IN, _BY_PASSWORD))


ACCOUNT_REGISTER = Dialog(
    name="account_register",
    title="注册社保账号",
    covers=("BZ-01", "BZ-02", "BJH-M-17"),
    who="anyone",
    needs_region=True,
    elsewhere=_no_accounts,
    action=_register,
    media=("chat", "page"),
)


async def _forgot(scene: Scene) -> Ended:
    url = await scene.desk.accounts.page("forgot")
    text = "密码忘了没关系。点下面的链接，填身份证号和预留手机号，收一条短信就能设新密码；短信只发到预留的手机。\n不想设了，用手机验证码登录也一样。"
    return Ended(Reply(Say(text, links=(Anchor("重设密码", url),))), (_LOG_IN, ("手机号换了", Wish("change_phone"))))


ACCOUNT_FORGOT = Dialog(
    name="account_forgot",
    title="忘记密码",
    covers=("BZ-03",),
    part_of=("BJQ-L-01",),
    who="anyone",
    needs_region=True,
    elsewhere=_no_accounts,
    action=_forgot,
    media=("chat", "page"),
)


async def _must_have(scene: Scene) -> None:
    if await scene.desk.accounts.mine() is None:
        raise Stop(Reply(Say("您还没有密码账号，不用也行：在这里用手机验证码登录，能办的事一样多。想注册就回复“注册账号”。")))


async def _password(scene: Scene) -> Ended:
    await _must_have(scene)
    url = await scene.desk.accounts.page("password")
    text = "请在页面里填原密码和新密码，不要发在聊天里。"
    return Ended(Reply(Say(text, links=(Anchor("改密码", url),))), (_FORGOT,))


ACCOUNT_PASSWORD = Dialog(
    name="account_password",
    title="修改密码",
    covers=("BZ-05",),
    part_of=("BJQ-L-01",),
    scope=OWN_ONLY,
    elsewhere=_no_accounts,
    action=_password,
    media=("chat", "page"),
)


async def _email(scene: Scene) -> Ended:
    await _must_have(scene)
    url = await scene.desk.accounts.page("email")
    return Ended(
        Reply(Say("邮箱可以在这个页面改，删掉也行。", links=(Anchor("改邮箱", url),))), (("换手机号", Wish("change_phone")),)
    )


ACCOUNT_EMAIL = Dialog(
    name="account_email",
    title="更改邮箱",
    covers=(),
    part_of=("BZ-06", "BJQ-L-01"),
    scope=OWN_ONLY,
    elsewhere=_no_accounts,
    action=_email,
    media=("chat", "page"),
)


async def _menu(scene: Scene) -> Ended:
    has = scene.desk.person is not None and await scene.desk.accounts.mine() is not None
    own = (("改密码", Wish("account_password")), ("改邮箱", Wish("account_email"))) if has else (_REGISTER,)
    text = "密码账号是给习惯用密码的人准备的。在微信里用手机验证码登录，能办的事一样多。\n您要办哪一件？"
    return Ended(Reply(Say(text)), (*own, ("换手机号", Wish("change_phone")), _FORGOT, _BY_PASSWORD))


ACCOUNT_MENU = Dialog(
    name="account_settings",
    title="账号和密码",
    covers=(),
    part_of=("BZ-05", "BJQ-L-01"),
    who="anyone",
    scope=OWN_ONLY,
    needs_region=True,
    elsewhere=_no_accounts,
    action=_menu,
    media=("chat", "page"),
)


async def _others(scene: Scene) -> Ended:
    text = (
        "在这里，微信就是您的账号：回复“登录”，用手机验证码绑定一次就行，不用别的账号。\n"
        "到网站上办的话，登录方式还有：国家政务服务平台账号，以及北京通、支付宝、微信、百度账号。那些账号在各自的网站和应用里登录，这里不收它们的密码。"
    )
    return Ended(Reply(Say(text)), (_LOG_IN, _BY_PASSWORD))


LOG_IN_OTHERS = Dialog(
    name="log_in_others",
    title="其他登录方式",
    covers=("BJQ-L-03",),
    who="anyone",
    action=_others,
    media=("chat", "guide"),
)


RESIDENTS_OWN = (("居民养老缴费", "BZ-16"), ("居民医疗缴费", "BZ-17"), ("居民养老对账单", "BJQ-P-06"))
"""What 城乡居民 have of their own, and the feature that it is."""


async def _area(scene: Scene) -> Ended:
    resident = scene.answers["area"] == "resident"
    await scene.desk.accounts.choose_resident(resident=resident)
    if not resident:
        return Ended(Reply(Say("好的，记下了：城镇职工。菜单按职工的来排。")), (("查缴费", Wish("contributions")),))
    region = scene.desk.region
    there = [label for label, feature in RESIDENTS_OWN if region is None or region.offers(feature)]
    if region is not None and not there:
        return Ended(Reply(Say(f"好的，记下了：城乡居民。{region.name}的居民缴费和对账单，这里还查不了；别的照样能办。")))
    said = "好的，记下了：城乡居民。菜单第 1 项换成“居民缴费和对账单”"
    said += f"，在{region.name}能查{'、'.join(there)}；别的照样能办。" if region else "；别的照样能办。"
    return Ended(Reply(Say(said)), (("居民缴费和对账单", Wish("resident_menu")),))


SERVICE_AREA = Dialog(
    name="service_area",
    title="城镇职工还是城乡居民",
    covers=("BJQ-L-08",),
    who="anyone",
    scope="",
    steps=(
        Choose(
            name="area",
            prompt="您是城镇职工还是城乡居民？",
            options=(Option("employee", "城镇职工", "职工"), Option("resident", "城乡居民", "居民")),
        ),
    ),
    action=_area,
)

DIALOGS: tuple[Dialog, ...] = (
    ACCOUNT_LOG_IN,
    ACCOUNT_REGISTER,
    ACCOUNT_FORGOT,
    ACCOUNT_PASSWORD,
    ACCOUNT_EMAIL,
    ACCOUNT_MENU,
    LOG_IN_OTHERS,
    SERVICE_AREA,
)
