"""The check: read everything, apply every rule, count. Writes nothing but the import's own report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from huike.imports import customer_rows, order_rows, reading, refusals, services, workbench
from huike.imports.answers import Answers
from huike.imports.expressions import (
    InstantColumn,
    date_orders_query,
    instant_column_query,
    only_zeros_behind_points,
)
from huike.imports.fields import BY_KEY
from huike.imports.formats import Format
from huike.imports.models import Import
from huike.imports.own_fields import own_fields
from huike.imports.work import carry_out
from huike.platform import clock
from huike.platform.jobs import Progress


def perform(*, job_id: int, import_id: int) -> None:
    """Check a file; the import is `checked` afterwards, or `failed` or `cancelled` with its job."""
    carry_out(job_id=job_id, import_id=import_id, state=Import.State.CHECKING, work=_check_and_note)


def _check_and_note(record: Import, progress: Progress) -> None:
    if record.state != Import.State.CHECKING:
        return
    report = check(record, progress, now=clock.now())
    Import.objects.filter(pk=record.pk, job_id=record.job_id, state=Import.State.CHECKING).update(
        state=Import.State.CHECKED, check_report=report
    )
    progress.result |= {key: report[key] for key in ("rows", "ok_rows", "refused_rows")}


def check(record: Import, progress: Progress, *, now: datetime) -> dict[str, Any]:
    """The report (`CheckOut`). The checked and the refused rows are left in the import's folder."""
    answers = Answers(**record.answers)
    form = Format(**record.format)
    names = [column["name"] for column in record.columns]
    with workbench.fresh(record.pk) as duck:
        progress.report(done=0, total=record.bytes, phase="reading", force=True)
        reading.read_all(
            duck,
            workbench.source_file(record.pk),
            form,
            names=names,
            unpack_limit_bytes=services.unpack_limit_bytes(),
            report=lambda done: progress.report(done=done, phase="reading"),
            key_column=_key_column(record, answers, names),
        )
        rows = count_of(duck, "raw") + count_of(duck, "unreadable")
        progress.report(done=0, total=rows, phase="checking", force=True)
        cells = Cells.found(duck, names, answers, form)
        rules = order_rows if record.kind == Import.Kind.ORDERS else customer_rows
        rules.check(duck, cells, now=now, report=lambda: progress.report(done=0, phase="checking"))
        report = {
            **_counts(duck, rows),
            "date_order": cells.date_order,
            "date_order_certain": all(column.is_certain for column in cells.instants.values()),
            "reasons": refusals.reasons(duck, names, cells.column_of),
            "totals": rules.totals(duck, answers),
            "preview": rules.preview(duck, answers),
        }
        progress.report(done=rows, phase="finishing", force=True)
        refusals.keep(duck, names, workbench.refused_file(record.pk))
        for table in ("raw", "typed", "refused", "unreadable", "bad_orders", "repeated"):
            duck.execute(f"DROP TABLE IF EXISTS {table}")
        duck.execute("DROP VIEW good")
    return report


def _key_column(record: Import, answers: Answers, names: list[str]) -> int | None:
    """Where the order id stands: a row that cannot be read still refuses the order it belongs to."""
    if record.kind != Import.Kind.ORDERS:
        return None
    return names.index(str(answers.mapping["order_id"]))


def _counts(duck: duckdb.DuckDBPyConnection, rows: int) -> dict[str, int]:
    typed, refused, good = count_of(duck, "typed"), count_of(duck, "refused"), count_of(duck, "good")
    unreadable = count_of(duck, "unreadable")
    return {
        "rows": rows,
        "ok_rows": good,
        "refused_rows": refused,
        "blank_rows": rows - unreadable - typed,
        "dropped_rows": typed + unreadable - refused - good,
    }


def count_of(duck: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(duck.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


class Cells:
    """Which column of `raw` a field is, and what was found out by looking at the whole of it."""

    def __init__(
        self,
        *,
        column_of: dict[str, str],
        with_zeros: frozenset[str],
        instants: dict[str, InstantColumn],
        width: int,
        answers: Answers,
        is_spreadsheet: bool,
    ) -> None:
        self.column_of = column_of
        self.with_zeros = with_zeros
        self.instants = instants
        self.width = width
        self.answers = answers
        self.is_spreadsheet = is_spreadsheet

    @classmethod
    def found(cls, duck: duckdb.DuckDBPyConnection, names: list[str], answers: Answers, form: Format) -> Cells:
        """Look at the columns of `raw`."""
        mapping = {key: name for key, name in answers.mapping.items() if name is not None}
        known = {**BY_KEY, **{field.key: field for field in own_fields()}}
        # A field archived since the file was mapped has no meaning any more.
        column_of = {key: f"c{names.index(name)}" for key, name in mapping.items() if key in known}
        ids = [key for key in column_of if known[key].type == "id"]
        with_zeros: frozenset[str] = frozenset()
        if ids:
            flags = duck.execute(
                f"SELECT {', '.join(only_zeros_behind_points(column_of[key]) for key in ids)} FROM raw"
            ).fetchall()[0]
            with_zeros = frozenset(key for key, flag in zip(ids, flags, strict=True) if flag)
        instants = {
            key: _instant_column(duck, column_of[key], answers)
            for key in column_of
            if known[key].type in {"instant", "date"}
        }
        return cls(
            column_of=column_of,
            with_zeros=with_zeros,
            instants=instants,
            width=len(names),
            answers=answers,
            is_spreadsheet=form.type == "xlsx",
        )

    @property
    def date_order(self) -> str | None:
        """How dates are written: of the first instant column that is not ISO."""
        orders = [column.order for column in self.instants.values() if not column.only_iso]
        return orders[0] if orders else ("iso" if self.instants else None)

    def every(self) -> list[str]:
        return [f"c{index}" for index in range(self.width)]


def _instant_column(duck: duckdb.DuckDBPyConnection, cell: str, answers: Answers) -> InstantColumn:
    present, iso, offsets, numbers = duck.execute(instant_column_query(cell)).fetchall()[0]
    if answers.date_order != "auto":
        return InstantColumn(answers.date_order, offsets > 0, numbers > 0)
    if iso == present:
        return InstantColumn("year_first", offsets > 0, False, only_iso=True)
    year_first, day_first, month_first = duck.execute(date_orders_query(cell)).fetchall()[0]
    if year_first >= max(day_first, month_first):
        return InstantColumn("year_first", offsets > 0, numbers > 0)
    if day_first == month_first:
        order = "month_first" if answers.currency == "USD" else "day_first"
        return InstantColumn(order, offsets > 0, numbers > 0, is_certain=False)
    return InstantColumn("day_first" if day_first > month_first else "month_first", offsets > 0, numbers > 0)
