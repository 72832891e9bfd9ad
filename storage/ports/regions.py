"""A region is data: what its manual offers, its texts, windows, fees and dated figures (`storage/regions/<code>/*.toml`)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a thing: its name, what to do, and whether it works without a face check."""

    title: str
    text: str
    without_face: bool = False


@dataclass(frozen=True, slots=True)
class CertificationRules:
    """待遇资格认证: the manuals are silent on period and stages, so an agency sets them."""

    period_months: int
    stages: tuple[int, ...]
    """Days before the due day on which people are reminded, largest first; 0 is the day itself."""
    ways: tuple[Way, ...]
    result_working_days: int
    after_missed: str
    """What happens after a missed date and how it is put right."""


@dataclass(frozen=True, slots=True)
class LossRules:
    """社保卡挂失."""

    online: bool
    """Whether this region's manual has the button (BZ-19); where it is False, `guide` says what to do instead."""
    does: str
    does_not: str
    guide: str


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that differs between regions. `capabilities` are feature IDs that the region's manual gives to persons."""

    code: str
    name: str
    agency: str
    hotline: str
    capabilities: frozenset[str]
    certification: CertificationRules
    loss: LossRules
    texts: dict[str, str] = field(default_factory=dict)
    missing: str = ""
    """The sentence for a capability that the region's manual lacks; `{what}` is its title."""

    def offers(self, *features: str) -> bool:
        """Whether the region has at least one of the features."""
        return any(feature in self.capabilities for feature in features)
