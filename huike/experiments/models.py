"""Experiments and who is in which arm."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Experiment(models.Model):
    """A comparison: the control share, and the treatment arms with their shares of the rest (basis points)."""

    class Method(models.TextChoices):
        HASH = "hash"
        PERMUTATION = "permutation"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=160)
    control_bp = models.IntegerField()
    arm_shares_bp = models.JSONField()
    method = models.CharField(max_length=11, choices=Method.choices, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "experiments_experiment"
        constraints = [
            models.CheckConstraint(
                condition=Q(control_bp__gte=0, control_bp__lt=10_000), name="experiment_control_share"
            )
        ]


class Assignment(models.Model):
    """One person's arm: 0 is control. Never edited: the database refuses update and delete.

    `customer_id` carries no foreign key: the outcome must stay countable when a file is merged or erased.
    """

    pk = models.CompositePrimaryKey("experiment_id", "customer_id")
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="assignments")
    customer_id = models.BigIntegerField()
    arm = models.SmallIntegerField()
    assigned_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "experiments_assignment"
        constraints = [models.CheckConstraint(condition=Q(arm__gte=0), name="assignment_arm")]
        indexes = [models.Index(fields=["customer_id"], name="assignment_of_customer")]
