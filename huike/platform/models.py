"""Tables of the house itself: events waiting to be told, jobs people watch, keys of repeated writes, the audit log,
pictures for everybody's eyes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.platform.fields import current_xid


class OutboxEvent(models.Model):
    """A domain event, written with the change that caused it. Position in the stream is (`xid`, `id`)."""

    id = models.BigAutoField(primary_key=True)
    xid = models.BigIntegerField(db_default=current_xid())
    name = models.CharField(max_length=80)
    payload = models.JSONField()
    customer_id = models.BigIntegerField(null=True)
    occurred_at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "platform_outbox_event"
        indexes = [models.Index(fields=["xid", "id"], name="outbox_position")]


class OutboxCursor(models.Model):
    """How far one handler has read, and why it is held back if it is."""

    handler = models.CharField(max_length=80, primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    last_error = models.TextField(default="")
    retry_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "platform_outbox_cursor"


class Job(models.Model):
    """Long work a person asked for or should know of: progress, result, and what was refused.

    `title_params` and `result` are JSON for the client to word; `kind` names the sentence.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    title_params = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    phase = models.CharField(max_length=60, default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=80, default="")
    error_params = models.JSONField(default=dict)
    requested_by_id = models.BigIntegerField(null=True)
    requested_by_key_id = models.BigIntegerField(null=True)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "platform_job"
        constraints = [
            models.CheckConstraint(
                condition=Q(done__gte=0) & (Q(total__isnull=True) | Q(total__gte=0)), name="job_counts"
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="job_newest"),
            models.Index(fields=["state", "-finished_at"], name="job_state"),
        ]


class IdempotencyKey(models.Model):
    """The first answer to a write, kept so that a repetition gets it again."""

    id = models.BigAutoField(primary_key=True)
    principal = models.CharField(max_length=80)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    response = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "platform_idempotency_key"
        constraints = [models.UniqueConstraint(fields=["principal", "route", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]


class AuditEntry(models.Model):
    """Who did what to which thing. Never edited: the database refuses update and delete."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=120)
    action = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "platform_audit_entry"
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_subject"),
        ]


class LoopHeartbeat(models.Model):
    """The last sign of life of a background loop, and why it last failed."""

    name = models.CharField(max_length=60, primary_key=True)
    beat_at = models.DateTimeField()
    last_error = models.TextField(default="")
    failed_at = models.DateTimeField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "platform_loop_heartbeat"


class Picture(models.Model):
    """A picture anybody may see who has its address; `key` is the hash of its content."""

    key = models.CharField(max_length=64, primary_key=True)
    content_type = models.CharField(max_length=20)
    content = models.BinaryField()
    width = models.IntegerField()
    height = models.IntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "platform_picture"
