"""Tiers given by a person; whether a tier was granted, and under which terms a member was last looked at."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0005_cards"),
        ("customers", "0008_late_rows_follow_a_merge"),
    ]

    operations = [
        migrations.CreateModel(
            name="TierGrant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tier", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=300)),
                ("granted_by", models.CharField(max_length=120)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(default="", max_length=120)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={"db_table": "loyalty_tier_grant"},
        ),
        migrations.AddConstraint(
            model_name="tiergrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"),
                name="tier_grant_lasts",
            ),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_tier_grant_follow_merge BEFORE INSERT ON loyalty_tier_grant "
            "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
            "DROP TRIGGER loyalty_tier_grant_follow_merge ON loyalty_tier_grant",
        ),
        migrations.RenameField("member", "tier_is_manual", "tier_is_granted"),
        migrations.AddField("member", "judged_version", models.IntegerField(null=True)),
        migrations.RemoveField("tierchange", "actor"),
        migrations.RemoveField("tierchange", "note"),
        migrations.AddField("tierchange", "is_granted", models.BooleanField(default=False)),
        migrations.AlterField(
            "tierchange",
            "reason",
            models.CharField(
                choices=[
                    ("joined", "Joined"),
                    ("qualified", "Qualified"),
                    ("kept", "Kept"),
                    ("downgraded", "Downgraded"),
                    ("granted", "Granted"),
                    ("ended", "Ended"),
                    ("corrected", "Corrected"),
                    ("terms", "Terms"),
                ],
                max_length=10,
            ),
        ),
    ]
