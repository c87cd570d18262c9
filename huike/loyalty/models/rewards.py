"""What points are exchanged for, and every exchange."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.catalog.models import Product, Store
from huike.customers.models import Customer
from huike.loyalty.models.programme import Programme
from huike.platform.models import Picture
from huike.promotions.models import Coupon, Offer


class Reward(models.Model):
    """One thing in the catalogue. `stock` is how many there are in all (None: any number), `taken` how many of them
    are out or promised."""

    class Kind(models.TextChoices):
        COUPON = "coupon"
        PRODUCT = "product"
        BENEFIT = "benefit"

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        PAUSED = "paused"
        ENDED = "ended"

    class LimitPeriod(models.TextChoices):
        DAY = "day"
        WEEK = "week"
        MONTH = "month"
        YEAR = "year"
        EVER = "ever"

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="rewards", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    about_zh = models.CharField(max_length=1_000, default="")
    about_en = models.CharField(max_length=1_000, default="")
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    points = models.BigIntegerField()
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    partner = models.CharField(max_length=120, default="")
    has_codes = models.BooleanField(default=False)
    # What she reads once she has it: where to collect it, how to use the code.
    use_zh = models.CharField(max_length=1_000, default="")
    use_en = models.CharField(max_length=1_000, default="")
    tiers = models.JSONField(default=list)
    limit_count = models.IntegerField(null=True)
    limit_period = models.CharField(max_length=5, choices=LimitPeriod.choices, default=LimitPeriod.EVER)
    stock = models.IntegerField(null=True)
    taken = models.IntegerField(default=0)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    collect_days = models.IntegerField(default=30)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_reward"
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_price"),
            models.CheckConstraint(
                condition=Q(taken__gte=0) & (Q(stock__isnull=True) | Q(taken__lte=F("stock"))), name="reward_stock"
            ),
            models.CheckConstraint(
                condition=Q(kind="coupon", offer__isnull=False) | ~Q(kind="coupon") & Q(offer__isnull=True),
                name="reward_coupon_of_an_offer",
            ),
            models.CheckConstraint(condition=Q(has_codes=False) | Q(kind="benefit"), name="reward_codes_of_a_benefit"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="reward_window",
            ),
        ]
        indexes = [models.Index(fields=["programme", "-created_at", "-id"], name="reward_newest")]


class Redemption(models.Model):
    """One exchange of points for a reward, at the price of its day. `until_at` is set while a product waits."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        FULFILLED = "fulfilled"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=300, unique=True)
    code = models.CharField(max_length=40, unique=True)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="redemptions", db_index=False)
    state = models.CharField(max_length=9, choices=State.choices)
    points = models.BigIntegerField()
    requested_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    coupon = models.OneToOneField(Coupon, on_delete=models.PROTECT, null=True, related_name="redemption")

    class Meta:
        db_table = "loyalty_redemption"
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="redemption_price"),
            models.CheckConstraint(
                condition=Q(state="requested", ended_at__isnull=True, until_at__isnull=False)
                | ~Q(state="requested") & Q(ended_at__isnull=False),
                name="redemption_waits_or_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-requested_at", "-id"], name="redemption_of_customer"),
            models.Index(fields=["reward", "-requested_at", "-id"], name="redemption_of_reward"),
            models.Index(fields=["-requested_at", "-id"], name="redemption_newest"),
            models.Index(fields=["until_at"], condition=Q(state="requested"), name="redemption_waiting"),
        ]


class RedemptionChange(models.Model):
    """A change of a redemption's state. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    redemption = models.ForeignKey(Redemption, on_delete=models.PROTECT, related_name="changes", db_index=False)
    at = models.DateTimeField()
    from_state = models.CharField(max_length=9, choices=Redemption.State.choices, null=True)
    to_state = models.CharField(max_length=9, choices=Redemption.State.choices)
    actor = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "loyalty_redemption_change"
        indexes = [models.Index(fields=["redemption", "id"], name="redemption_change_of")]


class RewardCode(models.Model):
    """One code of a partner; whose it is once a redemption took it."""

    id = models.BigAutoField(primary_key=True)
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="codes", db_index=False)
    text = models.CharField(max_length=120)
    redemption = models.OneToOneField(
        Redemption, on_delete=models.PROTECT, null=True, related_name="benefit_code", db_index=False
    )

    class Meta:
        db_table = "loyalty_reward_code"
        constraints = [models.UniqueConstraint(fields=["reward", "text"], name="reward_code_once")]
        indexes = [models.Index(fields=["reward", "id"], condition=Q(redemption__isnull=True), name="reward_code_free")]
