"""A row written for a file that was merged a moment ago lands at the file that stands for it.

Whoever found a person by an identity may write the row after somebody merged her file; the row then waits for the
merge (both lock the file) and follows it. Tables whose rows must not be refused on arrival use this: identities and
consent here, orders in their own migration.
"""

from django.db import migrations

FUNCTION = """
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


def follow(table, moment):
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_follow_merge BEFORE {moment} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
        f"DROP TRIGGER {table}_follow_merge ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_merging_and_identity_rules")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION huike_follow_merge()"),
        follow("customers_identity", "INSERT OR UPDATE OF customer_id"),
        follow("customers_consent_event", "INSERT"),
    ]
