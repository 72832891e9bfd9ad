"""The command line: `python -m bot <command> --config config.toml`. Each command is a few lines over the product."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Coroutine
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot import logs
from bot.account_commands import add_account_commands
from bot.clock import SystemClock
from bot.commandline import Commands, later
from bot.config import Config, ConfigError, load, missing_for_serving
from bot.importing import IMPORTED
from bot.keeping import add_keeping_commands
from bot.supervising import AWAY, CANNOT, CHILD, supervise, told
from storage.ports.time import SHANGHAI

app = Commands("社保服务机器人", add_completion=False, pretty_exceptions_show_locals=False)
out = Console()
err = Console(stderr=True)
log = structlog.get_logger("bot")

ConfigPath = Annotated[Path | None, typer.Option("--config", help="配置文件；不给时只用默认值和环境变量")]


def _config(path: Path | None, *, serving: bool = False) -> Config:
    try:
        config = load(path)
    except ConfigError as error:
        _stop("配置有问题：", error.problems)
    if serving and (missing := missing_for_serving(config)):
        _stop("还不能启动，配置里缺少：", missing)
    return config


def _stop(head: str, problems: list[str], code: int = CANNOT) -> Any:
    err.print(f"[bold red]{head}[/]")
    for problem in problems:
        err.print(f"  · {problem}", markup=False)
    raise typer.Exit(code)


def _run(main: Coroutine[Any, Any, Any], settings: Config | None = None) -> Any:
    """asyncio.run on uvloop where there is one. With `settings`, a database that is away or not of this release is a sentence."""
    factory = None
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415 - not on every system

        factory = uvloop.new_event_loop
    try:
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(main)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _stop("端口已经被别的程序占用：", ["换一个端口，例如 --port 9080 --simulator-port 9090"])
    except typer.Exit:
        raise
    except Exception as error:
        if settings is not None:
            _storage_trouble(settings, error)
        raise


def _storage_trouble(settings: Config, error: Exception) -> None:
    """Stop with a sentence if the storage is what is wrong; looked at only when something has gone wrong."""
    from bot.fitting import WrongKey  # noqa: PLC0415 - it takes a while to load
    from storage.migrations import pending  # noqa: PLC0415 - as above
    from storage.ports.repositories import StorageError, Unavailable  # noqa: PLC0415 - as above

    hint = "请检查 [storage] 的地址和服务是否启动；python -m bot doctor 会逐项说明"
    try:
        if asyncio.run(pending(settings.storage.database_url)):
            _stop("数据库还没有更新到这个版本：", ["请先运行 python -m bot migrate"])
    except StorageError as away:
        _stop("连不上数据库：", [str(away), hint], AWAY)
    if isinstance(error, WrongKey):
        _stop("主密钥和数据库对不上：", [str(error)])
    if isinstance(error, Unavailable):
        _stop("连不上数据库或 Redis：", [str(error), hint], AWAY)


async def _until_told() -> None:
    """Return at SIGTERM or SIGINT."""
    await told().wait()


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="机器人的端口")] = 8080,
    simulator_port: Annotated[int, typer.Option(help="手机模拟器的端口")] = 8090,
    data: Annotated[Path, typer.Option(help="演示数据的文件夹；删掉它就是重来")] = Path("demo-data"),
    people: Annotated[int, typer.Option(min=100, help="演示人数")] = 2000,
) -> None:
    """演示：机器人、微信模拟器和虚构的参保人，都在本机，不需要公众号。"""
    from bot.console.demo_accounts import console_of_demo  # noqa: PLC0415 - the other commands start without the simulator
    from bot.demo import demo as running  # noqa: PLC0415 - as above

    logs.set_up()

    out.print("正在准备演示数据，请稍等几秒…")

    async def main() -> None:
        async with running(data, port, simulator_port, people) as (built, __, address):
            out.print(f"\n  手机模拟器：[bold]{address}[/]\n  用浏览器打开，关注公众号就可以开始。\n")
            out.print(await console_of_demo(built.store, data, built.config.server.public_url))
            out.print("\n  按 Ctrl+C 结束。\n")
            await _until_told()

    _run(main())


@app.command()
def serve(
    config: ConfigPath = None,
    processes: Annotated[int | None, typer.Option(help="进程数，大于 1 需要 PostgreSQL 和 Redis")] = None,
    worker: Annotated[bool, typer.Option(help="同时在这个进程里跑后台任务")] = True,
) -> None:
    """启动机器人，等待微信的消息。"""
    if processes is not None:
        os.environ["BOT_SERVER__PROCESSES"] = str(processes)
    settings = _config(config, serving=True)
    logs.set_up()
    if settings.server.processes > 1 and CHILD not in os.environ:
        if _run(supervise(config, settings.server.processes, worker=worker)):
            raise typer.Exit(CANNOT)
        return

    async def main() -> None:
        gc.disable()  # what is loaded stays: to look through it again and again takes a sixth of the start
        from bot.app import serving  # noqa: PLC0415 - `doctor` explains a broken installation without it
        from bot.warming import at_work  # noqa: PLC0415 - as above

        ending = told()  # before anything is begun, so that whatever is begun is also ended
        shared = settings.server.processes > 1
        async with serving(settings, SystemClock(), shared=shared, worker=worker, freeze=True) as (_, port):
            at_work()
            log.info("serving", port=port)
            await ending.wait()
        log.info("stopped")

    _run(main(), settings)


@app.command()
def worker(
    config: ConfigPath = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="/metrics、/healthz、/readyz 的端口；0 不开，不给时看 server.worker_port")
    ] = None,
) -> None:
    """只跑后台任务：推送、短信、提醒。可以有任意多个。"""
    settings = _config(config, serving=True)
    port = settings.server.worker_port if metrics_port is None else metrics_port
    logs.set_up()

    async def main() -> None:
        from bot.app import behind_the_chat, labouring  # noqa: PLC0415 - as above

        behind_the_chat()
        ending = told()
        async with labouring(settings, SystemClock(), port) as seen_at:
            log.info("working", metrics_port=seen_at)
            await ending.wait()

    _run(main(), settings)


@app.command()
def migrate(config: ConfigPath = None) -> None:
    """把数据库更新到这个版本。可以重复执行。"""
    settings = _config(config)
    from storage.migrations import migrate as upgrade  # noqa: PLC0415 - as above

    applied = _run(upgrade(settings.storage.database_url))
    out.print(f"已执行：{'、'.join(applied)}" if applied else "数据库已经是最新的。")


@contextlib.asynccontextmanager
async def _store(settings: Config) -> AsyncIterator[Any]:
    from bot.app import storage_of  # noqa: PLC0415 - as above
    from bot.fitting import check_key  # noqa: PLC0415 - as above

    if not settings.security.master_key:
        _stop("还不能打开数据库，配置里缺少：", ["security.master_key: 没有填"])
    async with storage_of(settings, SystemClock()) as (store, _):
        await check_key(store)
        yield store


@app.command("import")
def import_(
    kind: Annotated[str, typer.Option(help=" / ".join(f"{kind} {what}" for kind, what in IMPORTED.items()))],
    region: Annotated[str, typer.Option(help="beijing / binzhou / jinan")] = "",
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV 或 XLSX；用 --sql 时不填")] = None,
    sql: Annotated[str, typer.Option(help="从数据库导入：SELECT 语句，列名与文件的列名相同")] = "",
    source_url: Annotated[
        str,
        typer.Option(envvar="IMPORT_SOURCE_URL", help="--sql 的数据库：postgresql://… 或 sqlite:///…；有密码时放在环境变量里"),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入；没有主密钥时不核对人员是否已登记")] = False,
    as_of: Annotated[str, typer.Option("--as-of", help="数据截至哪一天，例如 2026-11-20；不填就是今天")] = "",
    show: Annotated[bool, typer.Option("--example", help="只打印这一类文件的列名和一行例子（CSV），可以当模板")] = False,
    config: ConfigPath = None,
) -> None:
    """导入参保人、缴费、资格认证、权益记录和招聘求职信息。有一行不对就全部不导入，并逐行说明。"""
    from storage.imports import Given, SqlSource, example  # noqa: PLC0415 - as above

    if show:
        if kind not in IMPORTED:
            _stop("参数不对：", [f"--kind 是 {'、'.join(IMPORTED)} 之一"])
        typer.echo(example(kind), nl=False)
        return
    settings = _config(config)

    wrong = []
    if kind not in IMPORTED:
        wrong.append(f"--kind 是 {'、'.join(IMPORTED)} 之一")
    if region not in settings.regions.enabled:
        wrong.append(f"--region 是 {'、'.join(settings.regions.enabled)} 之一")
    if (file is None) != bool(sql):
        wrong.append("给一个文件，或者用 --sql 和 --source-url，不能都给，也不能都不给")
    until = _day(as_of)
    if until is None:
        wrong.append("--as-of 是今天或以前的一天，例如 2026-11-20")
    if sql and not source_url:
        wrong.append("--sql 需要 --source-url（或环境变量 IMPORT_SOURCE_URL）")
    if wrong:
        _stop("参数不对：", wrong)
    given: Given = SqlSource(source_url, sql) if file is None else file

    async def main() -> Any:
        if dry_run and not settings.security.master_key:
            return await _imported(None, settings, kind, region, given)
        async with _store(settings) as store:
            report = await _imported(store, settings, kind, region, given, dry_run=dry_run)
            if report.ok and not dry_run and until is not None:
                async with store.transaction() as tx:
                    await tx.rights.loaded(region, kind, until)
            return report

    report = _run(main(), settings)
    out.print(str(report), markup=False)
    raise typer.Exit(0 if report.ok else 1)


def _day(text: str) -> date | None:
    """The day that was given, today for ''; None for what is no day or has not been yet."""
    today = SystemClock().now().date()
    try:
        found = date.fromisoformat(text) if text else today
    except ValueError:
        return None
    return found if found <= today else None


async def _imported(store: Any, settings: Config, kind: str, region: str, given: Any, *, dry_run: bool = True) -> Any:
    from storage import imports  # noqa: PLC0415 - as above
    from storage.regions import load_regions  # noqa: PLC0415 - as above

    name = given.name if isinstance(given, Path) else "查询结果"
    if kind == "people":
        return await imports.import_people(store, region, given, name, dry_run)
    if kind == "contributions":
        return await imports.import_contributions(store, region, given, name, dry_run)
    if kind in imports.JOBS:
        return await imports.import_jobs(store, kind, region, given, name, dry_run)
    if kind in imports.LABELS:
        return await imports.import_rights(store, kind, region, given, name, dry_run)
    folder = settings.regions.folder
    rules = load_regions(Path(folder) if folder else None)[region].certification
    report = await imports.import_certifications(store, region, given, name, rules, SystemClock().now(), dry_run)
    if report.ok and not dry_run and settings.reminders.enabled:
        from handlers.reminders.planner import plan_again  # noqa: PLC0415 - as above

        async with store.transaction() as tx:
            await plan_again(tx, SystemClock().now())
    return report


@app.command()
def doctor(
    config: ConfigPath = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="生成一个 security.master_key")] = False,
    make_test_key: Annotated[
        Path | None, typer.Option("--make-test-key", help="在这个文件夹里生成给单据签名的测试密钥；签出来的单据都印“样章”")
    ] = None,
) -> None:
    """检查配置、数据库、Redis、字体和审计链，每项说明怎么修。"""
    if new_key:
        print(secrets.token_hex(32))
        return
    if make_test_key is not None:
        from bot.paper_keys import FILES, PUBLIC, keys_for_trying  # noqa: PLC0415 - as above

        keys_for_trying(make_test_key)
        print("\n".join(["[documents]", *(f'{name}_file = "{make_test_key / file}"' for name, file in FILES.items())]))
        err.print(f"把上面几行写进配置。公钥在 {make_test_key / PUBLIC}，离线核验时用 verify --keys 指给它。", markup=False)
        return
    from bot.doctor import examine  # noqa: PLC0415 - as above
    from bot.findings import table_of  # noqa: PLC0415 - as above

    settings = _config(config)
    with logs.silent():  # whatever a look finds is told here, with what to do
        findings = _run(examine(settings, SystemClock()))
    out.print(table_of(findings))
    raise typer.Exit(1 if any(finding.state == "bad" for finding in findings) else 0)


@app.command()
def catalogue(as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False) -> None:
    """列出已经提供的功能。"""
    from bot.catalogue import capabilities  # noqa: PLC0415 - as above

    found = capabilities()
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
        return
    table = Table("功能", "名称", "谁", "地区", "形式")
    for one in found:
        table.add_row(one["feature"], one["title"], one["who"], "、".join(one["regions"]), "、".join(one["media"]))
    out.print(table)


@app.command()
def understand(
    sentence: Annotated[str, typer.Argument(help="一句话")] = "",
    role: Annotated[str, typer.Option(help="person / employer")] = "person",
    region: Annotated[str | None, typer.Option(help="beijing / binzhou / jinan")] = None,
    now: Annotated[str | None, typer.Option(help="例如 2024-09-12T10:00")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="从标准输入逐行读 JSON")] = False,
) -> None:
    """看一句话会被理解成什么，输出一个 JSON 对象。"""
    from handlers.understanding import Understood, default_understanding  # noqa: PLC0415 - as above
    from handlers.understood.deciding import Decision, decide_for, decided_lines  # noqa: PLC0415 - as above
    from storage.regions import load_regions  # noqa: PLC0415 - as above

    try:
        today = (datetime.fromisoformat(now).replace(tzinfo=SHANGHAI) if now else SystemClock().now()).date()
    except ValueError:
        _stop("参数不对：", ["--now 应当像 2024-09-12T10:00"])
    understanding, regions = default_understanding(), load_regions()
    if lines:
        for line in decided_lines(sys.stdin, today, understanding, regions):
            print(line, flush=True)
        return
    if role == "employer":
        found: Understood | Decision = understanding.understand(sentence, role=role, region=region, today=today)
    else:
        found = decide_for(understanding, sentence, region, today, regions)
    print(json.dumps(found.to_json(), ensure_ascii=False))


@app.command()
def simulate(
    target: Annotated[str, typer.Option(help="被测机器人的地址，例如 http://127.0.0.1:8080/wechat")],
    token: Annotated[str, typer.Option(help="Token")],
    aes_key: Annotated[str, typer.Option(help="EncodingAESKey；明文模式可以不填")] = "",
    app_id: Annotated[str, typer.Option(help="AppID；明文模式可以不填")] = "",
    app_secret: Annotated[str, typer.Option(help="AppSecret；被测机器人调接口时用")] = "",
    original_id: Annotated[str, typer.Option(help="公众号原始 ID，消息里的 ToUserName")] = "gh_simulated00",
    mode: Annotated[str, typer.Option(help="clear 明文 / compat 兼容 / safe 安全")] = "safe",
    form: Annotated[str, typer.Option("--format", help="xml / json")] = "xml",
    account_kind: Annotated[
        str, typer.Option(help="service 服务号 / subscription 公众号 / personal 个人 / sandbox 测试号")
    ] = "service",
    port: Annotated[int, typer.Option(help="手机和接口的端口")] = 8090,
    api_port: Annotated[int, typer.Option(help="接口另用一个端口；0 就和手机同一个")] = 0,
    terminal: Annotated[bool, typer.Option("--terminal", help="在终端里聊天")] = False,
    check: Annotated[bool, typer.Option("--check", help="逐项检查这个机器人，有问题时退出码是 1")] = False,
    text: Annotated[str, typer.Option(help="--check 用：一句它会回答的话")] = "你好",
    slow_text: Annotated[str, typer.Option(help="--check 用：一句它要处理 5 秒以上的话")] = "",
    only: Annotated[list[str] | None, typer.Option(help="--check 用：只查这一项，可以写几次")] = None,
    replay: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="重放对话记录，说出哪里不同")] = None,
) -> None:
    """只启动微信模拟器，对着任意一个公众号机器人：浏览器里的手机、终端里的聊天、逐项检查、重放记录。"""
    from bot import simulating  # noqa: PLC0415 - as above

    wrong = simulating.mistakes(target, mode, form, account_kind, aes_key, tuple(only or ()))
    if wrong:
        _stop("参数不对：", wrong)
    logs.set_up()
    account = simulating.account(app_id, app_secret, token, aes_key, original_id, mode, form, account_kind)
    quiet = check or replay is not None  # nobody opens these: any free port will do
    where = simulating.Target(target, account, 0 if quiet else port, 0 if quiet else api_port)
    if check:
        raise typer.Exit(0 if _run(simulating.check(where, out, text, slow_text, tuple(only or ()))) else 1)
    if replay is not None:
        raise typer.Exit(0 if _run(simulating.again(where, out, replay)) else 1)
    _run(simulating.chat(where, out) if terminal else simulating.serve(where, out, _until_told))


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="PDF 文件、拍的照片、二维码里的网址；或者查询流水号")],
    code: Annotated[str, typer.Argument(help="校验码；只在前面是流水号时填")] = "",
    keys: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="公钥文件（PEM），代替配置里的")] = None,
    config: ConfigPath = None,
) -> None:
    """核验一张单据。文件、照片和网址只用公钥，不联网也不用数据库；流水号加校验码查数据库（与网页上的校验相同，同样计次）。"""
    settings = _config(config)
    if not code:
        from bot.verifying import proved, public_keys_of  # noqa: PLC0415 - as above

        known = public_keys_of(settings, keys)
        if isinstance(known, str):
            err.print(f"[bold red]还不能核验：[/]{escape(known)}")
            raise typer.Exit(CANNOT)
        lines, right = proved(what, known)
        print("\n".join(lines))
        raise typer.Exit(0 if right else 1)

    async def main() -> Any:
        from handlers.verification import Verification  # noqa: PLC0415 - as above

        async with _store(settings) as store, store.transaction() as tx:
            return await Verification(SystemClock()).check(tx, what, code, "command line")

    outcome = _run(main(), settings)
    print(outcome.text)
    raise typer.Exit(0 if getattr(outcome, "valid", False) else 1)


add_account_commands(app, lambda path: _config(path, serving=True), _run, _stop)
add_keeping_commands(app, _config, _run, _stop)


def _staff() -> typer.Typer:
    from bot.console.commands import staff_commands  # noqa: PLC0415 - as above

    return staff_commands(_config, _store, _run)


def _campaign() -> typer.Typer:
    from bot.campaigns import campaign_commands  # noqa: PLC0415 - as above

    return campaign_commands(_config, _store, _run)


app.add_typer(later("工作台账号：新增、查看、改密码、换动态口令、停用", _staff), name="staff")
app.add_typer(later("提醒计划：新建、预览、试算、测试、开始、暂停、继续、停止、看进度、导出上门名单", _campaign), name="campaign")


if __name__ == "__main__":
    app()
