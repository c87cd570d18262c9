"""Offers, and every version of their terms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.promotions.terms.document import Applies, OfferDocument


class Offer(models.Model):
    """A promise to customers. Its terms are versioned: `version` is the one that holds for new carts and coupons.

    `kind` and `applies` are what its current terms say, for lists to be narrowed by.
    """

    class Kind(models.TextChoices):
        PERCENT = "percent"
        AMOUNT = "amount"
        FIXED_PRICE = "fixed_price"
        BUY_GET = "buy_get"
        BUNDLE = "bundle"
        GIFT = "gift"
        SAMPLE = "sample"
        POINTS = "points"
        FREE_DELIVERY = "free_delivery"

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        PAUSED = "paused"
        ENDED = "ended"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=13, choices=Kind.choices)
    applies = models.CharField(max_length=9, choices=[(each.value, each.name.title()) for each in Applies])
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    version = models.IntegerField(default=1)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "promotions_offer"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="offer_newest"),
            models.Index(fields=["id"], condition=Q(state="active", applies="automatic"), name="offer_live"),
        ]


class OfferTerms(models.Model):
    """One version of an offer's terms. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    document = models.JSONField()
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "promotions_offer_terms"
        constraints = [models.UniqueConstraint(fields=["offer", "version"], name="offer_terms_version_once")]

    @property
    def terms(self) -> OfferDocument:
        """The document, read."""
        return OfferDocument.model_validate(self.document)


class LiveOffers(models.Model):
    """One row: a number that grows in every transaction that changes an offer, by which processes know what they
    keep in memory is old."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=0)

    class Meta:
        db_table = "promotions_live_offers"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="live_offers_one_row")]
