"""The lake follows products and stores, and the names and places in the tree that their rows show."""

from django.db import migrations

from huike.lake.following import follow

TOUCH_PRODUCTS = """
CREATE FUNCTION huike_touch_products() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_TABLE_NAME = 'catalog_category' THEN
        UPDATE catalog_product SET change_xid = change_xid
         WHERE category_id IN (
            WITH RECURSIVE below(id) AS (
                SELECT NEW.id UNION SELECT c.id FROM catalog_category c JOIN below b ON c.parent_id = b.id)
            SELECT id FROM below);
    ELSIF TG_TABLE_NAME = 'catalog_brand' THEN
        UPDATE catalog_product SET change_xid = change_xid WHERE brand_id = NEW.id;
    ELSIF TG_TABLE_NAME = 'catalog_supplier' THEN
        UPDATE catalog_product SET change_xid = change_xid WHERE supplier_id = NEW.id;
    ELSE
        UPDATE catalog_store SET change_xid = change_xid WHERE region_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER category_touches_products AFTER UPDATE ON catalog_category
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION huike_touch_products();
CREATE TRIGGER brand_touches_products AFTER UPDATE ON catalog_brand
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION huike_touch_products();
CREATE TRIGGER supplier_touches_products AFTER UPDATE ON catalog_supplier
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION huike_touch_products();
CREATE TRIGGER region_touches_stores AFTER UPDATE ON catalog_region
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION huike_touch_products();
"""

UNTOUCH_PRODUCTS = """
DROP TRIGGER region_touches_stores ON catalog_region;
DROP TRIGGER supplier_touches_products ON catalog_supplier;
DROP TRIGGER brand_touches_products ON catalog_brand;
DROP TRIGGER category_touches_products ON catalog_category;
DROP FUNCTION huike_touch_products();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_tables"), ("lake", "0001_tables")]

    operations = [
        *follow("catalog_store"),
        *follow("catalog_product"),
        # Touching is an update that changes nothing: the trigger above then notes the transaction.
        migrations.RunSQL(TOUCH_PRODUCTS, UNTOUCH_PRODUCTS),
    ]
