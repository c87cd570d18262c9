"""Deals, groups, participations, vouchers; what happened to them is never edited, and rows follow a merge of files."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def trigger(name, table, rest):
    return migrations.RunSQL(f"CREATE TRIGGER {name} {rest}", f"DROP TRIGGER {name} ON {table}")


def append_only(table):
    return trigger(
        f"{table}_append_only",
        table,
        f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0003_lake_tombstones"),
        ("customers", "0018_suppressions_in_the_lake"),
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
                        choices=[("applied", "Applied"), ("admitted", "Admitted"), ("suspended", "Suspended")],
                        default="applied",
                        max_length=9,
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_merchant",
            },
        ),
        migrations.CreateModel(
            name="Deal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=20, unique=True)),
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
                (
                    "merchant",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deals",
                        to="groupbuy.merchant",
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_deal",
            },
        ),
        migrations.CreateModel(
            name="DealTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("document", models.JSONField()),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "deal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="groupbuy.deal",
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_deal_terms",
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token", models.CharField(max_length=20, unique=True)),
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
            ],
            options={
                "db_table": "groupbuy_group",
            },
        ),
        migrations.CreateModel(
            name="GroupChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.group"
                    ),
                ),
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
                ("provider", models.CharField(max_length=20)),
                ("payment_id", models.BigIntegerField(null=True)),
                ("is_paying", models.BooleanField(default=True)),
                ("seat_payment_id", models.BigIntegerField(null=True)),
                ("refund_id", models.BigIntegerField(null=True)),
                ("joined_at", models.DateTimeField()),
                ("pay_until", models.DateTimeField()),
                ("seated_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="customers.customer",
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
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participations",
                        to="groupbuy.group",
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_participation",
            },
        ),
        migrations.CreateModel(
            name="ParticipationChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "participation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.participation"
                    ),
                ),
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
                    "participation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="vouchers",
                        to="groupbuy.participation",
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_voucher",
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=255, unique=True)),
                ("input_sha256", models.CharField(max_length=64)),
                ("uses", models.IntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("commission_minor", models.BigIntegerField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("clerk", models.CharField(max_length=120)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=120)),
                ("undo_reason", models.CharField(default="", max_length=200)),
                (
                    "store",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.store"
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="redemptions", to="groupbuy.voucher"
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_redemption",
            },
        ),
        migrations.CreateModel(
            name="VoucherChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "voucher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="groupbuy.voucher"
                    ),
                ),
            ],
            options={
                "db_table": "groupbuy_voucher_change",
            },
        ),
        migrations.AddConstraint(
            model_name="dealterms",
            constraint=models.UniqueConstraint(fields=("deal", "version"), name="deal_terms_version_once"),
        ),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(fields=["deal", "state", "deadline_at"], name="group_of_deal"),
        ),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(condition=models.Q(("state", "forming")), fields=["deadline_at"], name="group_due"),
        ),
        migrations.AddIndex(
            model_name="group",
            index=models.Index(fields=["-opened_at", "-id"], name="group_newest"),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(("seats__gte", 0), ("seats__lte", models.F("size"))), name="group_seats"
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(("forms_at__gte", 1), ("forms_at__lte", models.F("size"))), name="group_forms_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "forming")),
                    models.Q(models.Q(("state", "forming"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="group_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "failed"), _negated=True), ("seats", 0), _connector="OR"),
                name="group_failed_is_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["-created_at", "-id"], name="deal_newest"),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(fields=["merchant", "-id"], name="deal_of_merchant"),
        ),
        migrations.AddIndex(
            model_name="deal",
            index=models.Index(
                condition=models.Q(("state__in", ["on_sale", "paused"])), fields=["ends_at"], name="deal_ending"
            ),
        ),
        migrations.AddConstraint(
            model_name="deal",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__gte", 0), ("taken__lte", models.F("stock"))), name="deal_not_oversold"
            ),
        ),
        migrations.AddConstraint(
            model_name="deal",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts_at__lt", models.F("ends_at"))), name="deal_window"
            ),
        ),
        migrations.AddConstraint(
            model_name="deal",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "over"]), ("product__isnull", False), _connector="OR"),
                name="deal_sells_something",
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["group", "state", "id"], name="participation_of_group"),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["deal", "customer"], name="participation_of_buyer"),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(fields=["customer", "-joined_at", "-id"], name="participation_of_customer"),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("is_paying", True)), fields=["pay_until"], name="participation_paying"
            ),
        ),
        migrations.AddIndex(
            model_name="participation",
            index=models.Index(
                condition=models.Q(("state", "refunding")), fields=["state", "id"], name="participation_refunding"
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 1), ("quantity__gte", 1)), name="participation_buys"
            ),
        ),
        migrations.AddConstraint(
            model_name="participation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["seated", "confirmed"]), _negated=True),
                    ("seat_payment_id__isnull", False),
                    _connector="OR",
                ),
                name="participation_seat_is_paid",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["deal", "state", "-id"], name="voucher_of_deal"),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("state__in", ["issued", "partly_used"])),
                fields=["valid_until"],
                name="voucher_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["-issued_at", "-id"], name="voucher_newest"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("participation", "number"), name="voucher_number_once"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__gte", 0), ("used__lte", models.F("uses")), ("uses__gte", 1)),
                name="voucher_uses",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(("left_minor__gte", 0), ("left_minor__lte", models.F("price_minor"))),
                name="voucher_left",
            ),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_minor", models.F("price_minor")), ("state", "issued"), ("used", 0)),
                    models.Q(("state", "partly_used"), ("used__gt", 0), ("used__lt", models.F("uses"))),
                    models.Q(("left_minor", 0), ("state", "used"), ("used", models.F("uses"))),
                    models.Q(("ended_at__isnull", False), ("state__in", ["expired", "refunded"])),
                    _connector="OR",
                ),
                name="voucher_state_fits",
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["-occurred_at", "-id"], name="voucher_redemption_newest"),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gte", 0),
                    ("commission_minor__gte", 0),
                    ("uses__gte", 1),
                    ("commission_minor__lte", models.F("amount_minor")),
                ),
                name="voucher_redemption_parts",
            ),
        ),
        append_only("groupbuy_deal_terms"),
        append_only("groupbuy_group_change"),
        append_only("groupbuy_participation_change"),
        append_only("groupbuy_voucher_change"),
        trigger(
            "groupbuy_participation_follow_merge",
            "groupbuy_participation",
            "BEFORE INSERT ON groupbuy_participation FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
        ),
    ]
