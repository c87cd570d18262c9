"""Terms are edited as a draft; a pause is a stretch of time; a later version replaces every earlier one from its instant
on, so that one that was scheduled can be overtaken."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0002_history_stays"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="terms", name="terms_one_at_a_time"),
        migrations.CreateModel(
            name="TermsDraft",
            fields=[
                (
                    "programme",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="draft",
                        serialize=False,
                        to="loyalty.programme",
                    ),
                ),
                ("document", models.JSONField()),
                ("version", models.IntegerField(default=1)),
                ("edited_by", models.CharField(max_length=120)),
                ("edited_at", models.DateTimeField()),
            ],
            options={"db_table": "loyalty_terms_draft"},
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("paused_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="loyalty.programme"
                    ),
                ),
            ],
            options={
                "db_table": "loyalty_pause",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["programme"],
                        condition=models.Q(("resumed_at__isnull", True)),
                        name="pause_one_at_a_time",
                    )
                ],
            },
        ),
    ]
