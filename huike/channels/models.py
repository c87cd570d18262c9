"""The settings of e-mail and SMS, and the mailbox of a house without a server."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class EmailSetup(models.Model):
    """How e-mail leaves the house: one row at most. Without it, mail goes to the sandbox."""

    class Mode(models.TextChoices):
        SMTP = "smtp"
        SANDBOX = "sandbox"

    class Security(models.TextChoices):
        NONE = "none"
        STARTTLS = "starttls"
        TLS = "tls"

    id = models.SmallIntegerField(primary_key=True, default=1)
    mode = models.CharField(max_length=7, choices=Mode.choices)
    host = models.CharField(max_length=253, default="")
    port = models.IntegerField(default=587)
    security = models.CharField(max_length=8, choices=Security.choices, default=Security.STARTTLS)
    username = models.CharField(max_length=254, default="")
    password_encrypted = models.TextField(default="")
    from_name = models.CharField(max_length=120, default="")
    from_address = models.CharField(max_length=254)
    reply_to = models.CharField(max_length=254, default="")
    bounce_address = models.CharField(max_length=254, default="")
    rate_per_second = models.IntegerField(null=True)
    connections_count = models.SmallIntegerField(default=4)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "channels_email_setup"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="email_setup_once"),
            models.CheckConstraint(
                condition=Q(rate_per_second__isnull=True) | Q(rate_per_second__gt=0), name="email_rate_positive"
            ),
            models.CheckConstraint(
                condition=Q(connections_count__gte=1, connections_count__lte=32), name="email_connections"
            ),
        ]


class SmsSetup(models.Model):
    """How short messages leave the house: one row at most. Without it, they go to the sandbox."""

    class Mode(models.TextChoices):
        GATEWAY = "gateway"
        SANDBOX = "sandbox"

    id = models.SmallIntegerField(primary_key=True, default=1)
    mode = models.CharField(max_length=7, choices=Mode.choices)
    url = models.CharField(max_length=2000, default="")
    secret_encrypted = models.TextField(default="")
    signature = models.CharField(max_length=20, default="")
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "channels_sms_setup"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sms_setup_once")]


MAILBOX: Final = "mailbox"
"""What a page listens to that shows the sandbox."""


class SandboxMail(models.Model):
    """A mail or short message kept inside the product instead of leaving it. `message_id` and `campaign_id` belong to
    rooms above."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"

    id = models.BigAutoField(primary_key=True)
    message_id = models.BigIntegerField(null=True)
    campaign_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL, db_default="email")
    to_address = models.CharField(max_length=254)
    from_header = models.CharField(max_length=400)
    subject = models.TextField()
    html = models.TextField()
    text = models.TextField()
    headers = models.JSONField(default=list)
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "channels_sandbox_mail"
        constraints = [
            # A message kept twice would be a message sent twice.
            models.UniqueConstraint(
                fields=["message_id"], condition=Q(message_id__isnull=False), name="sandbox_mail_once"
            )
        ]
        indexes = [
            models.Index(fields=["-sent_at", "-id"], name="sandbox_newest"),
            models.Index(fields=["campaign_id", "-id"], name="sandbox_of_campaign"),
        ]
