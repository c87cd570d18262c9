"""Every table of this package."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_tables"),
        ("customers", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merchant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
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
                ("credit_code", models.CharField(default="", max_length=18)),
                ("contact_name", models.CharField(default="", max_length=80)),
                ("contact_phone", models.CharField(default="", max_length=20)),
                ("contact_email", models.CharField(default="", max_length=254)),
                ("bank_name", models.CharField(default="", max_length=120)),
                ("bank_holder", models.CharField(default="", max_length=120)),
                ("bank_account_sealed", models.TextField(default="")),
                ("bank_account_look_up", models.CharField(default="", max_length=64)),
                ("bank_account_shown", models.CharField(default="", max_length=12)),
                ("categories", models.JSONField(default=list)),
                ("about", models.TextField(default="")),
                ("asked", models.TextField(default="")),
                ("language", models.CharField(default="zh", max_length=2)),
                ("link_hash", models.CharField(default="", max_length=64)),
                ("entered_by", models.CharField(default="", max_length=120)),
                ("entered_by_key", models.CharField(default="", max_length=60)),
                ("applied_at", models.DateTimeField(null=True)),
                ("admission_score", models.SmallIntegerField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("warned_at", models.DateTimeField(null=True)),
                ("suspended_at", models.DateTimeField(null=True)),
                ("reinstated_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "groupbuy_merchant",
                "indexes": [
                    models.Index(fields=["state", "-id"], name="merchant_of_state"),
                    models.Index(
                        condition=models.Q(("credit_code", ""), _negated=True),
                        fields=["credit_code"],
                        name="merchant_of_code",
                    ),
                    models.Index(
                        condition=models.Q(("link_hash", ""), _negated=True),
                        fields=["link_hash"],
                        name="merchant_of_link",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["admitted", "suspended"]), models.Q(("credit_code", ""), _negated=True)
                        ),
                        fields=("credit_code",),
                        name="merchant_admitted_once",
                    )
                ],
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
            name="MerchantStore",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="served",
                        to="groupbuy.merchant",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.store"
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_merchant_store",
                "constraints": [models.UniqueConstraint(fields=("merchant", "store"), name="merchant_store_once")],
            },
        ),
        migrations.CreateModel(
            name="MerchantDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="groupbuy.merchant"
                    ),
                ),
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
            name="MerchantCheck",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="checks",
                        to="groupbuy.merchant",
                    ),
                ),
                ("name", models.CharField(max_length=20)),
                ("outcome", models.CharField(max_length=6)),
                ("details", models.JSONField(default=dict)),
                ("words", models.CharField(default="", max_length=300)),
                ("by", models.CharField(default="", max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_merchant_check",
                "indexes": [models.Index(fields=["merchant", "-id"], name="check_of_merchant")],
            },
        ),
        migrations.CreateModel(
            name="MerchantStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="groupbuy.merchant"
                    ),
                ),
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
            name="CommissionRate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rates",
                        to="groupbuy.merchant",
                    ),
                ),
                ("commission_bp", models.IntegerField()),
                ("starts_at", models.DateTimeField()),
                ("agreed_by", models.CharField(max_length=120)),
                ("words", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "groupbuy_commission_rate",
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "starts_at"), name="commission_rate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("commission_bp__gte", 0), ("commission_bp__lte", 10000)),
                        name="commission_bp",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=20, unique=True)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="groupbuy.merchant",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("on_sale", "On Sale"), ("paused", "Paused"), ("over", "Over")],
                        default="draft",
                        max_length=7,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("version", models.IntegerField(default=1)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("stock", models.BigIntegerField()),
                ("taken", models.BigIntegerField(default=0)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "groupbuy_deal",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="deal_newest"),
                    models.Index(fields=["merchant", "-id"], name="deal_of_merchant"),
                    models.Index(
                        condition=models.Q(("state__in", ["on_sale", "paused"])), fields=["ends_at"], name="deal_ending"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("taken__gte", 0), ("taken__lte", models.F("stock"))),
                        name="deal_not_oversold",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="deal_window"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "over"]), ("product__isnull", False), _connector="OR"
                        ),
                        name="deal_sells_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="statements",
                        to="groupbuy.merchant",
                    ),
                ),
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
                "indexes": [
                    models.Index(fields=["-cut_at", "-id"], name="statement_newest"),
                    models.Index(fields=["merchant", "-ends_on"], name="statement_of_merchant"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("merchant", "currency", "starts_on"), name="statement_once"),
                    models.CheckConstraint(
                        condition=models.Q(("starts_on__lt", models.F("ends_on"))), name="statement_span"
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("payable_minor__lte", 0), ("state", "carried")),
                            models.Q(models.Q(("state", "carried"), _negated=True), ("payable_minor__gt", 0)),
                            _connector="OR",
                        ),
                        name="statement_pays_or_carries",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "paid"), _negated=True),
                            models.Q(("approved_at__isnull", False), ("paid_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="statement_paid_after_approval",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SettlementAdjustment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.merchant",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("words", models.CharField(max_length=300)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_settlement_adjustment",
                "indexes": [models.Index(fields=["merchant", "-made_at"], name="adjustment_of_merchant")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor", 0), _negated=True), name="settlement_adjustment_moves"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DealTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="groupbuy.deal",
                    ),
                ),
                ("version", models.IntegerField()),
                ("document", models.JSONField()),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "groupbuy_deal_terms",
                "constraints": [models.UniqueConstraint(fields=("deal", "version"), name="deal_terms_version_once")],
            },
        ),
        migrations.CreateModel(
            name="StatementLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "statement",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="groupbuy.statement",
                    ),
                ),
                ("transaction_id", models.BigIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("redeemed", "Redeemed"), ("refunded", "Refunded"), ("adjusted", "Adjusted")],
                        max_length=8,
                    ),
                ),
                ("reference", models.CharField(max_length=120)),
                ("redemption_id", models.BigIntegerField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("gross_minor", models.BigIntegerField()),
                ("commission_minor", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "groupbuy_statement_line",
                "indexes": [
                    models.Index(fields=["statement", "occurred_at", "id"], name="line_of_statement"),
                    models.Index(
                        condition=models.Q(("redemption_id__isnull", False)),
                        fields=["redemption_id"],
                        name="line_of_redemption",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross_minor"), "-", models.F("commission_minor")
                                ),
                            )
                        ),
                        name="statement_line_adds_up",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=20, unique=True)),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="groups",
                        to="groupbuy.deal",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.dealterms",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("forming", "Forming"), ("formed", "Formed"), ("failed", "Failed")],
                        default="forming",
                        max_length=7,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("short", "Short"), ("left", "Left"), ("unpaid", "Unpaid")], default="", max_length=6
                    ),
                ),
                ("size", models.IntegerField()),
                ("forms_at", models.IntegerField()),
                ("price_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("seats", models.IntegerField(default=0)),
                ("leader_id", models.BigIntegerField(null=True)),
                ("opened_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "groupbuy_group",
                "indexes": [
                    models.Index(fields=["deal", "state", "deadline_at"], name="group_of_deal"),
                    models.Index(condition=models.Q(("state", "forming")), fields=["deadline_at"], name="group_due"),
                    models.Index(fields=["-opened_at", "-id"], name="group_newest"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("seats__gte", 0), ("seats__lte", models.F("size"))), name="group_seats"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("forms_at__gte", 1), ("forms_at__lte", models.F("size"))),
                        name="group_forms_at",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "forming")),
                            models.Q(models.Q(("state", "forming"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="group_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("state", "failed"), _negated=True), ("seats", 0), _connector="OR"),
                        name="group_failed_is_empty",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.group"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("opened", "Opened"), ("led", "Led"), ("formed", "Formed"), ("failed", "Failed")],
                        max_length=6,
                    ),
                ),
                ("participation_id", models.BigIntegerField(null=True)),
                ("seats", models.IntegerField()),
            ],
            options={
                "db_table": "groupbuy_group_change",
            },
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=32, unique=True)),
                ("key", models.CharField(max_length=255, unique=True)),
                ("input_sha256", models.CharField(max_length=64)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="groupbuy.group",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.deal",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="customers.customer",
                    ),
                ),
                ("made_customer", models.BooleanField(default=False)),
                ("quantity", models.IntegerField()),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("seated", "Seated"),
                            ("confirmed", "Confirmed"),
                            ("refunding", "Refunding"),
                            ("refunded", "Refunded"),
                            ("lapsed", "Lapsed"),
                        ],
                        default="reserved",
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=12)),
                ("provider", models.CharField(max_length=40)),
                ("payment_id", models.BigIntegerField(null=True)),
                ("is_paying", models.BooleanField(default=True)),
                ("seat_payment_id", models.BigIntegerField(null=True)),
                ("refund_id", models.BigIntegerField(null=True)),
                ("joined_at", models.DateTimeField()),
                ("pay_until", models.DateTimeField()),
                ("seated_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "groupbuy_participation",
                "indexes": [
                    models.Index(fields=["group", "state", "id"], name="participation_of_group"),
                    models.Index(fields=["deal", "customer"], name="participation_of_buyer"),
                    models.Index(fields=["customer", "-joined_at", "-id"], name="participation_of_customer"),
                    models.Index(
                        condition=models.Q(("is_paying", True)), fields=["pay_until"], name="participation_paying"
                    ),
                    models.Index(
                        condition=models.Q(("state", "refunding")),
                        fields=["state", "id"],
                        name="participation_refunding",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 1), ("quantity__gte", 1)), name="participation_buys"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["seated", "confirmed"]), _negated=True),
                            ("seat_payment_id__isnull", False),
                            _connector="OR",
                        ),
                        name="participation_seat_is_paid",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ParticipationChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.participation"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("seated", "Seated"),
                            ("confirmed", "Confirmed"),
                            ("refunding", "Refunding"),
                            ("refunded", "Refunded"),
                            ("lapsed", "Lapsed"),
                        ],
                        max_length=9,
                        null=True,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("seated", "Seated"),
                            ("confirmed", "Confirmed"),
                            ("refunding", "Refunding"),
                            ("refunded", "Refunded"),
                            ("lapsed", "Lapsed"),
                        ],
                        max_length=9,
                    ),
                ),
                ("reason", models.CharField(default="", max_length=12)),
            ],
            options={
                "db_table": "groupbuy_participation_change",
            },
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=20, unique=True)),
                (
                    "participation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vouchers",
                        to="groupbuy.participation",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.deal",
                    ),
                ),
                ("number", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("partly_used", "Partly Used"),
                            ("used", "Used"),
                            ("expired", "Expired"),
                            ("refunded", "Refunded"),
                        ],
                        default="issued",
                        max_length=11,
                    ),
                ),
                ("uses", models.IntegerField()),
                ("used", models.IntegerField(default=0)),
                ("price_minor", models.BigIntegerField()),
                ("left_minor", models.BigIntegerField()),
                ("valid_from", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("issued_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("refund_id", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "groupbuy_voucher",
                "indexes": [
                    models.Index(fields=["deal", "state", "-id"], name="voucher_of_deal"),
                    models.Index(
                        condition=models.Q(("state__in", ["issued", "partly_used"])),
                        fields=["valid_until"],
                        name="voucher_expiring",
                    ),
                    models.Index(fields=["-issued_at", "-id"], name="voucher_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("participation", "number"), name="voucher_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0), ("used__lte", models.F("uses")), ("uses__gte", 1)),
                        name="voucher_uses",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("left_minor__gte", 0), ("left_minor__lte", models.F("price_minor"))),
                        name="voucher_left",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_minor", models.F("price_minor")), ("state", "issued"), ("used", 0)),
                            models.Q(("state", "partly_used"), ("used__gt", 0), ("used__lt", models.F("uses"))),
                            models.Q(("left_minor", 0), ("state", "used"), ("used", models.F("uses"))),
                            models.Q(("ended_at__isnull", False), ("state__in", ["expired", "refunded"])),
                            _connector="OR",
                        ),
                        name="voucher_state_fits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=255, unique=True)),
                ("input_sha256", models.CharField(max_length=64)),
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="redemptions", to="groupbuy.voucher"
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.store"
                    ),
                ),
                ("uses", models.IntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("commission_minor", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("clerk", models.CharField(max_length=120)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=120)),
                ("undo_reason", models.CharField(default="", max_length=200)),
            ],
            options={
                "db_table": "groupbuy_redemption",
                "indexes": [models.Index(fields=["-occurred_at", "-id"], name="voucher_redemption_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount_minor__gte", 0),
                            ("commission_minor__gte", 0),
                            ("uses__gte", 1),
                            ("commission_minor__lte", models.F("amount_minor")),
                        ),
                        name="voucher_redemption_parts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VoucherChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.voucher"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("partly_used", "Partly Used"),
                            ("used", "Used"),
                            ("expired", "Expired"),
                            ("refunded", "Refunded"),
                        ],
                        max_length=11,
                        null=True,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("partly_used", "Partly Used"),
                            ("used", "Used"),
                            ("expired", "Expired"),
                            ("refunded", "Refunded"),
                        ],
                        max_length=11,
                    ),
                ),
                ("uses", models.IntegerField(default=0)),
                ("amount_minor", models.BigIntegerField(default=0)),
                ("actor", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=200)),
            ],
            options={
                "db_table": "groupbuy_voucher_change",
            },
        ),
        migrations.CreateModel(
            name="Complaint",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="complaints",
                        to="groupbuy.merchant",
                    ),
                ),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.deal",
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="groupbuy.voucher",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
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
                "indexes": [
                    models.Index(fields=["-made_at", "-id"], name="complaint_newest"),
                    models.Index(fields=["merchant", "-made_at"], name="complaint_of_merchant"),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)),
                        fields=["customer"],
                        name="complaint_of_customer",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open"), ("voucher__isnull", False)),
                        fields=("voucher",),
                        name="complaint_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="complaint_decided_once",
                    ),
                ],
            },
        ),
    ]
