"""WooCommerce: the whole order each time, refunds as bare sums, a deleted order as a bare number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from huike.kernel.money import minor_exponent
from huike.orders.receivers import payload
from huike.orders.receivers.payload import Payload
from huike.orders.receivers.reading import (
    Reading,
    ShopFacts,
    Skip,
    Told,
    come_to,
    extra,
    first_wins,
    full_name,
    identities,
    line_of,
    newest_wins,
    take_off,
)
from huike.orders.receivers.signatures import is_hmac_base64, name_of
from huike.orders.rules import CanonicalLine, CanonicalOrder, CanonicalPayment, Kind

# How far an order is: of two words of one second, the further one is later.
_PROGRESS = {
    "on-hold": 5,
    "processing": 10,
    "completed": 20,
    "refunded": 40,
    "failed": 50,
    "cancelled": 60,
    "trash": 70,
}
_UNPAID = frozenset({"pending", "checkout-draft", "auto-draft", "draft", "on-hold"})
_CANCELLED = frozenset({"cancelled", "failed", "trash"})
_TENDERS = {"cod": "cash", "stripe": "card", "woocommerce_payments": "card", "square": "card"}
_WALLETS = ("paypal", "ppcp", "alipay", "wechat", "klarna", "apple", "google")


class WooCommerce:
    """X-WC-Webhook-Signature is base64 of HMAC-SHA256 over the raw body under the webhook's secret."""

    topics: tuple[str, ...] = ("order.created", "order.updated", "order.deleted")
    acknowledgement = b""

    def is_signed(self, headers: Mapping[str, str], body: bytes, *, secret: str, client_id: str) -> bool:
        return is_hmac_base64(headers.get("X-WC-Webhook-Signature", ""), body, secret)

    def told(self, headers: Mapping[str, str], body: bytes) -> Told:
        topic = headers.get("X-WC-Webhook-Topic", "")
        return Told(topic=topic, delivery_id=name_of(headers.get("X-WC-Webhook-Delivery-ID", ""), topic, body))

    def read(self, topic: str, body: bytes, shop: ShopFacts) -> Reading | Skip:
        if topic not in self.topics and topic != "order.restored":
            return Skip("other_topic")
        told = payload.parse(body)
        key = told.key("id")
        # The topic is not signed: a whole order under this topic is not one that was deleted.
        if topic == "order.deleted" and set(told.value) == {"id"}:
            return Reading(object_key=key, deleted=True)
        status = told.key("status")
        if status in _UNPAID:
            return Skip("not_paid")
        modified_at = _gmt(told, "date_modified", shop)
        sale = _sale(told, shop, status, modified_at)
        refunds = (_refund(one, sale, modified_at) for one in told.items("refunds"))
        return Reading(object_key=key, orders=(sale, *(one for one in refunds if one is not None)))


def _gmt(told: Payload, name: str, shop: ShopFacts) -> datetime:
    return told.instant(f"{name}_gmt", UTC) if told.has(f"{name}_gmt") else told.instant(name, shop.zone)


def _sale(told: Payload, shop: ShopFacts, status: str, modified_at: datetime) -> CanonicalOrder:
    currency = told.key("currency")
    exponent = minor_exponent(currency)
    lines = [_line(item, currency, exponent) for item in told.items("line_items")]
    fees = [_with_tax(item, "total", currency) for item in told.items("fee_lines")]
    lines.extend(extra("fee", "Fee", sum(fee for fee in fees if fee > 0), currency, exponent))
    delivery_minor = sum(_with_tax(item, "total", currency) for item in told.items("shipping_lines"))
    lines.extend(extra("shipping", "Shipping", delivery_minor, currency, exponent))
    reduced = take_off(lines, -sum(fee for fee in fees if fee < 0), currency)
    total_minor = told.minor("total", currency)
    settled = come_to(reduced, total_minor, currency, exponent, tolerance_minor=len(lines) + len(fees))
    billing = told.get("billing")
    customer_id = told.text("customer_id")
    order = CanonicalOrder(
        source_key=shop.source_key,
        external_id=told.key("id"),
        kind=Kind.SALE,
        placed_at=_gmt(told, "date_created", shop),
        channel=shop.channel,
        currency=currency,
        lines=settled,
        payments=_payments(told, total_minor),
        buyer=identities(
            ("external", "" if customer_id == "0" else customer_id),
            ("phone", billing.text("phone") if billing.value else ""),
            ("email", billing.text("email") if billing.value else ""),
            shop=shop,
            country=billing.text("country") if billing.value else "",
        ),
        buyer_name=full_name(billing) if billing.value else "",
        cancelled=status in _CANCELLED,
    )
    refunds = min(15, sum(1 for _ in told.items("refunds")))
    return newest_wins(order, told_at=modified_at, progress=_PROGRESS.get(status, 8) + refunds)


def _with_tax(item: Payload, name: str, currency: str) -> int:
    """Sums of lines are told before tax, and the tax beside them."""
    return payload.to_minor(item.decimal(name) + item.decimal(f"{name}_tax"), currency)


def _line(item: Payload, currency: str, exponent: int) -> CanonicalLine:
    number = item.text("variation_id", longest=60)
    product = number if number not in {"", "0"} else item.text("product_id", longest=60)
    return line_of(
        sku=item.text("sku", longest=80) or f"product-{product or item.key('id')}",
        name=item.text("name"),
        quantity=item.decimal("quantity"),
        gross_minor=_with_tax(item, "subtotal", currency),
        net_minor=_with_tax(item, "total", currency),
        currency=currency,
        exponent=exponent,
    )


def _payments(told: Payload, total_minor: int) -> tuple[CanonicalPayment, ...]:
    method = told.text("payment_method").lower()
    if not method:
        return ()
    tender = _TENDERS.get(method) or ("wallet" if any(name in method for name in _WALLETS) else "other")
    return (CanonicalPayment(tender=tender, amount_minor=total_minor),)


def _refund(told: Payload, sale: CanonicalOrder, modified_at: datetime) -> CanonicalOrder | None:
    """A sum given back; the order says neither of what nor when: it was when an order first told of it."""
    amount_minor = abs(told.minor("total", sale.currency))
    lines = extra("refund", "Refund", amount_minor, sale.currency, minor_exponent(sale.currency))
    if not lines:
        return None
    order = CanonicalOrder(
        source_key=sale.source_key,
        external_id=f"refund-{told.key('id')}",
        kind=Kind.RETURN,
        placed_at=modified_at,
        channel=sale.channel,
        currency=sale.currency,
        lines=lines,
        return_of=sale.external_id,
    )
    return first_wins(order, told_at=modified_at)
