"""What providers take for a payment: agreed by account and currency, kept on each payment."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from huike.platform.guards import unchanged


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_kept_by_the_database")]

    operations = [
        migrations.CreateModel(
            name="FeeTerms",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("provider", models.CharField(max_length=40)),
                ("currency", models.CharField(max_length=3)),
                ("rate_bp", models.IntegerField()),
                ("fixed_minor", models.BigIntegerField()),
                ("gives_back", models.BooleanField()),
                ("starts_at", models.DateTimeField()),
                ("agreed_by", models.CharField(max_length=120)),
                ("agreed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "payments_fee_terms",
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "currency", "starts_at"), name="fee_terms_once"),
                    models.CheckConstraint(condition=Q(rate_bp__gte=0, rate_bp__lte=10_000), name="fee_rate"),
                    models.CheckConstraint(condition=Q(fixed_minor__gte=0), name="fee_fixed"),
                ],
            },
        ),
        unchanged("payments_fee_terms"),
        migrations.AddField("payment", "fee_minor", models.BigIntegerField(null=True)),
        migrations.AddField("payment", "fee_back_minor", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField(
            "payment",
            "fee_terms",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.feeterms",
            ),
        ),
        migrations.AddConstraint(
            "payment",
            models.CheckConstraint(
                condition=Q(fee_minor__isnull=True, fee_back_minor=0)
                | Q(
                    state="captured",
                    fee_minor__isnull=False,
                    fee_minor__gte=0,
                    fee_back_minor__gte=0,
                    fee_back_minor__lte=F("fee_minor"),
                ),
                name="payment_fee",
            ),
        ),
    ]
