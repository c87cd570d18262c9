"""Every update notes its transaction, so that the lake finds what changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER order_touch BEFORE UPDATE ON orders_order FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER order_touch ON orders_order",
        ),
    ]
