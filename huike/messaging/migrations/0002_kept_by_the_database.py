"""What was written and answered stays as it was; the lake follows messages."""

from django.db import migrations

from huike.lake.following import follow, touch_with_customer
from huike.platform.guards import append_only, unchanged


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        append_only("messaging_template_version"),
        unchanged("messaging_receipt"),
        unchanged("messaging_attempt"),
        *follow("messaging_message"),
        touch_with_customer("messages", ["messaging_message"]),
    ]
