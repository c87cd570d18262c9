"""Members of the programme, and the tiers they were in."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from huike.customers.models import Customer
from huike.loyalty.models.programme import Programme, Terms
from huike.platform.fields import current_xid


class Member(models.Model):
    """A customer in a programme. The tier is a projection of her tier changes; None below the lowest tier."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField()
    tier = models.CharField(max_length=40, null=True)
    tier_since_at = models.DateTimeField(null=True)
    tier_until_at = models.DateTimeField(null=True)  # when it is to be looked at again; None for as long as it is kept
    tier_is_granted = models.BooleanField(default=False)  # by a person, or bought; her purchases alone give a lower one
    judged_version = models.IntegerField(null=True)  # the terms she was last looked at under
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "loyalty_member"
        constraints = [models.UniqueConstraint(fields=["programme", "customer"], name="member_once")]
        indexes = [
            models.Index(fields=["programme", "tier", "id"], name="member_of_tier"),
            models.Index(
                fields=["tier_until_at"], condition=models.Q(tier_until_at__isnull=False), name="member_tier_ends"
            ),
            models.Index(fields=["change_xid"], name="member_change"),
        ]


class TierChange(models.Model):
    """A member's tier from an instant on; the last word about an instant counts. Never edited: the database refuses
    update and delete."""

    class Reason(models.TextChoices):
        JOINED = "joined"
        QUALIFIED = "qualified"
        KEPT = "kept"
        DOWNGRADED = "downgraded"
        GRANTED = "granted"  # by a person, or bought
        ENDED = "ended"  # what was granted ran out
        CORRECTED = "corrected"  # what qualified her was returned, or her purchases turned out to be others
        TERMS = "terms"  # a new version of the terms

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="tier_changes")
    from_tier = models.CharField(max_length=40, null=True)
    to_tier = models.CharField(max_length=40, null=True)
    effective_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)
    is_granted = models.BooleanField(default=False)
    reason = models.CharField(max_length=10, choices=Reason.choices)
    figures = models.JSONField(default=dict)  # what it was decided on
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, null=True, db_index=False)
    decided_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_tier_change"
        indexes = [models.Index(fields=["member", "-effective_at", "-id"], name="tier_change_of_member")]


class TierGrant(models.Model):
    """A tier given by a person over [starts_at, ends_at), or until it is taken back."""

    id = models.BigAutoField(primary_key=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    tier = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    granted_by = models.CharField(max_length=120)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=120, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "loyalty_tier_grant"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="tier_grant_lasts",
            )
        ]
