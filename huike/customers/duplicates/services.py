"""The search as a job, what it leaves, and what people say about pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final

import duckdb
from django.db import connection, transaction
from django.db.models import QuerySet

from huike.customers.duplicates import learning, matching, model
from huike.customers.duplicates.learning import Learned
from huike.customers.duplicates.matching import Pair
from huike.customers.duplicates.selectors import list_pairs
from huike.customers.errors import DuplicateNotFound
from huike.customers.identity.limits import limits
from huike.customers.models import Duplicate, DuplicateModel, DuplicateSearch
from huike.kernel.scope import Scope
from huike.lake.connection import attach_postgres, open_duckdb
from huike.platform import audit, clock, jobs, sql
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.jobs import Progress
from huike.platform.models import Job
from huike.platform.scratch import Scratch

KIND = "customers.find_duplicates"
# What is frequent, and so what is worth little, drifts: every so often all files are compared again.
_FULL_EVERY: Final = timedelta(days=7)
# Nor does what was learned from so many fewer files hold for ever.
_GROWN: Final = 1.2
# Where more than this share of the files changed, comparing all costs hardly more.
_MOST_CHANGED: Final = 0.3
_ASKED_EVERY_SECONDS: Final = 0.5
_PHASES = ("reading", "preparing", "learning", "comparing", "writing")

_READ = """
CREATE TABLE people AS
SELECT c.id, c.name, c.name_pinyin AS pinyin, c.birth_on,
       CASE WHEN phones.value IS NULL THEN c.phone END AS phone,
       CASE WHEN emails.value IS NULL THEN lower(c.email) END AS email,
       c.gender, c.city, c.district, c.address, c.home_store_id AS store_id, c.change_xid >= $since AS changed
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
     AND (%(changed)s::bigint[] IS NULL OR d.low_id = ANY(%(changed)s) OR d.high_id = ANY(%(changed)s))
     AND NOT EXISTS (SELECT FROM proposed p WHERE p.low_id = d.low_id AND p.high_id = d.high_id)
     AND EXISTS (SELECT FROM customers_customer c WHERE c.id = d.low_id AND c.state = 'active')
     AND EXISTS (SELECT FROM customers_customer c WHERE c.id = d.high_id AND c.state = 'active')
)
INSERT INTO customers_duplicate AS d (low_id, high_id, score_permille, reasons, model_id, dismissed_by)
SELECT low_id, high_id, score, string_to_array(reasons, ','), %(model)s, '' FROM proposed ORDER BY low_id, high_id
    ON CONFLICT (low_id, high_id) DO UPDATE
   SET score_permille = EXCLUDED.score_permille, reasons = EXCLUDED.reasons, model_id = EXCLUDED.model_id
 WHERE d.dismissed_at IS NULL
