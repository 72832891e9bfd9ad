"""What a dialog may ask about a working life: the calculations on retirement and pension start from the person's own record."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from storage.ports.record import Record
from storage.ports.time import Month


class Career(Record):
    """养老 of one person as it stands on record, up to `as_of`. Months are whole ones of 养老 that have arrived, each counted once."""

    name: str
    born: Month
    gender: str
    """男, 女."""
    personal_status: str
    """个人身份 (工人, 干部 …); '' where the agency gives none."""
    retired: bool
    paid_months: int
    moved_months: int
    """转移接续: 养老 months that came from elsewhere."""
    deemed_months: int
    """视同缴费, recognised."""
    first: Month | None
    last: Month | None
    """Of 养老 contributions; None without any."""
    base: Decimal | None
    """缴费基数 of the last month."""
    balance: Decimal | None
    """个人账户储存额 at the end of `balance_year`; None where the agency gives none."""
    balance_year: int | None
    booked_since: Decimal
    """What went into the account after that year, as far as it is on record: of each month the account's share of its base."""
    as_of: date
    shown: bool = True
    """Whether contributions of this region can be looked up here at all; where not, nothing is told of them."""
    resident: bool = False
    """城乡居民 without a month of 职工养老: the rule for workers is not theirs."""

    @property
    def balance_now(self) -> Decimal | None:
        """储存额 with what came since the last year that was closed; None where the agency gives none."""
        return None if self.balance is None else self.balance + self.booked_since

    @property
    def months(self) -> int:
        """What counts towards 缴费年限."""
        return self.paid_months + self.moved_months + self.deemed_months


class CareerDesk(Protocol):
    """The person's own record, or that of whom a relative with 查缴费和待遇 speaks for."""

    async def career(self) -> Career | None:
        """None for a visitor; raises NotGranted for a relative without that scope. Audited as a look."""
