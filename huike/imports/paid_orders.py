"""What the exports of closed platforms tell beyond goods: status, what was paid, what went back, child orders.

`docs/algorithms/imports.md`, section 8, states every rule. Made from `good`: `settled_heads` and `settled`, the sales
and returns and their lines, and the `orders` of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from huike.imports import expressions as sql
from huike.imports.cell_rules import MASK, Reading, fault, number_of, text_of
from huike.imports.fields import BY_KEY
from huike.kernel.money import minor_exponent

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

RETURN_PREFIX: Final = "refund-"
SHIPPING: Final = "shipping"
REFUND: Final = "refund"
LEFT_BEHIND: Final = ("sales", "sale_lines", "settled", "settled_heads")
_MEANINGS: Final = ("paid", "unpaid", "closed", "refunded")


def are_told(cells: Cells) -> bool:
    """Whether the file has any column this page is about."""
    return any(key in cells.column_of for key in ("status", "refund_status", "paid_amount", "refund_amount"))


def is_per_line(cells: Cells) -> bool:
    return "paid_amount" in cells.column_of and cells.answers.paid_for == "line"


def _is_per_order(cells: Cells) -> bool:
    return "paid_amount" in cells.column_of and cells.answers.paid_for == "order"


def amount_of(cells: Cells, key: str) -> str:
    """DECIMAL(18,6); the words platforms write for "nothing" are nothing."""
    absent = ", ".join(sql.quoted(word) for word in sql.ABSENT_AMOUNTS)
    return f"CASE WHEN lower(t_{key}) NOT IN ({absent}) THEN {number_of(cells, key)} END"


def readings(cells: Cells, *, minor: Callable[[str, Cells], str]) -> list[Reading]:
    """Status, after-sales status, amounts paid and refunded."""
    return [
        Reading("status", _meaning("status", cells, sql.STATUSES), _status_faults(cells)),
        Reading(
            "refund_status",
            _meaning("refund_status", cells, sql.REFUND_STATUSES),
            (fault("t_refund_status IS NOT NULL AND v_refund_status IS NULL", "refund_status", "status.unknown"),),
        ),
        *(_amount(key, cells, minor) for key in ("paid_amount", "refund_amount")),
        *_room_for_the_return(cells),
    ]


def _room_for_the_return(cells: Cells) -> Iterable[Reading]:
    """An order that may come back leaves room for the name of its return."""
    if are_told(cells):
        longest = BY_KEY["order_id"].longest
        too_long = f"length(t_order_id) BETWEEN {longest - len(RETURN_PREFIX) + 1} AND {longest}"
        yield Reading("room", "NULL", (fault(too_long, "order_id", "text.too_long"),))


def _amount(key: str, cells: Cells, minor: Callable[[str, Cells], str]) -> Reading:
    absent = ", ".join(sql.quoted(word) for word in sql.ABSENT_AMOUNTS)
    told = f"t_{key} IS NOT NULL AND lower(t_{key}) NOT IN ({absent})"
    # What was refunded is written with a minus sign by some.
    value = minor(f"n_{key}", cells)
    return Reading(
        key,
        f"abs({value})" if key == "refund_amount" else value,
        (
            fault(f"{told} AND n_{key} IS NULL", key, "number.unreadable"),
            fault(f"n_{key} IS NOT NULL AND v_{key} IS NULL", key, "number.absurd"),
            *(() if key == "refund_amount" else (fault(f"n_{key} < 0", key, "price.negative"),)),
        ),
    )


def _meaning(key: str, cells: Cells, built_in: dict[str, tuple[str, ...]]) -> str:
    told = {
        meaning: tuple(word.lower().strip() for word, said in cells.answers.status_words.items() if said == meaning)
        for meaning in _MEANINGS
    }
    own = (
        sql.one_of(f"t_{key}", {meaning: words for meaning, words in told.items() if words})
        if any(told.values())
        else ""
    )
    known = sql.one_of(f"t_{key}", built_in)
    return f"coalesce({own}, {known})" if own else known


def _status_faults(cells: Cells) -> tuple[str, ...]:
    if "status" not in cells.column_of:
        return ()
    return (
        fault("t_status IS NULL", "status", "text.missing"),
        fault("t_status IS NOT NULL AND v_status IS NULL", "status", "status.unknown"),
        fault("v_status = 'unpaid'", "status", "order.unpaid"),
    )


def status() -> str:
    """`paid`, `closed` or `refunded` of a row; NULL where its file has no such column."""
    went_back = "v_refund_status = 'refunded' AND v_status IS DISTINCT FROM 'closed'"
    return f"CASE WHEN {went_back} THEN 'refunded' ELSE v_status END"


def buyer() -> Reading:
    """The platform's own id of the buyer. A masked one names somebody only together with the masked phone."""
    with_phone = f"CASE WHEN contains(t_phone, '{MASK}') THEN t_external_id || ' ' || t_phone END"
    return Reading(
        "external_id",
        f"CASE WHEN contains(t_external_id, '{MASK}') THEN {with_phone} ELSE t_external_id END",
        text_of("external_id").faults,
    )


