"""Finds pairs of files that are likely one person, in a DuckDB of its own. Knows nothing of PostgreSQL."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import duckdb

from huike.customers.duplicates import model


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two files, the smaller id first, the probability that they are one person, and what speaks for and against it."""

    low_id: int
    high_id: int
    probability: float
    reasons: list[str]


def find_pairs(
    database: duckdb.DuckDBPyConnection,
    *,
    most_files: int,
    most_in_house: int = 12,
    threshold: float = model.THRESHOLD,
    changed_only: bool = False,
    report: Callable[[str], None] = lambda _phase: None,
) -> list[Pair]:
    """Pairs of the table `people` at or above the threshold, the likeliest first; with `changed_only` those of which
    one file at least is in the table `changed`.

    `report` is told each phase and may raise to stop. A phone or e-mail address on more than `most_files` files, an
    address on more than `most_in_house`, and a birthday on too many are nobody's.
    """
    report("preparing")
    limits = {"$most_files": str(int(most_files)), "$most_in_house": str(int(most_in_house))}
    statements = model.PREPARED
    for name, value in limits.items():
        statements = statements.replace(name, value)
    database.execute(statements)
    if changed_only:
        database.execute("ALTER TABLE prepared ADD COLUMN changed BOOLEAN DEFAULT false")
        database.execute("UPDATE prepared SET changed = true WHERE id IN (SELECT id FROM changed)")
    (people_count,) = database.execute("SELECT count(*) FROM prepared").fetchone() or (0,)
    if people_count < 2:
        return []
    return _score(database, people_count, threshold, changed_only, report)


def _score(
    database: duckdb.DuckDBPyConnection,
    people_count: int,
    threshold: float,
    changed_only: bool,
    report: Callable[[str], None],
) -> list[Pair]:
    from splink import DuckDBAPI, Linker  # half a second that most processes never need

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=database)
    settings = model.settings(people_count, changed_only=changed_only)
    linker = Linker(api.register("prepared"), settings, log_level=logging.ERROR)
    for column, table in model.frequency_tables(database):
        linker.table_management.register_term_frequency_lookup(api.register(table), column)
    report("comparing")
    # Wider than the threshold: only "household instead of stranger" can lower a probability afterwards, never raise it.
    scored = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
    report("choosing")
    levels = ", ".join(f"gamma_{comparison.name}" for comparison in model.COMPARISONS)
    rows = database.execute(
        f"""
        SELECT least(id_l, id_r), greatest(id_l, id_r), probability, {levels} FROM (
          SELECT *, 1 / (1 / greatest(match_probability, 1e-12) + {model.household_odds_sql()}) AS probability
            FROM {scored.physical_name})
         WHERE probability >= ? ORDER BY 3 DESC, 1, 2
        """,  # noqa: S608 - names and numbers of the model
        [threshold],
    ).fetchall()
    names = [comparison.name for comparison in model.COMPARISONS]
    return [
        Pair(
            low_id=row[0],
            high_id=row[1],
            probability=row[2],
            reasons=model.reasons(dict(zip(names, row[3:], strict=True))),
        )
        for row in rows
    ]
