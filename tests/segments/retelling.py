"""The people of a business as they are now, told to the oracle from rows of PostgreSQL: after changes, as `business`
tells them when it makes them."""

from __future__ import annotations

from typing import Any

from huike.behaviour.models import Cart, CheckIn, CustomerEvent, Interest
from huike.catalog.models import Region, Store
from huike.customers.models import Customer, Suppression
from huike.messaging.models import Message
from huike.orders.models import Line, Order
from huike.promotions.models import Coupon
from huike.segments.models import Segment
from tests.segments.business import _path, _told
from tests.segments.happenings import parts_of, supplies_of, value_of

Row = dict[str, Any]


def people_now() -> list[Row]:
    people = {person.pk: _told(person) for person in Customer.objects.filter(state="active").order_by("pk")}
    for customer_id in Suppression.objects.filter(channel="email").values_list("customer_id", flat=True):
        if customer_id in people:
            people[customer_id]["email_reach"] = False
    for key, rows in (
        ("orders", [(o.customer_id, _order(o)) for o in Order.objects.filter(state="placed")]),
        ("did", [(e.customer_id, _event(e)) for e in CustomerEvent.objects.all()]),
        ("cart", [(c.customer_id, _cart(c)) for c in Cart.objects.all()]),
        ("check_in", [(c.customer_id, _check_in(c)) for c in CheckIn.objects.all()]),
        ("message", [(m.customer_id, _message(m)) for m in Message.objects.all()]),
        ("coupon", [(c.customer_id, _coupon(c)) for c in Coupon.objects.all()]),
        ("found_interests", [(i.customer_id, i.interest) for i in Interest.objects.filter(weight__gt=0)]),
    ):
        for customer_id, row in rows:
            if customer_id in people:
                people[customer_id][key].append(row)
    for customer_id, told in people.items():
        told |= value_of(customer_id) | {"supply": supplies_of(customer_id)} | parts_of(customer_id)
    return list(people.values())


def segments_now(ids: list[int]) -> dict[int, Row]:
    return {segment.pk: segment.rule["root"] for segment in Segment.objects.filter(pk__in=ids)}


def places_now() -> dict[int, tuple[float, float] | None]:
    return {
        store.pk: None
        if store.latitude_degrees is None or store.longitude_degrees is None
        else (float(store.latitude_degrees), float(store.longitude_degrees))
        for store in Store.objects.all()
    }


def regions_now() -> dict[int, list[int]]:
    above = dict(Region.objects.values_list("pk", "parent_id"))

    def path(region_id: int | None) -> list[int]:
        return [] if region_id is None else [region_id, *path(above[region_id])]

    return {store.pk: path(store.region_id) for store in Store.objects.all()}


def _order(order: Order) -> Row:
    return {
        "id": order.pk,
        "kind": order.kind,
        "placed_at": order.placed_at,
        "currency": order.currency,
        "store_id": order.store_id,
        "channel": order.channel,
        "source_id": order.source_id,
        "coupons": [use.coupon.offer_id for use in order.coupon_uses.filter(given_back_at=None)],
        "lines": [_line(line) for line in order.lines.select_related("product").order_by("line_number")],
    }


def _line(line: Line) -> Row:
    product = line.product
    return {
        "product_id": line.product_id,
        "category_ids": _path(product.category) if product else [],
        "brand_id": product and product.brand_id,
        "supplier_id": product and product.supplier_id,
        "quantity": line.quantity,
        "unit_price_micros": line.unit_price_micros,
        "net_minor": line.net_minor,
    }


def _event(event: CustomerEvent) -> Row:
    return {
        "at": {"did": event.occurred_at},
        "event": event.name,
        "kind": event.kind,
        "source": event.source_id,
        "sku": event.properties.get("sku"),
        "path": event.properties.get("path"),
        "query": None,
        "properties": event.properties,
    }


def _cart(cart: Cart) -> Row:
    at = {
        "began": cart.began_at,
        "checked_out": cart.checkout_at,
        "abandoned": cart.abandoned_at,
        "ended": cart.ended_at,
    }
    return {
        "at": at,
        "items": cart.items_count,
        "value": cart.value_minor,
        "currency": cart.currency,
        "sku": [line["sku"] for line in cart.lines],
        "end": cart.end,
        "source": cart.source_id,
    }


def _check_in(row: CheckIn) -> Row:
    return {
        "at": {"checked_in": row.checked_in_at},
        "store": row.store_id,
        "kind": row.kind,
        "place": row.place or None,
        "source": row.source_id,
    }


def _message(row: Message) -> Row:
    at = {
        step: getattr(row, f"{step}_at")
        for step in ("sent", "delivered", "opened", "clicked", "bounced", "unsubscribed", "complained")
    }
    return {
        "at": at,
        "campaign": row.campaign_id,
        "channel": row.channel,
        "purpose": row.purpose,
        "delivered": row.delivered_at,
        "opened": row.opened_at,
        "clicked": row.clicked_at,
    }


def _coupon(row: Coupon) -> Row:
    use = row.uses.filter(given_back_at=None).first()
    return {
        "at": {
            "issued": row.issued_at,
            "redeemed": row.redeemed_at,
            "expires": row.expires_at if row.state == "issued" else None,
        },
        "ahead": "expires",
        "offer": row.offer_id,
        "state": row.state,
        "uses_left": row.uses_left,
        "discount": use.discount_minor if use else None,
        "currency": use.discount_currency if use else None,
    }
