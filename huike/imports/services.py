"""Bringing a file, having it checked, having it written. The work itself is in `checks.py` and `runs.py`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from huike.imports import formats, selectors, tasks, workbench
from huike.imports.answers import SOURCE_KEY_PATTERN, Answers, proposed_questions
from huike.imports.errors import FileGone, FileTooLarge, ImportNotFound, MappingInvalid, NotNow
from huike.imports.fields import IDENTITY_FIELDS, propose, type_of
from huike.imports.models import Import
from huike.imports.own_fields import own_fields
from huike.kernel.errors import FieldError
from huike.kernel.money import minor_exponent
from huike.kernel.scope import Scope
from huike.kernel.text import clean_line
from huike.orders.models import SalesChannel
from huike.platform import audit, jobs
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.models import Job

_CHECKABLE = frozenset({Import.State.PROPOSED, Import.State.CHECKED, Import.State.FAILED, Import.State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `user_id` is None for an API key and the command line."""

    actor: Actor
    scope: Scope
    user_id: int | None


def receive(*, kind: str, filename: str, chunks: Iterable[bytes], caller: Caller) -> Import:
    """Keep a file and propose how to read it.

    Raises FileTooLarge, FileEmpty, FileUnreadable, GzipBomb, NeedsAllStores; then nothing is kept.
    """
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
                filename=clean_line(PurePath(filename.replace("\\", "/")).name)[:255] or "file",
                bytes=size_bytes,
                sha256=digest,
                requested_by_id=caller.user_id,
            )
            _propose(record, form, incoming)
            record.save()
            audit.record(caller.actor, "receive_file", subject_kind="import", subject_id=record.pk)
            workbench.folder(record.pk).mkdir(parents=True, exist_ok=True)
            incoming.rename(workbench.source_file(record.pk))
    finally:
        incoming.unlink(missing_ok=True)
    return record


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


def _propose(record: Import, form: formats.Format, path: Path) -> None:
    head = formats.read_head(path, form, unpack_limit_bytes=unpack_limit_bytes())
    record.format = form.as_json()
    record.columns = [
        {"name": column.name, "sample": list(column.sample), "type": type_of(column.sample)} for column in head.columns
    ]
    record.mapping_proposed = propose(
        "orders" if record.kind == Import.Kind.ORDERS else "customers", head.columns, own=own_fields()
    )
    record.questions = proposed_questions(
        filename=record.filename, head=head, mapping=record.mapping_proposed, config=get_config()
    )
    _answer_as_last_time(record)


def _answer_as_last_time(record: Import) -> None:
    """A file with exactly the columns of one that was written is another of its kind: propose what was confirmed."""
    last = selectors.last_written_with(kind=record.kind, columns=[column["name"] for column in record.columns])
    if last is None:
        return
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
        job = _queue(record, "check_import", caller)
        record.state, record.answers, record.check_report = Import.State.CHECKING, answers.as_json(), {}
        record.error_code, record.error_params = "", {}
        record.save()
        audit.record(caller.actor, "check_import", subject_kind="import", subject_id=record.pk)
        tasks.check_import.defer(job_id=job.pk, import_id=record.pk)
    return job


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
    if "unit_price" not in mapped and "line_amount" not in mapped:
        yield FieldError("mapping.unit_price", "mapping.needs_one_of", {"fields": ["unit_price", "line_amount"]})
