"""Pages of the list, in any order and at any depth (docs/algorithms/customer-list.md).

PostgreSQL alone would guess whether those who match stand close along the order of the list, and guess wrong.
So few matches (COUNTED_AT_MOST) are gathered and sorted; of many, the order's index is walked until a page is full;
and after a stretch in vain, several times what it should have taken, all matches are sorted after all.
"""

# Every piece of SQL here is a constant or the ORM's own; what people type is a parameter.
# ruff: noqa: S608

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import prod
from typing import Any, Final

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import QuerySet

from huike.customers.errors import FilterInvalid
from huike.customers.fields import selectors as fields
from huike.customers.fields.rules import Spec, Term
from huike.customers.listing.filters import CustomerFilter, filtered, is_own, names_few, on_column, terms
from huike.customers.models import Customer
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.scope import Scope
from huike.kernel.text import has_forbidden_characters

# Counting further would cost more than the list itself; `count_customers` tells who wants to know all the same.
COUNTED_AT_MOST: Final = 10_000
# A list that the statistics say is longer than this many times COUNTED_AT_MOST is not counted at all.
_SURELY_MANY: Final = 1.2
# Nor one whose matches are dear to find and not rare; a walk meets them sooner. In PostgreSQL's unit of cost.
_DEAR, _FEW_AT_ANY_COST = 15_000, 2_000
_WALKED_AT_LEAST, _WALKED_AT_MOST = 1_000, 20_000
# Holders of a range of values are counted up to this.
_HOLDERS_AT_MOST: Final = 100_000
# Of finding a file by its id, in the same unit.
_COST_OF_A_FILE: Final = 2.2


@dataclass(frozen=True, slots=True)
class _Column:
    """A column the list is sorted by. `unindexed` is the same value in a form no index holds."""

    sql: str
    unindexed: str
    kind: type
    nullable: bool = False


def _instant(name: str, *, nullable: bool = True) -> _Column:
    return _Column(f"customers_customer.{name}", f"customers_customer.{name} + interval '0'", datetime, nullable)


def _figure(name: str) -> _Column:
    return _Column(f"customers_customer.{name}", f"customers_customer.{name} + 0", int)


# Names sort as they are spoken: 李 beside Li.
_PINYIN: Final = 'customers_customer.name_pinyin COLLATE "C"'
_COLUMNS: Final = {
    "name": _Column(_PINYIN, f"({_PINYIN}) || ''", str),
    "created_at": _instant("created_at", nullable=False),
    "last_order_at": _instant("last_order_at"),
    "first_order_at": _instant("first_order_at"),
    "member_since_at": _instant("member_since_at"),
    "orders_count": _figure("orders_count"),
    "returns_count": _figure("returns_count"),
    "spent_minor": _figure("spent_minor"),
}
# What a list shows of a file; anything else is read when it is asked for.
LISTED: Final = (
    "state", "name", "phone", "email", "gender", "birth_on", "language", "country", "province", "city", "district",
    "occupation", "income", "education", "declared_interests", "source", "source_channel", "source_campaign",
    "referrer", "home_store_id", "owner_id", "stage", "tags", "orders_count", "returns_count", "spent_minor",
    "spent_currency", "first_order_at", "last_order_at", "member_since_at", "created_at",
)  # fmt: skip
ORDERS: Final = frozenset({*_COLUMNS, *(f"-{name}" for name in _COLUMNS)})


