"""The list sorted by latest order ends with those who never bought; the index is sorted the same way, or it is not used."""

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_lake_tombstones")]

    operations = [
        migrations.RemoveIndex("customer", "customer_last_order"),
        migrations.AddIndex(
            "customer",
            models.Index(F("last_order_at").desc(nulls_last=True), F("id").desc(), name="customer_last_order"),
        ),
    ]
