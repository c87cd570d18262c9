"""A referral hangs on the order that earned it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0015_count_cards"),
        ("orders", "0009_lines_are_not_looked_up_twice"),
    ]

    operations = [
        migrations.AddField(
            model_name="bonus",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.order",
            ),
        ),
        migrations.AddField(
            model_name="bonus",
            name="is_taken_back",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="bonus",
            name="moves",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="bonus",
            index=models.Index(condition=models.Q(("order__isnull", False)), fields=["order"], name="bonus_of_order"),
        ),
    ]
