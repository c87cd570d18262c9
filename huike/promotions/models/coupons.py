"""Coupons, and every change of a coupon's state."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.customers.models import Customer
from huike.orders.models import Order
from huike.platform.fields import current_xid
from huike.promotions.models.offers import Offer, OfferTerms


class Coupon(models.Model):
    """One code. `reason` says what it was issued for (`campaign:12`); one per offer, customer and reason."""

    class State(models.TextChoices):
        ISSUED = "issued"
        LOCKED = "locked"
        REDEEMED = "redeemed"
        EXPIRED = "expired"
        VOID = "void"

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="coupons", db_index=False)
    terms = models.ForeignKey(OfferTerms, on_delete=models.PROTECT, related_name="coupons", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="coupons")
    reason = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    locked_for = models.CharField(max_length=200, null=True)
    locked_until = models.DateTimeField(null=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="coupons", db_index=False)
    redeemed_at = models.DateTimeField(null=True)
    discount_minor = models.BigIntegerField(null=True)
    discount_currency = models.CharField(max_length=3, null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "promotions_coupon"
        constraints = [
            models.UniqueConstraint(fields=["offer", "reason", "customer"], name="coupon_once_per_reason"),
            models.CheckConstraint(
                condition=Q(state="redeemed", order__isnull=False, redeemed_at__isnull=False, discount_minor__gte=0)
                | ~Q(state="redeemed") & Q(order__isnull=True, redeemed_at__isnull=True, discount_minor__isnull=True),
                name="coupon_redeemed_has_order",
            ),
            models.CheckConstraint(
                condition=Q(state="locked", locked_for__isnull=False, locked_until__isnull=False)
                | ~Q(state="locked") & Q(locked_for__isnull=True, locked_until__isnull=True),
                name="coupon_locked_has_limit",
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "state", "-id"], name="coupon_of_offer"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="coupon_of_order"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["issued", "locked"], expires_at__isnull=False),
                name="coupon_expiring",
            ),
            models.Index(fields=["change_xid"], name="coupon_change"),
            models.Index(fields=["locked_until"], condition=Q(state="locked"), name="coupon_locked"),
            models.Index(
                fields=["reason", "discount_currency"], condition=Q(state="redeemed"), name="coupon_redeemed_reason"
            ),
        ]


class CouponEvent(models.Model):
    """One change of a coupon's state. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=8, choices=Coupon.State.choices, null=True)
    to_state = models.CharField(max_length=8, choices=Coupon.State.choices)
    order_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "promotions_coupon_event"
