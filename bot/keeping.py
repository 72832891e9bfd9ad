"""`python -m bot backup`, `restore` and `rotate`: what keeps the data over the years. How and when: docs/operations.md."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.clock import SystemClock
from bot.config import Config

ConfigPath = Annotated[Path | None, typer.Option("--config", help="配置文件；不给时只用默认值和环境变量")]


def add_keeping_commands(
    app: typer.Typer,
    read: Callable[[Path | None], Config],
    run: Callable[[Coroutine[Any, Any, Any], Config], Any],
    stop: Callable[[str, list[str]], Any],
) -> None:
    """Add the commands. `read` loads the configuration, `run` runs to the end, `stop` says what is wrong and ends."""
    out = Console()

    @app.command()
    def backup(
        to: Annotated[Path, typer.Option("--to", help="放备份的新文件夹；不能已经存在")],
        config: ConfigPath = None,
    ) -> None:
        """备份数据库和上传的材料，机器人不用停。密钥不在里面，要另外保管。"""
        from storage.backup import BackupError, back_up  # noqa: PLC0415 - the other commands start without it

        settings = read(config)
        try:
            size, count = back_up(settings.storage.database_url, Path(settings.storage.files_dir), to, SystemClock().now())
        except BackupError as error:
            stop("没有备份成：", [str(error)])
        else:
            out.print(f"已备份到 {to}：数据库 {size / 1_000_000:.1f} MB，材料 {count} 件。", markup=False)
            out.print("主密钥和单据密钥不在里面；没有它们，这份备份打不开。")

    @app.command()
    def restore(
        source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="备份的文件夹")],
        config: ConfigPath = None,
    ) -> None:
        """把备份恢复到配置里的数据库和文件夹。那里必须还是空的。"""
        from storage.backup import BackupError  # noqa: PLC0415 - as above
        from storage.backup import restore as put_back  # noqa: PLC0415 - as above

        settings = read(config)
        try:
            at = put_back(source, settings.storage.database_url, Path(settings.storage.files_dir))
        except BackupError as error:
            stop("没有恢复：", [str(error)])
        else:
            out.print(f"已恢复到 {at:%Y-%m-%d %H:%M} 的样子。请依次运行 migrate 和 doctor，再启动。")

    @app.command()
    def rotate(config: ConfigPath = None) -> None:
        """换主密钥的第二步：把已经存着的内容都改用新密钥加密。机器人不用停，可以重复执行。"""
        from bot.app import vault_of  # noqa: PLC0415 - as above
        from storage.renewal import renew, renew_files  # noqa: PLC0415 - as above
        from storage.vault import Sealed  # noqa: PLC0415 - as above

        settings = read(config)
        if not settings.security.master_key or not settings.security.previous_master_keys:
            stop("现在没有要换的：", ["新密钥填在 security.master_key，旧的移到 security.previous_master_keys，重启后再运行"])
        vault = vault_of(settings)

        async def main() -> tuple[int, int]:
            rows = await renew(settings.storage.database_url, vault, lambda _name, _count: None)
            return sum(rows.values()), await renew_files(Path(settings.storage.files_dir), vault)

        try:
            rows, files = run(main(), settings)
        except Sealed:
            stop("没有换完：", ["有的内容不是用配置里的任何一个密钥加密的；把以前的密钥都写进 previous_master_keys 再运行"])
        else:
            out.print(f"改用新密钥：{rows} 行，{files} 个文件。")
            out.print("旧密钥要继续留在 previous_master_keys：查找用的编码和审计记录还用它。")
