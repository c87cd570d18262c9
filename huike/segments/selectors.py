"""Reads: counts, samples, explanations and lists. Every one is limited to the caller's scope."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

import ibis
from django.db.models import QuerySet
from pyroaring import BitMap64

from huike.catalog import selectors as catalog
from huike.customers import selectors as customers
from huike.customers.birthdays import words_of_key
from huike.customers.fields.selectors import specs
from huike.customers.models import Customer
from huike.kernel.errors import FieldError, NotFound
from huike.kernel.pages import BadCursor, Page, decode_cursor, encode_cursor
from huike.kernel.scope import EVERYTHING, Scope
from huike.lake.engine import get_engine
from huike.lake.engines.postgres import about_customer
from huike.lake.errors import QueryTooSlow
from huike.lake.freshness import changed_at
from huike.platform import clock
from huike.platform.config import get_config
from huike.segments import expression
from huike.segments.activities import PROPERTY, Activity, activities
from huike.segments.errors import FieldUnknown, RuleInvalid, SegmentNotFound, SegmentNotRefreshed
from huike.segments.expression import Moment
from huike.segments.fields import FIELDS, WHERE_FIELDS, Field, FieldType, own_field
from huike.segments.labels import labels_of, names_within
from huike.segments.meaning.change import tables_of
from huike.segments.models import Segment, Snapshot
from huike.segments.reading import parse_rule
from huike.segments.rules import (
    All,
    AnyOf,
    Bought,
    Bucket,
    FieldIs,
    Happened,
    InSegment,
    Node,
    Not,
    Reachable,
    Rule,
    Sequence,
    rule_document,
    segments_in,
    speaks_of_regions,
    stores_in,
)
from huike.segments.sentences import Sentences, sentences_by_path, sentences_of
from huike.segments.sharing import Shared

INTERACTIVE_SECONDS = 20.0
PICKED_AT_MOST = 50
_NAMED_AT_MOST = 20_000  # of things told by id, which are looked through for a name
_LISTED_AT_ONCE = 500
_LOOKED_THROUGH_AT_MOST = 20_000


class CustomerNotInReach(NotFound):
    code = "customer.not_found"
    title = "There is no such customer, or you may not see the file"


def read_rule(document: Any) -> Rule:
    """The rule of a JSON document, in this deployment's currency. A rule may speak of an archived field of the
    operator's own: it still means what it meant; a segment that is gone has no members, a store that is gone is
    nowhere. Raises RuleInvalid."""
    return parse_rule(document, default_currency=get_config().currency, fields=_EveryField())


def accept_rule(document: Any) -> Rule:
    """As `read_rule`, of a document that somebody gives now. Raises RuleInvalid also where it speaks of a segment or a
    store that is not there."""
    rule = read_rule(document)
    segment_ids, store_ids = segments_in(rule), stores_in(rule)
    segments, stores = set(_rules_of(segment_ids.values())), catalog.store_names(set(store_ids.values()))
    missing = [
        *(
            FieldError(f"{path}.segment", "rule.segment_unknown")
            for path, id in segment_ids.items()
            if id not in segments
        ),
        *(
            FieldError(f"{path}.value.store", "rule.store_unknown")
            for path, id in store_ids.items()
            if id not in stores
        ),
    ]
    if missing:
        raise RuleInvalid(errors=missing)
    return rule


def _rules_of(segment_ids: Iterable[int]) -> dict[int, Any]:
    """The rule documents of segments, by id; of those that are there."""
    wanted = set(segment_ids)
    return dict(Segment.objects.filter(pk__in=wanted).values_list("pk", "rule")) if wanted else {}


def rules_within(rule: Rule) -> dict[int, Rule]:
    """The rules of all segments that a rule speaks of, and those speak of, and so on."""
    found: dict[int, Rule] = {}
    wanted = set(segments_in(rule).values())
    while wanted:
        documents = _rules_of(wanted)
        found |= {segment_id: read_rule(document) for segment_id, document in documents.items()}
        wanted = {id for segment_id in documents for id in segments_in(found[segment_id]).values()} - set(found)
    return found


def catalogue(*, archived: bool | None = False) -> dict[str, Field]:
    """The fields a rule may ask about: those built in, then the operator's own."""
    own = [own_field(spec) for spec in specs(archived=archived).values()]
    return {**FIELDS, **{field.key: field for field in own}}


def archived_fields() -> list[Field]:
    """The operator's own fields that were put away: nobody is offered them, and a rule that asks them still may."""
    return [own_field(spec) for spec in specs(archived=True).values()]


