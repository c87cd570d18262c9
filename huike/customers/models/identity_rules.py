"""How many files and identities may go together, what links nobody, and what was refused because of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer, Identity, Source


class IdentityLimit(models.Model):
    """The operator's limits for one kind of identity; where there is no row, `rules.DEFAULT_LIMITS` holds."""

    kind = models.CharField(max_length=16, choices=Identity.Kind.choices, primary_key=True)
    most_per_customer = models.IntegerField()
    most_files = models.IntegerField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_identity_limit"
        constraints = [
            models.CheckConstraint(
                condition=Q(most_per_customer__gte=1, most_files__gte=1), name="identity_limit_from_1"
            )
        ]


class SharedIdentity(models.Model):
    """An identity seen on more files than one person can have: a shop's phone, a family's card. It links nobody."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Identity.Kind.choices)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    value = models.CharField(max_length=254)
    files_count = models.IntegerField()
    found_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_shared_identity"
        constraints = [
            models.UniqueConstraint(
                fields=["value", "kind", "source"], nulls_distinct=False, name="shared_identity_once"
            )
        ]


class IdentityRefusal(models.Model):
    """An identity that was told for a file and not linked to it. The same refusal again counts up `times`."""

    class Reason(models.TextChoices):
        TAKEN = "taken"
        SHARED = "shared"
        TOO_MANY = "too_many"

    id = models.BigAutoField(primary_key=True)
    reason = models.CharField(max_length=8, choices=Reason.choices)
    kind = models.CharField(max_length=16, choices=Identity.Kind.choices)
    value = models.CharField(max_length=254)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True)
    told_with = models.CharField(max_length=160, default="")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    holder = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    times = models.IntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_identity_refusal"
        constraints = [
            models.UniqueConstraint(
                fields=["value", "kind", "customer", "reason"], nulls_distinct=False, name="identity_refusal_once"
            )
        ]
        indexes = [models.Index(fields=["-last_at", "-id"], name="identity_refusal_newest")]
