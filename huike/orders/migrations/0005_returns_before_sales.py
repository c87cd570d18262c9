"""A return may come before its sale, and an order before its buyer is known: what was told is kept until they meet."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_lake_tombstones")]

    operations = [
        migrations.AddField("order", "return_of_external_id", models.CharField(max_length=120, null=True)),
        migrations.AddField("order", "inherits_buyer", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("order", "claimed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["source", "return_of_external_id"],
                condition=Q(return_of_external_id__isnull=False),
                name="order_return_of",
            ),
        ),
        migrations.AddIndex(
            "order",
            models.Index(
                fields=["source", "anonymous_key"],
                condition=Q(anonymous_key__isnull=False, customer__isnull=True),
                name="order_unclaimed",
            ),
        ),
    ]
