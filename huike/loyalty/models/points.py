"""Where each sale stands in points, and how far changes of orders were followed."""

from __future__ import annotations

from django.db import models

from huike.customers.models import Customer
from huike.loyalty.models.programme import Terms
from huike.orders.models import Order
from huike.platform.fields import current_xid


class OrderPoints(models.Model):
    """What the ledger holds for one order: net of what came back. Negative `earned` is of a return whose sale is not
    known. `order_xid` says which change of the order was settled last."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="points")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    placed_at = models.DateTimeField()
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, null=True, db_index=False)
    tier = models.CharField(max_length=40, null=True)
    earned = models.BigIntegerField(default=0)
    burned = models.BigIntegerField(default=0)
    explanation = models.JSONField(default=dict)
    order_xid = models.BigIntegerField()
    serial = models.IntegerField(default=0)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "loyalty_order_points"
        indexes = [
            models.Index(fields=["customer", "placed_at", "order"], name="order_points_of"),
            models.Index(fields=["change_xid"], name="order_points_change"),
        ]


class PointsPosition(models.Model):
    """Up to which change of orders all is settled. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    xid = models.BigIntegerField()
    order_id = models.BigIntegerField()

    class Meta:
        db_table = "loyalty_points_position"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="points_position_one")]
