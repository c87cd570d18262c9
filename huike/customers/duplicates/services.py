"""The search as a job, what it leaves, and what people say about pairs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
from django.db import connection, transaction
from django.db.models import QuerySet

from huike.customers.duplicates import matching, model
from huike.customers.duplicates.matching import Pair
from huike.customers.duplicates.selectors import list_pairs
from huike.customers.errors import DuplicateNotFound
from huike.customers.identity.limits import limits
from huike.customers.models import Duplicate
from huike.kernel.scope import Scope
from huike.lake.connection import attach_postgres, open_duckdb
from huike.platform import audit, jobs
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.models import Job

KIND = "customers.find_duplicates"
_PHASES = ("reading", "preparing", "comparing", "choosing", "writing")

_READ = """
CREATE TABLE people AS
SELECT c.id, c.name, c.name_pinyin AS pinyin, c.birth_on,
       CASE WHEN phones.value IS NULL THEN c.phone END AS phone,
       CASE WHEN emails.value IS NULL THEN lower(c.email) END AS email,
       c.gender, c.city, c.district, c.address, c.home_store_id AS store_id
  FROM pg.customers_customer c
  LEFT JOIN (SELECT DISTINCT value FROM pg.customers_shared_identity WHERE kind = 'phone') phones
         ON phones.value = c.phone
  LEFT JOIN (SELECT DISTINCT value FROM pg.customers_shared_identity WHERE kind = 'email') emails
         ON emails.value = lower(c.email)
 WHERE c.state = 'active'
"""

# Two different documents of one kind are two people. Whoever was called two people stays two when one of the files is
# merged into another.
_WRITE = """
WITH found AS (
  SELECT * FROM unnest(%(low)s::bigint[], %(high)s::bigint[], %(score)s::smallint[], %(reasons)s::text[])
           AS f (low_id, high_id, score, reasons)
), apart AS (
  SELECT least(one, other) AS low_id, greatest(one, other) AS high_id FROM (
    SELECT coalesce(l.merged_into_id, l.id) AS one, coalesce(h.merged_into_id, h.id) AS other
      FROM customers_duplicate d
      JOIN customers_customer l ON l.id = d.low_id
      JOIN customers_customer h ON h.id = d.high_id
     WHERE d.dismissed_at IS NOT NULL) heirs
), proposed AS (
  SELECT f.* FROM found f
    JOIN customers_customer l ON l.id = f.low_id AND l.state = 'active'
    JOIN customers_customer h ON h.id = f.high_id AND h.state = 'active'
   WHERE NOT EXISTS (SELECT FROM apart a WHERE a.low_id = f.low_id AND a.high_id = f.high_id)
     AND NOT EXISTS (SELECT FROM customers_id_document one JOIN customers_id_document other USING (kind)
                      WHERE one.customer_id = f.low_id AND other.customer_id = f.high_id)
), gone AS (
  DELETE FROM customers_duplicate d
   WHERE d.dismissed_at IS NULL
     AND NOT EXISTS (SELECT FROM proposed p WHERE p.low_id = d.low_id AND p.high_id = d.high_id)
     AND EXISTS (SELECT FROM customers_customer c WHERE c.id = d.low_id AND c.state = 'active')
     AND EXISTS (SELECT FROM customers_customer c WHERE c.id = d.high_id AND c.state = 'active')
)
INSERT INTO customers_duplicate AS d (low_id, high_id, score_permille, reasons, model_version, dismissed_by)
SELECT low_id, high_id, score, string_to_array(reasons, ','), %(version)s, '' FROM proposed ORDER BY low_id, high_id
    ON CONFLICT (low_id, high_id) DO UPDATE
   SET score_permille = EXCLUDED.score_permille, reasons = EXCLUDED.reasons, model_version = EXCLUDED.model_version
 WHERE d.dismissed_at IS NULL
"""


def start(*, actor: Actor, requested_by_id: int | None, requested_by_key_id: int | None = None) -> Job:
    """Queue a search; the one that waits or runs already where there is one."""
    from huike.customers.tasks import find_duplicates  # tasks import this module

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [KIND])
        running = Job.objects.filter(kind=KIND).exclude(state__in=jobs.FINISHED).first()
        if running is not None:
            return running
        job = jobs.create(
            kind=KIND, title_params={}, requested_by_id=requested_by_id, requested_by_key_id=requested_by_key_id
        )
        audit.record(actor, "find_duplicates", subject_kind="job", subject_id=job.pk)
        find_duplicates.defer(job_id=job.pk)
    return job


def search(progress: Progress) -> int:
    """Compare all files and put down what is proposed; how many pairs were found."""

    def report(phase: str) -> None:
        progress.report(done=_PHASES.index(phase), total=len(_PHASES), phase=phase, force=True)

    report("reading")
    config = get_config()
    place = config.data_dir.resolve()
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="duplicates-", dir=place) as overflow:
        database = open_duckdb(
            threads=config.duckdb_threads, memory_limit=config.duckdb_memory_limit, temp_dir=Path(overflow)
        )
        try:
            database.execute("SET temp_file_encryption = true")
            _read(database)
            found = matching.find_pairs(database, most_files=limits()["phone"].most_files, report=report)
        finally:
            database.close()
    report("writing")
    keep(found)
    progress.result = {"pairs": len(found)}
    return len(found)


def _read(database: duckdb.DuckDBPyConnection) -> None:
    attach_postgres(database)
    database.execute(_READ)
    database.execute("DETACH pg")


def keep(found: Sequence[Pair]) -> None:
    """Propose these pairs and no others, but for those that people called two or that contradict themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "low": [pair.low_id for pair in found],
                "high": [pair.high_id for pair in found],
                "score": [round(pair.probability * 1_000) for pair in found],
                "reasons": [",".join(pair.reasons) for pair in found],
                "version": model.VERSION,
            },
        )


def dismiss(pair_ids: Iterable[int], *, actor: Actor, scope: Scope, now: datetime) -> int:
    """These are two people: never propose them again. How many were open till now; raises DuplicateNotFound when one of
    them is not there for `scope`, and then changes nothing."""
    wanted = sorted(set(pair_ids))
    with transaction.atomic():
        pairs = list(_seen(scope).filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",)))
        if len(pairs) != len(wanted):
            raise DuplicateNotFound
        open_ids = [pair.pk for pair in pairs if pair.dismissed_at is None]
        Duplicate.objects.filter(pk__in=open_ids).update(dismissed_at=now, dismissed_by=actor.label[:120])
        for pair in pairs:
            if pair.pk in open_ids:
                details = {"customer_ids": [pair.low_id, pair.high_id]}
                audit.record(actor, "dismiss_duplicate", subject_kind="duplicate", subject_id=pair.pk, details=details)
    return len(open_ids)


def reopen(pair_id: int, *, actor: Actor, scope: Scope) -> Duplicate:
    """Take a dismissal back. Raises DuplicateNotFound."""
    with transaction.atomic():
        pair = _seen(scope).filter(pk=pair_id).select_for_update(of=("self",)).first()
        if pair is None:
            raise DuplicateNotFound
        if pair.dismissed_at is not None:
            pair.dismissed_at, pair.dismissed_by = None, ""
            pair.save(update_fields=["dismissed_at", "dismissed_by"])
            audit.record(actor, "reopen_duplicate", subject_kind="duplicate", subject_id=pair.pk)
    return pair


def _seen(scope: Scope) -> QuerySet[Duplicate]:
    return list_pairs(dismissed=None, scope=scope)
