"""Value given or taken by hand."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0011_bonuses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("asset", models.CharField(max_length=60)),
                ("amount", models.BigIntegerField()),
                ("reason", models.CharField(max_length=40)),
                ("words", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("rejected", "Rejected"),
                            ("expired", "Expired"),
                        ],
                        max_length=8,
                    ),
                ),
                ("proposed_by", models.CharField(max_length=120)),
                ("proposed_by_key", models.CharField(max_length=40)),
                ("proposed_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_words", models.CharField(default="", max_length=300)),
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
                    "undoes",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.adjustment",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_adjustment",
                "indexes": [
                    models.Index(fields=["customer", "id"], name="adjustment_of_customer"),
                    models.Index(fields=["state", "-id"], name="adjustment_in_state"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["until_at"], name="adjustment_expiring"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="adjustment_moves"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="adjustment_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["waiting", "done"])),
                        fields=("undoes",),
                        name="adjustment_undone_once",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_adjustment_follow_merge BEFORE INSERT ON loyalty_adjustment "
            "FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
            "DROP TRIGGER loyalty_adjustment_follow_merge ON loyalty_adjustment",
        ),
    ]
