"""The lake follows supplies, and what their rows show of products and of what those are samples of."""

from django.db import migrations

from huike.lake.following import follow, touch_with_customer

TOUCH = """
CREATE FUNCTION huike_touch_supplies() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE predictions_supply s SET change_xid = s.change_xid
      FROM catalog_product p
     WHERE s.product_id = p.id AND (p.id = NEW.id OR p.sample_of_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER product_touches_supplies AFTER UPDATE ON catalog_product
    FOR EACH ROW EXECUTE FUNCTION huike_touch_supplies();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("predictions", "0001_tables"),
        ("catalog", "0002_kept_by_the_database"),
        ("customers", "0002_kept_by_the_database"),
    ]

    operations = [
        *follow("predictions_supply"),
        touch_with_customer("supplies", ["predictions_supply"]),
        migrations.RunSQL(
            TOUCH, "DROP TRIGGER product_touches_supplies ON catalog_product; DROP FUNCTION huike_touch_supplies();"
        ),
    ]
