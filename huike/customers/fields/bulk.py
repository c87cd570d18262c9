"""The values of a whole file at once, after `customers.bulk` gave its rows their customers."""

from __future__ import annotations

from typing import Final

from django.db.backends.utils import CursorWrapper

COPY_VALUES: Final = "COPY staged_value (ord, field_id, type, slot, text, number, day) FROM STDIN (FORMAT csv)"


def stage_values(cursor: CursorWrapper) -> None:
    """Make the empty `staged_value`; fill it with COPY_VALUES. `ord` is that of `staged_customer`, `type` what the
    field
    was when the file was read."""
    cursor.execute(
        """
        CREATE TEMP TABLE staged_value (
            ord bigint NOT NULL, field_id bigint NOT NULL, type text NOT NULL, slot text NOT NULL, text text,
            number bigint, day date
        ) ON COMMIT DROP
        """
    )


# Whom a pointer means, now that everybody of the file is known.
_MEANT: Final = {
    "customer": """
        (SELECT coalesce(h.merged_into_id, h.id)
           FROM customers_identity i JOIN customers_customer h ON h.id = i.customer_id
          WHERE i.verified AND i.kind = split_part(v.text, ':', 1) AND i.value = substr(v.text, strpos(v.text, ':') + 1)
            AND i.source_id IS NOT DISTINCT FROM CASE WHEN i.kind = 'external' THEN %(source_id)s::bigint END LIMIT 1)
    """,
    "company": "(SELECT min(c.id) FROM customers_company c WHERE c.name = substr(v.text, strpos(v.text, ':') + 1))",
}


def resolve_references(cursor: CursorWrapper, *, source_id: int) -> int:
    """Put ids in place of the pointers `kind:value` that staged references to customers and companies hold; how many
    mean nobody any more, or the person herself, and are left out."""
    for target, meant in _MEANT.items():
        cursor.execute(
            f"""
            UPDATE staged_value v SET number = {meant}, text = NULL
              FROM customers_field f
             WHERE f.id = v.field_id AND f.target = %(target)s AND v.type = 'reference' AND v.text IS NOT NULL
            """,
            {"target": target, "source_id": source_id},
        )
    cursor.execute(
        """
        DELETE FROM staged_value v USING staged_customer s, customers_field f
         WHERE s.ord = v.ord AND f.id = v.field_id AND v.type = 'reference'
           AND (v.number IS NULL OR f.target = 'customer' AND v.number = s.customer_id)
        """
    )
    return int(cursor.rowcount)


def write_values(cursor: CursorWrapper) -> int:
    """Give each staged row's customer its values, in place of those she had; the number of values that another
    customer holds in a unique field, which stay with her. A field archived or changed meanwhile takes nothing."""
    cursor.execute("SELECT id FROM customers_field WHERE archived_at IS NULL ORDER BY id FOR SHARE")
    # Where several rows are one person, the later row's word.
    cursor.execute(
        """
        CREATE TEMP TABLE told_value ON COMMIT DROP AS
        SELECT DISTINCT ON (s.customer_id, v.field_id, v.slot) s.customer_id, v.field_id, v.slot, v.text, v.number,
               v.day, CASE WHEN f.is_unique THEN coalesce(v.text, v.number::text, v.day::text) END AS unique_text, v.ord
          FROM staged_value v
          JOIN staged_customer s ON s.ord = v.ord
          JOIN customers_field f ON f.id = v.field_id AND f.type = v.type AND f.archived_at IS NULL
         WHERE s.customer_id IS NOT NULL
         ORDER BY s.customer_id, v.field_id, v.slot, v.ord DESC
        """
    )
    # Several choices of one person are those of her last row.
    cursor.execute(
        """
        DELETE FROM told_value t USING (
            SELECT customer_id, field_id, max(ord) AS last FROM told_value GROUP BY customer_id, field_id) l
         WHERE l.customer_id = t.customer_id AND l.field_id = t.field_id AND t.ord < l.last
        """
    )
    cursor.execute("ANALYZE told_value")
    cursor.execute(
        """
        DELETE FROM customers_field_value v USING (SELECT DISTINCT customer_id, field_id FROM told_value) t
         WHERE v.customer_id = t.customer_id AND v.field_id = t.field_id
           AND NOT EXISTS (SELECT FROM told_value k
                            WHERE k.customer_id = v.customer_id AND k.field_id = v.field_id AND k.slot = v.slot)
        """
    )
    cursor.execute(
        """
        DELETE FROM told_value t USING customers_field_value v
         WHERE t.unique_text IS NOT NULL AND v.field_id = t.field_id AND v.unique_text = t.unique_text
           AND v.customer_id <> t.customer_id
        """
    )
    elsewhere = cursor.rowcount
    cursor.execute(
        """
        DELETE FROM told_value t USING told_value other
         WHERE t.unique_text IS NOT NULL AND other.field_id = t.field_id AND other.unique_text = t.unique_text
           AND other.customer_id < t.customer_id
        """
    )
    elsewhere += cursor.rowcount
    cursor.execute(
        """
        INSERT INTO customers_field_value AS v (customer_id, field_id, slot, text, number, day, unique_text)
        SELECT customer_id, field_id, slot, text, number, day, unique_text FROM told_value
         ORDER BY customer_id, field_id, slot
            ON CONFLICT (customer_id, field_id, slot) DO UPDATE
           SET text = EXCLUDED.text, number = EXCLUDED.number, day = EXCLUDED.day, unique_text = EXCLUDED.unique_text
         WHERE (v.text, v.number, v.day, v.unique_text)
               IS DISTINCT FROM (EXCLUDED.text, EXCLUDED.number, EXCLUDED.day, EXCLUDED.unique_text)
        """
    )
    return elsewhere
