"""From a rule to an Ibis expression: the one meaning that every engine computes.

Negation is pushed down to the conditions, so that a plain condition stays a plain comparison which the engine can look
up in the files' statistics; there "unknown" is "no". A negated condition says "unknown, or not so". So each condition
is true or false of each customer, and `not` is the exact complement.
"""

from __future__ import annotations

import operator
from collections import abc
from dataclasses import replace
from functools import reduce
from hashlib import sha256
from typing import Any

import ibis

from huike.customers.lake import CONSENTS, CUSTOMERS, SUPPRESSIONS
from huike.segments.activities import Activity
from huike.segments.fields import Field, WhereField
from huike.segments.meaning import fields, occurrences, purchases
from huike.segments.meaning.moment import Moment
from huike.segments.rules import (
    All,
    AnyOf,
    Bought,
    Bucket,
    FieldIs,
    Happened,
    InSegment,
    Leaf,
    Node,
    Not,
    Reachable,
    Rule,
    Sequence,
    nodes_of,
)

__all__ = [
    "Moment",
    "bought_counts",
    "branch_counts",
    "bucket_of",
    "customers",
    "detail_counts",
    "explanation",
    "holding",
    "matching",
    "matching_among",
    "people",
    "shuffled",
]

_PRIME = 2_147_483_647  # 2^31 - 1
_BUCKETS = 10_000


def customers(moment: Moment) -> Any:
    """The customers a rule chooses from."""
    table = CUSTOMERS.expression
    if moment.scope.all_stores:
        return table
    return table.filter(table.home_store_id.isin(sorted(moment.scope.store_ids)))


def people(rule: Rule, moment: Moment) -> Any:
    """The rows of the customers of whom the rule holds, with all that the lake has of their files."""
    table = customers(moment)
    return table.filter(_holds(rule.root, table, moment, denied=False))


def matching(rule: Rule, moment: Moment) -> Any:
    """The ids of the customers of whom the rule holds: a table of one column, `id`."""
    if moment.scope.all_stores and isinstance(rule.root, (Bought, Happened, Sequence)):
        found, are_in = _found(rule.root, moment)
        if are_in:
            # Whoever does anything in the lake is a customer in the lake: no need to look at those.
            ids = found.select(id=found.customer_id)
            # A sequence may hold of her several times; of anything else there is one row for each customer.
            return ids.distinct() if isinstance(rule.root, Sequence) else ids
    return people(rule, moment).select("id")


def matching_among(rule: Rule, moment: Moment, customer_ids: list[int]) -> Any:
    """As `matching`, of these customers only."""
    table = customers(moment)
    table = table.filter(table.id.isin(customer_ids))
    return table.filter(_holds(rule.root, table, moment, denied=False)).select("id")


def holding(questions: abc.Sequence[tuple[Rule, Moment]]) -> Any:
    """Of several rules at once: one row for each customer of whom any of them holds, with `id` and whether each holds
    (`h0`, `h1`, …). All moments have one scope."""
    table = customers(questions[0][1])
    marked = table.select(
        id=table.id,
        **{
            f"h{index}": ibis.coalesce(_holds(rule.root, table, moment, denied=False), False)
            for index, (rule, moment) in enumerate(questions)
        },
    )
    return marked.filter(_joined([marked[f"h{index}"] for index in range(len(questions))], every=False))


def branch_counts(rule: Rule, moment: Moment, *, funnel: bool = False) -> tuple[Any, tuple[str, ...]]:
    """One row: how many customers there are (`total`), of how many the root holds (`root`), and each node below it
    (`b0`, `b1`, …, whose paths are the second value). Each condition is computed once, whatever holds it. With `funnel`
    also the counts of `_funnel`, where the root is an `all`."""
    table = customers(moment)
    nodes = list(nodes_of(rule))
    leaves = {
        node: f"c{index}"
        for index, node in enumerate(
            dict.fromkeys(node for _, node in nodes if not isinstance(node, (All, AnyOf, Not)))
        )
    }
    marked = table.select(
        id=table.id,
        **{name: ibis.coalesce(_holds(leaf, table, moment, denied=False), False) for leaf, name in leaves.items()},
    )
    holding = {
        "root" if path == "root" else f"b{index - 1}": _holds_by_marks(node, marked, leaves)
        for index, (path, node) in enumerate(nodes)
    }
    counts = {name: marked.count(where=holds) for name, holds in holding.items()}
    if funnel and isinstance(rule.root, All) and rule.root.nodes:
        counts |= _funnel(marked, [_holds_by_marks(child, marked, leaves) for child in rule.root.nodes])
    return marked.aggregate(total=marked.count(), **counts), tuple(path for path, _ in nodes[1:])


