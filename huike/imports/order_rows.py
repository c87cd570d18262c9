"""The rules of a file of orders, column-wise. From `raw` to `typed`, `refused`, `good`, and what is to be written:
`orders`, `lines`, `buyers`, `products`.

`docs/algorithms/imports.md`, sections 4 and 5, states every rule. Amounts in these tables are positive; `is_return`
says the sign.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from huike.imports import expressions as sql
from huike.imports import paid_orders
from huike.imports.answers import Answers
from huike.imports.cell_rules import (
    Reading,
    all_faults,
    card,
    damage_faults,
    email,
    fault,
    instant_of,
    known_word,
    name,
    normalise_phones,
    not_blank,
    number_of,
    phone,
    text_of,
    trimmed,
)
from huike.imports.workbench import rows_of
from huike.kernel.money import minor_exponent
from huike.orders.rules import MOST_AMOUNT_MINOR, MOST_QUANTITY_MILLI, MOST_UNIT_PRICE_MICROS

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

_TEXTS = (
    "order_id", "sub_order_id", "sku", "description", "quantity", "unit_price", "line_amount", "discount", "placed_at",
    "external_id",
    "card_number", "phone", "email", "name", "country", "province", "city", "store_code", "channel", "clerk", "status",
    "refund_status", "paid_amount", "refund_amount",
)  # fmt: skip
LEFT_BEHIND = ("bad_orders", "repeated", *paid_orders.LEFT_BEHIND)
# What part of the check has been done after each step; measured on a file of ten million lines.
_READ, _REFUSED, _GATHERED = 0.5, 0.6, 0.9
_IDENTITIES = ("external_id", "card_number", "phone", "email")


def check(duck: Watched, cells: Cells, *, now: datetime) -> None:
    """Make all the tables named above."""
    duck.stage(_READ)
    read_cells(duck, cells, now)
    duck.stage(_REFUSED, statements=2)
    refuse(duck, cells)
    keep_good(duck, cells)
    duck.stage(_GATHERED, statements=4)
    _gather(duck, cells)


def read_cells(duck: Watched, cells: Cells, now: datetime) -> None:
    """Make `typed`: each row as it is understood, and what is wrong with it."""
    phones = normalise_phones(duck, cells)
    readings = _readings(cells, now)
    texts = ", ".join(f"{trimmed(cells, key)} AS t_{key}" for key in _TEXTS)
    values = ", ".join(f"{reading.value} AS v_{reading.key}" for reading in readings)
    faults = [fault for reading in readings for fault in reading.faults]
    damage = damage_faults(cells)
    every = ", ".join(cells.every())
    duck.execute(
        f"""
        CREATE TABLE typed AS
        WITH told AS (SELECT *, {texts} FROM raw WHERE {not_blank(cells)}),
             numbers AS (SELECT told.*, {number_of(cells, "quantity")} AS n_quantity,
                                {number_of(cells, "unit_price")} AS n_unit_price,
                                {number_of(cells, "line_amount")} AS n_line_amount,
                                {number_of(cells, "discount")} AS n_discount,
                                {paid_orders.amount_of(cells, "paid_amount")} AS n_paid_amount,
                                {paid_orders.amount_of(cells, "refund_amount")} AS n_refund_amount FROM told),
             valued AS (SELECT numbers.*, {values} FROM numbers {phones}),
             summed AS (SELECT *, {_gross(cells)} AS v_gross_minor FROM valued)
        SELECT row, v_order_id AS order_id, v_sub_order_id AS sub_order_id, v_sku AS sku,
               v_description AS description, v_is_return AS is_return,
               abs(v_quantity) AS quantity_milli, {_unit_price(cells)} AS unit_price_micros,
               v_gross_minor AS gross_minor, {paid_orders.discount(cells)} AS discount_minor, v_placed_at AS placed_us,
               v_external_id AS external_id, v_card_number AS card_number, v_phone AS phone, v_email AS email,
               v_name AS name, v_country AS country, v_province AS province, v_city AS city,
               v_store_code AS store_code, v_channel AS channel, v_clerk AS clerk,
               {paid_orders.status()} AS status, v_paid_amount AS paid_minor, v_refund_amount AS refund_minor,
               {paid_orders.shipping(cells)} AS shipping_minor,
               hash({every}) AS likeness, {all_faults([*damage, *faults, *_amount_faults()])} AS faults
          FROM summed
        """
    )


def _readings(cells: Cells, now: datetime) -> list[Reading]:
    prefix = cells.answers.cancellation_prefix.strip().upper()
    is_return = f"starts_with(upper(t_order_id), {sql.quoted(prefix)})" if prefix else "false"
    sku = text_of("sku", required=True)
    if "sku" not in cells.column_of:
        # Files of small shops have no codes: what is on the receipt is the product's name.
        sku = Reading(
            "sku", "left(t_description, 80)", (fault("t_description IS NULL", "description", "text.missing"),)
        )
    return [
        text_of("order_id", required=True),
        Reading("is_return", is_return),
        sku,
        name(),
        paid_orders.buyer(),
        *(text_of(key) for key in ("sub_order_id", "description", "country", "province", "city")),
        *(text_of(key) for key in ("store_code", "clerk")),
        _quantity(cells),
        _price(),
        Reading("line_amount", _minor("n_line_amount", cells), (_unreadable("line_amount"),)),
        Reading("discount", f"abs({_minor('n_discount', cells)})", (_unreadable("discount"),)),
        instant_of(cells, "placed_at", now=now, required=True),
        card(),
        phone(cells),
        email(),
        known_word("channel", sql.CHANNELS, "channel.unknown"),
        *paid_orders.readings(cells, minor=_minor),
    ]


def _unreadable(key: str) -> str:
    return fault(f"t_{key} IS NOT NULL AND n_{key} IS NULL", key, "number.unreadable")


def _quantity(cells: Cells) -> Reading:
    if "quantity" not in cells.column_of:
        return Reading("quantity", "1000::BIGINT")
    most = MOST_QUANTITY_MILLI // 1000
    wrong_way = (
        fault("n_quantity < 0 AND NOT v_is_return", "quantity", "line.negative_quantity"),
        fault("n_quantity > 0 AND v_is_return", "quantity", "line.positive_in_cancellation"),
        fault("n_quantity = 0", "quantity", "line.zero_quantity"),
    )
    return Reading(
        "quantity",
        f"CASE WHEN abs(n_quantity) <= {most} THEN CAST(n_quantity * 1000 AS BIGINT) END",
        (
            fault("t_quantity IS NULL", "quantity", "text.missing"),
            _unreadable("quantity"),
            fault(f"abs(n_quantity) > {most}", "quantity", "number.absurd"),
            fault(
                "regexp_matches(t_quantity, '[.,]') AND (n_quantity * 1000) % 1 <> 0", "quantity", "number.too_precise"
            ),
            *wrong_way,
        ),
    )


def _price() -> Reading:
    most = MOST_UNIT_PRICE_MICROS // 1_000_000
    return Reading(
        "unit_price",
        # Zero is how most tills write that they do not know.
        f"CASE WHEN n_unit_price > 0 AND n_unit_price <= {most} THEN CAST(n_unit_price * 1000000 AS BIGINT) END",
        (
            _unreadable("unit_price"),
            fault("n_unit_price < 0", "unit_price", "price.negative"),
            fault(f"n_unit_price > {most}", "unit_price", "number.absurd"),
        ),
    )


def _minor(amount: str, cells: Cells) -> str:
    """An amount of the major unit in minor units, half to even."""
    scale = 10 ** minor_exponent(cells.answers.currency)
    most = MOST_AMOUNT_MINOR // scale
    nanos = f"CAST(abs({amount}) * 1000000000 AS HUGEINT)"
    rounded = _half_even(nanos, 1_000_000_000 // scale)
    return f"CASE WHEN abs({amount}) <= {most} THEN CAST(sign({amount}) * {rounded} AS BIGINT) END"


def _half_even(dividend: str, divisor: int) -> str:
    """`dividend / divisor` of non-negative integers, rounded half to even: orders.rules.line_gross_minor in SQL."""
    whole, rest = f"(({dividend}) // {divisor})", f"(({dividend}) % {divisor})"
    up = f"{rest} * 2 > {divisor} OR ({rest} * 2 = {divisor} AND {whole} % 2 = 1)"
    return f"({whole} + CASE WHEN {up} THEN 1 ELSE 0 END)"


def _gross(cells: Cells) -> str:
    if "unit_price" not in cells.column_of:
        return paid_orders.gross(cells, "coalesce(abs(v_line_amount), 0)")
    divisor = 10 ** (9 - minor_exponent(cells.answers.currency))
    product = "abs(v_quantity)::HUGEINT * v_unit_price"
    return paid_orders.gross(cells, f"coalesce(TRY_CAST({_half_even(product, divisor)} AS BIGINT), 0)")


def _unit_price(cells: Cells) -> str:
    exact = paid_orders.price_of("v_gross_minor", "abs(v_quantity)", cells)
    if "unit_price" not in cells.column_of:
        return exact
    return f"coalesce(v_unit_price, {exact})" if paid_orders.is_per_line(cells) else "v_unit_price"


def _amount_faults() -> list[str]:
    return [
        fault(f"v_gross_minor > {MOST_AMOUNT_MINOR}", "unit_price", "number.absurd"),
        fault("n_line_amount IS NOT NULL AND v_line_amount IS NULL", "line_amount", "number.absurd"),
        fault(
            "n_line_amount < 0 AND NOT v_is_return OR n_line_amount > 0 AND v_is_return AND n_quantity > 0",
            "line_amount",
            "price.negative",
        ),
        fault(
            # An amount paid says more than what was taken off.
            "n_discount IS NOT NULL AND v_paid_amount IS NULL AND coalesce(v_discount > v_gross_minor, true)",
            "discount",
            "discount.too_large",
        ),
    ]


def refuse(duck: Watched, cells: Cells, *, also: str = "") -> None:
    """Make `refused`. Whole orders are: one without some of its rows would have a wrong total. `also` is a query of
    more orders, with the faults of each."""
    differ = " OR ".join(f"min({key}) <> max({key})" for key in _IDENTITIES)
    whole = [("external_id:order.buyers_differ", differ), *paid_orders.faults_of_orders(cells)]
    codes = ", ".join(f"CASE WHEN {condition} THEN '{code}' END" for code, condition in whole)
    duck.execute(
        f"""
        CREATE TABLE bad_orders AS
        SELECT order_id, string_agg(codes, '|') AS codes FROM (
            SELECT order_id, nullif(concat_ws('|', {codes}), '') AS codes FROM typed WHERE order_id IS NOT NULL
             GROUP BY order_id
            HAVING bool_or(faults IS NOT NULL) OR codes IS NOT NULL
             UNION ALL
            SELECT order_id, NULL FROM unreadable WHERE order_id IS NOT NULL
            {paid_orders.repeated_differently(cells)} {also and f"UNION ALL {also}"})
         GROUP BY order_id
        """
    )
    duck.execute(
        """
        CREATE TABLE refused AS
        SELECT t.row, concat_ws('|', t.faults, b.codes, CASE WHEN t.faults IS NULL AND b.codes IS NULL
                                                             THEN 'order_id:order.has_refused_rows' END) AS faults
          FROM typed t LEFT JOIN bad_orders b ON b.order_id = t.order_id
         WHERE t.faults IS NOT NULL OR b.order_id IS NOT NULL
         UNION ALL
        SELECT row, ':' || code FROM unreadable
        """
    )


def keep_good(duck: Watched, cells: Cells) -> None:
    """Make `good`: the rows that nothing refuses, repeated ones left out."""
    repeated = []
    if cells.answers.duplicate_lines == "drop":
        every = ", ".join(cells.every())
        repeated.append(
            f"""
            SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY {every} ORDER BY row) AS n FROM raw
                              WHERE row IN (SELECT row FROM typed)) WHERE n > 1
            """
        )
    if "sub_order_id" in cells.column_of:
        repeated.append(paid_orders.REPEATED)
    dropped = ""
    if repeated:
        duck.execute(f"CREATE TABLE repeated AS {' UNION '.join(repeated)}")
        dropped = "AND row NOT IN (SELECT row FROM repeated)"
    duck.execute(
        f"""
        CREATE VIEW good AS SELECT * EXCLUDE (faults) FROM typed
         WHERE faults IS NULL AND order_id NOT IN (SELECT order_id FROM bad_orders) {dropped}
        """
    )


def _gather(duck: Watched, cells: Cells) -> None:
    """Orders, their numbered lines, their buyers, their products."""
    if paid_orders.are_told(cells):
        paid_orders.settle(duck, cells, head=_HEAD.format(channel=sql.quoted(cells.answers.channel)))
        # Of a closed order nothing is kept, not even its goods.
        lines = "(SELECT * FROM settled WHERE order_id NOT IN (SELECT external_id FROM orders WHERE is_closed))"
        sales = "settled_heads"
    else:
        duck.execute(
            f"""
            CREATE TABLE orders AS
            SELECT row_number() OVER (ORDER BY placed_us, external_id) AS ord, * FROM (
                SELECT {_HEAD.format(channel=sql.quoted(cells.answers.channel))},
                       count(*) AS lines, sum(gross_minor)::BIGINT AS gross_minor,
                       sum(discount_minor)::BIGINT AS discount_minor,
                       NULL::VARCHAR AS return_of, false AS is_closed
                  FROM good GROUP BY order_id)
            """
        )
        lines, sales = "good", "orders"
    duck.execute(
        f"""
        CREATE TABLE buyers AS
        SELECT row_number() OVER (ORDER BY external_id, card_number, phone, email) AS ord, * FROM (
            SELECT buyer_external AS external_id, buyer_card AS card_number, buyer_phone AS phone, buyer_email AS email,
                   last(buyer_name ORDER BY placed_us, external_id) FILTER (WHERE buyer_name IS NOT NULL) AS name,
                   last(country ORDER BY placed_us, external_id) FILTER (WHERE country IS NOT NULL) AS country,
                   last(province ORDER BY placed_us, external_id) FILTER (WHERE province IS NOT NULL) AS province,
                   last(city ORDER BY placed_us, external_id) FILTER (WHERE city IS NOT NULL) AS city
              FROM {sales}
             WHERE coalesce(buyer_external, buyer_card, buyer_phone, buyer_email) IS NOT NULL AND NOT is_closed
             GROUP BY ALL)
        """
    )
    gather_lines(duck, lines)


def gather_lines(duck: Watched, lines: str) -> None:
    """Make `products` and `lines` of the lines of `orders`."""
    duck.execute(
        f"""
        CREATE TABLE products AS
        SELECT row_number() OVER (ORDER BY sku) AS ord, sku, coalesce(name, '') AS name FROM (
            SELECT sku, first(description ORDER BY n DESC, description) FILTER (WHERE description IS NOT NULL) AS name
              FROM (SELECT sku, description, count(*) AS n FROM {lines} GROUP BY sku, description) GROUP BY sku)
        """
    )
    duck.execute(
        f"""
        CREATE TABLE lines AS
        SELECT o.ord AS order_ord, p.ord AS product_ord, g.quantity_milli, g.unit_price_micros, g.gross_minor,
        g.discount_minor,
               row_number() OVER (PARTITION BY o.ord ORDER BY p.ord, g.unit_price_micros NULLS FIRST, g.quantity_milli,
                                  g.discount_minor, g.gross_minor) AS line_number
          FROM {lines} g JOIN orders o ON o.external_id = g.order_id JOIN products p ON p.sku = g.sku
        """
    )


# One order of its rows.
_HEAD = """
order_id AS external_id, any_value(is_return) AS is_return, min(placed_us) AS placed_us,
min(store_code) AS store_code, coalesce(min(channel), {channel}) AS channel, coalesce(min(clerk), '') AS clerk,
max(external_id) AS buyer_external, max(card_number) AS buyer_card, max(phone) AS buyer_phone,
max(email) AS buyer_email, min(name) AS buyer_name, min(country) AS country, min(province) AS province,
min(city) AS city
"""


def totals(duck: Watched, answers: Answers) -> dict[str, Any]:
    """What the file comes to. `known` counts lines and orders with a buyer; `known_sales` of those the sales whose
    price is
    known."""
    (figures,) = rows_of(
        duck,
        """
        WITH signed AS (
            SELECT o.ord, o.is_return, o.buyer_external, o.buyer_card, o.buyer_phone, o.buyer_email,
                   coalesce(o.buyer_external, o.buyer_card, o.buyer_phone, o.buyer_email) IS NOT NULL AS is_known,
                   l.unit_price_micros IS NOT NULL AS is_priced,
                   CASE WHEN o.is_return THEN -1 ELSE 1 END * (l.gross_minor - l.discount_minor) AS net_minor
              FROM lines l JOIN orders o ON o.ord = l.order_ord WHERE NOT o.is_closed)
        SELECT count(*) AS lines, count(DISTINCT ord) AS orders,
               count(DISTINCT ord) FILTER (WHERE NOT is_return) AS sales,
               count(DISTINCT ord) FILTER (WHERE is_return) AS returns,
               count(DISTINCT ord) FILTER (WHERE NOT is_known) AS anonymous_orders,
               count(*) FILTER (WHERE NOT is_priced) AS unknown_price_lines,
               coalesce(sum(net_minor), 0)::BIGINT AS net_minor,
               count(*) FILTER (WHERE is_known) AS known_lines,
               count(DISTINCT ord) FILTER (WHERE is_known) AS known_orders,
               coalesce(sum(net_minor) FILTER (WHERE is_known), 0)::BIGINT AS known_net_minor,
               count(*) FILTER (WHERE is_known AND is_priced AND NOT is_return) AS known_sales_lines,
               count(DISTINCT ord) FILTER (WHERE is_known AND is_priced AND NOT is_return) AS known_sales_orders,
               count(DISTINCT (buyer_external, buyer_card, buyer_phone, buyer_email))
                   FILTER (WHERE is_known AND is_priced AND NOT is_return) AS known_sales_customers,
               coalesce(sum(net_minor) FILTER (WHERE is_known AND is_priced AND NOT is_return), 0)::BIGINT
                   AS known_sales_net_minor
          FROM signed
        """,
    )
    (others,) = rows_of(
        duck,
        """
        SELECT (SELECT count(*) FROM buyers) AS customers, (SELECT count(*) FROM products) AS products,
               (SELECT count(*) FROM orders WHERE is_closed) AS closed_orders,
               (SELECT count(*) - count(DISTINCT likeness) FROM typed) AS repeated_rows,
               (SELECT strftime(make_timestamp(min(placed_us)), '%Y-%m-%dT%H:%M:%SZ') FROM orders) AS first_at,
               (SELECT strftime(make_timestamp(max(placed_us)), '%Y-%m-%dT%H:%M:%SZ') FROM orders) AS last_at
        """,
    )
    return {**figures, **others, "currency": answers.currency}


def preview(duck: Watched, answers: Answers) -> list[dict[str, Any]]:
    """The first rows as they were understood."""
    return rows_of(
        duck,
        """
        SELECT row, order_id, is_return, sku, description,
               CASE WHEN is_return THEN -1 ELSE 1 END * quantity_milli AS quantity_milli, unit_price_micros,
               CASE WHEN is_return THEN -1 ELSE 1 END * (gross_minor - discount_minor) AS net_minor,
               strftime(make_timestamp(placed_us), '%Y-%m-%dT%H:%M:%SZ') AS placed_at,
               external_id, name, phone, email, city, country, store_code, channel, status, paid_minor, refund_minor
          FROM good ORDER BY row LIMIT 20
        """,
    )
