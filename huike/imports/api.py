"""Files in, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from huike.imports import refusals, selectors, services
from huike.imports.answers import Answers
from huike.imports.errors import FileTooLarge
from huike.imports.models import Import
from huike.imports.schemas import Answers as AnswersIn
from huike.imports.schemas import ImportKind, ImportOut, ImportRow, RereadIn, StartIn
from huike.platform import idempotency
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.platform.job_schema import JobOut
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["imports"])

ImportId = Annotated[int, Field(ge=1, le=2**63 - 1)]


@router.post(
    "",
    auth=Requires("imports.run"),
    response={201: ImportOut, **problems(413)},
    operation_id="receive_file",
    summary="Bring a file; the answer proposes what its columns mean",
)
def receive_file(request: HttpRequest, kind: Form[ImportKind], file: File[UploadedFile]) -> tuple[int, dict[str, Any]]:
    limit_bytes = get_config().upload_limit_bytes
    if file.size is not None and file.size > limit_bytes:
        raise FileTooLarge(limit_bytes=limit_bytes)
    record = services.receive(kind=kind, filename=file.name or "file", chunks=file.chunks(), caller=_caller(request))
    return 201, show(record)


@router.get(
    "",
    auth=Requires("imports.read"),
    response={200: PageOf[ImportRow], **problems()},
    operation_id="list_imports",
    summary="Imports, the newest first",
)
def list_imports(
    request: HttpRequest,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    page = selectors.page(cursor=cursor, limit=limit, scope=principal_of(request).scope)
    return {"items": [_row(item) for item in page.items], "next_cursor": page.next_cursor, "total": page.total}


@router.get(
    "/{import_id}",
    auth=Requires("imports.read"),
    response={200: ImportOut, **problems(404)},
    operation_id="get_import",
    summary="One import: its columns, its check, its result",
)
def get_import(request: HttpRequest, import_id: ImportId) -> dict[str, Any]:
    return show(selectors.find(import_id, scope=principal_of(request).scope))


@router.post(
    "/{import_id}/reread",
    auth=Requires("imports.run"),
    response={200: ImportOut, **problems(404, 409, 413)},
    operation_id="reread_file",
    summary="Correct encoding, delimiter or header, and propose anew",
)
def reread_file(request: HttpRequest, import_id: ImportId, body: RereadIn) -> dict[str, Any]:
    return show(services.reread(import_id, **body.model_dump(), caller=_caller(request)))


@router.post(
    "/{import_id}/check",
    auth=Requires("imports.run"),
    response={202: JobOut, **problems(404, 409)},
    operation_id="check_import",
    summary="Check every row under these answers; nothing is written",
)
def check_import(request: HttpRequest, import_id: ImportId, body: AnswersIn) -> tuple[int, JobOut]:
    told = body.model_dump()
    source = told.pop("source")
    answers = Answers(
        **told, source_key=source["key"], source_name=source["name"], channel=str(source["channel"].value)
    )
    return 202, JobOut.of(services.request_check(import_id, answers=answers, caller=_caller(request)))


@router.post(
    "/{import_id}/start",
    auth=Requires("imports.run"),
    response={202: JobOut, **problems(404, 409)},
    operation_id="start_import",
    summary="Write a checked file, in one piece",
    openapi_extra={
        "parameters": [
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": True,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        ]
    },
)
def start_import(request: HttpRequest, import_id: ImportId, body: StartIn) -> HttpResponse:
    principal, caller = principal_of(request), _caller(request)
    answer = idempotency.once(
        principal=principal.key,
        route=f"start_import/{import_id}",
        key=idempotency.key_of(request),
        body=body,
        action=lambda: (202, JobOut.of(services.start(import_id, refused=body.refused, caller=caller))),
    )
    return idempotency.respond(answer)


@router.get(
    "/{import_id}/refused",
    auth=Requires("imports.read"),
    response={200: None, **problems(404, 409)},
    operation_id="download_refused_rows",
    summary="The refused rows with their reasons, as CSV",
)
def download_refused_rows(request: HttpRequest, import_id: ImportId) -> StreamingHttpResponse:
    record = selectors.find(import_id, scope=principal_of(request).scope)
    language = "zh-CN" if request.headers.get("Accept-Language", "").lower().startswith("zh") else "en"
    response = StreamingHttpResponse(refusals.as_csv(record, language=language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="refused-{record.pk}.csv"'
    return response


@router.delete(
    "/{import_id}",
    auth=Requires("imports.run"),
    response={204: None, **problems(404, 409)},
    operation_id="remove_import",
    summary="Forget an import that was not written",
)
def remove_import(request: HttpRequest, import_id: ImportId) -> tuple[int, None]:
    services.remove(import_id, caller=_caller(request))
    return 204, None


def _caller(request: HttpRequest) -> services.Caller:
    principal = principal_of(request)
    return services.Caller(actor=principal.actor, scope=principal.scope, user_id=principal.user_id)


def _row(record: Import) -> dict[str, Any]:
    return {
        "id": record.pk,
        "kind": record.kind,
        "filename": record.filename,
        "bytes": record.bytes,
        "state": record.state,
        "job_id": record.job_id,
        "created_at": record.created_at,
        "finished_at": record.finished_at,
        "result": record.result or None,
        "error": {"code": record.error_code, "params": record.error_params} if record.error_code else None,
    }


def show(record: Import) -> dict[str, Any]:
    """The whole import as `ImportOut`."""
    fields = selectors.fields_of_import(record)
    return {
        **_row(record),
        "format": record.format,
        "columns": record.columns,
        "mapping_proposed": record.mapping_proposed,
        "fields": [
            {
                "key": f.key,
                "required": f.required,
                "label_code": f.label_code,
                "label": f.label,
                "kinds": list(f.kinds),
            }
            for f in fields
        ],
        "questions": record.questions,
        "answers": _answers(record.answers),
        "check": record.check_report or None,
    }


def _answers(stored: dict[str, Any]) -> dict[str, Any] | None:
    if not stored:
        return None
    told = dict(stored)
    source = {"key": told.pop("source_key"), "name": told.pop("source_name"), "channel": told.pop("channel")}
    return {**told, "source": source}
