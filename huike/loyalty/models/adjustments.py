"""Value given or taken by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.customers.models import Customer


class Adjustment(models.Model):
    """So much more (or less, below zero) of an asset for one customer, and why; what became of the proposal.

    `undoes` is the adjustment this one reverses. `serial` of the ledger's key is the row's id: it is posted once.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        REJECTED = "rejected"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    asset = models.CharField(max_length=60)
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    words = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices)
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    proposed_by = models.CharField(max_length=120)
    proposed_by_key = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    until_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)
    decision_words = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "loyalty_adjustment"
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_moves"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="adjustment_decided",
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(state__in=["waiting", "done"]), name="adjustment_undone_once"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "id"], name="adjustment_of_customer"),
            models.Index(fields=["state", "-id"], name="adjustment_in_state"),
            models.Index(fields=["until_at"], condition=Q(state="waiting"), name="adjustment_expiring"),
        ]
