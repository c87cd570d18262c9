"""What people agreed to, and the addresses that must not be written to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from huike.customers.models.people import Customer
from huike.platform.fields import current_xid


class Channel(models.TextChoices):
    """Ways to reach a person."""

    EMAIL = "email"
    SMS = "sms"
    WECHAT = "wechat"
    PHONE = "phone"


class Purpose(models.TextChoices):
    MARKETING = "marketing"
    SERVICE = "service"


class Wording(models.Model):
    """Words of consent that were published once. Never edited: the database refuses update and delete."""

    version = models.CharField(max_length=40, primary_key=True)
    language = models.CharField(max_length=2)
    channel = models.CharField(max_length=8)
    purpose = models.CharField(max_length=10)
    text = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        db_table = "customers_wording"


class ConsentEvent(models.Model):
    """One word a person gave about one channel and purpose. Never edited: the database refuses update and delete."""

    class State(models.TextChoices):
        GRANTED = "granted"
        DENIED = "denied"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consent_events")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    given_at = models.DateTimeField()
    how = models.CharField(max_length=60)
    wording_version = models.CharField(max_length=60, default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_consent_event"
        indexes = [models.Index(fields=["customer", "channel", "purpose", "-given_at"], name="consent_event_latest")]


class Consent(models.Model):
    """Where a person stands now: the latest consent event of a channel and purpose, a "no" before a "yes" on a tie."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=9, choices=ConsentEvent.State.choices)
    given_at = models.DateTimeField()
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "customers_consent"
        constraints = [models.UniqueConstraint(fields=["customer", "channel", "purpose"], name="consent_once")]
        indexes = [models.Index(fields=["change_xid"], name="consent_change")]


class Suppression(models.Model):
    """An address that must not be written to, whoever it belongs to: it bounced, complained, was blocked, or its
    owner was erased."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        UNSUBSCRIBED = "unsubscribed"
        MANUAL = "manual"
        ERASED = "erased"  # whoever it was asked to be forgotten

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address_hmac = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="suppressions")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    detail = models.CharField(max_length=300, default="")
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "customers_suppression"
        indexes = [models.Index(fields=["change_xid"], name="suppression_change")]
        constraints = [models.UniqueConstraint(fields=["channel", "address_hmac"], name="suppression_once")]
