"""SQL for migrations: a table the lake follows (`docs/algorithms/lake-sync.md`, 1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations

from huike.platform.guards import touch, trigger


def follow(table: str) -> list[migrations.RunSQL]:
    """The lake hears of every change and every deletion of `table`, which has `change_xid` with an index."""
    return [touch(table), *bury(table)]


def bury(table: str) -> list[migrations.RunSQL]:
    """The lake hears of every deletion of `table`."""
    return [
        trigger(
            f"{table}_bury",
            table,
            "AFTER DELETE",
            does="huike_lake_bury",
            how="REFERENCING OLD TABLE AS gone FOR EACH STATEMENT",
        ),
        trigger(f"{table}_bury_all", table, "AFTER TRUNCATE", does="huike_lake_bury_all", how="FOR EACH STATEMENT"),
    ]


def touch_with_customer(name: str, tables: Sequence[str]) -> migrations.RunSQL:
    """Files that were merged away or erased are not in the lake: the rows of these tables that have a `customer_id` are
    looked at again when that changes.

    Whoever writes such a row holds the key of its file (FOR KEY SHARE) until she commits; whoever changes the file's
    state waits for her here, and then sees the row. Else the lake kept what belongs to nobody.
    """
    touched = "".join(
        f"UPDATE {table} SET change_xid = change_xid WHERE customer_id = NEW.id; "  # noqa: S608 - names from migrations
        for table in tables
    )
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION huike_touch_{name}_of_customer() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            PERFORM FROM customers_customer WHERE id = NEW.id FOR UPDATE;
            {touched}
            RETURN NULL;
        END $$;
        CREATE TRIGGER customer_state_touches_{name} AFTER UPDATE OF state ON customers_customer
            FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
            EXECUTE FUNCTION huike_touch_{name}_of_customer();
        """,
        f"""
        DROP TRIGGER customer_state_touches_{name} ON customers_customer;
        DROP FUNCTION huike_touch_{name}_of_customer();
        """,
    )
