"""Reads: what orders stand with, and where budgets do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from huike.platform import sql
from huike.promotions.evaluation.budgets import Spent
from huike.promotions.models import Application
from huike.promotions.offers.live import terms_of
from huike.promotions.rules import Terms


def applications_of(order_id: int) -> list[Application]:
    """What an order stands with, in the order it was written."""
    return list(Application.objects.filter(order_id=order_id).select_related("offer", "terms").order_by("pk"))


def pinned(applications: Iterable[Application]) -> list[Terms]:
    """The automatic offers among these, under the versions they were judged by."""
    return [terms_of(each.offer, each.terms, is_pinned=True) for each in applications if each.coupon_id is None]


def spent_of(keys: Sequence[str], *, but_of: Iterable[Application] = ()) -> dict[str, Spent]:
    """Where these budgets stand, without what these applications drew on them; one that is absent stands at nothing."""
    if not keys:
        return {}
    found = sql.rows(
        "SELECT key, uses, amount_minor FROM promotions_budget_use WHERE key = ANY(%s::text[])", [sorted(set(keys))]
    )
    stands = {key: Spent(int(uses), int(amount_minor)) for key, uses, amount_minor in found}
    for each in but_of:
        for key in each.draws if each.given_back_at is None else ():
            if key in stands:
                uses, amount_minor = stands[key]
                stands[key] = Spent(uses - 1, amount_minor - each.discount_minor)
    return stands


Factors = Mapping[int, tuple[int, ...]]
"""By line number, how many times its points it earns by offers (hundredths of a percent, each)."""

POINT_FACTORS = """
(SELECT json_agg(json_build_array(n::text::bigint, (a.given->>'factor_bp')::bigint) ORDER BY a.id)
   FROM promotions_application a, jsonb_array_elements(a.given->'line_numbers') AS n
  WHERE a.order_id = {order}.id AND a.given->>'kind' = 'points')::text
"""
"""What `factors_of` reads, as JSON, of an order of a larger statement; NULL where no offer gives any."""


def factors_of(told: Iterable[Sequence[int]]) -> Factors:
    factors: dict[int, tuple[int, ...]] = {}
    for line_number, factor_bp in told:
        factors[line_number] = (*factors.get(line_number, ()), factor_bp)
    return factors
