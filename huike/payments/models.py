"""Payments, refunds, what was asked and what was told. `docs/algorithms/payments.md` is the specification.

The database keeps `refunding_minor` of a payment from its refunds by itself (migration 0002); nothing else may.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class AskedFor(models.Model):
    """A row the worker asks a provider about as long as `due_at` says when. Whoever asks holds `claim` until
    `claimed_until`. `problem` is why the last question brought nothing, as a code."""

    due_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0, db_default=0)
    claim = models.BigIntegerField(null=True)
    claimed_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, default="", db_default="")
    problem_detail = models.CharField(max_length=300, default="", db_default="")
    # What only the provider's adapter understands: ids of its own.
    handles = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Payment(AskedFor):
    """One payment. `number` is what the provider knows it by; `reference` is what it is for, as `participation:12`.

    `unwanted_at`: since when nobody wants it; it is closed at the provider, unless it was paid before. `fee_minor` is
    what the provider took for the capture, None where nobody knows; `fee_terms` what it follows from, None where the
    provider told it. `fee_back_minor` of it came back with refunds.
    """

    class State(models.TextChoices):
        CREATED = "created"
        PENDING = "pending"
        CAPTURED = "captured"
        FAILED = "failed"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=200, unique=True)
    reference = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    provider = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payer = models.CharField(max_length=128, default="", db_default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.CREATED)
    refunding_minor = models.BigIntegerField(default=0, db_default=0)
    fee_minor = models.BigIntegerField(null=True)
    fee_back_minor = models.BigIntegerField(default=0, db_default=0)
    fee_terms = models.ForeignKey("FeeTerms", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    provider_reference = models.CharField(max_length=128, default="", db_default="")
    instruction = models.JSONField(null=True)
    return_url = models.CharField(max_length=2000, default="", db_default="")
    failure_code = models.CharField(max_length=80, default="", db_default="")
    failure_detail = models.CharField(max_length=300, default="", db_default="")
    expires_at = models.DateTimeField()
    unwanted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    authorise_at = models.DateTimeField(null=True)  # when the last authorise was begun
    captured_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_payment"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_amount"),
            models.CheckConstraint(
                condition=Q(refunding_minor=0)
                | Q(state="captured", refunding_minor__gt=0, refunding_minor__lte=F("amount_minor")),
                name="payment_refunds_fit",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "pending"], due_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["captured", "failed", "closed"], due_at__isnull=True, ended_at__isnull=False),
                name="payment_asked_until_known",
            ),
            models.CheckConstraint(
                condition=Q(state="captured", captured_at__isnull=False)
                | (~Q(state="captured") & Q(captured_at__isnull=True)),
                name="payment_captured_at",
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__isnull=True, fee_back_minor=0)
                | Q(
                    state="captured",
                    fee_minor__isnull=False,
                    fee_minor__gte=0,
                    fee_back_minor__gte=0,
                    fee_back_minor__lte=F("fee_minor"),
                ),
                name="payment_fee",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="payment_due"),
            models.Index(fields=["reference", "id"], name="payment_of_reference"),
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["captured_at"], condition=Q(captured_at__isnull=False), name="payment_captured"),
        ]


class Refund(AskedFor):
    """Money of one payment that goes back. Each attempt has a number of its own at the provider (`told_number`)."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        SENT = "sent"
        SUCCEEDED = "succeeded"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds", db_index=False)
    number = models.CharField(max_length=32, unique=True)
    attempt = models.SmallIntegerField(default=1, db_default=1)
    key = models.CharField(max_length=200, unique=True)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=80)
    state = models.CharField(max_length=9, choices=State.choices, default=State.REQUESTED)
    provider_reference = models.CharField(max_length=128, default="", db_default="")
    failure_code = models.CharField(max_length=80, default="", db_default="")
    failure_detail = models.CharField(max_length=300, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_refund"
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["requested", "sent"], due_at__isnull=False, ended_at__isnull=True)
                | Q(state__in=["succeeded", "refused"], due_at__isnull=True, ended_at__isnull=False),
                name="refund_asked_until_known",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="refund_due"),
            models.Index(fields=["payment", "id"], name="refund_of_payment"),
            models.Index(fields=["-created_at", "-id"], name="refund_newest"),
            models.Index(fields=["-ended_at", "-id"], condition=Q(state="refused"), name="refund_refused"),
        ]

    @property
    def told_number(self) -> str:
        """What the provider knows the present attempt by."""
        return self.number if self.attempt == 1 else f"{self.number}-{self.attempt}"


class Question(models.Model):
    """One call to a provider and how it ended. Append-only."""

    class Verb(models.TextChoices):
        AUTHORISE = "authorise"
        CAPTURE = "capture"
        QUERY = "query"
        CLOSE = "close"
        REFUND = "refund"
        QUERY_REFUND = "query_refund"

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="questions", db_index=False)
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, null=True, related_name="questions", db_index=False)
    verb = models.CharField(max_length=12, choices=Verb.choices)
    outcome = models.CharField(max_length=40)  # `answered`, or the code of the failure
    told = models.CharField(max_length=12, default="", db_default="")
    detail = models.CharField(max_length=300, default="", db_default="")
    duration_ms = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        db_table = "payments_question"
        indexes = [models.Index(fields=["payment", "-id"], name="question_of_payment")]


class Notification(models.Model):
    """What a provider told by itself, as it came, its signature verified. Append-only; kept once per `notice_id`."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    notice_id = models.CharField(max_length=128)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="notifications")
    about = models.CharField(max_length=60)  # the provider's name for what happened
    told = models.CharField(max_length=12, default="", db_default="")
    headers = models.JSONField()
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "payments_notification"
        constraints = [models.UniqueConstraint(fields=["provider", "notice_id"], name="notification_once")]


class ProviderSetup(models.Model):
    """An account at a provider of payments. `secrets_sealed` is one JSON document, read with the house's key."""

    key = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    secrets_sealed = models.TextField(default="")
    is_enabled = models.BooleanField(default=True)
    updated_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "payments_provider_setup"


class FeeTerms(models.Model):
    """What a provider takes for a payment in a currency from an instant on, until the next: a rate and a fixed part.
    `gives_back`: with money that goes back its part of the fee does, too. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    provider = models.CharField(max_length=40)
    currency = models.CharField(max_length=3)
    rate_bp = models.IntegerField()
    fixed_minor = models.BigIntegerField()
    gives_back = models.BooleanField()
    starts_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=120)
    agreed_at = models.DateTimeField()

    class Meta:
        db_table = "payments_fee_terms"
        constraints = [
            models.UniqueConstraint(fields=["provider", "currency", "starts_at"], name="fee_terms_once"),
            models.CheckConstraint(condition=Q(rate_bp__gte=0, rate_bp__lte=10_000), name="fee_rate"),
            models.CheckConstraint(condition=Q(fixed_minor__gte=0), name="fee_fixed"),
        ]


class DefaultProvider(models.Model):
    """Which provider takes payments of a currency where nobody names one."""

    currency = models.CharField(max_length=3, primary_key=True)
    provider = models.CharField(max_length=40)

    class Meta:
        db_table = "payments_default_provider"
