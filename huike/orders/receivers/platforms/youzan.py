"""Youzan 有赞: an envelope with the order inside as URL-encoded JSON, in yuan; refunds as messages of their own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import md5
from urllib.parse import unquote_plus

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
    identities,
    line_of,
    newest_wins,
)
from huike.orders.receivers.signatures import name_of
from huike.orders.rules import CanonicalLine, CanonicalOrder, Kind

_UNPAID = frozenset({"WAIT_BUYER_PAY", "TRADE_NO_CREATE_PAY", "WAIT_PAY_RETURN", "TRADE_CREATED"})
_PROGRESS = {"TRADE_PAID": 5, "WAIT_SELLER_SEND_GOODS": 10, "WAIT_BUYER_CONFIRM_GOODS": 20, "TRADE_SUCCESS": 30}
_CLOSED = frozenset({"TRADE_CLOSED", "TRADE_CLOSED_BY_USER"})


class Youzan:
    """Event-Sign is MD5(client id + raw body + client secret) in hexadecimal: their choice of hash, not ours."""

    topics: tuple[str, ...] = (
        "trade_TradePaid",
        "trade_TradeSuccess",
        "trade_TradeClose",
        "trade_refund_RefundSuccess",
    )
    acknowledgement = b'{"code":0,"msg":"success"}'

    def is_signed(self, headers: Mapping[str, str], body: bytes, *, secret: str, client_id: str) -> bool:
        right = md5(client_id.encode() + body + secret.encode()).hexdigest()  # noqa: S324 - the platform's signature
        return hmac.compare_digest(right.encode(), headers.get("Event-Sign", "").strip().lower().encode())

    def told(self, headers: Mapping[str, str], body: bytes) -> Told:
        topic = headers.get("Event-Type", "")
        return Told(topic=topic, delivery_id=name_of("", "", body))

    def read(self, topic: str, body: bytes, shop: ShopFacts) -> Reading | Skip:
        envelope = payload.parse(body)
        if envelope.flag("test"):
            return Skip("test")
        # The header is not signed, the body is.
        kind = envelope.text("type")
        if not kind.startswith("trade_"):
            return Skip("other_topic")
        message = envelope.get("msg").value
        if not isinstance(message, str):
            raise Unmappable(where="msg", expected="text")
        told = payload.parse(unquote_plus(message))
        if kind.startswith("trade_refund_"):
            return _refund(told, shop) if "Success" in kind else Skip("refund_not_done")
        return _trade(told, shop)


def _trade(told: Payload, shop: ShopFacts) -> Reading | Skip:
    whole = told.get("full_order_info") if told.has("full_order_info") else told
    order_info, pay_info, buyer = whole.get("order_info").object(), whole.get("pay_info"), whole.get("buyer_info")
    status = order_info.key("status")
    if status in _UNPAID:
        return Skip("not_paid")
    currency, exponent = shop.currency, minor_exponent(shop.currency)
    lines = [_line(item, currency, exponent) for item in whole.items("orders")]
    delivery_minor = pay_info.minor("post_fee", currency)
    lines.extend(extra("shipping", "Shipping", delivery_minor, currency, exponent))
    total_minor = pay_info.minor("payment", currency)
    tid = order_info.key("tid")
    known = buyer.value is not None
    order = CanonicalOrder(
        source_key=shop.source_key,
        external_id=tid,
        kind=Kind.SALE,
        placed_at=order_info.instant("created", shop.zone),
        channel=shop.channel,
        currency=currency,
        lines=come_to(lines, total_minor, currency, exponent, tolerance_minor=len(lines)),
        buyer=identities(
            ("external", (buyer.text("yz_open_id") or buyer.text("outer_user_id")) if known else ""),
            ("phone", buyer.text("buyer_phone") if known else ""),
            shop=shop,
        ),
        buyer_name=buyer.text("fans_nickname", longest=200) if known else "",
        cancelled=status in _CLOSED,
    )
    progress = 90 if status in _CLOSED else _PROGRESS.get(status, 8)
    told_at: datetime = order_info.instant("update_time", shop.zone)
    return Reading(object_key=tid, orders=(newest_wins(order, told_at=told_at, progress=progress),))


def _line(item: Payload, currency: str, exponent: int) -> CanonicalLine:
    quantity = item.decimal("num")
    paid = "payment" if item.has("payment") else "total_fee"
    code = item.text("outer_sku_id", longest=80) or item.text("outer_item_id", longest=80)
    return line_of(
        sku=code or f"item-{item.key('item_id')}",
        name=item.text("title"),
        quantity=quantity,
        gross_minor=payload.to_minor(item.decimal("price") * quantity, currency),
        net_minor=item.minor(paid, currency),
        currency=currency,
        exponent=exponent,
    )


def _refund(told: Payload, shop: ShopFacts) -> Reading | Skip:
    """A sum given back. The message names its order but not what was in it."""
    tid, refund_id = told.key("tid"), told.key("refund_id")
    amount = "refunded_fee" if told.has("refunded_fee") else "refund_fee"
    amount_minor = told.minor(amount, shop.currency)
    lines = extra("refund", "Refund", amount_minor, shop.currency, minor_exponent(shop.currency))
    if not lines:
        return Skip("nothing_back")
    done_at = told.instant("update_time", shop.zone)
    order = CanonicalOrder(
        source_key=shop.source_key,
        external_id=f"refund-{refund_id}",
        kind=Kind.RETURN,
        placed_at=done_at,
        channel=shop.channel,
        currency=shop.currency,
        lines=lines,
        return_of=tid,
    )
    return Reading(object_key=tid, orders=(newest_wins(order, told_at=done_at),))
