"""The process that answers one question and ends: `python -m huike.insights.sql.answerer`.

It knows DuckDB and nothing else of the house: no settings, no database, no secrets in its environment. On standard
input comes one line of JSON, an `Order`; on standard output go lines of JSON: `{"columns": …}`, any number of
`{"rows": …}`, and `{"end": …}` or `{"error": …}`. It ends at once when its input is closed, so that it never outlives
whoever asked.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, TypedDict

import duckdb

# Rows handed on together: few enough that a huge one stands alone in memory soon.
_AT_ONCE = 500
# JSON's readers hold integers exactly up to here.
_LARGEST_INTEGER = 2**53
_BEFORE = "SELECT * FROM (\n"


class Order(TypedDict):
    """`setup`: statements with their parameters that make the tables; `tables`, `functions`, `table_functions`: what
    the question may name. `folder`: the only one that can be read from."""

    setup: list[tuple[str, list[Any]]]
    sql: str
    tables: list[str]
    functions: list[str]
    table_functions: list[str]
    folder: str
    temp_folder: str
    zone: str
    seconds: float
    memory_limit: str
    memory_bytes: int
    spill_limit: str
    threads: int
    most_rows: int
    most_bytes: int
    most_characters: int


class Refused(Exception):
    """The question names what it may not: `code` says what kind of thing, `name` which, `position` where."""

    def __init__(self, code: str, name: str = "", position: int | None = None) -> None:
        super().__init__(code)
        self.told = {"kind": "refused", "code": code, "name": name, "position": position}


def main() -> None:
    order: Order = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    _limit(order["memory_bytes"])
    began_at = time.monotonic()
    try:
        with _closed_database(order) as database:
            alarm = threading.Timer(order["seconds"], database.interrupt)
            alarm.daemon = True
            alarm.start()
            rows, cut = _answer(database, order)
        _say(end={"rows": rows, "cut": cut, "ms": round((time.monotonic() - began_at) * 1000)})
    except Refused as refused:
        _say(error=refused.told)
    except MemoryError:
        _say(error={"kind": "large"})
    except duckdb.Error as error:
        _say(error=_explained(error))


def _end_with_the_asker() -> None:
    # The order was one line; what comes after it is the end.
    sys.stdin.read()
    os._exit(1)


def _limit(memory_bytes: int) -> None:
    """What DuckDB does not count towards its own limit ends here, and with it this process alone."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        os.nice(5)


