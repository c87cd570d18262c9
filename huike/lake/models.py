"""What the lake keeps in PostgreSQL beside DuckLake's own catalogue."""

from __future__ import annotations

from django.db import models

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
