"""Stories of fifty characters and more: the wish is what they end in, not the contributions that they mention."""

from __future__ import annotations

import pytest

from handlers.understanding.everyday import follows_up, meant

STORIES = """
guide_20 我爱人在工地上干活的时候把腿摔断了住了一个多月医院，单位一直说给交了工伤保险，现在医药费是不是可以报销怎么报
guide_20 上班的时候机器把手压了，厂里给交着社保，住院的费用先是我自己垫的，这些钱到底谁出
guide_19 我爸去年查出来尘肺病，在矿上干了二十多年，现在矿也关了，这种职业病能不能按工伤算，该去找谁认定
guide_19 单位给我交着社保，我在上班路上被车撞了骨折，公司说不管，我想问这个能不能算工伤要怎么申请认定
guide_25 我怀孕五个月了，公司给我交了两年生育保险，产检的费用一直自己出的，想问问这些产检的钱到时候可以报销吗
guide_25 媳妇生孩子是剖腹产，她没工作没有生育保险，我这边单位给我交着呢，能不能用我的生育险报销一部分
guide_25 我是去年十月份生的孩子，当时单位已经给我交了一年多的生育保险了，现在想问一下生育津贴到底怎么领取需要什么材料
"""


@pytest.mark.parametrize("line", STORIES.strip().splitlines())
def test_a_story_lands_where_it_ends(line: str) -> None:
    """What is reimbursed, recognised or drawn is asked for, though a word of contributions stands before it."""
    name, _, text = line.partition(" ")
    assert meant(text) == name


@pytest.mark.parametrize(
    "text",
    ["产检的费用报销了多少", "生育津贴到账没", "工伤待遇发了多少", "生育保险交没交", "工伤保险缴费记录", "今年生育险断没断"],
)
def test_a_look_at_what_was_paid_is_no_story(text: str) -> None:
    """What was paid, and whether it was, is looked up and not explained."""
    assert meant(text) not in {"guide_19", "guide_20", "guide_25"}


@pytest.mark.parametrize("text", ["2018和2019两年的缴费", "国庆那个月的社保", "上个季度的缴费", "去年暑假的呢"])
def test_only_a_time_is_a_look_at_the_contributions(text: str) -> None:
    """A time and no more than 缴费 or 社保 beside it, however the time is said."""
    assert follows_up(text, text.replace("去年", " "))


@pytest.mark.parametrize("text", ["补缴2018和2019两年的", "国庆放假吗", "暑假能认证吗"])
def test_a_time_beside_another_wish_is_none(text: str) -> None:
    """More than a time is said: something else is meant."""
    assert not follows_up(text, text)
