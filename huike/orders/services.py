"""Writes: one order at a time. `docs/algorithms/orders.md` is the specification; files of orders go through `bulk.py`.

Taking an order has two halves, so that checkout can decide coupons in between, in one transaction:
`opening = open_order(...)`, then `write_order(opening, ...)`. `place` is both at once.

Statements on the way of a sale are written in SQL: a till waits for them, and each is one round trip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from huike.catalog import services as catalog
from huike.customers import services as customers
from huike.kernel.scope import EVERYTHING, Scope
from huike.orders.errors import (
    OrderInvalid,
    PaymentsDoNotAddUp,
    RevisionConflict,
    SourceUnknown,
    StoreUnknown,
)
from huike.orders.events import OrderPlaced, OrderReturned, OrderRevised
from huike.orders.rules import (
    Amounts,
    CanonicalOrder,
    Kind,
    Step,
    amounts_of_lines,
    content_sha256,
    decide,
    faults_of,
    payments_missing_minor,
    sealed_fingerprint,
    sign_of,
    total_of,
)
from huike.platform import locks, sql
from huike.platform.config import get_config
from huike.platform.outbox import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An order that was checked and whose parties are found; nothing of it is written yet."""

    told: CanonicalOrder
    step: Step
    fingerprint: str
    source_id: int
    store_id: int | None
    order_id: int | None
    customer_id: int | None
    customer_created: bool
    customer_before_id: int | None
    sale_id: int | None
    sale_cancelled: bool
    returns_wait: bool
    products: Mapping[str, int]
    named_by_id: int | None = None
    is_erased: bool = False

    @property
    def changes_content(self) -> bool:
        """Whether lines, and with them coupons, are to be written."""
        return self.step in {Step.CREATE, Step.REPLACE}

    @property
    def counts(self) -> bool:
        """Whether the order is one in any figure: a cancelled sale is none, nor is what came back of it."""
        return not (self.told.cancelled or self.sale_cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """What became of an order that arrived. `amounts` are those written, one per line; none where nothing was."""

    order_id: int
    customer_id: int | None
    step: Step
    amounts: tuple[Amounts, ...]
    customer_created: bool = False


class Overtaken(Exception):
    """A file brought the order since it was opened; nothing of it is written. Open it again in the same transaction."""


def place(order: CanonicalOrder, *, scope: Scope = EVERYTHING, now: datetime) -> Placement:
    """Take an order: create it, replace it, or do nothing, as its revision says.

    Raises OrderInvalid naming each fault, SourceUnknown, StoreUnknown, RevisionConflict, PaymentsDoNotAddUp, and
    CustomerNotFound for a buyer told by an id that does not exist. Nothing is written when it raises.
    """
    with transaction.atomic():
        return _place(order, scope, now)


def place_all(told: Iterable[CanonicalOrder], *, now: datetime) -> list[Placement]:
    """As `place` each of these, in one transaction: nothing is written when one of them raises."""
    with transaction.atomic():
        return [_place(order, EVERYTHING, now) for order in told]


def _place(order: CanonicalOrder, scope: Scope, now: datetime) -> Placement:
    while True:
        try:
            return write_order(open_order(order, scope=scope, now=now), now=now)
        except Overtaken:
            continue


def open_order(order: CanonicalOrder, *, scope: Scope, now: datetime) -> Opening:
    """Check an order, find source, store and buyer (made where unknown), and decide what is to be done with it.

    Must run in a transaction: deliveries of one order, and of a sale and its return, wait for each other until it
    ends. Locks are taken in the order of `orders.bulk`, which writes a whole file in one transaction: goods,
    identities, people, orders. Raises as `place` does.
    """
    faults = faults_of(order, now=now)
    if faults:
        raise OrderInvalid(errors=faults)
    for external_id in sorted({order.external_id, order.return_of or order.external_id}):
        locks.hold("order", order.source_key, external_id)
    fingerprint = content_sha256(order)
    while True:
        known = _known(order, scope)
        opening = _opened(order, known, fingerprint, now)
        if not opening.changes_content:
            return opening
        touched = _touched(opening)
        heirs, found = _lock_buyers(touched)
        if heirs or found < len(touched):
            continue  # one of the files was merged, or its person erased, a moment ago: who is it now?
        if opening.order_id is None or _is_still(known, opening.order_id):
            return opening


def _opened(order: CanonicalOrder, known: _Known, fingerprint: str, now: datetime) -> Opening:
    if known.was_erased:
        fingerprint = sealed_fingerprint(fingerprint, key=get_config().key())
    stored = None if known.order_id is None else (known.revision, known.fingerprint)
    step = decide(stored=stored, revision=order.revision, fingerprint=fingerprint)
    if step is Step.REFUSE:
        raise RevisionConflict(revision=order.revision)
    buyer, products = _Buyer(known.customer_id), dict[str, int]()
    if step in {Step.CREATE, Step.REPLACE}:
        products = catalog.products_by_sku({line.sku: line.name for line in order.lines})
        buyer = _buyer(order, known, now)
    return Opening(
        told=order,
        step=step,
        fingerprint=fingerprint,
        source_id=known.source_id,
        store_id=known.store_id,
        order_id=known.order_id,
        customer_id=buyer.id,
        customer_created=buyer.created,
        named_by_id=buyer.named_by_id,
        customer_before_id=known.customer_id,
        sale_id=known.sale_id,
        sale_cancelled=known.sale_cancelled,
        returns_wait=known.returns_wait,
        products=products,
        is_erased=known.was_erased or known.sale_was_erased,
    )


def _touched(opening: Opening) -> set[int]:
    """Whose figures the order changes: its buyer's, the former one's, those of returns that wait for it."""
    touched = {opening.customer_id, opening.customer_before_id}
    if opening.returns_wait and opening.told.kind is Kind.SALE:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT customer_id FROM orders_order WHERE source_id = %s AND return_of_external_id = %s",
                [opening.source_id, opening.told.external_id],
            )
            touched |= {row[0] for row in cursor.fetchall()}
    return {customer_id for customer_id in touched if customer_id is not None}


