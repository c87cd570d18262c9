"""Locks whose time is over, and what a campaign's coupons cost, are found without reading every coupon."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("promotions", "0002_append_only")]

    operations = [
        migrations.AddIndex(
            "coupon", models.Index(fields=["locked_until"], condition=Q(state="locked"), name="coupon_locked")
        ),
        migrations.AddIndex(
            "coupon",
            models.Index(
                fields=["reason", "discount_currency"], condition=Q(state="redeemed"), name="coupon_redeemed_reason"
            ),
        ),
    ]
