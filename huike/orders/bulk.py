"""The orders of a whole file at once: the rows that telling them one by one would make, in a handful of statements.

No event is announced per order: whoever announces the file says it all.

`docs/algorithms/orders.md`, sections 4 and 6. The staging tables live for one transaction, which is the caller's;
`catalog.bulk` and `customers.bulk` have filled theirs before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.backends.utils import CursorWrapper

from huike.orders.rules import sealed_fingerprint
from huike.orders.services import recompute_purchase_figures
from huike.platform.config import get_config

COPY_ORDERS = (
    "COPY staged_order (ord, external_id, kind, customer_ord, placed_at, channel, store_code, clerk, currency, "
    "gross_minor, discount_minor, content_sha256, return_of, state) FROM STDIN (FORMAT csv)"
)
COPY_LINES = (
    "COPY staged_line (order_ord, line_number, product_ord, quantity, unit_price_micros, gross_minor, discount_minor) "
    "FROM STDIN (FORMAT csv)"
)
_ORDERS_AT_A_TIME: Final = 10_000
_CUSTOMERS_AT_A_TIME: Final = 20_000


@dataclass(frozen=True, slots=True)
class OrderCounts:
    """How many orders were new, replaced, as before; and cancelled ones that nobody knew, of which nothing is kept."""

    created: int
    updated: int
    unchanged: int
    closed: int


def stage_orders(cursor: CursorWrapper) -> None:
    """Make the empty `staged_order` and `staged_line`; fill them with COPY_ORDERS and COPY_LINES.

    Amounts and quantities are signed; `ord` counts the orders from 1 without gaps; `customer_ord` is that of
    `staged_customer`, NULL for an anonymous order. `return_of` is the external id of the sale that a return takes back;
    `state` is `placed` or `cancelled`.
    """
    cursor.execute(
        """
        CREATE TEMP TABLE staged_order (
            ord bigint NOT NULL, external_id text NOT NULL, kind text NOT NULL, customer_ord bigint,
            placed_at timestamptz NOT NULL, channel text NOT NULL, store_code text, clerk text NOT NULL, currency
            text NOT NULL,
            gross_minor bigint NOT NULL, discount_minor bigint NOT NULL, content_sha256 text NOT NULL,
            return_of text, state text NOT NULL
        ) ON COMMIT DROP
        """
    )
    stage_line_table(cursor)


def stage_line_table(cursor: CursorWrapper) -> None:
    """Make the empty `staged_line`, for COPY_LINES."""
    cursor.execute(
        """
        CREATE TEMP TABLE staged_line (
            order_ord bigint NOT NULL, line_number integer NOT NULL, product_ord bigint NOT NULL,
            quantity numeric(14, 3) NOT NULL, unit_price_micros bigint, gross_minor bigint NOT NULL,
            discount_minor bigint NOT NULL
        ) ON COMMIT DROP
        """
    )


def write_orders(
    cursor: CursorWrapper, *, source_id: int, report: Callable[[int], None], only_forward: bool = False
) -> OrderCounts:
    """Create the unknown orders, replace those whose content differs under the next revision, leave the others.

    A cancelled one that is unknown is not written; one that is known keeps its lines. With `only_forward` a cancelled
    order stays cancelled and a return does not shrink, whatever the file says: its exports may come in any order.
    `report` is told how many staged orders are done, and may raise to stop. The caller's transaction decides.
    """
    cursor.execute("CREATE INDEX ON staged_line (order_ord)")
    cursor.execute("ANALYZE staged_order, staged_line")
    _lock_buyers(cursor, source_id)
    _seal_fingerprints(cursor, source_id)
    _look_up(cursor, source_id, only_forward=only_forward)
    cursor.execute(
        """
        SELECT count(*), count(*) FILTER (WHERE s.state = 'cancelled' AND NOT EXISTS (
                   SELECT FROM orders_order o WHERE o.source_id = %s AND o.external_id = s.external_id))
          FROM staged_order s
        """,
        [source_id],
    )
    staged, closed = cursor.fetchone()
    # Checked with each statement: left to the commit, the checks of millions of lines would pile up in memory.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    created = 0
    for first in range(1, staged + 1, _ORDERS_AT_A_TIME):
        report(first - 1)
        created += _insert(cursor, source_id, first, first + _ORDERS_AT_A_TIME)
    _meet_tills(cursor, source_id)
    replaced, cancelled = _replace_heads(cursor, source_id)
    if replaced:
        _replace_lines(cursor)
    updated = replaced + cancelled
    report(staged)
    _link_returns(cursor, source_id)
    _recompute_figures(cursor)
    return OrderCounts(created, updated, staged - created - updated - closed, closed)


def _lock_buyers(cursor: CursorWrapper, source_id: int) -> None:
    """People before orders, as a till locks them: whoever the file names, and whose the orders are now."""
    cursor.execute(
        """
        SELECT FROM customers_customer
         WHERE id IN (SELECT customer_id FROM staged_customer WHERE NOT is_new
                       UNION SELECT customer_id FROM orders_order
                              WHERE source_id = %s AND external_id IN (SELECT external_id FROM staged_order))
         ORDER BY id FOR NO KEY UPDATE
        """,
        [source_id],
    )


def _seal_fingerprints(cursor: CursorWrapper, source_id: int) -> None:
    """Staged orders that are known as those of an erased person are compared with the sealed fingerprint kept there."""
    cursor.execute("SELECT EXISTS (SELECT FROM customers_erasure)")
    if not cursor.fetchone()[0]:
        return
    cursor.execute(
        """
        SELECT s.ord, s.content_sha256
          FROM staged_order s
          JOIN orders_order o ON o.source_id = %s AND o.external_id = s.external_id
          JOIN customers_customer c ON c.id = o.customer_id AND c.state = 'erased'
        """,
        [source_id],
    )
    key = get_config().key()
    sealed = [(ord_, sealed_fingerprint(content, key=key)) for ord_, content in cursor.fetchall()]
    cursor.execute(
        "UPDATE staged_order s SET content_sha256 = f.sealed FROM unnest(%s::bigint[], %s::text[]) AS f (ord, sealed) "
        "WHERE s.ord = f.ord",
        [[ord_ for ord_, _ in sealed], [content for _, content in sealed]],
    )


def _look_up(cursor: CursorWrapper, source_id: int, *, only_forward: bool) -> None:
    """`target_order`: the orders to write, with their ids; those that are known are locked."""
    cursor.execute(
        """
        CREATE TEMP TABLE target_order ON COMMIT DROP AS
        SELECT s.ord, o.id, o.id IS NOT NULL AS is_known, o.customer_id AS customer_id_before
          FROM staged_order s
          LEFT JOIN (SELECT id, external_id, content_sha256, customer_id, state, kind, net_minor FROM orders_order
                      WHERE source_id = %(source)s AND external_id IN (SELECT external_id FROM staged_order)
                      ORDER BY id FOR UPDATE) o ON o.external_id = s.external_id
         WHERE o.id IS NULL AND s.state = 'placed'
            OR o.content_sha256 <> s.content_sha256
               AND NOT (%(only_forward)s AND (o.state = 'cancelled' AND o.kind = 'sale'
                                              OR o.kind = 'return' AND o.net_minor < s.gross_minor - s.discount_minor))
        """,
        {"source": source_id, "only_forward": only_forward},
    )
    cursor.execute(
        """
        UPDATE target_order t SET id = numbered.id
          FROM (SELECT ord, nextval(pg_get_serial_sequence('orders_order', 'id')) AS id
                  FROM (SELECT ord FROM target_order WHERE id IS NULL ORDER BY ord) fresh) numbered
         WHERE t.ord = numbered.ord
        """
    )
    cursor.execute("CREATE UNIQUE INDEX ON target_order (ord)")
    cursor.execute("ANALYZE target_order")


def _meet_tills(cursor: CursorWrapper, source_id: int) -> None:
    """Orders that a till told while the file was being written are known orders; as they are, or to be replaced."""
    cursor.execute(
        """
        UPDATE target_order t SET id = o.id, is_known = true, customer_id_before = o.customer_id
          FROM staged_order s, (SELECT id, external_id, content_sha256, customer_id FROM orders_order
                                 WHERE source_id = %(source)s
                                   AND external_id IN (SELECT s.external_id
                                                         FROM target_order t JOIN staged_order s ON s.ord = t.ord
                                                        WHERE NOT t.is_known AND NOT EXISTS (
                                                              SELECT FROM orders_order mine WHERE mine.id = t.id))
                                 ORDER BY id FOR UPDATE) o
         WHERE s.ord = t.ord AND s.external_id = o.external_id
        RETURNING t.ord, o.content_sha256 = s.content_sha256
        """,
        {"source": source_id},
    )
    alike = [ord_ for ord_, is_alike in cursor.fetchall() if is_alike]
    cursor.execute("DELETE FROM target_order WHERE ord = ANY(%s)", [alike])


def _replace_heads(cursor: CursorWrapper, source_id: int) -> tuple[int, int]:
    """How many orders were replaced, and how many cancelled."""
    # An anonymous order that a person claimed stays hers; that of an erased person stays under her pseudonym.
    cursor.execute(
        """
        UPDATE orders_order o
           SET revision = o.revision + 1, content_sha256 = s.content_sha256, kind = s.kind, state = 'placed',
               return_of_id = sale.id, return_of_external_id = s.return_of,
               inherits_buyer = s.return_of IS NOT NULL AND s.customer_ord IS NULL, store_id = st.id,
               channel = s.channel, clerk = s.clerk,
               customer_id = CASE WHEN e.is_erased THEN o.customer_id
                                  WHEN s.customer_ord IS NOT NULL THEN c.customer_id
                                  WHEN o.claimed_at IS NOT NULL THEN o.customer_id END,
               anonymous_key = CASE WHEN s.customer_ord IS NULL AND NOT e.is_erased THEN s.external_id END,
               placed_at = s.placed_at, currency = s.currency, gross_minor = s.gross_minor,
               discount_minor = s.discount_minor,
               net_minor = s.gross_minor - s.discount_minor
          FROM target_order t
          JOIN staged_order s ON s.ord = t.ord
          LEFT JOIN staged_customer c ON c.ord = s.customer_ord
          LEFT JOIN catalog_store st ON st.code = s.store_code
          LEFT JOIN orders_order sale ON sale.source_id = %(source)s AND sale.external_id = s.return_of
          CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM customers_customer was
                                              WHERE was.id = t.customer_id_before AND was.state = 'erased')
                                     AS is_erased) e
         WHERE t.is_known AND o.id = t.id AND s.state = 'placed'
        """,
        {"source": source_id},
    )
    replaced = int(cursor.rowcount)
    # Of a cancelled order the file may say little: what it was stays to be seen.
    cursor.execute(
        """
        UPDATE orders_order o SET revision = o.revision + 1, content_sha256 = s.content_sha256, state = 'cancelled'
          FROM target_order t JOIN staged_order s ON s.ord = t.ord
         WHERE t.is_known AND o.id = t.id AND s.state = 'cancelled'
        """
    )
    return replaced, int(cursor.rowcount)


# The staged lines of the orders in `target_order`; `sign` turns those of a sale into those of its return.
LINES: Final = """
INSERT INTO orders_line (order_id, line_number, product_id, quantity, unit_price_micros, gross_minor,
                         discount_minor, net_minor)
