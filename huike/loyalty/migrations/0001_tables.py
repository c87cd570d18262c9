"""Every table of this package."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
        ("catalog", "0001_tables"),
        ("customers", "0001_tables"),
        ("orders", "0001_tables"),
        ("promotions", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
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
                ("proposed_by", models.CharField(max_length=120)),
                ("proposed_by_key", models.CharField(max_length=40)),
                ("proposed_at", models.DateTimeField()),
                ("until_at", models.DateTimeField()),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_words", models.CharField(default="", max_length=300)),
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
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("points_name", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("version", models.IntegerField(default=0)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_programme",
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("state__in", ["active", "paused"])),
                        name="programme_one_runs",
                    )
                ],
            },
        ),
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
            name="KeptCard",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64)),
                ("kept_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "db_table": "loyalty_kept_card",
                "indexes": [models.Index(fields=["ends_at"], name="kept_card_ends")],
                "constraints": [models.UniqueConstraint(fields=("token_sha256",), name="kept_card_once")],
            },
        ),
        migrations.CreateModel(
            name="OrderUses",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="orders.order",
                    ),
                ),
                ("card_key", models.CharField(max_length=40)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("placed_at", models.DateTimeField()),
                ("due", models.BigIntegerField()),
                ("uses", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
                ("serial", models.IntegerField(default=0)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_order_uses",
                "indexes": [
                    models.Index(fields=["customer", "placed_at", "id"], name="order_uses_of"),
                    models.Index(fields=["change_xid"], name="order_uses_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "card_key"), name="order_uses_once"),
                    models.CheckConstraint(
                        condition=models.Q(("due__gte", 0), ("net_minor__gte", 0), ("uses__gte", models.F("due"))),
                        name="order_uses_amounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PointsPosition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField()),
                ("order_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "loyalty_points_position",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="points_position_one")],
            },
        ),
        migrations.CreateModel(
            name="ValueRefund",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("taken_minor", models.BigIntegerField()),
                ("paid_out_minor", models.BigIntegerField()),
                ("kept_minor", models.BigIntegerField()),
                ("forfeited_minor", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "loyalty_value_refund",
                "indexes": [models.Index(fields=["customer", "id"], name="value_refund_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("forfeited_minor__gte", 0),
                            ("kept_minor__gte", 0),
                            ("paid_out_minor__gte", 0),
                            (
                                "taken_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("paid_out_minor"), "+", models.F("kept_minor")
                                ),
                            ),
                            ("taken_minor__gt", 0),
                        ),
                        name="value_refund_amounts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderValue",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="stored_value",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("placed_at", models.DateTimeField()),
                ("spent_minor", models.BigIntegerField()),
                ("serial", models.IntegerField(default=0)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_order_value",
                "indexes": [
                    models.Index(fields=["customer", "placed_at", "order"], name="order_value_of"),
                    models.Index(fields=["change_xid"], name="order_value_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ValueFreeze",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("frozen", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "loyalty_value_freeze",
                "indexes": [models.Index(fields=["customer", "id"], name="value_freeze_of_customer")],
            },
        ),
        migrations.CreateModel(
            name="ToldPosition",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField()),
                ("transaction_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "loyalty_told_position",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="told_position_one")],
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="loyalty.programme"
                    ),
                ),
                ("version", models.IntegerField()),
                ("effective_at", models.DateTimeField()),
                ("document", models.JSONField()),
                ("note", models.CharField(default="", max_length=300)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_terms",
                "constraints": [models.UniqueConstraint(fields=("programme", "version"), name="terms_version_once")],
            },
        ),
        migrations.CreateModel(
            name="TermsDraft",
            fields=[
                (
                    "programme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="draft",
                        serialize=False,
                        to="loyalty.programme",
                    ),
                ),
                ("document", models.JSONField()),
                ("version", models.IntegerField(default=1)),
                ("edited_by", models.CharField(max_length=120)),
                ("edited_at", models.DateTimeField()),
            ],
            options={
                "db_table": "loyalty_terms_draft",
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="loyalty.programme"
                    ),
                ),
                ("paused_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "loyalty_pause",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resumed_at__isnull", True)),
                        fields=("programme",),
                        name="pause_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="loyalty.programme",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="customers.customer"
                    ),
                ),
                ("joined_at", models.DateTimeField()),
                ("tier", models.CharField(max_length=40, null=True)),
                ("tier_since_at", models.DateTimeField(null=True)),
                ("tier_until_at", models.DateTimeField(null=True)),
                ("tier_is_granted", models.BooleanField(default=False)),
                ("judged_version", models.IntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_member",
                "indexes": [
                    models.Index(fields=["programme", "tier", "id"], name="member_of_tier"),
                    models.Index(
                        condition=models.Q(("tier_until_at__isnull", False)),
                        fields=["tier_until_at"],
                        name="member_tier_ends",
                    ),
                    models.Index(fields=["change_xid"], name="member_change"),
                ],
                "constraints": [models.UniqueConstraint(fields=("programme", "customer"), name="member_once")],
            },
        ),
        migrations.CreateModel(
            name="TierGrant",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                ("tier", models.CharField(max_length=40)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(max_length=300)),
                ("granted_by", models.CharField(max_length=120)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.CharField(default="", max_length=120)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_tier_grant",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("starts_at")), _connector="OR"
                        ),
                        name="tier_grant_lasts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reward",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="loyalty.programme",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("coupon", "Coupon"), ("product", "Product"), ("benefit", "Benefit")], max_length=7
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("name_zh", models.CharField(max_length=120)),
                ("name_en", models.CharField(max_length=120)),
                ("about_zh", models.CharField(default="", max_length=1000)),
                ("about_en", models.CharField(default="", max_length=1000)),
                ("points", models.BigIntegerField()),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="promotions.offer",
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
                ("partner", models.CharField(default="", max_length=120)),
                ("has_codes", models.BooleanField(default=False)),
                ("use_zh", models.CharField(default="", max_length=1000)),
                ("use_en", models.CharField(default="", max_length=1000)),
                ("tiers", models.JSONField(default=list)),
                ("limit_count", models.IntegerField(null=True)),
                (
                    "limit_period",
                    models.CharField(
                        choices=[
                            ("day", "Day"),
                            ("week", "Week"),
                            ("month", "Month"),
                            ("year", "Year"),
                            ("ever", "Ever"),
                        ],
                        default="ever",
                        max_length=5,
                    ),
                ),
                ("stock", models.IntegerField(null=True)),
                ("taken", models.IntegerField(default=0)),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("collect_days", models.IntegerField(default=30)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_reward",
                "indexes": [models.Index(fields=["programme", "-created_at", "-id"], name="reward_newest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="reward_price"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken__gte", 0),
                            models.Q(("stock__isnull", True), ("taken__lte", models.F("stock")), _connector="OR"),
                        ),
                        name="reward_stock",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "coupon"), ("offer__isnull", False)),
                            models.Q(models.Q(("kind", "coupon"), _negated=True), ("offer__isnull", True)),
                            _connector="OR",
                        ),
                        name="reward_coupon_of_an_offer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("has_codes", False), ("kind", "benefit"), _connector="OR"),
                        name="reward_codes_of_a_benefit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_at__isnull", True),
                            ("ends_at__isnull", True),
                            ("starts_at__lt", models.F("ends_at")),
                            _connector="OR",
                        ),
                        name="reward_window",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpiryWarning",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("expires_on", models.DateField()),
                ("points", models.BigIntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "loyalty_expiry_warning",
                "indexes": [models.Index(fields=["customer"], name="expiry_warning_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "customer", "expires_on"), name="expiry_warned_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Card",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=20)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards",
                        to="loyalty.cardbatch",
                    ),
                ),
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
                ("bound_at", models.DateTimeField(null=True)),
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
            ],
            options={
                "db_table": "loyalty_card",
                "indexes": [
                    models.Index(fields=["batch", "state", "id"], name="card_of_batch"),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)), fields=["customer"], name="card_of_customer"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("number",), name="card_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("replaces__isnull", False)), fields=("replaces",), name="card_replaced_once"
                    ),
                    models.CheckConstraint(
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
                ],
            },
        ),
        migrations.CreateModel(
            name="UsesRefund",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "sold",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="loyalty.orderuses",
                    ),
                ),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
                    ),
                ),
                ("uses", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("tender", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "loyalty_uses_refund",
                "indexes": [
                    models.Index(fields=["customer", "id"], name="uses_refund_of_customer"),
                    models.Index(fields=["sold", "id"], name="uses_refund_of_sale"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0), ("uses__gt", 0)), name="uses_refund_amounts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Bonus",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
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
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                    ),
                ),
                ("is_taken_back", models.BooleanField(db_default=False, default=False)),
                ("moves", models.SmallIntegerField(db_default=0, default=0)),
                (
                    "terms",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="loyalty.terms"),
                ),
                ("decided_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_bonus",
                "indexes": [
                    models.Index(fields=["customer", "event", "occurred_at"], name="bonus_of_customer"),
                    models.Index(condition=models.Q(("order__isnull", False)), fields=["order"], name="bonus_of_order"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("programme", "event", "subject"), name="bonus_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("points__gt", 0), ("refusal", "")),
                            models.Q(("points", 0), models.Q(("refusal", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="bonus_or_why_not",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderPoints",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="points",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("placed_at", models.DateTimeField()),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="loyalty.terms"
                    ),
                ),
                ("tier", models.CharField(max_length=40, null=True)),
                ("earned", models.BigIntegerField(default=0)),
                ("burned", models.BigIntegerField(default=0)),
                ("explanation", models.JSONField(default=dict)),
                ("order_xid", models.BigIntegerField()),
                ("serial", models.IntegerField(default=0)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_order_points",
                "indexes": [
                    models.Index(fields=["customer", "placed_at", "order"], name="order_points_of"),
                    models.Index(fields=["change_xid"], name="order_points_change"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TopUp",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
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
                ("currency", models.CharField(max_length=3)),
                ("plan_key", models.CharField(default="", max_length=40)),
                ("plan_name", models.CharField(default="", max_length=60)),
                ("paid_minor", models.BigIntegerField()),
                ("bonus_minor", models.BigIntegerField()),
                ("tenders", models.JSONField()),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "loyalty_top_up",
                "indexes": [models.Index(fields=["customer", "id"], name="top_up_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bonus_minor__gte", 0), ("paid_minor__gt", 0)), name="top_up_amounts"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tier_changes", to="loyalty.member"
                    ),
                ),
                ("from_tier", models.CharField(max_length=40, null=True)),
                ("to_tier", models.CharField(max_length=40, null=True)),
                ("effective_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("is_granted", models.BooleanField(default=False)),
                (
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
                ("figures", models.JSONField(default=dict)),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="loyalty.terms"
                    ),
                ),
                ("decided_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_tier_change",
                "indexes": [models.Index(fields=["member", "-effective_at", "-id"], name="tier_change_of_member")],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=300, unique=True)),
                ("code", models.CharField(max_length=40, unique=True)),
                (
                    "reward",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="loyalty.reward",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="customers.customer",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("fulfilled", "Fulfilled"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        max_length=9,
                    ),
                ),
                ("points", models.BigIntegerField()),
                ("requested_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "store",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.store",
                    ),
                ),
                (
                    "coupon",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemption",
                        to="promotions.coupon",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_redemption",
                "indexes": [
                    models.Index(fields=["customer", "-requested_at", "-id"], name="redemption_of_customer"),
                    models.Index(fields=["reward", "-requested_at", "-id"], name="redemption_of_reward"),
                    models.Index(fields=["-requested_at", "-id"], name="redemption_newest"),
                    models.Index(
                        condition=models.Q(("state", "requested")), fields=["until_at"], name="redemption_waiting"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="redemption_price"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state", "requested"), ("until_at__isnull", False)),
                            models.Q(models.Q(("state", "requested"), _negated=True), ("ended_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="redemption_waits_or_ended",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CardChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="loyalty.card",
                    ),
                ),
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
            ],
            options={
                "db_table": "loyalty_card_change",
                "indexes": [models.Index(fields=["card", "at", "id"], name="card_change_of_card")],
            },
        ),
        migrations.CreateModel(
            name="UsedCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="loyalty.card"
                    ),
                ),
                ("step", models.BigIntegerField()),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_used_code",
                "indexes": [models.Index(fields=["step"], name="used_code_of_step")],
                "constraints": [models.UniqueConstraint(fields=("card", "step"), name="code_used_once")],
            },
        ),
        migrations.CreateModel(
            name="ValueRefundPart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "refund",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="loyalty.valuerefund",
                    ),
                ),
                (
                    "top_up",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="refunds",
                        to="loyalty.topup",
                    ),
                ),
                ("taken_minor", models.BigIntegerField()),
                ("kept_minor", models.BigIntegerField()),
                ("forfeited_minor", models.BigIntegerField()),
                ("paid_out", models.JSONField()),
            ],
            options={
                "db_table": "loyalty_value_refund_part",
                "indexes": [models.Index(fields=["top_up"], name="value_refund_of_top_up")],
                "constraints": [models.UniqueConstraint(fields=("refund", "top_up"), name="value_refund_part_once")],
            },
        ),
        migrations.CreateModel(
            name="RedemptionChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "redemption",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="loyalty.redemption",
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("fulfilled", "Fulfilled"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        max_length=9,
                        null=True,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("fulfilled", "Fulfilled"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Expired"),
                        ],
                        max_length=9,
                    ),
                ),
                ("actor", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "loyalty_redemption_change",
                "indexes": [models.Index(fields=["redemption", "id"], name="redemption_change_of")],
            },
        ),
        migrations.CreateModel(
            name="RewardCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "reward",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="loyalty.reward",
                    ),
                ),
                ("text", models.CharField(max_length=120)),
                (
                    "redemption",
                    models.OneToOneField(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="benefit_code",
                        to="loyalty.redemption",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_reward_code",
                "indexes": [
                    models.Index(
                        condition=models.Q(("redemption__isnull", True)),
                        fields=["reward", "id"],
                        name="reward_code_free",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("reward", "text"), name="reward_code_once")],
            },
        ),
    ]
