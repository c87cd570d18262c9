"""Coupons with their locks and uses, and every change of a coupon."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.customers.models import Customer
from huike.orders.models import Order
from huike.platform.fields import current_xid
from huike.promotions.models.batches import CodeBatch
from huike.promotions.models.offers import Offer, OfferTerms


class Coupon(models.Model):
    """One code. `reason` says what it was issued for (`campaign:12`); one per offer, customer and reason.

    `issued_to` is the number of the file it was issued to, whoever holds it now; `void_ref` names the deed that made
    it void and may be undone (`hand`, `many:7`, `batch:3`), empty where it may not.

    The server does not look up offer, terms and batch for each of a million codes that are written: its writers take
    them from those very tables, and none of them is ever deleted (docs/adr/0012).
    """

    class State(models.TextChoices):
        ISSUED = "issued"
        LOCKED = "locked"
        REDEEMED = "redeemed"
        EXPIRED = "expired"
        VOID = "void"

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, related_name="coupons", db_index=False, db_constraint=False
    )
    terms = models.ForeignKey(
        OfferTerms, on_delete=models.PROTECT, related_name="coupons", db_index=False, db_constraint=False
    )
    batch = models.ForeignKey(
        CodeBatch, on_delete=models.PROTECT, null=True, related_name="coupons", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="coupons", db_index=False)
    issued_to = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=60)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ISSUED)
    uses_allowed = models.IntegerField(default=1, db_default=1)
    uses_left = models.IntegerField(default=1, db_default=1)
    transfers = models.IntegerField(default=0, db_default=0)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    redeemed_at = models.DateTimeField(null=True)
    void_ref = models.CharField(max_length=40, default="", db_default="", blank=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "promotions_coupon"
        constraints = [
            # Codes of a batch may come to one person by the dozen, and a friend may have been given one before.
            models.UniqueConstraint(
                fields=["offer", "reason", "customer"],
                condition=Q(batch__isnull=True, transfers=0, customer__isnull=False),
                name="coupon_once_per_reason",
            ),
            models.CheckConstraint(
                condition=Q(uses_left__gte=0, uses_left__lte=models.F("uses_allowed"), uses_allowed__gte=1),
                name="coupon_uses_left",
            ),
            models.CheckConstraint(
                condition=Q(state="redeemed", uses_left=0, redeemed_at__isnull=False)
                | ~Q(state="redeemed") & Q(uses_left__gte=1),
                name="coupon_redeemed_when_none_left",
            ),
        ]
        indexes = [
            models.Index(fields=["offer", "state", "-id"], name="coupon_of_offer"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="coupon_of_customer"),
            models.Index(
                fields=["offer", "reason", "issued_to"], condition=Q(issued_to__isnull=False), name="coupon_issued_to"
            ),
            models.Index(fields=["batch", "id"], condition=Q(batch__isnull=False), name="coupon_of_batch"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["issued", "locked"], expires_at__isnull=False),
                name="coupon_expiring",
            ),
            models.Index(fields=["change_xid"], name="coupon_change"),
            models.Index(fields=["void_ref"], condition=~Q(void_ref=""), name="coupon_void_by"),
        ]


class CouponLock(models.Model):
    """One use held for one order while its customer pays. Goes when it is let go, used, or swept."""

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="locks", db_index=False)
    order_key = models.CharField(max_length=200)
    until_at = models.DateTimeField()

    class Meta:
        db_table = "promotions_coupon_lock"
        constraints = [models.UniqueConstraint(fields=["coupon", "order_key"], name="coupon_lock_once_per_order")]
        indexes = [models.Index(fields=["until_at"], name="coupon_lock_until")]


class CouponUse(models.Model):
    """One use of a coupon by one order, and when and why it was given back. Its discount never changes."""

    class GivenBack(models.TextChoices):
        REVISED = "revised"
        RETURNED = "returned"

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="coupon_uses", db_index=False)
    used_at = models.DateTimeField()
    discount_minor = models.BigIntegerField()
    discount_currency = models.CharField(max_length=3)
    given_back_at = models.DateTimeField(null=True)
    given_back_why = models.CharField(max_length=8, choices=GivenBack.choices, null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "promotions_coupon_use"
        constraints = [
            models.UniqueConstraint(
                fields=["coupon", "order"], condition=Q(given_back_at__isnull=True), name="coupon_use_once_per_order"
            ),
            models.CheckConstraint(condition=Q(discount_minor__gte=0), name="coupon_use_takes_off"),
            models.CheckConstraint(
                condition=Q(given_back_at__isnull=True, given_back_why__isnull=True)
                | Q(given_back_at__isnull=False, given_back_why__isnull=False),
                name="coupon_use_given_back_why",
            ),
        ]
        indexes = [
            models.Index(fields=["coupon", "id"], name="coupon_use_of_coupon"),
            models.Index(fields=["order"], name="coupon_use_of_order"),
            models.Index(fields=["change_xid"], name="coupon_use_change"),
        ]


class CouponEvent(models.Model):
    """One change of a coupon. Never edited: the database refuses update and delete.

    `uses_left` is what was left after it; `holder_before` and `holder_after` are numbers of files, where the coupon
    passed from hand to hand.
    """

    class Deed(models.TextChoices):
        ISSUED = "issued"
        LOCKED = "locked"
        RELEASED = "released"
        REDEEMED = "redeemed"
        REVISED = "revised"
        RETURNED = "returned"
        RESUMED = "resumed"
        TRANSFERRED = "transferred"
        CLAIMED = "claimed"
        VOIDED = "voided"
        RESTORED = "restored"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    deed = models.CharField(max_length=11, choices=Deed.choices)
    from_state = models.CharField(max_length=8, choices=Coupon.State.choices, null=True)
    to_state = models.CharField(max_length=8, choices=Coupon.State.choices)
    uses_left = models.IntegerField()
    order_id = models.BigIntegerField(null=True)
    holder_before = models.BigIntegerField(null=True)
    holder_after = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "promotions_coupon_event"
        indexes = [
            models.Index(
                fields=["holder_before"], condition=Q(holder_before__isnull=False), name="coupon_event_given_away"
            ),
        ]


class CouponGift(models.Model):
    """A link by which a friend may take a coupon; kept as the hash of its token. One is open at a time."""

    class State(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="gifts", db_index=False)
    token_sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        db_table = "promotions_coupon_gift"
        constraints = [
            models.UniqueConstraint(fields=["coupon"], condition=Q(state="open"), name="coupon_gift_one_open"),
        ]
        indexes = [models.Index(fields=["coupon"], name="coupon_gift_of_coupon")]


class CouponReminder(models.Model):
    """That the holder of a coupon was told, so many days before, that it expires."""

    id = models.BigAutoField(primary_key=True)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="reminders", db_index=False)
    days = models.IntegerField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "promotions_coupon_reminder"
        constraints = [models.UniqueConstraint(fields=["coupon", "days"], name="coupon_reminder_once")]
