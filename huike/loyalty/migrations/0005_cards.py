"""Batches of card numbers, cards, what happened to them, and codes that were used."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0004_where_sales_stand_in_points"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(choices=[("physical", "Physical"), ("digital", "Digital")], max_length=8)),
                ("prefix", models.CharField(max_length=8)),
                ("length", models.IntegerField()),
                ("unguessable", models.BooleanField()),
                ("count", models.IntegerField()),
                ("last_body", models.BigIntegerField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "loyalty_card_batch",
                "indexes": [
                    models.Index(fields=["prefix", "length"], name="card_batch_of_prefix"),
                    models.Index(fields=["-created_at", "-id"], name="card_batch_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("last_body__isnull", True), ("unguessable", True)),
                            models.Q(("last_body__isnull", False), ("unguessable", False)),
                            _connector="OR",
                        ),
                        name="card_batch_in_sequence_ends",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("made", "Made"),
                            ("active", "Active"),
                            ("blocked", "Blocked"),
                            ("lost", "Lost"),
                            ("replaced", "Replaced"),
                            ("closed", "Closed"),
                        ],
                        default="made",
                        max_length=8,
                    ),
                ),
                ("bound_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="customers.customer",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="loyalty.card",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="loyalty.cardbatch",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_card",
            },
        ),
        migrations.CreateModel(
            name="CardChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("made", "Made"),
                            ("active", "Active"),
                            ("blocked", "Blocked"),
                            ("lost", "Lost"),
                            ("replaced", "Replaced"),
                            ("closed", "Closed"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("made", "Made"),
                            ("active", "Active"),
                            ("blocked", "Blocked"),
                            ("lost", "Lost"),
                            ("replaced", "Replaced"),
                            ("closed", "Closed"),
                        ],
                        max_length=8,
                    ),
                ),
                ("actor", models.CharField(max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="loyalty.card",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_card_change",
            },
        ),
        migrations.CreateModel(
            name="UsedCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.BigIntegerField()),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loyalty.card"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_used_code",
            },
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["batch", "state", "id"], name="card_of_batch"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)), fields=["customer"], name="card_of_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(fields=("number",), name="card_number_once"),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaces__isnull", False)), fields=("replaces",), name="card_replaced_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bound_at__isnull", True), ("customer__isnull", True), ("state", "made")),
                    models.Q(
                        ("bound_at__isnull", False),
                        ("customer__isnull", False),
                        ("state__in", ["active", "blocked", "lost", "replaced"]),
                    ),
                    ("state", "closed"),
                    _connector="OR",
                ),
                name="card_bound_is_hers",
            ),
        ),
        migrations.AddIndex(
            model_name="cardchange",
            index=models.Index(fields=["card", "at", "id"], name="card_change_of_card"),
        ),
        migrations.AddIndex(
            model_name="usedcode",
            index=models.Index(fields=["step"], name="used_code_of_step"),
        ),
        migrations.AddConstraint(
            model_name="usedcode",
            constraint=models.UniqueConstraint(fields=("card", "step"), name="code_used_once"),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER loyalty_card_change_append_only BEFORE UPDATE OR DELETE ON loyalty_card_change "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER loyalty_card_change_append_only ON loyalty_card_change",
        ),
    ]
