"""The country of a source's phone numbers, what became of tags and by whom, and searches for duplicates that ended.

Tags change in many ways (a colleague, a rule, a file, a merge, a renamed tag): the table itself writes down each change.
"""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION huike_note_tags() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before jsonb := '[]';
BEGIN
    IF TG_OP = 'UPDATE' THEN before := OLD.tags; END IF;
    INSERT INTO customers_tag_change (customer_id, tag, put, by, at)
    SELECT NEW.id, tag, put, coalesce(current_setting('huike.tags_by', true), ''), now()
      FROM (SELECT tag, true AS put FROM jsonb_array_elements_text(NEW.tags) tag WHERE NOT before ? tag
             UNION ALL
            SELECT tag, false FROM jsonb_array_elements_text(before) tag WHERE NOT NEW.tags ? tag) changed
     ORDER BY put, tag;
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER customers_customer_tags_come AFTER INSERT ON customers_customer
    FOR EACH ROW WHEN (NEW.tags <> '[]') EXECUTE FUNCTION huike_note_tags();
CREATE TRIGGER customers_customer_tags_change AFTER UPDATE OF tags ON customers_customer
    FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags) EXECUTE FUNCTION huike_note_tags();
"""
NO_TRIGGERS = """
DROP TRIGGER customers_customer_tags_come ON customers_customer;
DROP TRIGGER customers_customer_tags_change ON customers_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0012_the_list_at_size")]

    operations = [
        migrations.AddField(
            model_name="source",
            name="phone_region",
            field=models.CharField(db_default="", default="", max_length=2),
        ),
        migrations.CreateModel(
            name="DuplicateSearch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("is_full", models.BooleanField()),
                ("read_xid", models.BigIntegerField()),
                ("model_version", models.SmallIntegerField()),
                ("files_count", models.IntegerField()),
                ("changed_count", models.IntegerField()),
                ("pairs_count", models.IntegerField()),
                ("shares", models.JSONField(default=dict)),
                ("ended_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"db_table": "customers_duplicate_search"},
        ),
        migrations.CreateModel(
            name="TagChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tag", models.CharField(max_length=40)),
                ("put", models.BooleanField()),
                ("by", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
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
                "db_table": "customers_tag_change",
                "indexes": [models.Index(fields=["customer", "-at", "-id"], name="tag_change_newest")],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION huike_note_tags()"),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
    ]
