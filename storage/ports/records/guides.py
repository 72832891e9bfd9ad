"""办事指南: how something is done, as people read it. Shipped as data of a region; an editor's version takes its place."""

from __future__ import annotations

from storage.ports.record import Record

GUIDE_ROLES = {"person": "个人", "employer": "单位", "any": "个人和单位"}
"""Who does what a guide tells of: values of `Guide.role` with their names."""


class GuideWay(Record):
    """One way to do it (渠道) with its steps, in order."""

    title: str
    steps: tuple[str, ...]


class Guide(Record):
    """One guide. Texts are whole sentences or phrases for people; '' and () where nothing is known: the line is left out, never filled up."""

    code: str
    """BJH-01 …: unique over all regions."""
    region: str
    part: str
    """分部: under what it is found."""
    title: str
    brief: str
    """一句话: the answer in chat."""
    validity: str
    """时效: how old it is, what changed since, what to ask before going. Never empty."""
    short: str = ""
    """What people call it, where the title is an office's; '' where the title will do."""
    aliases: tuple[str, ...] = ()
    """别名: what people type; each belongs to at most one way of typing it, letter case aside."""
    role: str = "any"
    applies: str = ""
    """适用."""
    conditions: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    ways: tuple[GuideWay, ...] = ()
    hours: str = ""
    """办理时间."""
    fee: str = ""
    result: str = ""
    """时限与结果."""
    forms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    window: str = ""
    """Code of the service window (`Region.windows`) by which it is said whether it is open now."""
    sees: tuple[str, ...] = ()
    """Codes of guides that belong to it."""

    @property
    def name(self) -> str:
        """As it stands in lists and choices."""
        return self.short or self.title
