"""The lake follows messages, so that rules may ask who was sent, opened or clicked what."""

from django.db import migrations, models

from huike.lake.following import bury, touch, touch_with_customer
from huike.platform.fields import current_xid


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_tables"), ("lake", "0001_tables")]

    operations = [
        migrations.AddField("message", "change_xid", models.BigIntegerField(db_default=current_xid())),
        migrations.AddIndex("message", models.Index(fields=["change_xid"], name="message_change")),
        bury("messaging_message"),
        touch("messaging_message"),
        touch_with_customer("messages", ["messaging_message"]),
    ]