"""


def start(
    *, actor: Actor, requested_by_id: int | None, requested_by_key_id: int | None = None, full: bool = True
) -> Job:
    """Queue a search of all files, or (`full` false) of those that changed since the last one against all; the one that
    waits or runs already where there is one."""
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
        find_duplicates.defer(job_id=job.pk, full=full)
    return job


def search(progress: Progress, *, full: bool = True) -> int:
    """Compare files and put down what is proposed; how many pairs were found. Stops within a second of being cancelled.

    A search of all files learns anew what answers are worth, where there are people enough. Where `full` is false,
    files that changed since the last search are compared with all, as the last search of all files learned; unless that
    one is too long ago or was of other rules.
    """

    def report(phase: str) -> None:
        progress.report(done=_PHASES.index(phase), total=len(_PHASES), phase=phase, force=True)

    report("reading")
    read_xid = int(sql.rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")[0][0])
    since = _Since(0, None) if full else _since_last(read_xid, now=clock.now())
    with _own_duckdb() as database, _stopped_when_cancelled(database, progress):
        files = _read(database, since.xid)
        changed_only = since.xid > 0 and files.changed <= _MOST_CHANGED * files.all
        learned: Learned | None = None
        found: list[Pair] = []
        if files.changed or not changed_only:
            report("preparing")
            matching.prepare(database, most_files=limits()["phone"].most_files)
            if not changed_only:
                report("learning")
                learned = learning.learn(database)
            report("comparing")
            shares = _shares(since.model) if changed_only else learned.shares if learned else model.SHIPPED
            found = matching.find_pairs(database, shares=shares, changed_only=changed_only)
        changed = _changed_ids(database) if changed_only else None
    report("writing")
    with transaction.atomic():
        scored_by = since.model if changed_only else _put_down(learned)
        keep(found, changed=changed, scored_by=scored_by)
        DuplicateSearch.objects.create(
            is_full=changed is None,
            read_xid=read_xid,
            rules_version=model.VERSION,
            model=scored_by,
            files_count=files.all,
            changed_count=files.all if changed is None else len(changed),
            pairs_count=len(found),
        )
    progress.result = {"pairs": len(found), "files": files.all if changed is None else len(changed)}
    return len(found)


@dataclass(frozen=True, slots=True)
class _Since:
    """The transaction from which on changes are new to the search, 0 where all files are to be compared; and what
    scored the pairs that stay."""

    xid: int
    model: DuplicateModel | None


def _since_last(read_xid: int, *, now: datetime) -> _Since:
    last = DuplicateSearch.objects.order_by("-pk").first()
    whole = DuplicateSearch.objects.filter(is_full=True).select_related("model").order_by("-pk").first()
    if last is None or whole is None or last.rules_version != model.VERSION:
        return _Since(0, None)
    if now - whole.ended_at >= _FULL_EVERY or last.files_count > _GROWN * whole.files_count:
        return _Since(0, None)
    # A restored database counts its transactions anew.
    return _Since(last.read_xid if last.read_xid <= read_xid else 0, whole.model)


def _shares(learned: DuplicateModel | None) -> model.Shares:
    return model.SHIPPED if learned is None else model.Shares(**learned.shares)


def _put_down(learned: Learned | None) -> DuplicateModel | None:
    if learned is None:
        return None
    return DuplicateModel.objects.create(
        rules_version=model.VERSION,
        files_count=learned.people,
        shares=asdict(learned.shares),
        figures=dict(learned.figures),
    )


@contextmanager
def _own_duckdb() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, whose overflow is encrypted."""
    config = get_config()
    with Scratch("duplicates") as overflow:
        database = open_duckdb(
            threads=config.duckdb_threads, memory_limit=config.duckdb_memory_limit, overflow=overflow
        )
        try:
            database.execute("SET temp_file_encryption = true")
            yield database
        finally:
            database.close()


@contextmanager
def _stopped_when_cancelled(database: duckdb.DuckDBPyConnection, progress: Progress) -> Iterator[None]:
    """A query of DuckDB may take minutes: it is broken off when somebody cancels. Raises JobCancelled then."""
    over, cancelled = Event(), Event()

    def watch() -> None:
        try:
            while not over.wait(_ASKED_EVERY_SECONDS):
                if Job.objects.filter(pk=progress.job_id, cancel_requested=True).exists():
                    cancelled.set()
                    database.interrupt()
        finally:
            connection.close()

    watcher = Thread(target=watch, name="duplicates-cancel", daemon=True)
    watcher.start()
    try:
        yield
    except Exception as error:
        # Splink wraps what DuckDB raises, so that the kind of error does not tell.
        if cancelled.is_set():
            raise jobs.JobCancelled from error
        raise
    finally:
        over.set()
        watcher.join()


@dataclass(frozen=True, slots=True)
class _Files:
    all: int
    changed: int


def _read(database: duckdb.DuckDBPyConnection, since: int) -> _Files:
    attach_postgres(database)
    database.execute(_READ.replace("$since", str(int(since))))
    database.execute("DETACH pg")
    database.execute("CREATE TABLE changed AS SELECT id FROM people WHERE changed")
    database.execute("ALTER TABLE people DROP COLUMN changed")
    counted = database.execute("SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM changed)").fetchone()
    return _Files(*(counted or (0, 0)))


def _changed_ids(database: duckdb.DuckDBPyConnection) -> list[int]:
    return [row[0] for row in database.execute("SELECT id FROM changed ORDER BY id").fetchall()]


def keep(
    found: Sequence[Pair], *, changed: Sequence[int] | None = None, scored_by: DuplicateModel | None = None
) -> None:
    """Propose these pairs and no others, but for those that people called two or that contradict themselves; where only
    `changed` files were compared, other pairs stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            {
                "low": [pair.low_id for pair in found],
                "high": [pair.high_id for pair in found],
                "score": [round(pair.probability * 1_000) for pair in found],
                "reasons": [",".join(pair.reasons) for pair in found],
                "model": None if scored_by is None else scored_by.pk,
                "changed": None if changed is None else list(changed),
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
