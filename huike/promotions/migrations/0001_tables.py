"""Offers with their terms by version, coupons, and the history of every coupon."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0003_search_keys"),
        ("orders", "0003_one_index_per_question"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40, unique=True)),
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
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("locked_for", models.CharField(max_length=200, null=True)),
                ("locked_until", models.DateTimeField(null=True)),
                ("redeemed_at", models.DateTimeField(null=True)),
                ("discount_minor", models.BigIntegerField(null=True)),
                ("discount_currency", models.CharField(max_length=3, null=True)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="customers.customer",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupons",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "db_table": "promotions_coupon",
            },
        ),
        migrations.CreateModel(
            name="CouponEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
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
                ("order_id", models.BigIntegerField(null=True)),
                ("actor", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
                (
                    "coupon",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="promotions.coupon"
                    ),
                ),
            ],
            options={
                "db_table": "promotions_coupon_event",
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(choices=[("percent", "Percent")], default="percent", max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                (
                    "coupon_mode",
                    models.CharField(choices=[("one_each", "One Each")], default="one_each", max_length=10),
                ),
                ("version", models.IntegerField(default=1)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "promotions_offer",
                "indexes": [models.Index(fields=["-created_at", "-id"], name="offer_newest")],
            },
        ),
        migrations.AddField(
            model_name="coupon",
            name="offer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coupons",
                to="promotions.offer",
            ),
        ),
        migrations.CreateModel(
            name="OfferTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("percent_bp", models.IntegerField()),
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("valid_days", models.IntegerField(null=True)),
                ("min_spend_minor", models.BigIntegerField(null=True)),
                ("min_spend_currency", models.CharField(max_length=3, null=True)),
                ("store_ids", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="promotions.offer"
                    ),
                ),
            ],
            options={
                "db_table": "promotions_offer_terms",
            },
        ),
        migrations.AddField(
            model_name="coupon",
            name="terms",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coupons",
                to="promotions.offerterms",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerterms",
            constraint=models.UniqueConstraint(fields=("offer", "version"), name="offer_terms_version_once"),
        ),
        migrations.AddConstraint(
            model_name="offerterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent_bp__gte", 1), ("percent_bp__lte", 10000)), name="offer_terms_percent"
            ),
        ),
        migrations.AddConstraint(
            model_name="offerterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("min_spend_currency__isnull", True), ("min_spend_minor__isnull", True)),
                    models.Q(("min_spend_currency__isnull", False), ("min_spend_minor__gte", 0)),
                    _connector="OR",
                ),
                name="offer_terms_min_spend_has_currency",
            ),
        ),
        migrations.AddConstraint(
            model_name="offerterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("starts_at__lt", models.F("ends_at")),
                    _connector="OR",
                ),
                name="offer_terms_window",
            ),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(fields=["offer", "state", "-id"], name="coupon_of_offer"),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(condition=models.Q(("order__isnull", False)), fields=["order"], name="coupon_of_order"),
        ),
        migrations.AddIndex(
            model_name="coupon",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False), ("state__in", ["issued", "locked"])),
                fields=["expires_at"],
                name="coupon_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.UniqueConstraint(fields=("offer", "reason", "customer"), name="coupon_once_per_reason"),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("discount_minor__gte", 0),
                        ("order__isnull", False),
                        ("redeemed_at__isnull", False),
                        ("state", "redeemed"),
                    ),
                    models.Q(
                        models.Q(("state", "redeemed"), _negated=True),
                        ("discount_minor__isnull", True),
                        ("order__isnull", True),
                        ("redeemed_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="coupon_redeemed_has_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="coupon",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("locked_for__isnull", False), ("locked_until__isnull", False), ("state", "locked")),
                    models.Q(
                        models.Q(("state", "locked"), _negated=True),
                        ("locked_for__isnull", True),
                        ("locked_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="coupon_locked_has_limit",
            ),
        ),
    ]
