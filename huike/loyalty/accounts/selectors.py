"""Reads: a member's balances of every asset, and her ledger, in which every line can say why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from huike.customers.timeline import Entry
from huike.ledger import selectors as ledger
from huike.ledger.books import Standing
from huike.ledger.models import Transaction
from huike.ledger.selectors import StatementLine
from huike.loyalty.count_cards import selectors as count_cards
from huike.loyalty.models import OrderPoints, Programme, Redemption
from huike.loyalty.points.reading import asset_of
from huike.loyalty.programme import selectors as programmes
from huike.orders.models import Order
from huike.platform import sql
from huike.platform.config import get_config

HELD_KINDS: Final = ("hold", "release")
"""Value that was only set apart, and came back."""


@dataclass(frozen=True, slots=True)
class AssetView:
    """What she has of one asset. `name` is that of points or of a count card, `currency` that of points; `expiring` is
    soonest first, `year` what she got from and gave to each account of the house this calendar year."""

    asset: str
    name: str
    currency: str | None
    standing: Standing
    frozen_at: datetime | None
    expiring: Sequence[tuple[datetime, int]]
    year: Mapping[str, int]


def assets_of(customer_id: int, *, now: datetime) -> list[AssetView]:
    """Every asset she has an account of; points of the running programme in any case, and first."""
    held = {one.asset: one.frozen_at for one in ledger.assets_of(customer_id)}
    running = programmes.running()
    first = [asset_of(running.pk)] if running else []
    names = _names(held)
    if running:
        names[first[0]] = running
    year_begins = _year_begins(now)
    cards = count_cards.names_of_cards() if any(asset.startswith("uses:") for asset in held) else {}
    views = []
    for asset in [*first, *(key for key in held if key not in first)]:
        programme = names.get(asset)
        views.append(
            AssetView(
                asset,
                programme.points_name if programme else cards.get(asset.partition(":")[2], ""),
                programme.currency if programme else None,
                ledger.standing(asset, customer_id, now=now),
                held.get(asset),
                ledger.expiring(asset, customer_id, now=now),
                ledger.turnover(
                    asset, customer_id, starts_at=year_begins, ends_at=year_begins.replace(year=year_begins.year + 1)
                ),
            )
        )
    return views


def _names(assets: Iterable[str]) -> dict[str, Programme]:
    ids = [int(asset.split(":")[1]) for asset in assets if asset.startswith("points:")]
    return {asset_of(programme.pk): programme for programme in Programme.objects.filter(pk__in=ids)}


def _year_begins(now: datetime) -> datetime:
    zone = get_config().zone
    return datetime(now.astimezone(zone).year, 1, 1, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of her ledger with what it is about: an order, what came back of it, a redemption, and for a lot that
    matured or expired, the order it came with."""

    line: StatementLine
    order: Order | None
    came_back: Sequence[Order]
    redemption: Redemption | None


def lines_of(
    asset: str,
    customer_id: int,
    *,
    limit: int,
    before: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    kinds: Sequence[str] | None = None,
) -> list[Line]:
    """Her ledger of one asset, newest first; `before` is the transaction after which to go on."""
    lines = ledger.statement(
        asset, customer_id, limit=limit, before=before, starts_at=starts_at, ends_at=ends_at, kinds=kinds
    )
    origins = ledger.came_from(line.transaction_id for line in lines if line.kind in {"mature", "expire"})
    references = {line.transaction_id: line.reference or origins.get(line.transaction_id, "") for line in lines}
    returned = {order_id for line in lines for order_id in line.reason.get("came_back", ())}
    orders = _orders({*_ids(references.values(), "order"), *returned})
    redemptions = Redemption.objects.select_related("reward").in_bulk(_ids(references.values(), "redemption"))
    return [
        Line(
            line,
            orders.get(_id(references[line.transaction_id], "order")),
            [orders[order_id] for order_id in line.reason.get("came_back", ()) if order_id in orders],
            redemptions.get(_id(references[line.transaction_id], "redemption")),
        )
        for line in lines
    ]


def points_of_order(order_id: int) -> OrderPoints | None:
    """Where a sale stands; None where points have nothing to do with it."""
    return OrderPoints.objects.select_related("terms").filter(pk=order_id).first()


def _orders(ids: Iterable[int]) -> dict[int, Order]:
    return Order.objects.select_related("store").in_bulk(sorted(ids))


def _ids(references: Iterable[str], kind: str) -> list[int]:
    return sorted({_id(reference, kind) for reference in references} - {0})


def _id(reference: str, kind: str) -> int:
    """The number in `order:12`; 0 where it is of something else."""
    named, _, number = reference.partition(":")
    return int(number) if named == kind and number.isdigit() else 0


# Holds that came to nothing are not told; what was redeemed tells of itself.
POINTS_MOMENTS = """
SELECT t.occurred_at AS at, t.id
  FROM ledger_account a
  JOIN ledger_asset s ON s.id = a.asset_id AND s.key LIKE 'points:%%'
  JOIN ledger_entry e ON e.account_id = a.id
  JOIN ledger_transaction t ON t.id = e.transaction_id
 WHERE a.customer_id = %(customer_id)s::bigint
   AND t.kind NOT IN ('hold', 'release', 'mature') AND t.reference NOT LIKE 'redemption:%%'
 GROUP BY t.id
"""


def timeline_of_points(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time points came or went, once a transaction."""
    amounts = _amounts(customer_id, ids)
    for posted in Transaction.objects.filter(pk__in=ids):
        order_id = _id(posted.reference, "order")
        yield Entry(
            at=posted.occurred_at,
            kind="points",
            id=posted.pk,
            title_code=f"timeline.points.{_deed(posted.kind, amounts[posted.pk])}",
            params={"points": abs(amounts[posted.pk])},
            link=f"/orders/{order_id}" if order_id else None,
        )


def _deed(kind: str, amount: int) -> str:
    """What a line says happened: a reversal either gives back or takes back."""
    if kind in {"reverse", "adjust", "transfer"}:
        return f"{kind}_{'in' if amount >= 0 else 'out'}"
    return "burn" if kind == "settle" else kind


def _amounts(customer_id: int, transaction_ids: Sequence[int]) -> dict[int, int]:
    """What each transaction changed in what she has in all: pending, available, held and owed together."""
    found = sql.rows(
        """
        SELECT e.transaction_id, sum(e.amount)::bigint
          FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
         WHERE e.transaction_id = ANY(%(ids)s::bigint[]) AND a.customer_id = %(customer)s
         GROUP BY e.transaction_id
        """,
        {"ids": list(transaction_ids), "customer": customer_id},
    )
    return {**dict.fromkeys(transaction_ids, 0), **dict(found)}


def reason_of(line: StatementLine) -> dict[str, Any]:
    """What a posting says of itself beside what is named apart."""
    return {key: value for key, value in line.reason.items() if key not in {"programme", "order", "came_back"}}
