"""Saved mappings: kept, changed, shared, and proposed for a file. `docs/algorithms/imports.md`, section 9."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from typing import Any, Final

from django.db import IntegrityError, transaction

from huike.imports import inbox_places, selectors
from huike.imports.answers import Answers
from huike.imports.caller import Caller
from huike.imports.errors import (
    MappingFileUnreadable,
    MappingInvalid,
    MappingNameInvalid,
    MappingNameTaken,
    MappingNotFound,
    PresetNotFound,
)
from huike.imports.models import Import, SavedMapping
from huike.imports.presets import PRESETS, Preset
from huike.kernel.errors import FieldError
from huike.kernel.text import clean_line
from huike.platform import audit, clock

FILE_KIND: Final = "huike.import-mapping"
FILE_VERSION: Final = 1
LONGEST_NAME: Final = 60
_NAME = re.compile(r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*")
_RULES: Final = tuple(field.name for field in dataclass_fields(Answers) if field.name != "mapping")


def find(mapping_id: int, *, caller: Caller) -> SavedMapping:
    """Raises MappingNotFound, NeedsAllStores."""
    selectors.require_all_stores(caller.scope)
    found = SavedMapping.objects.filter(pk=mapping_id).first()
    if found is None:
        raise MappingNotFound
    return found


def find_by_name(name: str, *, caller: Caller) -> SavedMapping:
    """Raises MappingNotFound, NeedsAllStores."""
    selectors.require_all_stores(caller.scope)
    found = SavedMapping.objects.filter(name=clean_line(name)).first()
    if found is None:
        raise MappingNotFound
    return found


def every(*, caller: Caller) -> list[SavedMapping]:
    """The latest used first. Raises NeedsAllStores."""
    selectors.require_all_stores(caller.scope)
    return list(SavedMapping.objects.order_by("-used_at", "-changed_at", "-pk"))


def preset(key: str) -> Preset:
    """Raises PresetNotFound."""
    if key not in PRESETS:
        raise PresetNotFound
    return PRESETS[key]


def save(
    *,
    name: str,
    kind: str,
    answers: Answers,
    columns: Sequence[str],
    form: Mapping[str, Any],
    preset_key: str = "",
    caller: Caller,
) -> SavedMapping:
    """Keep what was confirmed under a name. Raises MappingNameInvalid, MappingNameTaken, MappingInvalid."""
    selectors.require_all_stores(caller.scope)
    _refuse_unknown(kind, answers.mapping, columns)
    made = SavedMapping(
        name=_name(name),
        kind=kind,
        preset=preset_key,
        columns=list(columns),
        created_by_id=caller.user_id,
        **_contents(answers, form),
    )
    _write(made)
    audit.record(
        caller.actor, "save_mapping", subject_kind="import_mapping", subject_id=made.pk, details={"name": name}
    )
    return made


def change(
    mapping_id: int,
    *,
    name: str | None = None,
    answers: Answers | None = None,
    columns: Sequence[str] | None = None,
    form: Mapping[str, Any] | None = None,
    from_folder: bool | None = None,
    caller: Caller,
) -> SavedMapping:
    """Change what is told. Other answers are another version; imports made with the former keep what they had.

    Raises as `save` does, and MappingNotFound.
    """
    selectors.require_all_stores(caller.scope)
    with transaction.atomic():
        saved = SavedMapping.objects.select_for_update().filter(pk=mapping_id).first()
        if saved is None:
            raise MappingNotFound
        before = saved.name
        if name is not None:
            saved.name = _name(name)
        if from_folder is not None:
            saved.from_folder = from_folder
        if answers is not None:
            saved.columns = list(saved.columns if columns is None else columns)
            _refuse_unknown(saved.kind, answers.mapping, saved.columns)
            contents = _contents(answers, saved.format if form is None else form)
            if any(getattr(saved, key) != value for key, value in contents.items()):
                saved.version += 1
                for key, value in contents.items():
                    setattr(saved, key, value)
        saved.changed_at = clock.now()
        _write(saved)
        audit.record(
            caller.actor,
            "change_mapping",
            subject_kind="import_mapping",
            subject_id=saved.pk,
            details={"name": saved.name, "version": saved.version},
        )
        if saved.name != before:
            transaction.on_commit(lambda: inbox_places.rename(before, saved.name))
    return saved


def duplicate(mapping_id: int, *, name: str, caller: Caller) -> SavedMapping:
    """Another one of the same contents. Raises as `save` does, and MappingNotFound."""
    saved = find(mapping_id, caller=caller)
    return save(
        name=name,
        kind=saved.kind,
        answers=answers_of(saved),
        columns=saved.columns,
        form=saved.format,
        preset_key=saved.preset,
        caller=caller,
    )


def delete(mapping_id: int, *, caller: Caller) -> None:
    """Forget it. Imports made with it keep their copy; files waiting in its folder stay there.

    Raises MappingNotFound.
    """
    saved = find(mapping_id, caller=caller)
    with transaction.atomic():
        audit.record(
            caller.actor,
            "delete_mapping",
            subject_kind="import_mapping",
            subject_id=saved.pk,
            details={"name": saved.name},
        )
        saved.delete()


def as_file(saved: SavedMapping) -> dict[str, Any]:
    """What another Huike can read with `from_file`."""
    return {
        "kind": FILE_KIND,
        "version": FILE_VERSION,
        "name": saved.name,
        "import": saved.kind,
        "preset": saved.preset,
        "columns": saved.columns,
        "mapping": saved.mapping,
        "rules": saved.rules,
        "format": saved.format,
    }


def answers_of(saved: SavedMapping) -> Answers:
    """What it answers to a check."""
    return Answers(mapping=dict(saved.mapping), **saved.rules)


def _contents(answers: Answers, form: Mapping[str, Any]) -> dict[str, Any]:
    told = answers.as_json()
    mapping = {key: column for key, column in told.pop("mapping").items() if column is not None}
    kept = {key: form.get(key) for key in ("encoding", "delimiter", "has_header")}
    return {"mapping": mapping, "rules": told, "format": kept}


def _name(told: str) -> str:
    name = clean_line(told)
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise MappingNameInvalid
    return name


def _write(saved: SavedMapping) -> None:
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        raise MappingNameTaken(name=saved.name) from error


def _refuse_unknown(kind: str, mapping: Mapping[str, str | None], columns: Iterable[str]) -> None:
    known = {field.key for field in selectors.fields_of_kind(kind)}
    names = set(columns)
    faults = [FieldError(f"mapping.{key}", "mapping.unknown_field") for key in mapping if key not in known]
    faults += [
        FieldError(f"mapping.{key}", "mapping.unknown_column", {"column": column})
        for key, column in mapping.items()
        if column is not None and key in known and column not in names
    ]
    if faults:
        raise MappingInvalid(errors=faults)


# Proposing.


def fitting(*, kind: str, columns: Sequence[str]) -> list[SavedMapping]:
    """The saved mappings all of whose columns such a file has: most columns first, then the latest used."""
    names = set(columns)
    found = [saved for saved in SavedMapping.objects.filter(kind=kind) if _is_in(saved, names)]
    found.sort(key=lambda saved: (len(saved.mapping), saved.used_at or saved.changed_at, saved.pk), reverse=True)
    return found


def _is_in(saved: SavedMapping, names: set[str]) -> bool:
    return bool(saved.mapping) and names.issuperset(saved.mapping.values())


def propose_saved(record: Import, saved: SavedMapping) -> None:
    """Put a saved mapping's answers before her. A field that is gone since is left out."""
    record.mapping_proposed = {key: saved.mapping.get(key) for key in record.mapping_proposed}
    names = {column["name"] for column in record.columns}
    record.mapping_proposed = {
        key: column if column in names else None for key, column in record.mapping_proposed.items()
    }
    rules = dict(saved.rules)
    source = {key: rules.pop(f"source_{key}") for key in ("key", "name")}
    record.questions = {**record.questions, **rules, "source": {**source, "channel": rules.pop("channel")}}
    record.questions.pop("channel", None)
    record.mapping_id, record.mapping_name, record.mapping_version = saved.pk, saved.name, saved.version
    record.preset = saved.preset


