"""Who joins or leaves a household or a company touches the files of those concerned, so that the lake learns of it.

Files are locked in the order of their ids, as everywhere.
"""

from django.db import migrations

# Of a household everybody in it: its size is a matter of each.
TOUCHES = {
    "household": (
        "customers_household_member",
        "SELECT m.customer_id FROM customers_household_member m JOIN moved ON moved.household_id = m.household_id"
        " UNION SELECT customer_id FROM moved",
    ),
    "company": ("customers_company_contact", "SELECT customer_id FROM moved"),
}


def touch(name, table, concerned):
    triggers = "".join(
        f"""
        CREATE TRIGGER {table}_{event.lower()}_touches AFTER {event} ON {table} REFERENCING {rows} AS moved
            FOR EACH STATEMENT EXECUTE FUNCTION huike_touch_people_of_{name}();
        """
        for event, rows in (("INSERT", "NEW TABLE"), ("DELETE", "OLD TABLE"))
    )
    # A transition table cannot be named twice for one trigger of two events; an update may change whose row it is.
    update = f"""
        CREATE TRIGGER {table}_update_touches_old AFTER UPDATE ON {table} REFERENCING OLD TABLE AS moved
            FOR EACH STATEMENT EXECUTE FUNCTION huike_touch_people_of_{name}();
        CREATE TRIGGER {table}_update_touches_new AFTER UPDATE ON {table} REFERENCING NEW TABLE AS moved
            FOR EACH STATEMENT EXECUTE FUNCTION huike_touch_people_of_{name}();
    """
    function = f"""
        CREATE FUNCTION huike_touch_people_of_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM customers_customer WHERE id IN ({concerned}) ORDER BY id FOR NO KEY UPDATE;
            UPDATE customers_customer SET change_xid = change_xid WHERE id IN ({concerned});
            RETURN NULL;
        END $$;
    """  # noqa: S608
    return migrations.RunSQL(function + triggers + update, f"DROP FUNCTION huike_touch_people_of_{name}() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_fewer_indexes_to_keep_with_a_sale")]

    operations = [touch(name, table, concerned) for name, (table, concerned) in TOUCHES.items()]
