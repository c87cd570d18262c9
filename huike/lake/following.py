"""SQL for migrations: a table the lake follows (`docs/algorithms/lake-sync.md`, 1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations


def bury(table: str) -> migrations.RunSQL:
    """The lake hears of every deletion of `table`."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_bury AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury();
        CREATE TRIGGER {table}_bury_all AFTER TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury_all();
        """,
        f"DROP TRIGGER {table}_bury_all ON {table}; DROP TRIGGER {table}_bury ON {table};",
    )


def touch(table: str) -> migrations.RunSQL:
    """The lake hears of every change of `table`, which has `change_xid` with an index."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION huike_touch();",
        f"DROP TRIGGER {table}_touch ON {table};",
    )


def touch_with_customer(name: str, tables: Sequence[str]) -> migrations.RunSQL:
    """Files that were merged away or erased are not in the lake: the rows of these tables that have a `customer_id` are
    looked at again when that changes."""
    touched = "".join(
        f"UPDATE {table} SET change_xid = change_xid WHERE customer_id = NEW.id; "  # noqa: S608 - names from migrations
        for table in tables
    )
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION huike_touch_{name}_of_customer() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN {touched} RETURN NULL; END $$;
        CREATE TRIGGER customer_state_touches_{name} AFTER UPDATE OF state ON customers_customer
            FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
            EXECUTE FUNCTION huike_touch_{name}_of_customer();
        """,
        f"""
        DROP TRIGGER customer_state_touches_{name} ON customers_customer;
        DROP FUNCTION huike_touch_{name}_of_customer();
        """,
    )
