"""Shopify: orders with their refunds inside, and refunds on their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from huike.kernel.money import minor_exponent
from huike.orders.receivers import payload
from huike.orders.receivers.errors import Unmappable
from huike.orders.receivers.payload import Payload
from huike.orders.receivers.reading import (
    Reading,
    ShopFacts,
    Skip,
    Told,
    come_to,
    extra,
    full_name,
    identities,
    line_of,
    net_of,
    newest_wins,
    take_off,
)
from huike.orders.receivers.signatures import is_hmac_base64, name_of
from huike.orders.rules import CanonicalLine, CanonicalOrder, CanonicalPayment, Kind

_TENDERS = {"gift_card": "stored_value", "cash": "cash", "shopify_payments": "card", "stripe": "card", "bogus": "card"}
_WALLETS = ("paypal", "alipay", "wechat", "klarna", "apple", "google")
_PAID = frozenset({"paid", "partially_refunded", "refunded"})


class Shopify:
    """X-Shopify-Hmac-Sha256 is base64 of HMAC-SHA256 over the raw body under the app's client secret."""

    topics: tuple[str, ...] = ("orders/create", "orders/updated", "orders/cancelled", "refunds/create")
    acknowledgement = b""

    def is_signed(self, headers: Mapping[str, str], body: bytes, *, secret: str, client_id: str) -> bool:
        return is_hmac_base64(headers.get("X-Shopify-Hmac-Sha256", ""), body, secret)

    def told(self, headers: Mapping[str, str], body: bytes) -> Told:
        topic = headers.get("X-Shopify-Topic", "")
        name = headers.get("X-Shopify-Webhook-Id") or headers.get("X-Shopify-Event-Id", "")
        return Told(topic=topic, delivery_id=name_of(name, topic, body))

    def read(self, topic: str, body: bytes, shop: ShopFacts) -> Reading | Skip:
        if topic not in self.topics:
            return Skip("other_topic")
        told = payload.parse(body)
        if topic == "refunds/create":
            refund = _refund(told, shop, told_at=None)
            return Reading(object_key=told.key("order_id"), orders=() if refund is None else (refund,))
        if told.flag("test"):
            return Skip("test")
        updated_at = told.instant("updated_at", shop.zone)
        refunds = [_refund(one, shop, told_at=updated_at) for one in told.items("refunds")]
        return Reading(
            object_key=told.key("id"),
            orders=(_sale(told, shop, updated_at), *(one for one in refunds if one is not None)),
        )


def _sale(told: Payload, shop: ShopFacts, updated_at: datetime) -> CanonicalOrder:
    currency = told.key("currency")
    exponent = minor_exponent(currency)
    lines = [_line(item, currency, exponent) for item in told.items("line_items")]
    delivery_minor = sum(_after_discounts(item, currency) for item in told.items("shipping_lines"))
    lines.extend(extra("shipping", "Shipping", delivery_minor, currency, exponent))
    if not told.flag("taxes_included"):
        lines.extend(extra("tax", "Tax", told.minor("total_tax", currency), currency, exponent))
    lines.extend(extra("tip", "Tip", told.minor("total_tip_received", currency), currency, exponent))
    total_minor = told.minor("total_price", currency)
    settled = come_to(lines, total_minor, currency, exponent, tolerance_minor=len(lines))
    customer = told.get("customer")
    person = customer if customer.value is not None else told
    status = told.text("financial_status")
    cancelled = told.has("cancelled_at") or status == "voided"
    order = CanonicalOrder(
        source_key=shop.source_key,
        external_id=told.key("id"),
        kind=Kind.SALE,
        placed_at=told.instant("created_at", shop.zone),
        channel="pos" if told.text("source_name") == "pos" else shop.channel,
        currency=currency,
        lines=settled,
        payments=_payments(told, status, total_minor),
        buyer=identities(
            ("external", customer.text("id") if customer.value is not None else ""),
            ("phone", person.text("phone") or told.text("phone")),
            ("email", told.text("email") or person.text("email")),
            shop=shop,
            country=_country(told),
        ),
        buyer_name=full_name(customer) if customer.value is not None else "",
        cancelled=cancelled,
    )
    progress = 90 if cancelled else min(80, 10 * sum(1 for _ in told.items("refunds")) + 5 * (status in _PAID))
    return newest_wins(order, told_at=updated_at, progress=progress)


