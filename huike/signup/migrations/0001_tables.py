"""Every table of this package."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="SignUpPage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("live", "Live"), ("closed", "Closed")],
                        default="draft",
                        max_length=6,
                    ),
                ),
                ("draft", models.JSONField()),
                ("published", models.JSONField(null=True)),
                ("version", models.IntegerField(default=0)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.source")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "signup_page",
                "indexes": [models.Index(fields=["-updated_at", "-id"], name="signup_page_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "draft"), ("published__isnull", False), _connector="OR"),
                        name="page_shows_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content_type", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "signup_logo",
            },
        ),
        migrations.CreateModel(
            name="ReferralCode",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                ("code", models.CharField(max_length=16, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "signup_referral_code",
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="places", to="signup.signuppage"
                    ),
                ),
                ("code", models.CharField(max_length=12, unique=True)),
                ("label", models.CharField(default="", max_length=80)),
                ("store_id", models.BigIntegerField(null=True)),
                ("clerk_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("archived_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "signup_place",
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tallies", to="signup.signuppage"
                    ),
                ),
                ("day", models.DateField()),
                ("opened", models.IntegerField(default=0)),
                ("sent", models.IntegerField(default=0)),
                ("confirmed", models.IntegerField(default=0)),
                ("joined", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "signup_tally",
                "constraints": [models.UniqueConstraint(fields=("page", "day"), name="tally_once")],
            },
        ),
        migrations.CreateModel(
            name="Joining",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="joinings", to="signup.signuppage"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("became_member", "Became Member"),
                            ("already_member", "Already Member"),
                        ],
                        max_length=16,
                    ),
                ),
                ("kind", models.CharField(choices=[("web", "Web"), ("call", "Call")], max_length=4)),
                (
                    "place",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="signup.place"),
                ),
                ("store_id", models.BigIntegerField(null=True)),
                ("clerk_id", models.BigIntegerField(null=True)),
                ("referrer_id", models.BigIntegerField(null=True)),
                ("campaign", models.CharField(max_length=120, null=True)),
                ("page_version", models.IntegerField()),
                ("joined_at", models.DateTimeField()),
            ],
            options={
                "db_table": "signup_joining",
                "indexes": [
                    models.Index(fields=["page", "-joined_at", "-id"], name="joining_newest"),
                    models.Index(fields=["customer", "-joined_at", "-id"], name="joining_of_customer"),
                ],
                "constraints": [models.UniqueConstraint(fields=("page", "customer"), name="joining_once")],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="signup.signuppage"
                    ),
                ),
                ("kind", models.CharField(choices=[("web", "Web"), ("call", "Call")], default="web", max_length=4)),
                ("language", models.CharField(max_length=2)),
                (
                    "place",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="signup.place"),
                ),
                ("clerk_id", models.BigIntegerField(null=True)),
                ("identity_kind", models.CharField(max_length=5)),
                ("address_sealed", models.TextField()),
                ("told_sealed", models.TextField()),
                ("code_hmac", models.CharField(default="", max_length=64)),
                ("code_sent_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("tries_left", models.SmallIntegerField(default=0)),
                ("sends_count", models.SmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("joined_at", models.DateTimeField(null=True)),
                (
                    "joining",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="signup.joining"
                    ),
                ),
                ("outcome", models.CharField(default="", max_length=16)),
            ],
            options={
                "db_table": "signup_attempt",
                "indexes": [models.Index(fields=["asked_at"], name="attempt_age")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("tries_left__gte", 0)), name="attempt_tries")
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "joining",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="proposals", to="signup.joining"
                    ),
                ),
                ("field", models.CharField(max_length=60)),
                ("told", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("accepted", "Accepted"), ("dismissed", "Dismissed")],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "signup_proposal",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("joining", "field"), name="proposal_open_once"
                    )
                ],
            },
        ),
    ]
