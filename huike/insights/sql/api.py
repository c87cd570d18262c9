"""SQL over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import FileResponse, HttpRequest
from ninja import Router
from ninja.responses import Status

from huike.customers.schemas import Id, NamedRef
from huike.insights.models import Question, SavedQuery
from huike.insights.sql import services
from huike.insights.sql.functions import ALLOWED, ROW_MAKERS
from huike.insights.sql.schemas import (
    SavedQueryIn,
    SavedQueryOut,
    SqlAnswerColumn,
    SqlAnswerOut,
    SqlCancelledOut,
    SqlCatalogueOut,
    SqlChoiceOut,
    SqlColumnOut,
    SqlFileIn,
    SqlIn,
    SqlQuestionOut,
    SqlTableOut,
)
from huike.insights.sql.views import VIEWS, Column, View
from huike.lake.freshness import fresh_at
from huike.platform import sheets
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.platform.job_schema import JobOut
from huike.segments.schemas import WordsOut
from huike.staff.access import Principal, Requires, principal_of
from huike.staff.errors import NeedsPerson
from huike.staff.selectors import user_names

router = Router(tags=["sql"])


@router.get(
    "/sql/tables",
    auth=Requires(services.PERMISSION),
    operation_id="list_sql_tables",
    summary="What can be asked in SQL: tables, columns and their meaning, functions, bounds",
    response={200: SqlCatalogueOut, **problems()},
)
def list_sql_tables(request: HttpRequest) -> SqlCatalogueOut:
    principal, config = _analyst(request), get_config()
    in_clear = principal.may(services.IN_CLEAR)
    return SqlCatalogueOut(
        tables=[
            SqlTableOut(
                name=view.name,
                words=WordsOut.model_validate(view.words),
                columns=[_column(view, column, in_clear=in_clear) for column in view.columns],
            )
            for view in VIEWS.values()
        ],
        functions=sorted(name for name in ALLOWED | ROW_MAKERS if name.isidentifier()),
        seconds=config.sql_seconds,
        rows_shown=config.sql_rows_shown,
        rows_exported=config.sql_rows_exported,
        timezone=config.timezone,
        fresh_at=fresh_at(),
    )


def _column(view: View, column: Column, *, in_clear: bool) -> SqlColumnOut:
    return SqlColumnOut(
        name=column.name,
        type=column.type,
        words=WordsOut.model_validate(column.words),
        masked=not in_clear and view.is_masked(column),
        choices=[
            SqlChoiceOut(value=value, words=WordsOut.model_validate(words))
            for value, words in (column.choices or {}).items()
        ],
        opens=column.opens if column.opens != view.name else None,
    )


@router.post(
    "/sql/ask",
    auth=Requires(services.PERMISSION),
    operation_id="ask_sql",
    summary="Ask the lake in SQL: one question of yours at a time, bounded in time, memory and rows; audited",
    response={200: SqlAnswerOut, **problems(409, 503)},
)
def ask_sql(request: HttpRequest, body: SqlIn) -> SqlAnswerOut:
    principal = _analyst(request)
    shown = services.ask(body.sql, principal=principal)
    return SqlAnswerOut(
        columns=[SqlAnswerColumn(name=column.name, type=column.type) for column in shown.columns],
        rows=shown.rows,
        row_count=len(shown.rows),
        cut=shown.cut,
        elapsed_ms=shown.elapsed_ms,
        fresh_at=shown.fresh_at,
        in_clear=principal.may(services.IN_CLEAR),
    )


@router.post(
    "/sql/cancel",
    auth=Requires(services.PERMISSION),
    operation_id="cancel_sql",
    summary="Stop the question of yours that is being answered",
    response={200: SqlCancelledOut, **problems()},
)
def cancel_sql(request: HttpRequest) -> SqlCancelledOut:
    return SqlCancelledOut(cancelled=services.cancel(principal=_analyst(request)))


@router.post(
    "/sql/file",
    auth=Requires(services.PERMISSION),
    operation_id="write_sql_file",
    summary="Write the whole answer to a file; the job says when it can be fetched",
    response={202: JobOut, **problems()},
)
def write_sql_file(request: HttpRequest, body: SqlFileIn) -> Status[JobOut]:
    job = services.start_file(body.sql, file_format=body.format, principal=_analyst(request))
    return Status(202, JobOut.of(job))


@router.get(
    "/sql/files/{id}",
    auth=Requires(services.PERMISSION),
    operation_id="download_sql_file",
    summary="The file such a job wrote; for whoever asked for it, for seven days; audited",
    response={200: None, **problems(404)},
    openapi_extra=sheets.sent("csv", "xlsx"),
)
def download_sql_file(request: HttpRequest, id: Id) -> FileResponse:
    path, name, content_type = services.find_file(id, principal=_analyst(request))
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = content_type
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/sql/history",
    auth=Requires(services.PERMISSION),
    operation_id="list_sql_history",
    summary="Your own last questions, the latest first",
    response={200: list[SqlQuestionOut], **problems()},
)
def list_sql_history(request: HttpRequest) -> list[SqlQuestionOut]:
    return [_question(row) for row in services.history(principal=_analyst(request))]


def _question(row: Question) -> SqlQuestionOut:
    return SqlQuestionOut(
        id=row.pk,
        sql=row.sql,
        purpose=Question.Purpose(row.purpose),
        asked_at=row.asked_at,
        outcome=row.outcome or None,
        rows=row.rows,
        cut=row.cut,
        elapsed_ms=row.elapsed_ms,
    )


@router.get(
    "/sql/saved",
    auth=Requires(services.PERMISSION),
    operation_id="list_saved_queries",
    summary="Queries you keep, and those colleagues share",
    response={200: list[SavedQueryOut], **problems()},
)
def list_saved_queries(request: HttpRequest) -> list[SavedQueryOut]:
    user_id = _analyst(request).user_id
    return _saved(services.saved_queries(user_id), user_id)


@router.post(
    "/sql/saved",
    auth=Requires(services.PERMISSION),
    operation_id="save_query",
    summary="Keep a query under a name",
    response={201: SavedQueryOut, **problems(409)},
)
def save_query(request: HttpRequest, body: SavedQueryIn) -> Status[SavedQueryOut]:
    user_id = _person(request)
    made = services.save_query(name=body.name, sql=body.sql, shared=body.shared, user_id=user_id)
    return Status(201, _saved([made], user_id)[0])


@router.put(
    "/sql/saved/{id}",
    auth=Requires(services.PERMISSION),
    operation_id="change_saved_query",
    summary="Change a query you keep",
    response={200: SavedQueryOut, **problems(404, 409)},
)
def change_saved_query(request: HttpRequest, id: Id, body: SavedQueryIn) -> SavedQueryOut:
    user_id = _person(request)
    changed = services.change_query(id, name=body.name, sql=body.sql, shared=body.shared, user_id=user_id)
    return _saved([changed], user_id)[0]


@router.delete(
    "/sql/saved/{id}",
    auth=Requires(services.PERMISSION),
    operation_id="delete_saved_query",
    summary="Forget a query you keep",
    response={204: None, **problems(404)},
)
def delete_saved_query(request: HttpRequest, id: Id) -> Status[None]:
    services.delete_query(id, user_id=_person(request))
    return Status(204, None)


def _analyst(request: HttpRequest) -> Principal:
    """Raises SqlNeedsAllStores."""
    principal = principal_of(request)
    services.require_all_stores(principal)
    return principal


def _person(request: HttpRequest) -> int:
    """Raises NeedsPerson for an API key."""
    user_id = _analyst(request).user_id
    if user_id is None:
        raise NeedsPerson
    return user_id


def _saved(queries: Sequence[SavedQuery], user_id: int | None) -> list[SavedQueryOut]:
    names = user_names({query.owner_id for query in queries})
    return [
        SavedQueryOut(
            id=query.pk,
            name=query.name,
            sql=query.sql,
            shared=query.shared,
            mine=query.owner_id == user_id,
            owner=NamedRef(id=query.owner_id, name=names[query.owner_id]) if query.owner_id in names else None,
            updated_at=query.updated_at,
        )
        for query in queries
    ]
