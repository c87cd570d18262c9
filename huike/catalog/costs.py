"""What goods cost the house. `docs/algorithms/product-costs.md` is the specification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction

from huike.catalog.errors import CostNotFound, CostTwice, ProductNotFound, ProductsUnknown
from huike.catalog.models import Product, ProductCost
from huike.kernel.money import Money, minor_exponent
from huike.platform import audit
from huike.platform.audit import Actor

IN_FORCE: Final = """
SELECT product_id, currency::text AS currency, cost_minor, starts_on,
       lead(starts_on, 1, 'infinity') OVER (PARTITION BY product_id, currency ORDER BY starts_on) AS ends_on
  FROM catalog_product_cost
"""
"""Every cost with the day it ends (of the newest, `infinity`), as SQL for whoever costs many lines at once."""


def rounded(amount: str) -> str:
    """SQL that rounds a numeric expression half to even, as money is everywhere, to a bigint: the server's own rounding
    goes away from zero where two are as near."""
    return f"(round({amount}) - CASE WHEN abs(mod({amount}, 2)) = 0.5 THEN sign({amount}) ELSE 0 END)::bigint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One piece of this SKU costs so much from this day on."""

    sku: str
    cost: Money
    starts_on: date


_WRITE: Final = """
WITH told AS (
    SELECT * FROM unnest(%(products)s::bigint[], %(currencies)s::text[], %(costs)s::bigint[], %(days)s::date[])
        AS t (product_id, currency, cost_minor, starts_on)
), written AS (
    INSERT INTO catalog_product_cost AS kept (product_id, currency, cost_minor, starts_on, told_by, told_at)
    SELECT product_id, currency, cost_minor, starts_on, %(by)s, %(at)s FROM told
     ORDER BY product_id, currency, starts_on
        ON CONFLICT (product_id, currency, starts_on)
        DO UPDATE SET cost_minor = EXCLUDED.cost_minor, told_by = EXCLUDED.told_by, told_at = EXCLUDED.told_at
     WHERE kept.cost_minor <> EXCLUDED.cost_minor
    RETURNING product_id, currency, starts_on
)
SELECT w.product_id, w.currency, w.starts_on, before.cost_minor
  FROM written w
  LEFT JOIN catalog_product_cost before USING (product_id, currency, starts_on)
 ORDER BY 1, 2, 3
"""
# The statement sees the table as it was: `before` is what stood there.


def set_costs(told: Sequence[Told], *, actor: Actor, now: datetime) -> int:
    """Keep these costs, all or none; how many are new or other than before.

    Raises ProductsUnknown, CostTwice, UnknownCurrency.
    """
    for one in told:
        minor_exponent(one.cost.currency)
    twice = Counter((one.sku, one.cost.currency, one.starts_on) for one in told)
    if any(count > 1 for count in twice.values()):
        raise CostTwice(skus=sorted({sku for (sku, _, _), count in twice.items() if count > 1}))
    skus = sorted({one.sku for one in told})
    with transaction.atomic():
        known = dict(Product.objects.filter(sku__in=skus).values_list("sku", "pk"))
        if len(known) < len(skus):
            raise ProductsUnknown(skus=[sku for sku in skus if sku not in known])
        params: dict[str, Any] = {
            "products": [known[one.sku] for one in told],
            "currencies": [one.cost.currency for one in told],
            "costs": [one.cost.amount_minor for one in told],
            "days": [one.starts_on for one in told],
            "by": actor.label[:120],
            "at": now,
        }
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, params)
            changed = cursor.fetchall()
        for product_id, currency, starts_on, before_minor in changed:
            details = {"currency": currency, "starts_on": starts_on.isoformat(), "before_minor": before_minor}
            audit.record(actor, "set_product_cost", subject_kind="product", subject_id=product_id, details=details)
    return len(changed)


def costs_of(product_id: int) -> list[ProductCost]:
    """The newest day first. Raises ProductNotFound."""
    if not Product.objects.filter(pk=product_id).exists():
        raise ProductNotFound
    return list(ProductCost.objects.filter(product_id=product_id).order_by("-starts_on", "currency"))


def remove_cost(cost_id: int, *, actor: Actor) -> None:
    """Take a cost away: what was in force before holds on. Raises CostNotFound."""
    with transaction.atomic():
        cost = ProductCost.objects.select_for_update().filter(pk=cost_id).first()
        if cost is None:
            raise CostNotFound
        details = {
            "currency": cost.currency,
            "starts_on": cost.starts_on.isoformat(),
            "before_minor": cost.cost_minor,
        }
        audit.record(actor, "remove_product_cost", subject_kind="product", subject_id=cost.product_id, details=details)
        cost.delete()
