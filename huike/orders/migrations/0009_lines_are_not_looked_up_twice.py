"""The half of a line's foreign keys that can be broken is kept: what has lines stays (docs/adr/0012)."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

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
    dependencies = [("orders", "0008_a_buyer_gone_waits_for_late_orders"), ("catalog", "0003_lake_tombstones")]

    operations = [
        migrations.AlterField(
            model_name="line",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="orders.order",
            ),
        ),
        migrations.AlterField(
            model_name="line",
            name="product",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="catalog.product"
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
