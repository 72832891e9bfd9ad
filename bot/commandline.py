"""Typer in Chinese: the usage line, the headings, the default texts, and what is said when something was typed wrongly."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

_Usage: Final[type[Any]] = typer.BadParameter.__mro__[1]
"""What is raised for a wrong command line; the library has no public name for it."""
_HELP: Final = "显示这些说明。"
_WORDED: Final = (
    (r"No such option: (?P<what>.+?)\.?(?: Did you mean (?P<like>.+?)\?)?", "没有“{what}”这个选项"),
    (r"No such command '(?P<what>.+)'\..*", "没有“{what}”这个命令"),
    (r"Missing command\.", "后面还要写一个命令"),
    (r"Got unexpected extra arguments?\(?s?\)? \((?P<what>.+)\)", "多写了“{what}”"),
    (r"Option '(?P<what>.+)' requires an argument\.?", "“{what}”后面还要写内容"),
    (r".* '(?P<what>.+)' does not exist\.", "没有“{what}”这个文件"),
    (r".* '(?P<what>.+)' is a directory\.", "“{what}”是文件夹，这里要一个文件"),
    (r"Input should be greater than or equal to (?P<what>.+)", "最少是 {what}"),
    (r"Input should be less than or equal to (?P<what>.+)", "最多是 {what}"),
    (r"Input should be a valid (?:integer|number)\b.*", "要填数字"),
)


def _worded(error: Any) -> str:
    """What was wrong, in Chinese. Our own sentences stay as they are."""
    said, param = str(error.message or ""), getattr(error, "param", None)
    named = str(getattr(error, "param_hint", None) or (param.get_error_hint() if param is not None else "")).replace("'", "")
    if not said:
        return f"还缺 {named}"
    where = f"{named}：" if named else ""
    if re.search("[\u4e00-\u9fff]", said):
        return f"{where}{said}"
    for pattern, words in _WORDED:
        if found := re.fullmatch(pattern, said, re.DOTALL):
            return f"{where}{words.format(**found.groupdict())}"
    return f"{where}写得不对"


def _put_in_chinese() -> None:
    """What Typer says around our sentences. Only when it is about to say something: it loads a fifth of what a command needs to start."""
    from typer import rich_utils  # noqa: PLC0415 - see above

    rich_utils.OPTIONS_PANEL_TITLE, rich_utils.ARGUMENTS_PANEL_TITLE = "选项", "参数"
    rich_utils.COMMANDS_PANEL_TITLE, rich_utils.ERRORS_PANEL_TITLE = "命令", "出错"
    rich_utils.REQUIRED_LONG_STRING, rich_utils.DEFAULT_STRING = "[必填]", "[默认：{}]"
    rich_utils.ENVVAR_STRING, rich_utils.ABORTED_TEXT = "[环境变量：{}]", "已取消。"
    rich_utils.RICH_HELP = "[blue]{command_path} {help_option}[/] 看怎么用。"


class _Worded:
    """What a command and a group share. Mixed in before Typer's own class."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        return _said_in_chinese(super().make_context, *given, **more)  # type: ignore[misc]

    def invoke(self, *given: Any) -> Any:
        return _said_in_chinese(super().invoke, *given)  # type: ignore[misc]

    def format_help(self, *given: Any) -> None:
        _put_in_chinese()
        super().format_help(*given)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        found = super().get_help_option(ctx)  # type: ignore[misc]
        if found is not None:
            found.help = _HELP
        return found

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="用法：")


def _said_in_chinese(work: Callable[..., Any], *given: Any, **more: Any) -> Any:
    try:
        return work(*given, **more)
    except typer.Abort:
        _put_in_chinese()
        raise
    except _Usage as error:
        _put_in_chinese()
        if type(error).__name__ == "NoArgsIsHelpError":  # that is the help itself
            raise
        raise _Usage(_worded(error), error.ctx) from None


class Command(_Worded, TyperCommand):
    """A command."""


class Group(_Worded, TyperGroup):
    """A group of commands."""

    def resolve_command(self, *given: Any) -> Any:
        return _said_in_chinese(super().resolve_command, *given)


def later(words: str, load: Callable[[], typer.Typer]) -> Commands:
    """A group of which nothing but the words is known until one of its commands is asked for."""

    class Later(Group):
        def make_context(self, *given: Any, **more: Any) -> Any:
            return get_group(load()).make_context(*given, **more)

    return Commands(words, kind=Later)


F = TypeVar("F", bound=Callable[..., Any])


class Commands(typer.Typer):
    """`typer.Typer` whose commands speak Chinese."""

    def __init__(self, words: str, kind: type[Group] = Group, **more: Any) -> None:
        super().__init__(
            cls=kind,
            no_args_is_help=True,
            help=words,
            options_metavar="[选项]",
            subcommand_metavar="命令 [参数]...",
            **more,
        )

    def command(self, name: str | None = None, **more: Any) -> Callable[[F], F]:
        return super().command(name, cls=Command, options_metavar="[选项]", **more)
