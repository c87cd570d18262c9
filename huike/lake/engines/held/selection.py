"""From an Ibis expression over the customers to sets of them: which columns are looked at with which conditions, which
questions are asked of other tables, and how the answers are put together.

SQL has three truths. `_chosen` follows where a condition is true or, with `so=False`, where it is false; unknown is
neither. So `NOT (a AND b)` chooses those of whom `a` is false or `b` is, as every engine does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, reduce
from typing import Any

import ibis
import ibis.expr.operations as ops
from ibis.expr.types import Table

from huike.lake.registry import TableSpec, tables


class NotReadable(Exception):
    """It is to be asked in SQL."""


@dataclass(frozen=True, slots=True)
class Source:
    """A column of the customers' table, or of rows about them: those of `table` whose columns are as `where` says.
    Without a `column`: whether there is any row."""

    table: str
    where: tuple[tuple[str, str | int], ...] = ()
    column: str | None = None

    @property
    def spec(self) -> TableSpec:
        return next(spec for spec in tables() if spec.name == self.table)


EVERYBODY = Source("customers")


VALUES = "held"
"""The table that conditions are asked of: the different values of a source, in columns `code` and `value`."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Those with a value in the source of which the condition, on `VALUES`, is true; with any row where there is
    none."""

    source: Source
    condition: Any | None = None


@dataclass(frozen=True, slots=True)
class Among:
    """Those whose ids are the answer to another question: a relation of one column."""

    question: Any


@dataclass(frozen=True, slots=True)
class Every:
    parts: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Some:
    parts: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Others:
    """Everybody but those."""

    part: Selection


@dataclass(frozen=True, slots=True)
class Exactly:
    """Those who are in so many of the parts."""

    number: int
    parts: tuple[Selection, ...]


Selection = Holds | Among | Every | Some | Others | Exactly

_ALL, _NONE = Every(()), Some(())


def selection_of(expression: Any) -> Selection | None:
    """Whom a table expression chooses of the customers, whatever it shows of them; None where it is no such choice."""
    operation = expression.op()
    if isinstance(operation, ops.CountStar) and operation.where is None:
        operation = operation.arg
    try:
        return _chosen_by(operation)
    except NotReadable:
        return None


def shows_ids(expression: Any) -> bool:
    return isinstance(expression, Table) and tuple(expression.columns) == ("id",)


def counts_of(expression: Any) -> dict[str, Selection] | None:
    """Of an expression of one row of counts of customers: who is counted in each, by its name."""
    operation = expression.op()
    if not isinstance(operation, ops.Aggregate) or operation.groups:
        return None
    try:
        everybody = _chosen_by(operation.parent)
        return {name: _counted(metric, operation.parent, everybody) for name, metric in operation.metrics.items()}
    except NotReadable:
        return None


def leaves_of(selection: Selection) -> Iterator[Holds | Among]:
    match selection:
        case Every(parts) | Some(parts) | Exactly(parts=parts):
            for part in parts:
                yield from leaves_of(part)
        case Others(part):
            yield from leaves_of(part)
        case _:
            yield selection


def _counted(metric: Any, relation: Any, everybody: Selection) -> Selection:
    if not isinstance(metric, ops.CountStar) or metric.arg != relation:
        raise NotReadable
    return everybody if metric.where is None else Every((everybody, _chosen(metric.where, so=True)))


def _chosen_by(relation: Any) -> Selection:
    match relation:
        case ops.UnboundTable(name=EVERYBODY.table):
            return Holds(EVERYBODY)
        case ops.Filter(parent=parent, predicates=predicates):
            return Every((_chosen_by(parent), *(_chosen(predicate, so=True) for predicate in predicates)))
        case ops.Project(parent=parent) if not relation.find((ops.Unnest, ops.WindowFunction)):
            return _chosen_by(parent)
    raise NotReadable


def _chosen(condition: Any, *, so: bool) -> Selection:
    match condition:
        case ops.And() | ops.Or():
            parts = tuple(_chosen(part, so=so) for part in _flattened(condition, type(condition)))
            return Every(parts) if isinstance(condition, ops.And) == so else Some(parts)
        case ops.Not(arg=arg):
            return _chosen(arg, so=not so)
        case ops.Coalesce(arg=(arg, ops.Literal(value=False))):
            return _certain(_chosen(arg, so=True), so=so)
        case ops.Literal(value=bool(value)):
            return _ALL if value == so else _NONE
        case ops.InSubquery(rel=rel, needle=needle) if _column_of(needle) == "id":
            return _certain(_among(rel), so=so)
        case ops.Field(rel=ops.Project(values=values), name=name):
            return _chosen(values[name], so=so)
        case ops.Greater(left=ops.SearchedCase() as case, right=ops.Literal(value=int(value))):
            return _certain(_first_case(case, lambda result: result > value), so=so)
        case ops.Equals(left=ops.SearchedCase() as case, right=ops.Literal(value=int(value))):
            return _certain(_first_case(case, lambda result: result == value), so=so)
        case ops.Equals(left=ops.Add() | ops.Cast() as numbers, right=ops.Literal(value=int(value))) if so:
            return Exactly(value, tuple(_as_number(number) for number in _flattened(numbers, ops.Add)))
    return _compared(condition if so else ops.Not(condition))


def _certain(chosen: Selection, *, so: bool) -> Selection:
    """Of what is true or false of everybody, never unknown."""
    return chosen if so else Others(chosen)


def _first_case(case: Any, is_meant: Callable[[int], bool]) -> Selection:
    """Those whose first case that is true has such a number."""
    if not all(isinstance(result, ops.Literal) for result in (*case.results, case.default)):
        raise NotReadable
    chosen: Selection = _ALL if is_meant(case.default.value) else _NONE
    for condition, result in zip(reversed(case.cases), reversed(case.results), strict=True):
        here = _chosen(condition, so=True)
        if is_meant(result.value):
            chosen = chosen if chosen == _ALL else Some((here, *_parts(chosen, Some)))
        else:
            chosen = chosen if chosen == _NONE else Every((Others(here), *_parts(chosen, Every)))
    return chosen


def _parts(chosen: Selection, kind: type[Every] | type[Some]) -> tuple[Selection, ...]:
    return chosen.parts if isinstance(chosen, kind) else (chosen,)


def _as_number(number: Any) -> Selection:
    """Those of whom a yes or no, as a number, is 1."""
    if not isinstance(number, ops.Cast) or not _is_certain(number.arg):
        raise NotReadable
    return _chosen(number.arg, so=True)


def _is_certain(condition: Any) -> bool:
    """Whether a condition is unknown of nobody."""
    match condition:
        case ops.Coalesce(arg=(_, ops.Literal(value=False))):
            return True
        case ops.And() | ops.Or():
            return all(_is_certain(part) for part in _flattened(condition, type(condition)))
        case ops.Not(arg=arg):
            return _is_certain(arg)
        case ops.Field(rel=ops.Project(values=values), name=name):
            return _is_certain(values[name])
        case ops.Literal(value=value):
            return isinstance(value, bool)
    return False


def _column_of(value: Any) -> str | None:
    """The column of the customers' table that a value is."""
    match value:
        case ops.Field(rel=ops.UnboundTable(name=EVERYBODY.table), name=name):
            return str(name)
        case ops.Field(rel=ops.Filter(parent=parent), name=name):
            return _column_of(ops.Field(parent, name))
        case ops.Field(rel=ops.Project(values=values), name=name):
            return _column_of(values[name])
    return None