def list_customers(
    narrowing: CustomerFilter, *, scope: Scope, order: str = "-created_at", cursor: str | None = None, limit: int = 50
) -> Page[Customer]:
    """One page. `total` is given on the first page where counting costs little, and None of more than COUNTED_AT_MOST;
    `count_customers` counts whatever it takes.

    `order` is one of ORDERS, or `field:<key>` of an own field that sorts; `-` before it for descending. Those without a
    value come last both ways. Raises FilterInvalid, BadCursor.
    """
    own = fields.specs() if narrowing.where else {}
    if order.lstrip("-").startswith(fields.SORT_PREFIX):
        spec = fields.sorted_by(order)
        asked = [term for term in terms(narrowing, own=own) if term.spec == spec]
        sorting = _own_sorting(spec, asked, descending=order.startswith("-"))
    elif order in ORDERS:
        sorting = _column_sorting(order.lstrip("-"), narrowing, own, descending=order.startswith("-"))
    else:
        raise FilterInvalid(field="order", value=order[:100])
    after = _position(sorting, order, cursor)
    try:
        if not sorting.parts:
            raise EmptyResultSet
        where = _where(narrowing, scope, own)
    except EmptyResultSet:
        return Page([], None, 0 if cursor is None else None)
    is_narrow = narrowing.narrows or not scope.all_stores
    rows, few, total = _rows(
        sorting, where, after, limit + 1, is_narrow=is_narrow, is_exact=names_few(narrowing.q or "")
    )
    by_id = Customer.objects.only(*LISTED).in_bulk([row.id for row in rows[:limit]])
    next_cursor = None
    if len(rows) > limit:
        last = rows[limit - 1]
        next_cursor = encode_cursor(order, [sorting.parts[last.part].name, _plain(last.value), last.id, few])
    return Page([by_id[row.id] for row in rows[:limit] if row.id in by_id], next_cursor, total)


def count_customers(narrowing: CustomerFilter, *, scope: Scope) -> int:
    """How many match, exactly: up to a second of a million files. Raises FilterInvalid."""
    return filtered(narrowing, scope=scope).order_by().count()


