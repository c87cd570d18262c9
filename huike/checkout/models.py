"""Tills that may sell offline, and what each told later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.catalog.models import Store
from huike.customers.models import Source
from huike.orders.models import Order


class Till(models.Model):
    """A till with a key of its own. It speaks for one source; limits bound what it burns without the server."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="tills")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+")
    public_key = models.CharField(max_length=44)
    most_points_sale = models.BigIntegerField()
    most_points_session = models.BigIntegerField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "checkout_till"
        constraints = [
            models.CheckConstraint(condition=Q(most_points_sale__gte=0, most_points_session__gte=0), name="till_limits")
        ]


class OfflineItem(models.Model):
    """One signed line of a till's queue and what became of it; `body` as long as a person has to look at it."""

    class State(models.TextChoices):
        TAKEN = "taken"
        REFUSED = "refused"
        DISMISSED = "dismissed"  # a person looked at it and let it be

    id = models.BigAutoField(primary_key=True)
    till = models.ForeignKey(Till, on_delete=models.PROTECT, related_name="items", db_index=False)
    sequence = models.BigIntegerField()
    session = models.UUIDField()
    body = models.TextField()
    body_sha256 = models.CharField(max_length=64)
    signature = models.CharField(max_length=88)
    state = models.CharField(max_length=9, choices=State.choices)
    problem = models.CharField(max_length=80, default="")
    problem_params = models.JSONField(default=dict)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    points = models.BigIntegerField(default=0)
    received_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "checkout_offline_item"
        constraints = [models.UniqueConstraint(fields=["till", "sequence"], name="offline_item_once")]
        indexes = [
            models.Index(fields=["till", "session"], name="offline_item_session"),
            models.Index(fields=["-id"], condition=Q(state="refused"), name="offline_item_refused"),
            models.Index(fields=["order"], condition=Q(order__isnull=False), name="offline_item_order"),
        ]
