"""SQL of the paths a till or a visitor waits for: prepared once per connection, parameters bound by the server.

The ORM writes a statement anew each time and PostgreSQL plans it anew; for a row or two that costs more than the work
itself. So does what psycopg's cursors do around it (docs/adr/0011), so this speaks through its layer of libpq.
Everything else goes through the ORM or `connection.cursor()`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import Connection, DataError, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]

_DONE = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})
# Type numbers of PostgreSQL's catalogue, the same in every database. 0 leaves it to the server to find out.
_UNKNOWN, _BOOL, _BYTEA, _BIGINT, _BIGINT_ARRAY, _DATE, _TIMESTAMPTZ = 0, 16, 17, 20, 1016, 1082, 1184


def rows(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
    """Run one statement on this thread's connection, in its transaction if there is one; the rows it gives, if any.

    Parameters are `%(name)s` of a mapping or `%s` of a sequence; they may be None, bool, int, str, bytes, a date, an
    aware datetime, or a list of one of these but bytes. Those that are NULL, arrays or compared to more than one type
    need a cast in the statement, as `%(ids)s::bigint[]`: the server, not the client, finds out what they are. Nothing
    else may stand behind a `%`. Raises Django's database errors.
    """
    # Looked up once: Django's proxy finds the thread's connection anew for each attribute.
    database = connections[DEFAULT_DB_ALIAS]
    if database.connection is None:
        database.ensure_connection()
    database.validate_no_broken_transaction()
    text, names = _parsed(statement)
    values = params if names is None else map(params.__getitem__, names)  # type: ignore[arg-type]
    with database.wrap_database_errors:
        return _run(database.connection, text, [_bound(value) for value in values])


def row(statement: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> Row | None:
    """The first row, or None where there is none."""
    found = rows(statement, params)
    return found[0] if found else None


class _Bound(NamedTuple):
    """A parameter as the server reads it."""

    type_number: int
    text: bytes | None


_prepared: WeakKeyDictionary[Connection[Any], dict[tuple[bytes, tuple[int, ...]], bytes]] = WeakKeyDictionary()


def _run(connection: Connection[Any], text: bytes, bound: Sequence[_Bound]) -> list[Row]:
    server = connection.pgconn
    if not connection.autocommit and server.transaction_status == TransactionStatus.IDLE:
        _checked(server, server.exec_(b"BEGIN"))
    names = _prepared.setdefault(connection, {})
    types = tuple(value.type_number for value in bound)
    name = names.get((text, types))
    if name is None:
        name = b"huike_%d" % len(names)
        _checked(server, server.prepare(name, text, types))
        names[text, types] = name
    texts: list[Any] = [value.text for value in bound]  # None is NULL, which the declared type of libpq's layer forgot
    result = _checked(server, server.exec_prepared(name, texts))
    if result.status != ExecStatus.TUPLES_OK:
        return []
    transformer = Transformer(connection)
    transformer.set_pgresult(result)
    return transformer.load_rows(0, result.ntuples, tuple)


def _checked(server: PGconn, result: PGresult) -> PGresult:
    if result.status in _DONE:
        return result
    if server.status == ConnStatus.BAD:  # it ended in the middle, and no error of the server's says so
        raise OperationalError(server.get_error_message())
    raise error_from_result(result)


@lru_cache(maxsize=1_000)
def _parsed(statement: str) -> tuple[bytes, tuple[str, ...] | None]:
    """The statement with numbered parameters, and their names in the order of their numbers; None for the names of a
    statement whose parameters have none."""
    order: dict[str, int] = {}
    is_named = "%(" in statement

    def number(match: re.Match[str]) -> str:
        name = match["name"] if is_named else str(len(order))
        if name is None:
            raise ValueError(f"a statement names all its parameters or none: {statement}")
        return f"${order.setdefault(name, len(order) + 1)}"

    text = re.sub(r"%(?:\((?P<name>\w+)\))?s", number, statement)
    return text.encode(), tuple(order) if is_named else None


def _bound(value: Any) -> _Bound:
    kind: Any = type(value)
    return _writer(kind)(value)


@lru_cache(maxsize=100)
def _writer(kind: type) -> Callable[[Any], _Bound]:
    """Subclasses too: a member of a text enumeration is a text."""
    for base in kind.__mro__:
        if base in _WRITERS:
            return _WRITERS[base]
    raise TypeError(f"no parameter can be a {kind.__name__}")


def _written_text(value: str) -> _Bound:
    return _Bound(_UNKNOWN, _storable(value).encode())


def _written_array(values: list[Any]) -> _Bound:
    numbers_only = all(type(value) is int for value in values)
    literal = "{" + ",".join(map(_element, values)) + "}"
    return _Bound(_BIGINT_ARRAY if numbers_only and values else _UNKNOWN, literal.encode())


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if type(value) is str:
        escaped = _storable(value).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if type(value) is datetime or type(value) is date:
        return f'"{value.isoformat()}"'
    if type(value) is int or type(value) is bool:
        return str(value)
    raise TypeError(f"no parameter can be a list of {type(value).__name__}")


def _storable(value: str) -> str:
    # libpq would end the text at it without a word.
    if "\x00" in value:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return value


_WRITERS: Mapping[type, Callable[[Any], _Bound]] = {
    type(None): lambda _: _Bound(_UNKNOWN, None),
    bool: lambda value: _Bound(_BOOL, b"t" if value else b"f"),
    # As bigint whatever their size, else each mixture of sizes would be a statement of its own to prepare.
    int: lambda value: _Bound(_BIGINT, b"%d" % value),
    bytes: lambda value: _Bound(_BYTEA, b"\\x" + value.hex().encode()),
    str: _written_text,
    date: lambda value: _Bound(_DATE, value.isoformat().encode()),
    datetime: lambda value: _Bound(_TIMESTAMPTZ, value.isoformat().encode()),
    list: _written_array,
}
