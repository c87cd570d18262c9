"""What is left of a sale after what came back of it. Read in one statement for one sale or for thousands; the rest is
pure. `docs/algorithms/points.md`, section 3, is the specification.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from huike.kernel.money import allocate
from huike.platform import sql


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of a sale, or of a return, with positive amounts."""

    line_number: int
    product_id: int
    category_id: int | None
    brand_id: int | None
    net_minor: int
    discount_minor: int
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class CameBack:
    """One return of a sale; its amounts positive. `payments` are empty where it was not told how it refunded."""

    order_id: int
    placed_at: datetime
    net_minor: int
    lines: tuple[SoldLine, ...]
    payments: Mapping[str, int] = field(default_factory=dict)
    store_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """An order as it is known now. `is_return` with no sale is a return nobody knows the sale of."""

    order_id: int
    order_key: str
    change_xid: int
    is_return: bool
    sale_id: int | None
    counts: bool
    customer_id: int | None
    placed_at: datetime
    store_id: int | None
    channel: str
    currency: str
    net_minor: int
    lines: tuple[SoldLine, ...]
    payments: Mapping[str, int]
    returns: tuple[CameBack, ...] = ()


_LINES = """
(SELECT json_agg(json_build_array(l.line_number, l.product_id, p.category_id, p.brand_id, abs(l.net_minor),
                                  abs(l.discount_minor), p.sku, (abs(l.quantity) * 1000)::bigint)
                 ORDER BY l.line_number)
   FROM orders_line l JOIN catalog_product p ON p.id = l.product_id WHERE l.order_id = {order}.id)
"""
_PAYMENTS = """
(SELECT json_object_agg(t.tender, t.paid)
   FROM (SELECT tender, sum(abs(amount_minor)) AS paid FROM orders_payment WHERE order_id = {order}.id GROUP BY 1) t)
"""
_SOLD = f"""
SELECT o.id, s.key || ':' || o.external_id, o.change_xid, o.kind = 'return', o.return_of_id, o.state = 'placed',
       o.customer_id, o.placed_at, o.store_id, o.channel, o.currency, abs(o.net_minor),
       {_LINES.format(order="o")}::text, {_PAYMENTS.format(order="o")}::text,
       CASE WHEN o.kind = 'sale' THEN
       (SELECT json_agg(json_build_array(r.id, r.placed_at, abs(r.net_minor), {_LINES.format(order="r")},
                                         {_PAYMENTS.format(order="r")}, r.store_id) ORDER BY r.placed_at, r.id)
          FROM orders_order r WHERE r.return_of_id = o.id AND r.state = 'placed')::text END
  FROM orders_order o JOIN customers_source s ON s.id = o.source_id
 WHERE o.id = ANY(%s::bigint[])
 ORDER BY o.placed_at, o.id
"""  # noqa: S608 - fixed texts


def read_sold(order_ids: Iterable[int]) -> list[Sold]:
    """These orders as they are now with what came back of each, in the order they were placed."""
    return [
        Sold(
            order_id=id_,
            order_key=key,
            change_xid=change_xid,
            is_return=is_return,
            sale_id=sale_id,
            counts=counts,
            customer_id=customer_id,
            placed_at=placed_at,
            store_id=store_id,
            channel=channel,
            currency=currency,
            net_minor=net_minor,
            lines=_lines(json.loads(lines or "[]")),
            payments=json.loads(payments or "{}"),
            returns=tuple(
                CameBack(back, datetime.fromisoformat(at), net, _lines(told or []), refunds or {}, back_to)
                for back, at, net, told, refunds, back_to in json.loads(returns or "[]")
            ),
        )
        for (
            id_,
            key,
            change_xid,
            is_return,
            sale_id,
            counts,
            customer_id,
            placed_at,
            store_id,
            channel,
            currency,
            net_minor,
            lines,
            payments,
            returns,
        ) in sql.rows(_SOLD, [sorted(set(order_ids))])
    ]


def _lines(told: Iterable[Sequence[Any]]) -> tuple[SoldLine, ...]:
    return tuple(SoldLine(*line) for line in told)


def sales_of(order_ids: Iterable[int]) -> list[int]:
    """These orders, and for returns among them also their sales."""
    found = sql.rows("SELECT id, return_of_id FROM orders_order WHERE id = ANY(%s::bigint[])", [sorted(set(order_ids))])
    return sorted({id_ for row in found for id_ in row if id_ is not None})


def kept_lines(sold: Sold) -> list[tuple[SoldLine, int]]:
    """What is left of each line in money, never below zero; nothing of a sale that does not count."""
    if not sold.counts:
        return [(line, 0) for line in sold.lines]
    left = [line.net_minor for line in sold.lines]
    surplus = 0
    for back in sold.returns:
        for returned in back.lines:
            amount = returned.net_minor
            for place, line in enumerate(sold.lines):
                if line.product_id == returned.product_id:
                    part = min(amount, left[place])
                    left[place] -= part
                    amount -= part
            surplus += amount
    surplus = min(surplus, sum(left))
    if surplus:
        left = [rest - part for rest, part in zip(left, allocate(surplus, left), strict=True)]
    return list(zip(sold.lines, left, strict=True))


def kept_units(sold: Sold) -> dict[str, int]:
    """How many whole units are left of each SKU of a sale, of those that are; none of a sale that does not count."""
    left: dict[str, int] = {}
    for line in sold.lines if sold.counts else ():
        left[line.sku] = left.get(line.sku, 0) + line.quantity_milli
    for back in sold.returns:
        for line in back.lines:
            if line.sku in left:
                left[line.sku] -= line.quantity_milli
    return {sku: milli // 1_000 for sku, milli in left.items() if milli >= 1_000}


def kept_payments(sold: Sold) -> dict[str, int]:
    """What is left of each tender after refunds: those told, else each tender's share of what came back."""
    return left_of_payments(sold.payments, sold.returns) if sold.counts else dict.fromkeys(sold.payments, 0)


def left_of_payments(payments: Mapping[str, int], returns: Iterable[CameBack]) -> dict[str, int]:
    """As `kept_payments`, of a sale that counts."""
    left = dict(payments)
    for back in returns:
        for tender, refunded in (back.payments or _refund(back.net_minor, payments, left)).items():
            if tender in left:
                left[tender] = max(0, left[tender] - refunded)
    return left


def _refund(amount_minor: int, paid: Mapping[str, int], left: Mapping[str, int]) -> dict[str, int]:
    tenders = sorted(left)
    amount_minor = min(amount_minor, sum(left.values()))
    if amount_minor == 0:
        return {}
    if amount_minor == sum(left.values()):
        return dict(left)
    parts = dict(zip(tenders, allocate(amount_minor, [paid[tender] for tender in tenders]), strict=True))
    # What one tender has no more is taken from the others, in the order of their names.
    over = 0
    for tender in tenders:
        excess = max(0, parts[tender] - left[tender])
        parts[tender] -= excess
        over += excess
    for tender in tenders:
        more = min(over, left[tender] - parts[tender])
        parts[tender] += more
        over -= more
    return parts
