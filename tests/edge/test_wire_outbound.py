"""What our messages look like on the phone and on the wire."""

from __future__ import annotations

from bot.wechat.wire import Head, render_custom, render_passive
from bot.wechat.xml import parse
from dialogs.messages import (
    Anchor,
    Article,
    Human,
    Message,
    Picture,
    Say,
)
from tests.edge.platform import GH, OPENID

HEAD = Head(OPENID, GH)
NOW = 1726106400


def shown(message: Message) -> str:
    """The text as the phone shows it, from a passive reply; a pushed one must say the same."""
    xml = render_passive(message, HEAD, NOW)
    assert xml is not None
    text = parse(xml.encode())["Content"]
    assert isinstance(text, str)
    assert render_custom(message) == {"msgtype": "text", "text": {"content": text}}
    assert len(text.encode()) <= 2048
    return text


def test_choices_and_links_are_lines() -> None:
    """Choices are numbered lines to answer, links are lines to tap."""
    text = shown(Say("您在哪里参保？", (("1", "北京"), ("2", "滨州")), (Anchor("看说明", "https://e.cn/p?a=1&b=2"),)))
    assert text == '您在哪里参保？\n<a href="https://e.cn/p?a=1&b=2">看说明</a>\n1 北京\n2 滨州'


def test_pushed_choices_are_a_menu() -> None:
    """A service message with choices is a menu to tap, whose lines are those that can be typed; under links, or too long for one, they stay text."""
    choices = (("1", "北京"), ("2", "滨\n州"))
    assert render_custom(Say("您在哪里参保？", choices)) == {
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": "您在哪里参保？",
            "list": [{"id": "1", "content": "1 北京"}, {"id": "2", "content": "2 滨 州"}],
            "tail_content": "点一下就行，也可以回复数字。",
        },
    }
    tapped = render_custom(Say("您在哪里参保？", (*choices, ("菜单", "别的")), tag="1f2e3d4c"))["msgmenu"]
    assert isinstance(tapped, dict)
    assert [row["id"] for row in tapped["list"]] == ["1f2e3d4c.1", "1f2e3d4c.2", "菜单"]
    assert tapped["list"][0]["content"] == "1 北京"
    menu = render_custom(Say('<a href="http://evil">请评价</a>', (("评价5", "非常满意"),)))["msgmenu"]
    assert isinstance(menu, dict)
    assert (menu["head_content"].count("<a"), menu["tail_content"]) == (0, "点一下就行，也可以回复前面的词。")
    assert menu["list"] == [{"id": "评价5", "content": "评价5 非常满意"}]
    assert render_custom(Say("长" * 700, choices))["msgtype"] == "text"
    assert render_custom(Say("看", choices, (Anchor("全部", "https://e.cn/"),)))["msgtype"] == "text"


def test_long_text_is_cut_on_a_character() -> None:
    """A text beyond 2048 bytes ends on a whole character and shows that something is missing."""
    for text in ("社" * 700, "𠀀" * 600, "a" + "保" * 700, "x" * 3000):
        cut = shown(Say(text))
        assert cut.endswith("…")
        assert text.startswith(cut[:-1])
        assert len(cut.encode()) > 2040
    assert shown(Say("y" * 2048)) == "y" * 2048


def test_links_and_choices_survive_a_long_text() -> None:
    """What can be tapped or answered stays whole; it is the text before it that gives way."""
    link = Anchor("查看全部明细", "https://e.cn/p/" + "t" * 300)
    text = shown(Say("很长。" * 500, (("1", "好"),), (link,)))
    assert text.endswith(f'…\n<a href="{link.url}">查看全部明细</a>\n1 好')
    assert text.startswith("很长。")


def test_link_that_does_not_fit_is_left_out_whole() -> None:
    """A link longer than a message is no link; the others stay, and none is cut in the middle."""
    text = shown(Say("看这里", links=(Anchor("太长", "https://e.cn/" + "x" * 2048), Anchor("好", "https://e.cn/"))))
    assert text == '看这里\n<a href="https://e.cn/">好</a>'
    many = shown(Say("看", links=tuple(Anchor(f"第{n}个", f"https://e.cn/{n:050}") for n in range(60))))
    assert many.count("<a ") == many.count("</a>") > 10


def test_text_cannot_smuggle_a_link() -> None:
    """Names and answers from elsewhere stay text: only an Anchor is a link, and its parts cannot leave their place."""
    text = shown(
        Say(
            '您好 <a href="http://evil">点我</a> <A\nhref=x>',
            (("1", "</a>张<b>三"),),
            (Anchor("a</a><a href='x'>b", 'https://e.cn/"><a href="http://evil'),),
        )
    )
    assert text.count("<a ") == 1
    assert text.count("</a>") == 1
    assert 'href="https://e.cn/%22%3E%3Ca%20href=%22http://evil"' in text
    assert "<b>" in text


def test_article_is_one_news_item() -> None:
    """A card with its four fields, passive and pushed."""
    card = Article("标题]]>", "说明", "https://e.cn/p", "https://e.cn/c.png")
    xml = render_passive(card, HEAD, NOW)
    assert xml is not None
    fields = parse(xml.encode())
    assert fields["ArticleCount"] == "1"
    item = {"Title": "标题]]>", "Description": "说明", "PicUrl": "https://e.cn/c.png", "Url": "https://e.cn/p"}
    assert fields["Articles"] == {"item": item}
    assert render_custom(card) == {
        "msgtype": "news",
        "news": {
            "articles": [{"title": "标题]]>", "description": "说明", "url": "https://e.cn/p", "picurl": "https://e.cn/c.png"}]
        },
    }


def test_picture_needs_a_media_id() -> None:
    """With a media id it is a picture, without one its description is said."""
    picture = Picture("{}", "近六个月缴费走势")
    assert shown(picture) == "近六个月缴费走势"
    assert render_custom(picture, "MID") == {"msgtype": "image", "image": {"media_id": "MID"}}
    xml = render_passive(picture, HEAD, NOW, media_id="MID")
    assert xml is not None
    assert parse(xml.encode())["Image"] == {"MediaId": "MID"}


def test_handing_over() -> None:
    """A passive reply hands the person over; a pushed one can only say so."""
    xml = render_passive(Human("稍等"), HEAD, NOW)
    assert xml is not None
    assert parse(xml.encode())["MsgType"] == "transfer_customer_service"
    assert render_custom(Human("稍等")) == {"msgtype": "text", "text": {"content": "稍等"}}
    assert "转接" in str(render_custom(Human()))


def test_nothing_to_show_is_no_reply() -> None:
    """A text of which nothing is left is not sent as an empty one, which the platform refuses."""
    assert render_passive(Say("\x01\x02"), HEAD, NOW) is None
    assert render_passive(Picture("{}", ""), HEAD, NOW) is None
    assert render_custom(Say("")) == {"msgtype": "text", "text": {"content": "…"}}


def test_json_replies() -> None:
    """For an account that speaks JSON: the same fields; an article, whose shape is documented nowhere, as a text with its link."""
    head = Head(OPENID, GH, is_json=True)
    texts = [render_passive(message, head, NOW) for message in (Say("好"), Article("标题", "说明", "https://e.cn/"), Human())]
    fields = [parse((text or "").encode()) for text in texts]
    assert [field["MsgType"] for field in fields] == ["text", "text", "transfer_customer_service"]
    assert fields[0] == {"ToUserName": OPENID, "FromUserName": GH, "CreateTime": str(NOW), "MsgType": "text", "Content": "好"}
    assert fields[1]["Content"] == '标题\n说明\n<a href="https://e.cn/">查看详情</a>'
