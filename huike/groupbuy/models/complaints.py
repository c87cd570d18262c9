"""Complaints of buyers about merchants."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.customers.models import Customer
from huike.groupbuy.models.deals import Deal
from huike.groupbuy.models.merchants import Merchant
from huike.groupbuy.models.vouchers import Voucher


class Complaint(models.Model):
    """What a buyer says about a merchant, and what a person decided about it. Only upheld ones count."""

    class Kind(models.TextChoices):
        REFUSED = "refused"  # the store did not take the voucher
        NOT_AS_DESCRIBED = "not_as_described"
        QUALITY = "quality"
        SERVICE = "service"
        REFUND = "refund"
        OTHER = "other"

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        REJECTED = "rejected"

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="complaints", db_index=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    text = models.TextField()
    made_by = models.CharField(max_length=120, default="")  # a colleague; empty where she made it on her own page
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.TextField(default="")

    class Meta:
        db_table = "groupbuy_complaint"
        constraints = [
            models.UniqueConstraint(
                fields=["voucher"], condition=Q(state="open", voucher__isnull=False), name="complaint_open_once"
            ),
            models.UniqueConstraint(
                fields=["voucher"], condition=Q(made_by="", voucher__isnull=False), name="complaint_of_buyer_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | ~Q(state="open") & Q(decided_at__isnull=False),
                name="complaint_decided_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-made_at", "-id"], name="complaint_newest"),
            models.Index(fields=["merchant", "-made_at"], name="complaint_of_merchant"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="complaint_of_customer"),
        ]
