"""Who people belong with: their household, the company they buy for."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer, Source


class Household(models.Model):
    """People who live together. Reaching one of them is never consent of another. `told_hmac` is what the files of
    `source` call the household (`rules.household_hmac`), so that a later one finds it again."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=300, default="")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    told_hmac = models.CharField(max_length=64, null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_household"
        constraints = [models.UniqueConstraint(fields=["source", "told_hmac"], name="household_told_once")]


class HouseholdMember(models.Model):
    """One person's place in the one household she belongs to; exactly one member is its head."""

    class Role(models.TextChoices):
        HEAD = "head"
        PARTNER = "partner"
        CHILD = "child"
        PARENT = "parent"
        OTHER = "other"

    id = models.BigAutoField(primary_key=True)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="members")
    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)
    joined_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_household_member"
        constraints = [
            models.UniqueConstraint(fields=["household"], condition=Q(role="head"), name="household_one_head")
        ]


class Company(models.Model):
    """A company that buys. `credit_code` is the unified social credit code 统一社会信用代码."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)
    name_pinyin = models.CharField(max_length=400, default="")
    credit_code = models.CharField(max_length=18, null=True, unique=True)
    industry = models.CharField(max_length=80, default="")
    phone = models.CharField(max_length=40, default="")
    address = models.CharField(max_length=300, default="")
    notes = models.TextField(default="")
    owner_id = models.BigIntegerField(null=True)
    store_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_company"
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="company_newest"),
            models.Index(fields=["name", "id"], name="company_name"),
        ]


class CompanyContact(models.Model):
    """A customer who acts for a company."""

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=80, default="")
    since_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_company_contact"
        constraints = [models.UniqueConstraint(fields=["company", "customer"], name="company_contact_once")]
