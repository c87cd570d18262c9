"""Pages, places, attempts, joinings. Designs are documents of `schemas.Design`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models import Customer, Source


class SignUpPage(models.Model):
    """A page people join by. `draft` is what the editor holds, `published` what visitors see."""

    class State(models.TextChoices):
        DRAFT = "draft"
        LIVE = "live"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    draft = models.JSONField()
    published = models.JSONField(null=True)
    version = models.IntegerField(default=0)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signup_page"
        constraints = [
            models.CheckConstraint(condition=Q(state="draft") | Q(published__isnull=False), name="page_shows_something")
        ]
        indexes = [models.Index(fields=["-updated_at", "-id"], name="signup_page_newest")]


class Place(models.Model):
    """One printed code of a page. `store_id` and `clerk_id` point to a store of `catalog` and a user of `staff`."""

    id = models.BigAutoField(primary_key=True)
    page = models.ForeignKey(SignUpPage, on_delete=models.CASCADE, related_name="places")
    code = models.CharField(max_length=12, unique=True)
    label = models.CharField(max_length=80, default="")
    store_id = models.BigIntegerField(null=True)
    clerk_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signup_place"


class Logo(models.Model):
    """A picture on a page, found by its content's hash."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content_type = models.CharField(max_length=20)
    content = models.BinaryField()
    width = models.IntegerField()
    height = models.IntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "signup_logo"


class Tally(models.Model):
    """Counts of one page and operator's day."""

    id = models.BigAutoField(primary_key=True)
    page = models.ForeignKey(SignUpPage, on_delete=models.CASCADE, related_name="tallies")
    day = models.DateField()
    opened = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    confirmed = models.IntegerField(default=0)
    joined = models.IntegerField(default=0)

    class Meta:
        db_table = "signup_tally"
        constraints = [models.UniqueConstraint(fields=["page", "day"], name="tally_once")]


class Attempt(models.Model):
    """One filled-in form on its way to a joining. `told_sealed` and `address_sealed` are emptied when she joined."""

    class Kind(models.TextChoices):
        WEB = "web"
        CALL = "call"

    id = models.BigAutoField(primary_key=True)
    token_hash = models.CharField(max_length=64, unique=True)
    page = models.ForeignKey(SignUpPage, on_delete=models.CASCADE, related_name="attempts")
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.WEB)
    language = models.CharField(max_length=2)
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True)
    clerk_id = models.BigIntegerField(null=True)
    identity_kind = models.CharField(max_length=5)
    address_sealed = models.TextField()
    told_sealed = models.TextField()
    code_hmac = models.CharField(max_length=64, default="")
    code_sent_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    tries_left = models.SmallIntegerField(default=0)
    sends_count = models.SmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    joined_at = models.DateTimeField(null=True)
    joining = models.ForeignKey("Joining", on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=16, default="")

    class Meta:
        db_table = "signup_attempt"
        constraints = [models.CheckConstraint(condition=Q(tries_left__gte=0), name="attempt_tries")]
        indexes = [models.Index(fields=["asked_at"], name="attempt_age")]


class Joining(models.Model):
    """A person joined by a page; once, however often she comes back."""

    class Outcome(models.TextChoices):
        NEW = "new"
        BECAME_MEMBER = "became_member"
        ALREADY_MEMBER = "already_member"

    id = models.BigAutoField(primary_key=True)
    page = models.ForeignKey(SignUpPage, on_delete=models.PROTECT, related_name="joinings")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    kind = models.CharField(max_length=4, choices=Attempt.Kind.choices)
    place = models.ForeignKey(Place, on_delete=models.SET_NULL, null=True)
    store_id = models.BigIntegerField(null=True)
    clerk_id = models.BigIntegerField(null=True)
    referrer_id = models.BigIntegerField(null=True)
    campaign = models.CharField(max_length=120, null=True)
    page_version = models.IntegerField()
    joined_at = models.DateTimeField()

    class Meta:
        db_table = "signup_joining"
        constraints = [models.UniqueConstraint(fields=["page", "customer"], name="joining_once")]
        indexes = [
            models.Index(fields=["page", "-joined_at", "-id"], name="joining_newest"),
            models.Index(fields=["customer", "-joined_at", "-id"], name="joining_of_customer"),
        ]


class Proposal(models.Model):
    """What she typed where her file holds something else. A colleague decides."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DISMISSED = "dismissed"

    id = models.BigAutoField(primary_key=True)
    joining = models.ForeignKey(Joining, on_delete=models.CASCADE, related_name="proposals")
    field = models.CharField(max_length=60)
    told = models.JSONField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "signup_proposal"
        constraints = [
            models.UniqueConstraint(fields=["joining", "field"], condition=Q(state="open"), name="proposal_open_once")
        ]


class ReferralCode(models.Model):
    """What a member's link carries as `?r=`."""

    id = models.BigAutoField(primary_key=True)
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=16, unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "signup_referral_code"
