"""Bringing a file, having it checked, having it written. The work itself is in `checks.py` and `runs.py`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from huike.imports import formats, mappings, selectors, tasks, workbench
from huike.imports.answers import SOURCE_KEY_PATTERN, Answers, proposed_questions
from huike.imports.caller import Caller as Caller
from huike.imports.errors import ArrivalDiffers, FileGone, FileTooLarge, ImportNotFound, MappingInvalid, NotNow
from huike.imports.fields import IDENTITY_FIELDS, Kind, propose, type_of
from huike.imports.models import Import, SavedMapping
from huike.imports.own_fields import own_fields
from huike.imports.presets import Preset, preset_for
from huike.kernel.errors import FieldError, HuikeError
from huike.kernel.money import minor_exponent
from huike.kernel.scope import EVERYTHING, Scope
from huike.kernel.text import clean_line
from huike.orders.models import SalesChannel
from huike.platform import audit, clock, jobs
from huike.platform.config import get_config
from huike.platform.models import Job

_CHECKABLE = frozenset({Import.State.PROPOSED, Import.State.CHECKED, Import.State.FAILED, Import.State.CANCELLED})


def receive(
    *,
    kind: str,
    filename: str,
    chunks: Iterable[bytes],
    caller: Caller,
    saved: SavedMapping | None = None,
    preset: Preset | None = None,
    origin: Import.Origin = Import.Origin.SCREEN,
) -> Import:
    """Keep a file and propose how to read it: as the mapping or preset says that was chosen for it, else as what fits.

    Raises FileTooLarge, FileEmpty, FileUnreadable, GzipBomb, NeedsAllStores; then nothing is kept.
    """
    with _received(kind, filename, chunks, caller, saved=saved, preset=preset) as record:
        record.origin = origin
        record.save()
        audit.record(caller.actor, "receive_file", subject_kind="import", subject_id=record.pk)
    return record


def receive_and_run(
    *,
    saved: SavedMapping,
    filename: str,
    chunks: Iterable[bytes],
    origin: Import.Origin,
    arrival: str,
    refused: str,
    caller: Caller,
) -> Import:
    """Bring a file of a saved mapping, and have it checked and then written without anybody's word.

    `arrival` names this file's coming: told again with the same contents it is the import it was. Raises as `receive`
    does, ArrivalDiffers, MappingInvalid where the file lacks columns of the mapping; then nothing is kept.
    """
    known: Import | None
    try:
        with _received(saved.kind, filename, chunks, caller, saved=saved) as record:
            known = Import.objects.filter(arrival=arrival).first()
            if known is None:
                record.origin, record.arrival, record.unattended = origin, arrival, refused
                answers = mappings.answers_of(saved)
                refuse_unfit(record, answers)
                record.save()
                audit.record(
                    caller.actor,
                    "receive_file",
                    subject_kind="import",
                    subject_id=record.pk,
                    details={"mapping": saved.name, "version": saved.version},
                )
                _have_checked(record, answers, caller)
    except IntegrityError:
        # Another call under this name was quicker.
        known = Import.objects.filter(arrival=arrival).first()
        if known is None:
            raise
    if known is not None:
        if (known.sha256, known.mapping_id) != (record.sha256, saved.pk):
            raise ArrivalDiffers
        return known
    return record


def note_unreadable(*, saved: SavedMapping, filename: str, path: Path, arrival: str, error: HuikeError) -> Import:
    """A file that came by itself and cannot even be received is an import that failed, so that somebody sees it."""
    with transaction.atomic():
        return Import.objects.create(
            kind=saved.kind,
            state=Import.State.FAILED,
            filename=_clean_name(filename),
            bytes=path.stat().st_size,
            sha256="",
            format=formats.Format(type="csv").as_json(),
            questions=proposed_questions(filename=filename, head=formats.Head((), ()), mapping={}, config=get_config()),
            origin=Import.Origin.FOLDER,
            arrival=arrival,
            mapping_id=saved.pk,
            mapping_name=saved.name,
            mapping_version=saved.version,
            error_code=error.code,
            error_params={**error.params, "detail": error.detail, "errors": [fault.where for fault in error.errors]},
            finished_at=clock.now(),
        )


@contextmanager
def _received(
    kind: str,
    filename: str,
    chunks: Iterable[bytes],
    caller: Caller,
    *,
    saved: SavedMapping | None = None,
    preset: Preset | None = None,
) -> Iterator[Import]:
    """The import of a file, to be saved in the block, which is a transaction. Saved, it gets the file; else nothing is
    kept."""
    selectors.require_all_stores(caller.scope)
    incoming = get_config().data_dir.resolve() / "imports" / f"incoming-{secrets.token_hex(8)}"
    incoming.parent.mkdir(parents=True, exist_ok=True)
    try:
        size_bytes, digest = _write(incoming, chunks)
        form = formats.inspect(incoming, unpack_limit_bytes=unpack_limit_bytes())
        with transaction.atomic():
            record = Import(
                kind=kind,
                state=Import.State.PROPOSED,
                filename=_clean_name(filename),
                bytes=size_bytes,
                sha256=digest,
                requested_by_id=caller.user_id,
            )
            _propose(record, form, incoming, saved=saved, preset=preset)
            yield record
            if record.pk is not None:
                workbench.folder(record.pk).mkdir(parents=True, exist_ok=True)
                incoming.rename(workbench.source_file(record.pk))
    finally:
        incoming.unlink(missing_ok=True)


def _clean_name(filename: str) -> str:
    return clean_line(PurePath(filename.replace("\\", "/")).name)[:255] or "file"


def _write(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    limit_bytes, size_bytes, digest = get_config().upload_limit_bytes, 0, sha256()
    with path.open("xb") as target:
        path.chmod(0o600)
        for chunk in chunks:
            size_bytes += len(chunk)
            if size_bytes > limit_bytes:
                raise FileTooLarge(limit_bytes=limit_bytes)
            digest.update(chunk)
            target.write(chunk)
    return size_bytes, digest.hexdigest()


def unpack_limit_bytes() -> int:
    """How large a packed file may become."""
    return 4 * get_config().upload_limit_bytes


def _propose(
    record: Import,
    form: formats.Format,
    path: Path,
    *,
    saved: SavedMapping | None = None,
    preset: Preset | None = None,
) -> None:
    if saved is not None:
        form = _as_saved(form, saved)
    head = formats.read_head(path, form, unpack_limit_bytes=unpack_limit_bytes())
    record.format = form.as_json()
    record.columns = [
        {"name": column.name, "sample": list(column.sample), "type": type_of(column.sample)} for column in head.columns
    ]
    record.mapping_proposed = propose(cast(Kind, record.kind), head.columns, own=own_fields())
    record.questions = proposed_questions(
        filename=record.filename, head=head, mapping=record.mapping_proposed, config=get_config()
    )
    record.mapping_id = record.mapping_version = None
    record.mapping_name = record.preset = ""
    names = [column["name"] for column in record.columns]
    if saved is not None:
        mappings.propose_saved(record, saved)
    elif preset is not None:
        mappings.propose_preset(record, preset)
    elif fitting := mappings.fitting(kind=record.kind, columns=names):
        mappings.propose_saved(record, fitting[0])
    elif last := selectors.last_written_with(kind=record.kind, columns=names):
        _answer_as_last_time(record, last)
    elif known := preset_for(record.kind, names):
        mappings.propose_preset(record, known)


def _as_saved(form: formats.Format, saved: SavedMapping) -> formats.Format:
    """How a file of a saved mapping is read. Its encoding counts where the file's own could not be told for certain."""
    kept = saved.format
    uncertain = form.encoding not in {None, "utf-8"} and form.encoding != kept.get("encoding")
    return formats.corrected(
        form,
        encoding=kept.get("encoding") if uncertain and kept.get("encoding") in {"gb18030", "latin-1"} else None,
        delimiter=kept.get("delimiter"),
        has_header=kept.get("has_header"),
    )


