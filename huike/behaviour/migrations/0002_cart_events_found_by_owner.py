"""A cart is told anew from its owner's cart events, one in twenty of all: found by an index of their own, instead of
among everything the owner ever did. The names are those of the shop's spec that `behaviour.carts` tells carts from."""

from django.db import migrations

CART_EVENT = """kind = 'track' AND name IN ('Product Added', 'Product Removed', 'Cart Viewed', 'Cart Updated',
                                            'Checkout Started', 'Order Completed')"""

INDEXES = f"""
CREATE INDEX cart_event_of_customer ON behaviour_event (customer_id, source_id, occurred_at, id)
 WHERE customer_id IS NOT NULL AND {CART_EVENT};
CREATE INDEX cart_event_of_visitor ON behaviour_event (visitor_id, occurred_at, id)
 WHERE customer_id IS NULL AND {CART_EVENT};
"""


class Migration(migrations.Migration):
    dependencies = [("behaviour", "0001_tables")]

    operations = [
        migrations.RunSQL(INDEXES, "DROP INDEX cart_event_of_customer; DROP INDEX cart_event_of_visitor"),
    ]
