"""The lake learns of deleted people and consents."""

from django.db import migrations


def bury(table):
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_bury AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone "
        "FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury();"
        f"CREATE TRIGGER {table}_bury_all AFTER TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury_all();",
        f"DROP TRIGGER {table}_bury_all ON {table}; DROP TRIGGER {table}_bury ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_search_keys"), ("lake", "0001_tables")]

    operations = [bury("customers_customer"), bury("customers_consent")]
