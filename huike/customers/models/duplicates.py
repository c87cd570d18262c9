"""Pairs of files proposed as one person, and those somebody called two."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer


class Duplicate(models.Model):
    """Two files that are likely one person. Reasons are codes of what agrees and differs, never values.

    A pair whose files were merged is not listed while the merge stands; one that was dismissed is kept for ever, so
    that it is never proposed again.
    """

    id = models.BigAutoField(primary_key=True)
    low = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    high = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score_permille = models.SmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=24))
    model_version = models.SmallIntegerField()
    found_at = models.DateTimeField(db_default=Now())
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "customers_duplicate"
        constraints = [
            models.UniqueConstraint(fields=["low", "high"], name="duplicate_once"),
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="duplicate_in_order"),
            models.CheckConstraint(condition=Q(score_permille__range=(0, 1000)), name="duplicate_score"),
        ]
        indexes = [models.Index(fields=["-score_permille", "-id"], name="duplicate_likeliest")]


class DuplicateSearch(models.Model):
    """A search that ended. The next one compares what changed since `read_xid`, the oldest transaction that was running
    when this one read the files. `shares` are what the model learned of this house's data, if anything."""

    id = models.BigAutoField(primary_key=True)
    is_full = models.BooleanField()
    read_xid = models.BigIntegerField()
    model_version = models.SmallIntegerField()
    files_count = models.IntegerField()
    changed_count = models.IntegerField()
    pairs_count = models.IntegerField()
    shares = models.JSONField(default=dict)
    ended_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_duplicate_search"
