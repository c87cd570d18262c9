"""What a deal brought, as figures that follow from counts. `docs/algorithms/deal-results.md` is the specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WINDOWS: Final = (30, 60, 90)
"""So many days of 24 hours after a buyer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The credited buyers by one window: of `over` it has passed, `returned` of those bought something else in it, for
    `net_minor` in the deal's currency, what they gave back taken off; of `running` it has not passed."""

    days: int
    over: int
    running: int
    returned: int
    net_minor: int

    @property
    def rate(self) -> float | None:
        """The share that came back; None as long as nobody's window has passed."""
        return self.returned / self.over if self.over else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealResult:
    """Of the people: `new` had bought nothing before, `members` were in the programme already, `joined` became members
    since. Of the money, in the deal's currency: `pieces` that were not given back, sold for `sales_minor`,
    `discount_minor` below their list price, with `commission_minor` for the operator so far."""

    buyers: int = 0
    new: int = 0
    members: int = 0
    joined: int = 0
    windows: tuple[Window, ...] = tuple(
        Window(days=days, over=0, running=0, returned=0, net_minor=0) for days in WINDOWS
    )
    pieces: int = 0
    sales_minor: int = 0
    discount_minor: int = 0
    commission_minor: int = 0

    @property
    def credited(self) -> int:
        """Whom the deal is credited with: members would have come anyway."""
        return self.buyers - self.members
