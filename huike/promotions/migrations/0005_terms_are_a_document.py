"""Terms become one document a version; an offer applies by itself or with a coupon; a number tells when offers changed.

The number comes from a sequence of its own: one that was told in a transaction which then rolled back is never told again.
"""

from django.db import migrations, models
from django.db.models import Q

KINDS = ["percent", "amount", "fixed_price", "buy_get", "bundle", "gift", "sample", "points", "free_delivery"]


class Migration(migrations.Migration):
    dependencies = [("promotions", "0004_coupons_in_the_lake")]

    operations = [
        migrations.RemoveField("offer", "coupon_mode"),
        migrations.AlterField(
            "offer",
            "kind",
            models.CharField(max_length=13, choices=[(kind, kind.replace("_", " ").title()) for kind in KINDS]),
        ),
        migrations.AddField(
            "offer",
            "applies",
            models.CharField(
                max_length=9, choices=[("automatic", "Automatic"), ("coupon", "Coupon")], default="coupon"
            ),
            preserve_default=False,
        ),
        migrations.AddIndex(
            "offer",
            models.Index(fields=["id"], condition=Q(state="active", applies="automatic"), name="offer_live"),
        ),
        migrations.RemoveConstraint("offerterms", "offer_terms_percent"),
        migrations.RemoveConstraint("offerterms", "offer_terms_min_spend_has_currency"),
        migrations.RemoveConstraint("offerterms", "offer_terms_window"),
        migrations.RemoveField("offerterms", "percent_bp"),
        migrations.RemoveField("offerterms", "starts_at"),
        migrations.RemoveField("offerterms", "ends_at"),
        migrations.RemoveField("offerterms", "valid_days"),
        migrations.RemoveField("offerterms", "min_spend_minor"),
        migrations.RemoveField("offerterms", "min_spend_currency"),
        migrations.RemoveField("offerterms", "store_ids"),
        migrations.AddField("offerterms", "document", models.JSONField(default=dict), preserve_default=False),
        migrations.AddField("offerterms", "created_by_id", models.BigIntegerField(null=True)),
        migrations.CreateModel(
            name="LiveOffers",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, default=1, serialize=False)),
                ("version", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "promotions_live_offers",
                "constraints": [models.CheckConstraint(condition=Q(id=1), name="live_offers_one_row")],
            },
        ),
        migrations.RunSQL(
            "CREATE SEQUENCE promotions_live_offers_version", "DROP SEQUENCE promotions_live_offers_version"
        ),
    ]