@contextlib.contextmanager
def _closed_database(order: Order) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with the tables to ask, that can do nothing else and cannot be talked into it."""
    database = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
            "threads": str(order["threads"]),
            "memory_limit": order["memory_limit"],
            "temp_directory": order["temp_folder"],
            "max_temp_directory_size": order["spill_limit"],
            "errors_as_json": "true",
        }
    )
    try:
        database.execute("SET TimeZone = $zone", {"zone": order["zone"]})
        database.execute("SET allowed_directories = $folders", {"folders": [order["folder"]]})
        database.execute("SET enable_external_access = false")
        for statement, parameters in order["setup"]:
            database.execute(statement, parameters)
        database.execute("SET lock_configuration = true")
        yield database
    finally:
        database.close()


def _answer(database: duckdb.DuckDBPyConnection, order: Order) -> tuple[int, str | None]:
    """Say the answer; how many rows, and by what it was cut (`rows`, `bytes`) if it was."""
    sql = order["sql"]
    check(parsed(database, sql), order)
    described = database.execute(f"{_BEFORE}{sql}\n) LIMIT 0").description or []
    columns = [{"name": column[0], "type": str(column[1])} for column in described]
    _say(columns=columns)
    cells = ", ".join(_cell(number, column["type"], order) for number, column in enumerate(columns))
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    asked = f"SELECT {cells} FROM (\n{sql}\n) AS q({names}) LIMIT {order['most_rows'] + 1}"  # noqa: S608 - checked above
    answer = database.execute(asked)
    rows = told = 0
    while lot := answer.fetchmany(_AT_ONCE):
        whole = len(lot)
        lot = lot[: order["most_rows"] - rows]
        line = _line(rows=[[_plain(value) for value in row] for row in lot])
        told += len(line)
        if told > order["most_bytes"]:
            return rows, "bytes"
        _write(line)
        rows += len(lot)
        if len(lot) < whole:
            return rows, "rows"
    return rows, None


_NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM|DOUBLE|FLOAT|BOOLEAN|DECIMAL\(.*\)")


def _cell(number: int, type: str, order: Order) -> str:
    column = f"q.c{number}"
    if _NUMBERS.fullmatch(type):
        return column
    # All else as DuckDB writes it; nothing longer than a cell of a spreadsheet.
    return f"left(CAST({column} AS VARCHAR), {order['most_characters']})"


def _plain(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def parsed(database: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, Any]:
    """The question as DuckDB itself understands it. Raises Refused for what is no single SELECT."""
    row = database.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchone()
    told: Mapping[str, Any] = json.loads(row[0]) if row else {"error": True}
    if told["error"]:
        if told.get("error_type") == "not implemented":
            # A PIVOT is several statements to DuckDB.
            raise Refused("construct", "PIVOT") if re.search(r"\bPIVOT\b", sql, re.I) else Refused("not_a_question")
        position = told.get("position")
        raise _Unreadable(str(told.get("error_message", "")), None if position is None else int(position))
    if len(told["statements"]) != 1:
        raise Refused("not_one_question")
    statement: Mapping[str, Any] = told["statements"][0]
    return statement


class _Unreadable(Refused):
    def __init__(self, message: str, position: int | None) -> None:
        super().__init__("unreadable")
        self.told = {"kind": "invalid", "message": message, "position": position}


# Whatever a question is made of, by the names of DuckDB's own parser. What is not here is refused.
_EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION",
        "LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
_PARTS = frozenset(
    {
        # queries
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE",
        # what they read from
        "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT",
    }
)  # fmt: skip
_OF_DUCKDB = ("duckdb_", "pragma_", "pg_", "sqlite_", "information_schema")
_CTE_NAME = re.compile(r"[^\W\d]\w{0,62}")


def check(statement: Mapping[str, Any], order: Order) -> None:
    """Raises Refused for a question that names a table or a function it may not, or is made of something unknown."""
    own = {entry["key"] for node in _nodes(statement) for entry in _ctes(node)}
    for name in own:
        # Where such a name is not in scope, DuckDB looks for a table, or a file, of that name.
        if not _CTE_NAME.fullmatch(name) or name.lower().startswith(_OF_DUCKDB):
            raise Refused("name", name)
    tables = {name.lower() for name in order["tables"]} | {name.lower() for name in own}
    functions, table_functions = ({name.lower() for name in order[key]} for key in ("functions", "table_functions"))
    for node in _nodes(statement["node"]):
        _check(node, tables, functions, table_functions)


def _check(node: Mapping[str, Any], tables: set[str], functions: set[str], table_functions: set[str]) -> None:
    position = node.get("query_location")
    kind, expression = node.get("type"), node.get("class")
    if expression is not None:
        if expression not in _EXPRESSIONS:
            raise Refused("construct", str(expression), position)
        if expression in {"FUNCTION", "WINDOW"}:
            name = str(node.get("function_name", "")).lower()
            if name not in functions and name not in table_functions:
                raise Refused("function", name, position)
            # DuckDB writes `main` itself, where syntax stands for a function: [1, 2].
            if node.get("schema") not in {"", "main", None} or node.get("catalog"):
                raise Refused("qualified", name, position)
        return
    # Queries have modifiers, and what they read from has an alias; what has neither is a part of these. Types have one.
    is_part = isinstance(kind, str) and ("alias" in node or "modifiers" in node)
    if not is_part or str(kind).endswith("_TYPE_INFO"):
        return
    if kind not in _PARTS:
        raise Refused("construct", str(kind), position)
    if kind == "BASE_TABLE":
        if node.get("at_clause"):
            raise Refused("version", str(node["table_name"]), position)
        if node.get("schema_name") or node.get("catalog_name"):
            raise Refused("qualified", str(node["table_name"]), position)
        if str(node["table_name"]).lower() not in tables:
            raise Refused("table", str(node["table_name"]), position)
    if kind == "TABLE_FUNCTION":
        function = node["function"]
        name = str(function.get("function_name", "")).lower()
        if name not in table_functions or function.get("schema") or function.get("catalog"):
            raise Refused("table_function", name, position)


def _ctes(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    named = node.get("cte_map")
    found = list(named["map"]) if isinstance(named, dict) else []
    if "cte_name" in node:
        found.append({"key": node["cte_name"]})
    return found


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    stack = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            yield item
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _explained(error: duckdb.Error) -> dict[str, Any]:
    if isinstance(error, duckdb.InterruptException):
        return {"kind": "slow"}
    if isinstance(error, duckdb.OutOfMemoryException):
        return {"kind": "large"}
    if isinstance(error, (duckdb.IOException, duckdb.FatalException, duckdb.InternalException)):
        return {"kind": "broken", "message": str(error)[:500]}
    told = _told(str(error))
    position = told.get("position")
    at = None if position is None else max(0, int(position) - len(_BEFORE))
    if isinstance(error, duckdb.PermissionException):
        return {"kind": "refused", "code": "reach", "name": "", "position": at}
    return {"kind": "invalid", "message": str(told.get("exception_message", error))[:1000], "position": at}


def _told(message: str) -> dict[str, Any]:
    start = message.find("{")
    try:
        told = json.loads(message[start:]) if start >= 0 else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _say(**message: Any) -> None:
    _write(_line(**message))


def _line(**message: Any) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
