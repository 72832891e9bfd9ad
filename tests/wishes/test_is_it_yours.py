"""这条消息是你们发的吗: true, false, altered, forwarded, with a link, a number; nothing about anybody else."""

from __future__ import annotations

import pytest

from storage.ports.records import Channel, Preferences, SmsState
from tests import people
from tests.conversations.conftest import Chat, World
from tests.wishes.conftest import SENDER, row_sent, sms_sent

SMS = "【社保服务】赵*芬，您的养老待遇资格认证到2024年9月27日为止，请尽快办理。问12333。回TD退订"
ALTERED = SMS.replace("尽快", "马上")
FAKE = "【社保局】您的社保卡已停用，请点击 http://sb-12333.top/x 重新激活"


async def _ask(chat: Chat, text: str) -> str:
    await chat.says("这条短信是你们发的吗")
    chat.expect("把消息原文")
    return await chat.says(text)


async def test_our_own_message_is_ours(chat: Chat, world: World) -> None:
    """With its day; whom it went to is not said to somebody else."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await _ask(chat, SMS)
    chat.expect("是我们发的，2024年9月12日发出", "不会要您转账")
    chat.expect_not("赵", "您登记的手机", people.SHUFEN_PHONE)


async def test_to_ones_own_phone(retiree: Chat, world: World) -> None:
    """Who has proved to be the person is told that it went to their phone."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await _ask(retiree, SMS)
    retiree.expect("是我们发的：2024年9月12日发到您登记的手机上")


@pytest.mark.parametrize(
    "dressed",
    [
        SMS.replace("【社保服务】", ""),
        SMS + " 这是你们发的吗？",
        "这条消息是你们发的吗：" + SMS,
        "我妈收到的：" + SMS,
        "转发：\n" + SMS,
        SMS.replace("【社保服务】", "") + "【社保服务】",
        "“" + SMS + "”",
        SMS.replace("，", ", ").replace("12333", "１２３３３"),
    ],
)
async def test_however_it_is_forwarded(chat: Chat, world: World, dressed: str) -> None:
    """With or without the sender's sign, with a question or a name before or behind it, in other widths."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await _ask(chat, dressed)
    chat.expect("是我们发的，2024年9月12日发出")


async def test_one_word_altered_is_not_ours(chat: Chat, world: World) -> None:
    """What to do is said: no link, no money, no code, whom to call."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await _ask(chat, ALTERED)
    chat.expect("我们没有发过这样的短信", "不点链接、不转账、不说验证码", "12333", "96110")


async def test_something_added_is_not_ours(chat: Chat, world: World) -> None:
    """Our words with another's request behind them."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await _ask(chat, SMS + "请把银行卡号发到13900001111办理")
    chat.expect("我们没有发过这样的短信")


async def test_what_was_not_sent_is_not_ours(chat: Chat, world: World) -> None:
    """A message that the provider refused reached nobody."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS, state=SmsState.NOT_SENT)
    await _ask(chat, SMS)
    chat.expect("我们没有发过这样的短信")


async def test_a_link_is_never_ours(chat: Chat) -> None:
    """Pasted out of the blue: with or without http."""
    await chat.says(FAKE)
    chat.expect("不是我们发的", "从来没有链接")
    await chat.says("点这里 sbk-renzheng.com/a 办认证")
    chat.expect("不是我们发的", "从来没有链接")


async def test_our_own_pages_are_ours_but_not_in_a_short_message(chat: Chat) -> None:
    """The host is compared whole: one that only looks like ours, or carries it before an @, is not ours."""
    await chat.says("https://sb.example.test/p/abc")
    chat.expect("这个网址是我们的", "从来不用短信发")
    for fake in ("https://sb.example.test.evil.cn/p", "https://sb.example.test@evil.cn/p", "sb-example.top/p"):
        await chat.says(fake)
        chat.expect("这个网址也不是我们的")


