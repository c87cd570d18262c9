"""A day of three shops, as they tell it: signed bodies of orders that are made, edited, cancelled, refunded."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5, sha256
from typing import Any
from urllib.parse import quote_plus

from huike.orders.models import Receiver
from huike.orders.receivers import settings
from huike.platform.audit import SYSTEM
from tests.tills import NOW, till

SECRET = "shpss_0123456789"
CLIENT_ID = "client-1"
MORNING = NOW - timedelta(hours=10)


@dataclass(frozen=True)
class Message:
    """A delivery: headers with its right signature, and the body."""

    headers: dict[str, str]
    body: bytes


def shop(platform: str, **told: Any) -> Receiver:
    source = till(f"{platform}-1", **{"channel": "web", **told})
    return settings.connect(source.pk, platform=platform, client_id=CLIENT_ID, secret=SECRET, actor=SYSTEM)


def signature(body: bytes) -> str:
    return base64.b64encode(hmac.new(SECRET.encode(), body, sha256).digest()).decode()


def shopify(topic: str, told: dict[str, Any], name: str) -> Message:
    body = json.dumps(told).encode()
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": name, "X-Shopify-Hmac-Sha256": signature(body)}
    return Message(headers, body)


def woocommerce(topic: str, told: dict[str, Any], name: str) -> Message:
    body = json.dumps(told).encode()
    headers = {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Delivery-ID": name,
        "X-WC-Webhook-Signature": signature(body),
    }
    return Message(headers, body)


def youzan(kind: str, told: dict[str, Any], **around: Any) -> Message:
    envelope = {"kdt_id": 1, "id": "E1", "type": kind, "status": "", "test": False, **around}
    body = json.dumps({**envelope, "msg": quote_plus(json.dumps(told, ensure_ascii=False))}).encode()
    sign = md5(CLIENT_ID.encode() + body + SECRET.encode()).hexdigest()
    return Message({"Event-Type": kind, "Event-Sign": sign}, body)


def at(minutes: int) -> datetime:
    return MORNING + timedelta(minutes=minutes)


def shopify_order(number: int = 1, *, changed: int = 0, quantity: int = 2, **told: Any) -> dict[str, Any]:
    """Teas at 10.00 with 1.50 off, delivery 5.00, prices with tax."""
    return {
        "id": 5_000 + number,
        "created_at": at(0).isoformat(),
        "updated_at": at(changed).isoformat(),
        "currency": "CNY",
        "taxes_included": True,
        "total_tax": "0.00",
        "total_price": f"{quantity * 10 - 1.5 + 5:.2f}",
        "financial_status": "paid",
        "payment_gateway_names": ["shopify_payments"],
        "customer": {"id": 70 + number, "first_name": "Mei", "last_name": "Lin", "phone": f"+861380013800{number}"},
        "email": f"mei{number}@example.com",
        "line_items": [
            {
                "id": 1,
                "sku": "TEA-1",
                "title": "Tea",
                "price": "10.00",
                "quantity": quantity,
                "discount_allocations": [{"amount": "1.50"}],
            }
        ],
        "shipping_lines": [{"title": "Post", "price": "5.00", "discount_allocations": []}],
        "refunds": [],
        **told,
    }


def shopify_refund(number: int, refund: int, *, made: int, amount: str, quantity: int = 1) -> dict[str, Any]:
    """Teas given back, at 9.25 each after their discount."""
    return {
        "id": refund,
        "order_id": 5_000 + number,
        "created_at": at(made).isoformat(),
        "refund_line_items": [
            {
                "quantity": quantity,
                "subtotal": 9.25 * quantity,
                "line_item": {"id": 1, "sku": "TEA-1", "title": "Tea", "price": "10.00"},
            }
        ],
        "order_adjustments": [],
        "transactions": [{"kind": "refund", "status": "success", "amount": amount, "currency": "CNY"}],
    }


def shopify_day() -> list[Message]:
    part = shopify_refund(1, 901, made=30, amount="9.25")
    rest = shopify_refund(1, 902, made=50, amount="14.25")
    whole = shopify_refund(2, 903, made=20, amount="23.50", quantity=2)
    return [
        shopify("orders/create", shopify_order(1), "a"),
        shopify("orders/updated", shopify_order(1, changed=10, quantity=3), "b"),
        shopify("orders/updated", shopify_order(1, changed=20), "c"),
        shopify("refunds/create", part, "d"),
        shopify("orders/updated", shopify_order(1, changed=30, refunds=[part]), "e"),
        shopify("refunds/create", rest, "f"),
        shopify("orders/updated", shopify_order(1, changed=50, refunds=[part, rest]), "g"),
        shopify("orders/create", shopify_order(2), "h"),
        shopify("refunds/create", whole, "i"),
        shopify(
            "orders/cancelled", shopify_order(2, changed=20, cancelled_at=at(20).isoformat(), refunds=[whole]), "j"
        ),
        # Two words of one second.
        shopify("orders/create", shopify_order(3), "k"),
        shopify("orders/updated", shopify_order(3, quantity=4), "l"),
    ]


def woo_order(number: int = 1, *, changed: int = 0, quantity: int = 2, **told: Any) -> dict[str, Any]:
    """Teas at 10.00 before 6 % tax, 1.00 off, delivery 5.00."""
    total = quantity * 10.6 - 1.06 + 5
    return {
        "id": 300 + number,
        "status": "processing",
        "currency": "CNY",
        "date_created_gmt": at(0).replace(tzinfo=None).isoformat(),
        "date_modified_gmt": at(changed).replace(tzinfo=None).isoformat(),
        "total": f"{total:.2f}",
        "customer_id": 40 + number,
        "billing": {
            "first_name": "Mei",
            "last_name": "Lin",
            "email": f"woo{number}@example.com",
            "phone": "call me",
        },
        "payment_method": "cod",
        "line_items": [
            {
                "id": 9,
                "name": "Tea",
                "sku": "TEA-1",
                "product_id": 5,
                "quantity": quantity,
                "subtotal": f"{quantity * 10:.2f}",
                "subtotal_tax": f"{quantity * 0.6:.2f}",
                "total": f"{quantity * 10 - 1:.2f}",
                "total_tax": f"{quantity * 0.6 - 0.06:.2f}",
            }
        ],
        "shipping_lines": [{"method_title": "Post", "total": "5.00", "total_tax": "0.00"}],
        "fee_lines": [],
        "refunds": [],
        **told,
    }


def woo_day() -> list[Message]:
    part, rest = {"id": 801, "total": "-10.60"}, {"id": 802, "total": "-14.54"}
    return [
        woocommerce("order.created", woo_order(1, status="pending"), "a"),
        woocommerce("order.updated", woo_order(1, changed=1), "b"),
        woocommerce("order.updated", woo_order(1, changed=10, quantity=3), "c"),
        woocommerce("order.updated", woo_order(1, changed=20), "d"),
        woocommerce("order.updated", woo_order(1, changed=30, refunds=[part]), "e"),
        woocommerce("order.updated", woo_order(1, changed=40, status="refunded", refunds=[part, rest]), "f"),
        woocommerce("order.created", woo_order(2), "g"),
        woocommerce("order.updated", woo_order(2, changed=5, quantity=1), "h"),
        woocommerce("order.deleted", {"id": 302}, "i"),
        woocommerce("order.created", woo_order(3), "j"),
        woocommerce("order.updated", woo_order(3, status="cancelled"), "k"),
    ]


def youzan_order(number: int = 1, status: str = "WAIT_SELLER_SEND_GOODS", *, changed: int = 0) -> dict[str, Any]:
    """Two teas at 10.00 for 18.00, delivery 5.00; times in Shanghai."""
    return {
        "full_order_info": {
            "order_info": {
                "tid": f"E{number}",
                "status": status,
                "created": _shanghai(0),
                "update_time": _shanghai(changed),
            },
            "pay_info": {"payment": "23.00", "post_fee": "5.00"},
            "buyer_info": {"yz_open_id": f"yz{number}", "buyer_phone": f"1390013900{number}", "fans_nickname": "小美"},
            "orders": [
                {"item_id": 7, "outer_sku_id": "TEA-1", "title": "茶", "num": 2, "price": "10.00", "payment": "18.00"}
            ],
        }
    }


def _shanghai(minutes: int) -> str:
    return (at(minutes) + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")


def youzan_refund(number: int, refund: str, fee: str, *, done: int) -> dict[str, Any]:
    return {"tid": f"E{number}", "refund_id": refund, "refunded_fee": fee, "update_time": _shanghai(done)}


def youzan_day() -> list[Message]:
    return [
        youzan("trade_TradeCreate", youzan_order(1, "WAIT_BUYER_PAY")),
        youzan("trade_TradePaid", youzan_order(1, changed=1)),
        youzan("trade_TradeSuccess", youzan_order(1, "TRADE_SUCCESS", changed=30)),
        youzan("trade_refund_RefundSuccess", youzan_refund(1, "r1", "3.00", done=20)),
        youzan("trade_refund_BuyerCreated", youzan_refund(1, "r9", "9.00", done=19)),
        youzan("trade_TradePaid", youzan_order(2, changed=1)),
        youzan("trade_refund_RefundSuccess", youzan_refund(2, "r2", "23.00", done=40)),
        youzan("trade_TradeClose", youzan_order(2, "TRADE_CLOSED", changed=41)),
        youzan("trade_TradePaid", youzan_order(3, changed=1)),
    ]


DAYS = {"shopify": shopify_day, "woocommerce": woo_day, "youzan": youzan_day}
