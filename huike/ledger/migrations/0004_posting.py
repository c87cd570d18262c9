"""A kind of transaction among accounts of the house alone. Nothing changes in the database but what Django knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_proofs")]

    operations = [
        migrations.AlterField(
            model_name="transaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earn", "Earn"),
                    ("mature", "Mature"),
                    ("burn", "Burn"),
                    ("hold", "Hold"),
                    ("settle", "Settle"),
                    ("release", "Release"),
                    ("expire", "Expire"),
                    ("adjust", "Adjust"),
                    ("reverse", "Reverse"),
                    ("transfer", "Transfer"),
                    ("post", "Post"),
                ],
                max_length=8,
            ),
        ),
    ]
