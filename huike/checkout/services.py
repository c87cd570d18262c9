"""One sale in one transaction: buyer, order, coupons, payments, events. Or none of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import transaction

from huike.catalog import selectors as catalog_facts
from huike.catalog import services as catalog
from huike.checkout.evaluating import ToldCart, ToldLine, evaluate_cart, stood_with
from huike.customers import selectors as customer_facts
from huike.customers import services as customers
from huike.kernel.errors import HuikeError
from huike.kernel.scope import EVERYTHING, Scope
from huike.ledger import services as holds
from huike.ledger.errors import HoldNotFound
from huike.ledger.services import HoldView
from huike.loyalty.cards import selectors as cards
from huike.loyalty.cards.selectors import Silent
from huike.loyalty.count_cards import selectors as card_facts
from huike.loyalty.count_cards import services as count_cards
from huike.loyalty.count_cards.errors import BuyerUnknown
from huike.loyalty.count_cards.selectors import CardView
from huike.loyalty.count_cards.services import Used
from huike.loyalty.errors import PointsOfNobody
from huike.loyalty.points import quoting
from huike.loyalty.points import services as points
from huike.loyalty.points.quoting import MemberQuote
from huike.loyalty.points.services import Settled
from huike.loyalty.stored_value import selectors as value_facts
from huike.loyalty.stored_value import services as stored_value
from huike.loyalty.stored_value.errors import Nobody
from huike.loyalty.stored_value.rules import STORED_VALUE
from huike.loyalty.stored_value.selectors import Usable
from huike.loyalty.tiers.till import line_discounts as tier_discounts
from huike.orders import selectors as order_facts
from huike.orders import services as orders
from huike.orders.errors import OrderInvalid, StoreUnknown
from huike.orders.rules import (
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    Amounts,
    BuyerIdentity,
    CanonicalLine,
    CanonicalOrder,
    Kind,
    Step,
    amounts_of_lines,
    faults_of,
    scaled,
)
from huike.orders.services import Opening, Placement
from huike.platform import locks
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.promotions import selectors as promotion_facts
from huike.promotions.applications import services as applications
from huike.promotions.applications.selectors import applications_of
from huike.promotions.coupons import services as promotions
from huike.promotions.evaluation.evaluate import Evaluation
from huike.promotions.offers.selectors import find_offer
from huike.promotions.rules import CouponFacts, Terms, order_key
from huike.promotions.terms.document import OfferDocument


@dataclass(frozen=True, slots=True)
class Sale:
    """What became of an order that a till sent, what its offers and coupons came to, and where it stands in points."""

    placement: Placement
    evaluation: Evaluation | None
    points: Settled | None = None
    silent_card: Silent | None = None


def take_order(
    order: CanonicalOrder,
    *,
    actor: Actor,
    scope: Scope,
    now: datetime,
    member_price: bool = False,
    offers: bool = False,
    is_over: bool = False,
) -> Sale:
    """Take an order with its coupons and points; with `member_price` also with what its buyer's tier takes off, with
    `offers` with the offers that hold by themselves.

    With `is_over` the goods are gone already (a shop that tells of them later, a till that was offline): points that
    are missing are owed instead of refused. Raises what `orders.services.place` raises, the refusal of the first coupon
    that does not hold (`coupon.…`, `offer.…`), OfferBudgetUsedUp where a budget was drawn on since: the till quotes
    again; and that of a payment in points or stored value (`points.…`,
    `stored_value.…`, `ledger.…`); nothing is written then, and a transaction this is called in must be rolled back.
    """
    order, silent = _with_cards(order)
    with transaction.atomic(savepoint=False):  # a savepoint costs two round trips, and nobody goes on after a refusal
        while True:
            try:
                sale = _take(order, actor=actor, scope=scope, now=now, member_price=member_price, offers=offers)
            except orders.Overtaken:
                continue
            return replace(_with_points(order, sale, now=now, is_over=is_over), silent_card=silent)


def _with_cards(order: CanonicalOrder) -> tuple[CanonicalOrder, Silent | None]:
    """The order with what is known of its buyer's card where that names nobody now, and that card."""
    numbers = [one.value for one in order.buyer if one.kind == "card"]
    silent = cards.silent_cards(numbers, at=order.placed_at) if numbers else []
    if not silent:
        return order, None
    return replace(order, silent_cards=tuple((card.number, card.holder_id) for card in silent)), silent[0]


def _with_points(told: CanonicalOrder, sale: Sale, *, now: datetime, is_over: bool) -> Sale:
    """What was repeated is looked at, too: it is told where it stands. Stored value settles with it."""
    placement = sale.placement
    by_value = any(payment.tender == STORED_VALUE for payment in told.payments)
    if placement.customer_id is None and placement.step is not Step.REPLACE and not by_value:
        return sale
    settled = points.settle([placement.order_id], now=now, overdraw=is_over)
    of_sale = settled.get(placement.order_id) or next(iter(settled.values()), None)
    return replace(sale, points=of_sale)


