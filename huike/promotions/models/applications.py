"""What orders stand with, and what was drawn on budgets."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.orders.models import Order
from huike.platform.fields import current_xid
from huike.promotions.models.coupons import Coupon
from huike.promotions.models.offers import Offer, OfferTerms


class Application(models.Model):
    """One offer an order stands with, under the version of its terms it was judged by; replaced with the order's lines.

    `line_discounts` has one amount per line of the order, `draws` the keys of the budgets it drew on. `given` is what
    the offer gave besides money off. `given_back_at` is when a sale that came back whole gave its budgets back.
    """

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="applications", db_index=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="applications", db_index=False)
    terms = models.ForeignKey(OfferTerms, on_delete=models.PROTECT, related_name="+", db_index=False)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    discount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    line_discounts = models.JSONField()
    given = models.JSONField(null=True)
    draws = models.JSONField(default=list)
    applied_at = models.DateTimeField()
    given_back_at = models.DateTimeField(null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "promotions_application"
        constraints = [
            models.UniqueConstraint(fields=["order", "offer"], name="application_once_per_order"),
            models.CheckConstraint(condition=Q(discount_minor__gte=0), name="application_discount"),
        ]
        indexes = [
            models.Index(fields=["offer", "-id"], name="application_of_offer"),
            models.Index(fields=["change_xid"], name="application_change"),
        ]


class BudgetUse(models.Model):
    """What was drawn on one budget of an offer, by orders that stand with it; `evaluation.budgets` makes the keys."""

    key = models.CharField(primary_key=True, max_length=120)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="budget_uses", db_index=False)
    uses = models.BigIntegerField()
    amount_minor = models.BigIntegerField()

    class Meta:
        db_table = "promotions_budget_use"
        constraints = [
            models.CheckConstraint(condition=Q(uses__gte=0, amount_minor__gte=0), name="budget_use_not_below_zero")
        ]
        indexes = [models.Index(fields=["offer"], name="budget_use_of_offer")]
