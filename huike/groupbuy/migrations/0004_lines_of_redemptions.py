"""A line names its redemption."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0003_names_of_providers")]

    operations = [
        migrations.AddField(
            model_name="statementline",
            name="redemption_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.RemoveIndex(
            model_name="statementline",
            name="line_of_reference",
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("redemption_id__isnull", False)),
                fields=["redemption_id"],
                name="line_of_redemption",
            ),
        ),
    ]
