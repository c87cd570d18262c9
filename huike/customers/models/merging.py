"""What merging two files moved, so that it can be taken back; and history claimed for a person."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models.consent import Channel, ConsentEvent, Purpose
from huike.customers.models.people import Customer, Source


class Merge(models.Model):
    """Two files found to be one person. `fields` holds the survivor's columns that changed, before and after;
    `consents` what became of each channel and purpose and why. Holds personal data: erasing a person clears both.
    """

    id = models.BigAutoField(primary_key=True)
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_survived")
    absorbed = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges_absorbed")
    choices = models.JSONField(default=dict)
    fields = models.JSONField(default=dict)
    consents = models.JSONField(default=list)
    # The newest word about consent when the files became one: what is newer was said by or of both.
    last_consent_event_id = models.BigIntegerField(default=0)
    note = models.CharField(max_length=300, default="")
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=120)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=120, default="")
    undo_note = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "customers_merge"
        constraints = [
            models.UniqueConstraint(fields=["absorbed"], condition=Q(undone_at=None), name="merge_stands_once"),
            models.CheckConstraint(condition=~Q(survivor=models.F("absorbed")), name="merge_of_two"),
        ]
        indexes = [models.Index(fields=["-merged_at", "-id"], name="merge_newest")]


class MergeMove(models.Model):
    """Rows of one kind that a merge moved, by id: eight bytes a row."""

    id = models.BigAutoField(primary_key=True)
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="moves")
    follower = models.CharField(max_length=40)
    row_ids = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "customers_merge_move"


class CarriedConsent(models.Model):
    """A word about consent that stands on a file because of a merge or its undoing, beside the words given to that
    file. Deleted when the merge is undone; what the person said herself is never touched."""

    id = models.BigAutoField(primary_key=True)
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="carried")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=9, choices=ConsentEvent.State.choices)
    given_at = models.DateTimeField()
    how = models.CharField(max_length=60)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_carried_consent"


class Claim(models.Model):
    """Anonymous history that became a person's: which key it was kept under, and how many rows of each kind moved."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="claims")
    key = models.CharField(max_length=260)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    how = models.CharField(max_length=12)
    counts = models.JSONField(default=dict)
    claimed_by = models.CharField(max_length=120)
    claimed_at = models.DateTimeField()

    class Meta:
        db_table = "customers_claim"
        indexes = [models.Index(fields=["customer", "-claimed_at", "-id"], name="claim_of_customer")]