def _take(
    order: CanonicalOrder, *, actor: Actor, scope: Scope, now: datetime, member_price: bool, offers: bool
) -> Sale:
    facts = promotion_facts.facts_of(order.coupon_codes)
    opening = orders.open_order(_with_owner(order, facts), scope=scope, now=now)
    replaces = opening.step is Step.REPLACE
    tier_off = _tier_off(opening, member_price=member_price)
    is_sale = order.kind is Kind.SALE and not order.cancelled
    asks = is_sale and bool(order.coupon_codes or offers)
    if not opening.changes_content or not (asks or replaces):
        placement = orders.write_order(opening, extra_discounts_minor=tier_off, now=now)
        _give_back_returned(opening, at=now)
        return Sale(placement, None)
    before = stood_with(opening.order_id if replaces else None)
    evaluated = (
        evaluate_cart(
            _told_cart(opening, tier_off), codes=order.coupon_codes, coupons=facts, automatic=offers, before=before
        )
        if asks
        else None
    )
    if evaluated is not None and evaluated.evaluation.refusal is not None:
        raise promotions.refusal_of(evaluated.evaluation.refusal)
    if replaces and opening.order_id is not None:
        promotions.give_back(opening.order_id, at=now, actor=actor)
    off = tier_off if evaluated is None else _together(tier_off, evaluated.evaluation)
    placement = orders.write_order(opening, extra_discounts_minor=tuple(off), now=now)
    if evaluated is None:
        applications.withdraw(before)
        _give_back_returned(opening, at=now)
        return Sale(placement, None)
    promotions.redeem_for_order(
        evaluated.evaluation,
        order_id=placement.order_id,
        order_key=order_key(order.source_key, order.external_id),
        currency=order.currency,
        at=order.placed_at,
        actor=actor,
    )
    applications.record(
        evaluated.evaluation, evaluated.cart, order_id=placement.order_id, replaces=before, zone=get_config().zone
    )
    return Sale(placement, evaluated.evaluation)


def _give_back_returned(opening: Opening, *, at: datetime) -> None:
    """Where this was a return: what its sale drew on budgets, if that came back whole and the offers say so."""
    if opening.told.kind is not Kind.RETURN or opening.sale_id is None or not opening.changes_content:
        return
    stood = applications_of(opening.sale_id)
    if stood and order_facts.came_back_whole(opening.sale_id):
        applications.give_back_returned(stood, at=at)


def _tier_off(opening: Opening, *, member_price: bool) -> Sequence[int]:
    """What the buyer's tier takes off each line, before any coupon; nothing of a return, whose prices are what they
    were."""
    told = opening.told
    if not member_price or told.kind is Kind.RETURN:
        return ()
    gross = amounts_of_lines(told)
    return tier_discounts(
        opening.customer_id,
        [(line.sku, amount.gross_minor, line.discount_minor) for line, amount in zip(told.lines, gross, strict=True)],
        currency=told.currency,
        at=told.placed_at,
    )


