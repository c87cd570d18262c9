"""Vouchers, their redemptions, and every change of a voucher's state."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huike.catalog.models import Store
from huike.groupbuy.models.deals import Deal
from huike.groupbuy.models.groups import Participation
from huike.platform.fields import current_xid


class Voucher(models.Model):
    """One piece that was bought. `left_minor` is the value of the uses left; what was redeemed and is not undone makes
    up the rest of its price. Valid in [valid_from, valid_until); `refund_id` is the refund of what was left."""

    class State(models.TextChoices):
        ISSUED = "issued"
        PARTLY_USED = "partly_used"
        USED = "used"
        EXPIRED = "expired"
        REFUNDED = "refunded"

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=20, unique=True)
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="vouchers", db_index=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.IntegerField()
    state = models.CharField(max_length=11, choices=State.choices, default=State.ISSUED)
    uses = models.IntegerField()
    used = models.IntegerField(default=0)
    price_minor = models.BigIntegerField()
    left_minor = models.BigIntegerField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    refund_id = models.BigIntegerField(null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "groupbuy_voucher"
        constraints = [
            models.UniqueConstraint(fields=["participation", "number"], name="voucher_number_once"),
            models.CheckConstraint(condition=Q(used__gte=0, used__lte=F("uses"), uses__gte=1), name="voucher_uses"),
            models.CheckConstraint(
                condition=Q(left_minor__gte=0, left_minor__lte=F("price_minor")), name="voucher_left"
            ),
            models.CheckConstraint(
                condition=Q(state="issued", used=0, left_minor=F("price_minor"))
                | Q(state="partly_used", used__gt=0, used__lt=F("uses"))
                | Q(state="used", used=F("uses"), left_minor=0)
                | Q(state__in=["expired", "refunded"], ended_at__isnull=False),
                name="voucher_state_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["deal", "state", "-id"], name="voucher_of_deal"),
            models.Index(
                fields=["valid_until"], condition=Q(state__in=["issued", "partly_used"]), name="voucher_expiring"
            ),
            models.Index(fields=["-issued_at", "-id"], name="voucher_newest"),
            models.Index(fields=["change_xid"], name="voucher_change"),
        ]


class Redemption(models.Model):
    """Uses of a voucher taken at a store. `occurred_at` is when she was there, `recorded_at` when we were told."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=255, unique=True)
    input_sha256 = models.CharField(max_length=64)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="redemptions")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")
    uses = models.IntegerField()
    amount_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    clerk = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, default="")
    undo_reason = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "groupbuy_redemption"
        constraints = [
            models.CheckConstraint(
                condition=Q(uses__gte=1, amount_minor__gte=0, commission_minor__gte=0)
                & Q(commission_minor__lte=F("amount_minor")),
                name="voucher_redemption_parts",
            )
        ]
        indexes = [
            models.Index(fields=["-occurred_at", "-id"], name="voucher_redemption_newest"),
        ]


class VoucherChange(models.Model):
    """One change of a voucher's state. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=11, choices=Voucher.State.choices, null=True)
    to_state = models.CharField(max_length=11, choices=Voucher.State.choices)
    uses = models.IntegerField(default=0)
    amount_minor = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "groupbuy_voucher_change"
