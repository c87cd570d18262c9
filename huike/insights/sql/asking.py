"""Asks the process that answers, and watches over it: its time, its words, its end."""

from __future__ import annotations

import json
import logging
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import huike
from huike.customers.fields.selectors import specs
from huike.insights.sql.checking import Question, invalid, place_of, refused
from huike.insights.sql.functions import ALLOWED, ROW_MAKERS
from huike.insights.sql.views import VIEWS, View, named, view_sql
from huike.lake import near
from huike.lake.catalogue import TableState, open_catalogue
from huike.lake.errors import LakeEmpty, LakeUnavailable, QueryCancelled, QueryTooLarge, QueryTooSlow
from huike.lake.freshness import fresh_at as current_fresh_at
from huike.lake.rows import UNFOLDED, Statement, rows_of
from huike.platform.config import get_config
from huike.platform.scratch import Scratch

logger = logging.getLogger(__name__)

# Beside DuckDB's memory: Python, a row set under way, stacks of threads.
_BESIDE_BYTES = 512 * 1024**2
# After its own alarm the process gets this long to end by itself.
_GRACE_SECONDS = 3.0
_LOOK_EVERY_SECONDS = 0.2
_LONGEST_CELL = 32_767  # characters, as of a spreadsheet's (Excel's limits)

Stopped = Callable[[], bool]
"""Asked a few times a second whether the question is still wanted. May raise, which ends it too."""


@dataclass(frozen=True, slots=True)
class Bounds:
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ToldColumn:
    """A column of an answer, with DuckDB's name of its type."""

    name: str
    type: str


class Answer:
    """An answer as it comes in: read `batches` to its end, then `rows`, `cut` and `elapsed_ms` are known."""

    def __init__(self, columns: Sequence[ToldColumn], fresh_at: datetime, lines: Iterator[Mapping[str, Any]]) -> None:
        self.columns = columns
        self.fresh_at = fresh_at
        self.rows = 0
        self.cut: str | None = None
        self.elapsed_ms = 0
        self._lines = lines

    def batches(self) -> Iterator[list[list[Any]]]:
        for line in self._lines:
            if "rows" in line:
                yield line["rows"]
            else:
                self.rows, self.cut, self.elapsed_ms = (line["end"][key] for key in ("rows", "cut", "ms"))


@contextmanager
def answered(question: Question, *, in_clear: bool, bounds: Bounds, stopped: Stopped) -> Iterator[Answer]:
    """The answer of the lake's latest state.

    Raises SqlRefused, SqlInvalid, LakeEmpty, LakeUnavailable, QueryTooSlow, QueryTooLarge, QueryCancelled, and what
    `stopped` raises; also while the answer is read.
    """
    config = get_config()
    fresh_at = current_fresh_at()
    if fresh_at is None:
        raise LakeEmpty
    order = {
        "setup": setup_of(question, in_clear=in_clear, stopped=stopped),
        "sql": question.sql,
        "tables": list(VIEWS),
        "functions": sorted(ALLOWED),
        "table_functions": sorted(ROW_MAKERS),
        "folder": str(near.folder()),
        "zone": config.timezone,
        "seconds": config.sql_seconds,
        "memory_limit": config.sql_memory_limit,
        "memory_bytes": _bytes(config.sql_memory_limit) + _BESIDE_BYTES,
        "spill_limit": config.sql_spill_limit,
        "threads": config.duckdb_threads,
        "most_rows": bounds.rows,
        "most_bytes": bounds.bytes,
        "most_characters": _LONGEST_CELL,
    }
    with Scratch("sql") as temp_folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "huike.insights.sql.answerer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd=temp_folder,
            start_new_session=True,
        )
        order["temp_folder"] = str(temp_folder)
        try:
            lines = _lines(process, order, question.sql, config.sql_seconds + _GRACE_SECONDS, stopped)
            yield Answer([ToldColumn(**column) for column in next(lines)["columns"]], fresh_at, lines)
        finally:
            process.kill()
            process.communicate()


