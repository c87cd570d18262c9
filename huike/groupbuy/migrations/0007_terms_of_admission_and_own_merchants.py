"""An admission says by which version of the merchants' terms it was weighed; a merchant may be the house itself."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0006_one_complaint_of_a_buyer")]

    operations = [
        migrations.AddField("merchant", "is_own", models.BooleanField(default=False, db_default=False)),
        migrations.AddField(
            "merchant",
            "admission_terms",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="groupbuy.merchanttermsversion",
            ),
        ),
    ]
