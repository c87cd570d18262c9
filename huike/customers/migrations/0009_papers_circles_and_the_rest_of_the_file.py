"""Lunar birthdays, income, interests and the rest of the file; identity documents, notes, tags; households, companies."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_late_rows_follow_a_merge"),
    ]

    operations = [
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("address", models.CharField(default="", max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "customers_household",
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="birth_lunar_day",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="birth_lunar_leap",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="customer",
            name="birth_lunar_month",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="birth_lunar_year",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="education",
            field=models.CharField(
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
        migrations.AddField(
            model_name="customer",
            name="income",
            field=models.CharField(
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
        migrations.AddField(
            model_name="customer",
            name="declared_interests",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="customer",
            name="latitude",
            field=models.DecimalField(decimal_places=6, max_digits=8, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="longitude",
            field=models.DecimalField(decimal_places=6, max_digits=9, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="referrer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="source_campaign",
            field=models.CharField(max_length=120, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="stage",
            field=models.CharField(
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
            name="IdDocument",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                ("look_up", models.CharField(max_length=64, unique=True)),
                ("shown", models.CharField(max_length=40)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="id_document", to="customers.customer"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="customers.sealingkey"
                    ),
                ),
            ],
            options={
                "db_table": "customers_id_document",
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
            name="CompanyContact",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("role", models.CharField(default="", max_length=80)),
                ("since_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
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
            ],
            options={
                "db_table": "customers_company_contact",
                "constraints": [models.UniqueConstraint(fields=("company", "customer"), name="company_contact_once")],
            },
        ),
        migrations.CreateModel(
            name="HouseholdMember",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="customers.household"
                    ),
                ),
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
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("author_id", models.BigIntegerField(null=True)),
                ("author_name", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "db_table": "customers_note",
                "indexes": [models.Index(fields=["customer", "-written_at", "-id"], name="note_newest")],
            },
        ),
        migrations.CreateModel(
            name="AutomaticTag",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("put_at", models.DateTimeField()),
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
            ],
            options={
                "db_table": "customers_automatic_tag",
                "constraints": [models.UniqueConstraint(fields=("customer", "tag"), name="automatic_tag_once")],
            },
        ),
        # The list by tag, and how many carry one; tags change seldom, so the index costs little.
        migrations.RunSQL(
            "CREATE INDEX customer_tags ON customers_customer USING gin (tags jsonb_path_ops)",
            "DROP INDEX customer_tags",
        ),
    ]
