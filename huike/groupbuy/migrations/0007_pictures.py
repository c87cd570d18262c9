"""Pictures of deals."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0006_one_complaint_of_a_buyer")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.BinaryField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("created_at", models.DateTimeField(db_default=Now())),
            ],
            options={"db_table": "groupbuy_picture"},
        ),
    ]