# -- how a list is sorted --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the list within which `value`, then the id decides. `holds` tells its customers from others'.

    `source` gives `id` and `value` of its customers from an index in that order; `value` is None where the id alone
    decides. `unindexed` is the value in a form no index holds, for sorting all matches.
    """

    name: str
    holds: str
    source: str
    value: str | None
    unindexed: str
    id: str = "customers_customer.id"
    kind: type | None = None
    nullable: bool = False
    newest_first: bool = False
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sorting:
    """Parts one after the other, in the order they are shown.

    `value` is what sorts all of them at once, null for the last part: the place of its part for a choice.
    """

    parts: Sequence[_Part]
    descending: bool
    value: str
    params: tuple[Any, ...] = ()

    @property
    def by_place(self) -> bool:
        return self.parts[0].value is None

    def part_of(self, value: Any) -> int:
        if value is None:
            return len(self.parts) - 1
        return int(value) if self.by_place else 0


_FILES: Final = "customers_customer"


def _column_sorting(key: str, narrowing: CustomerFilter, own: Mapping[str, Spec], *, descending: bool) -> _Sorting:
    """By a column of the file. What the list asks of the same column bounds the walk along it."""
    column, asked = _COLUMNS[key], on_column(key, narrowing, own=own)
    parts = []
    if asked.valued:
        within = _condition_of(Customer.objects.filter(*asked.conditions))
        holds = f"{column.sql} IS NOT NULL AND {within.sql}" if column.nullable else within.sql
        parts.append(
            _Part(
                "value",
                holds,
                _FILES,
                column.sql,
                column.unindexed,
                kind=column.kind,
                nullable=column.nullable,
                params=within.params,
            )
        )
    if column.nullable and asked.empty:
        parts.append(_Part("empty", f"{column.sql} IS NULL", _FILES, None, "NULL::int"))
    return _Sorting(parts, descending, column.sql)


_VALUES: Final = "customers_field_value"


def _own_sorting(spec: Spec, terms: Sequence[Term], *, descending: bool) -> _Sorting:
    """By the values of an own field; of a choice in the order of its options. What the list asks of the same field
    is asked of the values walked along."""
    of_hers = "FROM customers_field_value v WHERE v.customer_id = customers_customer.id AND v.field_id = %s"
    value = f"{_VALUES}.{spec.column}"
    source = f"{_VALUES} JOIN {_FILES} ON customers_customer.id = {_VALUES}.customer_id"
    asked = [(f"{value} {_SIGNS[term.op]} %s", term.value) for term in terms if term.op in _SIGNS]
    holds = " AND ".join([f"{_VALUES}.field_id = %s AND {value} IS NOT NULL", *(text for text, _ in asked)])
    params = (spec.id, *(told for _, told in asked))
    her_id = f"{_VALUES}.customer_id"
    # What is asked of the field itself may leave only some of the parts.
    with_value = all(term.op != "is_not_set" for term in terms)
    without_value = all(term.op == "is_not_set" for term in terms)
    parts: list[_Part] = []
    if spec.type == "choice":
        chosen = {term.value for term in terms if term.op == "eq"}
        keys = [option.key for option in spec.options if not chosen or option.key in chosen]
        keys = keys[::-1] if descending else keys
        parts = [
            _Part(f"option:{key}", f"{holds} AND {value} = %s", source, None, "NULL::int", id=her_id,
                  params=(*params, key))
            for key in keys if with_value
        ]  # fmt: skip
        gathered = f"(SELECT array_position(%s::text[], v.text::text) - 1 {of_hers})"
        gathered_params: tuple[Any, ...] = (keys, spec.id)
    else:
        kind = {"text": str, "number": int, "day": date}[spec.column]
        unindexed = f"{value} || ''" if spec.column == "text" else f"{value} + 0"
        if with_value:
            parts = [_Part("value", holds, source, value, unindexed, kind=kind, id=her_id, params=params)]
        gathered, gathered_params = f"(SELECT v.{spec.column} {of_hers})", (spec.id,)
    if without_value:
        parts.append(
            _Part("empty", f"NOT EXISTS (SELECT {of_hers})", _FILES, None, "NULL::int", newest_first=True,
                  params=(spec.id,))
        )  # fmt: skip
    return _Sorting(parts, descending, gathered, gathered_params)


_SIGNS: Final = {"eq": "=", "gte": ">=", "lte": "<="}


@dataclass(frozen=True, slots=True)
class _Form:
    """A condition on `customers_customer`, as SQL."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Where:
    """What is asked of a file: in a form that finds all who match at once, and in one that asks a file that is come by.

    `ranges` are the terms that ask own fields for a range, of which PostgreSQL cannot tell how many hold; `rest` is the
    condition without them.
    """

    at_once: _Form
    by_row: _Form
    rest: _Form
    ranges: Sequence[Term]


def _where(narrowing: CustomerFilter, scope: Scope, own: Mapping[str, Spec]) -> _Where:
    """Raises FilterInvalid, EmptyResultSet."""

    def form(asked: CustomerFilter, *, row_by_row: bool = False) -> _Form:
        return _condition_of(filtered(asked, scope=scope, own=own, row_by_row=row_by_row))

    at_once, asked = form(narrowing), terms(narrowing, own=own)
    if not any(is_own(term) for term in asked):
        return _Where(at_once, at_once, at_once, ())
    is_range = [is_own(term) and term.op in {"gte", "lte"} for term in asked]
    rest = replace(narrowing, where=[text for text, out in zip(narrowing.where, is_range, strict=True) if not out])
    return _Where(
        at_once,
        form(narrowing, row_by_row=True),
        form(rest) if any(is_range) else at_once,
        [term for term, ranges in zip(asked, is_range, strict=True) if ranges],
    )


def _condition_of(customers: QuerySet[Customer]) -> _Form:
    query = customers.query
    try:
        text, params = query.get_compiler(connection=connection).compile(query.where)
    except FullResultSet:
        return _Form("TRUE", ())
    return _Form(text, tuple(params))


# -- one page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    part: int
    value: Any
    id: int


@dataclass(frozen=True, slots=True)
class _After:
    """Where the page before ended; `few` says that all matches could be gathered then."""

    part: int
    value: Any
    id: int
    few: bool


