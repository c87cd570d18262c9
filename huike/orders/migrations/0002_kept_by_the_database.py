"""The lake follows orders; an order follows a merge of its buyer's file; what has lines stays."""

from django.db import migrations

from huike.customers.merging.late_rows import follow_merge
from huike.lake.following import follow, touch_with_customer

KEEP = """
CREATE FUNCTION huike_keep_what_has_lines() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE
    has_lines boolean;
BEGIN
    IF TG_TABLE_NAME = 'orders_order' THEN
        SELECT EXISTS (SELECT FROM orders_line WHERE order_id = OLD.id) INTO has_lines;
    ELSE
        SELECT EXISTS (SELECT FROM orders_line WHERE product_id = OLD.id) INTO has_lines;
    END IF;
    IF has_lines THEN
        RAISE foreign_key_violation USING MESSAGE =
            format('%s %s has lines of orders and cannot go', TG_TABLE_NAME, OLD.id);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_order_keep_with_lines AFTER DELETE OR UPDATE OF id ON orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION huike_keep_what_has_lines();
CREATE CONSTRAINT TRIGGER catalog_product_keep_with_lines AFTER DELETE OR UPDATE OF id ON catalog_product
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION huike_keep_what_has_lines();
"""

LET_GO = """
DROP TRIGGER catalog_product_keep_with_lines ON catalog_product;
DROP TRIGGER orders_order_keep_with_lines ON orders_order;
DROP FUNCTION huike_keep_what_has_lines();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_tables"), ("customers", "0002_kept_by_the_database")]

    operations = [
        *follow("orders_order"),
        touch_with_customer("orders", ["orders_order"]),
        follow_merge("orders_order", "BEFORE INSERT OR UPDATE OF customer_id"),
        # The half of a line's foreign keys that can be broken (docs/adr/0012).
        migrations.RunSQL(KEEP, LET_GO),
    ]
