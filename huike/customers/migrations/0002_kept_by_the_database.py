"""What no code may get around: files whose rows follow a merge, defaults of own fields, tags told, what was agreed to."""

from django.db import migrations

from huike.customers.merging.late_rows import FOLLOW_MERGE, follow_merge
from huike.lake.following import follow
from huike.platform.guards import append_only

DEFAULTS = """
CREATE FUNCTION huike_customer_defaults() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO customers_field_value (customer_id, field_id, text, number, day)
    SELECT made.id, f.id, f.default_text, f.default_number, f.default_day
      FROM customers_field f CROSS JOIN made
     WHERE f.archived_at IS NULL
       AND (f.default_text IS NOT NULL OR f.default_number IS NOT NULL OR f.default_day IS NOT NULL)
     ORDER BY f.id, made.id;
    RETURN NULL;
END $$;

CREATE TRIGGER customer_defaults AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION huike_customer_defaults();
"""

TAGS = """
CREATE FUNCTION huike_note_tags() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before jsonb := '[]';
BEGIN
    IF TG_OP = 'UPDATE' THEN before := OLD.tags; END IF;
    INSERT INTO customers_tag_change (customer_id, tag, put, by, at)
    SELECT NEW.id, tag, put, coalesce(current_setting('huike.tags_by', true), ''), now()
      FROM (SELECT tag, true AS put FROM jsonb_array_elements_text(NEW.tags) tag WHERE NOT before ? tag
             UNION ALL
            SELECT tag, false FROM jsonb_array_elements_text(before) tag WHERE NOT NEW.tags ? tag) changed
     ORDER BY put, tag;
    RETURN NULL;
END $$;
CREATE TRIGGER customers_customer_tags_come AFTER INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.tags <> '[]') EXECUTE FUNCTION huike_note_tags();
CREATE TRIGGER customers_customer_tags_change AFTER UPDATE OF tags ON customers_customer
    FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags) EXECUTE FUNCTION huike_note_tags();
"""

# Who joins or leaves touches the files of those concerned, locked in the order of their ids, so that the lake learns of
# it; of a household everybody in it: its size is a matter of each.
CIRCLES = {
    "household": (
        "customers_household_member",
        "SELECT m.customer_id FROM customers_household_member m JOIN moved ON moved.household_id = m.household_id"
        " UNION SELECT customer_id FROM moved",
    ),
    "company": ("customers_company_contact", "SELECT customer_id FROM moved"),
}


def touch_people(name, table, concerned):
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
    dependencies = [("customers", "0001_tables"), ("lake", "0001_tables")]

    operations = [
        *follow("customers_customer"),
        *follow("customers_consent"),
        *follow("customers_field_value"),
        *follow("customers_suppression"),
        append_only("customers_consent_event"),
        append_only("customers_privacy_moment"),
        append_only("customers_wording"),
        migrations.RunSQL(FOLLOW_MERGE, "DROP FUNCTION huike_follow_merge()"),
        follow_merge("customers_identity", "BEFORE INSERT OR UPDATE OF customer_id"),
        follow_merge("customers_consent_event"),
        migrations.RunSQL(
            DEFAULTS, "DROP TRIGGER customer_defaults ON customers_customer; DROP FUNCTION huike_customer_defaults()"
        ),
        # Tags change in many ways (a colleague, a rule, a file, a merge): the table itself writes down each change.
        migrations.RunSQL(TAGS, "DROP FUNCTION huike_note_tags() CASCADE"),
        *(touch_people(name, table, concerned) for name, (table, concerned) in CIRCLES.items()),
        # Asked for by its beginning or its end, whatever the database's collation.
        migrations.RunSQL(
            "CREATE INDEX customer_phone_end ON customers_customer (reverse(phone) text_pattern_ops);"
            "CREATE INDEX customer_email_prefix ON customers_customer (lower(email) text_pattern_ops)",
            "DROP INDEX customer_phone_end; DROP INDEX customer_email_prefix",
        ),
        # How often a value is found is known for a field, not for all of them together.
        migrations.RunSQL(
            "CREATE STATISTICS field_value_texts (mcv) ON field_id, text FROM customers_field_value;"
            "CREATE STATISTICS field_value_numbers (mcv) ON field_id, number FROM customers_field_value",
            "DROP STATISTICS field_value_texts; DROP STATISTICS field_value_numbers",
        ),
    ]
