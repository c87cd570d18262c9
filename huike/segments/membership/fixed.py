"""Fixed lists: people kept by name of the list, whatever happens to the rules they came from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from django.db import connection
from pyroaring import BitMap64

_ROWS_AT_ONCE = 100_000
_WRITTEN_AT_ONCE = 10_000


def standing(segment_id: int, customers: BitMap64 | None = None) -> BitMap64:
    """Who is on the list and has an active file; of these customers only, where they are given."""
    among = "" if customers is None else "AND m.customer_id = ANY(%s)"
    found = BitMap64()
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT m.customer_id FROM segments_fixed_member m
              JOIN customers_customer c ON c.id = m.customer_id AND c.state = 'active'
             WHERE m.segment_id = %s {among}
            """,  # noqa: S608 - constant SQL
            [segment_id] if customers is None else [segment_id, list(customers)],
        )
        while rows := cursor.fetchmany(_ROWS_AT_ONCE):
            found |= BitMap64(id for (id,) in rows)
    return found


def write(segment_id: int, customers: Iterable[int]) -> None:
    """Put these people on the list; who is on it already stays."""
    numbers = iter(customers)
    with connection.cursor() as cursor:
        while lot := list(islice(numbers, _WRITTEN_AT_ONCE)):
            cursor.execute(
                "INSERT INTO segments_fixed_member (segment_id, customer_id) "
                "SELECT %s, unnest(%s::bigint[]) ON CONFLICT DO NOTHING",
                [segment_id, lot],
            )
