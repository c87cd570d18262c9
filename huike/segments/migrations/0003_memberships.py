"""When a segment is asked again and what is kept of it; fixed lists, which the lake follows."""

from django.db import migrations, models

# A file that is merged away or erased is on no list of the lake: its rows are looked at again. Of the erased nothing is
# kept; a merge can be undone.
FOLLOWED = """
CREATE TRIGGER fixed_member_touch BEFORE UPDATE ON segments_fixed_member
    FOR EACH ROW EXECUTE FUNCTION huike_touch();
CREATE TRIGGER segments_fixed_member_bury AFTER DELETE ON segments_fixed_member REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury();
CREATE TRIGGER segments_fixed_member_bury_all AFTER TRUNCATE ON segments_fixed_member
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury_all();
ALTER TABLE segments_fixed_member ADD CONSTRAINT fixed_member_segment
    FOREIGN KEY (segment_id) REFERENCES segments_segment (id) ON DELETE CASCADE;

CREATE FUNCTION huike_fixed_members_follow_state() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.state = 'erased' THEN
        DELETE FROM segments_fixed_member WHERE customer_id = NEW.id;
    ELSE
        UPDATE segments_fixed_member SET change_xid = change_xid WHERE customer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER customer_state_touches_fixed_members AFTER UPDATE OF state ON customers_customer
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION huike_fixed_members_follow_state();
"""
UNFOLLOWED = """
DROP TRIGGER customer_state_touches_fixed_members ON customers_customer;
DROP FUNCTION huike_fixed_members_follow_state();
"""

KNOWN = """
UPDATE segments_segment s SET refreshed_at = t.taken_at, tried_at = t.taken_at, as_of = t.as_of
  FROM segments_snapshot t WHERE t.id = s.snapshot_id;
UPDATE segments_snapshot t SET because = 'first'
 WHERE NOT EXISTS (SELECT FROM segments_snapshot o WHERE o.segment_id = t.segment_id AND o.id < t.id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("segments", "0002_tags_follow_segments"),
        ("customers", "0001_tables"),
        ("lake", "0001_tables"),
    ]

    operations = [
        *(
            migrations.AddField(model_name="segment", name=name, field=field)
            for name, field in (
                (
                    "kind",
                    models.CharField(
                        choices=[("dynamic", "Dynamic"), ("fixed", "Fixed")], default="dynamic", max_length=10
                    ),
                ),
                ("made_from", models.JSONField(null=True)),
                (
                    "cadence",
                    models.CharField(
                        choices=[
                            ("by_hand", "By Hand"),
                            ("quarters", "Quarters"),
                            ("hourly", "Hourly"),
                            ("nightly", "Nightly"),
                        ],
                        default="nightly",
                        max_length=10,
                    ),
                ),
                ("at_hour", models.SmallIntegerField(default=3)),
                ("follows_changes", models.BooleanField(default=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("refreshed_at", models.DateTimeField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("zone", models.CharField(default="", max_length=60)),
                ("watermark", models.CharField(default="", max_length=32)),
            )
        ),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.CheckConstraint(
                condition=models.Q(("at_hour__gte", 0), ("at_hour__lte", 23)), name="segment_hour"
            ),
        ),
        migrations.AddField(
            model_name="snapshot",
            name="because",
            field=models.CharField(
                choices=[("first", "First"), ("rule", "Rule"), ("people", "People")], default="people", max_length=10
            ),
        ),
        migrations.AddField(model_name="snapshot", name="entered_ids", field=models.BinaryField(null=True)),
        migrations.AddField(model_name="snapshot", name="left_ids", field=models.BinaryField(null=True)),
        migrations.AlterField(model_name="snapshot", name="members", field=models.BinaryField(null=True)),
        migrations.CreateModel(
            name="FixedMember",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("segment_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
                (
                    "change_xid",
                    models.BigIntegerField(
                        db_default=models.Func(function="huike_current_xid", output_field=models.BigIntegerField())
                    ),
                ),
            ],
            options={
                "db_table": "segments_fixed_member",
                "indexes": [
                    models.Index(fields=["customer_id"], name="fixed_member_customer"),
                    models.Index(fields=["change_xid"], name="fixed_member_change"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("segment_id", "customer_id"), name="fixed_member_once")
                ],
            },
        ),
        migrations.RunSQL(FOLLOWED, UNFOLLOWED),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
