"""Words of consent are kept with consent, whichever page asks for it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0018_suppressions_in_the_lake")]

    operations = [
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("version", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=2)),
                ("channel", models.CharField(max_length=8)),
                ("purpose", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField()),
            ],
            options={"db_table": "customers_wording"},
        ),
        migrations.RunSQL(
            "CREATE TRIGGER customers_wording_append_only BEFORE UPDATE OR DELETE ON customers_wording "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER customers_wording_append_only ON customers_wording",
        ),
    ]
