"""The lake follows coupons, so that rules may ask who holds, used or is about to lose one."""

from django.db import migrations, models

from huike.lake.following import bury, touch_with_customer


class Migration(migrations.Migration):
    dependencies = [("promotions", "0003_locks_and_costs"), ("lake", "0001_tables")]

    operations = [
        migrations.AddIndex("coupon", models.Index(fields=["change_xid"], name="coupon_change")),
        bury("promotions_coupon"),
        touch_with_customer("coupons", ["promotions_coupon"]),
    ]
