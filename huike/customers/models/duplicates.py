"""Pairs of files proposed as one person, and those somebody called two."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer


class DuplicateModel(models.Model):
    """What answers are worth, as learned from this house's own files at `learned_at`. `shares` as
    `duplicates.model.Shares`; `figures` are the pairs it was learned from, by what they agree in."""

    id = models.BigAutoField(primary_key=True)
    rules_version = models.SmallIntegerField()
    files_count = models.IntegerField()
    shares = models.JSONField()
    figures = models.JSONField()
    learned_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_duplicate_model"


class Duplicate(models.Model):
    """Two files that are likely one person. Reasons are codes of what agrees and differs, never values.

    A pair whose files were merged is not listed while the merge stands; one that was dismissed is kept for ever, so
    that it is never proposed again. `model` scored it; null for the shipped shares.
    """

    id = models.BigAutoField(primary_key=True)
    low = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    high = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    score_permille = models.SmallIntegerField()
    reasons = ArrayField(models.CharField(max_length=24))
    model = models.ForeignKey(DuplicateModel, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
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
    when this one read the files, and scores with the same `model`; null for the shipped shares."""

    id = models.BigAutoField(primary_key=True)
    is_full = models.BooleanField()
    read_xid = models.BigIntegerField()
    rules_version = models.SmallIntegerField()
    model = models.ForeignKey(DuplicateModel, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    files_count = models.IntegerField()
    changed_count = models.IntegerField()
    pairs_count = models.IntegerField()
    ended_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_duplicate_search"
