"""The embedded PostgreSQL: the server binaries of a PyPI wheel under Huike's own supervision.

Owns: the folder `postgres/` in the data folder: the cluster, its passwords, its lock, where its socket is. Promises:
every connection is asked for a password; the application's role is no superuser and changes no tables; at most one
supervisor per data folder; crash recovery is waited for as long as it takes; a supervisor that is killed leaves no
server behind; no folder above the data folder changes its permissions. Refuses: TCP (a socket file only), and
PostgreSQL that somebody else runs: that is `HUIKE_DATABASE_URL`, and needs none of this.
"""

from huike.platform.postgres.errors import (
    DataFolderInUse,
    DataFolderUnreachable,
    DataFolderUnusable,
    PostgresError,
    PostgresMissing,
    PostgresNotStarted,
)
from huike.platform.postgres.roles import APP_ROLE, DATABASE, OWNER_ROLE, grant_rows_to_app
from huike.platform.postgres.server import EmbeddedPostgres, throwaway

__all__ = [
    "APP_ROLE",
    "DATABASE",
    "OWNER_ROLE",
    "DataFolderInUse",
    "DataFolderUnreachable",
    "DataFolderUnusable",
    "EmbeddedPostgres",
    "PostgresError",
    "PostgresMissing",
    "PostgresNotStarted",
    "grant_rows_to_app",
    "throwaway",
]
