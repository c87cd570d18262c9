"""The till's endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from huike.catalog import selectors as catalog
from huike.catalog.models import Product
from huike.checkout import services
from huike.checkout.errors import OrderMalformed, OrderOfOtherSource
from huike.checkout.schemas import (
    BatchIn,
    BatchItem,
    BatchOut,
    CardRefused,
    CountCardQuoted,
    CouponUsed,
    GivenOut,
    HeldTenderOut,
    HoldIn,
    HoldOut,
    HoldReleaseIn,
    Malformed,
    MemberQuoted,
    OfferApplied,
    OrderIn,
    PlacedOrder,
    PlacedOut,
    PointsPlaced,
    QuotedLine,
    QuotedOffer,
    QuotedTotals,
    QuoteIn,
    QuoteOut,
    StoredValueQuoted,
    TriedOut,
    TryIn,
    UsesIn,
    identities_of,
)
from huike.checkout.services import Held, Quote, Sale, TriedCartLine
from huike.kernel.errors import HuikeError
from huike.kernel.money import Money
from huike.kernel.scope import EVERYTHING
from huike.kernel.text import clean_line
from huike.loyalty.cards.errors import REFUSALS
from huike.loyalty.cards.selectors import Silent
from huike.loyalty.count_cards.schemas import UsedOut
from huike.loyalty.points import selectors as point_facts
from huike.loyalty.points import services as points
from huike.loyalty.points.services import Settled
from huike.orders import selectors as orders
from huike.orders.api import router as orders_router
from huike.orders.rules import Amounts, CanonicalOrder, Step, total_of
from huike.platform import clock, idempotency, locks
from huike.platform.api import problem_of, problems
from huike.platform.schema import MoneyBody
from huike.promotions import selectors as promotions
from huike.promotions.applications.selectors import applications_of
from huike.promotions.coupons.services import normalised
from huike.promotions.evaluation.evaluate import Evaluation, Verdict
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["checkout"])


# One address takes one router: sending an order hangs beside reading them.
@orders_router.post(
    "/orders",
    tags=["checkout"],
    auth=Requires("orders.write"),
    operation_id="place_order",
    summary="Take an order of a till or a shop: once, whatever arrives how often",
    response={201: PlacedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def place_order(request: HttpRequest, body: OrderIn) -> HttpResponse:
    principal = principal_of(request)
    key = idempotency.key_of(request)
    answer = idempotency.once(
        principal=principal.key,
        route="place_order",
        key=key,
        body=body,
        action=lambda: (201, _placed(body, principal)),
    )
    return idempotency.respond(answer)


@router.post(
    "/orders/batch",
    auth=Requires("orders.write"),
    operation_id="place_orders",
    summary="Take up to 500 orders of one source: each whole or refused with its reason",
    response={200: BatchOut, **problems(409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def place_orders(request: HttpRequest, body: BatchIn) -> HttpResponse:
    principal = principal_of(request)
    answer = locks.again_after_deadlock(
        lambda: idempotency.once(
            principal=principal.key,
            route="place_orders",
            key=idempotency.key_of(request),
            # What was sent, not what was understood of it: a batch may hold what no schema takes.
            body={"sha256": sha256(request.body).hexdigest()},
            action=lambda: (200, _placed_batch(body, principal)),
        )
    )
    return idempotency.respond(answer)


@router.post(
    "/checkout/quote",
    auth=Requires("orders.write"),
    operation_id="quote_order",
    summary="What an order would come to, and which coupons hold or why not; stores nothing",
    response={200: QuoteOut, **problems(404)},
)
def quote_order(request: HttpRequest, body: QuoteIn) -> QuoteOut:
    order = body.canonical(coupon_codes=tuple(normalised(body.coupons)))
    quote = services.quote(
        order,
        points_minor=body.points_minor,
        member_price=body.member_price,
        offers=body.offers,
        scope=principal_of(request).scope,
        now=clock.now(),
    )
    total = total_of(list(quote.amounts))
    return QuoteOut(
        lines=_lines(quote.amounts),
        totals=QuotedTotals(
            gross=MoneyBody(amount_minor=total.gross_minor, currency=order.currency),
            discount=MoneyBody(amount_minor=total.discount_minor, currency=order.currency),
            net=MoneyBody(amount_minor=total.net_minor, currency=order.currency),
        ),
        offers=quoted(quote.evaluation),
        is_exact=quote.evaluation.is_exact,
        customer_id=quote.opening.customer_id,
        member=_member(quote, order.currency),
        stored_value=_stored_value(quote, order.currency),
        count_cards=[
            CountCardQuoted(
                card_key=card.key, name=card.name, left=card.standing.balance, ends_at=card.lots[0].expires_at
            )
            for card in quote.count_cards
            if card.lots
        ],
        card_refused=_card_refused(quote.silent_card),
    )


@router.post(
    "/checkout/holds",
    auth=Requires("orders.write"),
    operation_id="hold_for_order",
    summary="Set points and stored value apart while an order is being paid; the order settles them",
    response={200: HoldOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def hold_for_order(request: HttpRequest, body: HoldIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, HoldOut]:
        held = services.hold(
            body.source,
            clean_line(body.order_external_id),
            identities_of(body.customer, source_key=body.source),
            points_amount=body.points,
            stored_value_minor=body.stored_value_minor,
            actor=principal.actor,
            now=clock.now(),
        )
        return 200, _held(held)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="hold_for_order",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


@router.post(
    "/checkout/holds/release",
    auth=Requires("orders.write"),
    operation_id="release_held",
    summary="Let go of what is held for an order that will not be paid",
    response={200: HoldOut, **problems(404, 409)},
)
def release_held(request: HttpRequest, body: HoldReleaseIn) -> HoldOut:
    let_go = services.release(
        body.source, clean_line(body.order_external_id), actor=principal_of(request).actor, now=clock.now()
    )
    return _held(let_go)


@router.post(
    "/checkout/uses",
    auth=Requires("orders.write"),
    operation_id="use_count_card_at_till",
    summary="Take uses of a count card its holder brought to the till",
    response={200: UsedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def use_count_card_at_till(request: HttpRequest, body: UsesIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> tuple[int, UsedOut]:
        customer_id, used = services.use_card(
            body.source,
            clean_line(body.external_id),
            identities_of(body.customer, source_key=body.source),
            body.card_key,
            body.uses,
            store_code=body.store_code,
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
        )
        return 200, UsedOut.of(customer_id, used)

    return idempotency.respond(
        idempotency.once(
            principal=principal.key,
            route="use_count_card_at_till",
            key=idempotency.key_of(request),
            body=body,
            action=act,
        )
    )


def _held(held: Sequence[Held]) -> HoldOut:
    return HoldOut(
        customer_id=held[0].hold.customer_id,
        held=[
            HeldTenderOut.model_validate(
                {
                    "tender": one.tender,
                    "amount": one.hold.amount,
                    "settled": one.hold.settled,
                    "worth": _worth(_worth_of(one)),
                    "state": one.hold.state,
                    "until_at": one.hold.until_at,
                }
            )
            for one in held
        ],
    )


def _worth_of(held: Held) -> Money:
    if held.tender == points.POINTS:
        return point_facts.worth_now(held.hold.amount, now=clock.now())
    return Money(held.hold.amount, held.hold.asset.partition(":")[2])


def _worth(money: Money) -> MoneyBody:
    return MoneyBody(amount_minor=money.amount_minor, currency=money.currency)


def _member(quote: Quote, currency: str) -> MemberQuoted | None:
    quoted = quote.member
    if quoted is None:
        return None
    return MemberQuoted(
        tier=quoted.tier,
        balance=quoted.standing.balance,
        pending=quoted.standing.pending,
        held=quoted.standing.held,
        usable_points=quoted.usable_points,
        usable_worth=MoneyBody(amount_minor=quoted.usable_worth_minor, currency=currency),
        earns=quoted.earns,
        earns_at=quoted.earns_at,
        tier_discount=MoneyBody(amount_minor=quote.tier_off_minor, currency=currency),
    )


def _stored_value(quote: Quote, currency: str) -> StoredValueQuoted | None:
    usable = quote.stored_value
    if usable is None:
        return None
    return StoredValueQuoted(
        balance=MoneyBody(amount_minor=usable.balance_minor, currency=currency),
        usable=MoneyBody(amount_minor=usable.usable_minor, currency=currency),
        frozen=usable.is_frozen,
    )


def _placed(body: OrderIn, principal: Principal) -> PlacedOut:
    told = _canonical(body)
    sale = services.take_order(
        told,
        member_price=body.member_price,
        offers=body.offers,
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return answer_of(told, sale)


def _placed_batch(body: BatchIn, principal: Principal) -> BatchOut:
    told = [_of_batch(order, body.source) for order in body.orders]
    taken = services.take_orders(body.source, told, actor=principal.actor, scope=principal.scope, now=clock.now())
    items = [
        BatchItem(
            external_id=order.external_id if isinstance(order, OrderIn) else None,
            placed=answer_of(canonical, sale)
            if isinstance(canonical, CanonicalOrder) and isinstance(sale, Sale)
            else None,
            problem=problem_of(sale) if isinstance(sale, HuikeError) else None,
        )
        for order, canonical, sale in zip(body.orders, told, taken, strict=True)
    ]
    refused = sum(item.problem is not None for item in items)
    return BatchOut(items=items, placed=len(items) - refused, refused=refused)


def _of_batch(order: OrderIn | Malformed, source_key: str) -> CanonicalOrder | HuikeError:
    if isinstance(order, Malformed):
        return OrderMalformed(errors=list(order.errors))
    if order.source != source_key:
        return OrderOfOtherSource(source=order.source)
    try:
        return _canonical(order)
    except HuikeError as error:
        return error


def _canonical(body: OrderIn) -> CanonicalOrder:
    return body.canonical(coupon_codes=tuple(normalised(body.coupons)), payments=body.canonical_payments())


def answer_of(told: CanonicalOrder, sale: Sale) -> PlacedOut:
    placement = sale.placement
    written = placement.step in {Step.CREATE, Step.REPLACE}
    return PlacedOut(
        order=_from_told(placement.order_id, told, placement.amounts) if written else _from_stored(placement.order_id),
        customer_id=placement.customer_id,
        customer_created=placement.customer_created,
        # An order that was only repeated may carry coupons of its first arrival.
        coupons=_coupons(placement.order_id) if told.coupon_codes or not written else [],
        offers=_applied(placement.order_id) if not written or _stands(sale) else [],
        points=_points(sale.points, told.currency),
        card_refused=_card_refused(sale.silent_card),
        result=placement.step,
        replaced=placement.step is Step.REPLACE,
    )


def _card_refused(silent: Silent | None) -> CardRefused | None:
    if silent is None:
        return None
    return CardRefused(
        code=REFUSALS[silent.state].code,
        ends_with=silent.number[-4:],
        counts_for_holder=silent.holder_id is not None,
    )


def _points(settled: Settled | None, currency: str) -> PointsPlaced | None:
    if settled is None:
        return None
    return PointsPlaced(
        order_id=settled.order_id,
        earned=settled.earned,
        earned_change=settled.earned_change,
        burned=settled.burned,
        burned_change=settled.burned_change,
        charged=MoneyBody(amount_minor=settled.charged_minor, currency=currency),
        balance=settled.standing.balance,
        pending=settled.standing.pending,
        held=settled.standing.held,
    )


def _coupons(order_id: int) -> list[CouponUsed]:
    return [
        CouponUsed(
            code=use.coupon.code,
            offer_name=use.coupon.offer.name,
            discount_minor=use.discount_minor,
            state=use.coupon.state,
        )
        for use in promotions.uses_of_order(order_id)
    ]


def _from_told(order_id: int, told: CanonicalOrder, amounts: tuple[Amounts, ...]) -> PlacedOrder:
    total = total_of(list(amounts))
    return PlacedOrder(
        id=order_id,
        external_id=told.external_id,
        revision=told.revision,
        kind=told.kind.value,
        placed_at=told.placed_at,
        gross=MoneyBody(amount_minor=total.gross_minor, currency=told.currency),
        discount=MoneyBody(amount_minor=total.discount_minor, currency=told.currency),
        net=MoneyBody(amount_minor=total.net_minor, currency=told.currency),
        lines=_lines(amounts),
    )


def _from_stored(order_id: int) -> PlacedOrder:
    order = orders.find_order(order_id, scope=EVERYTHING)
    lines = sorted(order.lines.all(), key=lambda line: line.line_number)
    return PlacedOrder(
        id=order.pk,
        external_id=order.external_id,
        revision=order.revision,
        kind="return" if order.kind == "return" else "sale",
        placed_at=order.placed_at,
        gross=MoneyBody(amount_minor=order.gross_minor, currency=order.currency),
        discount=MoneyBody(amount_minor=order.discount_minor, currency=order.currency),
        net=MoneyBody(amount_minor=order.net_minor, currency=order.currency),
        lines=_lines([Amounts(line.gross_minor, line.discount_minor) for line in lines]),
    )


def _lines(amounts: Sequence[Amounts]) -> list[QuotedLine]:
    return [
        QuotedLine(
            line_number=number,
            gross_minor=amount.gross_minor,
            discount_minor=amount.discount_minor,
            net_minor=amount.net_minor,
        )
        for number, amount in enumerate(amounts, start=1)
    ]


def quoted(evaluation: Evaluation) -> list[QuotedOffer]:
    """What became of each code and offer, with the goods that are given by their names."""
    products = _products(verdict.given.product_id for verdict in evaluation.standing if verdict.given)
    return [_quoted(verdict, products) for verdict in evaluation.verdicts]


def _quoted(verdict: Verdict, products: Mapping[int, Product]) -> QuotedOffer:
    terms = verdict.terms
    return QuotedOffer(
        code=verdict.code,
        offer_id=terms.offer_id if terms and terms.offer_id != services.DRAFT_ID else None,
        name=terms.offer_name if terms else None,
        applied=verdict.reason is None,
        reason_code=verdict.reason.code if verdict.reason else None,
        params=verdict.reason.params if verdict.reason else {},
        discount_minor=verdict.discount_minor,
        line_discounts_minor=list(verdict.discounts_minor),
        given=_given(asdict(verdict.given), products) if verdict.given else None,
    )


def _products(product_ids: Iterable[int | None]) -> dict[int, Product]:
    wanted = {id for id in product_ids if id is not None}
    return {product.pk: product for product in catalog.products(ids=wanted)} if wanted else {}


def _given(given: Mapping[str, Any], products: Mapping[int, Product]) -> GivenOut:
    product = products.get(given["product_id"] or 0)
    return GivenOut(
        **{**given, "line_numbers": list(given["line_numbers"])},
        sku=product.sku if product else None,
        product_name=product.name if product else None,
    )


def _stands(sale: Sale) -> bool:
    return sale.evaluation is not None and bool(sale.evaluation.standing)


def _applied(order_id: int) -> list[OfferApplied]:
    stood = applications_of(order_id)
    products = _products(each.given["product_id"] for each in stood if each.given)
    return [
        OfferApplied(
            offer_id=each.offer_id,
            name=each.offer.name,
            version=each.terms.version,
            discount_minor=each.discount_minor,
            given=_given(each.given, products) if each.given else None,
        )
        for each in stood
    ]


@router.post(
    "/promotions/evaluate",
    auth=Requires("offers.read"),
    operation_id="evaluate_cart",
    summary="Try offers, a draft among them, on a cart; stores nothing",
    response={200: TriedOut, **problems(404)},
)
def evaluate_cart(request: HttpRequest, body: TryIn) -> TriedOut:
    tried = services.try_cart(
        [TriedCartLine(line.sku.strip(), line.quantity, line.unit_price, line.discount_minor) for line in body.lines],
        currency=body.currency,
        channel=body.channel,
        store_id=body.store_id,
        customer_id=body.customer_id,
        codes=normalised(body.coupons),
        live=body.live,
        draft=body.draft,
        offer_id=body.offer_id,
        at=body.placed_at or clock.now(),
        scope=principal_of(request).scope,
    )
    total = total_of(list(tried.amounts))
    return TriedOut(
        lines=_lines(tried.amounts),
        totals=QuotedTotals(
            gross=MoneyBody(amount_minor=total.gross_minor, currency=body.currency),
            discount=MoneyBody(amount_minor=total.discount_minor, currency=body.currency),
            net=MoneyBody(amount_minor=total.net_minor, currency=body.currency),
        ),
        offers=quoted(tried.evaluation),
        is_exact=tried.evaluation.is_exact,
    )
