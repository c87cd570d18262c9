"""Terms and tier changes are corrected by new rows; members and accounts follow a merge of their files."""

from django.db import migrations


def trigger(name, table, rest):
    return migrations.RunSQL(f"CREATE TRIGGER {name} {rest}", f"DROP TRIGGER {name} ON {table}")


def append_only(table):
    return trigger(
        f"{table}_append_only",
        table,
        f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
    )


def follows(table):
    return trigger(
        f"{table}_follow_merge",
        table,
        f"BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0001_tables"),
        ("ledger", "0002_kept_by_the_database"),
        ("customers", "0008_late_rows_follow_a_merge"),
    ]

    operations = [
        append_only("loyalty_terms"),
        append_only("loyalty_tier_change"),
        trigger(
            "loyalty_member_touch",
            "loyalty_member",
            "BEFORE UPDATE ON loyalty_member FOR EACH ROW EXECUTE FUNCTION huike_touch()",
        ),
        follows("loyalty_member"),
        follows("ledger_account"),
    ]
