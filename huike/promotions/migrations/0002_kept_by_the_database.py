"""Terms and a coupon's history are corrected by new rows; the lake follows coupons, their uses, and offers applied."""

from django.db import migrations

from huike.lake.following import follow, touch_with_customer
from huike.platform.guards import append_only


class Migration(migrations.Migration):
    dependencies = [("promotions", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        append_only("promotions_offer_terms"),
        append_only("promotions_coupon_event"),
        *follow("promotions_coupon"),
        *follow("promotions_coupon_use"),
        *follow("promotions_application"),
        touch_with_customer("coupons", ["promotions_coupon"]),
        migrations.RunSQL(
            "CREATE SEQUENCE promotions_live_offers_version", "DROP SEQUENCE promotions_live_offers_version"
        ),
    ]