def _is_still(known: _Known, order_id: int) -> bool:
    """Whether the order, locked now, is as it was read; a file may have replaced it in between."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT revision, content_sha256, customer_id FROM orders_order WHERE id = %s FOR NO KEY UPDATE", [order_id]
        )
        return bool(cursor.fetchone() == (known.revision, known.fingerprint, known.customer_id))


@dataclass(frozen=True, slots=True)
class _Known:
    source_id: int
    source_channel: str
    store_id: int | None
    order_id: int | None
    revision: int
    fingerprint: str
    customer_id: int | None
    was_claimed: bool
    sale_id: int | None
    sale_customer_id: int | None
    sale_cancelled: bool
    returns_wait: bool
    was_erased: bool
    sale_was_erased: bool


# Everything the decision needs, in one round trip.
_KNOWN = """
SELECT s.id, s.channel, st.id, o.id, COALESCE(o.revision, 0), COALESCE(o.content_sha256, ''), o.customer_id,
       o.claimed_at IS NOT NULL, sale.id, sale.customer_id,
       COALESCE(sale.state = 'cancelled', false),
       EXISTS (SELECT FROM orders_order r WHERE r.source_id = s.id AND r.return_of_external_id = %(external_id)s),
       EXISTS (SELECT FROM customers_customer c WHERE c.id = o.customer_id AND c.state = 'erased'),
       EXISTS (SELECT FROM customers_customer c WHERE c.id = sale.customer_id AND c.state = 'erased')
  FROM customers_source s
  LEFT JOIN catalog_store st ON st.code = %(store_code)s
  LEFT JOIN orders_order o ON o.source_id = s.id AND o.external_id = %(external_id)s
  LEFT JOIN orders_order sale
    ON sale.source_id = s.id AND sale.external_id = %(return_of)s AND sale.kind = 'sale'
 WHERE s.key = %(source_key)s
