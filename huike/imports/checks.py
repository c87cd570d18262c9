"""The check: read everything, apply every rule, count. Writes nothing but the import's own report."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType
from typing import Any, Final

import duckdb
from django.db import transaction

from huike.imports import customer_rows, line_rows, order_rows, reading, refusals, services, workbench
from huike.imports import expressions as sql
from huike.imports.answers import Answers
from huike.imports.expressions import (
    InstantColumn,
    date_orders_query,
    instant_column_query,
    only_zeros_behind_points,
)
from huike.imports.fields import BY_KEY, Field
from huike.imports.formats import Format
from huike.imports.models import Import
from huike.imports.own_fields import own_fields
from huike.imports.watching import Watched
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
    with transaction.atomic():
        is_checked = Import.objects.filter(pk=record.pk, job_id=record.job_id, state=Import.State.CHECKING).update(
            state=Import.State.CHECKED, check_report=report
        )
        if is_checked and record.unattended:
            services.go_on(record)
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
        watched = Watched(duck, lambda fraction: progress.report(done=int(rows * fraction), phase="checking"))
        watched.stage(_LOOKED, statements=4)
        cells = Cells.found(watched, names, answers, form)
        rules = _RULES[record.kind]
        rules.check(watched, cells, now=now)
        watched.stage(_COUNTED, statements=12)
        report = {
            **_counts(watched, rows),
            "date_order": cells.date_order,
            "date_order_certain": all(column.is_certain for column in cells.instants.values()),
            "reasons": refusals.reasons(watched, names, cells.column_of),
            "totals": rules.totals(watched, answers),
            "preview": rules.preview(watched, answers),
        }
        watched.stage(1.0)
        refusals.keep(watched, names, workbench.refused_file(record.pk))
        progress.report(done=rows, phase="finishing", force=True)
        for table in (*_LEFT_BEHIND, *rules.LEFT_BEHIND):
            duck.execute(f"DROP TABLE IF EXISTS {table}")
        duck.execute("DROP VIEW good")
    return report


# What part of the check has been done when the columns are looked at, and when the figures are counted; what lies
# between is the rules' (`GATHERED`). Measured on a file of ten million lines.
_LOOKED: Final = 0.1
_COUNTED: Final = 0.97
_RULES: Final[dict[str, ModuleType]] = {
    Import.Kind.ORDERS: order_rows,
    Import.Kind.LINES: line_rows,
    Import.Kind.CUSTOMERS: customer_rows,
}
_LEFT_BEHIND: Final = ("raw", "typed", "refused", "unreadable")


def _key_column(record: Import, answers: Answers, names: list[str]) -> int | None:
    """Where the order id stands: a row that cannot be read still refuses the order it belongs to."""
    if record.kind == Import.Kind.CUSTOMERS:
        return None
    return names.index(str(answers.mapping["order_id"]))


def _counts(duck: Watched, rows: int) -> dict[str, int]:
    typed, refused, good = count_of(duck, "typed"), count_of(duck, "refused"), count_of(duck, "good")
    unreadable = count_of(duck, "unreadable")
    return {
        "rows": rows,
        "ok_rows": good,
        "refused_rows": refused,
        "blank_rows": rows - unreadable - typed,
        "dropped_rows": typed + unreadable - refused - good,
    }


def count_of(duck: duckdb.DuckDBPyConnection | Watched, table: str) -> int:
    return int(duck.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


class Cells:
    """Which column of `raw` a field is, and what was found out by looking at the whole of it."""

    def __init__(
        self,
        *,
        column_of: dict[str, str],
        wrapped: frozenset[str],
        damaged: frozenset[str],
        width: int,
        answers: Answers,
        is_spreadsheet: bool,
    ) -> None:
        self.column_of = column_of
        self.damaged = damaged
        self.width = width
        self.answers = answers
        self.is_spreadsheet = is_spreadsheet
        self.with_zeros: frozenset[str] = frozenset()
        self.instants: dict[str, InstantColumn] = {}
        self._wrapped = wrapped

    @classmethod
    def found(cls, duck: Watched, names: list[str], answers: Answers, form: Format) -> Cells:
        """Look at the columns of `raw`."""
        mapping = {key: name for key, name in answers.mapping.items() if name is not None}
        known = {**BY_KEY, **{field.key: field for field in own_fields()}}
        # A field archived since the file was mapped has no meaning any more.
        column_of = {key: f"c{names.index(name)}" for key, name in mapping.items() if key in known}
        every = [f"c{index}" for index in range(len(names))]
        looks = [sql.some(sql.is_damaged(cell)) for cell in every] + [sql.some(sql.is_wrapped(cell)) for cell in every]
        flags = duck.execute(f"SELECT {', '.join(looks)} FROM raw").fetchall()[0]
        cells = cls(
            column_of=column_of,
            damaged=frozenset(cell for cell, flag in zip(every, flags[: len(every)], strict=True) if flag),
            wrapped=frozenset(cell for cell, flag in zip(every, flags[len(every) :], strict=True) if flag),
            width=len(names),
            answers=answers,
            is_spreadsheet=form.type == "xlsx",
        )
        cells._look_closer(duck, known)
        return cells

    def _look_closer(self, duck: Watched, known: dict[str, Field]) -> None:
        ids = [key for key in self.column_of if known[key].type == "id"]
        if ids:
            looks = ", ".join(only_zeros_behind_points(self.text_of(key)) for key in ids)
            flags = duck.execute(f"SELECT {looks} FROM raw").fetchall()[0]
            self.with_zeros = frozenset(key for key, flag in zip(ids, flags, strict=True) if flag)
        self.instants = {
            key: _instant_column(duck, self.text_of(key), self.answers)
            for key in self.column_of
            if known[key].type in {"instant", "date"}
        }

    def text_of(self, key: str) -> str:
        """The trimmed text of a mapped field's cell, without what a wrapper adds; NULL where nothing stands in it."""
        cell = self.column_of[key]
        return sql.unwrapped(sql.text(cell)) if cell in self._wrapped else sql.text(cell)

    @property
    def date_order(self) -> str | None:
        """How dates are written: of the first instant column that is not ISO."""
        orders = [column.order for column in self.instants.values() if not column.only_iso]
        return orders[0] if orders else ("iso" if self.instants else None)

    def every(self) -> list[str]:
        return [f"c{index}" for index in range(self.width)]


def _instant_column(duck: Watched, value: str, answers: Answers) -> InstantColumn:
    present, iso, offsets, numbers = duck.execute(instant_column_query(value)).fetchall()[0]
    if answers.date_order != "auto":
        return InstantColumn(answers.date_order, offsets > 0, numbers > 0)
    if iso == present:
        return InstantColumn("year_first", offsets > 0, False, only_iso=True)
    year_first, day_first, month_first = duck.execute(date_orders_query(value)).fetchall()[0]
    if year_first >= max(day_first, month_first):
        return InstantColumn("year_first", offsets > 0, numbers > 0)
    if day_first == month_first:
        order = "month_first" if answers.currency == "USD" else "day_first"
        return InstantColumn(order, offsets > 0, numbers > 0, is_certain=False)
    return InstantColumn("day_first" if day_first > month_first else "month_first", offsets > 0, numbers > 0)
