"""Bodies of the endpoints about points that are spent, expire and are taken back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from huike.ledger.rules import Gone
from huike.loyalty.terms.lapse import Lapse
from huike.loyalty.terms.returns import Returns
from huike.loyalty.terms.spending import Spending
from huike.platform.schema import Schema

Amount = Annotated[int, Field(ge=0, le=10**12)]
Points = Annotated[int, Field(ge=0, le=10**9)]


class SpendExampleIn(Schema):
    """A member with `balance` points buys for `net_minor` at `placed_at`; then she spends `gone_points` of what that
    earned her, and brings everything back. Nothing of it is stored."""

    spending: Spending
    lapse: Lapse
    returns: Returns
    net_minor: Amount
    balance: Points
    gone_points: Points
    placed_at: AwareDatetime


class SpendExampleOut(Schema):
    """`usable` points pay `pays_minor` of the order. What it earns is over at `expires_at` (None: never); its owner is
    told on `warned_on`. Of `gone_points` she then owes `owed`, or `charged_minor` is kept from the refund, or neither.
    """

    balance_minor: int
    usable: int
    pays_minor: int
    expires_at: datetime | None
    warned_on: date | None
    gone: Gone
    owed: int
    charged_minor: int
