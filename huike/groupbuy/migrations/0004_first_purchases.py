"""Whose first purchase was through a deal is told once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0003_deals_in_the_lake")]

    operations = [
        migrations.AddField("participation", "is_first_purchase", models.BooleanField(default=False, db_default=False)),
    ]
