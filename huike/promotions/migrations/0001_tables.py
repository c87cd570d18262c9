"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
        ("customers", "0001_tables"),
        ("orders", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("percent", "Percent"),
                            ("amount", "Amount"),
                            ("fixed_price", "Fixed Price"),
                            ("buy_get", "Buy Get"),
                            ("bundle", "Bundle"),
                            ("gift", "Gift"),
                            ("sample", "Sample"),
                            ("points", "Points"),
                            ("free_delivery", "Free Delivery"),
                        ],
                        max_length=13,
                    ),
                ),
                ("applies", models.CharField(choices=[("automatic", "Automatic"), ("coupon", "Coupon")], max_length=9)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("version", models.IntegerField(default=1)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "promotions_offer",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="offer_newest"),
                    models.Index(
                        condition=models.Q(("applies", "automatic"), ("state", "active")),
                        fields=["id"],
                        name="offer_live",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LiveOffers",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("version", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "promotions_live_offers",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="live_offers_one_row")],
            },
        ),
        migrations.CreateModel(
            name="OfferTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="promotions.offer"
                    ),
                ),
                ("version", models.IntegerField()),
                ("document", models.JSONField()),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "promotions_offer_terms",
                "constraints": [models.UniqueConstraint(fields=("offer", "version"), name="offer_terms_version_once")],
            },
        ),
        migrations.CreateModel(
            name="BudgetUse",
            fields=[
                ("key", models.CharField(max_length=120, primary_key=True, serialize=False)),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budget_uses",
                        to="promotions.offer",
                    ),
                ),
                ("uses", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
            ],
            options={
                "db_table": "promotions_budget_use",
                "indexes": [models.Index(fields=["offer"], name="budget_use_of_offer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gte", 0), ("uses__gte", 0)), name="budget_use_not_below_zero"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CodeBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "offer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="promotions.offer",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="promotions.offerterms",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("prefix", models.CharField(blank=True, default="", max_length=8)),
                ("uses", models.IntegerField()),
                ("count", models.IntegerField()),
                ("made", models.IntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("making", "Making"), ("stopped", "Stopped"), ("ready", "Ready"), ("void", "Void")],
                        default="making",
                        max_length=7,
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_code_batch",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="code_batch_newest"),
                    models.Index(fields=["offer", "-created_at", "-id"], name="code_batch_of_offer"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("made__gte", 0), ("made__lte", models.F("count")), ("uses__gte", 1)),
                        name="code_batch_at_most_its_count",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40, unique=True)),
                (
                    "offer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="promotions.offer",
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="promotions.offerterms",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="promotions.codebatch",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="customers.customer",
                    ),
                ),
                ("issued_to", models.BigIntegerField(null=True)),
                ("reason", models.CharField(max_length=60)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("locked", "Locked"),
                            ("redeemed", "Redeemed"),
                            ("expired", "Expired"),
                            ("void", "Void"),
                        ],
                        default="issued",
                        max_length=8,
                    ),
                ),
                ("uses_allowed", models.IntegerField(db_default=1, default=1)),
                ("uses_left", models.IntegerField(db_default=1, default=1)),
                ("transfers", models.IntegerField(db_default=0, default=0)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("redeemed_at", models.DateTimeField(null=True)),
                ("void_ref", models.CharField(blank=True, db_default="", default="", max_length=40)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "promotions_coupon",
                "indexes": [
                    models.Index(fields=["offer", "state", "-id"], name="coupon_of_offer"),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)), fields=["customer"], name="coupon_of_customer"
                    ),
                    models.Index(
                        condition=models.Q(("issued_to__isnull", False)),
                        fields=["offer", "reason", "issued_to"],
                        name="coupon_issued_to",
                    ),
                    models.Index(
                        condition=models.Q(("batch__isnull", False)), fields=["batch", "id"], name="coupon_of_batch"
                    ),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False), ("state__in", ["issued", "locked"])),
                        fields=["expires_at"],
                        name="coupon_expiring",
                    ),
                    models.Index(fields=["change_xid"], name="coupon_change"),
                    models.Index(
                        condition=models.Q(("void_ref", ""), _negated=True), fields=["void_ref"], name="coupon_void_by"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("batch__isnull", True), ("customer__isnull", False), ("transfers", 0)),
                        fields=("offer", "reason", "customer"),
                        name="coupon_once_per_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("uses_allowed__gte", 1),
                            ("uses_left__gte", 0),
                            ("uses_left__lte", models.F("uses_allowed")),
                        ),
                        name="coupon_uses_left",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("redeemed_at__isnull", False), ("state", "redeemed"), ("uses_left", 0)),
                            models.Q(models.Q(("state", "redeemed"), _negated=True), ("uses_left__gte", 1)),
                            _connector="OR",
                        ),
                        name="coupon_redeemed_when_none_left",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponLock",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="locks",
                        to="promotions.coupon",
                    ),
                ),
                ("order_key", models.CharField(max_length=200)),
                ("until_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_lock",
                "indexes": [models.Index(fields=["until_at"], name="coupon_lock_until")],
                "constraints": [
                    models.UniqueConstraint(fields=("coupon", "order_key"), name="coupon_lock_once_per_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="promotions.coupon",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_uses",
                        to="orders.order",
                    ),
                ),
                ("used_at", models.DateTimeField()),
                ("discount_minor", models.BigIntegerField()),
                ("discount_currency", models.CharField(max_length=3)),
                ("given_back_at", models.DateTimeField(null=True)),
                (
                    "given_back_why",
                    models.CharField(
                        choices=[("revised", "Revised"), ("returned", "Returned")], max_length=8, null=True
                    ),
                ),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "promotions_coupon_use",
                "indexes": [
                    models.Index(fields=["coupon", "id"], name="coupon_use_of_coupon"),
                    models.Index(fields=["order"], name="coupon_use_of_order"),
                    models.Index(fields=["change_xid"], name="coupon_use_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("given_back_at__isnull", True)),
                        fields=("coupon", "order"),
                        name="coupon_use_once_per_order",
                    ),
                    models.CheckConstraint(condition=models.Q(("discount_minor__gte", 0)), name="coupon_use_takes_off"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("given_back_at__isnull", True), ("given_back_why__isnull", True)),
                            models.Q(("given_back_at__isnull", False), ("given_back_why__isnull", False)),
                            _connector="OR",
                        ),
                        name="coupon_use_given_back_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="promotions.coupon"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "deed",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("locked", "Locked"),
                            ("released", "Released"),
                            ("redeemed", "Redeemed"),
                            ("revised", "Revised"),
                            ("returned", "Returned"),
                            ("resumed", "Resumed"),
                            ("transferred", "Transferred"),
                            ("claimed", "Claimed"),
                            ("voided", "Voided"),
                            ("restored", "Restored"),
                            ("expired", "Expired"),
                        ],
                        max_length=11,
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("locked", "Locked"),
                            ("redeemed", "Redeemed"),
                            ("expired", "Expired"),
                            ("void", "Void"),
                        ],
                        max_length=8,
                        null=True,
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("locked", "Locked"),
                            ("redeemed", "Redeemed"),
                            ("expired", "Expired"),
                            ("void", "Void"),
                        ],
                        max_length=8,
                    ),
                ),
                ("uses_left", models.IntegerField()),
                ("order_id", models.BigIntegerField(null=True)),
                ("holder_before", models.BigIntegerField(null=True)),
                ("holder_after", models.BigIntegerField(null=True)),
                ("actor", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "promotions_coupon_event",
                "indexes": [
                    models.Index(
                        condition=models.Q(("holder_before__isnull", False)),
                        fields=["holder_before"],
                        name="coupon_event_given_away",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponGift",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gifts",
                        to="promotions.coupon",
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("taken", "Taken"), ("closed", "Closed")],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_gift",
                "indexes": [models.Index(fields=["coupon"], name="coupon_gift_of_coupon")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("coupon",), name="coupon_gift_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponReminder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "coupon",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="promotions.coupon",
                    ),
                ),
                ("days", models.IntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_reminder",
                "constraints": [models.UniqueConstraint(fields=("coupon", "days"), name="coupon_reminder_once")],
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
            ],
            options={
                "db_table": "promotions_application",
                "indexes": [
                    models.Index(fields=["offer", "-id"], name="application_of_offer"),
                    models.Index(fields=["change_xid"], name="application_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("order", "offer"), name="application_once_per_order"),
                    models.CheckConstraint(condition=models.Q(("discount_minor__gte", 0)), name="application_discount"),
                ],
            },
        ),
    ]
