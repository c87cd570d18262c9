"""What was given for something other than a purchase."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models import Customer
from huike.loyalty.models.programme import Programme, Terms
from huike.orders.models import Order


class Bonus(models.Model):
    """One event of one subject, decided once: points, or why there are none. Never decided anew.

    A referral hangs on the friend's `order`: while nothing is left of it, the points are taken back. `moves` counts how
    often they were taken or given again.
    """

    class Event(models.TextChoices):
        SIGN_UP = "sign_up"
        PROFILE_COMPLETED = "profile_completed"
        REVIEW = "review"
        CHECK_IN = "check_in"
        REFERRAL = "referral"  # whoever sent somebody
        REFERRED = "referred"  # whoever was sent

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.CharField(max_length=17, choices=Event.choices)
    subject = models.CharField(max_length=120)
    occurred_at = models.DateTimeField()
    points = models.BigIntegerField(default=0)
    refusal = models.CharField(max_length=20, default="")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    is_taken_back = models.BooleanField(default=False, db_default=False)
    moves = models.SmallIntegerField(default=0, db_default=0)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, db_index=False)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_bonus"
        constraints = [
            models.UniqueConstraint(fields=["programme", "event", "subject"], name="bonus_once"),
            models.CheckConstraint(
                condition=Q(points__gt=0, refusal="") | Q(points=0) & ~Q(refusal=""), name="bonus_or_why_not"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "event", "occurred_at"], name="bonus_of_customer"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="bonus_of_order"),
        ]
