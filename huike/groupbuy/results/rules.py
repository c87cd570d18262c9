"""What a deal brought, as figures that follow from counts. `docs/algorithms/deal-results.md` is the specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WINDOWS: Final = (30, 60, 90)
"""So many days of 24 hours after a buyer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The credited buyers by one window: of `over` it has passed, `returned` of those bought something else in it, for
    `net_minor` in the deal's currency, what they gave back taken off; of `running` it has not passed.

    `known_minor` of `net_minor` is that of lines whose goods have a cost, which come to `goods_minor`. `turnover_minor`
    is what was bought and what was given back together, `known_turnover_minor` that of the lines that are known.
    """

    days: int
    over: int = 0
    running: int = 0
    returned: int = 0
    net_minor: int = 0
    known_minor: int = 0
    goods_minor: int = 0
    turnover_minor: int = 0
    known_turnover_minor: int = 0

    @property
    def margin_minor(self) -> int:
        """What is left of the part that is known."""
        return self.known_minor - self.goods_minor

    @property
    def known_share(self) -> float | None:
        """How much of what was bought and given back has a known cost; None where there is nothing."""
        return self.known_turnover_minor / self.turnover_minor if self.turnover_minor else None

    @property
    def rate(self) -> float | None:
        """The share that came back; None as long as nobody's window has passed."""
        return self.returned / self.over if self.over else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealMargin:
    """What the deal itself leaves. Of `revenue_minor`, which was earned, `known_minor` is of the parts of which every
    cost is known: what the merchant gets, fees of payments, and where the house sells its own, goods. `unknown_fees`
    counts captured payments whose fee nobody knows."""

    revenue_minor: int = 0
    known_minor: int = 0
    settled_minor: int = 0
    fees_minor: int = 0
    goods_minor: int = 0
    unknown_fees: int = 0

    @property
    def margin_minor(self) -> int:
        """What is left of the part that is known."""
        return self.known_minor - self.settled_minor - self.fees_minor - self.goods_minor

    @property
    def known_share(self) -> float | None:
        """How much of the revenue is known to the last cost; None where there is none."""
        return self.known_minor / self.revenue_minor if self.revenue_minor else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DealResult:
    """Of the people: `new` had bought nothing before, `members` were in the programme already, `joined` became members
    since. Of the money, in the deal's currency: `pieces` that were not given back, sold for `sales_minor`,
    `discount_minor` below their list price, with `commission_minor` for the operator so far."""

    buyers: int = 0
    new: int = 0
    members: int = 0
    joined: int = 0
    windows: tuple[Window, ...] = tuple(Window(days=days) for days in WINDOWS)
    pieces: int = 0
    sales_minor: int = 0
    discount_minor: int = 0
    commission_minor: int = 0
    margin: DealMargin = DealMargin()

    @property
    def credited(self) -> int:
        """Whom the deal is credited with: members would have come anyway."""
        return self.buyers - self.members
