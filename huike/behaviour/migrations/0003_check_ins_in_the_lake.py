"""The lake follows check-ins, and people's interests no longer than they have them."""

from django.db import migrations, models

from huike.lake.following import bury, touch, touch_with_customer
from huike.platform.fields import current_xid


class Migration(migrations.Migration):
    dependencies = [("behaviour", "0002_cart_events_found_by_owner"), ("lake", "0001_tables")]

    operations = [
        migrations.AddField("checkin", "change_xid", models.BigIntegerField(db_default=current_xid())),
        migrations.AddIndex("checkin", models.Index(fields=["change_xid"], name="check_in_change")),
        bury("behaviour_check_in"),
        touch("behaviour_check_in"),
        touch_with_customer("check_ins", ["behaviour_check_in"]),
    ]
