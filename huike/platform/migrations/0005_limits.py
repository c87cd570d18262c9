"""How often somebody did something, for what strangers may do only so often.

UNLOGGED: what it holds lives for minutes or hours, and losing it in a crash only forgets some counted attempts.
"""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("platform", "0004_jobs_of_keys")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE platform_limit_count (
                key bytea PRIMARY KEY,
                taken integer NOT NULL,
                ends_at timestamptz NOT NULL
            );
            CREATE INDEX platform_limit_count_ends ON platform_limit_count (ends_at);
            """,
            "DROP TABLE platform_limit_count",
        )
    ]
