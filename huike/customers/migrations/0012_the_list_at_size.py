"""What the list of customers is narrowed and sorted by at a million, selections of people and changes of them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0011_export_erase_correct"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("add_tag", "Add Tag"),
                            ("remove_tag", "Remove Tag"),
                            ("assign_owner", "Assign Owner"),
                            ("assign_store", "Assign Store"),
                            ("undo", "Undo"),
                        ],
                        max_length=12,
                    ),
                ),
                ("job_id", models.BigIntegerField(unique=True)),
                ("tag", models.CharField(default="", max_length=40)),
                ("owner_id", models.BigIntegerField(null=True)),
                ("store_id", models.BigIntegerField(null=True)),
                ("user_id", models.BigIntegerField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("undo_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "customers_bulk_change",
            },
        ),
        migrations.CreateModel(
            name="BulkStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("people_count", models.IntegerField(default=0)),
                (
                    "changed_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "before_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(null=True), default=list, size=None
                    ),
                ),
                (
                    "by_rule_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
            ],
            options={
                "db_table": "customers_bulk_step",
            },
        ),
        migrations.CreateModel(
            name="Selection",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("people_count", models.IntegerField(default=0)),
                ("user_id", models.BigIntegerField(null=True)),
                ("key_id", models.BigIntegerField(null=True)),
                (
                    "store_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_selection",
            },
        ),
        migrations.CreateModel(
            name="SelectionBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                (
                    "customer_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
            ],
            options={
                "db_table": "customers_selection_batch",
            },
        ),
        migrations.RemoveIndex(
            model_name="customer",
            name="customer_email",
        ),
        # How often a value is found is known for a field, not for all of them together.
        migrations.RunSQL(
            "CREATE STATISTICS field_value_texts (mcv) ON field_id, text FROM customers_field_value;"
            "CREATE STATISTICS field_value_numbers (mcv) ON field_id, number FROM customers_field_value;"
            "ANALYZE customers_field_value",
            "DROP STATISTICS field_value_texts; DROP STATISTICS field_value_numbers",
        ),
        # Asked for by its beginning, whatever the database's collation.
        migrations.RunSQL(
            "CREATE INDEX customer_email_prefix ON customers_customer (lower(email) text_pattern_ops)",
            "DROP INDEX customer_email_prefix",
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                django.db.models.functions.comparison.Collate("name_pinyin", "C"),
                models.F("id"),
                name="customer_pinyin_order",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.OrderBy(models.F("first_order_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                name="customer_first_order",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.OrderBy(models.F("member_since_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id"), descending=True),
                name="customer_member_since",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["orders_count", "id"],
                include=(
                    "state",
                    "home_store_id",
                    "returns_count",
                    "spent_minor",
                    "last_order_at",
                    "first_order_at",
                    "created_at",
                    "member_since_at",
                ),
                name="customer_orders",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["returns_count", "id"], name="customer_returns"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["declared_interests"], opclasses=["jsonb_path_ops"], name="customer_interests"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("owner_id__isnull", False)), fields=["owner_id"], name="customer_by_owner_id"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("stage__isnull", False)),
                fields=["stage"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_stage",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("gender__isnull", False)),
                fields=["gender"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_gender",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("birth_on__isnull", False)), fields=["birth_on"], name="customer_by_birth_on"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("language__isnull", False)),
                fields=["language"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_language",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("province__isnull", False)),
                fields=["province"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_province",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("city__isnull", False)),
                fields=["city"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_city",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("district__isnull", False)),
                fields=["district"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_district",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("occupation__isnull", False)),
                fields=["occupation"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_occupation",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("income__isnull", False)),
                fields=["income"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_income",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("education__isnull", False)),
                fields=["education"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_education",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("source_channel__isnull", False)),
                fields=["source_channel"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_source_channel",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("source_campaign__isnull", False)),
                fields=["source_campaign"],
                opclasses=["varchar_pattern_ops"],
                name="customer_by_source_campaign",
            ),
        ),
        migrations.AddField(
            model_name="bulkchange",
            name="undoes",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="customers.bulkchange",
            ),
        ),
        migrations.AddField(
            model_name="bulkstep",
            name="change",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="steps",
                to="customers.bulkchange",
            ),
        ),
        migrations.AddIndex(
            model_name="selection",
            index=models.Index(fields=["made_at"], name="selection_age"),
        ),
        migrations.AddField(
            model_name="bulkchange",
            name="selection",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.selection"
            ),
        ),
        migrations.AddField(
            model_name="selectionbatch",
            name="selection",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="batches",
                to="customers.selection",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkstep",
            constraint=models.UniqueConstraint(fields=("change", "number"), name="bulk_step_once"),
        ),
        migrations.AddConstraint(
            model_name="selectionbatch",
            constraint=models.UniqueConstraint(fields=("selection", "number"), name="selection_batch_once"),
        ),
    ]
