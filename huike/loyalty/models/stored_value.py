"""Top-ups, what was paid out again, where each sale stands in stored value, and what was frozen.

Amounts are in minor units; the value itself is the ledger's.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huike.catalog.models import Store
from huike.customers.models import Customer
from huike.loyalty.models.programme import Terms
from huike.orders.models import Order
from huike.platform.fields import current_xid


class TopUp(models.Model):
    """What was paid in, by which tenders (`[[tender, minor], …]` as they were told), and the bonus beside it.

    Never edited: the database refuses all but another owner.
    """

    class Tender(models.TextChoices):
        CASH = "cash"
        CARD = "card"
        WALLET = "wallet"
        TRANSFER = "transfer"
        OTHER = "other"

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    plan_key = models.CharField(max_length=40, default="")
    plan_name = models.CharField(max_length=60, default="")
    paid_minor = models.BigIntegerField()
    bonus_minor = models.BigIntegerField()
    tenders = models.JSONField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)

    class Meta:
        db_table = "loyalty_top_up"
        constraints = [models.CheckConstraint(condition=Q(paid_minor__gt=0, bonus_minor__gte=0), name="top_up_amounts")]
        indexes = [models.Index(fields=["customer", "id"], name="top_up_of_customer")]


class ValueRefund(models.Model):
    """What was paid out at a desk. `taken` of what was paid in is `paid_out` and what was `kept` for a bonus that was
    spent; `forfeited` is of bonuses. Never edited."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    taken_minor = models.BigIntegerField()
    paid_out_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField()
    forfeited_minor = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)

    class Meta:
        db_table = "loyalty_value_refund"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    taken_minor__gt=0,
                    paid_out_minor__gte=0,
                    kept_minor__gte=0,
                    forfeited_minor__gte=0,
                    taken_minor=F("paid_out_minor") + F("kept_minor"),
                ),
                name="value_refund_amounts",
            )
        ]
        indexes = [models.Index(fields=["customer", "id"], name="value_refund_of_customer")]


class ValueRefundPart(models.Model):
    """What a refund took of one top-up, and how it was paid out: `[[tender it was paid with, tender it is paid out by,
    minor], …]`. Never edited."""

    id = models.BigAutoField(primary_key=True)
    refund = models.ForeignKey(ValueRefund, on_delete=models.PROTECT, related_name="parts", db_index=False)
    top_up = models.ForeignKey(TopUp, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    taken_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField()
    forfeited_minor = models.BigIntegerField()
    paid_out = models.JSONField()

    class Meta:
        db_table = "loyalty_value_refund_part"
        constraints = [models.UniqueConstraint(fields=["refund", "top_up"], name="value_refund_part_once")]
        indexes = [models.Index(fields=["top_up"], name="value_refund_of_top_up")]


class OrderValue(models.Model):
    """What the ledger holds for one order paid with stored value: net of what was refunded to it, below zero where more
    was refunded than paid."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, primary_key=True, related_name="stored_value")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    spent_minor = models.BigIntegerField()
    serial = models.IntegerField(default=0)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "loyalty_order_value"
        indexes = [
            models.Index(fields=["customer", "placed_at", "order"], name="order_value_of"),
            models.Index(fields=["change_xid"], name="order_value_change"),
        ]


class ValueFreeze(models.Model):
    """Somebody froze a customer's stored value, or thawed it, and why."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    frozen = models.BooleanField()
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    actor = models.CharField(max_length=120)

    class Meta:
        db_table = "loyalty_value_freeze"
        indexes = [models.Index(fields=["customer", "id"], name="value_freeze_of_customer")]
