"""People on the way to show who they are."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Confirmation(models.Model):
    """A code on its way to an address that somebody says is hers. Gone once it was typed, or after a day.

    The address stands here sealed; `token_hash` is what the page of the code is found by.
    """

    id = models.BigAutoField(primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=5)
    address_sealed = models.TextField()
    language = models.CharField(max_length=2)
    code_hmac = models.CharField(max_length=64, default="")
    code_sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    tries_left = models.SmallIntegerField(default=0)
    sends_count = models.SmallIntegerField(default=0)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_confirmation"
        constraints = [models.CheckConstraint(condition=Q(tries_left__gte=0), name="confirmation_tries")]
        indexes = [models.Index(fields=["asked_at"], name="confirmation_age")]
