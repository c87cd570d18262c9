"""From a question to SQL: a question of a shape that was seen before is not compiled again.

Whoever types a rule asks one question after another that differ in a value: a city, an amount, a moment. Ibis takes
milliseconds for each, as long as DuckDB takes to answer over a million customers. So the values that something is
compared with are lifted out: what is left is the question's shape, which is compiled once, with a hole for each value;
afterwards the values are put in, as the compiler writes them. Equal values share a hole, so that what is asked twice in
a question is still seen to be the same.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge

_SHAPES_KEPT: Final = 512
_LITERALS_KEPT: Final = 10_000
_COMPARED: Final = (ops.Comparison, ops.Between, ops.InValues, ops.ArrayContains)
# Not to be guessed: a text in a question that looked like a hole would be taken for one.
_MARK: Final = f"hole_{secrets.token_hex(16)}_"

_Literals = tuple[ops.Literal, ...]


class _Hole(ops.Scalar):  # type: ignore[misc]
    """In the place of one literal, or of a list of them."""

    number: int
    dtype: dt.DataType
    shape = ds.scalar

    @property
    def name(self) -> str:
        return f"hole_{self.number}"


class Compiler:
    """Compiles for one dialect. `ibis_compiler` is a class of Ibis's; what it made may be `finished` before it is
    written down. Safe to use from several threads."""

    def __init__(self, ibis_compiler: type[Any], *, finished: Callable[[Any], Any] = lambda tree: tree) -> None:
        self._compiler = type(f"Holed{ibis_compiler.__name__}", (ibis_compiler,), {"visit__Hole": _visit_hole})()
        self._finished = finished
        self._lock = threading.Lock()
        # Least recently used first. A shape's SQL: texts, with the numbers of holes between them.
        self._known: dict[Hashable, tuple[str, ...]] = {}
        self._written = lru_cache(_LITERALS_KEPT)(self._written_anew)

    def sql(self, expression: Any) -> str:
        """The SQL of an expression. Raises what Ibis raises of an expression the dialect has no words for."""
        root = expression.as_table().op()
        shape, values = _shape_of(root)
        texts = self._pieces(shape, root, values)
        put_in = [", ".join(map(self._written, literals)) for literals in values]
        return "".join(put_in[int(text)] if place % 2 else text for place, text in enumerate(texts))

    def _pieces(self, shape: Hashable, root: Any, values: Iterable[_Literals]) -> tuple[str, ...]:
        with self._lock:
            pieces = self._known.pop(shape, None)
            if pieces is not None:
                self._known[shape] = pieces
                return pieces
        pieces = tuple(re.split(f"{_MARK}(\\d+)_", self._compiled(_with_holes(root, values))))
        with self._lock:
            self._known[shape] = pieces
            if len(self._known) > _SHAPES_KEPT:
                del self._known[next(iter(self._known))]
        return pieces

    def _compiled(self, root: Any) -> str:
        tree = self._finished(self._compiler.to_sqlglot(root.to_expr()))
        return str(tree.sql(dialect=self._compiler.dialect, copy=False))

    def _written_anew(self, literal: ops.Literal) -> str:
        tree = self._compiler.visit_Literal(literal, value=literal.value, dtype=literal.dtype)
        return str(tree.sql(dialect=self._compiler.dialect, copy=False))


def _visit_hole(_compiler: Any, _op: Any, *, number: int, dtype: dt.DataType) -> sge.Expression:
    return sge.Var(this=f"{_MARK}{number}_")


def _lifted(value: Any) -> _Literals:
    """The literals a compared value is made of, where they may be another value's of the same shape."""
    literals = value if isinstance(value, tuple) else (value,)
    return literals if literals and all(map(_may_be_lifted, literals)) else ()


def _may_be_lifted(value: Any) -> bool:
    if not isinstance(value, ops.Literal) or value.value is None:
        return False
    type = value.dtype.value_type if value.dtype.is_array() else value.dtype
    return bool(type.is_integer() or type.is_string() or type.is_timestamp() or type.is_date())


def _shape_of(root: Any) -> tuple[Hashable, list[_Literals]]:
    """What is told apart of a question, and the values of its holes. The shape lists the nodes, each after those it is
    made of, which stand in it by their numbers."""
    numbers: dict[Any, int] = {}
    holes: dict[_Literals, int] = {}
    told: list[Hashable] = []
    waiting = [root]
    while waiting:
        node = waiting[-1]
        if node in numbers:
            waiting.pop()
            continue
        if isinstance(node, ops.UnboundTable):
            described: Hashable = node
        else:
            is_compared = isinstance(node, _COMPARED)
            before = len(waiting)
            described = (type(node), *(_told(arg, is_compared, numbers, holes, waiting) for arg in node.__args__))
            if len(waiting) > before:
                continue
        waiting.pop()
        numbers[node] = len(told)
        told.append(described)
    return tuple(told), list(holes)


def _told(
    arg: Any, is_compared: bool, numbers: dict[Any, int], holes: dict[_Literals, int], waiting: list[Any]
) -> Hashable:
    """An argument of a node as its shape has it. What it is made of and has no number yet is added to `waiting`."""
    if isinstance(arg, ops.Node):
        literals = _lifted(arg) if is_compared else ()
        if literals:
            return _Hole, holes.setdefault(literals, len(holes)), arg.dtype
        if arg in numbers:
            return ops.Node, numbers[arg]
        waiting.append(arg)
        return None
    if isinstance(arg, tuple):
        literals = _lifted(arg) if is_compared else ()
        if literals:
            return _Hole, holes.setdefault(literals, len(holes))
        return tuple(_told(part, False, numbers, holes, waiting) for part in arg)
    if isinstance(arg, Mapping):
        return tuple((name, _told(part, False, numbers, holes, waiting)) for name, part in arg.items())
    return type(arg), arg


def _with_holes(root: Any, values: Iterable[_Literals]) -> Any:
    numbers = {literals: number for number, literals in enumerate(values)}

    def holed(arg: Any) -> Any:
        literals = _lifted(arg)
        if not literals:
            return arg
        hole = _Hole(numbers[literals], literals[0].dtype)
        return (hole,) if isinstance(arg, tuple) else hole

    def replaced(node: Any, changed: Mapping[str, Any] | None) -> Any:
        if isinstance(node, _COMPARED):
            args = dict(zip(node.__argnames__, node.__args__, strict=True)) | dict(changed or {})
            return type(node)(**{name: holed(arg) for name, arg in args.items()})
        return node.__recreate__(changed) if changed else node

    return root.replace(replaced)
