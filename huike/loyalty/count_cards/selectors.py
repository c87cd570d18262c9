"""Reads: which cards there are, what a customer has of them, and what the house owes in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from huike.customers import selectors as customers
from huike.customers.timeline import Entry
from huike.kernel.money import Money
from huike.kernel.scope import Scope
from huike.ledger import selectors as ledger
from huike.ledger.books import Standing
from huike.ledger.models import Transaction
from huike.loyalty.count_cards.errors import SaleNotFound, TooFewLeft
from huike.loyalty.count_cards.rules import Sold, asset_of, key_of
from huike.loyalty.models import OrderUses, UsesRefund
from huike.loyalty.points import reading as programmes
from huike.loyalty.programme.selectors import document_of
from huike.loyalty.terms.count_cards import CountCard
from huike.platform import sql


def cards_on_sale(now: datetime) -> Sequence[CountCard]:
    """The cards of the terms in effect."""
    programme = programmes.running()
    version = programme.terms_at(now) if programme else None
    return version.document.count_cards.cards if version else []


def names_of_cards() -> dict[str, str]:
    """Every card any terms ever had, as the newest that have it call it."""
    versions = sql.rows("SELECT id FROM loyalty_terms ORDER BY id")
    return {card.key: card.name for (terms_id,) in versions for card in document_of(terms_id).count_cards.cards}


@dataclass(frozen=True, slots=True, kw_only=True)
class LotView:
    """Uses that came together: with an order, or by hand (`order_id` is None). `sold` is None of what was given."""

    lot_id: int
    order_id: int | None
    order_external_id: str | None
    came_at: datetime
    expires_at: datetime | None
    amount: int
    left: int
    sold: Sold | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """What a customer has of one card; `lots` are those with anything left, what ends first on top."""

    key: str
    name: str
    standing: Standing
    lots: Sequence[LotView]


_LOTS = """
SELECT s.key, l.id, l.came_at, l.expires_at, l.amount, l.available, o.id, o.external_id
  FROM ledger_account a
  JOIN ledger_asset s ON s.id = a.asset_id AND s.key LIKE 'uses:%%'
  JOIN ledger_lot l ON l.account_id = a.id AND l.available > 0
  JOIN LATERAL (SELECT t.reference FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
                 WHERE e.lot_id = l.id ORDER BY e.id LIMIT 1) came ON true
  LEFT JOIN orders_order o ON came.reference = 'order:' || o.id
 WHERE a.customer_id = %(customer)s AND (l.expires_at IS NULL OR l.expires_at > %(now)s)
 ORDER BY l.expires_at, l.id
