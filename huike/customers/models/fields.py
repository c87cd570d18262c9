"""Fields the operator defines, and what customers have in them (docs/algorithms/custom-fields.md)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.customers.models.people import Customer
from huike.platform.fields import current_xid


class CustomField(models.Model):
    """A definition. `options` is a list of `{"key", "name"}`; the default stands in the column of its type."""

    class Type(models.TextChoices):
        TEXT = "text"
        NUMBER = "number"
        MONEY = "money"
        DATE = "date"
        CHOICE = "choice"
        MULTI_CHOICE = "multi_choice"
        REFERENCE = "reference"

    class Target(models.TextChoices):
        CUSTOMER = "customer"
        PRODUCT = "product"
        STORE = "store"
        COMPANY = "company"

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=300, default="")
    type = models.CharField(max_length=12, choices=Type.choices)
    target = models.CharField(max_length=8, choices=Target.choices, null=True)
    currency = models.CharField(max_length=3, null=True)
    options = models.JSONField(default=list)
    required = models.BooleanField(default=False)
    is_unique = models.BooleanField(default=False)
    default_text = models.CharField(max_length=500, null=True)
    default_number = models.BigIntegerField(null=True)
    default_day = models.DateField(null=True)
    position = models.IntegerField()
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "customers_field"
        constraints = [
            models.CheckConstraint(
                condition=Q(type="reference", target__isnull=False) | (~Q(type="reference") & Q(target__isnull=True)),
                name="field_reference_has_target",
            ),
            models.CheckConstraint(
                condition=Q(type="money", currency__isnull=False) | (~Q(type="money") & Q(currency__isnull=True)),
                name="field_money_has_currency",
            ),
            models.CheckConstraint(
                condition=Q(is_unique=False) | Q(type__in=["text", "number", "date"]), name="field_unique_by_type"
            ),
        ]


class CustomValue(models.Model):
    """What one customer has in one field; a row for each chosen option of a multi-choice, whose key is its `slot`.

    `number` is thousandths, minor units or an id, by the field's type. `unique_text` repeats the value where the
    field is unique, and is null elsewhere. Texts are sorted by code point, so that one index finds and sorts.
    """

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="custom_values")
    field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="+", db_index=False)
    slot = models.CharField(max_length=40, default="", db_default="")
    text = models.CharField(max_length=500, null=True, db_collation="C")
    number = models.BigIntegerField(null=True)
    day = models.DateField(null=True)
    unique_text = models.CharField(max_length=500, null=True)
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "customers_field_value"
        constraints = [
            models.UniqueConstraint(fields=["customer", "field", "slot"], name="field_value_once"),
            models.UniqueConstraint(fields=["field", "unique_text"], name="field_value_unique"),
            models.CheckConstraint(
                condition=Q(text__isnull=False, number__isnull=True, day__isnull=True)
                | Q(text__isnull=True, number__isnull=False, day__isnull=True)
                | Q(text__isnull=True, number__isnull=True, day__isnull=False),
                name="field_value_is_one",
            ),
        ]
        indexes = [
            models.Index(fields=["change_xid"], name="field_value_change"),
            models.Index(
                fields=["field", "text", "customer"], name="field_value_text", condition=Q(text__isnull=False)
            ),
            models.Index(
                fields=["field", "number", "customer"], name="field_value_number", condition=Q(number__isnull=False)
            ),
            models.Index(fields=["field", "day", "customer"], name="field_value_day", condition=Q(day__isnull=False)),
        ]
