"""`python -m bot staff …`: accounts of the console from the command line; the first one is made here."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.clock import SystemClock
from bot.commandline import Commands
from bot.config import Config
from handlers.personnel import Issued, Personnel
from handlers.staff import ROLES, Accounts, SignInRules, StaffRefusal, must_change, role_of
from storage.ports.repositories import Store

_WRONG = 1

ConfigPath = Annotated[Path | None, typer.Option("--config", help="配置文件；不给时只用默认值和环境变量")]
Login = Annotated[str, typer.Argument(help="登录名")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", exists=True, dir_okay=False, help="从文件的第一行读密码；不给就在屏幕上问，不显示"),
]


def staff_commands(
    read: Callable[[Path | None], Config],
    opened: Callable[[Config], AbstractAsyncContextManager[Store]],
    run: Callable[[Coroutine[Any, Any, Any], Config], Any],
) -> typer.Typer:
    """The sub-commands. `read` loads the configuration, `opened` opens its store, `run` runs to the end; each says itself what is wrong."""
    app = Commands("工作台账号：新增、查看、改密码、换动态口令、停用")

    def doing(config: Path | None, work: Callable[[Personnel], Coroutine[Any, Any, Any]]) -> Any:
        settings = read(config)

        async def main() -> Any:
            async with opened(settings) as store:
                return await work(personnel_of(settings, store))

        try:
            return run(main(), settings)
        except StaffRefusal as refusal:
            Console(stderr=True).print(refusal.sentence, markup=False)
            raise typer.Exit(_WRONG) from None

    @app.command()
    def add(
        login: Login,
        name: Annotated[str, typer.Option(help="姓名")],
        role: Annotated[list[str], typer.Option(help=f"角色，可以给几个：{'、'.join(ROLES)}")],
        region: Annotated[list[str] | None, typer.Option(help="地区，可以给几个；不给就是全部")] = None,
        password_file: PasswordFile = None,
        config: ConfigPath = None,
    ) -> None:
        """新增一个账号，并显示动态口令的二维码（只显示一次）。"""
        scope = region or list(read(config).regions.enabled)
        password = _password(password_file)
        _show(doing(config, lambda personnel: personnel.add(None, login, name, role, scope, password)))

    @app.command("list")
    def list_(config: ConfigPath = None) -> None:
        """列出账号。"""
        found = doing(config, lambda personnel: personnel.all())
        if not found:
            Console().print("还没有账号。先用 staff add 新增一个管理员。")
            return
        table = Table("登录名", "姓名", "角色", "地区", "状态")
        for one in found:
            state = "已停用" if not one.active else "初始密码未改" if must_change(one) else "在用"
            table.add_row(one.login, one.name, role_of(one), "、".join(sorted(one.regions)), state)
        Console().print(table)

    @app.command()
    def passwd(login: Login, password_file: PasswordFile = None, config: ConfigPath = None) -> None:
        """换一个密码，并解除锁定；现有的登录马上结束。"""
        password = _password(password_file)

        async def work(personnel: Personnel) -> None:
            one = await personnel.by_login(login)
            await personnel.renew_password(None, one.id, one.version, password)

        doing(config, work)
        Console().print("密码已换新，锁定已解除。")

    @app.command()
    def totp(login: Login, config: ConfigPath = None) -> None:
        """换一个动态口令（丢了手机时），并显示二维码；原来的马上作废。"""

        async def work(personnel: Personnel) -> Issued:
            one = await personnel.by_login(login)
            return await personnel.renew_code(None, one.id, one.version)

        _show(doing(config, work))

    @app.command()
    def off(login: Login, config: ConfigPath = None) -> None:
        """停用账号；现有的登录马上结束。"""
        doing(config, lambda personnel: _switch(personnel, login, active=False))
        Console().print("账号已停用。")

    @app.command()
    def on(login: Login, config: ConfigPath = None) -> None:
        """恢复停用的账号。"""
        doing(config, lambda personnel: _switch(personnel, login, active=True))
        Console().print("账号已恢复。")

    app.command()(code)
    return app


def code(login: Login, data: Annotated[Path, typer.Option(help="演示数据的文件夹")] = Path("demo-data")) -> None:
    """演示账号现在的动态口令。只认演示文件夹里的账号；真实账号的口令只在本人的手机上。"""
    from bot.console.demo_accounts import code_of, known_in  # noqa: PLC0415 - the other commands have no business with it
    from bot.console.totp import Totp  # noqa: PLC0415 - as above

    known = known_in(data)
    if login not in known:
        Console(stderr=True).print(f"{data} 里没有叫“{login}”的演示账号。", markup=False)
        raise typer.Exit(_WRONG)
    print(code_of(known[login], Totp(SystemClock())))


def personnel_of(settings: Config, store: Store) -> Personnel:
    """Accounts over a store, as the console keeps them."""
    from bot.app import regions_of  # noqa: PLC0415 - `--help` answers without it
    from bot.console.passwords import Argon  # noqa: PLC0415 - as above
    from bot.console.totp import Totp  # noqa: PLC0415 - as above

    clock = SystemClock()
    accounts = Accounts(store, clock, Argon(), Totp(clock), SignInRules.of(settings.console))
    return Personnel(accounts, {code: region.name for code, region in regions_of(settings).items()})


async def _switch(personnel: Personnel, login: str, *, active: bool) -> None:
    one = await personnel.by_login(login)
    await personnel.switch(None, one.id, one.version, active=active)


def _password(file: Path | None) -> str:
    """From the first line of a file, or asked twice without being shown."""
    if file is not None:
        return file.read_text("utf-8").partition("\n")[0].rstrip("\r")
    return str(typer.prompt("密码（至少 12 个字符，输入时不显示）", hide_input=True, confirmation_prompt="再输一次"))


def _show(issued: Issued) -> None:
    from handlers.documents import qr_text  # noqa: PLC0415 - it takes a while to load

    console = Console()
    console.print(f"账号：{issued.staff.login}（{issued.staff.name}，{role_of(issued.staff)}）", markup=False)
    console.print("请本人用手机上的身份验证器扫这个二维码，只显示这一次：")
    print(qr_text(issued.address))
    print(issued.address)
