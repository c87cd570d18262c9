"""SQL for migrations: what the database itself keeps of a table, whoever writes to it."""

from __future__ import annotations

from django.db import migrations


def trigger(name: str, table: str, event: str, *, does: str, how: str = "FOR EACH ROW") -> migrations.RunSQL:
    """A trigger of `table` at an event, such as `BEFORE UPDATE`, that calls the function `does`; `how` is what may
    follow the table's name: transition tables, for each row or statement, conditions."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} {event} ON {table} {how} EXECUTE FUNCTION {does}()",
        f"DROP TRIGGER {name} ON {table}",
    )


def append_only(table: str) -> migrations.RunSQL:
    """History is corrected by new rows: a row neither changes nor goes."""
    return trigger(f"{table}_append_only", table, "BEFORE UPDATE OR DELETE", does="huike_refuse_change")


def unchanged(table: str) -> migrations.RunSQL:
    """A row may go, as old ones do, and never changes."""
    return trigger(f"{table}_unchanged", table, "BEFORE UPDATE", does="huike_refuse_change")


def undeletable(table: str) -> migrations.RunSQL:
    """A row may change, and never goes."""
    return trigger(f"{table}_stays", table, "BEFORE DELETE", does="huike_refuse_change")


def passed_on_only(table: str) -> list[migrations.RunSQL]:
    """A row is history, but for whose it is: two files may become one, and a person be erased."""
    other = "FOR EACH ROW WHEN (to_jsonb(OLD) - 'customer_id' IS DISTINCT FROM to_jsonb(NEW) - 'customer_id')"
    return [
        trigger(f"{table}_append_only", table, "BEFORE UPDATE", does="huike_refuse_change", how=other),
        undeletable(table),
    ]


def touch(table: str) -> migrations.RunSQL:
    """Every change of a row notes its transaction in `change_xid`, so that whoever follows the table hears of it."""
    return trigger(f"{table}_touch", table, "BEFORE UPDATE", does="huike_touch")
