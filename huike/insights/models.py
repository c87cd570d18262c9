"""What analysts asked, and the questions they keep."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Question(models.Model):
    """One asking in SQL, for the screen or for a file. `outcome` is empty while it runs, then `answered` or the code of
    what went wrong. Forgotten after a while; the audit log keeps that it was asked."""

    class Purpose(models.TextChoices):
        SHOW = "show"
        FILE = "file"

    id = models.BigAutoField(primary_key=True)
    asked_by_id = models.BigIntegerField(null=True)
    asked_by_key_id = models.BigIntegerField(null=True)
    sql = models.TextField()
    purpose = models.CharField(max_length=4, choices=Purpose.choices, default=Purpose.SHOW)
    in_clear = models.BooleanField()
    asked_at = models.DateTimeField(db_default=Now())
    cancel_requested = models.BooleanField(default=False)
    outcome = models.CharField(max_length=80, default="")
    rows = models.BigIntegerField(null=True)
    cut = models.BooleanField(default=False)
    elapsed_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "insights_question"
        constraints = [
            models.CheckConstraint(
                condition=Q(asked_by_id__isnull=False) | Q(asked_by_key_id__isnull=False), name="question_asked_by"
            )
        ]
        indexes = [
            models.Index(fields=["asked_by_id", "-id"], name="question_of_user"),
            models.Index(fields=["asked_by_key_id", "-id"], name="question_of_key"),
            models.Index(fields=["asked_at"], name="question_age"),
        ]


class SavedQuery(models.Model):
    """SQL under a name, of one person; `shared` ones are read by all who may ask."""

    id = models.BigAutoField(primary_key=True)
    owner_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    sql = models.TextField()
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "insights_saved_query"
        constraints = [models.UniqueConstraint(fields=["owner_id", "name"], name="saved_query_name_once")]
        indexes = [models.Index(fields=["shared"], name="saved_query_shared")]
