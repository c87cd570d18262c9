"""What the list is searched by besides name, phone and card: initials (`wxm`) and the last digits of a phone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_change_tracking"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="name_initials",
            field=models.CharField(db_default="", default="", max_length=40),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["name_initials"], name="customer_initials_prefix", opclasses=["text_pattern_ops"]
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX customer_phone_end ON customers_customer (reverse(phone) text_pattern_ops)",
            "DROP INDEX customer_phone_end",
        ),
    ]
