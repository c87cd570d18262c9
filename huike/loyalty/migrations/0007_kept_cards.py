"""Phones that members let keep their card."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0006_tier_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptCard",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_sha256", models.CharField(max_length=64)),
                ("kept_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_kept_card",
                "indexes": [models.Index(fields=["ends_at"], name="kept_card_ends")],
                "constraints": [models.UniqueConstraint(fields=("token_sha256",), name="kept_card_once")],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_kept_card_follow_merge BEFORE INSERT ON loyalty_kept_card "
            "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
            "DROP TRIGGER loyalty_kept_card_follow_merge ON loyalty_kept_card",
        ),
    ]
