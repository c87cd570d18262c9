"""Templates, messages, what happened to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models import Channel, Customer, Purpose
from huike.platform.fields import current_xid


class Template(models.Model):
    """What a marketer edits. `version` is that of the newest `TemplateVersion`; messages point to versions."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=160)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.MARKETING)
    version = models.IntegerField(default=1)
    archived_at = models.DateTimeField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "messaging_template"
        indexes = [models.Index(fields=["-updated_at", "-id"], name="template_newest")]


class TemplateVersion(models.Model):
    """A template's words as they were when somebody saved them. Never edited: the database refuses update and delete.

    `contents` maps a language (`zh-CN`, `en`) to subject, preheader, heading, body, button_label, button_url;
    `links` maps a language to the link targets (Liquid sources) by number.
    """

    id = models.BigAutoField(primary_key=True)
    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    layout = models.CharField(max_length=20)
    contents = models.JSONField()
    links = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "messaging_template_version"
        constraints = [models.UniqueConstraint(fields=["template", "version"], name="template_version_once")]


class SendingRules(models.Model):
    """The operator's limits on marketing: one row at most, defaults without it. Local times in the operator's zone."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    cap_messages = models.IntegerField(default=3)
    cap_days = models.IntegerField(default=7)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "messaging_sending_rules"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="sending_rules_once"),
            models.CheckConstraint(condition=Q(cap_messages__gte=0, cap_days__gte=1), name="sending_rules_cap"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="sending_rules_quiet",
            ),
        ]


class Dispatch(models.Model):
    """Messages that are started, paused and stopped together. `campaign_id` belongs to a room above."""

    class State(models.TextChoices):
        PREPARING = "preparing"
        OPEN = "open"
        PAUSED = "paused"
        STOPPED = "stopped"
        DONE = "done"

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    campaign_id = models.BigIntegerField(null=True, unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PREPARING)
    created_at = models.DateTimeField(db_default=Now())
    opened_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    # Why the server could not be reached the last time, how often in a row, and when it is tried again.
    trouble = models.CharField(max_length=300, default="")
    failures_count = models.IntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_dispatch"
        indexes = [models.Index(fields=["state"], name="dispatch_open", condition=Q(state="open"))]


class SendRun(models.Model):
    """One worker's turn at sending. Alive while it holds the session lock of its id."""

    id = models.BigAutoField(primary_key=True)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "messaging_send_run"
        indexes = [models.Index(fields=["id"], name="send_run_not_ended", condition=Q(ended_at__isnull=True))]


class Message(models.Model):
    """One message to one person. `docs/algorithms/sending.md` draws its states."""

    class State(models.TextChoices):
        QUEUED = "queued"
        HELD = "held"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        NOT_SENT = "not_sent"
        UNCERTAIN = "uncertain"

    id = models.BigAutoField(primary_key=True)
    dispatch = models.ForeignKey(Dispatch, on_delete=models.PROTECT, related_name="messages")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="messages")
    campaign_id = models.BigIntegerField(null=True)
    arm = models.SmallIntegerField(default=1)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    template_version = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    variables = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=80, default="")
    not_before_at = models.DateTimeField(db_default=Now())
    attempts_count = models.SmallIntegerField(default=0)
    run_id = models.BigIntegerField(null=True)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "messaging_message"
        constraints = [models.UniqueConstraint(fields=["dispatch", "customer"], name="message_once_per_dispatch")]
        indexes = [
            models.Index(
                fields=["dispatch", "not_before_at", "id"],
                name="message_due",
                condition=Q(state__in=["queued", "held"]),
            ),
            models.Index(fields=["run_id"], name="message_in_hand", condition=Q(state__in=["claimed", "sending"])),
            models.Index(fields=["campaign_id", "state"], name="message_of_campaign"),
            models.Index(fields=["customer", "-id"], name="message_of_customer"),
            models.Index(fields=["change_xid"], name="message_change"),
            models.Index(
                fields=["customer", "channel", "claimed_at"],
                name="message_counts_to_cap",
                condition=Q(state__in=["claimed", "sending", "sent", "uncertain"]),
            ),
        ]


class Attempt(models.Model):
    """One try to hand a message to the server, and what the server said. Append-only."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted"
        REFUSED = "refused"
        DEFERRED = "deferred"
        UNCERTAIN = "uncertain"

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    code = models.IntegerField(null=True)
    detail = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "messaging_attempt"
        indexes = [models.Index(fields=["message", "id"], name="attempt_of_message")]


class Receipt(models.Model):
    """Something heard about a message after it left. Append-only: the database refuses update."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered"
        BOUNCED = "bounced"
        OPENED = "opened"
        CLICKED = "clicked"
        UNSUBSCRIBED = "unsubscribed"
        COMPLAINED = "complained"

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField(db_default=Now())
    link_number = models.SmallIntegerField(null=True)
    detail = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "messaging_receipt"
        indexes = [models.Index(fields=["message", "id"], name="receipt_of_message")]
