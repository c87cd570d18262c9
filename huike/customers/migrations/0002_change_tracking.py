"""Every update notes its transaction, so that the lake finds what changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER customer_touch BEFORE UPDATE ON customers_customer FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER customer_touch ON customers_customer",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER consent_touch BEFORE UPDATE ON customers_consent FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER consent_touch ON customers_consent",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON customers_consent_event "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER consent_event_append_only ON customers_consent_event",
        ),
    ]
