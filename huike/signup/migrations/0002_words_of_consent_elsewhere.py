"""Words of consent are kept by `customers` now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("signup", "0001_tables"), ("customers", "0019_words_of_consent")]

    operations = [migrations.DeleteModel("Wording")]