def _funnel(marked: Any, holding: list[Any]) -> dict[str, Any]:
    """For each of several conditions that must all hold: how many are left after it and those before it (`l0`, `l1`,
    …), and how many there would be without it alone (`w0`, …). Whoever drops out does so at the first condition that
    does not hold, and would be kept without a condition when no other fails: two numbers of each customer tell all."""
    first_failing = ibis.cases(*((~holds, index) for index, holds in enumerate(holding)), else_=len(holding))
    failing = reduce(operator.add, [(~holds).cast("int64") for holds in holding])
    left = {f"l{index}": marked.count(where=first_failing > index) for index in range(len(holding))}
    without = {
        f"w{index}": marked.count(where=(failing == 0) | ((failing == 1) & (first_failing == index)))
        for index in range(len(holding))
    }
    return left | without


def _holds_by_marks(node: Node, marked: Any, leaves: dict[Leaf, str]) -> Any:
    match node:
        case All(nodes):
            return _joined([_holds_by_marks(child, marked, leaves) for child in nodes], every=True)
        case AnyOf(nodes):
            return _joined([_holds_by_marks(child, marked, leaves) for child in nodes], every=False)
        case Not(child):
            return ~_holds_by_marks(child, marked, leaves)
        case _:
            return marked[leaves[node]]


def explanation(rule: Rule, moment: Moment, customer_id: int) -> tuple[Any, tuple[str, ...]]:
    """One row for one customer (none where she is not there): whether each node holds (`h0` is the root's, in the
    order of the paths that are the second value), and what conditions looked at: `v0`, or, of what has several parts, a
    column for each (`v0_state`)."""
    table = customers(moment)
    table = table.filter(table.id == customer_id)
    nodes = list(nodes_of(rule))
    shown: dict[str, Any] = {}
    for index, (_, node) in enumerate(nodes):
        shown[f"h{index}"] = ibis.coalesce(_holds(node, table, moment, denied=False), False)
        shown |= {f"v{index}{name}": seen for name, seen in _looked_at(node, table, moment, customer_id).items()}
    return table.select(**shown), tuple(path for path, _ in nodes)


def _looked_at(node: Node, table: Any, moment: Moment, customer_id: int) -> dict[str, Any]:
    """What a condition looks at in the row of one customer, by the end of its column's name."""
    match node:
        case FieldIs():
            return {"": fields.shown_field(node, table, moment, customer_id)}
        case Bought():
            return {"": purchases.measured_of(node, moment, customer_id)}
        case Happened():
            return {"": occurrences.tallied_of(node, moment, customer_id)}
        case Sequence():
            return {f"_{name}": seen for name, seen in occurrences.steps_of(node, moment, customer_id).items()}
        case Reachable():
            consents, suppressed = _word(node), _suppressed(node)
            hers = consents.filter(consents.customer_id == customer_id)
            return {
                "_state": hers.state.max().as_scalar(),
                "_given_at": hers.given_at.max().as_scalar(),
                "_address": _has_address(node, table),
                "_suppressed": table.id.isin(suppressed.customer_id),
            }
        case Bucket(salt=salt):
            return {"": bucket_of(table.id, salt)}
        case _:
            return {}


def value_counts(field: Field, moment: Moment) -> Any:
    """Each value of a field with the number of customers who have it: columns `value`, `count`."""
    return fields.value_counts(field, customers(moment), moment)


def bought_counts(field: WhereField, moment: Moment) -> Any:
    """Each value purchases can be limited to, with how many customers bought so: columns `value`, `count`."""
    return purchases.value_counts(field, customers(moment))


