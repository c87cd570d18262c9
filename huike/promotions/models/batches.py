"""Batches of codes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.promotions.models.offers import Offer, OfferTerms


class CodeBatch(models.Model):
    """Codes of one version of an offer's terms, made together; bearer until somebody claims one.

    `made` is what is there, also while the job goes on and after it was stopped.
    """

    class State(models.TextChoices):
        MAKING = "making"
        STOPPED = "stopped"
        READY = "ready"
        VOID = "void"

    id = models.BigAutoField(primary_key=True)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="batches", db_index=False)
    terms = models.ForeignKey(OfferTerms, on_delete=models.PROTECT, related_name="batches", db_index=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=8, default="", blank=True)
    uses = models.IntegerField()
    count = models.IntegerField()
    made = models.IntegerField(default=0)
    state = models.CharField(max_length=7, choices=State.choices, default=State.MAKING)
    expires_at = models.DateTimeField(null=True)
    job_id = models.BigIntegerField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "promotions_code_batch"
        constraints = [
            models.CheckConstraint(
                condition=Q(made__gte=0, made__lte=models.F("count"), uses__gte=1), name="code_batch_at_most_its_count"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="code_batch_newest"),
            models.Index(fields=["offer", "-created_at", "-id"], name="code_batch_of_offer"),
        ]
