"""What this room holds about a person: rows of files, as they were uploaded, checked and refused."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from huike.customers.privacy.errors import ImportUnderWay
from huike.customers.privacy.files import holds
from huike.customers.privacy.holdings import Erased, Trace, place, trace
from huike.customers.privacy.rules import bytes_pattern_of, pattern_of
from huike.imports import workbench
from huike.imports.models import Import
from huike.platform import clock
from huike.platform.config import get_config

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

    Raises ImportUnderWay while one that holds her is being checked or written.
    """
    pattern = bytes_pattern_of(erased.values, names=False)
    if pattern is None:
        return 0
    folders = [path for path in sorted((get_config().data_dir.resolve() / "imports").glob("*")) if path.name.isdigit()]
    waiting = [int(path.name) for path in folders if _holds_her(path, pattern) and _is_under_way(int(path.name))]
    if waiting:
        raise ImportUnderWay(import_ids=waiting)
    touched = 0
    for path in folders:
        import_id = int(path.name)
        if _holds_her(path, pattern):
            _give_up(import_id)
            touched += 1
        touched += _thin_out(workbench.refused_file(import_id), erased)
    return touched


def _holds_her(folder: Path, pattern: re.Pattern[bytes]) -> bool:
    source = folder / "source"
    return source.is_file() and holds(source, pattern)


def _is_under_way(import_id: int) -> bool:
    return Import.objects.filter(pk=import_id, state__in=_UNDER_WAY).exists()


def _give_up(import_id: int) -> None:
    """A file that was not imported yet is not kept for whom it names: it is uploaded again without her."""
    Import.objects.filter(pk=import_id).exclude(state__in=[*_UNDER_WAY, Import.State.DONE]).update(
        state=Import.State.FAILED, error_code="import.held_erased_person", error_params={}, finished_at=clock.now()
    )
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
