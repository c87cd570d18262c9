"""Files in, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import File, Form, Path, Query, Router
from ninja.files import UploadedFile
from pydantic import Field

from huike.imports import inbox_places, mappings, refusals, selectors, services
from huike.imports.answers import Answers
from huike.imports.errors import FileTooLarge
from huike.imports.models import Import, SavedMapping
from huike.imports.presets import PRESETS
from huike.imports.schemas import Answers as AnswersIn
from huike.imports.schemas import (
    ChangeMappingIn,
    CopyMappingIn,
    ImportKind,
    ImportOut,
    ImportRow,
    MappingFile,
    PresetOut,
    ProposeIn,
    RereadIn,
    SavedMappingOut,
    SaveMappingIn,
    StartIn,
)
from huike.platform import idempotency, sheets
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
    response={201: ImportOut, **problems(404, 413)},
    operation_id="receive_file",
    summary="Bring a file; the answer proposes what its columns mean",
)
def receive_file(
    request: HttpRequest,
    kind: Form[ImportKind],
    file: File[UploadedFile],
    preset: Annotated[str, Form(max_length=30)] = "",
) -> tuple[int, dict[str, Any]]:
    _refuse_too_large(file)
    record = services.receive(
        kind=kind,
        filename=file.name or "file",
        chunks=file.chunks(),
        preset=mappings.preset(preset) if preset else None,
        caller=_caller(request),
    )
    return 201, show(record)


def _refuse_too_large(file: UploadedFile) -> None:
    limit_bytes = get_config().upload_limit_bytes
    if file.size is not None and file.size > limit_bytes:
        raise FileTooLarge(limit_bytes=limit_bytes)


@router.post(
    "/run",
    auth=Requires("imports.run"),
    response={202: ImportOut, **problems(404, 413)},
    operation_id="run_file",
    summary="Bring a file of a saved mapping, and have it checked and written: all in one call",
    openapi_extra=idempotency.KEY_PARAMETER,
)
def run_file(
    request: HttpRequest,
    mapping: Annotated[str, Form(min_length=1, max_length=60)],
    file: File[UploadedFile],
    refused: Annotated[Literal["keep_good", "refuse_all"], Form()] = "keep_good",
) -> tuple[int, dict[str, Any]]:
    _refuse_too_large(file)
    caller = _caller(request)
    record = services.receive_and_run(
        saved=mappings.find_by_name(mapping, caller=caller),
        filename=file.name or "file",
        chunks=file.chunks(),
        origin=Import.Origin.CALL,
        arrival=f"call:{principal_of(request).key}:{idempotency.key_of(request)}",
        refused=refused,
        caller=caller,
    )
    return 202, show(record)


@router.get(
    "/presets",
    auth=Requires("imports.read"),
    response={200: list[PresetOut], **problems()},
    operation_id="list_import_presets",
    summary="Platforms whose exports are known",
)
def list_import_presets(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "key": preset.key,
            "kind": preset.kind,
            "source_name": preset.source_name,
            "columns": {key: list(headers) for key, headers in preset.columns.items()},
            "sample": [list(row) for row in preset.sample],
        }
        for preset in PRESETS.values()
    ]


@router.get(
    "/presets/{key}/sample",
    auth=Requires("imports.read"),
    response={200: None, **problems(404)},
    operation_id="download_preset_sample",
    openapi_extra=sheets.sent("csv"),
    summary="A small file of the platform's shape, as CSV",
)
def download_preset_sample(request: HttpRequest, key: Annotated[str, Path(max_length=30)]) -> HttpResponse:
    preset = mappings.preset(key)
    response = HttpResponse(preset.sample_file(), content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{preset.key}-sample.csv"'
    return response


@router.get(
    "/mappings",
    auth=Requires("imports.read"),
    response={200: list[SavedMappingOut], **problems()},
    operation_id="list_saved_mappings",
    summary="Saved mappings, the latest used first",
)
def list_saved_mappings(request: HttpRequest) -> list[dict[str, Any]]:
    return [_saved(saved) for saved in mappings.every(caller=_caller(request))]


@router.post(
    "/mappings",
    auth=Requires("imports.run"),
    response={201: SavedMappingOut, **problems(404, 409)},
    operation_id="save_mapping",
    summary="Keep what was confirmed for a file under a name",
)
def save_mapping(request: HttpRequest, body: SaveMappingIn) -> tuple[int, dict[str, Any]]:
    caller = _caller(request)
    record = selectors.find(body.import_id, scope=caller.scope)
    saved = mappings.save(
        name=body.name,
        kind=record.kind,
        answers=_told(body.answers),
        columns=[column["name"] for column in record.columns],
        form=record.format,
        preset_key=record.preset,
        caller=caller,
    )
    services.note_mapping(record.pk, saved)
    return 201, _saved(saved)


@router.post(
    "/mappings/file",
    auth=Requires("imports.run"),
    response={201: SavedMappingOut, **problems(409)},
    operation_id="read_mapping_file",
    summary="Make a saved mapping of a file that another Huike wrote",
)
def read_mapping_file(request: HttpRequest, body: MappingFile) -> tuple[int, dict[str, Any]]:
    saved = mappings.from_file(body.model_dump(mode="json", by_alias=True), name=None, caller=_caller(request))
    return 201, _saved(saved)


@router.get(
    "/mappings/{mapping_id}",
    auth=Requires("imports.read"),
    response={200: SavedMappingOut, **problems(404)},
    operation_id="get_saved_mapping",
    summary="One saved mapping",
)
def get_saved_mapping(request: HttpRequest, mapping_id: ImportId) -> dict[str, Any]:
    return _saved(mappings.find(mapping_id, caller=_caller(request)))


@router.patch(
    "/mappings/{mapping_id}",
    auth=Requires("imports.run"),
    response={200: SavedMappingOut, **problems(404, 409)},
    operation_id="change_saved_mapping",
    summary="Rename a saved mapping, change its answers (a new version), or have files taken from its folder",
)
def change_saved_mapping(request: HttpRequest, mapping_id: ImportId, body: ChangeMappingIn) -> dict[str, Any]:
    caller = _caller(request)
    record = None if body.import_id is None else selectors.find(body.import_id, scope=caller.scope)
    saved = mappings.change(
        mapping_id,
        name=body.name,
        answers=None if body.answers is None else _told(body.answers),
        columns=None if record is None else [column["name"] for column in record.columns],
        form=None if record is None else record.format,
        from_folder=body.from_folder,
        caller=caller,
    )
    if record is not None:
        services.note_mapping(record.pk, saved)
    return _saved(saved)


@router.delete(
    "/mappings/{mapping_id}",
    auth=Requires("imports.run"),
    response={204: None, **problems(404)},
    operation_id="delete_saved_mapping",
    summary="Forget a saved mapping; imports made with it keep their copy",
)
def delete_saved_mapping(request: HttpRequest, mapping_id: ImportId) -> tuple[int, None]:
    mappings.delete(mapping_id, caller=_caller(request))
    return 204, None


@router.post(
    "/mappings/{mapping_id}/copy",
    auth=Requires("imports.run"),
    response={201: SavedMappingOut, **problems(404, 409)},
    operation_id="copy_saved_mapping",
    summary="Another saved mapping with the same contents",
)
def copy_saved_mapping(request: HttpRequest, mapping_id: ImportId, body: CopyMappingIn) -> tuple[int, dict[str, Any]]:
    return 201, _saved(mappings.duplicate(mapping_id, name=body.name, caller=_caller(request)))


@router.get(
    "/mappings/{mapping_id}/file",
    auth=Requires("imports.read"),
    response={200: MappingFile, **problems(404)},
    operation_id="write_mapping_file",
    summary="A saved mapping as a file, to be carried to another Huike",
    by_alias=True,
)
def write_mapping_file(request: HttpRequest, mapping_id: ImportId) -> dict[str, Any]:
    return mappings.as_file(mappings.find(mapping_id, caller=_caller(request)))


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
    "/{import_id}/propose",
    auth=Requires("imports.run"),
    response={200: ImportOut, **problems(404, 409, 413)},
    operation_id="propose_mapping",
    summary="Propose what a saved mapping or a preset says",
)
def propose_mapping(request: HttpRequest, import_id: ImportId, body: ProposeIn) -> dict[str, Any]:
    caller = _caller(request)
    record = services.propose_again(
        import_id,
        saved=None if body.mapping_id is None else mappings.find(body.mapping_id, caller=caller),
        preset=None if body.preset is None else mappings.preset(body.preset),
        caller=caller,
    )
    return show(record)


@router.post(
    "/{import_id}/check",
    auth=Requires("imports.run"),
    response={202: JobOut, **problems(404, 409)},
    operation_id="check_import",
    summary="Check every row under these answers; nothing is written",
)
def check_import(request: HttpRequest, import_id: ImportId, body: AnswersIn) -> tuple[int, JobOut]:
    return 202, JobOut.of(services.request_check(import_id, answers=_told(body), caller=_caller(request)))


def _told(body: AnswersIn) -> Answers:
    told = body.model_dump()
    source = told.pop("source")
    return Answers(**told, source_key=source["key"], source_name=source["name"], channel=str(source["channel"].value))


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
    openapi_extra=sheets.sent("csv"),
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
        "origin": record.origin,
        "mapping": _used(record),
        "preset": record.preset or None,
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
        "fitting": [
            {"id": saved.pk, "name": saved.name, "version": saved.version}
            for saved in mappings.fitting(kind=record.kind, columns=[column["name"] for column in record.columns])
        ],
    }


def _used(record: Import) -> dict[str, Any] | None:
    if record.mapping_id is None:
        return None
    return {"id": record.mapping_id, "name": record.mapping_name, "version": record.mapping_version}


def _saved(saved: SavedMapping) -> dict[str, Any]:
    rules = dict(saved.rules)
    source = {"key": rules.pop("source_key"), "name": rules.pop("source_name"), "channel": rules.pop("channel")}
    return {
        "id": saved.pk,
        "name": saved.name,
        "kind": saved.kind,
        "preset": saved.preset or None,
        "version": saved.version,
        "columns": saved.columns,
        "answers": {**rules, "mapping": saved.mapping, "source": source},
        "format": saved.format,
        "from_folder": saved.from_folder,
        "folder": f"{inbox_places.inbox().name}/{saved.name}",
        "created_at": saved.created_at,
        "changed_at": saved.changed_at,
        "used_at": saved.used_at,
    }


def _answers(stored: dict[str, Any]) -> dict[str, Any] | None:
    if not stored:
        return None
    told = dict(stored)
    source = {"key": told.pop("source_key"), "name": told.pop("source_name"), "channel": told.pop("channel")}
    return {**told, "source": source}
