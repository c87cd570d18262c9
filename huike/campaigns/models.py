"""Campaigns and their arms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Campaign(models.Model):
    """One planned send. References to segments, users and the like carry no foreign key across rooms."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SCHEDULED = "scheduled"
        PREPARING = "preparing"
        SENDING = "sending"
        PAUSED = "paused"
        SENT = "sent"
        STOPPED = "stopped"
        FAILED = "failed"

    class Step(models.TextChoices):
        """The last preparation step that is finished."""

        NONE = "none"
        AUDIENCE = "audience"
        ASSIGNED = "assigned"
        COUPONS = "coupons"
        MESSAGES = "messages"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=160)
    objective = models.CharField(max_length=400, default="")
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    step = models.CharField(max_length=8, choices=Step.choices, default=Step.NONE)
    failure_code = models.CharField(max_length=80, default="")
    segment_id = models.BigIntegerField(null=True)
    rule = models.JSONField(null=True)
    exclude_segment_ids = models.JSONField(default=list)
    control_bp = models.IntegerField(default=2000)
    attribution_days = models.IntegerField(default=14)
    cost_per_message_micros = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    scheduled_at = models.DateTimeField(null=True)
    experiment_id = models.BigIntegerField(null=True)
    dispatch_id = models.BigIntegerField(null=True)
    job_id = models.BigIntegerField(null=True)
    audience = models.BinaryField(null=True)
    audience_count = models.BigIntegerField(null=True)
    control_count = models.BigIntegerField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_by_scope = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "campaigns_campaign"
        constraints = [
            models.CheckConstraint(
                condition=Q(control_bp__gte=0, control_bp__lt=10_000), name="campaign_control_share"
            ),
            models.CheckConstraint(
                condition=Q(attribution_days__gte=1, attribution_days__lte=365), name="campaign_attribution"
            ),
            models.CheckConstraint(condition=Q(cost_per_message_micros__gte=0), name="campaign_cost"),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(scheduled_at__isnull=False), name="campaign_scheduled_has_instant"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="campaign_newest"),
            models.Index(
                fields=["state"],
                name="campaign_moving",
                condition=Q(state__in=["scheduled", "preparing", "sending"]),
            ),
        ]


class Arm(models.Model):
    """One treatment: a template, and an offer of which everybody in it gets a coupon. Numbered from 1; 0 is control."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="arms")
    number = models.SmallIntegerField()
    name = models.CharField(max_length=80)
    share_bp = models.IntegerField()
    template_id = models.BigIntegerField()
    template_version_id = models.BigIntegerField(null=True)
    offer_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "campaigns_arm"
        constraints = [
            models.UniqueConstraint(fields=["campaign", "number"], name="arm_number_once"),
            models.CheckConstraint(condition=Q(share_bp__gt=0, share_bp__lte=10_000), name="arm_share"),
            models.CheckConstraint(condition=Q(number__gte=1), name="arm_number_from_1"),
        ]