def _together(tier_off: Sequence[int], evaluation: Evaluation) -> tuple[int, ...]:
    off = evaluation.line_discounts_minor
    return tuple(mine + coupons for mine, coupons in zip(tier_off or (0,) * len(off), off, strict=True))


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
            return take_order(order, actor=actor, scope=scope, now=now, is_over=True)
    except HuikeError as error:
        return error


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order would come to; `member` is None where its buyer is none, `stored_value` where she has none."""

    opening: Opening
    evaluation: Evaluation
    amounts: Sequence[Amounts]
    member: MemberQuote | None
    tier_off_minor: int
    stored_value: Usable | None
    count_cards: Sequence[CardView]
    silent_card: Silent | None


def quote(
    order: CanonicalOrder,
    *,
    points_minor: int,
    scope: Scope,
    now: datetime,
    member_price: bool = False,
    offers: bool = False,
) -> Quote:
    """What the order would come to, which offers and coupons hold, and what its buyer may pay with and would earn, with
    `points_minor` of it paid with points; stores nothing.

    Raises as `take_order` does, but not for coupons: those that do not hold are in the evaluation with their reason.
    """
    order, silent = _with_cards(order)
    facts = promotion_facts.facts_of(order.coupon_codes)
    with transaction.atomic():
        opening = orders.quote_order(_with_owner(order, facts), scope=scope, now=now)
    tier_off = _tier_off(opening, member_price=member_price)
    evaluation = evaluate_cart(
        _told_cart(opening, tier_off),
        codes=order.coupon_codes,
        coupons=facts,
        automatic=offers and order.kind is Kind.SALE,
        before=stood_with(opening.order_id),
    ).evaluation
    amounts = amounts_of_lines(order, extra_discounts_minor=_together(tier_off, evaluation))
    member, usable = None, None
    held_cards: Sequence[CardView] = ()
    if opening.customer_id is not None and order.kind is Kind.SALE:
        net_minor = sum(amount.net_minor for amount in amounts)
        usable = value_facts.usable_of(opening.customer_id, net_minor - points_minor, currency=order.currency, now=now)
        held_cards = card_facts.hers(opening.customer_id, now=now)
        member = quoting.quote(
            opening.customer_id,
            _cart_lines(order, amounts, evaluation),
            placed_at=order.placed_at,
            store_id=opening.store_id,
            channel=order.channel,
            currency=order.currency,
            tenders={points.POINTS: points_minor} if points_minor else {},
            now=now,
        )
    return Quote(opening, evaluation, amounts, member, sum(tier_off), usable, held_cards, silent)


def _cart_lines(order: CanonicalOrder, amounts: Sequence[Amounts], evaluation: Evaluation) -> list[quoting.CartLine]:
    given = [verdict.given for verdict in evaluation.standing if verdict.given and verdict.given.factor_bp]
    kinds = catalog_facts.kinds_of_skus({line.sku for line in order.lines})
    return [
        quoting.CartLine(
            line_number=number,
            product_id=kind.product_id if kind else None,
            category_id=kind.category_id if kind else None,
            brand_id=kind.brand_id if kind else None,
            net_minor=amount.net_minor,
            discount_minor=amount.discount_minor,
            offer_factors_bp=tuple(each.factor_bp or 0 for each in given if number in each.line_numbers),
        )
        for number, (line, amount) in enumerate(zip(order.lines, amounts, strict=True), start=1)
        for kind in [kinds.get(line.sku)]
    ]


@dataclass(frozen=True, slots=True)
class Held:
    """What of one tender is set apart for an order."""

    tender: str
    hold: HoldView


def hold(
    source_key: str,
    external_id: str,
    buyer: Sequence[BuyerIdentity],
    *,
    points_amount: int,
    stored_value_minor: int,
    actor: Actor,
    now: datetime,
) -> list[Held]:
    """Set points, stored value or both apart for an order that is being paid: all of it, or nothing. Asked again it
    gives what is there.

    Raises PointsOfNobody, Nobody, NoProgramme, InsufficientBalance, AccountFrozen, KeyReused for another amount.
    """
    key = order_key(source_key, external_id)
    customer_id = customers.known_buyer(
        [(identity.kind, identity.value) for identity in buyer], source_id=order_facts.source_id_of(source_key)
    )
    if customer_id is None:
        raise PointsOfNobody if points_amount else Nobody
    held: list[Held] = []
    # The order that settles them takes stored value first, and so nobody waits in a ring.
    with transaction.atomic():
        if stored_value_minor:
            view = stored_value.hold_for_order(
                customer_id, stored_value_minor, order_key=key, now=now, actor=actor.label
            )
            held.append(Held(STORED_VALUE, view))
        if points_amount:
            held.append(
                Held(points.POINTS, points.hold_for_order(key, customer_id, points_amount, actor=actor, now=now))
            )
    return held


def release(source_key: str, external_id: str, *, actor: Actor, now: datetime) -> list[Held]:
    """Let go of all that was held for an order that will not be paid. Raises HoldNotFound, HoldEnded once settled."""
    key = order_key(source_key, external_id)
    let_go: list[Held] = []
    with transaction.atomic():
        for tender, held_as in ((STORED_VALUE, stored_value.hold_key(key)), (points.POINTS, points.hold_key(key))):
            try:
                let_go.append(Held(tender, holds.release(held_as, now=now, actor=actor.label)))
            except HoldNotFound:
                continue
    if not let_go:
        raise HoldNotFound(key=key)
    return let_go


def use_card(
    source_key: str,
    external_id: str,
    buyer: Sequence[BuyerIdentity],
    card_key: str,
    uses: int,
    *,
    store_code: str | None,
    actor: Actor,
    scope: Scope,
    now: datetime,
) -> tuple[int, Used]:
    """Take uses of a count card of whoever these name, wherever she belongs; who that is. The same number again takes
    nothing more.

    Raises SourceNotFound, StoreUnknown, BuyerUnknown, CardUnknown, InsufficientBalance, KeyReused.
    """
    customer_id = customers.known_buyer(
        [(identity.kind, identity.value) for identity in buyer], source_id=order_facts.source_id_of(source_key)
    )
    if customer_id is None:
        raise BuyerUnknown
    used = count_cards.use(
        customer_id,
        card_key,
        uses,
        key=f"till:{order_key(source_key, external_id)}",
        store_id=_store_id(store_code, scope),
        actor=actor,
        scope=EVERYTHING,
        now=now,
        told={"source": source_key, "number": external_id},
    )
    return customer_id, used


def _store_id(store_code: str | None, scope: Scope) -> int | None:
    """The store of this code, or the only one whoever asks may act for; None where neither says."""
    if store_code is None:
        return next(iter(scope.store_ids)) if not scope.all_stores and len(scope.store_ids) == 1 else None
    store_id = catalog_facts.store_id_by_code(store_code, scope=scope)
    if store_id is None:
        raise StoreUnknown(store_code=store_code)
    return store_id


def _with_owner(order: CanonicalOrder, facts: dict[str, CouponFacts]) -> CanonicalOrder:
    """An order that names no buyer but carries coupons of one customer is hers: the code says who she is."""
    if order.known_by or not facts or order.kind is Kind.RETURN:
        return order
    owners = {coupon.customer_id for coupon in facts.values() if coupon.customer_id is not None}
    if len(owners) != 1:
        return order
    (owner_id,) = owners
    return replace(order, buyer=(BuyerIdentity("id", str(owner_id)),))


DRAFT_ID: Final = 2**62
"""Stands for the id of an offer that has none yet: the youngest of its priority."""


class TriedCartLine(NamedTuple):
    sku: str
    quantity: Decimal
    unit_price: Decimal
    discount_minor: int


@dataclass(frozen=True, slots=True)
class Tried:
    evaluation: Evaluation
    amounts: Sequence[Amounts]


def try_cart(
    lines: Sequence[TriedCartLine],
    *,
    currency: str,
    channel: str,
    store_id: int | None,
    customer_id: int | None,
    codes: Sequence[str],
    live: bool,
    draft: OfferDocument | None,
    offer_id: int | None,
    at: datetime,
    scope: Scope,
) -> Tried:
    """What a cart would come to, with a draft in the place of the offer it is of, as if that were active and applied by
    itself; stores nothing. Raises CustomerNotFound, StoreNotFound, OfferNotFound, OrderInvalid for a discount above its
    line, or numbers that no order may have."""
    if customer_id is not None:
        customer_facts.find_customer(customer_id, scope=scope)
    if store_id is not None:
        catalog_facts.find_store(store_id, scope=scope)
    order = CanonicalOrder(
        source_key="",
        external_id="try",
        kind=Kind.SALE,
        placed_at=at,
        channel=channel,
        currency=currency,
        lines=tuple(
            CanonicalLine(
                sku=line.sku,
                quantity_milli=scaled(line.quantity, QUANTITY_DECIMALS),
                unit_price_micros=scaled(line.unit_price, PRICE_DECIMALS),
                discount_minor=line.discount_minor,
            )
            for line in lines
        ),
    )
    faults = faults_of(order, now=at)
    if faults:
        raise OrderInvalid(errors=faults)
    terms = None
    if draft is not None:
        name = "" if offer_id is None else find_offer(offer_id).offer.name
        terms = Terms(offer_id=offer_id or DRAFT_ID, offer_name=name, offer_state="active", terms_id=0, document=draft)
    bases = amounts_of_lines(order)
    evaluation = evaluate_cart(
        ToldCart(
            at=at,
            currency=currency,
            lines=_told_lines(order, bases),
            store_id=store_id,
            channel=channel,
            customer_id=customer_id,
            order_key="",
        ),
        codes=codes,
        coupons=promotion_facts.facts_of(codes),
        automatic=True,
        draft=terms,
        live=live,
    ).evaluation
    return Tried(evaluation, amounts_of_lines(order, extra_discounts_minor=evaluation.line_discounts_minor))


def _told_lines(told: CanonicalOrder, amounts: Sequence[Amounts]) -> list[ToldLine]:
    return [
        ToldLine(
            sku=line.sku,
            base_minor=abs(amount.net_minor),
            quantity_milli=line.quantity_milli,
            is_reduced=line.discount_minor > 0,
        )
        for line, amount in zip(told.lines, amounts, strict=True)
    ]


def _told_cart(opening: Opening, tier_off: Sequence[int]) -> ToldCart:
    told = opening.told
    amounts = amounts_of_lines(told, extra_discounts_minor=tuple(tier_off))
    return ToldCart(
        at=told.placed_at,
        currency=told.currency,
        lines=_told_lines(told, amounts),
        store_id=opening.store_id,
        channel=told.channel,
        customer_id=opening.customer_id,
        order_key=order_key(told.source_key, told.external_id),
        order_id=opening.order_id,
    )
