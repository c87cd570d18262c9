"""The table of Django's database cache: sign-in rate limits count across processes and machines in it.

UNLOGGED: what it holds lives for minutes, and losing it in a crash only forgets some counted attempts.
"""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_tables")]

    operations = [
        migrations.RunSQL(
            """
            CREATE UNLOGGED TABLE platform_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX platform_cache_expires ON platform_cache (expires);
            """,
            "DROP TABLE platform_cache",
        )
    ]
