"""The lake follows events, carts, interests and check-ins."""

from django.db import migrations

from huike.lake.following import follow, touch_with_customer


class Migration(migrations.Migration):
    dependencies = [("behaviour", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        *follow("behaviour_event"),
        *follow("behaviour_cart"),
        *follow("behaviour_interest"),
        *follow("behaviour_check_in"),
        touch_with_customer(
            "behaviour", ["behaviour_event", "behaviour_cart", "behaviour_interest", "behaviour_check_in"]
        ),
        migrations.RunSQL(
            "ALTER TABLE behaviour_delivery ALTER COLUMN body SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]