def propose_preset(record: Import, chosen: Preset) -> None:
    """Put a preset's answers before her."""
    mapping = chosen.mapping_of([column["name"] for column in record.columns])
    record.mapping_proposed = {key: mapping.get(key) for key in record.mapping_proposed}
    rules = dict(chosen.rules)
    source = {"key": chosen.source_key, "name": chosen.source_name, "channel": rules.pop("channel")}
    record.questions = {**record.questions, **rules, "status_words": dict(chosen.status_words), "source": source}
    record.mapping_id = record.mapping_version = None
    record.mapping_name, record.preset = "", chosen.key


def note_used(record: Import) -> None:
    if record.mapping_id is not None:
        SavedMapping.objects.filter(pk=record.mapping_id).update(used_at=clock.now())


# A file of a mapping, from somewhere else.


def from_file(told: Mapping[str, Any], *, name: str | None, caller: Caller) -> SavedMapping:
    """Make the mapping a file tells, all of it or none. Raises MappingFileUnreadable and as `save` does."""
    if told.get("kind") != FILE_KIND or told.get("version") != FILE_VERSION:
        raise MappingFileUnreadable(words="kind, version")
    rules = told["rules"]
    unknown = sorted(set(rules) - set(_RULES))
    if unknown:
        raise MappingFileUnreadable(words=", ".join(unknown))
    return save(
        name=name or told["name"],
        kind=told["import"],
        answers=Answers(mapping=dict(told["mapping"]), **rules),
        columns=told["columns"],
        form=told["format"],
        preset_key=told["preset"],
        caller=caller,
    )
