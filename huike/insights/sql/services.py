"""Asking, cancelling, writing an answer to a file; and the queries people keep."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from huike.insights.models import Question, SavedQuery
from huike.insights.sql import checking, turns
from huike.insights.sql.asking import Answer, Bounds, ToldColumn, answered
from huike.insights.sql.errors import SavedQueryNameTaken, SavedQueryNotFound, SqlNeedsAllStores
from huike.insights.sql.views import VIEWS
from huike.kernel.errors import Forbidden, HuikeError
from huike.platform import audit, clock, jobs, sheets
from huike.platform.config import get_config
from huike.platform.models import Job
from huike.staff.access import Principal, principal_now

PERMISSION = "insights.query"
IN_CLEAR = "customers.unmask"
FILE_KIND = "insights.query_file"
QUESTIONS_KEPT = timedelta(days=90)
FILES_KEPT = timedelta(days=7)
HISTORY = 50
# What a browser is sent, and what a file may weigh.
_SHOWN_BYTES = 16 * 1024**2
_FILE_BYTES = 1024**3
_WAIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An answer for the screen. `cut` by what it was cut: `rows`, `bytes`."""

    columns: Sequence[ToldColumn]
    rows: list[list[Any]]
    cut: str | None
    elapsed_ms: int
    fresh_at: datetime


def require_all_stores(principal: Principal) -> None:
    """Raises SqlNeedsAllStores."""
    if not principal.scope.all_stores:
        raise SqlNeedsAllStores


def ask(sql: str, *, principal: Principal) -> Shown:
    """The answer, of which no more than fits a screen. Every question is in the audit log, refused ones as well.

    Raises SqlNeedsAllStores, SqlAlreadyAsking, SqlAllBusy, and what `asking.answered` raises.
    """
    require_all_stores(principal)
    bounds = Bounds(rows=get_config().sql_rows_shown, bytes=_SHOWN_BYTES)
    with turns.turn_of(principal.key) as turn, _noted(sql, Question.Purpose.SHOW, principal) as noted:
        question = checking.check(sql, tables=VIEWS)
        with answered(
            question,
            in_clear=noted.in_clear,
            bounds=bounds,
            stopped=lambda: turn.is_cancelled(noted.pk),
        ) as answer:
            rows = [row for batch in answer.batches() for row in batch]
            _took(noted, answer)
            return Shown(
                columns=answer.columns,
                rows=rows,
                cut=answer.cut,
                elapsed_ms=answer.elapsed_ms,
                fresh_at=answer.fresh_at,
            )


def cancel(*, principal: Principal) -> bool:
    """Stop the question of one's own that is being answered, wherever that is; whether there was one."""
    running = _own(principal).filter(outcome="", purpose=Question.Purpose.SHOW)
    return running.update(cancel_requested=True) > 0


def history(*, principal: Principal) -> list[Question]:
    """What one asked oneself, the latest first."""
    return list(_own(principal).order_by("-pk")[:HISTORY])


def forget_old(now: datetime) -> int:
    """Questions that have served their time; how many."""
    return Question.objects.filter(asked_at__lt=now - QUESTIONS_KEPT).delete()[0]


def _own(principal: Principal) -> QuerySet[Question]:
    return Question.objects.filter(asked_by_id=principal.user_id, asked_by_key_id=principal.key_id)


@contextmanager
def _noted(sql: str, purpose: Question.Purpose, principal: Principal) -> Iterator[Question]:
    """The question's row while it is answered; how it ended, there and in the audit log, whatever that was."""
    # What a process that died left behind is not being answered: one's turn is one's own.
    _own(principal).filter(outcome="", purpose=Question.Purpose.SHOW).update(outcome="internal")
    noted = Question.objects.create(
        asked_by_id=principal.user_id,
        asked_by_key_id=principal.key_id,
        sql=sql,
        purpose=purpose,
        in_clear=principal.may(IN_CLEAR),
    )
    with _ending(noted, principal):
        yield noted


@contextmanager
def _ending(noted: Question, principal: Principal) -> Iterator[None]:
    began_at = time.monotonic()
    outcome = "internal"
    try:
        yield
        outcome = "answered"
    except HuikeError as error:
        outcome = error.errors[0].code if error.errors else error.code
        raise
    finally:
        if noted.elapsed_ms is None:
            noted.elapsed_ms = round((time.monotonic() - began_at) * 1000)
        noted.outcome = outcome
        with transaction.atomic():
            noted.save(update_fields=["outcome", "rows", "cut", "elapsed_ms"])
            audit.record(
                principal.actor,
                "ask_sql",
                subject_kind="question",
                subject_id=noted.pk,
                details={
                    "sql": noted.sql,
                    "purpose": noted.purpose,
                    "outcome": outcome,
                    "rows": noted.rows,
                    "ms": noted.elapsed_ms,
                    "in_clear": noted.in_clear,
                },
            )


def _took(noted: Question, answer: Answer) -> None:
    noted.rows, noted.cut, noted.elapsed_ms = answer.rows, answer.cut is not None, answer.elapsed_ms


# -- files ------------------------------------------------------------------------------------------------------------


