"""Every update notes its transaction, so that the lake finds what changed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_tables"), ("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER store_touch BEFORE UPDATE ON catalog_store FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER store_touch ON catalog_store",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER product_touch BEFORE UPDATE ON catalog_product FOR EACH ROW EXECUTE FUNCTION huike_touch()",
            "DROP TRIGGER product_touch ON catalog_product",
        ),
    ]
