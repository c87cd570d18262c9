"""A sale paid with value of its buyer: taken from her lots, given back to the same. Points and stored value alike.

`docs/algorithms/points.md`, section 4, and `stored-value.md`, section 3, are the specification.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from huike.ledger import selectors as ledger
from huike.ledger.books import Books
from huike.ledger.services import end_in, open_hold
from huike.orders.kept import Sold


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """What the postings of one sale in one tender have in common.

    `key` makes the name of an operation, `about` what a posting tells. `kinds` and `in_proportion` say which lots a
    payment takes, as `Books.burn`; `refunded_kind` and `refunded_until` are of the lot of a refund that was never paid.
    """

    name: str
    books: Books
    asset: str
    one: Sold
    held_as: str
    now: datetime
    key: Callable[[str], str]
    about: Callable[..., Mapping[str, Any]]
    kinds: Sequence[str] = ()
    in_proportion: bool = False
    refunded_kind: str = "refunded"
    refunded_until: datetime | None = None

    @property
    def reference(self) -> str:
        return reference_of(self.one.order_id)

    def move(self, customer_id: int, change: int, *, overdraw: bool) -> None:
        """Pay with so much more, or give so much back. Raises InsufficientBalance, AccountFrozen without `overdraw`."""
        if change < 0:
            self._give_back(customer_id, -change)
        elif change > 0:
            rest = change - self._from_hold(customer_id, change)
            if rest:
                self.books.burn(
                    customer_id,
                    rest,
                    key=self.key(f"burned:{customer_id}"),
                    at=self.one.placed_at if overdraw else self.now,
                    kinds=self.kinds,
                    in_proportion=self.in_proportion,
                    overdraw=overdraw,
                    **self.about(),
                )

    def _from_hold(self, customer_id: int, most: int) -> int:
        """Settle what was held for this order; how much of it."""
        if not self.one.payments.get(self.name):
            return 0
        hold = open_hold(self.held_as, customer_id)
        if hold is None:
            return 0
        amount = min(hold.amount, most)
        end_in(hold.key, amount, state="settled", books=self.books, now=self.now, **self.about())
        return amount

    def _give_back(self, customer_id: int, amount: int) -> None:
        """The last payment first; what was never paid here (a return of an unknown sale) becomes a lot of its own."""
        for place, burned_id in enumerate(reversed(ledger.burns_of(self.reference, asset=self.asset))):
            spent = ledger.still_spent(burned_id)
            part = min(amount, sum(left for _, left in spent))
            if part:
                self.books.restore(
                    customer_id,
                    spent,
                    part,
                    key=self.key(f"restored:{customer_id}:{place}"),
                    at=back_at(self.one, self.now),
                    reverses_id=burned_id,
                    **self.about(came_back=[back.order_id for back in self.one.returns]),
                )
                amount -= part
        if amount:
            self.books.earn(
                customer_id,
                amount,
                key=self.key(f"refunded:{customer_id}"),
                at=self.one.placed_at,
                kind=self.refunded_kind,
                house="spent",
                operation="reverse",
                expires_at=self.refunded_until,
                **self.about(),
            )


def reference_of(order_id: int) -> str:
    """What the postings of a sale are for."""
    return f"order:{order_id}"


def back_at(one: Sold, now: datetime) -> datetime:
    """When the last of what came back did; of a return whose sale is not known, when it was placed."""
    if one.is_return:
        return one.placed_at
    return max((back.placed_at for back in one.returns), default=now)
