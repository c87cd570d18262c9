"""The lake follows suppressions, so that rules may ask who can be written to."""

from django.db import migrations, models

from huike.lake.following import bury, touch
from huike.platform.fields import current_xid


class Migration(migrations.Migration):
    dependencies = [("customers", "0017_households_come_by_file"), ("lake", "0001_tables")]

    operations = [
        migrations.AddField("suppression", "change_xid", models.BigIntegerField(db_default=current_xid())),
        migrations.AddIndex("suppression", models.Index(fields=["change_xid"], name="suppression_change")),
        bury("customers_suppression"),
        touch("customers_suppression"),
    ]
