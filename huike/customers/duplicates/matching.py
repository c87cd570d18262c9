"""Finds pairs of files that are likely one person, in a DuckDB of its own. Knows nothing of PostgreSQL."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from huike.customers.duplicates import model

if TYPE_CHECKING:
    from splink import Linker


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two files, the smaller id first, the probability that they are one person, and what speaks for and against it."""

    low_id: int
    high_id: int
    probability: float
    reasons: list[str]


def prepare(database: duckdb.DuckDBPyConnection, *, most_files: int, most_in_house: int = 12) -> int:
    """Make the table `prepared`, what is compared, of the table `people`; how many people.

    A phone or e-mail address on more than `most_files` files, an address on more than `most_in_house`, and a birthday
    on too many are nobody's.
    """
    limits = {"$most_files": str(int(most_files)), "$most_in_house": str(int(most_in_house))}
    statements = model.PREPARED
    for name, value in limits.items():
        statements = statements.replace(name, value)
    database.execute(statements)
    (people_count,) = database.execute("SELECT count(*) FROM prepared").fetchone() or (0,)
    return int(people_count)


def find_pairs(
    database: duckdb.DuckDBPyConnection,
    *,
    shares: model.Shares = model.SHIPPED,
    threshold: float = model.THRESHOLD,
    changed_only: bool = False,
) -> list[Pair]:
    """Pairs of the table `prepared` at or above the threshold, the likeliest first; with `changed_only` those of which
    one file at least is in the table `changed`."""
    if changed_only:
        database.execute("ALTER TABLE prepared ADD COLUMN changed BOOLEAN DEFAULT false")
        database.execute("UPDATE prepared SET changed = true WHERE id IN (SELECT id FROM changed)")
    (people_count,) = database.execute("SELECT count(*) FROM prepared").fetchone() or (0,)
    if people_count < 2:
        return []
    linker = linker_of(database, model.settings(people_count, shares, changed_only=changed_only))
    for column, table in model.frequency_tables(database, shares):
        linker.table_management.register_term_frequency_lookup(linker._db_api.register(table), column)
    # Wider than the threshold: only "household instead of stranger" can lower a probability afterwards, never raise it.
    scored = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
    names = [comparison.name for comparison in model.COMPARISONS]
    levels = ", ".join(f"gamma_{name}" for name in names)
    rows = database.execute(
        f"""
        SELECT least(id_l, id_r), greatest(id_l, id_r), probability, {levels} FROM (
          SELECT *, 1 / (1 / greatest(match_probability, 1e-12) + {model.household_odds_sql(shares)}) AS probability
            FROM {scored.physical_name})
         WHERE probability >= ? ORDER BY 3 DESC, 1, 2
        """,  # noqa: S608 - names and numbers of the model
        [threshold],
    ).fetchall()
    return [
        Pair(
            low_id=row[0],
            high_id=row[1],
            probability=row[2],
            reasons=model.reasons(dict(zip(names, row[3:], strict=True))),
        )
        for row in rows
    ]


def linker_of(database: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> Linker:
    """Splink over the table `prepared`."""
    from splink import DuckDBAPI, Linker  # half a second that most processes never need

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection=database)
    return Linker(api.register("prepared"), settings, log_level=logging.ERROR)
