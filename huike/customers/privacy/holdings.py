"""What is held about a person: each capability declares its tables here (`ready` of its AppConfig), as it does what
follows a merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import connection

from huike.customers.privacy.rules import Values

Row = dict[str, Any]
HERS = "t.customer_id = ANY(%(ids)s)"


@dataclass(frozen=True, slots=True)
class Erased:
    """Whom a step is about: the ids of her file and of those merged into it, each with its pseudonym, and the values
    to search for. `visitors` are ids other rooms gathered, by name of the room's table."""

    ids: Sequence[int]
    pseudonyms: Sequence[int]
    values: Values
    gathered: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table with rows about a person.

    - `of`: SQL on the row as `t` that is true for hers; %(ids)s are the ids of her files.
    - `titles`: what the rows are, in Chinese and English. `columns`: what she is shown, by name, as SQL on `t`; with
      none, the rows are the house's own bookkeeping, counted but not exported.
    - `fate`: `gone`, or `kept` under the pseudonym: column `owner` (if any) gets it, and `blank` says what columns
      become. `stays` names the other columns with text, which say nothing about a person: a test asks for each.
    - `rank`: lower ones are erased first, so that `of` may look at tables of higher ones.
    - `read` and `erase` take the place of the SQL where it does not suffice.
    """

    name: str
    table: str
    titles: tuple[str, str]
    of: str = HERS
    columns: Mapping[str, str] = field(default_factory=dict)
    order: str = "t.id"
    fate: Literal["gone", "kept"] = "gone"
    owner: str | None = "customer_id"
    blank: Mapping[str, str] = field(default_factory=dict)
    stays: frozenset[str] = frozenset()
    rank: int = 50
    read: Callable[[Sequence[int]], list[Row]] | None = None
    erase: Callable[[Erased], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Columns of a table in which somebody's values may stand although no key says so. `names` lets names be masked
    too: only where what is masked passes away by itself, or tells of machines rather than people."""

    table: str
    columns: tuple[str, ...]
    key: str = "id"
    names: bool = False


Scrub = Callable[[Erased], int]
Gather = Callable[[Sequence[int], Values], Sequence[int]]

_holdings: dict[str, Holding] = {}
_traces: dict[str, Trace] = {}
_places: dict[str, Scrub] = {}
_stragglers: dict[str, Scrub] = {}
_gatherers: dict[str, Gather] = {}


def hold(*declared: Holding) -> None:
    """Declare tables. Declaring a name twice with different content is a mistake and raises ValueError."""
    for holding in declared:
        if _holdings.get(holding.name, holding) != holding:
            raise ValueError(f"{holding.name} are declared already")
        _holdings[holding.name] = holding


def trace(*declared: Trace) -> None:
    for one in declared:
        _traces[one.table] = one


def place(name: str, scrub: Scrub) -> None:
    """Files outside the database: `scrub` removes what holds her values, and says how many files or rows that was."""
    _places[name] = scrub


def straggler(name: str, scrub: Scrub) -> None:
    """What was under way while a person was erased, found by her old ids and values in the last step but one. `name` is
    the table where it begins."""
    _stragglers[name] = scrub


def gatherer(name: str, gather: Gather) -> None:
    """Ids by which stragglers will know her, read before anything is erased."""
    _gatherers[name] = gather


def holdings() -> list[Holding]:
    return sorted(_holdings.values(), key=lambda holding: (holding.rank, holding.name))


def traces() -> list[Trace]:
    return [_traces[table] for table in sorted(_traces)]


def places() -> list[tuple[str, Scrub]]:
    return sorted(_places.items())


def stragglers() -> list[tuple[str, Scrub]]:
    return sorted(_stragglers.items())


def gather(ids: Sequence[int], values: Values) -> dict[str, list[int]]:
    return {name: [int(one) for one in ask(ids, values)] for name, ask in sorted(_gatherers.items())}


def count(ids: Sequence[int]) -> dict[str, int]:
    """How many rows of each kind are about this person; kinds without any are absent."""
    counts = {}
    with connection.cursor() as cursor:
        for holding in holdings():
            cursor.execute(f"SELECT count(*) FROM {holding.table} t WHERE {holding.of}", {"ids": list(ids)})  # noqa: S608 - declared in code
            (found,) = cursor.fetchone()
            if found:
                counts[holding.name] = found
    return counts


def rows(holding: Holding, ids: Sequence[int]) -> Iterator[Row]:
    """Her rows as she is shown them, in their order."""
    if holding.read is not None:
        yield from holding.read(ids)
        return
    names = list(holding.columns)
    shown = ", ".join(holding.columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {shown} FROM {holding.table} t WHERE {holding.of} ORDER BY {holding.order}",  # noqa: S608 - declared in code
            {"ids": list(ids)},
        )
        while some := cursor.fetchmany(1_000):
            for row in some:
                yield dict(zip(names, row, strict=True))


def erase(holding: Holding, erased: Erased) -> int:
    """Give the rows their fate, in the caller's transaction; how many there were. Doing it again does nothing."""
    if holding.erase is not None:
        return holding.erase(erased)
    params = {"ids": list(erased.ids), "pseudonyms": list(erased.pseudonyms)}
    with connection.cursor() as cursor:
        if holding.fate == "gone":
            cursor.execute(f"DELETE FROM {holding.table} t WHERE {holding.of}", params)  # noqa: S608 - declared in code
            return int(cursor.rowcount)
        becomes = [f"{column} = {value}" for column, value in holding.blank.items()]
        if holding.owner is None:
            if not becomes:
                return 0
            cursor.execute(f"UPDATE {holding.table} t SET {', '.join(becomes)} WHERE {holding.of}", params)  # noqa: S608
            return int(cursor.rowcount)
        cursor.execute(
            f"""
            UPDATE {holding.table} t SET {", ".join([f"{holding.owner} = m.pseudonym", *becomes])}
              FROM unnest(%(ids)s::bigint[], %(pseudonyms)s::bigint[]) AS m (id, pseudonym)
             WHERE t.{holding.owner} = m.id
            """,  # noqa: S608 - declared in code
            params,
        )
        return int(cursor.rowcount)
