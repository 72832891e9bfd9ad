"""The captcha: what passes, what does not, and that it outlives the process."""

from __future__ import annotations

import asyncio
import io
import re

import pytest
from PIL import Image

from handlers.captcha import Challenge, Refused, Right, Wrong, read_number
from handlers.captcha_picture import draw
from tests.pages.world import ANN, BEN, Answer, World, later

NUMERALS = "零一二三四五六七八九"
_CHALLENGE = re.compile(r'name="challenge" value="([\w-]+)"')


def answer_to(question: str) -> str:
    """Work the sum out, as a person would."""
    first, second = NUMERALS.index(question[0]), NUMERALS.index(question[2])
    return str(first + second if question[1] == "加" else first - second)


def asked(page: Answer) -> dict[str, str]:
    """The form of a question in words, rightly answered."""
    question = re.search(r'<label for="answer">(.{3})等于几', page.text)
    challenge = _CHALLENGE.search(page.text)
    assert question
    assert challenge
    return {"csrf": page.csrf, "challenge": challenge[1], "way": "words", "answer": answer_to(question[1])}


async def new(world: World, openid: str = ANN) -> Challenge:
    async with world.store.transaction() as tx:
        made = await world.captcha.challenge(tx, openid, in_words=True)
    assert isinstance(made, Challenge)
    return made


async def tell(world: World, challenge_id: str, text: str, openid: str = ANN) -> Right | Wrong | Refused:
    async with world.store.transaction() as tx:
        return await world.captcha.answer(tx, openid, challenge_id, text)


async def passed(world: World, openid: str = ANN) -> bool:
    async with world.store.reading() as tx:
        return await world.captcha.passed(tx, openid)


async def test_the_way_through(world: World) -> None:
    """Open the link, choose the question in words, answer: the chat may go on for ten minutes, this chat alone, also after a restart."""
    browser, path = world.browser(), await world.captcha_link()
    page = await browser.get(path)
    assert "data:image/png;base64," in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert not await passed(world)
    done = await browser.post(path, asked(await browser.get(f"{path}?way=words")))
    assert done.status == 200
    assert "验证通过" in done.text
    await world.restart()
    assert await passed(world)
    assert not await passed(world, BEN)
    world.clock.advance(later(10) - 1)
    assert await passed(world)
    world.clock.advance(1)
    assert not await passed(world)


async def test_a_wrong_answer_gives_another_question(world: World) -> None:
    """Each failure says how many tries are left and asks anew in the same way; the fifth ends it for ten minutes."""
    browser, path = world.browser(), await world.captcha_link()
    page = await browser.get(f"{path}?way=words")
    seen = set()
    for left in (4, 3, 2, 1):
        form = asked(page)
        seen.add(form["challenge"])
        page = await browser.post(path, {**form, "answer": "99"})
        assert f"还可以试 {left} 次" in page.text
        assert page.csrf
    assert len(seen) == 4
    last = asked(page)
    page = await browser.post(path, {**last, "answer": "99"})
    assert page.status == 429
    assert "请在 10:10 以后" in page.text
    assert (await browser.get(path)).status == 429
    assert (await browser.get(await world.captcha_link())).status == 429
    await world.restart()
    assert (await browser.get(path)).status == 429
    world.clock.advance(later(10))
    done = await browser.post(path, asked(await browser.get(f"{path}?way=words")))
    assert "验证通过" in done.text


async def test_a_challenge_is_answered_once(world: World) -> None:
    """After a wrong answer the right one is too late for that question; a new question makes the old one void."""
    first = await new(world)
    assert isinstance(await tell(world, first.id, "99"), Wrong)
    assert isinstance(await tell(world, first.id, answer_to(first.words)), Wrong)
    second = await new(world)
    third = await new(world)
    assert isinstance(await tell(world, second.id, answer_to(second.words)), Wrong)
    assert isinstance(await tell(world, third.id, answer_to(third.words)), Right)
    assert isinstance(await tell(world, third.id, answer_to(third.words)), Wrong)


async def test_a_challenge_belongs_to_its_chat_and_its_time(world: World) -> None:
    """Another chat's answer does not count, nor one after five minutes, nor one to a question that never was."""
    mine = await new(world)
    assert isinstance(await tell(world, mine.id, answer_to(mine.words), BEN), Wrong)
    assert not await passed(world, BEN)
    world.clock.advance(later(5))
    assert isinstance(await tell(world, mine.id, answer_to(mine.words)), Wrong)
    assert isinstance(await tell(world, "no-such-question", "1"), Wrong)
    assert isinstance(await tell(world, "", ""), Wrong)
    assert not await passed(world)


async def test_the_right_answer_at_once_passes_once(world: World) -> None:
    """Sent twenty times at the same moment, an answer passes exactly once."""
    challenge = await new(world)
    right = answer_to(challenge.words)
    verdicts = await asyncio.gather(*(tell(world, challenge.id, right) for _ in range(20)))
    assert sum(isinstance(verdict, Right) for verdict in verdicts) == 1


async def test_the_page_needs_its_own_browser_and_form(world: World) -> None:
    """Another browser gets the common 404; a form without the page's token is refused and costs no try."""
    browser, path = world.browser(), await world.captcha_link()
    form = asked(await browser.get(f"{path}?way=words"))
    unknown = await world.browser().get("/c/" + "F" * 32)
    for found in (await world.browser().get(path), await world.browser().post(path, form)):
        assert (found.status, found.body) == (404, unknown.body)
    assert (await browser.post(path, {**form, "csrf": "0" * 64})).status == 403
    assert "验证通过" in (await browser.post(path, form)).text


async def test_the_digits_are_nowhere_but_in_the_picture(world: World) -> None:
    """The page carries a picture of fair size and no digits of the answer beside it; the words carry no picture."""
    async with world.store.transaction() as tx:
        made = await world.captcha.challenge(tx, ANN)
    assert isinstance(made, Challenge)
    assert made.words == ""
    with Image.open(io.BytesIO(made.picture)) as opened:
        assert opened.size == (340, 120)
    async with world.store.reading() as tx:
        request = await tx.codes.get(made.id)
    assert request is not None
    assert len(request.code_hash) == 32


def test_pictures_differ() -> None:
    """The same digits never make the same picture, and each fits a page easily."""
    pictures = {draw("0123") for _ in range(3)}
    assert len(pictures) == 3
    assert all(len(picture) < 30_000 for picture in pictures)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("8", "8"),
        ("８", "8"),
        (" 4 7 9 1 ", "4791"),
        ("八", "8"),
        ("十", "10"),
        ("十二", "12"),
        ("一十二", "12"),
        ("两", "2"),
        ("8个", "8"),
        ("零", "0"),
        ("〇", "0"),
        ("", ""),
        ("不知道", ""),
        ("二十", ""),
        ("²", "2"),
        ("-1", ""),
        ("١", ""),
    ],
)
def test_answers_as_people_write_them(text: str, number: str) -> None:
    """Wide digits, spaces and Chinese numerals are understood; what is no number is nothing."""
    assert read_number(text) == number
