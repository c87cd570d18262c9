"""Whose deals are sold."""

from __future__ import annotations

from django.db import models


class Merchant(models.Model):
    """A business that sells through deals. Only an admitted one sells."""

    class State(models.TextChoices):
        APPLIED = "applied"
        ADMITTED = "admitted"
        SUSPENDED = "suspended"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State.choices, default=State.APPLIED)

    class Meta:
        db_table = "groupbuy_merchant"
