"""What the lake keeps in PostgreSQL beside DuckLake's own catalogue."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from huike.platform.fields import current_xid


class Tombstone(models.Model):
    """A row that was deleted from a table the lake follows; without a key, all of them were."""

    id = models.BigAutoField(primary_key=True)
    table_name = models.CharField(max_length=63)
    key = models.BigIntegerField(null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "lake_tombstone"
        indexes = [models.Index(fields=["change_xid"], name="tombstone_change")]


class Freshness(models.Model):
    """One row: everything committed before `fresh_at` is in the lake. `watermark` is the PostgreSQL snapshot it
    holds."""

    id = models.SmallIntegerField(primary_key=True)
    fresh_at = models.DateTimeField(null=True)
    watermark = models.TextField(default="")
    changed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "lake_freshness"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="freshness_is_one_row")]


class Change(models.Model):
    """Whose rows of one table a round deleted or inserted, as a 64-bit roaring bitmap of customers' ids; NULL where
    that was not noted. `before` and `after` stand for the watermarks between which the round led (`changes`)."""

    id = models.BigAutoField(primary_key=True)
    before = models.CharField(max_length=32)
    after = models.CharField(max_length=32)
    table_name = models.CharField(max_length=63)
    customers = models.BinaryField(null=True)
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "lake_change"
        indexes = [
            models.Index(fields=["before"], name="lake_change_before"),
            models.Index(fields=["noted_at"], name="lake_change_age"),
        ]


class Moved(models.Model):
    """When a table of the lake last changed: everything committed before `moved_at` was in the lake by then."""

    table_name = models.CharField(max_length=63, primary_key=True)
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "lake_moved"
