"""Tracked sources, events and whose they are, carts, check-ins, words and the interests they show."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from huike.customers.models import Customer, Source
from huike.platform.fields import current_xid


class TrackedSource(models.Model):
    """A source that sends events, and how what it says is taken."""

    source = models.OneToOneField(Source, on_delete=models.PROTECT, primary_key=True, related_name="tracking")
    allowed_origins = models.JSONField(default=list)
    trusted = models.BooleanField(default=False)
    cart_idle_minutes = models.IntegerField(default=60, db_default=60)
    check_in_cooldown_minutes = models.IntegerField(default=60, db_default=60)
    check_in_radius_metres = models.IntegerField(default=200, db_default=200)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "behaviour_tracked_source"
        constraints = [
            models.CheckConstraint(
                condition=Q(cart_idle_minutes__gte=1)
                & Q(check_in_cooldown_minutes__gte=0)
                & Q(check_in_radius_metres__gte=0),
                name="tracked_source_numbers",
            )
        ]


class WriteKey(models.Model):
    """Lets a client speak for one source. Not a secret: it stands in every page that uses it."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(TrackedSource, on_delete=models.CASCADE, related_name="write_keys")
    key = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "behaviour_write_key"


class Delivery(models.Model):
    """The inbox: one body as it came (unpacked), until the worker has digested it. `fault` sets it aside."""

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)  # the call's kind, or `batch`
    body = models.BinaryField()
    received_at = models.DateTimeField()
    fault = models.CharField(max_length=300, null=True)

    class Meta:
        db_table = "behaviour_delivery"
        indexes = [models.Index(fields=["id"], condition=Q(fault__isnull=True), name="delivery_waiting")]


class Visitor(models.Model):
    """What a client calls somebody. `user` is the signed-in visitor an anonymous one turned out to be."""

    class Kind(models.TextChoices):
        ANONYMOUS = "anonymous"
        USER = "user"

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    value = models.CharField(max_length=200)
    user = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="devices")
    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, related_name="visitors")
    traits = models.JSONField(default=dict)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    linked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "behaviour_visitor"
        constraints = [models.UniqueConstraint(fields=["source_id", "kind", "value"], name="visitor_once")]


class CustomerEvent(models.Model):
    """One thing somebody did. Partitioned by the month it was received; rows are written by COPY, not by the ORM."""

    class Kind(models.TextChoices):
        TRACK = "track"
        PAGE = "page"
        SCREEN = "screen"
        IDENTIFY = "identify"
        ALIAS = "alias"
        GROUP = "group"

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    message_key = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=200)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    visitor_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    properties = models.JSONField()
    context = models.JSONField()
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "behaviour_event"


class Sample(models.Model):
    """What the operator sees of the latest events and of the refused ones; the oldest give way."""

    class Outcome(models.TextChoices):
        TAKEN = "taken"
        REPEATED = "repeated"
        REFUSED = "refused"

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    reason = models.CharField(max_length=30, default="")
    kind = models.CharField(max_length=20, default="")
    name = models.CharField(max_length=200, default="")
    customer_id = models.BigIntegerField(null=True)
    told = models.JSONField(default=dict)

    class Meta:
        db_table = "behaviour_sample"
        indexes = [models.Index(fields=["source_id", "outcome", "-id"], name="sample_newest")]


class DayCount(models.Model):
    """How many events of a source ended how on one of the operator's days."""

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    day_on = models.DateField()
    outcome = models.CharField(max_length=8, choices=Sample.Outcome.choices)
    reason = models.CharField(max_length=30, default="")
    events_count = models.BigIntegerField()

    class Meta:
        db_table = "behaviour_day_count"
        constraints = [
            models.UniqueConstraint(fields=["source_id", "day_on", "outcome", "reason"], name="day_count_once")
        ]


