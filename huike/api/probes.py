"""For whoever watches the process: `/livez` (it answers) and `/readyz` (it can work)."""

from __future__ import annotations

import logging

import psycopg
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse

from huike.platform.config import get_config

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 3
_migrated = False


def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has this version's tables; otherwise 503 and what is missing."""
    try:
        # Not through the pool, which would wait for a lost database longer than whoever asks.
        with psycopg.connect(str(get_config().database_url), connect_timeout=_CONNECT_SECONDS) as probe:
            probe.execute("SELECT 1")
        missing = None if _is_migrated() else "migrations are not applied: huike migrate"
    except (psycopg.Error, DatabaseError) as error:
        logger.warning("not ready: %s", error)
        missing = "the database does not answer"
    if missing is None:
        return HttpResponse("ready\n", content_type="text/plain")
    return HttpResponse(f"not ready: {missing}\n", status=503, content_type="text/plain")


def _is_migrated() -> bool:
    """Tables never go back, so a yes is kept."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
