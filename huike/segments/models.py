"""Segments and their membership snapshots."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from huike.platform.fields import current_xid


class Segment(models.Model):
    """A named rule, or a fixed list of people, whose rule is "on this list".

    `snapshot` is the newest member list, found to be so at `refreshed_at`, for the moment `as_of`, of the state of the
    lake that `watermark` stands for (`lake.changes.mark_of`) and of the `background` that stands for all else it was
    made from (`Moment.background`). `tried_at` is of the latest try, which may have failed; `whole_seconds` is how long
    the last whole question took.
    """

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic"
        FIXED = "fixed"

    class State(models.TextChoices):
        NEW = "new"  # its rule has no member list yet
        READY = "ready"
        REFRESHING = "refreshing"
        FAILED = "failed"

    class Cadence(models.TextChoices):
        BY_HAND = "by_hand"
        QUARTERS = "quarters"  # every 15 minutes
        HOURLY = "hourly"
        NIGHTLY = "nightly"  # at `at_hour` in the operator's zone

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=1000, default="")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DYNAMIC)
    made_from = models.JSONField(null=True)
    rule = models.JSONField()
    rule_revision = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    error_code = models.CharField(max_length=80, default="")
    snapshot = models.ForeignKey("Snapshot", on_delete=models.SET_NULL, null=True, related_name="+")
    cadence = models.CharField(max_length=10, choices=Cadence.choices, default=Cadence.NIGHTLY)
    at_hour = models.SmallIntegerField(default=3)
    follows_changes = models.BooleanField(default=True)
    tried_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    as_of = models.DateTimeField(null=True)
    background = models.CharField(max_length=32, default="")
    watermark = models.CharField(max_length=32, default="")
    whole_seconds = models.FloatField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "segments_segment"
        constraints = [
            models.UniqueConstraint(Lower("name"), name="segment_name_once"),
            models.CheckConstraint(condition=Q(at_hour__gte=0) & Q(at_hour__lte=23), name="segment_hour"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="segment_newest")]


class Snapshot(models.Model):
    """Who was in a segment from one moment on, until the next snapshot. `members`, `entered_ids` and `left_ids` are
    64-bit roaring bitmaps in their portable form, emptied as `docs/algorithms/memberships.md` says; nothing else is
    ever edited. `lake_snapshot_id` and `fresh_at` say which state of the lake answered."""

    class Because(models.TextChoices):
        FIRST = "first"  # nobody moved: there was no list before
        RULE = "rule"  # nobody moved: another question was asked
        PEOPLE = "people"

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
    because = models.CharField(max_length=10, choices=Because.choices, default=Because.PEOPLE)
    members = models.BinaryField(null=True)
    entered_ids = models.BinaryField(null=True)
    left_ids = models.BinaryField(null=True)

    class Meta:
        db_table = "segments_snapshot"
        indexes = [models.Index(fields=["segment", "-taken_at", "-id"], name="segment_snapshot_newest")]


class FixedMember(models.Model):
    """A person on a fixed list. Followed by the lake; the database deletes it with its segment."""

    id = models.BigAutoField(primary_key=True)
    segment_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "segments_fixed_member"
        constraints = [models.UniqueConstraint(fields=["segment_id", "customer_id"], name="fixed_member_once")]
        indexes = [
            models.Index(fields=["customer_id"], name="fixed_member_customer"),
            models.Index(fields=["change_xid"], name="fixed_member_change"),
        ]


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
