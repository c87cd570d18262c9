"""What groups bought as orders of `huike.orders`, so that history, segments and points see it.

Written after the fact, by handlers: an order told twice is one order, and a group never waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

<<<<<<< HEAD
from django.db import transaction

from huike.groupbuy.events import FirstPurchase
from huike.groupbuy.models import Participation, Voucher
from huike.groupbuy.sources import CHANNEL, KEY
from huike.kernel.money import minor_exponent
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, CanonicalPayment, Kind, Step
from huike.platform import sql
from huike.platform.outbox import announce


def place_orders(group_id: int, *, formed_at: datetime, now: datetime) -> None:
    """One sale for each confirmed participation of a formed group; whose first purchase it is, is told."""
    confirmed = Participation.objects.filter(group_id=group_id, state=Participation.State.CONFIRMED)
    for one in confirmed.select_related("group", "deal__product").order_by("customer_id", "pk"):
        sku = one.deal.product.sku if one.deal.product else ""
        price_micros = _micros(one.group.price_minor, one.group.currency)
        order = CanonicalOrder(
            source_key=KEY,
            external_id=_number(one.pk),
            kind=Kind.SALE,
            placed_at=formed_at,
            channel=CHANNEL,
            currency=one.group.currency,
            lines=(CanonicalLine(sku=sku, quantity_milli=one.quantity * 1_000, unit_price_micros=price_micros),),
            payments=(CanonicalPayment(tender="wallet", amount_minor=one.amount_minor),),
            buyer=(BuyerIdentity("id", str(one.customer_id)),),
        )
        with transaction.atomic():
            placement = orders.place(order, now=now)
            if placement.step is Step.CREATE and placement.customer_id is not None:
                _tell_first_purchase(one, placement.order_id, placement.customer_id, at=formed_at)


# The buyer's file is locked by the order just written, so no other order of hers is on its way.
_BOUGHT_BEFORE = """
SELECT EXISTS (SELECT FROM orders_order
                WHERE customer_id = %(customer)s AND id <> %(order)s AND kind = 'sale' AND state = 'placed'
                  AND placed_at <= %(at)s::timestamptz)
    OR EXISTS (SELECT FROM groupbuy_participation WHERE customer_id = %(customer)s AND is_first_purchase)
"""


def _tell_first_purchase(one: Participation, order_id: int, customer_id: int, *, at: datetime) -> None:
    """Where she had bought nothing before, through no channel; once of each customer."""
    found = sql.row(_BOUGHT_BEFORE, {"customer": customer_id, "order": order_id, "at": at})
    if found is None or found[0]:
        return
    Participation.objects.filter(pk=one.pk).update(is_first_purchase=True)
    announce(
        FirstPurchase(
            group_id=one.group_id,
            deal_id=one.deal_id,
            participation_id=one.pk,
            order_id=order_id,
            customer_id=customer_id,
            occurred_at=at,
        )
=======
from huike.groupbuy.models import Voucher
from huike.groupbuy.sources import CHANNEL, KEY
from huike.kernel.money import minor_exponent
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity, CanonicalLine, CanonicalOrder, CanonicalPayment, Kind
from huike.platform import sql

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
    order in which everybody locks them."""
    orders.place_all(map(_sale, sql.rows(_CONFIRMED, {"groups": list(group_ids)})), now=now)


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
>>>>>>> joins
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
