"""What a piece of a product costs the house, from a day on; the lake follows it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from huike.lake.following import follow

# A cost shows the day it ends, which is that on which the next one begins.
TOUCH = """
CREATE FUNCTION huike_touch_cost_before() RETURNS trigger LANGUAGE plpgsql AS
$$ DECLARE
    told catalog_product_cost := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    UPDATE catalog_product_cost SET change_xid = change_xid
     WHERE id = (SELECT id FROM catalog_product_cost
                  WHERE product_id = told.product_id AND currency = told.currency AND starts_on < told.starts_on
                  ORDER BY starts_on DESC LIMIT 1);
    RETURN NULL;
END $$;
CREATE TRIGGER cost_touches_the_one_before AFTER INSERT OR DELETE ON catalog_product_cost
    FOR EACH ROW EXECUTE FUNCTION huike_touch_cost_before();
"""

UNTOUCH = """
DROP TRIGGER cost_touches_the_one_before ON catalog_product_cost;
DROP FUNCTION huike_touch_cost_before();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_kept_by_the_database")]

    operations = [
        migrations.CreateModel(
            name="ProductCost",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="costs",
                        to="catalog.product",
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("cost_minor", models.BigIntegerField()),
                ("starts_on", models.DateField()),
                ("told_by", models.CharField(max_length=120)),
                ("told_at", models.DateTimeField()),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "catalog_product_cost",
                "constraints": [
                    models.UniqueConstraint(fields=("product", "currency", "starts_on"), name="product_cost_once"),
                    models.CheckConstraint(condition=Q(cost_minor__gte=0), name="product_cost_not_negative"),
                ],
                "indexes": [models.Index(fields=["change_xid"], name="product_cost_change")],
            },
        ),
        *follow("catalog_product_cost"),
        migrations.RunSQL(TOUCH, UNTOUCH),
    ]
