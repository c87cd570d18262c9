"""Where each sale of count cards stands, and what was paid out for unused uses. Uses themselves are the ledger's."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huike.catalog.models import Store
from huike.customers.models import Customer
from huike.orders.models import Order
from huike.platform.fields import current_xid


class OrderUses(models.Model):
    """What the ledger holds for one card of one order: `uses`, those it gave less those a return took away; `due` are
    those of the units that are left, for which `net_minor` was paid."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="uses", db_index=False)
    card_key = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    due = models.BigIntegerField()
    uses = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    serial = models.IntegerField(default=0)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "loyalty_order_uses"
        constraints = [
            models.UniqueConstraint(fields=["order", "card_key"], name="order_uses_once"),
            models.CheckConstraint(
                condition=Q(due__gte=0, uses__gte=F("due"), net_minor__gte=0), name="order_uses_amounts"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "placed_at", "id"], name="order_uses_of"),
            models.Index(fields=["change_xid"], name="order_uses_change"),
        ]


class UsesRefund(models.Model):
    """So many unused uses of one sale were taken away at a desk, and paid out. Never edited."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    sold = models.ForeignKey(OrderUses, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    uses = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    tender = models.CharField(max_length=8)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)

    class Meta:
        db_table = "loyalty_uses_refund"
        constraints = [models.CheckConstraint(condition=Q(uses__gt=0, amount_minor__gte=0), name="uses_refund_amounts")]
        indexes = [
            models.Index(fields=["customer", "id"], name="uses_refund_of_customer"),
            models.Index(fields=["sold", "id"], name="uses_refund_of_sale"),
        ]
