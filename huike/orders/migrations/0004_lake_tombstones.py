"""The lake learns of deleted orders, and of orders whose buyer's file was merged away, erased or restored."""

from django.db import migrations

BURY = """
CREATE TRIGGER orders_order_bury AFTER DELETE ON orders_order REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury();
CREATE TRIGGER orders_order_bury_all AFTER TRUNCATE ON orders_order
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury_all();
"""

UNBURY = """
DROP TRIGGER orders_order_bury_all ON orders_order;
DROP TRIGGER orders_order_bury ON orders_order;
"""

# Touching is an update that changes nothing: the change-tracking trigger then notes the transaction.
TOUCH = """
CREATE FUNCTION huike_touch_orders_of_customer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE orders_order SET change_xid = change_xid WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_state_touches_orders AFTER UPDATE OF state ON customers_customer
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION huike_touch_orders_of_customer();
"""

UNTOUCH = """
DROP TRIGGER customer_state_touches_orders ON customers_customer;
DROP FUNCTION huike_touch_orders_of_customer();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_one_index_per_question"),
        ("customers", "0002_change_tracking"),
        ("lake", "0001_tables"),
    ]

    operations = [migrations.RunSQL(BURY, UNBURY), migrations.RunSQL(TOUCH, UNTOUCH)]
