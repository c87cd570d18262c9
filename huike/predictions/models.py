"""Supplies of goods that last a while, and of which days others were told."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from huike.catalog.models import Product
from huike.customers.models import Customer
from huike.platform.fields import current_xid


class Supply(models.Model):
    """Purchases of a product that followed each other while something was left (`rules.Supply`).

    `used_up_at` is the beginning of the day it should be used up; `bought_at` when she bought after it began.
    """

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    used_up_on = models.DateField()
    used_up_at = models.DateTimeField()
    bought_at = models.DateTimeField(null=True)
    order_ids = ArrayField(models.BigIntegerField())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "predictions_supply"
        constraints = [
            models.UniqueConstraint(fields=["customer", "product", "used_up_on"], name="supply_ends_once"),
        ]
        indexes = [
            models.Index(fields=["used_up_on"], name="supply_used_up"),
            models.Index(fields=["change_xid"], name="supply_change"),
            GinIndex(fields=["order_ids"], name="supply_of_orders"),
        ]


class UsedUp(models.Model):
    """A day of which others were told that a product should be used up; never told again."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    used_up_on = models.DateField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "predictions_used_up"
        constraints = [
            models.UniqueConstraint(fields=["customer", "product", "used_up_on"], name="used_up_told_once"),
        ]


class Waiting(models.Model):
    """A customer whose supplies are to be made anew."""

    customer_id = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "predictions_waiting"


class Position(models.Model):
    """How far the changes of orders and products were followed."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    order_xid = models.BigIntegerField()
    order_id = models.BigIntegerField()
    product_xid = models.BigIntegerField()
    product_id = models.BigIntegerField()

    class Meta:
        db_table = "predictions_position"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="supply_position_one")]
