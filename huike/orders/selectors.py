"""Reads: the list of orders, one order, what a customer bought."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from huike.customers.file_parts import PurchaseTotals
from huike.customers.models import Source
from huike.customers.timeline import Entry
from huike.kernel.scope import Scope
from huike.orders.errors import OrderNotFound, SourceUnknown
from huike.orders.models import Order
from huike.platform import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What narrows the list; every field that is None narrows nothing."""

    q: str | None = None
    kind: str | None = None
    source_id: int | None = None
    store_id: int | None = None
    channel: str | None = None
    customer_id: int | None = None
    anonymous: bool | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None


def visible(scope: Scope) -> QuerySet[Order]:
    """The orders of the stores in `scope`."""
    orders = Order.objects.all()
    return orders if scope.all_stores else orders.filter(store_id__in=sorted(scope.store_ids))


def filtered(narrowing: OrderFilter, *, scope: Scope) -> QuerySet[Order]:
    """Visible orders that match; `q` is an order's id at its source."""
    equal = {
        "external_id": narrowing.q or None,
        "kind": narrowing.kind,
        "source_id": narrowing.source_id,
        "store_id": narrowing.store_id,
        "channel": narrowing.channel,
        "customer_id": narrowing.customer_id,
        "customer_id__isnull": narrowing.anonymous,
        "placed_at__gte": narrowing.placed_from,
        "placed_at__lt": narrowing.placed_before,
    }
    orders = visible(scope).filter(**{field: value for field, value in equal.items() if value is not None})
    return orders.select_related("source", "store", "customer")


def find_order(order_id: int, *, scope: Scope) -> Order:
    """One order with its lines, products and payments at hand. Raises OrderNotFound."""
    order = (
        visible(scope)
        .select_related("source", "store", "customer", "return_of")
        .prefetch_related("lines__product", "payments", "returns")
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise OrderNotFound
    return order


def totals_of(customer_id: int) -> list[PurchaseTotals]:
    """What a customer bought, one row per currency, the one she used last first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT currency, count(*) FILTER (WHERE kind = 'sale'), count(*) FILTER (WHERE kind = 'return'),
                   sum(net_minor)::bigint,
                   round(sum(net_minor) FILTER (WHERE kind = 'sale') / NULLIF(count(*) FILTER (WHERE kind = 'sale'), 0))
                       ::bigint,
                   min(placed_at) FILTER (WHERE kind = 'sale'), max(placed_at) FILTER (WHERE kind = 'sale')
              FROM orders_order WHERE customer_id = %s AND state = 'placed'
             GROUP BY currency ORDER BY max(placed_at) DESC
            """,
            [customer_id],
        )
        return [
            PurchaseTotals(
                currency=row[0],
                orders_count=row[1],
                returns_count=row[2],
                net_minor=row[3],
                average_minor=row[4],
                first_at=row[5],
                last_at=row[6],
            )
            for row in cursor.fetchall()
        ]


_MOMENTS = "SELECT placed_at AS at, id FROM orders_order WHERE customer_id = %(customer_id)s::bigint AND kind = '{}'"
SALE_MOMENTS, RETURN_MOMENTS = _MOMENTS.format("sale"), _MOMENTS.format("return")


def timeline_of_orders(customer_id: int, ids: Sequence[int]) -> Iterable[Entry]:
    """Sales and returns, each of its own kind."""
    return [
        Entry(
            at=order.placed_at,
            kind="return" if order.kind == Order.Kind.RETURN else "order",
            id=order.pk,
            title_code="timeline.return" if order.kind == Order.Kind.RETURN else "timeline.order",
            params={
                "external_id": order.external_id,
                "net_minor": order.net_minor,
                "currency": order.currency,
                "channel": order.channel,
                "store": order.store.name if order.store else None,
                "source": order.source.name,
            },
            link=f"/orders/{order.pk}",
        )
        for order in Order.objects.filter(pk__in=ids).select_related("store", "source")
    ]


def sales_behind(order_ids: Iterable[int]) -> set[int]:
    """Of these orders, the sales, and the sales of those that are returns."""
    found = Order.objects.filter(pk__in=list(order_ids)).values_list("pk", "kind", "return_of_id")
    return {pk if kind == Order.Kind.SALE else sale_id for pk, kind, sale_id in found if kind == "sale" or sale_id}


def source_id_of(key: str) -> int:
    """The source with this key. Raises SourceUnknown."""
    found = Source.objects.filter(key=key).values_list("pk", flat=True).first()
    if found is None:
        raise SourceUnknown(source=key)
    return found


def has_other_sales(customer_id: int, *, besides: int | None) -> bool:
    """Whether a customer bought anything but this order."""
    found = sql.row(
        """
        SELECT EXISTS (SELECT FROM orders_order WHERE customer_id = %(customer)s AND kind = 'sale'
                          AND state = 'placed' AND id IS DISTINCT FROM %(besides)s::bigint)
        """,
        {"customer": customer_id, "besides": besides},
    )
    return bool(found and found[0])


def came_back_whole(sale_id: int) -> bool:
    """Whether of everything a sale sold as much came back."""
    found = sql.row(
        """
        SELECT NOT EXISTS (
            SELECT FROM orders_line l JOIN orders_order o ON o.id = l.order_id
             WHERE (o.id = %(sale)s OR o.return_of_id = %(sale)s) AND o.state = 'placed'
             GROUP BY l.product_id HAVING sum(l.quantity) > 0)
        """,
        {"sale": sale_id},
    )
    return bool(found and found[0])
