"""One sale in one transaction: buyer, order, coupons, payments, events. Or none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from huike.catalog import services as catalog
from huike.kernel.errors import HuikeError
from huike.kernel.scope import Scope
from huike.orders import services as orders
from huike.orders.rules import BuyerIdentity, CanonicalOrder, Kind, Step, amounts_of_lines
from huike.orders.services import Opening, Placement
from huike.platform import locks
from huike.platform.audit import Actor
from huike.promotions import selectors as promotion_facts
from huike.promotions import services as promotions
from huike.promotions.rules import Cart, CouponFacts, Evaluation, evaluate, order_key


@dataclass(frozen=True, slots=True)
class Sale:
    """What became of an order that a till sent, and what its coupons came to."""

    placement: Placement
    evaluation: Evaluation | None


def take_order(order: CanonicalOrder, *, actor: Actor, scope: Scope, now: datetime) -> Sale:
    """Take an order with its coupons.

    Raises what `orders.services.place` raises, and the refusal of the first coupon that does not hold (`coupon.…`,
    `offer.…`); nothing is written then, and a transaction this is called in must be rolled back.
    """
    with transaction.atomic(savepoint=False):  # a savepoint costs two round trips, and nobody goes on after a refusal
        while True:
            try:
                return _take(order, actor=actor, scope=scope, now=now)
            except orders.Overtaken:
                continue


def _take(order: CanonicalOrder, *, actor: Actor, scope: Scope, now: datetime) -> Sale:
    facts = promotion_facts.facts_of(order.coupon_codes)
    opening = orders.open_order(_with_owner(order, facts), scope=scope, now=now)
    replaces = opening.step is Step.REPLACE
    if not opening.changes_content or not (order.coupon_codes or replaces):
        return Sale(orders.write_order(opening, now=now), None)
    evaluation = evaluate(_cart(opening), order.coupon_codes, facts)
    if evaluation.refusal is not None:
        raise promotions.refusal_of(evaluation.refusal)
    if replaces and opening.order_id is not None:
        promotions.give_back(opening.order_id, at=now, actor=actor)
    placement = orders.write_order(opening, extra_discounts_minor=evaluation.line_discounts_minor, now=now)
    promotions.redeem_for_order(
        evaluation,
        order_id=placement.order_id,
        order_key=order_key(order.source_key, order.external_id),
        currency=order.currency,
        at=order.placed_at,
        actor=actor,
    )
    return Sale(placement, evaluation)


def take_orders(
    source_key: str, orders_told: Sequence[CanonicalOrder | HuikeError], *, actor: Actor, scope: Scope, now: datetime
) -> list[Sale | HuikeError]:
    """Take orders of one source in one transaction, each whole or not at all; what became of each, in their order.

    An error in place of an order is passed on. Two batches of a source wait for each other, and all their orders' names
    and goods are taken before any person, so that batches do not wait in a ring with tills of other orders. What rings
    are left (two people, two sources) the database breaks, and whoever calls begins again.
    """
    with transaction.atomic():
        locks.hold("order batch", source_key)
        told = [order for order in orders_told if isinstance(order, CanonicalOrder)]
        for name in sorted({name for order in told for name in (order.external_id, order.return_of) if name}):
            locks.hold("order", source_key, name)
        catalog.products_by_sku({line.sku: line.name for order in told for line in order.lines if line.sku})
        return [_taken(order, actor=actor, scope=scope, now=now) for order in orders_told]


def _taken(order: CanonicalOrder | HuikeError, *, actor: Actor, scope: Scope, now: datetime) -> Sale | HuikeError:
    if isinstance(order, HuikeError):
        return order
    try:
        with transaction.atomic():
            return take_order(order, actor=actor, scope=scope, now=now)
    except HuikeError as error:
        return error


def quote(order: CanonicalOrder, *, scope: Scope, now: datetime) -> tuple[Opening, Evaluation]:
    """What the order would come to and which of its coupons hold; stores nothing.

    Raises as `take_order` does, but not for coupons: those that do not hold are in the evaluation with their reason.
    """
    facts = promotion_facts.facts_of(order.coupon_codes)
    with transaction.atomic():
        opening = orders.quote_order(_with_owner(order, facts), scope=scope, now=now)
    return opening, evaluate(_cart(opening), order.coupon_codes, facts)


def _with_owner(order: CanonicalOrder, facts: dict[str, CouponFacts]) -> CanonicalOrder:
    """An order that names no buyer but carries coupons of one customer is hers: the code says who she is."""
    if order.buyer or not facts or order.kind is Kind.RETURN:
        return order
    owners = {coupon.customer_id for coupon in facts.values() if coupon.customer_id is not None}
    if len(owners) != 1:
        return order
    (owner_id,) = owners
    return replace(order, buyer=(BuyerIdentity("id", str(owner_id)),))


def _cart(opening: Opening) -> Cart:
    told = opening.told
    return Cart(
        at=told.placed_at,
        currency=told.currency,
        bases_minor=tuple(abs(amounts.net_minor) for amounts in amounts_of_lines(told)),
        store_id=opening.store_id,
        customer_id=opening.customer_id,
        order_key=order_key(told.source_key, told.external_id),
        order_id=opening.order_id,
    )
