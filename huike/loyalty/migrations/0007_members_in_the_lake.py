"""The lake follows members and the log of their tiers, so that rules and analysts may ask about them."""

from django.db import migrations, models

from huike.lake.following import bury, touch_with_customer


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0006_tier_grants"), ("lake", "0001_tables")]

    operations = [
        migrations.AddField(
            "tierchange",
            "change_xid",
            models.BigIntegerField(
                db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
            ),
        ),
        migrations.AddIndex("tierchange", models.Index(fields=["change_xid"], name="tier_change_change")),
        bury("loyalty_member"),
        bury("loyalty_tier_change"),
        touch_with_customer("members", ["loyalty_member"]),
    ]