def _country(told: Payload) -> str:
    """Where the buyer lives, by the addresses of the order."""
    for part in ("billing_address", "shipping_address"):
        address = told.get(part)
        if address.value is not None and (code := address.text("country_code")):
            return code
    return ""


def _line(item: Payload, currency: str, exponent: int) -> CanonicalLine:
    quantity = item.decimal("quantity")
    gross_minor = payload.to_minor(item.decimal("price") * quantity, currency)
    return line_of(
        sku=_sku(item),
        name=item.text("title"),
        quantity=quantity,
        gross_minor=gross_minor,
        net_minor=gross_minor - _discounts(item, currency),
        currency=currency,
        exponent=exponent,
    )


def _sku(item: Payload) -> str:
    for name, prefix in (("sku", ""), ("variant_id", "variant-"), ("product_id", "product-"), ("id", "item-")):
        text = item.text(name, longest=60)
        if text:
            return prefix + text
    raise Unmappable(where=f"{item.where}.sku", expected="key")


def _discounts(item: Payload, currency: str) -> int:
    return sum(one.minor("amount", currency) for one in item.items("discount_allocations"))


def _after_discounts(item: Payload, currency: str) -> int:
    return item.minor("price", currency) - _discounts(item, currency)


def _payments(told: Payload, status: str, total_minor: int) -> tuple[CanonicalPayment, ...]:
    """The order names its gateways and not what each took: one alone took it all, of several nothing is said."""
    names = told.get("payment_gateway_names").value
    if status not in _PAID or not isinstance(names, list) or len(names) != 1:
        return ()
    return (CanonicalPayment(tender=_tender(str(names[0]).lower()), amount_minor=total_minor),)


def _tender(gateway: str) -> str:
    if gateway in _TENDERS:
        return _TENDERS[gateway]
    return "wallet" if any(name in gateway for name in _WALLETS) else "other"


def _refund(told: Payload, shop: ShopFacts, *, told_at: datetime | None) -> CanonicalOrder | None:
    """A refund as a return: its goods, its delivery cost, and what else was paid back. None where nothing went back.

    `told_at` is that of the order around it; a refund on its own was told when it was made.
    """
    made_at = told.instant("processed_at" if told.has("processed_at") else "created_at", shop.zone)
    paid = [one for one in told.items("transactions") if one.text("kind") == "refund"]
    done = [one for one in paid if one.text("status") in {"success", ""}]
    currency = next((one.key("currency") for one in paid if one.has("currency")), shop.currency)
    exponent = minor_exponent(currency)
    lines = [
        _taken_back(item, currency, exponent)
        for item in told.items("refund_line_items")
        if item.decimal("quantity") > 0
    ]
    delivery_minor = -sum(
        one.minor("amount", currency)
        for one in told.items("order_adjustments")
        if one.text("kind") == "shipping_refund"
    )
    lines.extend(extra("shipping", "Shipping", delivery_minor, currency, exponent))
    counted = sum(net_of(line, currency) for line in lines)
    # An order that was not paid yet becomes smaller by the goods taken off it, and no money moves.
    back = sum(one.minor("amount", currency) for one in done) if paid else counted
    if back > counted:
        lines.extend(extra("refund", "Refund", back - counted, currency, exponent))
    elif back < counted:
        lines = list(take_off(lines, counted - back, currency))
    if not lines:
        return None
    order = CanonicalOrder(
        source_key=shop.source_key,
        external_id=f"refund-{told.key('id')}",
        kind=Kind.RETURN,
        placed_at=made_at,
        channel=shop.channel,
        currency=currency,
        lines=tuple(lines),
        return_of=told.key("order_id"),
    )
    return newest_wins(order, told_at=told_at or made_at, progress=0)


def _taken_back(item: Payload, currency: str, exponent: int) -> CanonicalLine:
    sold = item.get("line_item").object()
    quantity = item.decimal("quantity")
    gross_minor = payload.to_minor(sold.decimal("price") * quantity, currency)
    net_minor = item.minor("subtotal", currency) if item.has("subtotal") else gross_minor
    return line_of(
        sku=_sku(sold),
        name=sold.text("title"),
        quantity=Decimal(quantity),
        gross_minor=gross_minor,
        net_minor=net_minor,
        currency=currency,
        exponent=exponent,
    )