def _answer_as_last_time(record: Import, last: Import) -> None:
    """A file with exactly the columns of one that was written is another of its kind: propose what was confirmed."""
    confirmed = dict(last.answers)
    mapping = confirmed.pop("mapping")
    # A field of the operator's own may be gone since, or new.
    record.mapping_proposed = {key: mapping.get(key, proposed) for key, proposed in record.mapping_proposed.items()}
    source = {"key": confirmed.pop("source_key"), "name": confirmed.pop("source_name")}
    record.questions = {
        **record.questions,
        **{key: value for key, value in confirmed.items() if key in record.questions},
        "source": {**source, "channel": confirmed["channel"]},
    }


def reread(
    import_id: int, *, encoding: str | None, delimiter: str | None, has_header: bool | None, caller: Caller
) -> Import:
    """Read the beginning again with what she knows better, and propose anew. Raises NotNow and as `receive`."""
    with transaction.atomic():
        record = _locked(import_id, _CHECKABLE, caller.scope)
        form = formats.corrected(
            formats.Format(**record.format), encoding=encoding, delimiter=delimiter, has_header=has_header
        )
        _propose(record, form, _source(record))
        record.state, record.answers, record.check_report = Import.State.PROPOSED, {}, {}
        record.error_code, record.error_params = "", {}
        record.save()
    return record


