"""A participation holds the name of its payment provider, as long as it may be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0002_merchants")]

    operations = [migrations.AlterField("participation", "provider", models.CharField(max_length=40))]
