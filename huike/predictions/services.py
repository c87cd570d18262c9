"""Makes supplies anew from orders, and tells of the days that come. `docs/algorithms/replenishment.md`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from huike.platform import sql
from huike.platform.config import get_config
from huike.platform.outbox import DomainEvent, announce
from huike.predictions.events import ReplenishmentDue, SampleUsedUp
from huike.predictions.models import Supply
from huike.predictions.rules import CameBack, Lasting, Purchase, days_of, kept, supplies

NEWS: Final = timedelta(days=7)
"""What should have been used up longer ago is no news: a file that brings years of purchases tells nobody."""
BATCH_SIZE: Final = 500

# Goods that last a while and what they are samples of, by customer, product and order.
_LINES = """
SELECT o.customer_id, l.product_id, o.id, o.kind = 'return', o.placed_at, o.return_of_id,
       (abs(sum(l.quantity)) * 1000)::bigint
  FROM orders_order o
  JOIN customers_customer c ON c.id = o.customer_id AND c.state = 'active'
  JOIN orders_line l ON l.order_id = o.id
 WHERE o.customer_id = ANY(%(ids)s::bigint[]) AND o.state = 'placed'
   AND l.product_id IN (SELECT unnest(ARRAY[p.id, p.sample_of_id])
                          FROM catalog_product p WHERE p.usage_days IS NOT NULL)
 GROUP BY o.id, l.product_id
HAVING sum(l.quantity) <> 0
"""
_GOODS = "SELECT id, usage_days, sample_of_id FROM catalog_product WHERE usage_days IS NOT NULL"


class _Kept(NamedTuple):
    used_up_at: datetime
    began_at: datetime
    bought_at: datetime | None
    order_ids: list[int]


def refresh(customer_ids: Iterable[int]) -> int:
    """Make the supplies of these customers anew; how many rows were written or deleted. In the caller's transaction."""
    ids = sorted(set(customer_ids))
    wanted = _supplies_of(ids)
    written = 0
    for row in Supply.objects.filter(customer_id__in=ids).select_for_update().order_by("pk"):
        target = wanted.pop((row.customer_id, row.product_id, row.used_up_on), None)
        if target is None:
            row.delete()
        elif target != _Kept(row.used_up_at, row.began_at, row.bought_at, row.order_ids):
            row.used_up_at, row.began_at, row.bought_at, row.order_ids = target
            row.save(update_fields=list(_Kept._fields))
        else:
            continue
        written += 1
    made = Supply.objects.bulk_create(
        Supply(customer_id=customer_id, product_id=product_id, used_up_on=day, **target._asdict())
        for (customer_id, product_id, day), target in wanted.items()
    )
    return written + len(made)


def _supplies_of(customer_ids: list[int]) -> dict[tuple[int, int, date], _Kept]:
    goods = {id_: (usage_days, sample_of_id) for id_, usage_days, sample_of_id in sql.rows(_GOODS)}
    if not goods:
        return {}
    zone = get_config().zone
    purchases: dict[tuple[int, int], list[Purchase]] = defaultdict(list)
    returns: dict[tuple[int, int], list[CameBack]] = defaultdict(list)
    for customer_id, product_id, order_id, is_return, placed_at, sale_id, milli in sql.rows(
        _LINES, {"ids": customer_ids}
    ):
        quantity = Decimal(milli) / 1000
        if is_return:
            returns[customer_id, product_id].append(CameBack(placed_at, quantity, sale_id))
        else:
            purchases[customer_id, product_id].append(Purchase(order_id, placed_at, quantity))
    left = {key: kept(bought, returns[key]) for key, bought in purchases.items()}
    found: dict[tuple[int, int, date], _Kept] = {}
    for (customer_id, product_id), bought in left.items():
        if product_id not in goods:
            continue
        usage_days, sample_of_id = goods[product_id]
        hers = supplies([_lasting(one, usage_days, zone) for one in bought])
        for place, supply in enumerate(hers):
            again = (
                (one.placed_at for one in left.get((customer_id, sample_of_id), ()))
                if sample_of_id is not None
                else (later.began_at for later in hers[place + 1 :])
            )
            found[customer_id, product_id, supply.used_up_on] = _Kept(
                datetime.combine(supply.used_up_on, time(), zone),
                supply.began_at,
                min((at for at in again if at > supply.began_at), default=None),
                list(supply.order_ids),
            )
    return found


def _lasting(one: Purchase, usage_days: int, zone: ZoneInfo) -> Lasting:
    placed_on = one.placed_at.astimezone(zone).date()
    return Lasting(one.order_id, one.placed_at, placed_on, days_of(one.quantity, usage_days))


_TELL = """
INSERT INTO predictions_used_up (customer_id, product_id, used_up_on, told_at)
SELECT s.customer_id, s.product_id, s.used_up_on, %(now)s
  FROM predictions_supply s
 WHERE s.used_up_on <= %(today)s AND s.used_up_on > %(since)s
   AND NOT EXISTS (SELECT FROM predictions_used_up t WHERE t.customer_id = s.customer_id
                      AND t.product_id = s.product_id AND t.used_up_on = s.used_up_on)
 ORDER BY s.customer_id, s.product_id, s.used_up_on LIMIT %(most)s
ON CONFLICT DO NOTHING
RETURNING customer_id, product_id, used_up_on
"""
_TOLD = """
SELECT s.customer_id, s.product_id, s.used_up_on, p.sample_of_id, coalesce(s.bought_at <= %(now)s, false)
  FROM unnest(%(customers)s::bigint[], %(products)s::bigint[], %(days)s::date[]) AS t (customer_id, product_id, day)
  JOIN predictions_supply s ON s.customer_id = t.customer_id AND s.product_id = t.product_id AND s.used_up_on = t.day
  JOIN catalog_product p ON p.id = s.product_id
 ORDER BY s.customer_id, s.product_id, s.used_up_on
"""


def tell_used_up(*, now: datetime, most: int = BATCH_SIZE) -> int:
    """Announce what should be used up today or was within a week, once for each customer, product and day; how many
    were told. Call it until it says 0."""
    today = now.astimezone(get_config().zone).date()
    with transaction.atomic():
        told = sql.rows(_TELL, {"now": now, "today": today, "since": today - NEWS, "most": most})
        customers, products, days = ([row[place] for row in told] for place in range(3))
        about = sql.rows(_TOLD, {"now": now, "customers": customers, "products": products, "days": days})
        announce(*(_news(*row, now=now) for row in about))
        return len(told)


def _news(
    customer_id: int, product_id: int, used_up_on: date, sample_of_id: int | None, has_bought: bool, *, now: datetime
) -> DomainEvent:
    day = used_up_on.isoformat()
    if sample_of_id is None:
        return ReplenishmentDue(product_id=product_id, used_up_on=day, customer_id=customer_id, occurred_at=now)
    return SampleUsedUp(
        product_id=product_id,
        sample_of_id=sample_of_id,
        used_up_on=day,
        has_bought=has_bought,
        customer_id=customer_id,
        occurred_at=now,
    )
