"""`python -m bot menu` and `posters`: what is set up on the platform for the account, as it is declared here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bot.config import Config

if TYPE_CHECKING:
    from bot.wechat import WeChatApi

ConfigPath = Annotated[Path | None, typer.Option("--config", help="配置文件；不给时只用默认值和环境变量")]


def add_account_commands(
    app: typer.Typer,
    read: Callable[[Path | None], Config],
    run: Callable[[Coroutine[Any, Any, Any]], Any],
    stop: Callable[[str, list[str]], Any],
) -> None:
    """Add the commands. `read` loads the configuration of an account that can serve, `run` runs to the end, `stop` says what is wrong and ends."""
    out = Console()

    @app.command()
    def menu(
        config: ConfigPath = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="只说哪里不同，不改公众号上的菜单")] = False,
    ) -> None:
        """把菜单（和按身份的菜单、标签）推到公众号；没有变化就不推。"""
        settings = read(config)
        if not settings.can_push:
            stop("这类账号不能用接口设置菜单：", ["请在公众平台上手工配置；在聊天里回复“菜单”照样能用"])

        async def main() -> tuple[str, ...]:
            from bot import menus  # noqa: PLC0415 - the other commands start without it
            from bot.wechat import MenuInvalid  # noqa: PLC0415 - as above

            async def ask(api: WeChatApi) -> tuple[str, ...]:
                return (await menus.run(settings, api, dry_run=dry_run)).lines

            try:
                return await _asking(settings, ask, stop)
            except MenuInvalid as invalid:
                stop("菜单超出了公众平台的限制：", [f"{one.errcode} {one.where}" for one in invalid.problems])
                return ()

        todo = run(main())
        for line in todo:
            out.print(f"  · {line}", markup=False)
        if not todo:
            out.print("菜单没有变化。")
        else:
            out.print("这次只看不改。" if dry_run else "菜单已更新。")

    @app.command()
    def posters(
        folder: Annotated[Path, typer.Argument(file_okay=False, help="放二维码的文件夹；已经有的不再生成")],
        config: ConfigPath = None,
    ) -> None:
        """给每个网点生成海报上的二维码（SVG）：扫了就关注，并说出这个网点的地址和时间。"""
        settings = read(config)
        if not settings.can_scan:
            stop("这类账号没有带参数的二维码：", ["服务号和测试号才有；海报上请用公众号自己的二维码"])

        async def main() -> tuple[str, ...]:
            from bot.posters import draw  # noqa: PLC0415 - as above

            return await _asking(settings, lambda api: draw(settings, api, folder), stop)

        made = run(main())
        for line in made:
            out.print(f"  · {line}", markup=False)
        out.print(f"生成了 {len(made)} 个。" if made else "没有新的：网点要在地区资料里有 code。")


async def _asking(
    settings: Config, ask: Callable[[WeChatApi], Coroutine[Any, Any, tuple[str, ...]]], stop: Callable[[str, list[str]], Any]
) -> tuple[str, ...]:
    """The lines that `ask` makes with a client of the platform; the platform's refusal ends the command with what to do about it."""
    import aiohttp  # noqa: PLC0415 - as above

    from bot.clock import SystemClock  # noqa: PLC0415 - as above
    from bot.wechat import ApiError, MemoryValues, WeChatApi, advice  # noqa: PLC0415 - as above

    clock, wechat = SystemClock(), settings.wechat
    async with aiohttp.ClientSession() as session:
        api = WeChatApi(session, wechat.app_id, wechat.app_secret, wechat.api_base, clock, MemoryValues(clock))
        try:
            return await ask(api)
        except ApiError as error:
            todo = advice(error.errcode)
            stop("公众平台没有接受：", [f"{error.errcode or '没有应答'} {error.errmsg}", *([str(todo)] if todo else [])])
            return ()
