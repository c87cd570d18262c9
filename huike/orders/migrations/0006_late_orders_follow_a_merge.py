"""An order of a file that was merged a moment ago belongs to the file that stands for it; which identity named the
buyer is kept, so that undoing the merge gives it back to the person it names."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_returns_before_sales"), ("customers", "0008_late_rows_follow_a_merge")]

    operations = [
        migrations.AddField("order", "named_by_id", models.BigIntegerField(null=True)),
        migrations.RunSQL(
            "CREATE TRIGGER orders_order_follow_merge BEFORE INSERT OR UPDATE OF customer_id ON orders_order "
            "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
            "DROP TRIGGER orders_order_follow_merge ON orders_order",
        ),
    ]
