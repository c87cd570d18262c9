"""People chosen together, and what was changed of them (docs/algorithms/customer-list.md)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Selection(models.Model):
    """People as they were chosen: who comes to match afterwards is not among them. `store_ids` is what whoever chose
    could see, null for all stores."""

    id = models.BigAutoField(primary_key=True)
    people_count = models.IntegerField(default=0)
    user_id = models.BigIntegerField(null=True)
    key_id = models.BigIntegerField(null=True)
    store_ids = ArrayField(models.BigIntegerField(), null=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_selection"
        indexes = [models.Index(fields=["made_at"], name="selection_age")]


class SelectionBatch(models.Model):
    """A part of a selection that is worked on in one transaction: ids in order."""

    id = models.BigAutoField(primary_key=True)
    selection = models.ForeignKey(Selection, on_delete=models.CASCADE, related_name="batches", db_index=False)
    number = models.IntegerField()
    customer_ids = ArrayField(models.BigIntegerField())

    class Meta:
        db_table = "customers_selection_batch"
        constraints = [models.UniqueConstraint(fields=["selection", "number"], name="selection_batch_once")]


class BulkChange(models.Model):
    """One change of a whole selection, or the undoing of one. `tag`, `owner_id` and `store_id` say to what."""

    class Kind(models.TextChoices):
        ADD_TAG = "add_tag"
        REMOVE_TAG = "remove_tag"
        ASSIGN_OWNER = "assign_owner"
        ASSIGN_STORE = "assign_store"
        UNDO = "undo"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    job_id = models.BigIntegerField(unique=True)
    selection = models.ForeignKey(Selection, on_delete=models.PROTECT, related_name="+", null=True)
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, related_name="undone_by", null=True)
    tag = models.CharField(max_length=40, default="")
    owner_id = models.BigIntegerField(null=True)
    store_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField(null=True)
    key_id = models.BigIntegerField(null=True)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField(db_default=Now())
    undo_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_bulk_change"


class BulkStep(models.Model):
    """What one batch of a change did: whose files changed, what they held before (in the same order; for tags nothing
    need be told), and on whose files the tag had been a rule's. Its row is written with the change."""

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="steps", db_index=False)
    number = models.IntegerField()
    people_count = models.IntegerField(default=0)
    changed_ids = ArrayField(models.BigIntegerField(), default=list)
    before_ids = ArrayField(models.BigIntegerField(null=True), default=list)
    by_rule_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        db_table = "customers_bulk_step"
        constraints = [models.UniqueConstraint(fields=["change", "number"], name="bulk_step_once")]
