"""A buyer complains about a voucher of hers once, however often she sends the form."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0005_confirmations")]

    operations = [
        migrations.AddConstraint(
            "complaint",
            models.UniqueConstraint(
                fields=["voucher"], condition=Q(made_by="", voucher__isnull=False), name="complaint_of_buyer_once"
            ),
        )
    ]
