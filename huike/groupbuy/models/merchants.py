"""Whose deals are sold: merchants, their papers, what was checked, what was agreed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from huike.catalog.models import Store


class Merchant(models.Model):
    """A business that sells through deals, from its application on. Only an admitted one sells.

    `is_own`: it is the house itself, so what it is owed stays in the house, and the house's goods are given for its
    vouchers. The bank account stands here sealed, under a keyed hash it is found by, and as its last digits.
    """

    class State(models.TextChoices):
        APPLIED = "applied"
        IN_REVIEW = "in_review"
        ADMITTED = "admitted"
        REJECTED = "rejected"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    is_own = models.BooleanField(default=False, db_default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.APPLIED)
    credit_code = models.CharField(max_length=18, default="")
    contact_name = models.CharField(max_length=80, default="")
    contact_phone = models.CharField(max_length=20, default="")
    contact_email = models.CharField(max_length=254, default="")
    bank_name = models.CharField(max_length=120, default="")
    bank_holder = models.CharField(max_length=120, default="")
    bank_account_sealed = models.TextField(default="")
    bank_account_look_up = models.CharField(max_length=64, default="")
    bank_account_shown = models.CharField(max_length=12, default="")
    categories = models.JSONField(default=list)
    about = models.TextField(default="")
    asked = models.TextField(default="")  # what the reviewer asks for, shown behind the applicant's link
    language = models.CharField(max_length=2, default="zh")
    link_hash = models.CharField(max_length=64, default="")
    entered_by = models.CharField(max_length=120, default="")  # a colleague; empty where the public page was used
    entered_by_key = models.CharField(max_length=60, default="")
    applied_at = models.DateTimeField(null=True)
    admission_score = models.SmallIntegerField(null=True)
    # The version of the terms it was decided by; none where that was what Huike comes with.
    admission_terms = models.ForeignKey(
        "MerchantTermsVersion", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)  # while its complaints are above the line
    suspended_at = models.DateTimeField(null=True)
    reinstated_at = models.DateTimeField(null=True)  # complaints from before do not count any more

    class Meta:
        db_table = "groupbuy_merchant"
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code"],
                condition=Q(state__in=["admitted", "suspended"]) & ~Q(credit_code=""),
                name="merchant_admitted_once",
            )
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="merchant_of_state"),
            models.Index(fields=["credit_code"], condition=~Q(credit_code=""), name="merchant_of_code"),
            models.Index(fields=["link_hash"], condition=~Q(link_hash=""), name="merchant_of_link"),
        ]


class MerchantStore(models.Model):
    """A store of ours that a merchant serves."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="served", db_index=False)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+")

    class Meta:
        db_table = "groupbuy_merchant_store"
        constraints = [models.UniqueConstraint(fields=["merchant", "store"], name="merchant_store_once")]


class MerchantDocument(models.Model):
    """A paper of a merchant, sealed. `expires_on` is its last day. The newest of a kind counts."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=20)
    size_bytes = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    sealed = models.BinaryField()
    expires_on = models.DateField(null=True)
    handed_in_by = models.CharField(max_length=120, default="")  # a colleague; empty for the applicant
    handed_in_at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_merchant_document"


class MerchantCheck(models.Model):
    """One answer of a check. The newest of a name counts; the database refuses to edit one."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="checks", db_index=False)
    name = models.CharField(max_length=20)
    outcome = models.CharField(max_length=6)
    details = models.JSONField(default=dict)
    words = models.CharField(max_length=300, default="")
    by = models.CharField(max_length=120, default="")  # empty for one that ran by itself
    at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_merchant_check"
        indexes = [models.Index(fields=["merchant", "-id"], name="check_of_merchant")]


class MerchantStep(models.Model):
    """One change of a merchant's state, or a warning. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="steps")
    from_state = models.CharField(max_length=9, default="")
    to_state = models.CharField(max_length=9)
    reason = models.CharField(max_length=20, default="")  # `complaints` where they brought it about
    words = models.CharField(max_length=300, default="")
    by = models.CharField(max_length=120, default="")
    at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_merchant_step"


class CommissionRate(models.Model):
    """What was agreed from an instant on, until the next. Never edited: the database refuses it."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="rates", db_index=False)
    commission_bp = models.IntegerField()
    starts_at = models.DateTimeField()
    agreed_by = models.CharField(max_length=120)
    words = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "groupbuy_commission_rate"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "starts_at"], name="commission_rate_once"),
            models.CheckConstraint(condition=Q(commission_bp__gte=0, commission_bp__lte=10_000), name="commission_bp"),
        ]


class MerchantTermsVersion(models.Model):
    """One version of what the house asks of merchants (`merchants.terms.MerchantTerms`). The newest holds."""

    id = models.BigAutoField(primary_key=True)
    document = models.JSONField()
    made_by = models.CharField(max_length=120)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "groupbuy_merchant_terms"
