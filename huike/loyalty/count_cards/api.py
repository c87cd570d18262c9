"""Count cards over HTTP: what a customer has, and the desk. Uses are given by hand as adjustments."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from huike.loyalty.count_cards import selectors, services
from huike.loyalty.count_cards.schemas import (
    CardKey,
    CountCardsOut,
    HeldCardsOut,
    Id,
    UsedOut,
    UseIn,
    UsesRefundedOut,
    UsesRefundIn,
    UsesRefundQuoteOut,
)
from huike.loyalty.doors import once
from huike.platform import clock, idempotency
from huike.platform.api import problems
from huike.platform.schema import MoneyBody
from huike.staff.access import Requires, principal_of

router = Router(tags=["loyalty"])


@router.get(
    "/loyalty/count-cards",
    auth=Requires("loyalty.read"),
    operation_id="list_count_cards",
    summary="The count cards of the terms in effect",
    response={200: CountCardsOut, **problems()},
)
def list_count_cards(request: HttpRequest) -> CountCardsOut:
    return CountCardsOut.of(selectors.cards_on_sale(clock.now()))


@router.get(
    "/customers/{id}/count-cards",
    auth=Requires("loyalty.read"),
    operation_id="list_count_cards_of_customer",
    summary="What a customer has of each count card, and until when",
    response={200: HeldCardsOut, **problems(404)},
)
def list_count_cards_of_customer(request: HttpRequest, id: Id) -> HeldCardsOut:
    return HeldCardsOut.of(id, selectors.cards_of(id, scope=principal_of(request).scope, now=clock.now()))


@router.post(
    "/customers/{id}/count-cards/uses",
    auth=Requires("loyalty.serve"),
    operation_id="use_count_card",
    summary="Take uses of a count card, from what ends first",
    response={200: UsedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def use_count_card(request: HttpRequest, id: Id, body: UseIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> UsedOut:
        used = services.use(
            id,
            body.card_key,
            body.uses,
            key=f"desk:{principal.key}:{idempotency.key_of(request)}",
            store_id=body.store_id,
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
        )
        return UsedOut.of(id, used)

    return once(request, "use_count_card", {"id": id, **body.model_dump()}, act)


@router.get(
    "/customers/{id}/count-cards/refund",
    auth=Requires("loyalty.serve"),
    operation_id="quote_uses_refund",
    summary="What unused uses of one order's card come to, all that can be paid out where no number is asked",
    response={200: UsesRefundQuoteOut, **problems(404, 409)},
)
def quote_uses_refund(
    request: HttpRequest, id: Id, order_id: Id, card_key: CardKey, uses: Annotated[int | None, Query(ge=1)] = None
) -> UsesRefundQuoteOut:
    quoted = selectors.quote_refund(id, order_id, card_key, uses, scope=principal_of(request).scope, now=clock.now())
    return UsesRefundQuoteOut(
        order_id=order_id,
        card_key=card_key,
        uses=quoted.uses,
        refundable=quoted.refundable,
        amount=MoneyBody(amount_minor=quoted.amount.amount_minor, currency=quoted.amount.currency),
    )


@router.post(
    "/customers/{id}/count-cards/refunds",
    auth=Requires("loyalty.serve"),
    operation_id="refund_uses",
    summary="Take unused uses away and pay out their share of what the card cost",
    response={201: UsesRefundedOut, **problems(404, 409)},
    openapi_extra=idempotency.KEY_PARAMETER,
)
def refund_uses(request: HttpRequest, id: Id, body: UsesRefundIn) -> HttpResponse:
    principal = principal_of(request)

    def act() -> UsesRefundedOut:
        made = services.refund(id, body.draft(), actor=principal.actor, scope=principal.scope, now=clock.now())
        return UsesRefundedOut.of(made)

    return once(request, "refund_uses", {"id": id, **body.model_dump()}, act, 201)