def region_counts(moment: Moment, *, bought: bool) -> Any:
    """One row: how many customers have their home store in each region, or bought there; columns `r` and its id."""
    table = customers(moment)
    if bought:
        return purchases.buyers_by_region(table, moment)
    return table.aggregate(
        **{
            f"r{id}": table.count(where=table.home_store_id.isin(sorted(stores)))
            for id, stores in moment.regions.items()
        }
    )


def detail_counts(activity: Activity, name: str, moment: Moment) -> Any:
    """Each value of a detail of an activity with how often these customers had it: columns `value`, `count`."""
    return occurrences.detail_counts(activity, name, customers(moment))


def _holds(node: Node, table: Any, moment: Moment, *, denied: bool) -> Any:
    match node:
        case All(nodes):
            return _joined([_holds(child, table, moment, denied=denied) for child in nodes], every=not denied)
        case AnyOf(nodes):
            return _joined([_holds(child, table, moment, denied=denied) for child in nodes], every=denied)
        case Not(child):
            return _holds(child, table, moment, denied=not denied)
        case FieldIs():
            return fields.field_holds(node, table, moment, denied=denied)
        case Bought() | Happened() | Sequence():
            found, are_in = _found(node, moment)
            among = table.id.isin(found.customer_id)
            return among if are_in != denied else ~among
        case InSegment(segment_id):
            return _is_in_segment(segment_id, table, moment, denied=denied)
        case Reachable():
            return _is_reachable(node, table, denied=denied)
        case Bucket():
            number = bucket_of(table.id, node.salt)
            inside = (number >= node.low) & (number < node.high)
            return ~inside if denied else inside


def _found(node: Bought | Happened | Sequence, moment: Moment) -> tuple[Any, bool]:
    """A table with the column `customer_id`, and whether the condition holds of those in it, or of all others."""
    match node:
        case Bought():
            return purchases.buyers(node, moment)
        case Happened():
            return occurrences.happened_to(node, moment)
        case Sequence():
            return occurrences.in_sequence(node, moment), True


def _joined(parts: list[Any], *, every: bool) -> Any:
    if not parts:
        return ibis.literal(every)
    return reduce(operator.and_ if every else operator.or_, parts)


def _is_in_segment(segment_id: int, table: Any, moment: Moment, *, denied: bool) -> Any:
    """As the other segment's rule would say now; at the moment it states, where it states one."""
    rule = moment.segments.get(segment_id)
    if rule is None:
        return ibis.literal(denied)
    then = moment if rule.as_of is None else replace(moment, as_of=rule.as_of)
    return _holds(rule.root, table, then, denied=denied)


def _is_reachable(node: Reachable, table: Any, *, denied: bool) -> Any:
    consents = _word(node)
    granted = consents.filter(consents.state == "granted")
    suppressed, address = _suppressed(node), _has_address(node, table)
    reachable = table.id.isin(granted.customer_id) & ~table.id.isin(suppressed.customer_id) & address
    return ~reachable if denied else reachable


def _word(node: Reachable) -> Any:
    """What people said to being written to so: one row for each who said anything."""
    consents = CONSENTS.expression
    return consents.filter((consents.channel == node.channel) & (consents.purpose == node.purpose))


def _suppressed(node: Reachable) -> Any:
    suppressions = SUPPRESSIONS.expression
    return suppressions.filter(suppressions.channel == node.channel)


def _has_address(node: Reachable, table: Any) -> Any:
    return table.has_email if node.channel == "email" else table.has_phone


def bucket_of(ids: Any, salt: str) -> Any:
    """A number from 0 to 9,999 for each id, the same on every engine."""
    return (shuffled(ids, salt) * _BUCKETS // _PRIME).cast("int64")


def shuffled(ids: Any, salt: str) -> Any:
    """A number below 2^31 for each id, the same on every engine: (a·id + b) mod p of a prime p, which spreads ids
    pairwise independently when a and b are drawn at random (J. L. Carter and M. N. Wegman, Universal classes of hash
    functions, 1979); here the salt draws them. All products stay below 2^63."""
    drawn = sha256(f"bucket\x1f{salt}".encode()).digest()
    a = 1 + int.from_bytes(drawn[:8], "big") % (_PRIME - 1)
    b = int.from_bytes(drawn[8:16], "big") % _PRIME
    return ((ids % _PRIME) * a + b) % _PRIME