def gross(cells: Cells, told: str) -> str:
    """The gross of a line: what was paid for it where nothing else is known."""
    return f"coalesce(nullif({told}, 0), v_paid_amount, 0)" if is_per_line(cells) else told


def discount(cells: Cells) -> str:
    """What was taken off a line; of an order's amount paid, `settle` decides."""
    if is_per_line(cells):
        return (
            "CASE WHEN v_paid_amount IS NULL THEN coalesce(v_discount, 0) "
            "ELSE greatest(v_gross_minor - v_paid_amount, 0) END"
        )
    return "coalesce(v_discount, 0)"


def shipping(cells: Cells) -> str:
    """What was paid for a line beyond its price."""
    return "coalesce(greatest(v_paid_amount - v_gross_minor, 0), 0)" if is_per_line(cells) else "0::BIGINT"


def price_of(gross_minor: str, quantity_milli: str, cells: Cells) -> str:
    """The unit price in micros that a gross amount comes to; NULL where there is none."""
    scale = 10 ** (9 - minor_exponent(cells.answers.currency))
    return (
        f"CASE WHEN {gross_minor} > 0 AND {quantity_milli} <> 0 THEN TRY_CAST("
        f"(({gross_minor})::HUGEINT * {scale} + ({quantity_milli}) // 2) // ({quantity_milli}) AS BIGINT) END"
    )


def faults_of_orders(cells: Cells) -> Iterable[tuple[str, str]]:
    """What refuses a whole order: code, and a condition over its rows."""
    if _is_per_order(cells):
        paid = "nullif(paid_minor, 0)"
        yield "paid_amount:order.paid_amounts_differ", f"min({paid}) <> max({paid})"


def repeated_differently(cells: Cells) -> str:
    """More rows of `bad_orders`: one child order, told in two ways."""
    if "sub_order_id" not in cells.column_of:
        return ""
    return """
             UNION ALL
            SELECT DISTINCT order_id, 'sub_order_id:order.lines_differ' FROM typed
             WHERE order_id IS NOT NULL AND sub_order_id IS NOT NULL
             GROUP BY order_id, sub_order_id HAVING min(likeness) <> max(likeness)
    """


REPEATED: Final = """
SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY order_id, sub_order_id ORDER BY row) AS n FROM typed
                  WHERE order_id IS NOT NULL AND sub_order_id IS NOT NULL) WHERE n > 1
"""


def settle(duck: Watched, cells: Cells, *, head: str) -> None:
    """Make the tables named above. `head` are the columns that make one order of its rows."""
    paid = "coalesce(max(nullif(paid_minor, 0)), max(paid_minor))" if _is_per_order(cells) else "NULL::BIGINT"
    back = "sum(refund_minor)" if cells.answers.paid_for == "line" else "max(refund_minor)"
    duck.execute(
        f"""
        CREATE TABLE sales AS
        SELECT {head}, coalesce(bool_and(status = 'closed'), false) AS is_closed, {paid} AS paid_minor,
               nullif({back}, 0)::BIGINT AS refund_minor, sum(shipping_minor)::BIGINT AS shipping_minor
          FROM good GROUP BY order_id
        """
    )
    spread(duck, cells)
    _take_back(duck, cells)
    duck.execute(
        f"""
        CREATE TABLE settled_heads AS
        SELECT * EXCLUDE (paid_minor, refund_minor, shipping_minor), NULL::VARCHAR AS return_of FROM sales
         UNION ALL
        SELECT * EXCLUDE (paid_minor, refund_minor, shipping_minor)
                 REPLACE ('{RETURN_PREFIX}' || external_id AS external_id, true AS is_return),
               external_id AS return_of
          FROM sales WHERE '{RETURN_PREFIX}' || external_id IN (SELECT order_id FROM settled)
        """
    )
    duck.execute(
        """
        CREATE TABLE orders AS
        SELECT row_number() OVER (ORDER BY h.placed_us, h.return_of NULLS FIRST, h.external_id) AS ord, h.*, l.lines,
               l.gross_minor, l.discount_minor
          FROM settled_heads h
          JOIN (SELECT order_id, count(*) AS lines, sum(gross_minor)::BIGINT AS gross_minor,
                       sum(discount_minor)::BIGINT AS discount_minor FROM settled GROUP BY order_id) l
            ON l.order_id = h.external_id
        """
    )


