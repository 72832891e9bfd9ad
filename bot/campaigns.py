"""`python -m bot campaign …`: campaigns from the command line, as in the console. Confirming a big one needs an account, and so the console."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column, Table

from bot.clock import SystemClock
from bot.commandline import Commands
from bot.config import Config
from handlers.reminders.campaigns import FOUR_EYES_OVER, CampaignDesk
from handlers.reminders.estimates import estimate
from handlers.reminders.figures import CHANNEL_WORDS, explained, in_words, outcomes_of, stage_words
from handlers.reminders.figures import Progress as Moment
from handlers.reminders.proposals import ASKED_BY, CHANNELS, REACHES, TESTED, Proposal, Wrong, moment_of
from handlers.reminders.wording import Wording
from handlers.staff import StaffRefusal
from storage.ports.record import Record
from storage.ports.records import Campaign, CampaignState
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Store
from storage.ports.time import Clock

_WRONG: Final = 1
_EVERY: Final = 1.0
"""Seconds between two looks of `--watch`."""
_BETWEEN: Final = 3.2
"""Seconds between the two looks that a speed needs."""
_STATES: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: "草稿",
    CampaignState.SCHEDULED: "已定时",
    CampaignState.RUNNING: "进行中",
    CampaignState.PAUSED: "已暂停",
    CampaignState.STOPPED: "已停止",
    CampaignState.DONE: "已完成",
}
_OVER: Final = frozenset({CampaignState.DONE, CampaignState.STOPPED})


def _said(words: Mapping[Any, str]) -> str:
    """What may be typed, as people say it."""
    return "、".join(text for code, text in words.items() if code)


def _code(words: Mapping[Any, str], typed: str) -> str:
    """The code of what was typed in words; a code, and what is neither, stays as it is."""
    return next((str(code) for code, text in words.items() if code and text == typed.strip()), typed)


ConfigPath = Annotated[Path | None, typer.Option("--config", help="配置文件；不给时只用默认值和环境变量")]
Doing = Callable[[Path | None, Callable[[CampaignDesk], Coroutine[Any, Any, Any]]], Any]
"""Opens the store that the configuration names, has the desk do something, and says what was refused."""
Number = Annotated[int, typer.Argument(min=1, help="计划的编号，见 campaign list")]


class _Around(Record):
    """Implements `handlers.reminders.campaigns.Around`."""

    clock: Clock
    regions: Mapping[str, Region]
    wording: Wording


def campaign_commands(
    read: Callable[[Path | None], Config],
    opened: Callable[[Config], AbstractAsyncContextManager[Store]],
    run: Callable[[Coroutine[Any, Any, Any], Config], Any],
) -> typer.Typer:
    """The sub-commands. `read` loads the configuration, `opened` opens its store, `run` runs to the end; each says itself what is wrong."""
    app = Commands("提醒计划：新建、预览、试算、测试、开始、暂停、继续、停止、看进度、导出上门名单")
    out, err = Console(), Console(stderr=True)
    of_demo: list[Path] = []

    @app.callback()
    def chosen(
        data: Annotated[Path | None, typer.Option("--data", help="演示数据的文件夹（demo 的 --data），写在子命令前面")] = None,
    ) -> None:
        of_demo[:] = [] if data is None else [data]

    def settings_of(config: Path | None) -> Config:
        if not of_demo:
            return read(config)
        from bot.demo import demo_config, is_demo  # noqa: PLC0415 - the other commands start without the simulator

        if not is_demo(of_demo[0]):
            err.print(f"{of_demo[0]} 里没有演示数据。请先运行 demo，或者换一个文件夹。", markup=False)
            raise typer.Exit(_WRONG)
        return demo_config(of_demo[0], 8080, 8090)

    def doing(config: Path | None, work: Callable[[CampaignDesk], Coroutine[Any, Any, Any]]) -> Any:
        settings = settings_of(config)

        async def main() -> Any:
            from bot.app import regions_of  # noqa: PLC0415 - `--help` answers without it
            from bot.sms.templates import wording_of  # noqa: PLC0415

            async with opened(settings) as store:
                return await work(CampaignDesk(store, _Around(SystemClock(), regions_of(settings), wording_of(settings.sms))))

        try:
            return run(main(), settings)
        except Wrong as wrong:
            for field, sentence in wrong.fields.items():
                err.print(f"  · {_OPTIONS.get(field, field)}：{sentence}", markup=False)
        except StaffRefusal as refusal:
            err.print(refusal.sentence, markup=False)
        except LookupError:
            err.print("没有这个编号的计划。用 campaign list 看一下。")
        except Conflict:
            err.print("刚才有别人改过这个计划，这次没有动。请再试一次。")
        raise typer.Exit(_WRONG)

    for more in (_looking, _making, _moving):
        more(app, doing, out)
    return app


def _looking(app: typer.Typer, doing: Doing, out: Console) -> None:
    """What changes nothing."""

    @app.command("list")
    def list_(config: ConfigPath = None) -> None:
        """列出提醒计划，和每天自动进行的提醒。"""

        async def work(desk: CampaignDesk) -> tuple[Any, Mapping[str, str]]:
            return await desk.listed(None), _names(desk)

        found, names = doing(config, work)
        table = Table(
            "编号",
            Column("名称", overflow="fold"),
            Column("地区", overflow="fold"),
            "状态",
            "计划",
            "待处理",
            "平台已收",
            "待上门",
        )
        for one in found:
            campaign = one.campaign
            numbers = (one.total, one.total - one.settled, one.taken, one.listed)
            regions = _regions(campaign, names)
            table.add_row(str(campaign.id), campaign.title, regions, _state(campaign), *(f"{number:,}" for number in numbers))
        out.print(table if found else "还没有提醒计划。")

    @app.command()
    def show(number: Number, config: ConfigPath = None) -> None:
        """看一个计划：发给谁、怎么发、结果。"""

        async def work(desk: CampaignDesk) -> tuple[Moment, int, Mapping[str, str]]:
            found = await desk.progress(None, number)
            return found, await desk.count(None, found.campaign.audience), _names(desk)

        found, people, names = doing(config, work)
        _show(out, found, people, names)

    @app.command()
    def preview(number: Number, config: ConfigPath = None) -> None:
        """看收到的人会看到什么（取一位符合条件的人，姓名打星号）。"""
        from handlers.reminders.trials import TrialDesk  # noqa: PLC0415 - it takes a while to load

        found = doing(config, lambda desk: TrialDesk(desk).preview(None, number))
        out.print(f"{found.holder}，{found.region}，{found.due} 到期", markup=False)
        for card in found.cards:
            out.print(f"\n{card.heading}", style="bold", markup=False)
            for label, text in card.rows:
                out.print(f"  {label}：{text}", markup=False)
            for line in filter(None, (card.text, card.said, card.problem)):
                out.print(f"  {line}", markup=False)

    @app.command("dry-run")
    def dry_run(number: Number, config: ConfigPath = None) -> None:
        """算一算会发给多少人、先用哪种方式。什么都不发。"""

        async def work(desk: CampaignDesk) -> Any:
            return await estimate(desk, None, await desk.get(None, number))

        found = doing(config, work)
        table = Table("地区", "离到期", "微信", "先用", "人数")
        for row in found.rows:
            first = CHANNEL_WORDS[row.first] if row.first else "没有能用的方式"
            table.add_row(row.region, row.days, row.reach, first, f"{row.people:,}")
        out.print(table)
        out.print(f"共 {found.people:,} 人。")

    @app.command()
    def progress(
        number: Number,
        watch: Annotated[bool, typer.Option("--watch", help="一直看着，到结束为止")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象")] = False,
        config: ConfigPath = None,
    ) -> None:
        """看进度：进度条、速度、还要多久、为什么停着。"""
        if watch and not as_json:
            doing(config, lambda desk: _watched(out, desk, number))
            return
        found = doing(config, lambda desk: _looked_twice(desk, number))
        if as_json:
            print(json.dumps(_as_json(found), ensure_ascii=False))
            return
        with _bar(out) as bar:
            _draw(bar, bar.add_task("", total=None, done="", speed="", left=""), found)


def _making(app: typer.Typer, doing: Doing, out: Console) -> None:
    """A draft, a test of it, the list that is left."""

    @app.command()
    def new(
        title: Annotated[str, typer.Option(help="名称，只有工作人员看得到")],
        region: Annotated[list[str], typer.Option(help="地区，例如 北京，可以给几个", metavar="地区")],
        due_from: Annotated[str, typer.Option(help="认证期限从哪天，例如 2026-09-01")] = "",
        due_to: Annotated[str, typer.Option(help="认证期限到哪天")] = "",
        age: Annotated[str, typer.Option(help="满多少岁")] = "",
        reach: Annotated[str, typer.Option(help=f"只发给谁：{_said(REACHES)}", metavar="谁")] = "",
        last_channel: Annotated[str, typer.Option(help="上次认证渠道")] = "",
        never: Annotated[bool, typer.Option("--never", help="只发给从没认证过的人")] = False,
        channel: Annotated[
            list[str] | None, typer.Option(help=f"发送方式，可以给几个，不给就是全部：{_said(CHANNELS)}", metavar="方式")
        ] = None,
        hint: Annotated[str, typer.Option(help="微信卡片上的提示语，最多 20 个字")] = "",
        sms: Annotated[str, typer.Option(help="短信内容，不写签名")] = "",
        per_minute: Annotated[str, typer.Option(help="每分钟最多多少条")] = "",
        per_day: Annotated[str, typer.Option(help="每天最多多少条")] = "",
        config: ConfigPath = None,
    ) -> None:
        """新建一个计划的草稿。还不会发。"""
        ladder = tuple(_code(CHANNELS, one) for one in channel or CHANNELS.values())
        who = _code(REACHES, reach) if reach else ""

        async def work(desk: CampaignDesk) -> tuple[Campaign, int]:
            names = _names(desk)
            regions = tuple(_code(names, one) for one in region)
            proposal = Proposal(
                title, regions, due_from, due_to, age, who, last_channel, never, ladder, hint, sms, per_minute, per_day
            )
            offers = {"region": _said(names), "ladder": _said(CHANNELS), "reach": _said(REACHES)}
            try:
                made = await desk.draft(None, proposal)
            except Wrong as wrong:
                said = {
                    name: f"{text}可以写：{offers[name]}。" if name in offers else text for name, text in wrong.fields.items()
                }
                raise Wrong(said) from None
            return made, await desk.count(None, made.audience)

        made, people = doing(config, work)
        out.print(f"草稿存好了，编号 {made.id}，现在符合条件的有 {people:,} 人。看过 preview 和 dry-run 再 start。", markup=False)

    @app.command()
    def test(
        number: Number,
        to: Annotated[str, typer.Option(help="手机号；发微信的，对方要用这个手机号在公众号里登录过")],
        channel: Annotated[str, typer.Option(help=f"方式：{_said(TESTED)}", metavar="方式")] = "短信",
        config: ConfigPath = None,
    ) -> None:
        """发一条测试，内容里标“测试”。要有 serve 或 worker 在运行。"""
        from handlers.reminders.trials import TrialDesk  # noqa: PLC0415 - it takes a while to load

        doing(config, lambda desk: TrialDesk(desk).test_send(None, number, _code(TESTED, channel), to))
        out.print("测试已经排上，一般几秒内收到。")

    @app.command()
    def export(
        reason: Annotated[str, typer.Option(help="为什么导出，会记在审计日志里")],
        file: Annotated[Path, typer.Option(dir_okay=False, help="写到哪个文件，例如 visits.xlsx")],
        number: Annotated[int, typer.Option("--campaign", help="哪个计划；不给就是全部")] = 0,
        region: Annotated[str, typer.Option(help="哪个地区；不给就是全部")] = "",
        config: ConfigPath = None,
    ) -> None:
        """导出上门名单（Excel，有完整的姓名、证件号码和电话）。"""
        from handlers.reminders.visits import VisitDesk  # noqa: PLC0415 - it takes a while to load

        found = doing(config, lambda desk: VisitDesk(desk).export(None, reason, region, number))
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            stream.write(found.body)
        out.print(f"已写入 {file}：{found.people:,} 人。{'还有更多，先办完这些再导出。' if found.more else ''}", markup=False)


def _moving(app: typer.Typer, doing: Doing, out: Console) -> None:
    """What sets it going and stops it."""

    @app.command()
    def start(
        number: Number,
        at: Annotated[str, typer.Option(help="什么时候开始，例如 2026-09-14T09:00；不给就是马上")] = "",
        watch: Annotated[bool, typer.Option("--watch", help="一直看着进度，到结束为止；Ctrl+C 只是不看了，不会停止发送")] = False,
        config: ConfigPath = None,
    ) -> None:
        """开始。人多的要另一位同事在工作台确认。要有 serve 或 worker 在运行。"""

        async def work(desk: CampaignDesk) -> Campaign:
            campaign = await desk.get(None, number)
            return await desk.start(None, number, campaign.version, moment_of(at))

        found = doing(config, work)
        if found.state is CampaignState.DRAFT:
            out.print(f"超过 {FOUR_EYES_OVER:,} 人，已提交。请一位“运营”或“管理员”在工作台确认后开始。")
            raise typer.Exit(_WRONG)
        out.print("已定时，到时候自动开始。" if found.state is CampaignState.SCHEDULED else "已开始。")
        if watch:
            doing(config, lambda desk: _watched(out, desk, number))

    @app.command()
    def pause(number: Number, config: ConfigPath = None) -> None:
        """暂停。正在发的几条会发完。"""
        doing(config, lambda desk: desk.pause(None, number))
        out.print("已暂停。")

    @app.command()
    def resume(
        number: Number,
        sure: Annotated[bool, typer.Option("--sure", help="停得太久、没发的会作废时，也继续")] = False,
        config: ConfigPath = None,
    ) -> None:
        """继续，从停下的地方接着发。"""
        doing(config, lambda desk: desk.resume(None, number, sure=sure))
        out.print("已继续。")

    @app.command()
    def stop(number: Number, config: ConfigPath = None) -> None:
        """停止。没发的不再发，不能再继续。"""
        doing(config, lambda desk: desk.stop(None, number))
        out.print("已停止。")


_OPTIONS: Final[Mapping[str, str]] = {
    "title": "--title",
    "region": "--region",
    "due_from": "--due-from",
    "due_to": "--due-to",
    "age": "--age",
    "reach": "--reach",
    "last_channel": "--last-channel",
    "ladder": "--channel",
    "hint": "--hint",
    "sms": "--sms",
    "per_minute": "--per-minute",
    "per_day": "--per-day",
    "at": "--at",
}


def _names(desk: CampaignDesk) -> Mapping[str, str]:
    """Regions by code."""
    return {code: region.name for code, region in desk.services.regions.items()}


def _regions(campaign: Campaign, names: Mapping[str, str]) -> str:
    return "、".join(names.get(code, code) for code in campaign.audience.regions) or "全部"


def _state(campaign: Campaign) -> str:
    if campaign.state is CampaignState.DRAFT and ASKED_BY in campaign.words:
        return "等同事确认"
    return _STATES[campaign.state]


def _show(out: Console, found: Moment, people: int, names: Mapping[str, str]) -> None:
    campaign, audience = found.campaign, found.campaign.audience
    facts = [
        ("名称", campaign.title),
        ("状态", _state(campaign)),
        ("地区", _regions(campaign, names)),
        ("认证期限", f"{audience.due_from or '不限'} 至 {audience.due_to or '不限'}"),
        ("出生不晚于", str(audience.born_before or "")),
        ("微信", REACHES[audience.reach] if audience.reach else ""),
        ("上次认证渠道", audience.last_channel),
        ("从没认证过", "是" if audience.never else ""),
        ("发送方式", " → ".join(CHANNEL_WORDS[channel] for channel in campaign.ladder)),
        ("提示语", campaign.words.get("hint", "")),
        ("短信内容", campaign.words.get("sms", "")),
        ("现在符合条件", f"{people:,} 人"),
        ("情况", found.why),
    ]
    for label, text in facts:
        if text:
            out.print(f"{label}：{text}", markup=False)
    if not found.lines:
        return
    shown = outcomes_of(found.lines)
    table = Table("阶段", "方式", *(words for _, words in shown), "之后认证")
    for line in found.lines:
        counts = (*(line.counts[name] for name, _ in shown), line.certified)
        table.add_row(stage_words(line.stage), CHANNEL_WORDS[line.channel], *(f"{count:,}" for count in counts))
    out.print(table)
    out.print(explained(found.lines), markup=False)


def _as_json(found: Moment) -> dict[str, Any]:
    return {
        "id": found.campaign.id,
        "title": found.campaign.title,
        "state": found.campaign.state.value,
        "planned": found.total,
        "settled": found.settled,
        "waiting": found.waiting,
        "taken": found.taken,
        "doubtful": found.doubtful,
        "listed": found.listed,
        "percent": found.percent,
        "per_minute": round(found.speed.per_minute, 1),
        "seconds_left": None if found.left is None else round(found.left.total_seconds()),
        "why": found.why,
        "lines": [
            {"stage": line.stage, "channel": line.channel.value, **line.counts, "certified": line.certified}
            for line in found.lines
        ],
    }


def _bar(out: Console) -> Progress:
    columns = ("{task.description}", "{task.fields[done]}", "{task.fields[speed]}", "{task.fields[left]}")
    texts = [TextColumn(column, markup=False) for column in columns]
    return Progress(texts[0], BarColumn(), *texts[1:], console=out)


def _draw(bar: Progress, task: Any, found: Moment) -> None:
    left = in_words(found.left) if found.left is not None else ""
    bar.update(
        task,
        total=max(found.total, 1),
        completed=found.settled,
        description=_state(found.campaign),
        done=f"{found.settled:,}/{found.total:,}（{found.percent}%）",
        speed=f"{found.speed.per_minute:,.0f} 条/分钟",
        left=f"还要{left.removeprefix('约 ')}" if left else found.why,
    )


async def _looked_twice(desk: CampaignDesk, number: int) -> Moment:
    """How far it is, with the speed of the last seconds where something is on its way: one look has none."""
    found = await desk.progress(None, number)
    if found.campaign.state is CampaignState.RUNNING and found.waiting and not found.campaign.standing:
        await asyncio.sleep(_BETWEEN)
        found = await desk.progress(None, number)
    return found


async def _watched(out: Console, desk: CampaignDesk, number: int) -> None:
    """Draw the bar anew each second until the campaign is over. Looking has no effect on it."""
    found = await desk.progress(None, number)
    with _bar(out) as bar:
        task = bar.add_task("", total=None, done="", speed="", left="")
        while True:
            _draw(bar, task, found)
            if found.campaign.state in _OVER or found.campaign.state is CampaignState.DRAFT:
                break
            await asyncio.sleep(_EVERY)
            found = await desk.progress(None, number)
    out.print(f"{_STATES[found.campaign.state]}：处理 {found.settled:,} 条，存疑 {found.doubtful:,}，待上门 {found.listed:,}。")
