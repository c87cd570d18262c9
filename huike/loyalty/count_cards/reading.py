"""What settling and paying out need to know of sales of count cards, in as few statements as possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from huike.platform import sql


@dataclass(frozen=True, slots=True)
class Row:
    """Where one card of an order stands (`loyalty_order_uses`)."""

    order_id: int
    card_key: str
    customer_id: int
    due: int
    uses: int
    net_minor: int
    serial: int


def rows_of(order_ids: Iterable[int]) -> dict[tuple[int, str], Row]:
    """By order and card."""
    found = sql.rows(
        """
        SELECT order_id, card_key, customer_id, due, uses, net_minor, serial
          FROM loyalty_order_uses WHERE order_id = ANY(%s::bigint[])
        """,
        [sorted(set(order_ids))],
    )
    return {(row[0], row[1]): Row(*row) for row in found}
