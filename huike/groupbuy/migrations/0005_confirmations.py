"""People on the way to show who they are, before they buy or see what they bought."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("groupbuy", "0004_first_purchases")]

    operations = [
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("kind", models.CharField(max_length=5)),
                ("address_sealed", models.TextField()),
                ("language", models.CharField(max_length=2)),
                ("code_hmac", models.CharField(default="", max_length=64)),
                ("code_sent_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("tries_left", models.SmallIntegerField(default=0)),
                ("sends_count", models.SmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groupbuy_confirmation",
                "constraints": [models.CheckConstraint(condition=Q(tries_left__gte=0), name="confirmation_tries")],
                "indexes": [models.Index(fields=["asked_at"], name="confirmation_age")],
            },
        ),
    ]
