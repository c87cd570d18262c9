"""The goods of many known orders at once: their lines are replaced, and what was paid for them stays.

`docs/algorithms/imports.md`, section 8. The staging tables live for one transaction, which is the caller's;
`catalog.bulk` has filled its own before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper

from huike.orders.bulk import COPY_LINES as COPY_LINES
from huike.orders.bulk import LINES, stage_line_table

COPY_TOTALS = "COPY staged_total (ord, external_id, gross_minor, discount_minor) FROM STDIN (FORMAT csv)"


@dataclass(frozen=True, slots=True)
class LineCounts:
    """How many orders got other lines, had these already, and are no longer what they were said to be."""

    updated: int
    unchanged: int
    unfit: int


def totals_of(*, source_key: str, external_ids: Sequence[str]) -> list[tuple[str, int, str]]:
    """Of the sales of a source under these ids: id, net amount in minor units, currency."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.external_id, o.net_minor, o.currency
              FROM orders_order o JOIN customers_source s ON s.id = o.source_id
             WHERE s.key = %s AND o.kind = 'sale' AND o.external_id = ANY(%s)
            """,
            [source_key, list(external_ids)],
        )
        return list(cursor.fetchall())


def stage_lines(cursor: CursorWrapper) -> None:
    """Make the empty `staged_total` and `staged_line`; fill them with COPY_TOTALS and COPY_LINES.

    `ord` counts the orders from 1 without gaps; amounts and quantities are those of sales.
    """
    cursor.execute(
        "CREATE TEMP TABLE staged_total (ord bigint NOT NULL, external_id text NOT NULL, gross_minor bigint NOT NULL, "
        "discount_minor bigint NOT NULL) ON COMMIT DROP"
    )
    stage_line_table(cursor)


def write_lines(cursor: CursorWrapper, *, source_id: int, currency: str) -> LineCounts:
    """Give the staged orders their staged lines, each under its next revision; those that have them stay as they are.

    A return of the whole amount is of the same goods. The fingerprint stays that of what the source told of the order:
    told once more, the order is as before and keeps these lines. Nobody's figures change, as no net amount does. The
    caller's transaction decides; it is to be rolled back where any order is unfit.
    """
    cursor.execute("CREATE INDEX ON staged_line (order_ord)")
    cursor.execute("ANALYZE staged_total, staged_line")
    _look_up(cursor, source_id, currency)
    cursor.execute(
        "SELECT count(*), count(*) FILTER (WHERE ord NOT IN (SELECT ord FROM known_order)) FROM staged_total"
    )
    staged, unfit = cursor.fetchone()
    if unfit:
        return LineCounts(0, 0, unfit)
    _keep_those_that_differ(cursor)
    cursor.execute("DELETE FROM orders_line WHERE order_id IN (SELECT id FROM target_order)")
    cursor.execute(_SIGNED_LINES)
    cursor.execute(
        """
        UPDATE orders_order o
           SET revision = o.revision + 1, gross_minor = t.sign * s.gross_minor,
               discount_minor = t.sign * s.discount_minor
          FROM target_order t JOIN staged_total s ON s.ord = t.ord
         WHERE o.id = t.id
        """
    )
    cursor.execute("SELECT count(DISTINCT ord) FROM target_order")
    (updated,) = cursor.fetchone()
    return LineCounts(updated, staged - updated, 0)


def _look_up(cursor: CursorWrapper, source_id: int, currency: str) -> None:
    """`known_order`: the staged orders as they are now, if nothing was paid for them but what is staged, with the
    returns that take them back whole; locked."""
    cursor.execute(
        """
        CREATE TEMP TABLE known_order ON COMMIT DROP AS
        WITH locked AS (
            SELECT id, external_id, return_of_external_id, kind, currency, net_minor FROM orders_order
             WHERE source_id = %(source)s
               AND (external_id IN (SELECT external_id FROM staged_total)
                    OR return_of_external_id IN (SELECT external_id FROM staged_total))
             ORDER BY id FOR UPDATE),
        sales AS (
            SELECT s.ord, o.id, o.external_id, o.net_minor
              FROM staged_total s JOIN locked o ON o.external_id = s.external_id
             WHERE o.kind = 'sale' AND o.currency = %(currency)s AND o.net_minor = s.gross_minor - s.discount_minor)
        SELECT ord, id, 1 AS sign FROM sales
         UNION ALL
        SELECT s.ord, r.id, -1 FROM sales s JOIN locked r ON r.return_of_external_id = s.external_id
         WHERE r.kind = 'return' AND r.currency = %(currency)s AND r.net_minor = -s.net_minor
        """,
        {"source": source_id, "currency": currency},
    )
    cursor.execute("ANALYZE known_order")


def _keep_those_that_differ(cursor: CursorWrapper) -> None:
    """`target_order`: the known orders whose lines are not the staged ones."""
    line = (
        "(l.line_number, {product}, {sign}l.quantity, l.unit_price_micros, {sign}l.gross_minor, {sign}l.discount_minor)"
    )
    told = line.format(product="p.product_id", sign="k.sign * ")
    kept = line.format(product="l.product_id", sign="")
    cursor.execute(
        f"""
        CREATE TEMP TABLE target_order ON COMMIT DROP AS
        WITH told AS (
            SELECT k.id, array_agg({told} ORDER BY l.line_number) AS lines
              FROM known_order k
              JOIN staged_line l ON l.order_ord = k.ord
              JOIN staged_product p ON p.ord = l.product_ord
             GROUP BY k.id),
        kept AS (
            SELECT l.order_id AS id, array_agg({kept} ORDER BY l.line_number) AS lines
              FROM orders_line l WHERE l.order_id IN (SELECT id FROM known_order) GROUP BY l.order_id)
        SELECT k.* FROM known_order k JOIN told ON told.id = k.id LEFT JOIN kept ON kept.id = k.id
         WHERE kept.lines::text IS DISTINCT FROM told.lines::text
        """  # noqa: S608 - put together from the words above
    )


_SIGNED_LINES = LINES.format(sign="t.sign * ") + " ORDER BY t.id, l.line_number"
