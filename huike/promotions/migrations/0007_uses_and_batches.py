"""A coupon may have several uses, is passed from hand to hand, and may be of a batch.

Its order and its lock become rows of their own; what its history tells is complete: deed, uses left, from whom to whom.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from huike.lake.following import bury, touch

STATES = [
    ("issued", "Issued"),
    ("locked", "Locked"),
    ("redeemed", "Redeemed"),
    ("expired", "Expired"),
    ("void", "Void"),
]
DEEDS = [
    "issued",
    "locked",
    "released",
    "redeemed",
    "revised",
    "returned",
    "resumed",
    "transferred",
    "claimed",
    "voided",
    "restored",
    "expired",
]


def choices(*names: str) -> list[tuple[str, str]]:
    return [(name, name.title()) for name in names]


def of_coupon(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        "promotions.coupon",
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        db_index=False,
    )


def xid() -> models.BigIntegerField:
    return models.BigIntegerField(
        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
    )


# Deferred checks are made at once, or the tables could not be changed further in this transaction.
MOVE = """
INSERT INTO promotions_coupon_use (coupon_id, order_id, used_at, discount_minor, discount_currency)
SELECT id, order_id, redeemed_at, discount_minor, discount_currency FROM promotions_coupon WHERE state = 'redeemed';
INSERT INTO promotions_coupon_lock (coupon_id, order_key, until_at)
SELECT id, locked_for, locked_until FROM promotions_coupon WHERE state = 'locked';
UPDATE promotions_coupon
   SET uses_left = CASE state WHEN 'redeemed' THEN 0 ELSE 1 END, issued_to = customer_id,
       void_ref = CASE state WHEN 'void' THEN 'hand' ELSE '' END;
ALTER TABLE promotions_coupon_event DISABLE TRIGGER coupon_event_append_only;
UPDATE promotions_coupon_event
   SET uses_left = CASE to_state WHEN 'redeemed' THEN 0 ELSE 1 END,
       deed = CASE WHEN from_state IS NULL THEN 'issued'
                   WHEN to_state = 'redeemed' THEN 'redeemed'
                   WHEN to_state = 'locked' THEN 'locked'
                   WHEN to_state = 'void' THEN 'voided'
                   WHEN to_state = 'expired' THEN 'expired'
                   WHEN from_state = 'redeemed' THEN 'revised'
                   ELSE 'released' END;
