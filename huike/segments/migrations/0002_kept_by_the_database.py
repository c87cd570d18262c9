"""The lake follows fixed lists."""

from django.db import migrations

from huike.lake.following import follow

MEMBERS = """
ALTER TABLE segments_fixed_member ADD CONSTRAINT fixed_member_segment
    FOREIGN KEY (segment_id) REFERENCES segments_segment (id) ON DELETE CASCADE;

CREATE FUNCTION huike_fixed_members_follow_state() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.state = 'erased' THEN
        DELETE FROM segments_fixed_member WHERE customer_id = NEW.id;
    ELSE
        UPDATE segments_fixed_member SET change_xid = change_xid WHERE customer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_state_touches_fixed_members AFTER UPDATE OF state ON customers_customer
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION huike_fixed_members_follow_state();
"""

NO_MEMBERS = """
DROP TRIGGER customer_state_touches_fixed_members ON customers_customer;
DROP FUNCTION huike_fixed_members_follow_state();
"""


class Migration(migrations.Migration):
    dependencies = [("segments", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        *follow("segments_fixed_member"),
        # A file that is merged away or erased is on no list of the lake: its rows are looked at again. Of the erased nothing is
        # kept; a merge can be undone.
        migrations.RunSQL(MEMBERS, NO_MEMBERS),
    ]
