"""Cells that point to people and companies, on file already or of the same file: docs/algorithms/imports.md, 6.

A cell is settled as `kind:value`, by which the run finds whom it means when everybody of the file is known. A row whose
cell means nobody, or several, or the row's own person is refused; so is then one that meant the person of that row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from huike.customers.fields.references import target
from huike.customers.fields.rules import Spec
from huike.imports.cell_rules import fault
from huike.imports.own_fields import is_settled_later, key_of, name_of

if TYPE_CHECKING:
    from huike.imports.checks import Cells
    from huike.imports.watching import Watched

_WORDS_AT_A_TIME: Final = 20_000
# What a good row makes known, by the kind of a meaning.
_MADE_BY_ROWS: Final = {
    "external": "external_id", "card": "card_number", "phone": "phone", "email": "email", "company": "company",
}  # fmt: skip
_IDENTITIES: Final = ("external", "card", "phone", "email")


def settle(duck: Watched, cells: Cells, own: Sequence[Spec]) -> None:
    """Settle such cells of `typed`, and note the faults of their rows."""
    pointing = [spec for spec in own if is_settled_later(spec)]
    if not pointing:
        return
    duck.execute(
        "CREATE TEMP TABLE meant (target VARCHAR, word VARCHAR, place BIGINT, kind VARCHAR, value VARCHAR, id BIGINT)"
    )
    for kind in sorted({str(spec.target) for spec in pointing}):
        _find_meanings(duck, cells, kind, [spec for spec in pointing if spec.target == kind])
    _settle(duck)
    refused = _refuse(duck, pointing, only_good=False)
    # A row that is refused makes nobody known.
    while refused:
        _settle(duck)
        refused = _refuse(duck, pointing, only_good=True)
    for spec in pointing:
        duck.execute(
            f"""
            UPDATE typed SET {name_of(spec)} = settled.pointer FROM settled
             WHERE settled.target = '{spec.target}' AND settled.word = typed.{name_of(spec)}
            """
        )


def _find_meanings(duck: Watched, cells: Cells, kind: str, specs: Sequence[Spec]) -> None:
    meanings_of = target(kind).meanings_of
    assert meanings_of is not None  # noqa: S101 - only such fields are settled here
    words = " UNION ".join(f"SELECT {name_of(spec)} FROM typed WHERE {name_of(spec)} IS NOT NULL" for spec in specs)
    told = duck.cursor().execute(words)
    while batch := [row[0] for row in told.fetchmany(_WORDS_AT_A_TIME)]:
        found = meanings_of(batch, cells.answers.source_key, cells.answers.phone_region)
        table = pa.table(
            {
                "target": pa.array([kind] * len(found), pa.string()),
                "word": pa.array([meaning.word for meaning in found], pa.string()),
                "place": pa.array(range(len(found)), pa.int64()),
                "kind": pa.array([meaning.kind for meaning in found], pa.string()),
                "value": pa.array([meaning.value for meaning in found], pa.string()),
                "id": pa.array([meaning.id for meaning in found], pa.int64()),
            }
        )
        duck.register("known", table)
        duck.execute("INSERT INTO meant SELECT * FROM known")
        duck.unregister("known")


def _settle(duck: Watched) -> None:
    """`settled(target, word, pointer, people)`: how many people on file a word means; where it means nobody there, how
    many of the file."""
    made = " UNION ALL ".join(
        f"""SELECT '{kind}' AS kind, {column} AS value, {"min(row)" if kind in _IDENTITIES else "0"} AS row
              FROM typed WHERE faults IS NULL AND {column} IN (SELECT value FROM meant WHERE kind = '{kind}')
             GROUP BY {column}"""
        for kind, column in _MADE_BY_ROWS.items()
    )
    duck.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE settled AS
        WITH made AS ({made}),
             told AS (SELECT m.*, made.row, bool_or(id IS NOT NULL) OVER (PARTITION BY target, word) AS is_on_file
                        FROM meant m LEFT JOIN made USING (kind, value))
        SELECT target, word, first(kind || ':' || value ORDER BY place) AS pointer,
               count(DISTINCT CASE WHEN is_on_file THEN id ELSE row END) AS people
          FROM told WHERE CASE WHEN is_on_file THEN id ELSE row END IS NOT NULL
         GROUP BY target, word
        """
    )


def _refuse(duck: Watched, specs: Sequence[Spec], *, only_good: bool) -> int:
    """Note the faults; how many rows are refused that were not."""
    good_before = _count_good(duck)
    for spec in specs:
        name, key = name_of(spec), key_of(spec)
        herself = " OR ".join(f"s.pointer = '{kind}:' || t.{_MADE_BY_ROWS[kind]}" for kind in _IDENTITIES)
        faults = (
            fault("s.word IS NULL", key, "reference.unknown"),
            fault("s.people > 1", key, "reference.ambiguous"),
            fault(herself, key, "reference.to_self"),
        )
        duck.execute(
            f"""
            UPDATE typed SET faults = concat_ws('|', typed.faults, found.fault)
              FROM (SELECT t.row, coalesce({", ".join(faults)}) AS fault
                      FROM typed t LEFT JOIN settled s ON s.target = '{spec.target}' AND s.word = t.{name}
                     WHERE t.{name} IS NOT NULL {"AND t.faults IS NULL" if only_good else ""}) found
             WHERE found.row = typed.row AND found.fault IS NOT NULL
            """
        )
    return good_before - _count_good(duck)


def _count_good(duck: Watched) -> int:
    return int(duck.execute("SELECT count(*) FROM typed WHERE faults IS NULL").fetchall()[0][0])