"""


def _known(order: CanonicalOrder, scope: Scope) -> _Known:
    row = sql.row(
        _KNOWN,
        {
            "external_id": order.external_id,
            "store_code": order.store_code,
            "return_of": order.return_of,
            "source_key": order.source_key,
        },
    )
    if row is None:
        raise SourceUnknown(source=order.source_key)
    known = _Known(*row)
    if order.store_code is not None and known.store_id is None:
        raise StoreUnknown(store_code=order.store_code)
    if scope.all_stores:
        return known
    if order.store_code is None and len(scope.store_ids) == 1:
        (own_store_id,) = scope.store_ids
        known = replace(known, store_id=own_store_id)
    if not scope.allows_store(known.store_id):
        raise StoreUnknown(store_code=order.store_code)
    return known


def quote_order(order: CanonicalOrder, *, scope: Scope, now: datetime) -> Opening:
    """What `open_order` would find for a new order, without making anybody, waiting for anybody, or storing anything.

    A buyer nobody knows yet is None. Raises as `place` does, except for revisions.
    """
    faults = faults_of(order, now=now)
    if faults:
        raise OrderInvalid(errors=faults)
    known = _known(order, scope)
    if order.known_by:
        told = [(identity.kind, identity.value) for identity in order.known_by]
        customer_id = customers.known_buyer(told, source_id=known.source_id)
    else:
        customer_id = _buyer(order, known, now).id
    return Opening(
        told=order,
        step=Step.CREATE,
        fingerprint="",
        source_id=known.source_id,
        store_id=known.store_id,
        order_id=known.order_id,
        customer_id=customer_id,
        customer_created=False,
        customer_before_id=known.customer_id,
        sale_id=known.sale_id,
        sale_cancelled=known.sale_cancelled,
        returns_wait=False,
        products={},
    )


@dataclass(frozen=True, slots=True)
class _Buyer:
    id: int | None
    created: bool = False
    named_by_id: int | None = None


def _buyer(order: CanonicalOrder, known: _Known, now: datetime) -> _Buyer:
    # Whoever is named now, the sale was of somebody who was erased: it, and what comes back of it, stay nobody's.
    if known.was_erased or known.sale_was_erased:
        return _Buyer(known.customer_id if known.was_erased else known.sale_customer_id)
    if order.known_by:
        found = customers.find_or_create_by_identity(
            [(identity.kind, identity.value) for identity in order.known_by],
            source_id=known.source_id,
            source_channel=order.channel,
            name=order.buyer_name,
            home_store_id=known.store_id,
            told_with=f"order {order.external_id}",
            now=now,
        )
        return _Buyer(None) if found is None else _Buyer(found.id, found.created, found.named_by_id)
    if order.return_of is not None:
        return _Buyer(known.sale_customer_id)
    if order.anonymous_key is not None and not known.was_claimed:
        return _Buyer(customers.known_by_key(order.anonymous_key, source_id=known.source_id))
    # A newer word of the till that still names nobody does not take an order away from the person who claimed it.
    return _Buyer(known.customer_id if known.was_claimed else None)


def write_order(opening: Opening, *, extra_discounts_minor: Sequence[int] = (), now: datetime) -> Placement:
    """Write what `open_order` decided, in the same transaction.

    `extra_discounts_minor` is what coupons take off each line, positive. Raises PaymentsDoNotAddUp, Overtaken.
    """
    told = opening.told
    order_id = opening.order_id
    amounts: list[Amounts] = []
    if opening.step is Step.NOTE_REVISION:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE orders_order SET revision = %s WHERE id = %s AND revision < %s",
                [told.revision, order_id, told.revision],
            )
    if opening.changes_content:
        amounts = amounts_of_lines(told, extra_discounts_minor=tuple(extra_discounts_minor))
        total = total_of(amounts)
        missing_minor = payments_missing_minor(told, net_minor=total.net_minor)
        if missing_minor:
            raise PaymentsDoNotAddUp(
                net_minor=abs(total.net_minor), paid_minor=abs(total.net_minor) - missing_minor, currency=told.currency
            )
        brings_returns = told.kind is Kind.SALE and opening.returns_wait
        one_more = opening.step is Step.CREATE and not brings_returns and opening.counts
        order_id, is_counted = _write_content(opening, amounts, total, one_more=one_more)
        if not is_counted:
            touched = {opening.customer_id, opening.customer_before_id}
            if brings_returns:
                touched |= _link_returns(order_id, opening)
            _count_figures(sorted({customer_id for customer_id in touched if customer_id is not None}))
        announce(_event(order_id, opening, now))
    if order_id is None:
        raise AssertionError("an order that is not created is known")
    return Placement(
        order_id=order_id,
        customer_id=opening.customer_id,
        step=opening.step,
        amounts=tuple(amounts),
        customer_created=opening.customer_created,
    )


_HEAD_COLUMNS = (
    "source_id",
    "external_id",
    "revision",
    "content_sha256",
    "kind",
    "state",
    "return_of_id",
    "return_of_external_id",
    "inherits_buyer",
    "store_id",
    "channel",
    "clerk",
    "customer_id",
    "named_by_id",
    "anonymous_key",
    "placed_at",
    "currency",
    "gross_minor",
    "discount_minor",
    "net_minor",
)
_INSERT_HEAD = (
    f"INSERT INTO orders_order ({', '.join(_HEAD_COLUMNS)}) "  # noqa: S608 - constant names
    f"VALUES ({', '.join(f'%({column})s' for column in _HEAD_COLUMNS)}) "
    "ON CONFLICT (source_id, external_id) DO NOTHING RETURNING id"
)
_UPDATE_HEAD = (
    f"UPDATE orders_order SET {', '.join(f'{column} = %({column})s' for column in _HEAD_COLUMNS)} "  # noqa: S608
    "WHERE id = %(id)s::bigint RETURNING id"
)
# Head, lines, payments and the buyer's figures in one round trip. One more order is added to her figures where they are
# in its currency; LEAST and GREATEST pass over NULL. Her row is locked: whoever counts her figures did so before, and
# cannot have seen this order.
_CONTENT = """
WITH head AS ({head}),
lines AS (
    INSERT INTO orders_line (order_id, line_number, product_id, quantity, unit_price_micros,
                             gross_minor, discount_minor, net_minor)
    SELECT head.id, t.n, t.product_id, t.quantity_milli / 1000.0, t.unit_price_micros,
           t.gross_minor, t.discount_minor, t.gross_minor - t.discount_minor
      FROM head, unnest(%(products)s::bigint[], %(quantities)s::bigint[], %(prices)s::bigint[],
                        %(gross)s::bigint[], %(discounts)s::bigint[])
           WITH ORDINALITY AS t (product_id, quantity_milli, unit_price_micros, gross_minor, discount_minor, n)
),
payments AS (
    INSERT INTO orders_payment (order_id, tender, amount_minor)
    SELECT head.id, tender, amount_minor
      FROM head, unnest(%(tenders)s::text[], %(paid)s::bigint[]) AS p (tender, amount_minor)
),
figures AS (
    UPDATE customers_customer
       SET orders_count = orders_count + %(sales)s, returns_count = returns_count + %(returns)s,
           spent_minor = spent_minor + %(net_minor)s, spent_currency = %(currency)s,
           first_order_at = LEAST(first_order_at, %(sold_at)s::timestamptz),
           last_order_at = GREATEST(last_order_at, %(sold_at)s::timestamptz)
      FROM head
     WHERE %(one_more)s AND customers_customer.id = %(customer_id)s
       AND (spent_currency = %(currency)s OR orders_count + returns_count = 0)
    RETURNING customers_customer.id
)
SELECT id, EXISTS (SELECT FROM figures) FROM head
"""
_CREATE = _CONTENT.format(head=_INSERT_HEAD)
_REPLACE = _CONTENT.format(head=_UPDATE_HEAD)


def _write_content(opening: Opening, amounts: Sequence[Amounts], total: Amounts, *, one_more: bool) -> tuple[int, bool]:
    """The order's id, and whether its buyer's figures know it: `one_more` order of hers is added where they are in its
    currency, and one of nobody's has none to be added to. Else they must be counted anew.

    Raises Overtaken where somebody else's order of this name appeared in between.
    """
    told, sign = opening.told, sign_of(opening.told.kind)
    is_sale = told.kind is Kind.SALE
    anonymous_key = None if opening.is_erased else told.waits_under
    values: dict[str, Any] = {
        "source_id": opening.source_id,
        "external_id": told.external_id,
        "revision": told.revision,
        "content_sha256": opening.fingerprint,
        "kind": told.kind.value,
        "state": _state(opening),
        "return_of_id": opening.sale_id,
        "return_of_external_id": told.return_of,
        "inherits_buyer": told.return_of is not None and not told.known_by,
        "store_id": opening.store_id,
        "channel": told.channel,
        "clerk": told.clerk,
        "customer_id": opening.customer_id,
        "named_by_id": opening.named_by_id,
        "anonymous_key": anonymous_key,
        "placed_at": told.placed_at,
        "currency": told.currency,
        "gross_minor": total.gross_minor,
        "discount_minor": total.discount_minor,
        "net_minor": total.net_minor,
        "products": [opening.products[line.sku] for line in told.lines],
        "quantities": [sign * line.quantity_milli for line in told.lines],
        "prices": [line.unit_price_micros for line in told.lines],
        "gross": [amount.gross_minor for amount in amounts],
        "discounts": [amount.discount_minor for amount in amounts],
        "tenders": [payment.tender for payment in told.payments],
        "paid": [sign * payment.amount_minor for payment in told.payments],
        "one_more": one_more,
        "sales": int(is_sale),
        "returns": int(not is_sale),
        "sold_at": told.placed_at if is_sale else None,
    }
    if opening.step is Step.REPLACE:
        values["id"] = opening.order_id
        sql.rows("DELETE FROM orders_payment WHERE order_id = %s", [opening.order_id])
        sql.rows("DELETE FROM orders_line WHERE order_id = %s", [opening.order_id])
    written = sql.row(_REPLACE if opening.step is Step.REPLACE else _CREATE, values)
    if written is None:
        raise Overtaken
    order_id, is_added = written
    return order_id, is_added or (one_more and opening.customer_id is None)


def _state(opening: Opening) -> str:
    return "placed" if opening.counts else "cancelled"


def _link_returns(sale_id: int, opening: Opening) -> set[int | None]:
    """Hang returns that named this sale under it, with its buyer where they named none; whose figures that changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order r
               SET return_of_id = %(sale_id)s, state = %(state)s,
                   customer_id = CASE WHEN r.inherits_buyer THEN %(customer_id)s ELSE r.customer_id END
              FROM orders_order before
             WHERE before.id = r.id AND r.source_id = %(source_id)s AND r.return_of_external_id = %(external_id)s
               AND (r.return_of_id IS NULL OR r.inherits_buyer OR r.state <> %(state)s)
            RETURNING before.customer_id, r.customer_id
            """,
            {
                "sale_id": sale_id,
                "state": _state(opening),
                "customer_id": opening.customer_id,
                "source_id": opening.source_id,
                "external_id": opening.told.external_id,
            },
        )
        return {customer_id for row in cursor.fetchall() for customer_id in row}


def _event(order_id: int, opening: Opening, now: datetime) -> OrderPlaced | OrderReturned | OrderRevised:
    customer_id = opening.customer_id
    if opening.step is Step.REPLACE or not opening.counts:
        revision = opening.told.revision
        return OrderRevised(order_id=order_id, customer_id=customer_id, revision=revision, occurred_at=now)
    if opening.told.kind is Kind.RETURN:
        return OrderReturned(
            order_id=order_id, customer_id=customer_id, sale_id=opening.sale_id, occurred_at=opening.told.placed_at
        )
    return OrderPlaced(order_id=order_id, customer_id=customer_id, occurred_at=opening.told.placed_at)


_FIGURES = """
UPDATE customers_customer c
   SET orders_count = f.orders_count, returns_count = f.returns_count, spent_minor = f.spent_minor,
       spent_currency = f.currency, first_order_at = f.first_at, last_order_at = f.last_at
  FROM (SELECT t.id, latest.currency,
               count(*) FILTER (WHERE o.kind = 'sale') AS orders_count,
               count(*) FILTER (WHERE o.kind = 'return') AS returns_count,
               COALESCE(sum(o.net_minor) FILTER (WHERE o.currency = latest.currency), 0)::bigint AS spent_minor,
               min(o.placed_at) FILTER (WHERE o.kind = 'sale') AS first_at,
               max(o.placed_at) FILTER (WHERE o.kind = 'sale') AS last_at
          FROM unnest(%(ids)s::bigint[]) AS t (id)
          LEFT JOIN LATERAL (SELECT currency FROM orders_order
                              WHERE customer_id = t.id AND state = 'placed'
                              ORDER BY placed_at DESC, id DESC LIMIT 1) latest ON true
          LEFT JOIN orders_order o ON o.customer_id = t.id AND o.state = 'placed'
         GROUP BY t.id, latest.currency) f
 WHERE c.id = f.id
   AND (c.orders_count, c.returns_count, c.spent_minor, c.spent_currency, c.first_order_at, c.last_order_at)
       IS DISTINCT FROM
       (f.orders_count, f.returns_count, f.spent_minor, f.currency, f.first_at, f.last_at)
