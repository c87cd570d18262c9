"""Which offers an order stands with, and what was drawn on their budgets; the lake follows the first."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from huike.lake.following import bury, touch


class Migration(migrations.Migration):
    dependencies = [
        ("promotions", "0005_terms_are_a_document"),
        ("orders", "0003_one_index_per_question"),
        ("lake", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("discount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("line_discounts", models.JSONField()),
                ("given", models.JSONField(null=True)),
                ("draws", models.JSONField(default=list)),
                ("applied_at", models.DateTimeField()),
                ("given_back_at", models.DateTimeField(null=True)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="orders.order",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="promotions.offer",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="promotions.offerterms",
                    ),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="promotions.coupon",
                    ),
                ),
            ],
            options={
                "db_table": "promotions_application",
                "constraints": [
                    models.UniqueConstraint(fields=["order", "offer"], name="application_once_per_order"),
                    models.CheckConstraint(condition=Q(discount_minor__gte=0), name="application_discount"),
                ],
                "indexes": [
                    models.Index(fields=["offer", "-id"], name="application_of_offer"),
                    models.Index(fields=["change_xid"], name="application_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BudgetUse",
            fields=[
                ("key", models.CharField(primary_key=True, max_length=120, serialize=False)),
                ("uses", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budget_uses",
                        to="promotions.offer",
                    ),
                ),
            ],
            options={
                "db_table": "promotions_budget_use",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(uses__gte=0, amount_minor__gte=0), name="budget_use_not_below_zero"
                    )
                ],
                "indexes": [models.Index(fields=["offer"], name="budget_use_of_offer")],
            },
        ),
        bury("promotions_application"),
        touch("promotions_application"),
    ]
