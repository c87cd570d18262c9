"""Every table of this package."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asset",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=60, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "ledger_asset",
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("transactions", models.BigIntegerField()),
                ("entries", models.BigIntegerField()),
                ("faults", models.JSONField(default=list)),
                ("seconds", models.FloatField()),
            ],
            options={
                "db_table": "ledger_proof",
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "asset",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.asset"),
                ),
                ("name", models.CharField(max_length=40, null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("opened_for_id", models.BigIntegerField(null=True)),
                ("pending", models.BigIntegerField(db_default=0, default=0)),
                ("available", models.BigIntegerField(db_default=0, default=0)),
                ("held", models.BigIntegerField(db_default=0, default=0)),
                ("owed", models.BigIntegerField(db_default=0, default=0)),
                ("frozen_at", models.DateTimeField(null=True)),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "ledger_account",
                "indexes": [
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["customer_id", "asset"],
                        name="account_of_customer",
                    ),
                    models.Index(fields=["change_xid"], name="account_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("name__isnull", False)), fields=("asset", "name"), name="account_of_house"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("opened_for_id__isnull", False)),
                        fields=("asset", "opened_for_id"),
                        name="account_opened_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("customer_id__isnull", True), ("name__isnull", False), ("opened_for_id__isnull", True)
                            ),
                            models.Q(
                                ("customer_id__isnull", False), ("name__isnull", True), ("opened_for_id__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="account_has_one_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("available__gte", 0), ("held__gte", 0), ("owed__lte", 0), ("pending__gte", 0)
                        ),
                        name="account_floor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "asset",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.asset"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("earn", "Earn"),
                            ("mature", "Mature"),
                            ("burn", "Burn"),
                            ("hold", "Hold"),
                            ("settle", "Settle"),
                            ("release", "Release"),
                            ("expire", "Expire"),
                            ("adjust", "Adjust"),
                            ("reverse", "Reverse"),
                            ("transfer", "Transfer"),
                            ("post", "Post"),
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=200, unique=True)),
                ("input_sha256", models.CharField(max_length=64)),
                ("occurred_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reference", models.CharField(default="", max_length=120)),
                (
                    "reverses",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversals",
                        to="ledger.transaction",
                    ),
                ),
                ("reason", models.JSONField(default=dict)),
                ("actor", models.CharField(default="", max_length=120)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "ledger_transaction",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference", "id"],
                        name="transaction_of_reference",
                    ),
                    models.Index(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=["reverses"],
                        name="transaction_reversals",
                    ),
                    models.Index(fields=["change_xid"], name="transaction_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                ("kind", models.CharField(max_length=20)),
                ("amount", models.BigIntegerField()),
                ("pending", models.BigIntegerField(db_default=0, default=0)),
                ("available", models.BigIntegerField(db_default=0, default=0)),
                ("held", models.BigIntegerField(db_default=0, default=0)),
                ("came_at", models.DateTimeField()),
                ("matures_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "ledger_lot",
                "indexes": [
                    models.Index(fields=["account", "id"], name="lot_of_account"),
                    models.Index(
                        condition=models.Q(("available__gt", 0), ("expires_at__isnull", False)),
                        fields=["expires_at"],
                        name="lot_expiring",
                    ),
                    models.Index(condition=models.Q(("pending__gt", 0)), fields=["matures_at"], name="lot_maturing"),
                    models.Index(fields=["change_xid"], name="lot_change"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="lot_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("available__gte", 0), ("held__gte", 0), ("pending__gte", 0)),
                        name="lot_floor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount__gte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("pending"), "+", models.F("available")
                                    ),
                                    "+",
                                    models.F("held"),
                                ),
                            )
                        ),
                        name="lot_never_grows",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=200, unique=True)),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.transaction"
                    ),
                ),
                ("customer_id", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                ("settled", models.BigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Held"),
                            ("settled", "Settled"),
                            ("released", "Released"),
                            ("timed_out", "Timed Out"),
                        ],
                        default="held",
                        max_length=9,
                    ),
                ),
                ("until_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "ledger_hold",
                "indexes": [
                    models.Index(condition=models.Q(("state", "held")), fields=["until_at"], name="hold_ending")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__gt", 0), ("settled__gte", 0), ("settled__lte", models.F("amount"))
                        ),
                        name="hold_amounts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "held")),
                            models.Q(models.Q(("state", "held"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="hold_ends_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.transaction",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                (
                    "pocket",
                    models.SmallIntegerField(
                        choices=[(0, "House"), (1, "Pending"), (2, "Available"), (3, "Held"), (4, "Owed")]
                    ),
                ),
                ("amount", models.BigIntegerField()),
                (
                    "lot",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="ledger.lot"
                    ),
                ),
            ],
            options={
                "db_table": "ledger_entry",
                "indexes": [
                    models.Index(fields=["transaction"], name="entry_of_transaction"),
                    models.Index(fields=["account", "id"], name="entry_of_account"),
                    models.Index(condition=models.Q(("lot__isnull", False)), fields=["lot", "id"], name="entry_of_lot"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="entry_moves"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lot__isnull", True), ("pocket__in", [0, 4])),
                            models.Q(("lot__isnull", False), ("pocket__in", [1, 2, 3])),
                            _connector="OR",
                        ),
                        name="entry_of_a_lot",
                    ),
                ],
            },
        ),
    ]
