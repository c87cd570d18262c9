"""The rules of a file of goods: its rows are lines of orders that are known, found by source and order number.

From `raw` to `typed`, `refused`, `good`, and what is to be written: `orders` with their new gross and discount,
`lines`, `products`. `docs/algorithms/imports.md`, section 8, states every rule.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from huike.imports import expressions as sql
from huike.imports import order_rows, paid_orders
from huike.imports.answers import Answers
from huike.imports.workbench import rows_of
from huike.orders import bulk_lines as orders

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

LEFT_BEHIND: Final = ("known", "sales", *order_rows.LEFT_BEHIND)
_ORDERS_AT_A_TIME: Final = 20_000
_READ, _REFUSED, _GATHERED = 0.5, 0.7, 0.9


def check(duck: Watched, cells: Cells, *, now: datetime) -> None:
    """Make all the tables named above."""
    duck.stage(_READ)
    order_rows.read_cells(duck, cells, now)
    duck.stage(_REFUSED, statements=4)
    _look_up(duck, source_key=cells.answers.source_key)
    order_rows.refuse(duck, cells, also=_strangers(cells.answers))
    order_rows.keep_good(duck, cells)
    duck.stage(_GATHERED, statements=4)
    _gather(duck, cells)


def _look_up(duck: Watched, *, source_key: str) -> None:
    """Make `known`: the sales of this source that the file names, with what was paid for each."""
    duck.execute("CREATE TABLE known (order_id VARCHAR, net_minor BIGINT, currency VARCHAR)")
    named = duck.cursor().execute("SELECT DISTINCT order_id FROM typed WHERE order_id IS NOT NULL")
    while ids := [row[0] for row in named.fetchmany(_ORDERS_AT_A_TIME)]:
        found = orders.totals_of(source_key=source_key, external_ids=ids)
        if found:
            order_ids, nets, currencies = zip(*found, strict=True)
            duck.register("found", pa.table({"order_id": order_ids, "net_minor": nets, "currency": currencies}))
            duck.execute("INSERT INTO known SELECT * FROM found")
            duck.unregister("found")


def _strangers(answers: Answers) -> str:
    """Orders that are not there, or not in this currency, with what is wrong."""
    return f"""
        SELECT DISTINCT t.order_id, CASE WHEN k.order_id IS NULL THEN 'order_id:order.unknown'
                                         ELSE 'order_id:order.currency_differs' END
          FROM typed t LEFT JOIN known k ON k.order_id = t.order_id
         WHERE t.order_id IS NOT NULL AND k.currency IS DISTINCT FROM {sql.quoted(answers.currency)}
    """


def _gather(duck: Watched, cells: Cells) -> None:
    """The total of an order stays what was paid for it; its goods share it."""
    duck.execute(
        """
        CREATE TABLE sales AS
        SELECT order_id AS external_id, net_minor AS paid_minor, 0::BIGINT AS shipping_minor FROM known
         WHERE order_id IN (SELECT order_id FROM good)
        """
    )
    paid_orders.spread(duck, cells)
    duck.execute(
        """
        CREATE TABLE orders AS
        SELECT row_number() OVER (ORDER BY order_id) AS ord, order_id AS external_id, false AS is_return,
               sum(gross_minor)::BIGINT AS gross_minor, sum(discount_minor)::BIGINT AS discount_minor
          FROM sale_lines GROUP BY order_id
        """
    )
    order_rows.gather_lines(duck, "sale_lines")


def totals(duck: Watched, answers: Answers) -> dict[str, Any]:
    """What the file comes to, and in how many orders, and by how much, its prices are above or below what was paid."""
    (figures,) = rows_of(
        duck,
        """
        WITH priced AS (
            SELECT order_id, sum(gross_minor)::BIGINT AS minor FROM good GROUP BY order_id HAVING sum(gross_minor) > 0),
        beyond AS (
            SELECT o.gross_minor - o.discount_minor - p.minor AS minor
              FROM orders o JOIN priced p ON p.order_id = o.external_id
             WHERE o.gross_minor - o.discount_minor > p.minor)
        SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM good) AS lines,
               (SELECT count(DISTINCT sku) FROM good) AS products,
               (SELECT coalesce(sum(gross_minor - discount_minor), 0)::BIGINT FROM orders) AS net_minor,
               (SELECT count(*) FROM orders WHERE discount_minor > 0) AS orders_below,
               (SELECT coalesce(sum(discount_minor), 0)::BIGINT FROM orders) AS below_minor,
               (SELECT count(*) FROM beyond) AS orders_above,
               (SELECT coalesce(sum(minor), 0)::BIGINT FROM beyond) AS above_minor,
               (SELECT count(*) - count(DISTINCT likeness) FROM typed) AS repeated_rows
        """,
    )
    return {**figures, "currency": answers.currency}


def preview(duck: Watched, answers: Answers) -> list[dict[str, Any]]:
    """The first rows as they were understood, each with what was paid for its whole order."""
    return rows_of(
        duck,
        """
        SELECT g.row, g.order_id, g.is_return, g.sku, g.description, g.quantity_milli, g.unit_price_micros,
               g.gross_minor AS net_minor, k.net_minor AS order_minor
          FROM good g JOIN known k ON k.order_id = g.order_id ORDER BY g.row LIMIT 20
        """,
    )
