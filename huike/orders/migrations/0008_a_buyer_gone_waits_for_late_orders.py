"""An order that is being written while its buyer's file is merged away or erased is touched too.

The order's transaction holds the buyer's key (FOR KEY SHARE); whoever changes the state waits for it here, and then sees
the order. Else the lake kept a buyer who is gone.
"""

from django.db import migrations

WAITING = """
CREATE OR REPLACE FUNCTION huike_touch_orders_of_customer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    PERFORM FROM customers_customer WHERE id = NEW.id FOR UPDATE;
    UPDATE orders_order SET change_xid = change_xid WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
"""

NOT_WAITING = """
CREATE OR REPLACE FUNCTION huike_touch_orders_of_customer() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE orders_order SET change_xid = change_xid WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_shops_tell_orders")]

    operations = [migrations.RunSQL(WAITING, NOT_WAITING)]
