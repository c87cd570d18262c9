"""What groups bought as orders of `huike.orders`, so that history, segments and points see it.

Written after the fact, by handlers: an order told twice is one order, and a group never waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from huike.groupbuy.events import FirstPurchase
from huike.groupbuy.models import Voucher
from huike.groupbuy.sources import CHANNEL, KEY
from huike.kernel.money import minor_exponent
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, CanonicalPayment, Kind, Step
from huike.platform import sql
from huike.platform.outbox import announce

_CONFIRMED = """
SELECT p.id, p.customer_id, p.quantity, p.amount_minor, g.price_minor, g.currency, g.ended_at, COALESCE(x.sku, '')
  FROM groupbuy_participation p
  JOIN groupbuy_group g ON g.id = p.group_id
  JOIN groupbuy_deal d ON d.id = p.deal_id
  LEFT JOIN catalog_product x ON x.id = d.product_id
 WHERE p.group_id = ANY(%(groups)s::bigint[]) AND p.state = 'confirmed'
 ORDER BY p.customer_id, p.id
"""


def place_orders(group_ids: Iterable[int], *, now: datetime) -> None:
    """One sale for each confirmed participation of these formed groups, as of when its group formed; people in the
    order in which everybody locks them. Whose first purchase it is, is told."""
    with transaction.atomic():
        confirmed = sql.rows(_CONFIRMED, {"groups": list(group_ids)})
        placements = orders.place_all(map(_sale, confirmed), now=now)
        _tell_first_purchases(
            {
                row[0]: placement.order_id
                for row, placement in zip(confirmed, placements, strict=True)
                if placement.step is Step.CREATE
            }
        )


# Where she had bought nothing before, through no channel; once of each customer. Her file is locked by the order just
# written, so no other order of hers is on its way.
_FIRST = """
WITH first AS (
    SELECT DISTINCT ON (o.customer_id) made.participation_id, made.order_id, o.customer_id, o.placed_at
      FROM unnest(%(participations)s::bigint[], %(orders)s::bigint[]) AS made (participation_id, order_id)
      JOIN orders_order o ON o.id = made.order_id
     WHERE o.customer_id IS NOT NULL
     ORDER BY o.customer_id, o.placed_at, o.id
), told AS (
    UPDATE groupbuy_participation p SET is_first_purchase = true
      FROM first
     WHERE p.id = first.participation_id
       AND NOT EXISTS (SELECT FROM orders_order o
                        WHERE o.customer_id = first.customer_id AND o.id <> ALL(%(orders)s::bigint[])
                          AND o.kind = 'sale' AND o.state = 'placed' AND o.placed_at <= first.placed_at)
       AND NOT EXISTS (SELECT FROM groupbuy_participation b
                        WHERE b.customer_id = first.customer_id AND b.is_first_purchase)
    RETURNING p.group_id, p.deal_id, p.id, first.order_id, first.customer_id, first.placed_at
)
SELECT * FROM told ORDER BY customer_id
"""


def _tell_first_purchases(made: Mapping[int, int]) -> None:
    """Of these participations, each with the order just made of it, those that are somebody's first purchase."""
    if not made:
        return
    found = sql.rows(_FIRST, {"participations": list(made), "orders": list(made.values())})
    for group_id, deal_id, participation_id, order_id, customer_id, at in found:
        announce(
            FirstPurchase(
                group_id=group_id,
                deal_id=deal_id,
                participation_id=participation_id,
                order_id=order_id,
                customer_id=customer_id,
                occurred_at=at,
            )
        )


def _sale(row: sql.Row) -> CanonicalOrder:
    id_, customer_id, quantity, amount_minor, price_minor, currency, formed_at, sku = row
    price_micros = _micros(price_minor, currency)
    return CanonicalOrder(
        source_key=KEY,
        external_id=_number(id_),
        kind=Kind.SALE,
        placed_at=formed_at,
        channel=CHANNEL,
        currency=currency,
        lines=(CanonicalLine(sku=sku, quantity_milli=quantity * 1_000, unit_price_micros=price_micros),),
        payments=(CanonicalPayment(tender="wallet", amount_minor=amount_minor),),
        buyer=(BuyerIdentity("id", str(customer_id)),),
    )


def take_back(voucher_ids: Iterable[int], *, now: datetime) -> None:
    """A return for what was given back of each of these vouchers: one piece, less what was used of it."""
    ended = Voucher.objects.filter(pk__in=list(voucher_ids), refund_id__isnull=False, ended_at__isnull=False)
    for voucher in ended.select_related("participation__group", "deal__product").order_by("pk"):
        part = voucher.participation
        refund_minor = voucher.price_minor - _redeemed_minor(voucher)
        order = CanonicalOrder(
            source_key=KEY,
            external_id=f"{_number(part.pk)}:voucher:{voucher.number}",
            kind=Kind.RETURN,
            placed_at=voucher.ended_at or now,
            channel=CHANNEL,
            currency=part.group.currency,
            lines=(
                CanonicalLine(
                    sku=voucher.deal.product.sku if voucher.deal.product else "",
                    quantity_milli=1_000,
                    unit_price_micros=_micros(voucher.price_minor, part.group.currency),
                    discount_minor=voucher.price_minor - refund_minor,
                ),
            ),
            payments=(CanonicalPayment(tender="wallet", amount_minor=refund_minor),),
            return_of=_number(part.pk),
        )
        orders.place(order, now=now)


def _number(participation_id: int) -> str:
    return f"participation:{participation_id}"


def _redeemed_minor(voucher: Voucher) -> int:
    return sum(voucher.redemptions.filter(undone_at=None).values_list("amount_minor", flat=True))


def _micros(price_minor: int, currency: str) -> int:
    return int(price_minor * 10 ** (6 - minor_exponent(currency)))
