"""Every table of this package, and the functions that tables of others call."""

import django.db.models.functions.datetime
from django.db import migrations, models

from huike.platform.guards import append_only

FUNCTIONS = """
-- The writing transaction's id as a bigint. Changes are read by it, up to the oldest transaction still running.
CREATE FUNCTION huike_current_xid() RETURNS bigint LANGUAGE sql VOLATILE AS
$$ SELECT pg_current_xact_id()::text::bigint $$;

-- BEFORE UPDATE: note the transaction that changed the row.
CREATE FUNCTION huike_touch() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.change_xid := pg_current_xact_id()::text::bigint; RETURN NEW; END $$;

-- On what has legal or money weight: history is corrected by new rows. An erasure is the one writer that is let through:
-- it moves rows to a pseudonym and empties columns; nothing is deleted.
CREATE FUNCTION huike_refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('huike.erasing', true) = 'on' THEN RETURN NEW; END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION huike_refuse_change();
DROP FUNCTION huike_touch();
DROP FUNCTION huike_current_xid();
"""

# What it holds lives for minutes or hours, and losing it in a crash only forgets some counted attempts.
UNLOGGED = """
CREATE UNLOGGED TABLE platform_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX platform_cache_expires ON platform_cache (expires);
CREATE UNLOGGED TABLE platform_limit_count (
    key bytea PRIMARY KEY,
    taken integer NOT NULL,
    ends_at timestamptz NOT NULL
);
CREATE INDEX platform_limit_count_ends ON platform_limit_count (ends_at);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("payload", models.JSONField()),
                ("customer_id", models.BigIntegerField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("written_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "platform_outbox_event",
                "indexes": [models.Index(fields=["xid", "id"], name="outbox_position")],
            },
        ),
        migrations.CreateModel(
            name="OutboxCursor",
            fields=[
                ("handler", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("xid", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("last_error", models.TextField(default="")),
                ("retry_at", models.DateTimeField(null=True)),
                ("moved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "platform_outbox_cursor",
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=60)),
                ("title_params", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=12,
                    ),
                ),
                ("phase", models.CharField(default="", max_length=60)),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("error_code", models.CharField(default="", max_length=80)),
                ("error_params", models.JSONField(default=dict)),
                ("requested_by_id", models.BigIntegerField(null=True)),
                ("requested_by_key_id", models.BigIntegerField(null=True)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "platform_job",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="job_newest"),
                    models.Index(fields=["state", "-finished_at"], name="job_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("done__gte", 0), models.Q(("total__isnull", True), ("total__gte", 0), _connector="OR")
                        ),
                        name="job_counts",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("principal", models.CharField(max_length=80)),
                ("route", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=255)),
                ("request_hash", models.CharField(max_length=64)),
                ("status", models.SmallIntegerField()),
                ("response", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "platform_idempotency_key",
                "indexes": [models.Index(fields=["created_at"], name="idempotency_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("principal", "route", "key"), name="idempotency_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_label", models.CharField(max_length=120)),
                ("action", models.CharField(max_length=80)),
                ("subject_kind", models.CharField(max_length=40)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "platform_audit_entry",
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_newest"),
                    models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_subject"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoopHeartbeat",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
                ("last_error", models.TextField(default="")),
                ("failed_at", models.DateTimeField(null=True)),
                ("details", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "platform_loop_heartbeat",
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content_type", models.CharField(max_length=20)),
                ("content", models.BinaryField()),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "platform_picture",
            },
        ),
        append_only("platform_audit_entry"),
        migrations.RunSQL(UNLOGGED, "DROP TABLE platform_limit_count; DROP TABLE platform_cache"),
    ]