class _EveryField(Mapping[str, Field]):
    """The catalogue with archived fields; the operator's own are looked up when one is asked for that is not built in,
    for most rules ask for none."""

    def __getitem__(self, key: str) -> Field:
        return FIELDS.get(key) or self._all[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    @cached_property
    def _all(self) -> Mapping[str, Field]:
        return catalogue(archived=None)


def moment_of(rule: Rule, *, scope: Scope, now: datetime | None = None, of_regions: bool = False) -> Moment:
    """When a rule is asked that states no moment itself (`now`, else this one), for whom, and among what other segments
    which stores' places and which regions; these also where `of_regions` says that more is asked than the rule."""
    others = rules_within(rule)
    store_ids = {id for asked in (rule, *others.values()) for id in stores_in(asked).values()}
    places = catalog.places_of_stores(store_ids) if store_ids else {}
    of_regions = of_regions or any(map(speaks_of_regions, (rule, *others.values())))
    regions = catalog.regions_with_stores() if of_regions else {}
    return Moment(rule.as_of or now or clock.now(), get_config().zone, scope, others, places, regions)


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """One condition of the root's `all`: how many are `left` after it and those before it, and how many there would be
    `without` it alone."""

    path: str
    left: int
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """`branches` has the count of each node below the root, by its path; `funnel` the conditions of a root that is an
    `all`, in their order, where it was asked for."""

    count: int
    total: int
    branches: list[tuple[str, int]]
    funnel: list[FunnelStep]
    as_of: datetime
    fresh_at: datetime | None
    elapsed_ms: float
    tables: frozenset[str]


_shared_counts: Shared[Counted] = Shared()


def count_rule(rule: Rule, *, scope: Scope, branches: bool, funnel: bool = False) -> Counted:
    """How many customers match. Raises the engine's errors (huike.lake.errors)."""
    now = clock.now()
    moment = moment_of(rule, scope=scope, now=now)
    # Read first: a state that moved since is newer than the key says, and makes another key for the next to ask.
    key = (changed_at(), json.dumps(rule_document(rule)), moment.background, scope, branches, funnel)
    return _shared_counts.answer(key, lambda: _count(rule, moment, branches=branches, funnel=funnel), now=now)


def _count(rule: Rule, moment: Moment, *, branches: bool, funnel: bool) -> Counted:
    started = time.perf_counter()
    each: list[tuple[str, int]] = []
    steps: list[FunnelStep] = []
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        if branches or funnel:
            question, paths = expression.branch_counts(rule, moment, funnel=funnel)
            row = reading.table(question).to_pylist()[0]
            count, total = row["root"], row["total"]
            if branches:
                each = [(path, row[f"b{index}"]) for index, path in enumerate(paths)]
            if funnel and isinstance(rule.root, All):
                steps = [
                    FunnelStep(f"root.all.{index}", row[f"l{index}"], row[f"w{index}"])
                    for index in range(len(rule.root.nodes))
                ]
        else:
            count = reading.count(expression.matching(rule, moment))
            total = reading.count(expression.customers(moment))
        fresh_at = reading.fresh_at
    elapsed_ms = round((time.perf_counter() - started) * 1000, 1)
    return Counted(
        count=count,
        total=total,
        branches=each,
        funnel=steps,
        as_of=moment.as_of,
        fresh_at=fresh_at,
        elapsed_ms=elapsed_ms,
        tables=tables_of(rule, moment.segments),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    customers: list[Customer]
    as_of: datetime
    fresh_at: datetime | None
    tables: frozenset[str]


def sample(rule: Rule, *, scope: Scope, limit: int) -> Sampled:
    """A few of those who match, spread over all of them, the same ones each time."""
    moment = moment_of(rule, scope=scope)
    found = expression.matching(rule, moment)
    found = found.order_by([expression.shuffled(found.id, "sample"), found.id]).limit(limit)
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        ids = reading.table(found).column(0).to_pylist()
        fresh_at = reading.fresh_at
    by_id = customers.customers_by_id(ids, scope=scope)
    return Sampled(
        customers=[by_id[id] for id in ids if id in by_id],
        as_of=moment.as_of,
        fresh_at=fresh_at,
        tables=tables_of(rule, moment.segments),
    )


@dataclass(frozen=True, slots=True)
class Explained:
    """Whether a node holds of one customer, and what its condition looked at."""

    path: str
    kind: str
    holds: bool
    value: Any = None
    children: list[Explained] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    root: Explained
    as_of: datetime
    fresh_at: datetime | None
    tables: frozenset[str]


def holds_now(rule: Rule, *, customer_id: int, scope: Scope) -> bool:
    """Whether the rule holds of one customer at this moment: asked of the truth, not of its copy, in milliseconds
    whatever the number of customers. Nobody out of scope is there. Raises QueryTooSlow."""
    question = expression.matching_among(rule, moment_of(rule, scope=scope), [customer_id])
    with about_customer(customer_id) as asked:
        return asked.count(question) > 0


def explain(rule: Rule, *, customer_id: int, scope: Scope, now: bool = False) -> Why:
    """Why one customer matches or not: as the lake has her, like every count, or as she is now. Raises
    CustomerNotInReach when she is not there, or out of scope."""
    moment = moment_of(rule, scope=scope)
    question, paths = expression.explanation(rule, moment, customer_id)
    with about_customer(customer_id) if now else get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        rows = reading.table(question).to_pylist()
        fresh_at = reading.fresh_at
    if not rows:
        raise CustomerNotInReach
    index_of = {path: index for index, path in enumerate(paths)}

    def tell(node: Node, path: str) -> Explained:
        index = index_of[path]
        match node:
            case All(nodes) | AnyOf(nodes):
                kind = "all" if isinstance(node, All) else "any"
                children = [tell(child, f"{path}.{kind}.{i}") for i, child in enumerate(nodes)]
            case Not(child):
                kind, children = "not", [tell(child, f"{path}.not")]
            case FieldIs():
                kind, children = "field", []
            case Bought():
                kind, children = "bought", []
            case Happened(what=what):
                kind, children = what.key, []
            case Sequence():
                kind, children = "sequence", []
            case InSegment():
                kind, children = "segment", []
            case Reachable():
                kind, children = "consent", []
            case _:
                kind, children = "bucket", []
        value = _shown(node, index, rows[0], customer_id, scope)
        return Explained(path, kind, rows[0][f"h{index}"], value, children)

    return Why(
        root=tell(rule.root, "root"),
        as_of=moment.as_of,
        fresh_at=fresh_at,
        tables=tables_of(rule, moment.segments),
    )


def _shown(node: Node, index: int, row: dict[str, Any], customer_id: int, scope: Scope) -> Any:
    """What a condition looked at, from the columns of its node."""
    match node:
        case Sequence() | Reachable():
            begins = f"v{index}_"
            return {name.removeprefix(begins): _json_value(row[name]) for name in row if name.startswith(begins)}
        case InSegment():
            return segments_with(customer_id)
        case Bucket():
            return row[f"v{index}"] / 100
    value = _json_value(row.get(f"v{index}"))
    return _told(node.field, value, scope) if isinstance(node, FieldIs) and value is not None else value


def segments_with(customer_id: int) -> list[str]:
    """The names of the segments on whose newest member lists a customer is, in order."""
    lists = Segment.objects.filter(snapshot__members__isnull=False).order_by("name", "pk")
    return [
        name
        for name, members in lists.values_list("name", "snapshot__members").iterator(chunk_size=20)
        if customer_id in BitMap64.deserialize(bytes(members or b""))
    ]


def _told(field: Field, value: Any, scope: Scope) -> Any:
    """A value as people know it: a store's name for its number, a birthday in words. What has no name within `scope`
    stays a number."""
    if field.type is FieldType.BIRTHDAY:
        return words_of_key(value)
    if field.labels is None:
        return value
    ids = value if isinstance(value, list) else [value]
    names = names_within(field.labels, set(ids), scope=scope)
    named = [names.get(id, id) for id in ids]
    return named if isinstance(value, list) else named[0]


def _json_value(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool, int, float, list)) else float(value)


@dataclass(frozen=True, slots=True)
class ValueCounted:
    value: str | int | bool
    label: str
    count: int


def values_of(field_key: str, *, q: str, scope: Scope) -> list[ValueCounted]:
    """Real values of a text, choice or list field with their number of customers, the most frequent first; `q` narrows
    them to those whose label holds it. `bought.product` is what purchases can be limited to, `did.event` what an
    activity can. Raises FieldUnknown for a field that has no list of values."""
    activity, _, detail = field_key.partition(".")
    if activity in activities() and detail:
        return _values_of_detail(activities()[activity], detail, q=q, scope=scope)
    if activity == "bought" and detail:
        return _values_of_purchases(detail, q=q, scope=scope)
    chosen = _EveryField().get(field_key)
    if chosen is None or not has_values(chosen):
        raise FieldUnknown
    if chosen.of_regions:
        return _values_of_regions(q=q, scope=scope, bought=False)
    counts = expression.value_counts(chosen, moment_of(Rule(All(())), scope=scope))
    if q and chosen.labels is None:
        counts = counts.filter(counts.value.lower().contains(q.lower()))
    counts = counts.order_by([ibis.desc("count"), "value"])
    counts = counts.limit(PICKED_AT_MOST if chosen.labels is None else _NAMED_AT_MOST)
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        rows = reading.table(counts).to_pylist()
    if chosen.labels is None:
        # Built-in choices are said by whoever shows them, in her language; options have one name.
        said = {key: words.zh for key, words in chosen.choice_words.items()} if chosen.is_own else {}
        return [ValueCounted(row["value"], said.get(row["value"], row["value"]), row["count"]) for row in rows]
    return _named(rows, chosen.labels, q=q, scope=scope)


def _values_of_detail(activity: Activity, detail: str, *, q: str, scope: Scope) -> list[ValueCounted]:
    """Values of what an activity is filtered by; of `properties` the names of properties, of `properties.color` its
    texts. Counts are of times, not of people."""
    known = activity.details.get(detail)
    is_property = activity.properties is not None and f"{detail}.".startswith(PROPERTY)
    if not is_property and (known is None or known.type not in {FieldType.TEXT, FieldType.CHOICE, FieldType.LIST}):
        raise FieldUnknown
    labels = known.labels if known is not None else None
    counts = expression.detail_counts(activity, detail, moment_of(Rule(All(())), scope=scope))
    if q and labels is None:
        counts = counts.filter(counts.value.lower().contains(q.lower()))
    counts = counts.order_by([ibis.desc("count"), "value"]).limit(PICKED_AT_MOST if labels is None else _NAMED_AT_MOST)
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        rows = reading.table(counts).to_pylist()
    if labels is None:
        return [ValueCounted(row["value"], row["value"], row["count"]) for row in rows]
    return _named(rows, labels, q=q, scope=scope)


def _values_of_purchases(key: str, *, q: str, scope: Scope) -> list[ValueCounted]:
    """What was bought, where and how, with how many customers did."""
    chosen = WHERE_FIELDS.get(key)
    if chosen is None or chosen.type is not FieldType.CHOICE:
        raise FieldUnknown
    if key == "region":
        return _values_of_regions(q=q, scope=scope, bought=True)
    counts = expression.bought_counts(chosen, moment_of(Rule(All(())), scope=scope))
    counts = counts.order_by([ibis.desc("count"), "value"]).limit(_NAMED_AT_MOST)
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        rows = reading.table(counts).to_pylist()
    if chosen.labels is None:
        return [ValueCounted(row["value"], row["value"], row["count"]) for row in rows]
    return _named(rows, chosen.labels, q=q, scope=scope)


def _values_of_regions(*, q: str, scope: Scope, bought: bool) -> list[ValueCounted]:
    """Every region anybody belongs to or bought in, with how many: those of a region are those of all below it too."""
    regions = catalog.regions_with_stores()
    if not regions:
        return []
    counts = expression.region_counts(replace(moment_of(Rule(All(())), scope=scope), regions=regions), bought=bought)
    with get_engine().reading(timeout_seconds=INTERACTIVE_SECONDS) as reading:
        (row,) = reading.table(counts).to_pylist()
    found = [{"value": id, "count": row[f"r{id}"]} for id in regions if row[f"r{id}"]]
    return _named(sorted(found, key=lambda told: (-told["count"], told["value"])), "region", q=q, scope=scope)


def _named(rows: list[dict[str, Any]], labels: str, *, q: str, scope: Scope) -> list[ValueCounted]:
    names = names_within(labels, {row["value"] for row in rows}, scope=scope)
    named = [ValueCounted(row["value"], names[row["value"]], row["count"]) for row in rows if row["value"] in names]
    return [counted for counted in named if q.lower() in counted.label.lower()][:PICKED_AT_MOST]


def has_values(field: Field) -> bool:
    return field.type in {"text", "choice", "list"} and field.key != "name"


def sentences(rule: Rule, *, scope: Scope) -> Sentences:
    """The rule in words; what it names by id and `scope` may not see stays a number."""
    return sentences_of(rule, labels_of([rule], scope=scope), zone=get_config().zone)


def said_in_parts(rule: Rule, *, scope: Scope) -> tuple[Sentences, dict[str, Sentences]]:
    """The rule in words, and each of its nodes by its path."""
    labels = labels_of([rule], scope=scope)
    return sentences_of(rule, labels, zone=get_config().zone), sentences_by_path(rule, labels)


def said_of(segment: Segment, *, scope: Scope) -> Sentences:
    """The rule of a segment in words; what it asks about may be gone."""
    try:
        return sentences(read_rule(segment.rule), scope=scope)
    except RuleInvalid:
        return Sentences("规则里有已经不存在的条件", "The rule asks about something that is no longer there")


def list_segments(q: str) -> QuerySet[Segment]:
    lists = ("snapshot__members", "snapshot__entered_ids", "snapshot__left_ids")
    found = Segment.objects.select_related("snapshot").defer(*lists)
    return found.filter(name__icontains=q) if q else found


def find_segment(segment_id: int) -> Segment:
    """Raises SegmentNotFound."""
    segment = list_segments("").filter(pk=segment_id).first()
    if segment is None:
        raise SegmentNotFound
    return segment


def members_of(segment_id: int) -> tuple[Snapshot, BitMap64]:
    """The latest member list of a segment. Raises SegmentNotFound, SegmentNotRefreshed."""
    # In one statement: a snapshot that is no longer the newest has lost its list.
    newest = Segment.objects.filter(pk=segment_id).values("snapshot_id")
    snapshot = Snapshot.objects.filter(pk__in=newest).defer("entered_ids", "left_ids").first()
    if snapshot is None or snapshot.members is None:
        find_segment(segment_id)
        raise SegmentNotRefreshed
    return snapshot, BitMap64.deserialize(bytes(snapshot.members))


def list_members(
    segment_id: int, *, scope: Scope, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Customer]:
    """Members by id, as of the latest refresh; of whom the caller sees those in scope. A page may be shorter than asked
    while there are more: go on with its cursor. Raises SegmentNotFound, SegmentNotRefreshed, BadCursor."""
    snapshot, members = members_of(segment_id)
    order = f"members:{segment_id}"
    reached = _position(cursor, order)
    found: list[Customer] = []
    looked_at, done = 0, False
    while len(found) < limit and looked_at < _LOOKED_THROUGH_AT_MOST and not done:
        candidates = _candidates(members, after=reached, q=q, scope=scope)
        visible = customers.customers_by_id((id for id in candidates if id in members), scope=scope)
        done = len(candidates) < _LISTED_AT_ONCE
        for looked, customer_id in enumerate(candidates, start=1):
            reached = customer_id
            looked_at += 1
            if customer_id in visible and visible[customer_id].state == Customer.State.ACTIVE:
                found.append(visible[customer_id])
            if len(found) == limit:
                done = done and looked == len(candidates)
                break
    total = snapshot.count if scope.all_stores and not q else None
    return Page(found, None if done else encode_cursor(order, [reached]), total)


def _candidates(members: BitMap64, *, after: int, q: str, scope: Scope) -> list[int]:
    """The next ids to look at: members in order, or the customers that a search finds."""
    if not q:
        return list(islice(members.iter_equal_or_larger(after + 1), _LISTED_AT_ONCE))
    matches = customers.filtered(customers.CustomerFilter(q=q), scope=scope).filter(pk__gt=after)
    return list(matches.order_by("pk").values_list("pk", flat=True)[:_LISTED_AT_ONCE])


def _position(cursor: str | None, order: str) -> int:
    if cursor is None:
        return 0
    values = decode_cursor(cursor, order)
    if len(values) != 1 or not isinstance(values[0], int) or not 0 <= values[0] < 2**63 - 1:
        raise BadCursor
    return values[0]


def segment_names(segment_ids: Iterable[int]) -> dict[int, str]:
    """By id, of the segments that are there."""
    wanted = set(segment_ids)
    return dict(Segment.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def segments_holding(segment_ids: Iterable[int], *, customer_id: int) -> set[int]:
    """Those of these segments whose rule holds of a customer now. One that is gone, asks about what is gone, or cannot
    be answered in time does not hold: whoever waits at a till is not sent away for it."""
    holding = set()
    for segment_id, document in _rules_of(segment_ids).items():
        try:
            if holds_now(read_rule(document), customer_id=customer_id, scope=EVERYTHING):
                holding.add(segment_id)
        except (RuleInvalid, QueryTooSlow):
            continue
    return holding