def start_file(sql: str, *, file_format: str, principal: Principal) -> Job:
    """Queue the whole answer as a file. Raises SqlNeedsAllStores, SqlRefused, SqlInvalid."""
    from huike.insights.sql.tasks import write_answer  # tasks import this module

    require_all_stores(principal)
    checking.check(sql, tables=VIEWS)
    with transaction.atomic():
        noted = Question.objects.create(
            asked_by_id=principal.user_id,
            asked_by_key_id=principal.key_id,
            sql=sql,
            purpose=Question.Purpose.FILE,
            in_clear=principal.may(IN_CLEAR),
        )
        job = jobs.create(
            kind=FILE_KIND,
            title_params={"format": file_format},
            requested_by_id=principal.user_id,
            requested_by_key_id=principal.key_id,
        )
        write_answer.defer(job_id=job.pk, question_id=noted.pk, file_format=file_format)
    return job


def write_file(progress: jobs.Progress, *, question_id: int, file_format: str) -> None:
    """Ask, and write the answer, a batch of rows in memory at a time. Whoever asked sees in it what she may see now.

    Raises Forbidden where she may no longer ask, and what `asking.answered` raises.
    """
    noted = Question.objects.get(pk=question_id)
    principal = principal_now(user_id=noted.asked_by_id, key_id=noted.asked_by_key_id)
    if principal is None or not principal.may(PERMISSION):
        raise Forbidden(permission=PERMISSION)
    require_all_stores(principal)
    noted.in_clear = principal.may(IN_CLEAR)
    bounds = Bounds(rows=get_config().sql_rows_exported, bytes=_FILE_BYTES)
    path = _path(progress.job_id, file_format)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(path.parent)
    part = path.with_name(f"{path.name}.part")
    with turns.waiting() as turn:
        while not turn.try_lock(turns.FILE_PLACE):
            progress.report(done=0, phase="waiting", force=True)
            time.sleep(_WAIT_SECONDS)
        done = 0

        def stopped() -> bool:
            progress.report(done=done, phase="writing")
            return False

        try:
            with _ending(noted, principal):
                question = checking.check(noted.sql, tables=VIEWS)
                with (
                    answered(question, in_clear=noted.in_clear, bounds=bounds, stopped=stopped) as answer,
                    part.open("wb") as file,
                    sheets.sheet(file, file_format=file_format, name="SQL") as write_row,
                ):
                    write_row([column.name for column in answer.columns])
                    for batch in answer.batches():
                        for row in batch:
                            write_row([_cell(value, answer.columns[at].type) for at, value in enumerate(row)])
                        done += len(batch)
                    _took(noted, answer)
                part.rename(path)
        finally:
            part.unlink(missing_ok=True)
    progress.report(done=done, total=done, phase="writing", force=True)
    progress.result = {"format": file_format, "rows": done, "cut": noted.cut, "bytes": path.stat().st_size}


def _cell(value: Any, type: str) -> Any:
    """Numbers as numbers, for a spreadsheet to count with."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, str) and (type.startswith("DECIMAL") or type.endswith("INT")):
        return Decimal(value)
    return value


def find_file(job_id: int, *, principal: Principal) -> tuple[Path, str, str]:
    """(the file of one's own job, how it is called, what it is). Raises JobNotFound: also when it was swept away since.

    Audited, since it leaves the house.
    """
    job = Job.objects.filter(
        pk=job_id,
        kind=FILE_KIND,
        state=Job.State.SUCCEEDED,
        requested_by_id=principal.user_id,
        requested_by_key_id=principal.key_id,
    ).first()
    if job is None:
        raise jobs.JobNotFound
    file_format = job.result["format"]
    path = _path(job_id, file_format)
    if not path.is_file():
        raise jobs.JobNotFound
    audit.record(principal.actor, "download_sql_answer", subject_kind="job", subject_id=job_id)
    stamp = job.created_at.astimezone(get_config().zone).strftime("%Y%m%d-%H%M")
    return path, f"sql-{stamp}.{file_format}", sheets.CONTENT_TYPES[file_format]


def _path(job_id: int, file_format: str) -> Path:
    # Beside the lists of customers, where an erasure looks.
    return get_config().data_dir.resolve() / "exports" / f"{job_id}.{file_format}"


def _sweep(folder: Path) -> None:
    oldest = (clock.now() - FILES_KEPT).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


# -- queries that are kept --------------------------------------------------------------------------------------------


def saved_queries(user_id: int | None) -> list[SavedQuery]:
    """One's own, and those colleagues share, by name."""
    return list(SavedQuery.objects.filter(Q(owner_id=user_id) | Q(shared=True)).order_by("name", "pk"))


def save_query(*, name: str, sql: str, shared: bool, user_id: int) -> SavedQuery:
    """Raises SavedQueryNameTaken."""
    with _name_once():
        return SavedQuery.objects.create(owner_id=user_id, name=name, sql=sql, shared=shared)


def change_query(query_id: int, *, name: str, sql: str, shared: bool, user_id: int) -> SavedQuery:
    """One's own alone. Raises SavedQueryNotFound, SavedQueryNameTaken."""
    found = _own_query(query_id, user_id)
    found.name, found.sql, found.shared, found.updated_at = name, sql, shared, clock.now()
    with _name_once():
        found.save()
    return found


def delete_query(query_id: int, *, user_id: int) -> None:
    """One's own alone. Raises SavedQueryNotFound."""
    _own_query(query_id, user_id).delete()


def _own_query(query_id: int, user_id: int) -> SavedQuery:
    found = SavedQuery.objects.filter(pk=query_id, owner_id=user_id).first()
    if found is None:
        raise SavedQueryNotFound
    return found


@contextmanager
def _name_once() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "saved_query_name_once" not in str(error):
            raise
        raise SavedQueryNameTaken from error
