"""What people ask about their own data, how it was answered, and the links to their own page."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer


class PrivacyRules(models.Model):
    """The operator's choices: one row at most, defaults without it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    answer_working_days = models.SmallIntegerField(default=15)
    simple_corrections_at_once = models.BooleanField(default=False)
    erasure_at_once = models.BooleanField(default=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_privacy_rules"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="privacy_rules_once"),
            models.CheckConstraint(
                condition=Q(answer_working_days__gte=1, answer_working_days__lte=90), name="privacy_rules_days"
            ),
        ]


class PrivacyRequest(models.Model):
    """One thing a person asked: all that is held, that it be erased, or that it be corrected.

    `customer` is null once she is erased: the request is then the proof that it was done, and names nobody.
    `proposed` is `{field: {"old", "new"}}` of a correction, `result` counts; `sealed` holds, while an erasure is under
    way, what has to be searched for (docs/algorithms/privacy.md §3), and `step` the next thing to do.
    """

    class Kind(models.TextChoices):
        EXPORT = "export"
        ERASE = "erase"
        CORRECT = "correct"

    class State(models.TextChoices):
        OPEN = "open"
        RUNNING = "running"
        DONE = "done"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        FAILED = "failed"

    class AskedBy(models.TextChoices):
        CUSTOMER = "customer"
        STAFF = "staff"
        RESTORE = "restore"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_by = models.CharField(max_length=8, choices=AskedBy.choices)
    asked_by_label = models.CharField(max_length=120, default="")
    note = models.CharField(max_length=1000, default="")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    decided_by = models.CharField(max_length=120, default="")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=1000, default="")
    proposed = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    job_id = models.BigIntegerField(null=True)
    step = models.CharField(max_length=10, default="")
    sealed = models.TextField(default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_privacy_request"
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(state__in=["open", "running", "failed"]),
                name="privacy_request_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "refused", "withdrawn"], finished_at__isnull=False)
                | ~Q(state__in=["done", "refused", "withdrawn"]) & Q(finished_at__isnull=True),
                name="privacy_request_ended_when",
            ),
            models.CheckConstraint(condition=~Q(state="done") | Q(sealed=""), name="privacy_request_forgets"),
        ]
        indexes = [
            models.Index(F("asked_at").desc(), F("id").desc(), name="privacy_request_newest"),
            models.Index(fields=["due_on", "id"], name="privacy_request_due"),
        ]


class PrivacyMoment(models.Model):
    """One thing that happened to a request. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    request = models.ForeignKey(PrivacyRequest, on_delete=models.PROTECT, related_name="moments")
    at = models.DateTimeField()
    what = models.CharField(max_length=20)
    by = models.CharField(max_length=120)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "customers_privacy_moment"
        indexes = [models.Index(fields=["request", "id"], name="privacy_moment_of")]


class OwnLink(models.Model):
    """A one-time link to a person's own page, and the session it opened. The token itself is not kept."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=120, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    session_ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "customers_own_link"
        indexes = [models.Index(fields=["expires_at"], name="own_link_expiry")]


class Erasure(models.Model):
    """That the files of these ids, made at these instants, were erased: what a backup must not bring back."""

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(unique=True)
    customer_ids = ArrayField(models.BigIntegerField())
    made_at = ArrayField(models.DateTimeField())
    erased_at = models.DateTimeField()

    class Meta:
        db_table = "customers_erasure"