def _environment() -> dict[str, str]:
    """Nothing of ours: a process that knows no secret can tell none."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(Path(huike.__file__).parent.parent), "PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}


def _lines(
    process: subprocess.Popen[bytes], order: Mapping[str, Any], sql: str, seconds: float, stopped: Stopped
) -> Iterator[Mapping[str, Any]]:
    """What the process says, line by line, until its `end`."""
    assert process.stdin is not None  # noqa: S101 - it was opened with pipes
    assert process.stdout is not None  # noqa: S101
    ends_at = time.monotonic() + seconds
    try:
        process.stdin.write(json.dumps(order, ensure_ascii=False).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        raise _ended(process) from None
    waiting, out = b"", process.stdout.fileno()
    while True:
        if stopped():
            raise QueryCancelled
        if time.monotonic() > ends_at:
            raise QueryTooSlow
        if not select.select([out], [], [], _LOOK_EVERY_SECONDS)[0]:
            continue
        part = os.read(out, 1 << 20)
        if not part:
            raise _ended(process)
        *whole, waiting = (waiting + part).split(b"\n") if b"\n" in part else (waiting + part,)
        for line in whole:
            told = json.loads(line)
            if "error" in told:
                raise _meaning(told["error"], sql)
            yield told
            if "end" in told:
                return


def _meaning(error: Mapping[str, Any], sql: str) -> Exception:
    """What the process's failure means to whoever asked."""
    place = place_of(sql, error.get("position"))
    match error["kind"]:
        case "refused":
            return refused(error["code"], error["name"], place=place)
        case "invalid":
            return invalid(error["message"], place.get("line"), place.get("column"))
        case "slow":
            return QueryTooSlow()
        case "large":
            return QueryTooLarge()
        case _:
            return LakeUnavailable(error["message"][:300])


def _ended(process: subprocess.Popen[bytes]) -> Exception:
    """It ended without a word: it asked the system for more than it is given."""
    process.wait(timeout=_GRACE_SECONDS)
    said = process.stderr.read().decode("utf-8", "replace") if process.stderr is not None else ""
    logger.warning("a question's process ended with %s: %s", process.returncode, said[-2000:])
    return QueryTooLarge()


def _bytes(told: str) -> int:
    unit = {"MB": 1000**2, "GB": 1000**3}[told[-2:]]
    return int(told[:-2]) * unit


def setup_of(question: Question, *, in_clear: bool, stopped: Stopped) -> list[Statement]:
    """The statements that make the question's tables, of the lake's latest state, whose files are on this machine
    then. Raises what `near.paths` raises."""
    views = [VIEWS[name] for name in sorted(question.tables)]
    own = list(specs(archived=None).values())
    made: list[Statement] = [("CREATE SCHEMA held", [])]
    made += [_named_table(view) for view in views if view.spec is None]
    states = _states(views)
    paths = near.paths((path for state in states.values() for path in state.paths), stopped=stopped)
    for view in views:
        if view.name in states:
            rows = rows_of(states[view.name], paths, within="held", name=view.name)
            select = view_sql(view, rows.sql, in_clear=in_clear, own=own)
            made += [*rows.setup, (f'CREATE VIEW "{view.name}" AS {select}', [])]
    return made


def _states(views: Sequence[View]) -> Mapping[str, TableState]:
    asked = {view.name: view.spec for view in views if view.spec is not None}
    if not asked:
        return {}
    with open_catalogue() as catalogue:
        return {name: catalogue.table(spec) for name, spec in asked.items()}


def _named_table(view: View) -> Statement:
    columns = ", ".join(f'CAST(r[{n}] AS {c.type}) AS "{c.name}"' for n, c in enumerate(view.columns, start=1))
    texts = [[None if value is None else str(value) for value in row] for row in named(view.name)]
    sql = f'CREATE TABLE "{view.name}" AS SELECT {columns} FROM ({UNFOLDED})'  # noqa: S608 - declared in code
    return sql, [json.dumps(texts)]