"""


def recompute_purchase_figures(customer_ids: Iterable[int]) -> None:
    """Count these customers' figures anew from their orders, under a lock on their rows, in the caller's transaction.

    The lock comes first and in a statement of its own: the count must see every order committed before it was taken,
    or two orders of one customer at the same moment would each miss the other.
    """
    ids = sorted(set(customer_ids))
    heirs, _ = _lock_buyers(ids)
    _count_figures(ids)
    # A file that was merged a moment ago: its orders went to the one that stands for it.
    if heirs:
        recompute_purchase_figures(heirs)


def _lock_buyers(customer_ids: Iterable[int]) -> tuple[set[int], int]:
    """Lock these files in order of id; those that stand for the merged ones among them, and how many there are."""
    ids = sorted(set(customer_ids))
    if not ids:
        return set(), 0
    locked = sql.rows(
        "SELECT merged_into_id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids]
    )
    return {heir_id for (heir_id,) in locked if heir_id is not None}, len(locked)


def _count_figures(ids: list[int]) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_FIGURES, {"ids": ids})


def settle_people(customer_ids: Sequence[int]) -> None:
    """After orders moved between these files: returns that named no buyer are where their sales are, and the figures
    say what is there now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order r SET customer_id = sale.customer_id
              FROM orders_order sale
             WHERE r.return_of_id = sale.id AND r.inherits_buyer AND r.customer_id = ANY(%(ids)s)
               AND sale.customer_id = ANY(%(ids)s) AND r.customer_id <> sale.customer_id
            """,
            {"ids": list(customer_ids)},
        )
    recompute_purchase_figures(customer_ids)