def _rows(
    sorting: _Sorting, where: _Where, after: _After | None, wanted: int, *, is_narrow: bool, is_exact: bool
) -> tuple[list[_Found], bool, int | None]:
    """The next rows of the list, whether few match, and on the first page how many where that is known."""
    if not is_narrow:
        return _walked(sorting, where, after, wanted, _WALKED_AT_MOST), False, _total_up_to_limit(where, after)
    asked = _Asked(where.at_once) if is_exact else _cheaper(where)
    is_long = asked.expected > _SURELY_MANY * COUNTED_AT_MOST
    is_dear = asked.expected > _FEW_AT_ANY_COST and asked.cost > _DEAR
    expected = asked.expected
    if (after is None and not is_long and not is_dear) or (after is not None and after.few):
        count, rows = _gathered(sorting, asked.form, after, wanted)
        if count <= COUNTED_AT_MOST:
            return rows, True, count if after is None else None
        expected = max(expected, COUNTED_AT_MOST)
    stretch = int(4 * wanted * _all_files() / max(expected, 1))
    most = min(max(stretch, _WALKED_AT_LEAST), _WALKED_AT_MOST)
    return _walked(sorting, where, after, wanted, most), False, None


def _total_up_to_limit(where: _Where, after: _After | None) -> int | None:
    if after is not None:
        return None
    text = f"SELECT count(*) FROM (SELECT FROM {_FILES} WHERE {where.at_once.sql} LIMIT {COUNTED_AT_MOST + 1}) c"
    (total,) = _query(text, where.at_once.params)[0]
    return None if total > COUNTED_AT_MOST else total


@dataclass(frozen=True, slots=True)
class _Asked:
    """A form of the condition; how many match it, and what finding them all costs in PostgreSQL's unit."""

    form: _Form
    expected: float = 0
    cost: float = 0


def _cheaper(where: _Where) -> _Asked:
    """The form by which all matches are found for less: whoever has a value of an own field is looked up at once, or
    everybody whom the rest of the condition leaves is asked for it."""
    at_once = _asked(where.at_once)
    if where.at_once is where.by_row:
        return at_once
    one_by_one = _asked(where.by_row)
    expected, cost = at_once.expected, at_once.cost
    if where.ranges:
        counts = [fields.count_holders(term, at_most=_HOLDERS_AT_MOST) for term in where.ranges]
        expected = _asked(where.rest).expected * prod(count / _all_files() for count in counts)
        # One of the ranges is looked up, the shortest, and each of its files is then come by.
        cost = max(cost, min(counts) * _COST_OF_A_FILE)
    form = where.at_once if cost <= one_by_one.cost else where.by_row
    return _Asked(form, expected, min(cost, one_by_one.cost))


def _asked(form: _Form) -> _Asked:
    """What the statistics say: a few milliseconds at any size."""
    (plan,) = _query(f"EXPLAIN (FORMAT JSON) SELECT FROM {_FILES} WHERE {form.sql}", form.params)[0]
    told = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return _Asked(form, float(told["Plan Rows"]), float(told["Total Cost"]))


def _all_files() -> int:
    (files,) = _query("SELECT reltuples FROM pg_class WHERE oid = 'customers_customer'::regclass", [])[0]
    return max(int(files), 1)


def _gathered(
    sorting: _Sorting, form: _Form, after: _After | None, wanted: int, *, at_most: int | None = COUNTED_AT_MOST
) -> tuple[int, list[_Found]]:
    """How many match, counted up to just above `at_most`, and of so few the next rows."""
    beyond, params = _beyond_gathered(sorting, after)
    way = "" if sorting.by_place else _direction(sorting)
    sign = "-" if sorting.descending else ""
    last = "-" if sorting.descending or sorting.parts[-1].newest_first else ""
    limit = "" if at_most is None else f"LIMIT {at_most + 1}"
    text = f"""
        WITH matching AS MATERIALIZED (
            SELECT {sorting.value} AS value, id FROM {_FILES} WHERE {form.sql} {limit})
        SELECT counted.n, page.value, page.id FROM (SELECT count(*) AS n FROM matching) counted
          LEFT JOIN LATERAL (
               SELECT value, id FROM matching WHERE {beyond}
                ORDER BY value {way} NULLS LAST, CASE WHEN value IS NULL THEN {last}id ELSE {sign}id END LIMIT %s) page
            ON true
        """
    rows = _query(text, [*sorting.params, *form.params, *params, wanted])
    found = [
        _Found(sorting.part_of(value), None if sorting.by_place else value, id)
        for _, value, id in rows
        if id is not None
    ]
    return rows[0][0], found


