"""The programme with its terms by version, members, and the history of their tiers."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0018_suppressions_in_the_lake"),
    ]

    operations = [
        migrations.CreateModel(
            name="Programme",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("points_name", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("active", "Active"), ("paused", "Paused")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("version", models.IntegerField(default=0)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "loyalty_programme",
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1),
                        condition=models.Q(("state__in", ["active", "paused"])),
                        name="programme_one_runs",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("joined_at", models.DateTimeField()),
                ("tier", models.CharField(max_length=40, null=True)),
                ("tier_since_at", models.DateTimeField(null=True)),
                ("tier_until_at", models.DateTimeField(null=True)),
                ("tier_is_manual", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="customers.customer"
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="loyalty.programme",
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_member",
            },
        ),
        migrations.CreateModel(
            name="Terms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("effective_at", models.DateTimeField()),
                ("document", models.JSONField()),
                ("note", models.CharField(default="", max_length=300)),
                ("created_by_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="loyalty.programme"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_terms",
            },
        ),
        migrations.CreateModel(
            name="TierChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("from_tier", models.CharField(max_length=40, null=True)),
                ("to_tier", models.CharField(max_length=40, null=True)),
                ("effective_at", models.DateTimeField()),
                ("until_at", models.DateTimeField(null=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("joined", "Joined"),
                            ("qualified", "Qualified"),
                            ("kept", "Kept"),
                            ("downgraded", "Downgraded"),
                            ("granted", "Granted"),
                            ("ended", "Ended"),
                            ("corrected", "Corrected"),
                        ],
                        max_length=10,
                    ),
                ),
                ("figures", models.JSONField(default=dict)),
                ("actor", models.CharField(default="", max_length=120)),
                ("note", models.CharField(default="", max_length=300)),
                ("decided_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tier_changes", to="loyalty.member"
                    ),
                ),
                (
                    "terms",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="loyalty.terms"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_tier_change",
            },
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["programme", "tier", "id"], name="member_of_tier"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(
                condition=models.Q(("tier_until_at__isnull", False)), fields=["tier_until_at"], name="member_tier_ends"
            ),
        ),
        migrations.AddIndex(
            model_name="member",
            index=models.Index(fields=["change_xid"], name="member_change"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("programme", "customer"), name="member_once"),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.UniqueConstraint(fields=("programme", "version"), name="terms_version_once"),
        ),
        migrations.AddConstraint(
            model_name="terms",
            constraint=models.UniqueConstraint(fields=("programme", "effective_at"), name="terms_one_at_a_time"),
        ),
        migrations.AddIndex(
            model_name="tierchange",
            index=models.Index(fields=["member", "-effective_at", "-id"], name="tier_change_of_member"),
        ),
    ]