async def test_a_pasted_message_needs_no_question(chat: Chat, world: World) -> None:
    """A text with a sender's sign is checked at once, though its words speak of a certification."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await chat.says(SMS)
    chat.expect("是我们发的，2024年9月12日发出")
    await chat.says(ALTERED)
    chat.expect("我们没有发过这样的短信")


async def test_a_code_is_ours_and_nobodys_to_ask_for(chat: Chat, world: World) -> None:
    """A pasted one-time code that came too late: ours, and to be told to nobody."""
    text = "【社保服务】验证码 482913，用于登录，5 分钟内有效。"
    await sms_sent(world, people.JIANGUO_PHONE, text, "code")
    await chat.says(text)
    chat.expect("是我们发的验证码短信", "谁要都不要给")


async def test_too_little_is_asked_for_again(chat: Chat) -> None:
    """A word is no message."""
    await _ask(chat, "短信")
    chat.expect("还不够核对", "长按消息可以复制")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (SENDER, "这是我们发短信用的号码"),
        (SENDER + "55", "这是我们发短信用的号码"),
        ("1069 0000 9999", "这不是我们用的号码"),
        ("106900001", "这不是我们用的号码"),
        ("12333是你们的电话吗", "公开的咨询热线"),
        ("010-12333是你们的电话吗", "公开的咨询热线"),
        ("0543-12333是你们的电话吗", "公开的咨询热线"),
        ("010-12334是你们的电话吗", "这不是我们用的号码"),
        ("00012333是你们的电话吗", "这不是我们用的号码"),
        ("13912345678是你们社保局的吗", "这不是我们用的号码"),
        ("01088886666是不是骗子", "这不是我们用的号码"),
    ],
)
async def test_numbers_are_compared(known_numbers: Chat, said: str, answer: str) -> None:
    """Our senders (with the carrier's extension), the hotlines, and all others."""
    await known_numbers.says(said)
    known_numbers.expect(answer)


async def test_without_known_numbers_no_sender_is_ours(chat: Chat) -> None:
    """Nothing is claimed that the agency has not said."""
    await chat.says(SENDER)
    chat.expect("这不是我们用的号码")


async def test_a_wechat_notice_is_compared_with_this_chats_own(world: World, retiree: Chat) -> None:
    """What this chat was told is ours; the same words are nobody's in another chat."""
    text = "您的补卡申请审核通过了，4 个工作日后可以领卡。"
    await row_sent(world, world.ids.shufen, Channel.CHAT, "P-CARD", "o-one", "news", text)
    await _ask(retiree, text)
    retiree.expect("是我们发的：2024年9月12日在这个微信里发给您的（社保卡提醒）")
    await _ask(Chat(world, "o-two"), text)
    other = Chat(world, "o-two")
    await other.says("这条消息是你们发的吗")
    await other.says(text)
    other.expect("我们没有发过这样的短信")


async def test_a_reminder_that_is_made_from_data_is_known_again(world: World, retiree: Chat) -> None:
    """Its words were not kept: they are made again as they were on that day."""
    await row_sent(world, world.ids.shufen, Channel.TEMPLATE, "P-CERT", "o-one")
    async with world.store.reading() as tx:
        row = (await tx.notices.of_chat("o-one"))[0]
        facts = (await tx.notices.facts([row], world.clock.now()))[row.id]
    from handlers.reminders.words import words_of

    text = words_of("P-CERT", row, facts, world.services.regions["beijing"], row.at, None).text
    world.clock.advance(3 * 86400)
    await _ask(retiree, text)
    retiree.expect("在这个微信里发给您的（资格认证提醒）")


async def test_the_question_itself_tells_what_was_sent_lately(world: World, retiree: Chat) -> None:
    """To this chat and to its person's phone; nothing of others."""
    await row_sent(world, world.ids.shufen, Channel.SMS, "P-CERT")
    await row_sent(world, world.ids.li, Channel.SMS, "P-PENSION")
    await retiree.says("是你们发的吗")
    retiree.expect("最近我们主动发给您的有：9月12日 资格认证提醒（短信）")
    retiree.expect_not("第一笔养老金")


@pytest.mark.parametrize(
    "said",
    [
        "这条消息是你们发的吗",
        "短信是真的吗",
        "是不是骗子",
        "你们不会是骗子吧？",
        "收到诈骗短信",
        "你们给我打过电话吗",
        "有人冒充社保局",
    ],
)
async def test_people_ask_in_their_own_words(chat: Chat, said: str) -> None:
    """Each is asked for the message."""
    await chat.says(said)
    chat.expect("不会要您的密码", "把消息原文")


async def test_checks_are_limited_and_on_record(chat: Chat, world: World) -> None:
    """Twenty in an hour; each is in the audit log without the words."""
    for number in range(20):
        await chat.says(f"【社保服务】第{number}条没有发过的短信")
        chat.expect("我们没有发过")
    await chat.says("【社保服务】还有一条没有发过的短信")
    chat.expect("次数太多了")
    world.clock.advance(3601)
    await chat.says("【社保服务】还有一条没有发过的短信")
    chat.expect("我们没有发过")


async def test_who_has_a_word_is_not_asked_to_make_one(chat: Chat, world: World) -> None:
    """And who has none is told of it."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    await chat.says(SMS)
    chat.expect("设一个暗号")
    await chat.says("1")
    chat.expect("2 到 8 个汉字或字母")
    await chat.says("葡萄架下")
    await chat.says(SMS)
    chat.expect_not("设一个暗号")


@pytest.mark.parametrize("sign", ["【杀毒】", "[杀毒]", "【社保局】"])
async def test_another_senders_sign_is_not_ours(chat: Chat, world: World, sign: str) -> None:
    """Our very words under somebody else's sign, before or behind them: nobody of ours has sent that."""
    await sms_sent(world, people.SHUFEN_PHONE, SMS)
    words = SMS.replace("【社保服务】", "")
    for altered in (f"{sign}{words}", f"{words}{sign}", f"{sign}{SMS}"):
        await _ask(chat, altered)
        chat.expect("我们没有发过这样的短信")


async def _card(world: World, channel: Channel = Channel.TEMPLATE) -> tuple[str, str, str, str]:
    """A card that chat o-one was sent: name, matter, day, hint."""
    await row_sent(world, world.ids.shufen, channel, "P-CERT", "o-one")
    return "赵*芬", "养老待遇资格认证", "2024年9月27日", "还有15天，回复“认证”看怎么办"


@pytest.mark.parametrize("channel", [Channel.TEMPLATE, Channel.SUBSCRIBE])
async def test_a_card_is_known_by_what_it_shows(world: World, retiree: Chat, channel: Channel) -> None:
    """Whole in lines or in one, with the account's own title and names of fields; any line of it; its values alone."""
    name, matter, due, hint = await _card(world, channel)
    world.clock.advance(2 * 86400)
    title = "待遇资格认证提醒"
    fields = [f"姓名：{name}", f"认证事项：{matter}", f"截止日期：{due}", f"办理方式：{hint}"]
    pasted = [
        "\n".join([title, *fields]),
        " ".join([title, *fields]),
        " ".join([title, *fields]) + " 详情",
        "\n".join([title, *reversed(fields)]),
        "\n".join([title, "09:00", *fields, "详情"]),
        "\n".join(["昨天 09:00", title, *fields]),
        " ".join([title, "09:00", *fields]),
        "\n".join(fields) + "\n这是你们发的吗？",
        "这条消息是你们发的吗：" + "\n".join(fields),
        *fields[1:],
        "\n".join(fields[1:3]),
        hint,
        matter,
    ]
    for text in pasted:
        await _ask(retiree, text)
        retiree.expect("在这个微信里发给您的（资格认证提醒）")


async def test_a_card_with_the_personal_word_is_known(world: World, retiree: Chat) -> None:
    """Before the hint, or in a field of its own."""
    async with world.store.transaction() as tx:
        await tx.wishes.save(Preferences("o-one", word="老槐树"))
    name, matter, due, hint = await _card(world)
    fields = [f"姓名：{name}", f"认证事项：{matter}", f"截止日期：{due}"]
    for rest in (["办理方式：暗号老槐树，还有15天，回复“认证”看…"], [f"办理方式：{hint}", "暗号：老槐树"]):
        await _ask(retiree, "\n".join([*fields, *rest]))
        retiree.expect("在这个微信里发给您的（资格认证提醒）")


async def test_a_card_with_something_in_it_is_not_ours(world: World, retiree: Chat) -> None:
    """Another day, another hint, a field more, a request behind it or in a name of a field: not what we have sent."""
    name, matter, due, hint = await _card(world)
    fields = [f"姓名：{name}", f"认证事项：{matter}", f"截止日期：{due}", f"办理方式：{hint}"]
    for text in (
        "\n".join(fields).replace("27日", "15日"),
        "\n".join(fields).replace("回复“认证”", "回复卡号"),
        "\n".join([*fields, "收款账号：6222020000000000"]),
        "\n".join(fields) + "\n请马上回复您的身份证号",
        "\n".join([fields[0], fields[1], fields[2], f"转账后办理：{hint}"]),
        f"您的{matter}已失效，请马上处理",
        f"{matter}：即将停发，请速办",
    ):
        await _ask(retiree, text)
        retiree.expect("我们没有发过这样的短信")


async def test_a_card_is_ours_in_its_own_chat_alone(world: World, retiree: Chat) -> None:
    """The same card is nobody's in another chat."""
    hint = (await _card(world))[3]
    other = Chat(world, "o-two")
    await _ask(other, hint)
    other.expect("我们没有发过这样的短信")


async def test_a_card_of_news_is_known(world: World, retiree: Chat) -> None:
    """Outside the window news went as a card: what it was about, its beginning, and how to see the rest."""
    text = "您的补卡申请审核通过了，4 个工作日后可以带身份证到网点领卡。"
    await row_sent(world, world.ids.shufen, Channel.CHAT, "P-CARD", "o-one", "news", text)
    shown = text[:19] + "…"
    for pasted in (f"事项：社保服务通知\n进展：{shown}\n备注：回复任意内容看全部", shown, f"进展：{shown}"):
        await _ask(retiree, pasted)
        retiree.expect("在这个微信里发给您的（社保卡提醒）")
