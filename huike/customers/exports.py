"""The list as a file: streamed from the database to CSV or XLSX, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from huike.customers import rules
from huike.customers.bulk_changes.selections import batches_of, find_selection, scope_now, select_matching
from huike.customers.circles import Circles, circles_of
from huike.customers.fields import selectors as fields
from huike.customers.fields.rules import Spec
from huike.customers.file_parts import store_names
from huike.customers.listing.filters import CustomerFilter, told, visible
from huike.customers.models import Customer, Selection
from huike.customers.selectors import names_of_customers, source_names
from huike.kernel.money import Money
from huike.kernel.scope import Scope
from huike.platform import audit, clock, jobs, sheets
from huike.platform.audit import Actor
from huike.platform.config import get_config
from huike.platform.models import Job
from huike.staff.access import Principal
from huike.staff.selectors import user_names

KIND = "customers.export"
OWN_PREFIX = "fields."
KEPT = timedelta(days=7)
# Columns that are told by other tables.
_OF_CIRCLES: Final = ("household", "household_size", "companies")
# Columns of a file that stand for others of the table.
_NEEDS: Final = {
    "home_store": ("home_store_id",),
    "owner": ("owner_id",),
    "source": ("source_id",),
    "referrer": ("referrer_id",),
    "interests": ("declared_interests",),
    "birth_lunar": ("birth_lunar_year", "birth_lunar_month", "birth_lunar_day", "birth_lunar_leap"),
    "spent": ("spent_minor", "spent_currency"),
    **dict.fromkeys(_OF_CIRCLES, ()),
}
# Columns that hold the id of what they name.
_NAMED: Final[Mapping[str, Callable[[Iterable[int], Scope], dict[int, str]]]] = {
    "home_store": lambda ids, _: store_names(ids),
    "owner": lambda ids, _: user_names(ids),
    "source": lambda ids, _: source_names(ids),
    "referrer": names_of_customers,
}
IN_CLEAR: Final = "customers.unmask"
MASKS: Final[Mapping[str, Callable[[str | None], str | None]]] = {
    "phone": rules.mask_phone,
    "email": rules.mask_email,
    "card_number": rules.mask_card,
}
"""What an export shows of these to those who may not unmask."""


def start(
    narrowing: CustomerFilter,
    *,
    selection_id: int | None = None,
    columns: Sequence[str],
    file_format: str,
    principal: Principal,
) -> Job:
    """Queue an export of a selection of one's own, or of the customers shown under this filter, who are fixed now.

    Audited, since it leaves the house. Raises SelectionNotFound, NobodySelected, FilterInvalid.
    """
    from huike.customers.tasks import write_customers  # tasks import this module

    with transaction.atomic():
        if selection_id is None:
            selection = select_matching(narrowing, principal=principal)
        else:
            selection = find_selection(selection_id, principal=principal)
        job = jobs.create(
            kind=KIND,
            title_params={"format": file_format, "people": selection.people_count},
            requested_by_id=principal.user_id,
            requested_by_key_id=principal.key_id,
        )
        audit.record(
            principal.actor,
            "export_customers",
            subject_kind="job",
            subject_id=job.pk,
            # What was searched for may be a person's phone; that a search narrowed it is enough here.
            details={
                "columns": list(columns),
                "filters": sorted(told(narrowing)),
                "people": selection.people_count,
                "in_clear": principal.may(IN_CLEAR) and bool(MASKS.keys() & set(columns)),
            },
        )
        write_customers.defer(job_id=job.pk, selection_id=selection.pk, columns=list(columns), file_format=file_format)
        return job


@dataclass(frozen=True, slots=True)
class WrittenFile:
    path: Path
    filename: str
    content_type: str


def find_file(
    job_id: int, *, requested_by_id: int | None, requested_by_key_id: int | None = None, actor: Actor
) -> WrittenFile:
    """The file of an export this person or key asked for. Raises JobNotFound: also when it was swept away since."""
    job = Job.objects.filter(pk=job_id, kind=KIND, state=Job.State.SUCCEEDED).first()
    asker = (requested_by_id, requested_by_key_id)
    if job is None or asker == (None, None) or (job.requested_by_id, job.requested_by_key_id) != asker:
        raise jobs.JobNotFound
    file_format = job.result["format"]
    path = _path(job_id, file_format)
    if not path.is_file():
        raise jobs.JobNotFound
    audit.record(actor, "download_export", subject_kind="job", subject_id=job_id)
    stamp = job.created_at.astimezone(get_config().zone).strftime("%Y%m%d-%H%M")
    return WrittenFile(path, f"customers-{stamp}.{file_format}", sheets.CONTENT_TYPES[file_format])


def _folder() -> Path:
    return get_config().data_dir.resolve() / "exports"


def _path(job_id: int, file_format: str) -> Path:
    return _folder() / f"{job_id}.{file_format}"


def write(progress: jobs.Progress, *, job_id: int, selection_id: int, columns: Sequence[str], file_format: str) -> None:
    """Write the file of a job, a batch of people in memory at a time, and say how far it is.

    Whoever asked sees in it what she may see now: files in her scope, in clear if she may unmask. The file appears
    under its name only when it is complete; run again after a crash it is begun anew. Raises NoLongerAllowed.
    """
    selection = Selection.objects.get(pk=selection_id)
    principal, scope = scope_now(selection, permission="customers.export")
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(folder)
    path = _path(job_id, file_format)
    part = path.with_name(f"{path.name}.part")
    cells = _Cells(columns, in_clear=principal.may(IN_CLEAR), scope=scope)
    looked_at = written = 0
    try:
        with part.open("wb") as file, sheets.sheet(file, file_format=file_format, name="customers") as write_row:
            write_row(columns)
            for batch in batches_of(selection.pk):
                for row in cells.rows_of(visible(scope).filter(pk__in=batch.customer_ids)):
                    write_row(row)
                    written += 1
                looked_at += len(batch.customer_ids)
                progress.report(done=looked_at, total=selection.people_count, phase="writing")
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    progress.report(done=looked_at, total=selection.people_count, phase="writing", force=True)
    progress.result = {"format": file_format, "rows": written, "bytes": path.stat().st_size}


def _sweep(folder: Path) -> None:
    oldest = (clock.now() - KEPT).timestamp()
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _lunar_text(person: Mapping[str, Any]) -> str | None:
    """`1990-8-15`, `闰2-1`: as a file of customers may tell it again."""
    if person["birth_lunar_month"] is None:
        return None
    year = "" if person["birth_lunar_year"] is None else f"{person['birth_lunar_year']}-"
    leap = "闰" if person["birth_lunar_leap"] else ""
    return f"{year}{leap}{person['birth_lunar_month']}-{person['birth_lunar_day']}"


def _of_circles(customer_id: int, circles: Circles) -> dict[str, Any]:
    household_id = circles.household_of.get(customer_id)
    return {
        "household": None if household_id is None else circles.households[household_id],
        "household_size": circles.size_of(customer_id),
        "companies": ", ".join(circles.companies[id] for id in circles.companies_of.get(customer_id, ())) or None,
    }


class _Cells:
    """Makes the rows of a file, a batch of people at a time; reads no column that is not asked for."""

    def __init__(self, columns: Sequence[str], *, in_clear: bool, scope: Scope) -> None:
        self._columns = columns
        self._scope = scope
        self._own = fields.specs() if any(column.startswith(OWN_PREFIX) for column in columns) else {}
        self._masks = {} if in_clear else MASKS
        needed = {n for c in columns if not c.startswith(OWN_PREFIX) for n in _NEEDS.get(c, (c,))}
        self._read = ("id", *sorted(needed - {"id"}))

    def rows_of(self, customers: QuerySet[Customer]) -> Iterator[list[Any]]:
        people = [dict(zip(self._read, row, strict=True)) for row in customers.order_by("pk").values_list(*self._read)]
        values = fields.values_of((person["id"] for person in people), scope=self._scope) if self._own else {}
        names = {
            column: _NAMED[column]({person[f"{column}_id"] for person in people} - {None}, self._scope)
            for column in self._columns
            if column in _NAMED
        }
        has_circles = any(column in _OF_CIRCLES for column in self._columns)
        circles = circles_of((person["id"] for person in people), scope=self._scope) if has_circles else None
        for person in people:
            if circles is not None:
                person |= _of_circles(person["id"], circles)
            yield [self._cell(person, column, values, names) for column in self._columns]

    def _cell(
        self,
        person: Mapping[str, Any],
        column: str,
        values: Mapping[int, fields.Values],
        names: Mapping[str, Mapping[int, str]],
    ) -> Any:
        if column.startswith(OWN_PREFIX):
            return _own_cell(self._own.get(column.removeprefix(OWN_PREFIX)), values[person["id"]])
        if column in {"tags", "interests"}:
            return ", ".join(person[_NEEDS.get(column, (column,))[0]])
        if column in _NAMED:
            return names[column].get(person[f"{column}_id"])
        if column == "birth_lunar":
            return _lunar_text(person)
        if column == "spent":
            if person["spent_currency"] is None:
                return None
            return Money(person["spent_minor"], person["spent_currency"]).to_decimal()
        mask = self._masks.get(column)
        return person[column] if mask is None else mask(person[column])


def _own_cell(spec: Spec | None, values: fields.Values) -> Any:
    """Numbers and amounts as numbers, everything else in words; empty where the field was archived meanwhile."""
    if spec is None or spec.key not in values.fields:
        return None
    value = values.fields[spec.key]
    if spec.type == "number":
        return Decimal(str(value))
    if spec.type == "money":
        return Money(value["amount_minor"], value["currency"]).to_decimal()
    return fields.words_of(spec, value, values.names.get(spec.key))
