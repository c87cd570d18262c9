"""Fields of the operator's own, and what customers have in them. Defaults reach every new file by a trigger."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

DEFAULTS = """
CREATE FUNCTION huike_customer_defaults() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    INSERT INTO customers_field_value (customer_id, field_id, text, number, day)
    SELECT made.id, f.id, f.default_text, f.default_number, f.default_day
      FROM customers_field f CROSS JOIN made
     WHERE f.archived_at IS NULL
       AND (f.default_text IS NOT NULL OR f.default_number IS NOT NULL OR f.default_day IS NOT NULL)
     ORDER BY f.id, made.id;
    RETURN NULL;
END $$;

CREATE TRIGGER customer_defaults AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION huike_customer_defaults();
"""

TRACKED = """
CREATE TRIGGER field_value_touch BEFORE UPDATE ON customers_field_value FOR EACH ROW EXECUTE FUNCTION huike_touch();
CREATE TRIGGER customers_field_value_bury AFTER DELETE ON customers_field_value REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury();
CREATE TRIGGER customers_field_value_bury_all AFTER TRUNCATE ON customers_field_value
    FOR EACH STATEMENT EXECUTE FUNCTION huike_lake_bury_all();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_latest_buyers_first"),
    ]

    operations = [
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
            name="CustomValue",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
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
        migrations.RunSQL(
            DEFAULTS, "DROP TRIGGER customer_defaults ON customers_customer; DROP FUNCTION huike_customer_defaults()"
        ),
        migrations.RunSQL(TRACKED, migrations.RunSQL.noop),
    ]
