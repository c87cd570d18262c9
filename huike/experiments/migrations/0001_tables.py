"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=160)),
                ("control_bp", models.IntegerField()),
                ("arm_shares_bp", models.JSONField()),
                (
                    "method",
                    models.CharField(
                        choices=[("hash", "Hash"), ("permutation", "Permutation")], max_length=11, null=True
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "experiments_experiment",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("control_bp__gte", 0), ("control_bp__lt", 10000)),
                        name="experiment_control_share",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "experiment_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="experiments.experiment",
                    ),
                ),
                ("customer_id", models.BigIntegerField()),
                ("arm", models.SmallIntegerField()),
                ("assigned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "experiments_assignment",
                "indexes": [models.Index(fields=["customer_id"], name="assignment_of_customer")],
                "constraints": [models.CheckConstraint(condition=models.Q(("arm__gte", 0)), name="assignment_arm")],
            },
        ),
    ]
