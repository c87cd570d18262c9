"""Every table of this package."""

import django.db.models.functions.datetime
from django.db import migrations, models

# Statement triggers: one insert for a thousand deleted rows.
BURY = """
CREATE FUNCTION huike_lake_bury() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO lake_tombstone (table_name, key) SELECT TG_TABLE_NAME, id FROM gone;
    RETURN NULL;
END $$;

CREATE FUNCTION huike_lake_bury_all() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO lake_tombstone (table_name, key) VALUES (TG_TABLE_NAME, NULL);
    RETURN NULL;
END $$;
"""

UNBURY = """
DROP FUNCTION huike_lake_bury_all();
DROP FUNCTION huike_lake_bury();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_tables"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("table_name", models.CharField(max_length=63)),
                ("key", models.BigIntegerField(null=True)),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "lake_tombstone",
                "indexes": [models.Index(fields=["change_xid"], name="tombstone_change")],
            },
        ),
        migrations.CreateModel(
            name="Freshness",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("fresh_at", models.DateTimeField(null=True)),
                ("watermark", models.TextField(default="")),
                ("changed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "lake_freshness",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="freshness_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("before", models.CharField(max_length=32)),
                ("after", models.CharField(max_length=32)),
                ("table_name", models.CharField(max_length=63)),
                ("customers", models.BinaryField(null=True)),
                ("noted_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "lake_change",
                "indexes": [
                    models.Index(fields=["before"], name="lake_change_before"),
                    models.Index(fields=["noted_at"], name="lake_change_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Moved",
            fields=[
                ("table_name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("moved_at", models.DateTimeField()),
            ],
            options={
                "db_table": "lake_moved",
            },
        ),
        migrations.RunSQL(BURY, UNBURY),
    ]
