"""Endpoints, their secrets, deliveries and attempts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Endpoint(models.Model):
    """An address that is told of events of some types. `failing_since_at`: the first failure since the last success."""

    class DisabledReason(models.TextChoices):
        PERSON = "person"
        GONE = "gone"
        FAILING = "failing"

    id = models.BigAutoField(primary_key=True)
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, default="")
    event_types = models.JSONField(default=list)
    includes_person = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason.choices, default="", blank=True)
    disabled_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    failing_since_at = models.DateTimeField(null=True)
    held_until_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=120, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "webhooks_endpoint"
        constraints = [
            models.CheckConstraint(condition=Q(is_enabled=True) ^ ~Q(disabled_reason=""), name="webhook_off_for_reason")
        ]


class Secret(models.Model):
    """What an endpoint's deliveries are signed with, encrypted. The one without an end is shown as current."""

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.TextField()
    created_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhooks_secret"
        constraints = [
            models.UniqueConstraint(fields=["endpoint"], condition=Q(ends_at__isnull=True), name="webhook_secret_once")
        ]


class Delivery(models.Model):
    """One event for one endpoint. `tries` counts this round's attempts, `attempts_count` all of them.

    A worker that attempts it holds `claim` until `claimed_until`; after that anybody may. The keys `customer_id` and
    `event_id` (a row of the outbox, kept for a week) belong to other rooms.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event_id = models.BigIntegerField(null=True)
    message_id = models.CharField(max_length=40, unique=True)
    type = models.CharField(max_length=60)
    customer_id = models.BigIntegerField(null=True)
    data = models.JSONField()
    occurred_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    due_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0, db_default=0)
    attempts_count = models.IntegerField(default=0, db_default=0)
    claim = models.BigIntegerField(null=True)
    claimed_until = models.DateTimeField(null=True)
    last_status = models.SmallIntegerField(null=True)
    last_outcome = models.CharField(max_length=12, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "webhooks_delivery"
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_delivery_once")]
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], condition=Q(state="pending"), name="webhook_due"),
            models.Index(
                fields=["endpoint", "customer_id", "id"], condition=Q(state="pending"), name="webhook_customer_queue"
            ),
            models.Index(fields=["endpoint", "state", "-created_at", "-id"], name="webhook_newest_of_state"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_newest"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="webhook_finished"),
        ]


class Attempt(models.Model):
    """What one attempt sent and got. Bodies of answers are cut and masked before they are kept."""

    class Outcome(models.TextChoices):
        DELIVERED = "delivered"
        REFUSED = "refused"
        TIMEOUT = "timeout"
        UNREACHABLE = "unreachable"
        BLOCKED = "blocked"
        UNSIGNED = "unsigned"
        TOO_LARGE = "too_large"
        INTERRUPTED = "interrupted"

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    duration_ms = models.IntegerField(default=0)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    status = models.SmallIntegerField(null=True)
    address = models.CharField(max_length=45, default="")
    detail = models.CharField(max_length=300, default="")
    response = models.TextField(default="")

    class Meta:
        db_table = "webhooks_attempt"