def request_check(import_id: int, *, answers: Answers, caller: Caller) -> Job:
    """Have every row checked under these answers. Raises MappingInvalid, NotNow, FileGone."""
    with transaction.atomic():
        record = _locked(import_id, _CHECKABLE, caller.scope)
        _source(record)
        refuse_unfit(record, answers)
        # Somebody attends to it now, however it came.
        record.unattended = ""
        job = _have_checked(record, answers, caller)
        audit.record(caller.actor, "check_import", subject_kind="import", subject_id=record.pk)
    return job


def _have_checked(record: Import, answers: Answers, caller: Caller) -> Job:
    job = _queue(record, "check_import", caller)
    record.state, record.answers, record.check_report = Import.State.CHECKING, answers.as_json(), {}
    record.error_code, record.error_params = "", {}
    record.save()
    mappings.note_used(record)
    tasks.check_import.defer(job_id=job.pk, import_id=record.pk)
    return job


def go_on(record: Import) -> None:
    """The check of an import that nobody attends is over: have it written, in the transaction that says so."""
    caller = Caller(actor=audit.SYSTEM, scope=EVERYTHING, user_id=record.requested_by_id)
    start(record.pk, refused=record.unattended, caller=caller)


def propose_again(
    import_id: int, *, saved: SavedMapping | None = None, preset: Preset | None = None, caller: Caller
) -> Import:
    """Propose what a saved mapping or a preset says, instead of what was proposed. Raises NotNow, FileGone."""
    with transaction.atomic():
        record = _locked(import_id, _CHECKABLE, caller.scope)
        _propose(record, formats.Format(**record.format), _source(record), saved=saved, preset=preset)
        record.state, record.answers, record.check_report = Import.State.PROPOSED, {}, {}
        record.error_code, record.error_params = "", {}
        record.save()
    return record


def note_mapping(import_id: int, saved: SavedMapping) -> None:
    """The import's answers are those of this mapping now."""
    Import.objects.filter(pk=import_id).update(
        mapping_id=saved.pk, mapping_name=saved.name, mapping_version=saved.version
    )


def settle(record: Import) -> None:
    """Write down the end of an import whose job ended before its worker could."""
    state = record.state
    selectors.settle([record])
    if record.state != state:
        Import.objects.filter(pk=record.pk, state=state).update(state=record.state, finished_at=clock.now())


