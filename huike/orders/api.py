"""Orders over HTTP: reading and claiming. Tills send theirs through `huike.checkout`."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router

from huike.customers import selectors as customers
from huike.customers.identity import claiming
from huike.orders import selectors
from huike.orders.errors import AlreadyClaimed
from huike.orders.schemas import ClaimIn, ClaimOut, Id, OrderListIn, OrderOut, OrderRow
from huike.orders.selectors import OrderFilter
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["orders"])

Limit = Query(50, ge=1, le=200)


@router.get(
    "/orders",
    auth=Requires("orders.read"),
    operation_id="list_orders",
    summary="Orders, newest first",
    response={200: PageOf[OrderRow], **problems()},
)
def list_orders(request: HttpRequest, query: Query[OrderListIn]) -> PageOf[OrderRow]:
    scope = principal_of(request).scope
    orders = selectors.filtered(query.narrowing(), scope=scope)
    total = customers.count_up_to_limit(orders) if query.cursor is None else None
    page = keyset_page(orders, order="-placed_at", cursor=query.cursor, limit=query.limit)
    return PageOf(
        items=[OrderRow.of(order, scope=scope) for order in page.items], next_cursor=page.next_cursor, total=total
    )


@router.get(
    "/customers/{id}/orders",
    auth=Requires("orders.read"),
    operation_id="list_orders_of_customer",
    summary="What one customer bought and returned, newest first",
    response={200: PageOf[OrderRow], **problems(404)},
)
def list_orders_of_customer(
    request: HttpRequest, id: Id, cursor: str | None = None, limit: int = Limit
) -> PageOf[OrderRow]:
    scope = principal_of(request).scope
    customers.find_customer(id, scope=scope)
    orders = selectors.filtered(OrderFilter(customer_id=id), scope=scope)
    page = keyset_page(orders, order="-placed_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(
        items=[OrderRow.of(order, scope=scope) for order in page.items], next_cursor=page.next_cursor, total=page.total
    )


@router.get(
    "/orders/{id}",
    auth=Requires("orders.read"),
    operation_id="get_order",
    summary="One order with lines and payments",
    response={200: OrderOut, **problems(404)},
)
def get_order(request: HttpRequest, id: Id) -> OrderOut:
    scope = principal_of(request).scope
    return OrderOut.of(selectors.find_order(id, scope=scope), scope=scope)


@router.post(
    "/orders/{id}/claim",
    auth=Requires("customers.write"),
    operation_id="claim_order",
    summary="Give an anonymous order, and all others under its key, to the person who made it",
    response={200: ClaimOut, **problems(404, 409)},
)
def claim_order(request: HttpRequest, id: Id, body: ClaimIn) -> ClaimOut:
    principal = principal_of(request)
    order = selectors.find_order(id, scope=principal.scope)
    customer = customers.find_customer(body.customer_id, scope=principal.scope)
    if order.anonymous_key is None:
        raise AlreadyClaimed
    claim = claiming.claim_history(
        customer.pk,
        key=order.anonymous_key,
        source_id=order.source_id,
        how="staff",
        actor=principal.actor,
        scope=principal.scope,
        now=clock.now(),
    )
    return ClaimOut(orders=0 if claim is None else claim.counts.get("order", 0))
