"""Products and places."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huike.platform.fields import current_xid


class Region(models.Model):
    """A part of the country as the operator divides it; regions nest."""

    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=120)

    class Meta:
        db_table = "catalog_region"
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="region_name_once")
        ]


class Store(models.Model):
    """A place of sale, physical or online."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    is_online = models.BooleanField(default=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True)
    city = models.CharField(max_length=80, default="")
    latitude_degrees = models.FloatField(null=True)
    longitude_degrees = models.FloatField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "catalog_store"
        indexes = [models.Index(fields=["change_xid"], name="store_change")]


class Category(models.Model):
    id = models.BigAutoField(primary_key=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    name = models.CharField(max_length=120)

    class Meta:
        db_table = "catalog_category"
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], nulls_distinct=False, name="category_name_once")
        ]


class Brand(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        db_table = "catalog_brand"


class Supplier(models.Model):
    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120, unique=True)

    class Meta:
        db_table = "catalog_supplier"


class Product(models.Model):
    """A SKU. `is_complete` is False while it is only known from order lines."""

    id = models.BigAutoField(primary_key=True)
    sku = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=300, default="")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, null=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True)
    list_price_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, null=True)
    usage_days = models.IntegerField(null=True)
    sample_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="samples")
    is_complete = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "catalog_product"
        constraints = [
            models.CheckConstraint(
                condition=Q(list_price_minor__isnull=True) | Q(list_price_minor__gte=0, currency__isnull=False),
                name="product_price_has_currency",
            ),
            models.CheckConstraint(condition=Q(usage_days__isnull=True) | Q(usage_days__gt=0), name="product_usage"),
        ]
        indexes = [models.Index(fields=["change_xid"], name="product_change")]


class ProductCost(models.Model):
    """What one piece of a product costs the house from a day on, until its next cost in the same currency."""

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="costs", db_index=False)
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField()
    starts_on = models.DateField()
    told_by = models.CharField(max_length=120)
    told_at = models.DateTimeField()
    change_xid = models.BigIntegerField(db_default=current_xid())

    class Meta:
        db_table = "catalog_product_cost"
        constraints = [
            models.UniqueConstraint(fields=["product", "currency", "starts_on"], name="product_cost_once"),
            models.CheckConstraint(condition=Q(cost_minor__gte=0), name="product_cost_not_negative"),
        ]
        indexes = [models.Index(fields=["change_xid"], name="product_cost_change")]