def start(import_id: int, *, refused: str, caller: Caller) -> Job:
    """Have a checked file written. Raises NotNow unless it is checked."""
    with transaction.atomic():
        record = _locked(import_id, frozenset({Import.State.CHECKED}), caller.scope)
        job = _queue(record, "run_import", caller)
        record.state, record.refused = Import.State.RUNNING, refused
        record.save()
        audit.record(
            caller.actor, "start_import", subject_kind="import", subject_id=record.pk, details={"refused": refused}
        )
        tasks.run_import.defer(job_id=job.pk, import_id=record.pk)
    return job


def remove(import_id: int, *, caller: Caller) -> None:
    """Forget an import that was never written, file and all. Raises NotNow."""
    with transaction.atomic():
        record = _locked(import_id, _CHECKABLE, caller.scope)
        audit.record(caller.actor, "remove_import", subject_kind="import", subject_id=record.pk)
        record.delete()
        transaction.on_commit(lambda: workbench.forget_all(import_id))


def _queue(record: Import, kind: str, caller: Caller) -> Job:
    job = jobs.create(
        kind=kind,
        title_params={"import_id": record.pk, "filename": record.filename, "import_kind": record.kind},
        requested_by_id=caller.user_id,
    )
    record.job_id = job.pk
    return job


def _locked(import_id: int, states: frozenset[Import.State], scope: Scope) -> Import:
    selectors.require_all_stores(scope)
    record = Import.objects.select_for_update().filter(pk=import_id).first()
    if record is None:
        raise ImportNotFound
    selectors.settle([record])
    if record.state not in states:
        raise NotNow(state=record.state)
    return record


def _source(record: Import) -> Path:
    path = workbench.source_file(record.pk)
    if not path.exists():
        raise FileGone
    return path


def refuse_unfit(record: Import, answers: Answers) -> None:
    """Raises MappingInvalid naming every fault, UnknownCurrency."""
    faults: list[FieldError] = []
    known = {field.key: field for field in selectors.fields_of_import(record)}
    names = {column["name"] for column in record.columns}
    mapped = {key: name for key, name in answers.mapping.items() if name is not None}
    for key, name in mapped.items():
        if key not in known:
            faults.append(FieldError(f"mapping.{key}", "mapping.unknown_field"))
        elif name not in names:
            faults.append(FieldError(f"mapping.{key}", "mapping.unknown_column", {"column": name}))
    faults.extend(
        FieldError(f"mapping.{key}", "mapping.required")
        for key, field in known.items()
        if field.required and key not in mapped
    )
    faults.extend(_missing_together(record.kind, mapped))
    try:
        ZoneInfo(answers.timezone)
    except (KeyError, ValueError, OSError):
        faults.append(FieldError("timezone", "timezone.unknown", {"value": answers.timezone}))
    if answers.channel not in SalesChannel.values:
        faults.append(FieldError("source.channel", "channel.unknown", {"value": answers.channel}))
    if not re.fullmatch(SOURCE_KEY_PATTERN, answers.source_key):
        faults.append(FieldError("source.key", "source.key_malformed", {"value": answers.source_key}))
    if faults:
        raise MappingInvalid(errors=faults)
    minor_exponent(answers.currency)


def _missing_together(kind: str, mapped: dict[str, Any]) -> Iterable[FieldError]:
    if kind == Import.Kind.CUSTOMERS:
        if not any(key in mapped for key in IDENTITY_FIELDS):
            yield FieldError("mapping.external_id", "mapping.needs_one_of", {"fields": list(IDENTITY_FIELDS)})
        return
    if "sku" not in mapped and "description" not in mapped:
        yield FieldError("mapping.sku", "mapping.needs_one_of", {"fields": ["sku", "description"]})
    if kind == Import.Kind.LINES:
        # What was paid is the order's; its goods share it, by their prices or else by their numbers.
        return
    amounts = ["unit_price", "line_amount", "paid_amount"]
    if not any(key in mapped for key in amounts):
        yield FieldError("mapping.unit_price", "mapping.needs_one_of", {"fields": amounts})