SELECT t.id, l.line_number, p.product_id, {sign}l.quantity, l.unit_price_micros, {sign}l.gross_minor,
       {sign}l.discount_minor, {sign}(l.gross_minor - l.discount_minor)
  FROM staged_line l
  JOIN target_order t ON t.ord = l.order_ord
  JOIN staged_product p ON p.ord = l.product_ord
"""
_LINES: Final = LINES.format(sign="")


def _insert(cursor: CursorWrapper, source_id: int, first: int, beyond: int) -> int:
    """The new orders of [first, beyond) with their lines; how many. One that a till told since is left to it."""
    window = {"source": source_id, "first": first, "beyond": beyond}
    cursor.execute(
        """
        INSERT INTO orders_order (id, source_id, external_id, revision, content_sha256, kind, state, inherits_buyer,
                                  store_id, channel, clerk, customer_id, return_of_external_id, anonymous_key,
                                  placed_at, currency, gross_minor, discount_minor, net_minor, created_at)
        SELECT t.id, %(source)s, s.external_id, 0, s.content_sha256, s.kind, 'placed',
               s.return_of IS NOT NULL AND s.customer_ord IS NULL, st.id, s.channel, s.clerk, c.customer_id,
               s.return_of, CASE WHEN s.customer_ord IS NULL THEN s.external_id END, s.placed_at, s.currency,
               s.gross_minor, s.discount_minor, s.gross_minor - s.discount_minor, now()
          FROM target_order t
          JOIN staged_order s ON s.ord = t.ord
          LEFT JOIN staged_customer c ON c.ord = s.customer_ord
          LEFT JOIN catalog_store st ON st.code = s.store_code
         WHERE NOT t.is_known AND t.ord >= %(first)s AND t.ord < %(beyond)s
         ORDER BY t.id
            ON CONFLICT (source_id, external_id) DO NOTHING
        """,
        window,
    )
    created = int(cursor.rowcount)
    cursor.execute(
        _LINES
        + """
          JOIN orders_order o ON o.id = t.id
         WHERE NOT t.is_known AND l.order_ord >= %(first)s AND l.order_ord < %(beyond)s
         ORDER BY t.id, l.line_number
        """,
        window,
    )
    return created


def _replace_lines(cursor: CursorWrapper) -> None:
    cursor.execute(
        "CREATE TEMP TABLE replaced ON COMMIT DROP AS SELECT t.id, t.ord FROM target_order t "
        "JOIN staged_order s ON s.ord = t.ord WHERE t.is_known AND s.state = 'placed'"
    )
    cursor.execute("DELETE FROM orders_payment WHERE order_id IN (SELECT id FROM replaced)")
    cursor.execute("DELETE FROM orders_line WHERE order_id IN (SELECT id FROM replaced)")
    cursor.execute(_LINES + " WHERE t.ord IN (SELECT ord FROM replaced) ORDER BY t.id, l.line_number")


def _link_returns(cursor: CursorWrapper, source_id: int) -> None:
    """Returns and sales of which one came with this file, whichever was first. What came back of a cancelled sale
    counts nowhere."""
    cursor.execute(
        """
        CREATE TEMP TABLE linked_return ON COMMIT DROP AS
        SELECT r.id, r.customer_id AS customer_id_before, sale.id AS sale_id, sale.state,
               CASE WHEN r.inherits_buyer THEN sale.customer_id ELSE r.customer_id END AS customer_id
          FROM (SELECT r.id FROM target_order t
                  JOIN orders_order sale ON sale.id = t.id
                  JOIN orders_order r ON r.source_id = %(source)s AND r.return_of_external_id = sale.external_id
                 UNION
                SELECT r.id FROM target_order t
                  JOIN orders_order r ON r.id = t.id AND r.return_of_external_id IS NOT NULL) told
          JOIN orders_order r ON r.id = told.id
          JOIN orders_order sale ON sale.source_id = %(source)s AND sale.external_id = r.return_of_external_id
         WHERE r.return_of_id IS NULL OR r.inherits_buyer OR r.state <> sale.state
        """,
        {"source": source_id},
    )
    cursor.execute(
        "UPDATE orders_order r SET return_of_id = l.sale_id, customer_id = l.customer_id, state = l.state "
        "FROM linked_return l WHERE l.id = r.id"
    )


def _recompute_figures(cursor: CursorWrapper) -> None:
    cursor.execute(
        """
        CREATE TEMP TABLE touched ON COMMIT DROP AS
        SELECT customer_id FROM (
            SELECT o.customer_id FROM target_order t JOIN orders_order o ON o.id = t.id
             UNION SELECT customer_id_before FROM target_order
             UNION SELECT customer_id FROM linked_return
             UNION SELECT customer_id_before FROM linked_return) every
         WHERE customer_id IS NOT NULL ORDER BY customer_id
        """
    )
    last_id = 0
    while True:
        cursor.execute(
            "SELECT customer_id FROM touched WHERE customer_id > %s ORDER BY customer_id LIMIT %s",
            [last_id, _CUSTOMERS_AT_A_TIME],
        )
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return
        recompute_purchase_figures(ids)
        last_id = ids[-1]