"""


def cards_of(customer_id: int, *, scope: Scope, now: datetime) -> list[CardView]:
    """Every card she ever had uses of, by name. Raises CustomerNotFound."""
    customers.find_customer(customer_id, scope=scope)
    return hers(customer_id, now=now)


def hers(customer_id: int, *, now: datetime) -> list[CardView]:
    """As `cards_of`, of whoever looks at her own."""
    keys = [key_of(held.asset) for held in ledger.assets_of(customer_id) if held.asset.startswith("uses:")]
    if not keys:
        return []
    lots = sql.rows(_LOTS, {"customer": customer_id, "now": now})
    rows = {(row.order_id, asset_of(row.card_key)): row for row in OrderUses.objects.filter(customer_id=customer_id)}
    unused: dict[int, int] = defaultdict(int)
    for asset, _, _, _, _, left, order_id, _ in lots:
        if (order_id, asset) in rows:
            unused[rows[order_id, asset].pk] += left
    sold = sold_of(rows.values(), unused=unused)
    by_card: dict[str, list[LotView]] = {key: [] for key in keys}
    for asset, lot_id, came_at, expires_at, amount, left, order_id, external_id in lots:
        row = rows.get((order_id, asset))
        by_card[key_of(asset)].append(
            LotView(
                lot_id=lot_id,
                order_id=order_id,
                order_external_id=external_id,
                came_at=came_at,
                expires_at=expires_at,
                amount=amount,
                left=left,
                sold=sold[row.pk] if row else None,
                currency=row.currency if row else None,
            )
        )
    names = names_of_cards()
    views = [
        CardView(
            key=key,
            name=names.get(key, key),
            standing=ledger.standing(asset_of(key), customer_id, now=now),
            lots=by_card[key],
        )
        for key in keys
    ]
    return sorted(views, key=lambda view: (view.name, view.key))


def sold_of(rows: Iterable[OrderUses], *, unused: Mapping[int, int]) -> dict[int, Sold]:
    """What is left of each of these sales, of which so many uses are unused; both by the id of its row."""
    by_id = {row.pk: row for row in rows}
    refunds = UsesRefund.objects.filter(sold_id__in=by_id).values("sold_id").annotate(all=Sum("uses"))
    refunded = {told["sold_id"]: told["all"] for told in refunds}
    return {
        id_: Sold(net_minor=row.net_minor, due=row.due, refunded=refunded.get(id_, 0), unused=unused.get(id_, 0))
        for id_, row in by_id.items()
    }


@dataclass(frozen=True, slots=True)
class Quoted:
    """What `uses` of the `refundable` come to."""

    uses: int
    refundable: int
    amount: Money


def quote_refund(
    customer_id: int, order_id: int, card_key: str, uses: int | None, *, scope: Scope, now: datetime
) -> Quoted:
    """What so many unused uses would be paid out for, or all that can be; stores nothing.

    Raises CustomerNotFound, SaleNotFound, TooFewLeft.
    """
    customers.find_customer(customer_id, scope=scope)
    row = OrderUses.objects.filter(customer_id=customer_id, order_id=order_id, card_key=card_key).first()
    if row is None:
        raise SaleNotFound
    lots = [lot for card in hers(customer_id, now=now) if card.key == card_key for lot in card.lots]
    unused = sum(lot.left for lot in lots if lot.order_id == order_id)
    sold = sold_of([row], unused={row.pk: unused})[row.pk]
    asked = sold.refundable if uses is None else uses
    if asked > sold.refundable:
        raise TooFewLeft(refundable=sold.refundable)
    return Quoted(asked, sold.refundable, Money(sold.worth_minor(asked), row.currency))


# The timeline

USES_MOMENTS = """
SELECT t.occurred_at AS at, t.id
  FROM ledger_account a
  JOIN ledger_asset s ON s.id = a.asset_id AND s.key LIKE 'uses:%%'
  JOIN ledger_entry e ON e.account_id = a.id
  JOIN ledger_transaction t ON t.id = e.transaction_id
 WHERE a.customer_id = %(customer_id)s::bigint
 GROUP BY t.id
"""


def timeline_of_uses(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Each time uses came or went."""
    names = names_of_cards()
    moved = amounts_of(customer_id, ids)
    for posted in Transaction.objects.select_related("asset").filter(pk__in=ids):
        key = key_of(posted.asset.key)
        order_id = posted.reason.get("order")
        yield Entry(
            at=posted.occurred_at,
            kind="uses",
            id=posted.pk,
            title_code=f"timeline.uses.{deed_of(posted.kind, posted.reason, moved[posted.pk])}",
            params={"uses": abs(moved[posted.pk]), "card": names.get(key, key)},
            link=f"/orders/{order_id}" if order_id else None,
        )


def deed_of(kind: str, reason: Mapping[str, Any], amount: int) -> str:
    """What a posting did: `sold`, `returned`, `used`, `paid_out`, `given`, `taken` or `expired`."""
    if kind == "expire":
        return "expired"
    what = str(reason.get("what", ""))
    if what in {"sold", "returned", "used", "paid_out"}:
        return what
    return "given" if amount >= 0 else "taken"


def amounts_of(customer_id: int, transaction_ids: Sequence[int]) -> dict[int, int]:
    """What each transaction changed in what she has."""
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


# What the house owes

_WORTH = """
WITH bought AS (
    SELECT DISTINCT u.id, u.currency, u.net_minor, u.due, l.id AS lot_id, l.available
      FROM loyalty_order_uses u
      JOIN ledger_transaction t ON t.reference = 'order:' || u.order_id AND t.kind = 'earn'
      JOIN ledger_asset s ON s.id = t.asset_id AND s.key = 'uses:' || u.card_key
      JOIN ledger_entry e ON e.transaction_id = t.id AND e.pocket = 2
      JOIN ledger_lot l ON l.id = e.lot_id
     WHERE u.card_key = %(card)s AND u.due > 0
)
SELECT currency, sum(worth)::bigint
  FROM (SELECT currency, net_minor * least(sum(available), due) / due AS worth
          FROM bought GROUP BY id, currency, net_minor, due) w
 GROUP BY currency ORDER BY currency
"""


def outstanding_worth(card_key: str) -> list[Money]:
    """What customers paid for the uses of a card they have not used, in each currency."""
    return [Money(int(amount), currency) for currency, amount in sql.rows(_WORTH, {"card": card_key})]
