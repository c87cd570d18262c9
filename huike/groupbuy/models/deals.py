"""Deals and every version of their terms."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.catalog.models import Product
from huike.groupbuy.models.merchants import Merchant


class Deal(models.Model):
    """What is sold to groups. `version` is that of the terms new groups open under; `taken` counts the pieces that are
    reserved or sold. The window stands here too, as the newest terms have it, so that lists can be narrowed by it."""

    class State(models.TextChoices):
        DRAFT = "draft"
        ON_SALE = "on_sale"
        PAUSED = "paused"
        OVER = "over"

    id = models.BigAutoField(primary_key=True)
    slug = models.CharField(max_length=20, unique=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="deals", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT)
    currency = models.CharField(max_length=3)
    version = models.IntegerField(default=1)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    stock = models.BigIntegerField()
    taken = models.BigIntegerField(default=0)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "groupbuy_deal"
        constraints = [
            models.CheckConstraint(condition=Q(taken__gte=0, taken__lte=F("stock")), name="deal_not_oversold"),
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="deal_window"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "over"]) | Q(product__isnull=False), name="deal_sells_something"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="deal_newest"),
            models.Index(fields=["merchant", "-id"], name="deal_of_merchant"),
            models.Index(fields=["ends_at"], condition=Q(state__in=["on_sale", "paused"]), name="deal_ending"),
        ]


class DealTerms(models.Model):
    """One version of a deal's terms (`deals.terms.DealDocument`). Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    deal = models.ForeignKey(Deal, on_delete=models.PROTECT, related_name="versions", db_index=False)
    version = models.IntegerField()
    document = models.JSONField()
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "groupbuy_deal_terms"
        constraints = [models.UniqueConstraint(fields=["deal", "version"], name="deal_terms_version_once")]


class Picture(models.Model):
    """A JPEG that terms of deals name, found by its content's hash."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    width = models.IntegerField()
    height = models.IntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "groupbuy_picture"
