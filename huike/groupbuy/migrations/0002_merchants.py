"""Admission of merchants, complaints, settlement; what was checked, decided, agreed and settled is never edited."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


def append_only(table):
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
        f"DROP TRIGGER {table}_append_only ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_lake_tombstones"),
        ("customers", "0018_suppressions_in_the_lake"),
        ("groupbuy", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="CommissionRate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("commission_bp", models.IntegerField()),
                ("starts_at", models.DateTimeField()),
                ("agreed_by", models.CharField(max_length=120)),
                ("words", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "groupbuy_commission_rate",
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refused", "Refused"),
                            ("not_as_described", "Not As Described"),
                            ("quality", "Quality"),
                            ("service", "Service"),
                            ("refund", "Refund"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.TextField()),
                ("made_by", models.CharField(default="", max_length=120)),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("upheld", "Upheld"), ("rejected", "Rejected")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_words", models.TextField(default="")),
            ],
            options={
                "db_table": "groupbuy_complaint",
            },
        ),
        migrations.CreateModel(
            name="MerchantCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=20)),
                ("outcome", models.CharField(max_length=6)),
                ("details", models.JSONField(default=dict)),
                ("words", models.CharField(default="", max_length=300)),
                ("by", models.CharField(default="", max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_merchant_check",
            },
        ),
        migrations.CreateModel(
            name="MerchantDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=120)),
                ("content_type", models.CharField(max_length=20)),
                ("size_bytes", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("sealed", models.BinaryField()),
                ("expires_on", models.DateField(null=True)),
                ("handed_in_by", models.CharField(default="", max_length=120)),
                ("handed_in_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_merchant_document",
            },
        ),
        migrations.CreateModel(
            name="MerchantStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("from_state", models.CharField(default="", max_length=9)),
                ("to_state", models.CharField(max_length=9)),
                ("reason", models.CharField(default="", max_length=20)),
                ("words", models.CharField(default="", max_length=300)),
                ("by", models.CharField(default="", max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_merchant_step",
            },
        ),
        migrations.CreateModel(
            name="MerchantStore",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "groupbuy_merchant_store",
            },
        ),
        migrations.CreateModel(
            name="MerchantTermsVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("document", models.JSONField()),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_merchant_terms",
            },
        ),
        migrations.CreateModel(
            name="SettlementAdjustment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("words", models.CharField(max_length=300)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_settlement_adjustment",
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("carried_in_minor", models.BigIntegerField()),
                ("redeemed_minor", models.BigIntegerField()),
                ("refunded_minor", models.BigIntegerField()),
                ("commission_minor", models.BigIntegerField()),
                ("adjusted_minor", models.BigIntegerField()),
                ("payable_minor", models.BigIntegerField()),
                ("lines_count", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("cut", "Cut"), ("approved", "Approved"), ("paid", "Paid"), ("carried", "Carried")],
                        max_length=8,
                    ),
                ),
                ("cut_at", models.DateTimeField()),
                ("approved_by", models.CharField(default="", max_length=120)),
                ("approved_by_key", models.CharField(default="", max_length=60)),
                ("approved_at", models.DateTimeField(null=True)),
                ("paid_by", models.CharField(default="", max_length=120)),
                ("paid_at", models.DateTimeField(null=True)),
                ("bank_reference", models.CharField(default="", max_length=80)),
            ],
            options={
                "db_table": "groupbuy_statement",
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("transaction_id", models.BigIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("redeemed", "Redeemed"), ("refunded", "Refunded"), ("adjusted", "Adjusted")],
                        max_length=8,
                    ),
                ),
                ("reference", models.CharField(max_length=120)),
                ("occurred_at", models.DateTimeField()),
                ("gross_minor", models.BigIntegerField()),
                ("commission_minor", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "groupbuy_statement_line",
            },
        ),
        migrations.AddField(
            model_name="merchant",
            name="about",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="merchant",
            name="admission_score",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="merchant",
            name="applied_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="merchant",
            name="asked",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="merchant",
            name="bank_account_look_up",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="merchant",
            name="bank_account_sealed",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="merchant",
            name="bank_account_shown",
            field=models.CharField(default="", max_length=12),
        ),
        migrations.AddField(
            model_name="merchant",
            name="bank_holder",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="merchant",
            name="bank_name",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="merchant",
            name="categories",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="merchant",
            name="contact_email",
            field=models.CharField(default="", max_length=254),
        ),
        migrations.AddField(
            model_name="merchant",
            name="contact_name",
            field=models.CharField(default="", max_length=80),
        ),
        migrations.AddField(
            model_name="merchant",
            name="contact_phone",
            field=models.CharField(default="", max_length=20),
        ),
        migrations.AddField(
            model_name="merchant",
            name="credit_code",
            field=models.CharField(default="", max_length=18),
        ),
        migrations.AddField(
            model_name="merchant",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="merchant",
            name="entered_by",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="merchant",
            name="entered_by_key",
            field=models.CharField(default="", max_length=60),
        ),
        migrations.AddField(
            model_name="merchant",
            name="language",
            field=models.CharField(default="zh", max_length=2),
        ),
        migrations.AddField(
            model_name="merchant",
            name="link_hash",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="merchant",
            name="reinstated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="merchant",
            name="suspended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="merchant",
            name="warned_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="merchant",
            name="state",
            field=models.CharField(
                choices=[
                    ("applied", "Applied"),
                    ("in_review", "In Review"),
                    ("admitted", "Admitted"),
                    ("rejected", "Rejected"),
                    ("suspended", "Suspended"),
                    ("closed", "Closed"),
                ],
                default="applied",
                max_length=9,
            ),
        ),
        migrations.AddIndex(
            model_name="merchant",
            index=models.Index(fields=["state", "-id"], name="merchant_of_state"),
        ),
        migrations.AddIndex(
            model_name="merchant",
            index=models.Index(
                condition=models.Q(("credit_code", ""), _negated=True), fields=["credit_code"], name="merchant_of_code"
            ),
        ),
        migrations.AddIndex(
            model_name="merchant",
            index=models.Index(
                condition=models.Q(("link_hash", ""), _negated=True), fields=["link_hash"], name="merchant_of_link"
            ),
        ),
        migrations.AddConstraint(
            model_name="merchant",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["admitted", "suspended"]), models.Q(("credit_code", ""), _negated=True)
                ),
                fields=("credit_code",),
                name="merchant_admitted_once",
            ),
        ),
        migrations.AddField(
            model_name="commissionrate",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rates",
                to="groupbuy.merchant",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="deal",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groupbuy.deal",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="complaints",
                to="groupbuy.merchant",
            ),
        ),
        migrations.AddField(
            model_name="complaint",
            name="voucher",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groupbuy.voucher",
            ),
        ),
        migrations.AddField(
            model_name="merchantcheck",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="checks",
                to="groupbuy.merchant",
            ),
        ),
        migrations.AddField(
            model_name="merchantdocument",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="groupbuy.merchant"
            ),
        ),
        migrations.AddField(
            model_name="merchantstep",
            name="merchant",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="groupbuy.merchant"
            ),
        ),
        migrations.AddField(
            model_name="merchantstore",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="served",
                to="groupbuy.merchant",
            ),
        ),
        migrations.AddField(
            model_name="merchantstore",
            name="store",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.store"),
        ),
        migrations.AddField(
            model_name="settlementadjustment",
            name="merchant",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="groupbuy.merchant"
            ),
        ),
        migrations.AddField(
            model_name="statement",
            name="merchant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="statements",
                to="groupbuy.merchant",
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="statement",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="groupbuy.statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrate",
            constraint=models.UniqueConstraint(fields=("merchant", "starts_at"), name="commission_rate_once"),
        ),
        migrations.AddConstraint(
            model_name="commissionrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("commission_bp__gte", 0), ("commission_bp__lte", 10000)), name="commission_bp"
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["-made_at", "-id"], name="complaint_newest"),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(fields=["merchant", "-made_at"], name="complaint_of_merchant"),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)), fields=["customer"], name="complaint_of_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open"), ("voucher__isnull", False)),
                fields=("voucher",),
                name="complaint_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="complaint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                    _connector="OR",
                ),
                name="complaint_decided_once",
            ),
        ),
        migrations.AddIndex(
            model_name="merchantcheck",
            index=models.Index(fields=["merchant", "-id"], name="check_of_merchant"),
        ),
        migrations.AddConstraint(
            model_name="merchantstore",
            constraint=models.UniqueConstraint(fields=("merchant", "store"), name="merchant_store_once"),
        ),
        migrations.AddIndex(
            model_name="settlementadjustment",
            index=models.Index(fields=["merchant", "-made_at"], name="adjustment_of_merchant"),
        ),
        migrations.AddConstraint(
            model_name="settlementadjustment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="settlement_adjustment_moves"
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["-cut_at", "-id"], name="statement_newest"),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(fields=["merchant", "-ends_on"], name="statement_of_merchant"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.UniqueConstraint(fields=("merchant", "currency", "starts_on"), name="statement_once"),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_on__lt", models.F("ends_on"))), name="statement_span"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "payable_minor",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("carried_in_minor"), "+", models.F("redeemed_minor")
                                    ),
                                    "+",
                                    models.F("refunded_minor"),
                                ),
                                "-",
                                models.F("commission_minor"),
                            ),
                            "+",
                            models.F("adjusted_minor"),
                        ),
                    )
                ),
                name="statement_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payable_minor__lte", 0), ("state", "carried")),
                    models.Q(models.Q(("state", "carried"), _negated=True), ("payable_minor__gt", 0)),
                    _connector="OR",
                ),
                name="statement_pays_or_carries",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "paid"), _negated=True),
                    models.Q(("approved_at__isnull", False), ("paid_at__isnull", False)),
                    _connector="OR",
                ),
                name="statement_paid_after_approval",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["statement", "occurred_at", "id"], name="line_of_statement"),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["reference"], name="line_of_reference"),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "net_minor",
                        django.db.models.expressions.CombinedExpression(
                            models.F("gross_minor"), "-", models.F("commission_minor")
                        ),
                    )
                ),
                name="statement_line_adds_up",
            ),
        ),
        append_only("groupbuy_merchant_check"),
        append_only("groupbuy_merchant_step"),
        append_only("groupbuy_commission_rate"),
        append_only("groupbuy_merchant_terms"),
        append_only("groupbuy_statement_line"),
        append_only("groupbuy_settlement_adjustment"),
    ]