def _beyond_gathered(sorting: _Sorting, after: _After | None) -> tuple[str, list[Any]]:
    if after is None:
        return "TRUE", []
    part = sorting.parts[after.part]
    sign = "<" if _way(sorting, part) == "DESC" else ">"
    if after.part == len(sorting.parts) - 1 and part.name == "empty":
        return f"value IS NULL AND id {sign} %s", [after.id]
    value = after.part if sorting.by_place else after.value
    further = ">" if sorting.by_place or not sorting.descending else "<"
    return f"(value {further} %s OR value = %s AND id {sign} %s OR value IS NULL)", [value, value, after.id]


def _walked(sorting: _Sorting, where: _Where, after: _After | None, wanted: int, most: int) -> list[_Found]:
    """Along the index of each part, as far as a page needs."""
    found: list[_Found] = []
    for number in range(after.part if after else 0, len(sorting.parts)):
        here = after if after and after.part == number else None
        more = _part_walked(sorting, number, where, here, wanted - len(found), most)
        if more is None and sorting.by_place:
            # Once for all options: where one was walked in vain, so would be the next.
            return _gathered(sorting, where.at_once, after, wanted, at_most=None)[1]
        found += _sorted(sorting, number, where, here, wanted - len(found)) if more is None else more
        if len(found) >= wanted:
            break
    return found


def _part_walked(
    sorting: _Sorting, number: int, where: _Where, after: _After | None, wanted: int, most: int
) -> list[_Found] | None:
    """None where a stretch was walked in vain."""
    rows = _walk(sorting, number, where, after, wanted, most)
    if len(rows) >= wanted or _reached_end(sorting, number, after, most):
        return rows
    # How thickly matches lie here is known better now than from the statistics.
    if most < _WALKED_AT_MOST and len(rows) * _WALKED_AT_MOST >= wanted * most:
        rows = _walk(sorting, number, where, after, wanted, _WALKED_AT_MOST)
        if len(rows) >= wanted or _reached_end(sorting, number, after, _WALKED_AT_MOST):
            return rows
    return None


def _walk(sorting: _Sorting, number: int, where: _Where, after: _After | None, wanted: int, most: int) -> list[_Found]:
    part = sorting.parts[number]
    stretch, params = _stretch(sorting, part, after)
    value = "NULL::int" if part.value is None else part.value
    if part.source == _FILES:
        # The inner table goes by the name of the outer one, so that the condition means its rows.
        text = (
            f"SELECT value, id FROM (SELECT *, {value} AS value FROM {stretch} LIMIT {most}) {_FILES} "
            f"WHERE {where.by_row.sql} ORDER BY {_along(sorting, part, 'value', 'id')} LIMIT %s"
        )
    else:
        text = (
            f"SELECT value, customers_customer.id FROM (SELECT {value} AS value, customer_id AS walked_id FROM "
            f"{stretch.replace(part.source, 'customers_field_value', 1)} LIMIT {most}) walked "
            f"JOIN {_FILES} ON customers_customer.id = walked_id WHERE {where.by_row.sql} "
            f"ORDER BY {_along(sorting, part, 'value', 'walked_id')} LIMIT %s"
        )
    return [_Found(number, *row) for row in _query(text, [*params, *where.by_row.params, wanted])]


