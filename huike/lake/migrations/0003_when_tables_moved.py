"""When each table of the lake last changed, for open pages that look at some of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("lake", "0002_changes_noted")]

    operations = [
        migrations.CreateModel(
            name="Moved",
            fields=[
                ("table_name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("moved_at", models.DateTimeField()),
            ],
            options={"db_table": "lake_moved"},
        ),
    ]
