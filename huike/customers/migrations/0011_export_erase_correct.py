"""What people ask about their own data, links to their own page, the list of erasures. An erasure is the one writer that
tables which refuse change let through: it moves rows to a pseudonym and empties columns; nothing is deleted from them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

REFUSE = """
CREATE OR REPLACE FUNCTION huike_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {erasing}
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
ERASING = "IF TG_OP = 'UPDATE' AND current_setting('huike.erasing', true) = 'on' THEN RETURN NEW; END IF;"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0010_likely_duplicates"),
    ]

    operations = [
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
        migrations.AlterField(
            model_name="suppression",
            name="reason",
            field=models.CharField(
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
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "db_table": "customers_privacy_request",
            },
        ),
        migrations.CreateModel(
            name="PrivacyMoment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("what", models.CharField(max_length=20)),
                ("by", models.CharField(max_length=120)),
                ("details", models.JSONField(default=dict)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moments",
                        to="customers.privacyrequest",
                    ),
                ),
            ],
            options={
                "db_table": "customers_privacy_moment",
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
            name="OwnLink",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("made_by", models.CharField(default="", max_length=120)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("session_ends_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "db_table": "customers_own_link",
                "indexes": [models.Index(fields=["expires_at"], name="own_link_expiry")],
            },
        ),
        migrations.AddIndex(
            model_name="privacyrequest",
            index=models.Index(
                models.OrderBy(models.F("asked_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="privacy_request_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="privacyrequest",
            index=models.Index(fields=["due_on", "id"], name="privacy_request_due"),
        ),
        migrations.AddConstraint(
            model_name="privacyrequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "running", "failed"])),
                fields=("customer", "kind"),
                name="privacy_request_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="privacyrequest",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="privacyrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "done"), _negated=True), ("sealed", ""), _connector="OR"),
                name="privacy_request_forgets",
            ),
        ),
        migrations.AddIndex(
            model_name="privacymoment",
            index=models.Index(fields=["request", "id"], name="privacy_moment_of"),
        ),
        migrations.RunSQL(REFUSE.format(erasing=ERASING), REFUSE.format(erasing="")),
        migrations.RunSQL(
            "CREATE TRIGGER privacy_moment_append_only BEFORE UPDATE OR DELETE ON customers_privacy_moment "
            "FOR EACH ROW EXECUTE FUNCTION huike_refuse_change()",
            "DROP TRIGGER privacy_moment_append_only ON customers_privacy_moment",
        ),
    ]
