"""Every table of this package."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
    ]

    operations = [
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
                "indexes": [models.Index(fields=["made_at"], name="selection_age")],
            },
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("channel", models.CharField(default="pos", max_length=12)),
                ("timezone", models.CharField(max_length=60)),
                ("currency", models.CharField(max_length=3)),
                ("phone_region", models.CharField(db_default="", default="", max_length=2)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_source",
            },
        ),
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("name_pinyin", models.CharField(default="", max_length=400)),
                ("credit_code", models.CharField(max_length=18, null=True, unique=True)),
                ("industry", models.CharField(default="", max_length=80)),
                ("phone", models.CharField(default="", max_length=40)),
                ("address", models.CharField(default="", max_length=300)),
                ("notes", models.TextField(default="")),
                ("owner_id", models.BigIntegerField(null=True)),
                ("store_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_company",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="company_newest"),
                    models.Index(fields=["name", "id"], name="company_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("version", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("language", models.CharField(max_length=2)),
                ("channel", models.CharField(max_length=8)),
                ("purpose", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("published_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_wording",
            },
        ),
        migrations.CreateModel(
            name="DuplicateModel",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("rules_version", models.SmallIntegerField()),
                ("files_count", models.IntegerField()),
                ("shares", models.JSONField()),
                ("figures", models.JSONField()),
                ("learned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_duplicate_model",
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("description", models.CharField(default="", max_length=300)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("money", "Money"),
                            ("date", "Date"),
                            ("choice", "Choice"),
                            ("multi_choice", "Multi Choice"),
                            ("reference", "Reference"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("product", "Product"),
                            ("store", "Store"),
                            ("company", "Company"),
                        ],
                        max_length=8,
                        null=True,
                    ),
                ),
                ("currency", models.CharField(max_length=3, null=True)),
                ("options", models.JSONField(default=list)),
                ("required", models.BooleanField(default=False)),
                ("is_unique", models.BooleanField(default=False)),
                ("default_text", models.CharField(max_length=500, null=True)),
                ("default_number", models.BigIntegerField(null=True)),
                ("default_day", models.DateField(null=True)),
                ("position", models.IntegerField()),
                ("archived_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_field",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("target__isnull", False), ("type", "reference")),
                            models.Q(models.Q(("type", "reference"), _negated=True), ("target__isnull", True)),
                            _connector="OR",
                        ),
                        name="field_reference_has_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("currency__isnull", False), ("type", "money")),
                            models.Q(models.Q(("type", "money"), _negated=True), ("currency__isnull", True)),
                            _connector="OR",
                        ),
                        name="field_money_has_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_unique", False), ("type__in", ["text", "number", "date"]), _connector="OR"
                        ),
                        name="field_unique_by_type",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityLimit",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("email", "Email"),
                            ("card", "Card"),
                            ("wechat_openid", "Wechat Openid"),
                            ("wechat_unionid", "Wechat Unionid"),
                            ("device", "Device"),
                            ("external", "External"),
                        ],
                        max_length=16,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("most_per_customer", models.IntegerField()),
                ("most_files", models.IntegerField()),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_identity_limit",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("most_files__gte", 1), ("most_per_customer__gte", 1)),
                        name="identity_limit_from_1",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SealingKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("purpose", models.CharField(choices=[("number", "Number"), ("index", "Index")], max_length=8)),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_sealing_key",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("purpose", "index")), fields=("purpose",), name="sealing_key_one_index"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("colour", models.CharField(default="grey", max_length=12)),
                ("description", models.CharField(default="", max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_tag",
                "indexes": [models.Index(django.db.models.functions.text.Lower("name"), name="tag_name")],
                "constraints": [models.UniqueConstraint(fields=("name",), name="tag_once")],
            },
        ),
        migrations.CreateModel(
            name="PrivacyRules",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("answer_working_days", models.SmallIntegerField(default=15)),
                ("simple_corrections_at_once", models.BooleanField(default=False)),
                ("erasure_at_once", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_privacy_rules",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="privacy_rules_once"),
                    models.CheckConstraint(
                        condition=models.Q(("answer_working_days__gte", 1), ("answer_working_days__lte", 90)),
                        name="privacy_rules_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("key", models.UUIDField(unique=True)),
                (
                    "customer_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("made_at", django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None)),
                ("erased_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_erasure",
            },
        ),
        migrations.CreateModel(
            name="SelectionBatch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "selection",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="batches",
                        to="customers.selection",
                    ),
                ),
                ("number", models.IntegerField()),
                (
                    "customer_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
            ],
            options={
                "db_table": "customers_selection_batch",
                "constraints": [models.UniqueConstraint(fields=("selection", "number"), name="selection_batch_once")],
            },
        ),
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
                (
                    "selection",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.selection",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="customers.bulkchange",
                    ),
                ),
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
            name="Customer",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("merged", "Merged"), ("erased", "Erased")],
                        default="active",
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(default="", max_length=200)),
                ("name_pinyin", models.CharField(default="", max_length=400)),
                ("name_initials", models.CharField(db_default="", default="", max_length=40)),
                ("phone", models.CharField(max_length=20, null=True)),
                ("email", models.CharField(max_length=254, null=True)),
                ("card_number", models.CharField(max_length=40, null=True)),
                (
                    "gender",
                    models.CharField(
                        choices=[("female", "Female"), ("male", "Male"), ("other", "Other")], max_length=6, null=True
                    ),
                ),
                ("birth_on", models.DateField(null=True)),
                ("birth_lunar_year", models.SmallIntegerField(null=True)),
                ("birth_lunar_month", models.SmallIntegerField(null=True)),
                ("birth_lunar_day", models.SmallIntegerField(null=True)),
                ("birth_lunar_leap", models.BooleanField(db_default=False, default=False)),
                ("language", models.CharField(max_length=8, null=True)),
                ("country", models.CharField(max_length=80, null=True)),
                ("province", models.CharField(max_length=80, null=True)),
                ("city", models.CharField(max_length=80, null=True)),
                ("district", models.CharField(max_length=80, null=True)),
                ("address", models.CharField(max_length=300, null=True)),
                ("latitude", models.DecimalField(decimal_places=6, max_digits=8, null=True)),
                ("longitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("occupation", models.CharField(max_length=80, null=True)),
                (
                    "income",
                    models.CharField(
                        choices=[
                            ("under_5k", "Under 5K"),
                            ("5k_10k", "From 5K"),
                            ("10k_20k", "From 10K"),
                            ("20k_50k", "From 20K"),
                            ("over_50k", "Over 50K"),
                        ],
                        max_length=16,
                        null=True,
                    ),
                ),
                (
                    "education",
                    models.CharField(
                        choices=[
                            ("school", "School"),
                            ("vocational", "Vocational"),
                            ("bachelor", "Bachelor"),
                            ("master", "Master"),
                            ("doctor", "Doctor"),
                        ],
                        max_length=16,
                        null=True,
                    ),
                ),
                ("declared_interests", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("prospect", "Prospect"),
                            ("new", "New"),
                            ("regular", "Regular"),
                            ("sleeping", "Sleeping"),
                            ("lost", "Lost"),
                        ],
                        max_length=12,
                        null=True,
                    ),
                ),
                ("notes", models.TextField(default="")),
                ("tags", models.JSONField(default=list)),
                (
                    "source",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.source"),
                ),
                ("source_channel", models.CharField(max_length=12, null=True)),
                ("source_campaign", models.CharField(max_length=120, null=True)),
                (
                    "referrer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("home_store_id", models.BigIntegerField(null=True)),
                ("owner_id", models.BigIntegerField(null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="aliases",
                        to="customers.customer",
                    ),
                ),
                ("member_since_at", models.DateTimeField(null=True)),
                ("orders_count", models.IntegerField(default=0)),
                ("returns_count", models.IntegerField(default=0)),
                ("spent_minor", models.BigIntegerField(default=0)),
                ("spent_currency", models.CharField(max_length=3, null=True)),
                ("first_order_at", models.DateTimeField(null=True)),
                ("last_order_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "customers_customer",
                "indexes": [
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)),
                        fields=["merged_into"],
                        name="customer_alias",
                    ),
                    models.Index(fields=["change_xid"], name="customer_change"),
                    models.Index(fields=["phone"], name="customer_phone", opclasses=["text_pattern_ops"]),
                    models.Index(fields=["card_number"], name="customer_card"),
                    models.Index(fields=["name"], name="customer_name_prefix", opclasses=["text_pattern_ops"]),
                    models.Index(
                        fields=["name_initials"], name="customer_initials_prefix", opclasses=["text_pattern_ops"]
                    ),
                    models.Index(
                        models.OrderBy(models.F("last_order_at"), descending=True, nulls_last=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="customer_last_order",
                    ),
                    models.Index(fields=["-spent_minor", "-id"], name="customer_spent"),
                    models.Index(fields=["-created_at", "-id"], name="customer_newest"),
                    models.Index(fields=["home_store_id", "id"], name="customer_home_store"),
                    models.Index(
                        django.db.models.functions.comparison.Collate("name_pinyin", "C"),
                        models.F("id"),
                        name="customer_pinyin_order",
                    ),
                    models.Index(
                        models.OrderBy(models.F("first_order_at"), descending=True, nulls_last=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="customer_first_order",
                    ),
                    models.Index(
                        models.OrderBy(models.F("member_since_at"), descending=True, nulls_last=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="customer_member_since",
                    ),
                    models.Index(
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
                    models.Index(fields=["returns_count", "id"], name="customer_returns"),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("tags", []), _negated=True),
                        fields=["tags"],
                        name="customer_tags",
                        opclasses=["jsonb_path_ops"],
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        condition=models.Q(("declared_interests", []), _negated=True),
                        fields=["declared_interests"],
                        name="customer_interests",
                        opclasses=["jsonb_path_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("referrer__isnull", False)), fields=["referrer"], name="customer_referrer"
                    ),
                    models.Index(
                        condition=models.Q(("owner_id__isnull", False)),
                        fields=["owner_id"],
                        name="customer_by_owner_id",
                    ),
                    models.Index(
                        condition=models.Q(("birth_on__isnull", False)),
                        fields=["birth_on"],
                        name="customer_by_birth_on",
                    ),
                    models.Index(
                        condition=models.Q(("stage__isnull", False)),
                        fields=["stage"],
                        name="customer_by_stage",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("gender__isnull", False)),
                        fields=["gender"],
                        name="customer_by_gender",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("language__isnull", False)),
                        fields=["language"],
                        name="customer_by_language",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("province__isnull", False)),
                        fields=["province"],
                        name="customer_by_province",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("city__isnull", False)),
                        fields=["city"],
                        name="customer_by_city",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("district__isnull", False)),
                        fields=["district"],
                        name="customer_by_district",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("occupation__isnull", False)),
                        fields=["occupation"],
                        name="customer_by_occupation",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("income__isnull", False)),
                        fields=["income"],
                        name="customer_by_income",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("education__isnull", False)),
                        fields=["education"],
                        name="customer_by_education",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("source_channel__isnull", False)),
                        fields=["source_channel"],
                        name="customer_by_source_channel",
                        opclasses=["varchar_pattern_ops"],
                    ),
                    models.Index(
                        condition=models.Q(("source_campaign__isnull", False)),
                        fields=["source_campaign"],
                        name="customer_by_source_campaign",
                        opclasses=["varchar_pattern_ops"],
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("merged_into__isnull", False), ("state", "merged")),
                            models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into__isnull", True)),
                            _connector="OR",
                        ),
                        name="customer_merged_has_heir",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("address", models.CharField(default="", max_length=300)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.source",
                    ),
                ),
                ("told_hmac", models.CharField(max_length=64, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_household",
                "constraints": [models.UniqueConstraint(fields=("source", "told_hmac"), name="household_told_once")],
            },
        ),
        migrations.CreateModel(
            name="SharedIdentity",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("email", "Email"),
                            ("card", "Card"),
                            ("wechat_openid", "Wechat Openid"),
                            ("wechat_unionid", "Wechat Unionid"),
                            ("device", "Device"),
                            ("external", "External"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.source"),
                ),
                ("value", models.CharField(max_length=254)),
                ("files_count", models.IntegerField()),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_shared_identity",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("value", "kind", "source"), name="shared_identity_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("is_full", models.BooleanField()),
                ("read_xid", models.BigIntegerField()),
                ("rules_version", models.SmallIntegerField()),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.duplicatemodel",
                    ),
                ),
                ("files_count", models.IntegerField()),
                ("changed_count", models.IntegerField()),
                ("pairs_count", models.IntegerField()),
                ("ended_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_duplicate_search",
            },
        ),
        migrations.CreateModel(
            name="BulkStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "change",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="customers.bulkchange",
                    ),
                ),
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
                "constraints": [models.UniqueConstraint(fields=("change", "number"), name="bulk_step_once")],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="identities", to="customers.customer"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("email", "Email"),
                            ("card", "Card"),
                            ("wechat_openid", "Wechat Openid"),
                            ("wechat_unionid", "Wechat Unionid"),
                            ("device", "Device"),
                            ("external", "External"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.source"),
                ),
                ("value", models.CharField(max_length=254)),
                ("verified", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "release_reason",
                    models.CharField(
                        choices=[
                            ("replaced", "Replaced"),
                            ("recycled", "Recycled"),
                            ("wrong", "Wrong"),
                            ("shared", "Shared"),
                        ],
                        max_length=8,
                        null=True,
                    ),
                ),
            ],
            options={
                "db_table": "customers_identity",
                "indexes": [models.Index(fields=["kind", "value"], name="identity_lookup")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("verified", True)),
                        fields=("kind", "source", "value"),
                        name="identity_verified_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "external"), ("source__isnull", False)),
                            models.Q(("kind", "external"), _negated=True),
                            _connector="OR",
                        ),
                        name="identity_external_has_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("release_reason__isnull", True), ("released_at__isnull", True)),
                            models.Q(
                                ("release_reason__isnull", False), ("released_at__isnull", False), ("verified", False)
                            ),
                            _connector="OR",
                        ),
                        name="identity_released_names_nobody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompanyContact",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="customers.company",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                ("role", models.CharField(default="", max_length=80)),
                ("since_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_company_contact",
                "constraints": [models.UniqueConstraint(fields=("company", "customer"), name="company_contact_once")],
            },
        ),
        migrations.CreateModel(
            name="ConsentEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_events",
                        to="customers.customer",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("marketing", "Marketing"), ("service", "Service")], max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("granted", "Granted"), ("denied", "Denied"), ("withdrawn", "Withdrawn")], max_length=9
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("how", models.CharField(max_length=60)),
                ("wording_version", models.CharField(default="", max_length=60)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_consent_event",
                "indexes": [
                    models.Index(fields=["customer", "channel", "purpose", "-given_at"], name="consent_event_latest")
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="customers.customer"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("marketing", "Marketing"), ("service", "Service")], max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("granted", "Granted"), ("denied", "Denied"), ("withdrawn", "Withdrawn")], max_length=9
                    ),
                ),
                ("given_at", models.DateTimeField()),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "customers_consent",
                "indexes": [models.Index(fields=["change_xid"], name="consent_change")],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "channel", "purpose"), name="consent_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                ("address_hmac", models.CharField(max_length=64)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="suppressions",
                        to="customers.customer",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("bounced", "Bounced"),
                            ("complained", "Complained"),
                            ("unsubscribed", "Unsubscribed"),
                            ("manual", "Manual"),
                            ("erased", "Erased"),
                        ],
                        max_length=12,
                    ),
                ),
                ("detail", models.CharField(default="", max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "customers_suppression",
                "indexes": [models.Index(fields=["change_xid"], name="suppression_change")],
                "constraints": [models.UniqueConstraint(fields=("channel", "address_hmac"), name="suppression_once")],
            },
        ),
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "low",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "high",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                ("score_permille", models.SmallIntegerField()),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=24), size=None),
                ),
                (
                    "model",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.duplicatemodel",
                    ),
                ),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("dismissed_at", models.DateTimeField(null=True)),
                ("dismissed_by", models.CharField(default="", max_length=120)),
            ],
            options={
                "db_table": "customers_duplicate",
                "indexes": [models.Index(fields=["-score_permille", "-id"], name="duplicate_likeliest")],
                "constraints": [
                    models.UniqueConstraint(fields=("low", "high"), name="duplicate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("low__lt", models.F("high"))), name="duplicate_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("score_permille__range", (0, 1000))), name="duplicate_score"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomValue",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="custom_values",
                        to="customers.customer",
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customfield",
                    ),
                ),
                ("slot", models.CharField(db_default="", default="", max_length=40)),
                ("text", models.CharField(db_collation="C", max_length=500, null=True)),
                ("number", models.BigIntegerField(null=True)),
                ("day", models.DateField(null=True)),
                ("unique_text", models.CharField(max_length=500, null=True)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "customers_field_value",
                "indexes": [
                    models.Index(fields=["change_xid"], name="field_value_change"),
                    models.Index(
                        condition=models.Q(("text__isnull", False)),
                        fields=["field", "text", "customer"],
                        name="field_value_text",
                    ),
                    models.Index(
                        condition=models.Q(("number__isnull", False)),
                        fields=["field", "number", "customer"],
                        name="field_value_number",
                    ),
                    models.Index(
                        condition=models.Q(("day__isnull", False)),
                        fields=["field", "day", "customer"],
                        name="field_value_day",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "field", "slot"), name="field_value_once"),
                    models.UniqueConstraint(fields=("field", "unique_text"), name="field_value_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("day__isnull", True), ("number__isnull", True), ("text__isnull", False)),
                            models.Q(("day__isnull", True), ("number__isnull", False), ("text__isnull", True)),
                            models.Q(("day__isnull", False), ("number__isnull", True), ("text__isnull", True)),
                            _connector="OR",
                        ),
                        name="field_value_is_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdentityRefusal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "reason",
                    models.CharField(
                        choices=[("taken", "Taken"), ("shared", "Shared"), ("too_many", "Too Many")], max_length=8
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("email", "Email"),
                            ("card", "Card"),
                            ("wechat_openid", "Wechat Openid"),
                            ("wechat_unionid", "Wechat Unionid"),
                            ("device", "Device"),
                            ("external", "External"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.CharField(max_length=254)),
                (
                    "source",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.source"),
                ),
                ("told_with", models.CharField(default="", max_length=160)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("times", models.IntegerField(default=1)),
                ("first_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_identity_refusal",
                "indexes": [models.Index(fields=["-last_at", "-id"], name="identity_refusal_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("value", "kind", "customer", "reason"),
                        name="identity_refusal_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "survivor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_survived",
                        to="customers.customer",
                    ),
                ),
                (
                    "absorbed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges_absorbed",
                        to="customers.customer",
                    ),
                ),
                ("choices", models.JSONField(default=dict)),
                ("fields", models.JSONField(default=dict)),
                ("consents", models.JSONField(default=list)),
                ("last_consent_event_id", models.BigIntegerField(default=0)),
                ("note", models.CharField(default="", max_length=300)),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.CharField(max_length=120)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=120)),
                ("undo_note", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "customers_merge",
                "indexes": [models.Index(fields=["-merged_at", "-id"], name="merge_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)), fields=("absorbed",), name="merge_stands_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("survivor", models.F("absorbed")), _negated=True), name="merge_of_two"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="customers.customer"
                    ),
                ),
                ("key", models.CharField(max_length=260)),
                (
                    "source",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.source"),
                ),
                ("how", models.CharField(max_length=12)),
                ("counts", models.JSONField(default=dict)),
                ("claimed_by", models.CharField(max_length=120)),
                ("claimed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_claim",
                "indexes": [models.Index(fields=["customer", "-claimed_at", "-id"], name="claim_of_customer")],
            },
        ),
        migrations.CreateModel(
            name="IdDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="id_document", to="customers.customer"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("id_card", "Id Card"),
                            ("passport", "Passport"),
                            ("hk_macau_permit", "Hk Macau Permit"),
                            ("taiwan_permit", "Taiwan Permit"),
                        ],
                        max_length=16,
                    ),
                ),
                ("sealed", models.BinaryField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="customers.sealingkey"
                    ),
                ),
                ("look_up", models.CharField(max_length=64, unique=True)),
                ("shown", models.CharField(max_length=40)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_id_document",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("author_id", models.BigIntegerField(null=True)),
                ("author_name", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_note",
                "indexes": [models.Index(fields=["customer", "-written_at", "-id"], name="note_newest")],
            },
        ),
        migrations.CreateModel(
            name="TagChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                ("tag", models.CharField(max_length=40)),
                ("put", models.BooleanField()),
                ("by", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_tag_change",
                "indexes": [models.Index(fields=["customer", "-at", "-id"], name="tag_change_newest")],
            },
        ),
        migrations.CreateModel(
            name="AutomaticTag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.tag"
                    ),
                ),
                ("put_at", models.DateTimeField()),
            ],
            options={
                "db_table": "customers_automatic_tag",
                "constraints": [models.UniqueConstraint(fields=("customer", "tag"), name="automatic_tag_once")],
            },
        ),
        migrations.CreateModel(
            name="PrivacyRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("export", "Export"), ("erase", "Erase"), ("correct", "Correct")], max_length=7
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                            ("failed", "Failed"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "asked_by",
                    models.CharField(
                        choices=[("customer", "Customer"), ("staff", "Staff"), ("restore", "Restore")], max_length=8
                    ),
                ),
                ("asked_by_label", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=1000)),
                ("asked_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(default="", max_length=1000)),
                ("proposed", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("job_id", models.BigIntegerField(null=True)),
                ("step", models.CharField(default="", max_length=10)),
                ("sealed", models.TextField(default="")),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "customers_privacy_request",
                "indexes": [
                    models.Index(
                        models.OrderBy(models.F("asked_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="privacy_request_newest",
                    ),
                    models.Index(fields=["due_on", "id"], name="privacy_request_due"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "running", "failed"])),
                        fields=("customer", "kind"),
                        name="privacy_request_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("state__in", ["done", "refused", "withdrawn"])),
                            models.Q(
                                models.Q(("state__in", ["done", "refused", "withdrawn"]), _negated=True),
                                ("finished_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="privacy_request_ended_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("state", "done"), _negated=True), ("sealed", ""), _connector="OR"),
                        name="privacy_request_forgets",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnLink",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("made_by", models.CharField(default="", max_length=120)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("session_ends_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "customers_own_link",
                "indexes": [models.Index(fields=["expires_at"], name="own_link_expiry")],
            },
        ),
        migrations.CreateModel(
            name="HouseholdMember",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="customers.household"
                    ),
                ),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("head", "Head"),
                            ("partner", "Partner"),
                            ("child", "Child"),
                            ("parent", "Parent"),
                            ("other", "Other"),
                        ],
                        max_length=8,
                    ),
                ),
                ("joined_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_household_member",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("role", "head")), fields=("household",), name="household_one_head"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeMove",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="customers.merge"
                    ),
                ),
                ("follower", models.CharField(max_length=40)),
                ("row_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                "db_table": "customers_merge_move",
            },
        ),
        migrations.CreateModel(
            name="CarriedConsent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="carried", to="customers.merge"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "Email"), ("sms", "Sms"), ("wechat", "Wechat"), ("phone", "Phone")],
                        max_length=8,
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("marketing", "Marketing"), ("service", "Service")], max_length=10),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("granted", "Granted"), ("denied", "Denied"), ("withdrawn", "Withdrawn")], max_length=9
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("how", models.CharField(max_length=60)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_carried_consent",
            },
        ),
        migrations.CreateModel(
            name="PrivacyMoment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moments",
                        to="customers.privacyrequest",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("what", models.CharField(max_length=20)),
                ("by", models.CharField(max_length=120)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "customers_privacy_moment",
                "indexes": [models.Index(fields=["request", "id"], name="privacy_moment_of")],
            },
        ),
    ]