def spread(duck: Watched, cells: Cells) -> None:
    """Make `sale_lines`: the lines of `good`, with what `sales` say was paid for the order spread over them."""
    by_quantity = _share("paid_minor", "quantity_milli", "quantity_before", "all_quantity")
    taken_off = _share("all_gross - paid_minor", "gross_minor", "gross_before", "all_gross")
    is_back = "coalesce(g.status IN ('closed', 'refunded'), false)"
    duck.execute(
        f"""
        CREATE TABLE sale_lines AS
        WITH numbered AS (
            SELECT g.order_id, g.sku, g.description, g.quantity_milli, g.unit_price_micros, g.gross_minor,
                   g.discount_minor, {is_back} AS is_back, s.paid_minor, s.shipping_minor,
                   row_number() OVER (PARTITION BY g.order_id
                                      ORDER BY g.sku, g.unit_price_micros NULLS FIRST, g.quantity_milli,
                                               g.discount_minor, g.gross_minor, {is_back}, g.description) AS n
              FROM good g JOIN sales s ON s.external_id = g.order_id),
        summed AS (
            SELECT *, sum(gross_minor) OVER whole AS all_gross, sum(quantity_milli) OVER whole AS all_quantity,
                   sum(gross_minor) OVER upto - gross_minor AS gross_before,
                   sum(quantity_milli) OVER upto - quantity_milli AS quantity_before
              FROM numbered
            WINDOW whole AS (PARTITION BY order_id), upto AS (PARTITION BY order_id ORDER BY n)),
        amounts AS (
            SELECT order_id, sku, description, quantity_milli, unit_price_micros, is_back,
                   CASE WHEN paid_minor IS NOT NULL AND all_gross = 0 THEN {by_quantity} ELSE gross_minor END
                   AS gross_minor,
                   CASE WHEN paid_minor IS NULL THEN discount_minor
                        WHEN all_gross > paid_minor THEN {taken_off} ELSE 0 END AS discount_minor
              FROM summed),
        beyond AS (
            SELECT order_id, bool_and(is_back) AS is_back,
                   (any_value(shipping_minor) + CASE WHEN any_value(all_gross) > 0
                        THEN greatest(coalesce(any_value(paid_minor) - any_value(all_gross), 0), 0) ELSE 0 END)::BIGINT
                   AS gross_minor
              FROM summed GROUP BY order_id)
        SELECT order_id, sku, description, quantity_milli,
               coalesce(unit_price_micros, {price_of("gross_minor", "quantity_milli", cells)}) AS unit_price_micros,
               is_back, gross_minor, discount_minor
          FROM amounts
         UNION ALL
        SELECT order_id, '{SHIPPING}', NULL, 1000, gross_minor * {_micros(cells)}, is_back, gross_minor, 0
          FROM beyond WHERE gross_minor > 0
        """
    )


def _micros(cells: Cells) -> int:
    """Millionths of the major unit in one minor unit."""
    return int(10 ** (6 - minor_exponent(cells.answers.currency)))


def _share(amount: str, part: str, before: str, whole: str) -> str:
    """The part of an amount that falls to one line: what has fallen due after it, less what had before."""
    due = "(({amount})::HUGEINT * ({upto}) // nullif({whole}, 0))"
    after = due.format(amount=amount, upto=f"{before} + {part}", whole=whole)
    return f"({after} - {due.format(amount=amount, upto=before, whole=whole)})::BIGINT"


def _take_back(duck: Watched, cells: Cells) -> None:
    """`settled`: the lines of the sales, and of what came back of them."""
    duck.execute(
        f"""
        CREATE TABLE settled AS
        WITH worth AS (
            SELECT order_id, sum(gross_minor - discount_minor) AS net_minor FROM sale_lines GROUP BY order_id),
        decided AS (
            SELECT s.external_id, s.refund_minor, s.refund_minor >= w.net_minor AS is_whole
              FROM sales s JOIN worth w ON w.order_id = s.external_id WHERE NOT s.is_closed AND NOT s.is_return)
        SELECT order_id, sku, description, quantity_milli, unit_price_micros, gross_minor::BIGINT AS gross_minor,
               discount_minor::BIGINT AS discount_minor FROM sale_lines
         UNION ALL
        SELECT '{RETURN_PREFIX}' || l.order_id, l.sku, l.description, l.quantity_milli, l.unit_price_micros,
               l.gross_minor, l.discount_minor
          FROM sale_lines l JOIN decided d ON d.external_id = l.order_id
         WHERE CASE WHEN d.refund_minor IS NULL THEN l.is_back ELSE d.is_whole END
         UNION ALL
        SELECT '{RETURN_PREFIX}' || external_id, '{REFUND}', NULL, 1000, refund_minor * {_micros(cells)}, refund_minor,
               0
          FROM decided WHERE refund_minor IS NOT NULL AND NOT is_whole
        """
    )