def _compared(condition: Any) -> Holds:
    """A condition on one column of the customers."""
    if condition.find(ops.Subquery, filter=ops.Value):
        raise NotReadable
    fields = condition.find(ops.Field, filter=ops.Value)
    names = {_column_of(field) for field in fields}
    if len(names) != 1 or names <= {None, EVERYBODY.spec.customer}:
        raise NotReadable
    (name,) = names
    return Holds(Source(EVERYBODY.table, column=name), _of_values(condition, fields))


def _of_values(condition: Any, fields: Iterable[Any]) -> Any:
    """The condition with the value in the place of these fields, which are of one column."""
    return condition.replace({field: ops.Field(_values(field.dtype), "value") for field in fields})


@cache
def _values(type: Any) -> Any:
    return ibis.table({"code": "int64", "value": type}, name=VALUES).op()


def _among(relation: Any) -> Holds | Among:
    """Rows of a table that is held, limited by one of its columns; anything else is another question."""
    question, predicates = relation, []
    if isinstance(relation, ops.Project):
        relation = relation.parent
    while isinstance(relation, ops.Filter):
        predicates += [part for predicate in relation.predicates for part in _flattened(predicate, ops.And)]
        relation = relation.parent
    if not isinstance(relation, ops.UnboundTable) or relation.name == EVERYBODY.table:
        return Among(question)
    spec = Source(relation.name).spec
    shown = question.values if isinstance(question, ops.Project) else {}
    if spec.held_by is None or [_field(value) for value in shown.values()] != [spec.customer]:
        return Among(question)
    where: dict[str, str | int] = {}
    conditions = []
    for predicate in predicates:
        match predicate:
            case ops.Equals(left=left, right=ops.Literal(value=value)) if _field(left) in spec.held_by:
                where[str(_field(left))] = value
            case _:
                conditions.append(predicate)
    columns = {_field(field) for condition in conditions for field in condition.find(ops.Field, filter=ops.Value)}
    if (
        set(where) != set(spec.held_by)
        or len(columns) > 1
        or any(c.find(ops.Subquery, filter=ops.Value) for c in conditions)
    ):
        return Among(question)
    if not conditions:
        return Holds(Source(spec.name, tuple(sorted(where.items()))))
    (column,) = columns
    whole = reduce(ops.And, conditions)
    plain = _of_values(whole, whole.find(ops.Field, filter=ops.Value))
    return Holds(Source(spec.name, tuple(sorted(where.items())), column), plain)


def _flattened(joined: Any, kind: Any) -> Iterator[Any]:
    """What is joined by one operation, however often, from left to right."""
    waiting = [joined]
    while waiting:
        part = waiting.pop()
        if isinstance(part, kind):
            waiting += [part.right, part.left]
        else:
            yield part


def _field(value: Any) -> str | None:
    return str(value.name) if isinstance(value, ops.Field) else None
