"""Statements of merchants and their lines, and amounts given or taken by hand."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huike.groupbuy.models.merchants import Merchant


class Statement(models.Model):
    """What a merchant is owed for the days [starts_on, ends_on) of the operator's zone."""

    class State(models.TextChoices):
        CUT = "cut"
        APPROVED = "approved"
        PAID = "paid"
        CARRIED = "carried"  # nothing to pay out; the next one begins with it

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="statements", db_index=False)
    currency = models.CharField(max_length=3)
    starts_on = models.DateField()
    ends_on = models.DateField()
    carried_in_minor = models.BigIntegerField()
    redeemed_minor = models.BigIntegerField()
    refunded_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    adjusted_minor = models.BigIntegerField()
    payable_minor = models.BigIntegerField()
    lines_count = models.IntegerField()
    state = models.CharField(max_length=8, choices=State.choices)
    cut_at = models.DateTimeField()
    approved_by = models.CharField(max_length=120, default="")
    approved_by_key = models.CharField(max_length=60, default="")
    approved_at = models.DateTimeField(null=True)
    paid_by = models.CharField(max_length=120, default="")
    paid_at = models.DateTimeField(null=True)
    bank_reference = models.CharField(max_length=80, default="")

    class Meta:
        db_table = "groupbuy_statement"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "currency", "starts_on"], name="statement_once"),
            models.CheckConstraint(condition=Q(starts_on__lt=F("ends_on")), name="statement_span"),
            models.CheckConstraint(
                condition=Q(
                    payable_minor=F("carried_in_minor")
                    + F("redeemed_minor")
                    + F("refunded_minor")
                    - F("commission_minor")
                    + F("adjusted_minor")
                ),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(state="carried", payable_minor__lte=0) | ~Q(state="carried") & Q(payable_minor__gt=0),
                name="statement_pays_or_carries",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False, approved_at__isnull=False),
                name="statement_paid_after_approval",
            ),
        ]
        indexes = [
            models.Index(fields=["-cut_at", "-id"], name="statement_newest"),
            models.Index(fields=["merchant", "-ends_on"], name="statement_of_merchant"),
        ]


class StatementLine(models.Model):
    """One transaction of a merchant's account. Never edited: the database refuses update and delete."""

    class Kind(models.TextChoices):
        REDEEMED = "redeemed"
        REFUNDED = "refunded"
        ADJUSTED = "adjusted"

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="lines", db_index=False)
    transaction_id = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reference = models.CharField(max_length=120)
    redemption_id = models.BigIntegerField(null=True)  # done, or undone
    occurred_at = models.DateTimeField()
    gross_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()

    class Meta:
        db_table = "groupbuy_statement_line"
        constraints = [
            models.CheckConstraint(
                condition=Q(net_minor=F("gross_minor") - F("commission_minor")), name="statement_line_adds_up"
            )
        ]
        indexes = [
            models.Index(fields=["statement", "occurred_at", "id"], name="line_of_statement"),
            models.Index(fields=["redemption_id"], condition=Q(redemption_id__isnull=False), name="line_of_redemption"),
        ]


class SettlementAdjustment(models.Model):
    """An amount given to a merchant (above zero) or taken, by hand. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    words = models.CharField(max_length=300)
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_settlement_adjustment"
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="settlement_adjustment_moves")]
        indexes = [models.Index(fields=["merchant", "-made_at"], name="adjustment_of_merchant")]
