"""SQL for migrations: a row written for a file that was merged a moment ago lands at the file that stands for it.

Whoever found a person by an identity may write the row after somebody merged her file; the row then waits for the
merge (both lock the file) and follows it. For tables whose rows must not be refused on arrival.
"""

from __future__ import annotations

from django.db import migrations

from huike.platform.guards import trigger

FOLLOW_MERGE = """
CREATE FUNCTION huike_follow_merge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE heir bigint;
BEGIN
    IF NEW.customer_id IS NOT NULL THEN
        SELECT merged_into_id INTO heir FROM customers_customer WHERE id = NEW.customer_id FOR KEY SHARE;
        IF heir IS NOT NULL THEN
            NEW.customer_id := heir;
        END IF;
    END IF;
    RETURN NEW;
END $$
"""


def follow_merge(table: str, event: str = "BEFORE INSERT") -> migrations.RunSQL:
    """Rows of `table` follow their `customer_id`; `event` also names updates that may come late."""
    return trigger(f"{table}_follow_merge", table, event, does="huike_follow_merge")
