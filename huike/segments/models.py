"""Segments and their membership snapshots."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now


class Segment(models.Model):
    """A named rule. `count` and `counted_at` are those of its latest membership snapshot."""

    class State(models.TextChoices):
        NEW = "new"  # its rule has no member list yet
        READY = "ready"
        REFRESHING = "refreshing"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=1000, default="")
    rule = models.JSONField()
    rule_revision = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    error_code = models.CharField(max_length=80, default="")
    snapshot = models.ForeignKey("Snapshot", on_delete=models.SET_NULL, null=True, related_name="+")
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "segments_segment"
        constraints = [models.UniqueConstraint(Lower("name"), name="segment_name_once")]
        indexes = [models.Index(fields=["-created_at", "-id"], name="segment_newest")]


class Snapshot(models.Model):
    """Who was in a segment at one moment. Never edited. `members` is a 64-bit roaring bitmap in its portable form;
    `lake_snapshot_id` and `fresh_at` say which state of the lake answered."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="snapshots")
    rule_revision = models.IntegerField()
    as_of = models.DateTimeField()
    lake_snapshot_id = models.BigIntegerField()
    fresh_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField()
    count = models.BigIntegerField()
    entered = models.BigIntegerField()
    left = models.BigIntegerField()
    members = models.BinaryField()

    class Meta:
        db_table = "segments_snapshot"
        indexes = [models.Index(fields=["segment", "-taken_at", "-id"], name="segment_snapshot_newest")]


class TagRule(models.Model):
    """The members of a segment carry this tag. `put` and `taken` are of the latest run."""

    id = models.BigAutoField(primary_key=True)
    tag = models.CharField(max_length=40, unique=True)
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="tag_rules")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.SET_NULL, null=True, related_name="+")
    ran_at = models.DateTimeField(null=True)
    put = models.BigIntegerField(default=0)
    taken = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "segments_tag_rule"
