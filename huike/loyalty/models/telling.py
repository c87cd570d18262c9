"""How far the ledger was told of, and of which days members were warned."""

from __future__ import annotations

from django.db import models

from huike.customers.models import Customer
from huike.loyalty.models.programme import Programme


class ToldPosition(models.Model):
    """Up to which transaction of the ledger all is told. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    xid = models.BigIntegerField()
    transaction_id = models.BigIntegerField()

    class Meta:
        db_table = "loyalty_told_position"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="told_position_one")]


class ExpiryWarning(models.Model):
    """A member was told that points of hers expire with this day."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    expires_on = models.DateField()
    points = models.BigIntegerField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_expiry_warning"
        constraints = [
            models.UniqueConstraint(fields=["programme", "customer", "expires_on"], name="expiry_warned_once")
        ]
        indexes = [
            models.Index(fields=["customer"], name="expiry_warning_of"),
        ]