def _reached_end(sorting: _Sorting, number: int, after: _After | None, most: int) -> bool:
    """Whether less of a part was left than is walked at most."""
    part = sorting.parts[number]
    stretch, params = _stretch(sorting, part, after)
    source = stretch.replace(part.source, "customers_field_value", 1) if part.source != _FILES else stretch
    (left,) = _query(f"SELECT count(*) FROM (SELECT 1 FROM {source} LIMIT {most}) s", params)[0]
    return bool(left < most)


def _sorted(sorting: _Sorting, number: int, where: _Where, after: _After | None, wanted: int) -> list[_Found]:
    """Every match of a part, sorted; PostgreSQL is kept from walking an index instead."""
    part = sorting.parts[number]
    beyond, params = _beyond(sorting, part, after)
    way = _way(sorting, part)
    value = "NULL::int" if part.value is None else part.value
    text = (
        f"SELECT {value}, {part.id} FROM {part.source} WHERE {part.holds} AND {where.at_once.sql} AND {beyond} "
        f"ORDER BY {part.unindexed} {_direction(sorting)}, {part.id} + 0 {way} LIMIT %s"
    )
    return [_Found(number, *row) for row in _query(text, [*part.params, *where.at_once.params, *params, wanted])]


def _stretch(sorting: _Sorting, part: _Part, after: _After | None) -> tuple[str, list[Any]]:
    """`FROM … WHERE … ORDER BY …` of what comes after a row, in the order of an index."""
    beyond, params = _beyond(sorting, part, after)
    order = _along(sorting, part, str(part.value), part.id)
    return f"{part.source} WHERE {part.holds} AND {beyond} ORDER BY {order}", [*part.params, *params]


def _along(sorting: _Sorting, part: _Part, value: str, id: str) -> str:
    """In the order of the part's index."""
    # One in descending order with nulls last is read backwards with nulls first.
    nulls = "" if not part.nullable else " NULLS LAST" if sorting.descending else " NULLS FIRST"
    first = "" if part.value is None else f"{value} {_direction(sorting)}{nulls}, "
    return f"{first}{id} {_way(sorting, part)}"


def _beyond(sorting: _Sorting, part: _Part, after: _After | None) -> tuple[str, list[Any]]:
    if after is None:
        return "TRUE", []
    sign = "<" if _way(sorting, part) == "DESC" else ">"
    if part.value is None:
        return f"{part.id} {sign} %s", [after.id]
    return f"({part.value}, {part.id}) {sign} (%s, %s)", [after.value, after.id]


def _direction(sorting: _Sorting) -> str:
    return "DESC" if sorting.descending else "ASC"


def _way(sorting: _Sorting, part: _Part) -> str:
    """In which direction ids decide."""
    return "DESC" if sorting.descending or part.newest_first else "ASC"


def _query(text: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


# -- cursors ---------------------------------------------------------------------------------------------------------


def _position(sorting: _Sorting, order: str, cursor: str | None) -> _After | None:
    if cursor is None:
        return None
    told = decode_cursor(cursor, order)
    if len(told) != 4:
        raise BadCursor
    name, value, customer_id, few = told
    numbers = [number for number, part in enumerate(sorting.parts) if part.name == name]
    if not numbers or type(customer_id) is not int or not 0 < customer_id < 2**63 or type(few) is not bool:
        raise BadCursor
    return _After(numbers[0], _value_of(sorting.parts[numbers[0]].kind, value), customer_id, few)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _value_of(kind: type | None, value: Any) -> Any:
    """A cursor comes from outside: a wrong type would fail in the database."""
    try:
        if kind is None and value is None:
            return None
        if kind is int and type(value) is int and abs(value) < 2**63:
            return value
        if kind is str and isinstance(value, str) and not has_forbidden_characters(value):
            return value
        if kind is date and isinstance(value, str):
            return date.fromisoformat(value)
        if kind is datetime and isinstance(value, str):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None:
                return instant
    except ValueError as error:
        raise BadCursor from error
    raise BadCursor
