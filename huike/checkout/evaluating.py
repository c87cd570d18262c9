"""A cart with its offers and coupons: what the evaluation must know, asked for no more than the offers ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from huike.catalog import selectors as catalog
from huike.loyalty.tiers.till import standing_at
from huike.orders import selectors as orders
from huike.platform.config import get_config
from huike.promotions.applications.selectors import applications_of, pinned, spent_of
from huike.promotions.evaluation.budgets import draws_of
from huike.promotions.evaluation.cart import Buyer, Cart, CartLine
from huike.promotions.evaluation.conditions import why_not_but_for_the_buyer
from huike.promotions.evaluation.evaluate import Evaluation, evaluate
from huike.promotions.models import Application
from huike.promotions.offers.live import live_offers
from huike.promotions.rules import CouponFacts, Terms
from huike.segments.selectors import segments_holding


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """One line of a cart: what it comes to before any offer."""

    sku: str
    base_minor: int
    quantity_milli: int
    is_reduced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCart:
    """A cart as it was told, before anything of it is looked up."""

    at: datetime
    currency: str
    lines: Sequence[ToldLine]
    store_id: int | None
    channel: str
    customer_id: int | None
    order_key: str
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a cart comes to, and what an earlier revision of its order stood with."""

    cart: Cart
    evaluation: Evaluation
    stood_with: Sequence[Application]


def stood_with(order_id: int | None) -> Sequence[Application]:
    return [] if order_id is None else applications_of(order_id)


def evaluate_cart(
    told: ToldCart,
    *,
    codes: Sequence[str],
    coupons: Mapping[str, CouponFacts],
    automatic: bool,
    before: Sequence[Application] = (),
    draft: Terms | None = None,
    live: bool = True,
) -> Evaluated:
    """The best combination of the codes, with `automatic` of the offers that hold by themselves, too.

    Those `before` are judged in the version the order stood with, the others, with `live`, as they are; `draft` takes
    the place of the one of its id.
    """
    offers = _automatic(before, draft, live_offers() if live else ()) if automatic else []
    asked = [*offers, *(coupons[code].terms for code in codes if code in coupons)]
    cart = _cart(told, asked)
    cart = replace(cart, buyer=_buyer(told, cart, asked))
    zone = get_config().zone
    drawn = [draws_of(terms, cart, zone=zone) for terms in asked if terms.document.budgets]
    keys = [draw.key for draws in drawn if isinstance(draws, list) for draw in draws]
    spent = spent_of(keys, but_of=before)
    return Evaluated(cart, evaluate(cart, codes, coupons, offers=offers, spent=spent, zone=zone), before)


def _automatic(before: Sequence[Application], draft: Terms | None, live: Sequence[Terms]) -> list[Terms]:
    kept = pinned(before)
    others = {terms.offer_id for terms in kept} | ({draft.offer_id} if draft else set())
    return [*kept, *(terms for terms in live if terms.offer_id not in others), *([draft] if draft else [])]


def _cart(told: ToldCart, asked: Sequence[Terms]) -> Cart:
    documents = [terms.document for terms in asked]
    kinds = catalog.kinds_of_skus({line.sku for line in told.lines}) if any(d.asks_for_goods for d in documents) else {}
    above = catalog.paths_of_categories() if any(d.asks_for_categories for d in documents) else {}
    lines = [
        CartLine(
            base_minor=line.base_minor,
            quantity_milli=line.quantity_milli,
            product_id=kind.product_id if kind else None,
            category_ids=above.get(kind.category_id or 0, frozenset()) if kind else frozenset(),
            brand_id=kind.brand_id if kind else None,
            is_reduced=line.is_reduced,
        )
        for line in told.lines
        for kind in [kinds.get(line.sku)]
    ]
    return Cart(
        at=told.at,
        currency=told.currency,
        lines=tuple(lines),
        store_id=told.store_id,
        channel=told.channel,
        order_key=told.order_key,
        order_id=told.order_id,
    )


def _buyer(told: ToldCart, cart: Cart, asked: Sequence[Terms]) -> Buyer | None:
    """The buyer, as far as an offer that would hold but for her asks."""
    if told.customer_id is None:
        return None
    zone = get_config().zone
    conditions = [
        terms.document.customer
        for terms in asked
        if terms.document.customer.asks and why_not_but_for_the_buyer(terms.document, cart, zone=zone) is None
    ]
    is_new = any(each.is_new for each in conditions)
    standing = (
        standing_at(told.customer_id, told.at) if any(each.is_member or each.tiers for each in conditions) else None
    )
    segment_ids = {id for each in conditions for id in (*each.segment_ids, *each.not_segment_ids)}
    return Buyer(
        customer_id=told.customer_id,
        is_new=is_new and not orders.has_other_sales(told.customer_id, besides=told.order_id),
        is_member=standing is not None and standing.is_member,
        tier=standing.tier if standing else None,
        segment_ids=frozenset(segments_holding(segment_ids, customer_id=told.customer_id)),
    )
