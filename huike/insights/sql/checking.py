"""The first wall: what a question may be, before anything of it reaches an engine. Pure.

The second is DuckDB's own parser in the process that answers (`answerer.check`), so that no difference between two
parsers opens a door; the third is that the process can reach nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlglot
import sqlglot.expressions as sge
from sqlglot.errors import ParseError, SqlglotError

from huike.insights.sql.errors import SqlInvalid, SqlRefused
from huike.insights.sql.functions import ROW_MAKERS
from huike.kernel.errors import FieldError

LONGEST_QUESTION = 20_000
_WHERE = "sql"


@dataclass(frozen=True, slots=True)
class Question:
    """A question that may be asked, and the tables it reads."""

    sql: str
    tables: frozenset[str]


def check(sql: str, *, tables: Collection[str]) -> Question:
    """Raises SqlRefused, SqlInvalid."""
    text = sql.rstrip().rstrip(";").rstrip()
    try:
        statements = [one for one in sqlglot.parse(text, read="duckdb") if one is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        # In DuckDB's words: this parser's own name its classes.
        near = first.get("highlight")
        message = f'syntax error at or near "{near}"' if near else "syntax error at end of input"
        raise invalid(message, first.get("line"), first.get("col")) from error
    except (SqlglotError, RecursionError) as error:
        raise invalid(str(error)[:300] or "too deep", None, None) from error
    if len(statements) != 1:
        raise refused("not_one_question" if statements else "not_a_question")
    (statement,) = statements
    if not isinstance(statement, sge.Query | sge.Values) or list(statement.find_all(sge.Into, sge.DML, sge.DDL)) != (
        [statement] if isinstance(statement, sge.DML | sge.DDL) else []
    ):
        raise refused("not_a_question")
    own = {cte.alias_or_name.lower() for cte in statement.find_all(sge.CTE)}
    read = set()
    for table in statement.find_all(sge.Table):
        name = _checked(table, known={one.lower() for one in tables}, own=own)
        if name is not None:
            read.add(name)
    return Question(text, frozenset(read))


def _checked(table: sge.Table, *, known: set[str], own: set[str]) -> str | None:
    """The table of ours it names, if it does."""
    if isinstance(table.this, sge.Func):
        # Written with a schema, `this` is the function and the rest a Dot or the table's `db`.
        name = table.this.name if isinstance(table.this, sge.Anonymous) else table.this.sql_name()
        if table.args.get("db") or name.lower() not in ROW_MAKERS:
            raise refused("table_function", name.lower(), table)
        return None
    if not isinstance(table.this, sge.Identifier):
        raise refused("construct", type(table.this).__name__, table)
    if table.args.get("db") or table.args.get("catalog"):
        raise refused("qualified", table.name, table)
    if table.args.get("version") or table.args.get("when"):
        raise refused("version", table.name, table)
    name = table.name.lower()
    # A name of one's own hides a table of ours.
    if name in own:
        return name if name in known else None
    if name not in known:
        raise refused("table", table.name, table)
    return name


def refused(
    code: str, name: str = "", at: sge.Expression | None = None, *, place: Mapping[str, int] | None = None
) -> SqlRefused:
    if at is not None:
        meta = next((node.meta for node in at.walk() if "line" in node.meta), {})
        place = {"line": meta["line"], "column": meta["col"] - len(name) + 1} if meta else {}
    params = {**({"name": name} if name else {}), **(place or {})}
    return SqlRefused(errors=[FieldError(_WHERE, f"sql.{code}", params)])


def invalid(message: str, line: int | None, column: int | None) -> SqlInvalid:
    place = {} if line is None else {"line": line, "column": column or 1}
    return SqlInvalid(errors=[FieldError(_WHERE, "sql.unreadable", {"message": message, **place})])


def place_of(sql: str, position: int | None) -> dict[str, int]:
    """Line and column, from 1, of the byte at `position`, as DuckDB counts."""
    if position is None or position < 0:
        return {}
    before = sql.encode()[:position].decode("utf-8", "ignore")
    return {"line": before.count("\n") + 1, "column": len(before) - (before.rfind("\n") + 1) + 1}
