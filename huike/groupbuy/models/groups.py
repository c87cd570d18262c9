"""Groups, who takes part in them, and what happened to both. `docs/algorithms/group-life.md` is the specification."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from huike.customers.models import Customer
from huike.groupbuy.models.deals import Deal, DealTerms
from huike.platform.fields import current_xid


class Group(models.Model):
    """People who buy together, under the terms of the day it opened. `seats` are those taken, paid for each; `token` is
    what is shared. The leader is a participation of it; there is none before the opener has paid, nor at the end."""

    class State(models.TextChoices):
        FORMING = "forming"
        FORMED = "formed"
        FAILED = "failed"

    class Reason(models.TextChoices):
        """Why a group failed."""

        SHORT = "short"  # of people at its deadline
        LEFT = "left"  # the last one left
        UNPAID = "unpaid"  # its opener never paid

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=20, unique=True)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="groups", db_index=False)
    terms = models.ForeignKey(DealTerms, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.FORMING)
    reason = models.CharField(max_length=6, choices=Reason.choices, default="")
    size = models.IntegerField()
    forms_at = models.IntegerField()
    price_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    seats = models.IntegerField(default=0)
    leader_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "groupbuy_group"
        constraints = [
            models.CheckConstraint(condition=Q(seats__gte=0, seats__lte=F("size")), name="group_seats"),
            models.CheckConstraint(condition=Q(forms_at__gte=1, forms_at__lte=F("size")), name="group_forms_at"),
            models.CheckConstraint(
                condition=Q(state="forming", ended_at__isnull=True) | ~Q(state="forming") & Q(ended_at__isnull=False),
                name="group_ended",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | Q(seats=0), name="group_failed_is_empty"),
        ]
        indexes = [
            models.Index(fields=["deal", "state", "deadline_at"], name="group_of_deal"),
            models.Index(fields=["deadline_at"], condition=Q(state="forming"), name="group_due"),
            models.Index(fields=["-opened_at", "-id"], name="group_newest"),
        ]


class GroupChange(models.Model):
    """One thing that happened to a group. Never edited: the database refuses it."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        LED = "led"  # `participation_id` leads it from now on
        FORMED = "formed"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    participation_id = models.BigIntegerField(null=True)
    seats = models.IntegerField()

    class Meta:
        db_table = "groupbuy_group_change"


class Participation(models.Model):
    """One person's part in a group: pieces reserved, then a seat once they are paid for, or the money back.

    `key` makes joining happen once. `payment_id` is the newest payment, `is_paying` whether it has not ended yet;
    `seat_payment_id` the one that took the seat, `refund_id` what gives the whole of it back. `token` opens her own
    page. `is_first_purchase`: it was told of as the first thing she ever bought.
    """

    class State(models.TextChoices):
        RESERVED = "reserved"
        SEATED = "seated"
        CONFIRMED = "confirmed"
        REFUNDING = "refunding"
        REFUNDED = "refunded"
        LAPSED = "lapsed"

    id = models.BigAutoField(primary_key=True)
    token = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=255, unique=True)
    input_sha256 = models.CharField(max_length=64)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="participations", db_index=False)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="participations", db_index=False)
    made_customer = models.BooleanField(default=False)
    quantity = models.IntegerField()
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.RESERVED)
    reason = models.CharField(max_length=12, default="")
    provider = models.CharField(max_length=40)
    payment_id = models.BigIntegerField(null=True)
    is_paying = models.BooleanField(default=True)
    seat_payment_id = models.BigIntegerField(null=True)
    refund_id = models.BigIntegerField(null=True)
    joined_at = models.DateTimeField()
    pay_until = models.DateTimeField()
    seated_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    is_first_purchase = models.BooleanField(default=False, db_default=False)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "groupbuy_participation"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1, amount_minor__gte=1), name="participation_buys"),
            models.CheckConstraint(
                condition=~Q(state__in=["seated", "confirmed"]) | Q(seat_payment_id__isnull=False),
                name="participation_seat_is_paid",
            ),
        ]
        indexes = [
            models.Index(fields=["group", "state", "id"], name="participation_of_group"),
            models.Index(fields=["deal", "customer"], name="participation_of_buyer"),
            models.Index(fields=["customer", "-joined_at", "-id"], name="participation_of_customer"),
            models.Index(fields=["pay_until"], condition=Q(is_paying=True), name="participation_paying"),
            models.Index(fields=["state", "id"], condition=Q(state="refunding"), name="participation_refunding"),
            models.Index(fields=["change_xid"], name="participation_change"),
        ]


class ParticipationChange(models.Model):
    """One change of a participation's state. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    from_state = models.CharField(max_length=9, choices=Participation.State.choices, null=True)
    to_state = models.CharField(max_length=9, choices=Participation.State.choices)
    reason = models.CharField(max_length=12, default="")

    class Meta:
        db_table = "groupbuy_participation_change"
