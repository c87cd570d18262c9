"""What this room holds about a person: rows of files, as they were uploaded, checked and refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
from django.db import transaction

from huike.customers.privacy.errors import ImportUnderWay
from huike.customers.privacy.files import Search, holds, search_of
from huike.customers.privacy.holdings import Erased, Trace, place, trace
from huike.customers.privacy.rules import pattern_of
from huike.imports import workbench
from huike.imports.models import Import
from huike.platform import clock

_UNDER_WAY = (Import.State.CHECKING, Import.State.RUNNING)


def declare() -> None:
    trace(
        Trace(
            table="imports_import",
            columns=(
                "filename", "columns", "mapping_proposed", "questions", "answers", "check_report", "result",
                "error_params", "arrival",
            ),
            names=True,
        )
    )  # fmt: skip
    place("imports", scrub)


def scrub(erased: Erased) -> int:
    """Remove uploaded files that hold her, with their import, and take her out of refused rows; how many files.

    Each file is searched once. Raises ImportUnderWay while one that holds her is being checked or written; then nothing
    was removed.
    """
    search = search_of(erased.values, names=False)
    if search is None:
        return 0
    every = [int(path.name) for path in workbench.every_folder()]
    hers = [import_id for import_id in every if _holds_her(workbench.source_file(import_id), search)]
    _give_up(hers)
    return len(hers) + sum(_thin_out(workbench.refused_file(import_id), erased) for import_id in every)


def _holds_her(source: Path, search: Search) -> bool:
    return source.is_file() and holds(source, search)


@transaction.atomic
def _give_up(import_ids: list[int]) -> None:
    """A file that was not imported yet is not kept for whom it names: it is uploaded again without her."""
    # Locked, as whoever has a file checked locks it: none of them begins while its file goes.
    imports = Import.objects.select_for_update().filter(pk__in=import_ids).order_by("pk")
    waiting = [record.pk for record in imports if record.state in _UNDER_WAY]
    if waiting:
        raise ImportUnderWay(import_ids=waiting)
    Import.objects.filter(pk__in=import_ids).exclude(state=Import.State.DONE).update(
        state=Import.State.FAILED, error_code="import.held_erased_person", error_params={}, finished_at=clock.now()
    )
    for import_id in import_ids:
        workbench.forget_file(import_id)


def _thin_out(path: Path, erased: Erased) -> bool:
    """Write the refused rows anew without those in which one of her values, or exactly her name, stands."""
    strong = pattern_of(erased.values, names=False)
    if strong is None or not path.is_file():
        return False
    names = {name.casefold() for name in erased.values.names}
    duck = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    try:
        quoted = str(path).replace("'", "''")
        relation = duck.execute(f"SELECT * FROM read_parquet('{quoted}')")
        columns = [column[0] for column in relation.description or []]
        hers = []
        while rows := relation.fetchmany(10_000):
            for row in rows:
                cells = [str(cell) for cell in row if cell is not None]
                if any(strong.search(cell) or cell.strip().casefold() in names for cell in cells):
                    hers.append(row[columns.index("row")])
        if not hers:
            return False
        fresh = path.with_name(f"{path.name}.fresh")
        duck.execute(
            f"""COPY (SELECT * FROM read_parquet('{quoted}') WHERE NOT list_contains(?, row) ORDER BY row)
                  TO '{str(fresh).replace("'", "''")}' (FORMAT parquet)""",
            [hers],
        )
        fresh.replace(path)
        return True
    finally:
        duck.close()
