"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.region",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "catalog_region",
                "constraints": [
                    models.UniqueConstraint(fields=("parent", "name"), name="region_name_once", nulls_distinct=False)
                ],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="catalog.category",
                    ),
                ),
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "catalog_category",
                "constraints": [
                    models.UniqueConstraint(fields=("parent", "name"), name="category_name_once", nulls_distinct=False)
                ],
            },
        ),
        migrations.CreateModel(
            name="Brand",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, unique=True)),
            ],
            options={
                "db_table": "catalog_brand",
            },
        ),
        migrations.CreateModel(
            name="Supplier",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120, unique=True)),
            ],
            options={
                "db_table": "catalog_supplier",
            },
        ),
        migrations.CreateModel(
            name="Store",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("is_online", models.BooleanField(default=False)),
                (
                    "region",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.region"),
                ),
                ("city", models.CharField(default="", max_length=80)),
                ("latitude_degrees", models.FloatField(null=True)),
                ("longitude_degrees", models.FloatField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "catalog_store",
                "indexes": [models.Index(fields=["change_xid"], name="store_change")],
            },
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sku", models.CharField(max_length=80, unique=True)),
                ("name", models.CharField(default="", max_length=300)),
                (
                    "category",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.category"),
                ),
                (
                    "brand",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.brand"),
                ),
                (
                    "supplier",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="catalog.supplier"),
                ),
                ("list_price_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3, null=True)),
                ("usage_days", models.IntegerField(null=True)),
                (
                    "sample_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="samples",
                        to="catalog.product",
                    ),
                ),
                ("is_complete", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "catalog_product",
                "indexes": [models.Index(fields=["change_xid"], name="product_change")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("list_price_minor__isnull", True),
                            models.Q(("currency__isnull", False), ("list_price_minor__gte", 0)),
                            _connector="OR",
                        ),
                        name="product_price_has_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("usage_days__isnull", True), ("usage_days__gt", 0), _connector="OR"),
                        name="product_usage",
                    ),
                ],
            },
        ),
    ]
