"""Assets, accounts, lots, transactions with their entries, and holds."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

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
            name="Account",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "asset",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.asset"),
                ),
            ],
            options={
                "db_table": "ledger_account",
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
            ],
            options={
                "db_table": "ledger_lot",
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                        ],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=200, unique=True)),
                ("input_sha256", models.CharField(max_length=64)),
                ("occurred_at", models.DateTimeField()),
                ("posted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("reference", models.CharField(default="", max_length=120)),
                ("reason", models.JSONField(default=dict)),
                ("actor", models.CharField(default="", max_length=120)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                (
                    "asset",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.asset"),
                ),
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
            ],
            options={
                "db_table": "ledger_transaction",
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=200, unique=True)),
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
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ledger.transaction"
                    ),
                ),
            ],
            options={
                "db_table": "ledger_hold",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "pocket",
                    models.SmallIntegerField(
                        choices=[(0, "House"), (1, "Pending"), (2, "Available"), (3, "Held"), (4, "Owed")]
                    ),
                ),
                ("amount", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="ledger.lot"
                    ),
                ),
                (
                    "transaction",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="ledger.transaction",
                    ),
                ),
            ],
            options={
                "db_table": "ledger_entry",
            },
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("customer_id__isnull", False)),
                fields=["customer_id", "asset"],
                name="account_of_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(fields=["change_xid"], name="account_change"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name__isnull", False)), fields=("asset", "name"), name="account_of_house"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("opened_for_id__isnull", False)),
                fields=("asset", "opened_for_id"),
                name="account_opened_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customer_id__isnull", True), ("name__isnull", False), ("opened_for_id__isnull", True)),
                    models.Q(("customer_id__isnull", False), ("name__isnull", True), ("opened_for_id__isnull", False)),
                    _connector="OR",
                ),
                name="account_has_one_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("available__gte", 0), ("held__gte", 0), ("owed__lte", 0), ("pending__gte", 0)),
                name="account_floor",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["account", "id"], name="lot_of_account"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("available__gt", 0), ("expires_at__isnull", False)),
                fields=["expires_at"],
                name="lot_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(condition=models.Q(("pending__gt", 0)), fields=["matures_at"], name="lot_maturing"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["change_xid"], name="lot_change"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="lot_amount"),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(("available__gte", 0), ("held__gte", 0), ("pending__gte", 0)), name="lot_floor"
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("reference", ""), _negated=True),
                fields=["reference", "id"],
                name="transaction_of_reference",
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("reverses__isnull", False)), fields=["reverses"], name="transaction_reversals"
            ),
        ),
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(fields=["change_xid"], name="transaction_change"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(condition=models.Q(("state", "held")), fields=["until_at"], name="hold_ending"),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount__gt", 0), ("settled__gte", 0), ("settled__lte", models.F("amount"))),
                name="hold_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "held")),
                    models.Q(models.Q(("state", "held"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="hold_ends_once",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["transaction"], name="entry_of_transaction"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["account", "id"], name="entry_of_account"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(condition=models.Q(("lot__isnull", False)), fields=["lot", "id"], name="entry_of_lot"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="entry_moves"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lot__isnull", True), ("pocket__in", [0, 4])),
                    models.Q(("lot__isnull", False), ("pocket__in", [1, 2, 3])),
                    _connector="OR",
                ),
                name="entry_of_a_lot",
            ),
        ),
    ]
