"""What points are exchanged for; holds follow a merge of files as the accounts do."""

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


def follows(table):
    return trigger(
        f"{table}_follow_merge",
        table,
        f"BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION huike_follow_merge()",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_lake_tombstones"),
        ("customers", "0018_suppressions_in_the_lake"),
        ("loyalty", "0009_stored_value"),
        ("promotions", "0004_coupons_in_the_lake"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reward",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_reward",
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=300, unique=True)),
                ("code", models.CharField(max_length=40, unique=True)),
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
                    "coupon",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemption",
                        to="promotions.coupon",
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
                    "reward",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="loyalty.reward",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_redemption",
            },
        ),
        migrations.CreateModel(
            name="RewardCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "reward",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="codes",
                        to="loyalty.reward",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_reward_code",
            },
        ),
        migrations.CreateModel(
            name="RedemptionChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "redemption",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="loyalty.redemption",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_redemption_change",
                "indexes": [models.Index(fields=["redemption", "id"], name="redemption_change_of")],
            },
        ),
        migrations.AddIndex(
            model_name="reward",
            index=models.Index(fields=["programme", "-created_at", "-id"], name="reward_newest"),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="reward_price"),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("taken__gte", 0),
                    models.Q(("stock__isnull", True), ("taken__lte", models.F("stock")), _connector="OR"),
                ),
                name="reward_stock",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "coupon"), ("offer__isnull", False)),
                    models.Q(models.Q(("kind", "coupon"), _negated=True), ("offer__isnull", True)),
                    _connector="OR",
                ),
                name="reward_coupon_of_an_offer",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(("has_codes", False), ("kind", "benefit"), _connector="OR"),
                name="reward_codes_of_a_benefit",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("starts_at__isnull", True),
                    ("ends_at__isnull", True),
                    ("starts_at__lt", models.F("ends_at")),
                    _connector="OR",
                ),
                name="reward_window",
            ),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["customer", "-requested_at", "-id"], name="redemption_of_customer"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["reward", "-requested_at", "-id"], name="redemption_of_reward"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(fields=["-requested_at", "-id"], name="redemption_newest"),
        ),
        migrations.AddIndex(
            model_name="redemption",
            index=models.Index(
                condition=models.Q(("state", "requested")), fields=["until_at"], name="redemption_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(condition=models.Q(("points__gt", 0)), name="redemption_price"),
        ),
        migrations.AddConstraint(
            model_name="redemption",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "requested"), ("until_at__isnull", False)),
                    models.Q(models.Q(("state", "requested"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="redemption_waits_or_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="rewardcode",
            index=models.Index(
                condition=models.Q(("redemption__isnull", True)), fields=["reward", "id"], name="reward_code_free"
            ),
        ),
        migrations.AddConstraint(
            model_name="rewardcode",
            constraint=models.UniqueConstraint(fields=("reward", "text"), name="reward_code_once"),
        ),
        append_only("loyalty_redemption_change"),
        follows("loyalty_redemption"),
        follows("ledger_hold"),
    ]
