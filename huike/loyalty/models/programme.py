"""A programme and the versions of its terms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Programme(models.Model):
    """What members belong to. One programme runs at a time; its points are an asset of the ledger of their own."""

    class State(models.TextChoices):
        DRAFT = "draft"
        ACTIVE = "active"
        PAUSED = "paused"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    points_name = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    version = models.IntegerField(default=0)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_programme"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(state__in=["active", "paused"]), name="programme_one_runs"
            )
        ]


class Terms(models.Model):
    """One version of a programme's terms, in effect from `effective_at` until that of any later version.

    Never edited: the database refuses update and delete. `document` is `terms.document.TermsDocument`.
    """

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    effective_at = models.DateTimeField()
    document = models.JSONField()
    note = models.CharField(max_length=300, default="")
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_terms"
        constraints = [models.UniqueConstraint(fields=["programme", "version"], name="terms_version_once")]


class TermsDraft(models.Model):
    """The next version while it is edited: one a programme, as it was typed, whole or not.

    `version` counts how often it was saved, so that of two editors the second learns of the first.
    """

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, primary_key=True, related_name="draft")
    document = models.JSONField()
    version = models.IntegerField(default=1)
    edited_by = models.CharField(max_length=120)
    edited_at = models.DateTimeField()

    class Meta:
        db_table = "loyalty_terms_draft"


class Pause(models.Model):
    """A time in which purchases earned nothing. Judged by when they were placed, so it is kept for ever."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="pauses")
    paused_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "loyalty_pause"
        constraints = [
            models.UniqueConstraint(
                fields=["programme"], condition=Q(resumed_at__isnull=True), name="pause_one_at_a_time"
            )
        ]