ALTER TABLE promotions_coupon_event ENABLE TRIGGER coupon_event_append_only;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("promotions", "0006_applications"),
        ("orders", "0003_one_index_per_question"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "offer",
                    models.ForeignKey(
                        "promotions.offer",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        db_index=False,
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        "promotions.offerterms",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        db_index=False,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("prefix", models.CharField(max_length=8, default="", blank=True)),
                ("uses", models.IntegerField()),
                ("count", models.IntegerField()),
                ("made", models.IntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        max_length=7, choices=choices("making", "stopped", "ready", "void"), default="making"
                    ),
                ),
                ("expires_at", models.DateTimeField(null=True)),
                ("job_id", models.BigIntegerField(null=True)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_code_batch",
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(made__gte=0, made__lte=F("count"), uses__gte=1),
                        name="code_batch_at_most_its_count",
                    )
                ],
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="code_batch_newest"),
                    models.Index(fields=["offer", "-created_at", "-id"], name="code_batch_of_offer"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CouponLock",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("coupon", of_coupon("locks")),
                ("order_key", models.CharField(max_length=200)),
                ("until_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_lock",
                "constraints": [
                    models.UniqueConstraint(fields=["coupon", "order_key"], name="coupon_lock_once_per_order")
                ],
                "indexes": [models.Index(fields=["until_at"], name="coupon_lock_until")],
            },
        ),
        migrations.CreateModel(
            name="CouponUse",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("coupon", of_coupon("uses")),
                (
                    "order",
                    models.ForeignKey(
                        "orders.order",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="coupon_uses",
                        db_index=False,
                    ),
                ),
                ("used_at", models.DateTimeField()),
                ("discount_minor", models.BigIntegerField()),
                ("discount_currency", models.CharField(max_length=3)),
                ("given_back_at", models.DateTimeField(null=True)),
                (
                    "given_back_why",
                    models.CharField(max_length=8, choices=choices("revised", "returned"), null=True),
                ),
                ("change_xid", xid()),
            ],
            options={
                "db_table": "promotions_coupon_use",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["coupon", "order"],
                        condition=Q(given_back_at__isnull=True),
                        name="coupon_use_once_per_order",
                    ),
                    models.CheckConstraint(condition=Q(discount_minor__gte=0), name="coupon_use_takes_off"),
                    models.CheckConstraint(
                        condition=Q(given_back_at__isnull=True, given_back_why__isnull=True)
                        | Q(given_back_at__isnull=False, given_back_why__isnull=False),
                        name="coupon_use_given_back_why",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["coupon", "id"], name="coupon_use_of_coupon"),
                    models.Index(fields=["order"], name="coupon_use_of_order"),
                    models.Index(fields=["change_xid"], name="coupon_use_change"),
                ],
            },
        ),
        bury("promotions_coupon_use"),
        touch("promotions_coupon_use"),
        migrations.CreateModel(
            name="CouponGift",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("coupon", of_coupon("gifts")),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("state", models.CharField(max_length=6, choices=choices("open", "taken", "closed"), default="open")),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_gift",
                "constraints": [
                    models.UniqueConstraint(fields=["coupon"], condition=Q(state="open"), name="coupon_gift_one_open")
                ],
                "indexes": [models.Index(fields=["coupon"], name="coupon_gift_of_coupon")],
            },
        ),
        migrations.CreateModel(
            name="CouponReminder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("coupon", of_coupon("reminders")),
                ("days", models.IntegerField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "db_table": "promotions_coupon_reminder",
                "constraints": [models.UniqueConstraint(fields=["coupon", "days"], name="coupon_reminder_once")],
            },
        ),
        migrations.AddField(
            "coupon",
            "batch",
            models.ForeignKey(
                "promotions.codebatch",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                related_name="coupons",
                db_index=False,
                db_constraint=False,
            ),
        ),
        migrations.AddField("coupon", "issued_to", models.BigIntegerField(null=True)),
        migrations.AddField("coupon", "uses_allowed", models.IntegerField(default=1, db_default=1)),
        migrations.AddField("coupon", "uses_left", models.IntegerField(default=1, db_default=1)),
        migrations.AddField("coupon", "transfers", models.IntegerField(default=0, db_default=0)),
        migrations.AddField(
            "coupon", "void_ref", models.CharField(max_length=40, default="", db_default="", blank=True)
        ),
        migrations.AddField(
            "couponevent",
            "deed",
            models.CharField(max_length=11, choices=choices(*DEEDS), default="issued"),
            preserve_default=False,
        ),
        migrations.AddField("couponevent", "uses_left", models.IntegerField(default=1), preserve_default=False),
        migrations.AddField("couponevent", "holder_before", models.BigIntegerField(null=True)),
        migrations.AddField("couponevent", "holder_after", models.BigIntegerField(null=True)),
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RemoveConstraint("coupon", "coupon_once_per_reason"),
        migrations.RemoveConstraint("coupon", "coupon_redeemed_has_order"),
        migrations.RemoveConstraint("coupon", "coupon_locked_has_limit"),
        migrations.RemoveIndex("coupon", "coupon_of_order"),
        migrations.RemoveIndex("coupon", "coupon_locked"),
        migrations.RemoveIndex("coupon", "coupon_redeemed_reason"),
        migrations.RemoveField("coupon", "order"),
        migrations.RemoveField("coupon", "locked_for"),
        migrations.RemoveField("coupon", "locked_until"),
        migrations.RemoveField("coupon", "discount_minor"),
        migrations.RemoveField("coupon", "discount_currency"),
        *(
            migrations.AlterField(
                "coupon",
                name,
                models.ForeignKey(
                    f"promotions.{model}",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="coupons",
                    db_index=False,
                    db_constraint=False,
                ),
            )
            for name, model in (("offer", "offer"), ("terms", "offerterms"))
        ),
        migrations.AlterField(
            "coupon",
            "customer",
            models.ForeignKey(
                "customers.customer",
                on_delete=django.db.models.deletion.PROTECT,
                null=True,
                related_name="coupons",
                db_index=False,
            ),
        ),
        migrations.AddConstraint(
            "coupon",
            models.UniqueConstraint(
                fields=["offer", "reason", "customer"],
                condition=Q(batch__isnull=True, transfers=0, customer__isnull=False),
                name="coupon_once_per_reason",
            ),
        ),
        migrations.AddConstraint(
            "coupon",
            models.CheckConstraint(
                condition=Q(uses_left__gte=0, uses_left__lte=F("uses_allowed"), uses_allowed__gte=1),
                name="coupon_uses_left",
            ),
        ),
        migrations.AddConstraint(
            "coupon",
            models.CheckConstraint(
                condition=Q(state="redeemed", uses_left=0, redeemed_at__isnull=False)
                | ~Q(state="redeemed") & Q(uses_left__gte=1),
                name="coupon_redeemed_when_none_left",
            ),
        ),
        migrations.AddIndex(
            "coupon",
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="coupon_of_customer"),
        ),
        migrations.AddIndex(
            "coupon",
            models.Index(
                fields=["offer", "reason", "issued_to"], condition=Q(issued_to__isnull=False), name="coupon_issued_to"
            ),
        ),
        migrations.AddIndex(
            "coupon",
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="coupon_of_batch"),
        ),
        migrations.AddIndex(
            "coupon", models.Index(fields=["void_ref"], condition=~Q(void_ref=""), name="coupon_void_by")
        ),
        migrations.AddIndex(
            "couponevent",
            models.Index(
                fields=["holder_before"], condition=Q(holder_before__isnull=False), name="coupon_event_given_away"
            ),
        ),
    ]
