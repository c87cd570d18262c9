"""Every table of this package. Events are partitioned by the month they were received, each month refusing repetitions;
the owner's functions make months and drop them, since the application may not."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

EVENTS = """
CREATE SEQUENCE behaviour_event_id_seq;
CREATE TABLE behaviour_event (
    id bigint NOT NULL DEFAULT nextval('behaviour_event_id_seq'),
    source_id bigint NOT NULL,
    message_key uuid NOT NULL,
    kind varchar(8) NOT NULL,
    name varchar(200) NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    visitor_id bigint NOT NULL,
    customer_id bigint,
    properties jsonb NOT NULL,
    context jsonb NOT NULL,
    change_xid bigint NOT NULL DEFAULT huike_current_xid(),
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
ALTER SEQUENCE behaviour_event_id_seq OWNED BY behaviour_event.id;
CREATE INDEX event_of_visitor ON behaviour_event (visitor_id, occurred_at);
CREATE INDEX event_of_customer ON behaviour_event (customer_id, occurred_at DESC, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX event_change ON behaviour_event (change_xid);

-- A cart is told anew from its owner's cart events, one in twenty of all: found by an index of their own, instead of
-- among everything the owner ever did. The names are those of the shop's spec that `behaviour.carts` tells carts from.
CREATE INDEX cart_event_of_customer ON behaviour_event (customer_id, source_id, occurred_at, id)
 WHERE customer_id IS NOT NULL AND kind = 'track' AND name IN ('Product Added', 'Product Removed', 'Cart Viewed', 'Cart Updated',
                                            'Checkout Started', 'Order Completed');
CREATE INDEX cart_event_of_visitor ON behaviour_event (visitor_id, occurred_at, id)
 WHERE customer_id IS NULL AND kind = 'track' AND name IN ('Product Added', 'Product Removed', 'Cart Viewed', 'Cart Updated',
                                            'Checkout Started', 'Order Completed');

-- The partition of the month that `moment` lies in (UTC), made where there is none.
CREATE FUNCTION huike_make_event_month(moment timestamptz) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_at timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
    name text := 'behaviour_event_' || to_char(first_at, 'YYYYMM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('huike event month', 0));
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF behaviour_event FOR VALUES FROM (%L) TO (%L)',
                       name, first_at::text || '+00', (first_at + interval '1 month')::text || '+00');
        EXECUTE format('CREATE UNIQUE INDEX %I ON %I (source_id, message_key)', name || '_once', name);
    END IF;
    RETURN name;
END $$;

-- Drop the months that ended by `moment`, and tell the lake; how many were dropped.
CREATE FUNCTION huike_drop_event_months(moment timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month text;
    dropped integer := 0;
BEGIN
    FOR month IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'behaviour_event'::regclass
           AND to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= moment AT TIME ZONE 'UTC'
    LOOP
        EXECUTE format('INSERT INTO lake_tombstone (table_name, key) SELECT %L, id FROM %I', 'behaviour_event', month);
        EXECUTE format('DROP TABLE %I', month);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""

DROP_EVENTS = """
DROP FUNCTION huike_drop_event_months(timestamptz);
DROP FUNCTION huike_make_event_month(timestamptz);
DROP TABLE behaviour_event;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("lake", "0001_tables"),
        ("platform", "0001_tables"),
        ("customers", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrackedSource",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="tracking",
                        serialize=False,
                        to="customers.source",
                    ),
                ),
                ("allowed_origins", models.JSONField(default=list)),
                ("trusted", models.BooleanField(default=False)),
                ("cart_idle_minutes", models.IntegerField(db_default=60, default=60)),
                ("check_in_cooldown_minutes", models.IntegerField(db_default=60, default=60)),
                ("check_in_radius_metres", models.IntegerField(db_default=200, default=200)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "behaviour_tracked_source",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cart_idle_minutes__gte", 1),
                            ("check_in_cooldown_minutes__gte", 0),
                            ("check_in_radius_metres__gte", 0),
                        ),
                        name="tracked_source_numbers",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("body", models.BinaryField()),
                ("received_at", models.DateTimeField()),
                ("fault", models.CharField(max_length=300, null=True)),
            ],
            options={
                "db_table": "behaviour_delivery",
                "indexes": [
                    models.Index(condition=models.Q(("fault__isnull", True)), fields=["id"], name="delivery_waiting")
                ],
            },
        ),
        migrations.CreateModel(
            name="Visitor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.BigIntegerField()),
                ("kind", models.CharField(choices=[("anonymous", "Anonymous"), ("user", "User")], max_length=9)),
                ("value", models.CharField(max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="devices",
                        to="behaviour.visitor",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visitors",
                        to="customers.customer",
                    ),
                ),
                ("traits", models.JSONField(default=dict)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("linked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "behaviour_visitor",
                "constraints": [models.UniqueConstraint(fields=("source_id", "kind", "value"), name="visitor_once")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(EVENTS, DROP_EVENTS)],
            state_operations=[
                migrations.CreateModel(
                    name="CustomerEvent",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("source_id", models.BigIntegerField()),
                        ("message_key", models.UUIDField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("track", "Track"),
                                    ("page", "Page"),
                                    ("screen", "Screen"),
                                    ("identify", "Identify"),
                                    ("alias", "Alias"),
                                    ("group", "Group"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("name", models.CharField(max_length=200)),
                        ("occurred_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        ("visitor_id", models.BigIntegerField()),
                        ("customer_id", models.BigIntegerField(null=True)),
                        ("properties", models.JSONField()),
                        ("context", models.JSONField()),
                        (
                            "change_xid",
                            models.BigIntegerField(
                                db_default=models.Func(
                                    function="huike_current_xid", output_field=models.BigIntegerField()
                                )
                            ),
                        ),
                    ],
                    options={
                        "db_table": "behaviour_event",
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.BigIntegerField()),
                ("received_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("taken", "Taken"), ("repeated", "Repeated"), ("refused", "Refused")], max_length=8
                    ),
                ),
                ("reason", models.CharField(default="", max_length=30)),
                ("kind", models.CharField(default="", max_length=20)),
                ("name", models.CharField(default="", max_length=200)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("told", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "behaviour_sample",
                "indexes": [models.Index(fields=["source_id", "outcome", "-id"], name="sample_newest")],
            },
        ),
        migrations.CreateModel(
            name="DayCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.BigIntegerField()),
                ("day_on", models.DateField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("taken", "Taken"), ("repeated", "Repeated"), ("refused", "Refused")], max_length=8
                    ),
                ),
                ("reason", models.CharField(default="", max_length=30)),
                ("events_count", models.BigIntegerField()),
            ],
            options={
                "db_table": "behaviour_day_count",
                "constraints": [
                    models.UniqueConstraint(fields=("source_id", "day_on", "outcome", "reason"), name="day_count_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source_id", models.BigIntegerField()),
                ("visitor_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField(null=True)),
                ("lines", models.JSONField(default=list)),
                ("items_count", models.IntegerField(default=0)),
                ("value_minor", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3, null=True)),
                ("checkout_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField()),
                ("last_activity_at", models.DateTimeField()),
                ("abandoned_at", models.DateTimeField(null=True)),
                ("times_abandoned", models.IntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "end",
                    models.CharField(choices=[("ordered", "Ordered"), ("expired", "Expired")], max_length=8, null=True),
                ),
                ("recovered", models.BooleanField(default=False)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "behaviour_cart",
                "indexes": [
                    models.Index(fields=["customer_id", "-last_activity_at", "-id"], name="cart_of_customer"),
                    models.Index(fields=["visitor_id"], name="cart_of_visitor"),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["last_activity_at"], name="cart_idle"
                    ),
                    models.Index(fields=["change_xid"], name="cart_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("customer_id__isnull", False), ("ended_at__isnull", True)),
                        fields=("source_id", "customer_id"),
                        name="cart_live_once_per_customer",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("customer_id__isnull", True), ("ended_at__isnull", True)),
                        fields=("source_id", "visitor_id"),
                        name="cart_live_once_per_visitor",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckIn",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("source", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.source")),
                ("external_id", models.CharField(max_length=120)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="check_ins", to="customers.customer"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("social", "Social"),
                            ("qr", "Qr"),
                            ("wifi", "Wifi"),
                            ("camera", "Camera"),
                            ("app", "App"),
                        ],
                        max_length=6,
                    ),
                ),
                ("store_id", models.BigIntegerField(null=True)),
                ("place", models.CharField(default="", max_length=200)),
                ("latitude_degrees", models.FloatField(null=True)),
                ("longitude_degrees", models.FloatField(null=True)),
                ("distance_metres", models.IntegerField(null=True)),
                ("checked_in_at", models.DateTimeField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "behaviour_check_in",
                "indexes": [
                    models.Index(fields=["customer", "-checked_in_at", "-id"], name="check_in_of_customer"),
                    models.Index(fields=["change_xid"], name="check_in_change"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "external_id"), name="check_in_once")],
            },
        ),
        migrations.CreateModel(
            name="InterestTerm",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("term", models.CharField(max_length=60, unique=True)),
                ("interest", models.CharField(max_length=60)),
            ],
            options={
                "db_table": "behaviour_interest_term",
            },
        ),
        migrations.CreateModel(
            name="Interest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interests",
                        to="customers.customer",
                    ),
                ),
                ("interest", models.CharField(max_length=60)),
                ("weight", models.FloatField()),
                ("evidence_count", models.IntegerField()),
                ("last_said_at", models.DateTimeField()),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "behaviour_interest",
                "indexes": [models.Index(fields=["change_xid"], name="interest_change")],
                "constraints": [models.UniqueConstraint(fields=("customer", "interest"), name="interest_once")],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interest_evidence",
                        to="customers.customer",
                    ),
                ),
                ("interest", models.CharField(max_length=60)),
                ("term", models.CharField(max_length=60)),
                ("sentence", models.CharField(max_length=500)),
                ("sign", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=10)),
                ("text_key", models.UUIDField()),
                ("sentence_number", models.IntegerField()),
                ("said_at", models.DateTimeField()),
            ],
            options={
                "db_table": "behaviour_evidence",
                "indexes": [
                    models.Index(
                        models.F("customer"),
                        models.OrderBy(models.F("said_at"), descending=True),
                        models.OrderBy(models.F("id"), descending=True),
                        name="evidence_of_customer",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("text_key", "sentence_number", "interest"), name="evidence_once"),
                    models.CheckConstraint(condition=models.Q(("sign__in", [-1, 1])), name="evidence_sign"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WriteKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="write_keys",
                        to="behaviour.trackedsource",
                    ),
                ),
                ("key", models.CharField(max_length=40, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "behaviour_write_key",
            },
        ),
    ]
