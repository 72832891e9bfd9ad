"""What `doctor` says of one thing, and how the operator sees it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Column, Table

from storage.ports.record import Record

_SHOWN = {"ok": "[green]正常[/]", "warn": "[yellow]注意[/]", "bad": "[red]有问题[/]"}


class Finding(Record):
    """One thing looked at. `state`: ok, warn or bad."""

    what: str
    state: str
    text: str


def table_of(findings: Sequence[Finding]) -> Table:
    """In the order in which things were looked at; nothing of a text is cut off."""
    table = Table("项目", "结果", Column("说明", overflow="fold"))
    for finding in findings:
        table.add_row(finding.what, _SHOWN[finding.state], escape(finding.text))
    return table
