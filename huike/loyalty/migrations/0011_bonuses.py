"""What was given for something other than a purchase, each once."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0010_rewards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Bonus",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("sign_up", "Sign Up"),
                            ("profile_completed", "Profile Completed"),
                            ("review", "Review"),
                            ("check_in", "Check In"),
                            ("referral", "Referral"),
                            ("referred", "Referred"),
                        ],
                        max_length=17,
                    ),
                ),
                ("subject", models.CharField(max_length=120)),
                ("occurred_at", models.DateTimeField()),
                ("points", models.BigIntegerField(default=0)),
                ("refusal", models.CharField(default="", max_length=20)),
                ("decided_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
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
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.terms",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_bonus",
                "indexes": [models.Index(fields=["customer", "event", "occurred_at"], name="bonus_of_customer")],
                "constraints": [
                    models.UniqueConstraint(fields=["programme", "event", "subject"], name="bonus_once"),
                    models.CheckConstraint(
                        condition=models.Q(("points__gt", 0), ("refusal", ""))
                        | models.Q(("points", 0), models.Q(("refusal", ""), _negated=True)),
                        name="bonus_or_why_not",
                    ),
                ],
            },
        ),
    ]