class Cart(models.Model):
    """What somebody has put aside to buy. `lines` are [{key, sku, name, quantity, price_minor}]; live until `ended_at`.

    `customer_id` is null while nobody knows whose it is; `visitor_id` is then its owner.
    """

    class End(models.TextChoices):
        ORDERED = "ordered"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    source_id = models.BigIntegerField()
    visitor_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    lines = models.JSONField(default=list)
    items_count = models.IntegerField(default=0)
    value_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)
    checkout_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()
    abandoned_at = models.DateTimeField(null=True)
    times_abandoned = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=End.choices, null=True)
    recovered = models.BooleanField(default=False)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "behaviour_cart"
        constraints = [
            models.UniqueConstraint(
                fields=["source_id", "customer_id"],
                condition=Q(customer_id__isnull=False, ended_at__isnull=True),
                name="cart_live_once_per_customer",
            ),
            models.UniqueConstraint(
                fields=["source_id", "visitor_id"],
                condition=Q(customer_id__isnull=True, ended_at__isnull=True),
                name="cart_live_once_per_visitor",
            ),
        ]
        indexes = [
            models.Index(fields=["customer_id", "-last_activity_at", "-id"], name="cart_of_customer"),
            models.Index(fields=["visitor_id"], name="cart_of_visitor"),
            models.Index(fields=["last_activity_at"], condition=Q(ended_at__isnull=True), name="cart_idle"),
            models.Index(fields=["change_xid"], name="cart_change"),
        ]


class CheckIn(models.Model):
    """Somebody was at a place."""

    class Kind(models.TextChoices):
        SOCIAL = "social"
        QR = "qr"
        WIFI = "wifi"
        CAMERA = "camera"
        APP = "app"

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="check_ins")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    store_id = models.BigIntegerField(null=True)
    place = models.CharField(max_length=200, default="")
    latitude_degrees = models.FloatField(null=True)
    longitude_degrees = models.FloatField(null=True)
    distance_metres = models.IntegerField(null=True)
    checked_in_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "behaviour_check_in"
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="check_in_once")]
        indexes = [
            models.Index(fields=["customer", "-checked_in_at", "-id"], name="check_in_of_customer"),
            models.Index(fields=["change_xid"], name="check_in_change"),
        ]


class InterestTerm(models.Model):
    """The lexicon: a term, and the interest whoever uses it shows."""

    id = models.BigAutoField(primary_key=True)
    term = models.CharField(max_length=60, unique=True)
    interest = models.CharField(max_length=60)

    class Meta:
        db_table = "behaviour_interest_term"


class Interest(models.Model):
    """One interest of one customer. `weight` is the sum of its evidence as of 2020-01-01; see the algorithm's page."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interests", db_index=False)
    interest = models.CharField(max_length=60)
    weight = models.FloatField()
    evidence_count = models.IntegerField()
    last_said_at = models.DateTimeField()
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "behaviour_interest"
        constraints = [models.UniqueConstraint(fields=["customer", "interest"], name="interest_once")]
        indexes = [models.Index(fields=["change_xid"], name="interest_change")]


class Evidence(models.Model):
    """The sentence that shows an interest, or the lack of it (`sign` −1)."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interest_evidence", db_index=False)
    interest = models.CharField(max_length=60)
    term = models.CharField(max_length=60)
    sentence = models.CharField(max_length=500)
    sign = models.SmallIntegerField()
    kind = models.CharField(max_length=10)  # post, review, note, event
    text_key = models.UUIDField()  # of the text it stands in: the same text gives nothing twice
    sentence_number = models.IntegerField()
    said_at = models.DateTimeField()

    class Meta:
        db_table = "behaviour_evidence"
        constraints = [
            models.UniqueConstraint(fields=["text_key", "sentence_number", "interest"], name="evidence_once"),
            models.CheckConstraint(condition=Q(sign__in=[-1, 1]), name="evidence_sign"),
        ]
        indexes = [models.Index(F("customer"), F("said_at").desc(), F("id").desc(), name="evidence_of_customer")]
