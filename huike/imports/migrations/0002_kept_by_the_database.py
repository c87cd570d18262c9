"""Statistics are needed as soon as a file is in."""

from django.db import migrations

ANALYZE_IMPORTED = """
CREATE FUNCTION huike_analyze_imported() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS
$$ BEGIN
ANALYZE public.orders_order, public.orders_line, public.catalog_product, public.catalog_store, public.customers_customer,
        public.customers_identity, public.customers_consent, public.customers_consent_event;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0001_tables"),
        ("orders", "0001_tables"),
        ("customers", "0001_tables"),
        ("catalog", "0001_tables"),
    ]

    operations = [
        # Only a table's owner may gather them, and the application is not. This lets it ask for these tables and no others.
        migrations.RunSQL(ANALYZE_IMPORTED, "DROP FUNCTION huike_analyze_imported()"),
    ]
