"""What an assistant may ask. Each tool is a thin reading of a capability's selectors, in the caller's scope."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from huike.api.mcp.caller import principal
from huike.api.mcp.server import AssistantServer
from huike.customers import selectors as customers
from huike.customers import services as customer_services
from huike.customers import timeline
from huike.customers.schemas import (
    CustomerFile,
    CustomerRow,
    TimelineEntryOut,
    UnmaskedOut,
    customer_rows,
)
from huike.customers.selectors import CustomerFilter
from huike.customers.whole_file import unmasked, whole_file
from huike.kernel.errors import Forbidden, Invalid
from huike.orders import selectors as orders
from huike.orders.schemas import OrderOut, OrderRow
from huike.orders.selectors import OrderFilter
from huike.platform.api import keyset_page
from huike.platform.schema import Schema
from huike.segments import selectors as segments
from huike.segments.activities import activities
from huike.segments.fields import CALENDAR_UNITS, MEASURE_TYPES, MEASURED_OPS, OPERATORS, UNITS, WHERE_FIELDS
from huike.segments.reading import WITHIN_UNITS
from huike.segments.schemas import RuleDocument, WordsOut

server = AssistantServer()

Id = Annotated[int, Field(ge=1, lt=2**63)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Few = Annotated[int, Field(ge=1, le=50)]


class OneOfThem(Invalid):
    code = "assistant.one_of_them"
    title = "Give exactly one of these"


class CustomersFound(Schema):
    """`total` is null when there are more than can be counted quickly."""

    customers: list[CustomerRow]
    total: int | None


@server.offer(requires="customers.read", title="Find a customer")
def find_customer(
    phone: Text | None = None,
    email: Text | None = None,
    card_number: Text | None = None,
    name: Text | None = None,
    limit: Few = 10,
) -> CustomersFound:
    """Find people by exactly one of: phone (whole, or its last four digits), e-mail, member card number, or name (its
    beginning, characters or pinyin). Personal data comes masked."""
    given = [text for text in (phone, email, card_number, name) if text]
    if len(given) != 1:
        raise OneOfThem(names=["phone", "email", "card_number", "name"])
    scope = principal().scope
    page = customers.list_customers(CustomerFilter(q=given[0]), scope=scope, limit=limit)
    return CustomersFound(customers=customer_rows(page.items, scope=scope), total=page.total)


class WholeFile(Schema):
    """`in_clear` is null unless it was asked for. `timeline` is newest first."""

    file: CustomerFile
    timeline: list[TimelineEntryOut]
    in_clear: UnmaskedOut | None


@server.offer(requires="customers.read", title="Read a customer's file")
def read_customer_file(
    customer_id: Id,
    timeline_entries: Annotated[int, Field(ge=0, le=100)] = 20,
    unmask_reason: Annotated[
        str | None,
        Field(
            min_length=2,
            max_length=300,
            description="Why personal data is needed in clear; logged. The key must hold customers.unmask.",
        ),
    ] = None,
) -> WholeFile:
    """Everything about one person: the file, identities, consents per channel and purpose, purchase figures per
    currency, and the latest of the timeline."""
    caller = principal()
    if unmask_reason is not None and not caller.may("customers.unmask"):
        raise Forbidden(permission="customers.unmask")
    file = whole_file(customer_id, scope=caller.scope)
    entries = timeline.page(customer_id, kinds=None, cursor=None, limit=timeline_entries) if timeline_entries else None
    return WholeFile(
        file=file,
        timeline=[TimelineEntryOut.of(entry) for entry in entries.items] if entries else [],
        in_clear=None if unmask_reason is None else _unmasked(customer_id, unmask_reason),
    )


def _unmasked(customer_id: int, reason: str) -> UnmaskedOut:
    caller = principal()
    data = customer_services.unmask(customer_id, reason=reason, actor=caller.actor, scope=caller.scope)
    return unmasked(data)


class OrdersFound(Schema):
    orders: list[OrderRow]
    has_more: bool


@server.offer(requires="orders.read", title="Find orders")
def find_order(
    number: Annotated[Text | None, Field(description="The order's number at the till or shop it came from")] = None,
    customer_id: Id | None = None,
    limit: Few = 10,
) -> OrdersFound:
    """Orders and returns by number or by customer (exactly one), newest first. Amounts of returns are negative."""
    if (number is None) == (customer_id is None):
        raise OneOfThem(names=["number", "customer_id"])
    scope = principal().scope
    if customer_id is not None:
        customers.find_customer(customer_id, scope=scope)
    found = orders.filtered(OrderFilter(q=number, customer_id=customer_id), scope=scope)
    page = keyset_page(found, order="-placed_at", cursor=None, limit=limit)
    return OrdersFound(
        orders=[OrderRow.of(order, scope=scope) for order in page.items], has_more=page.next_cursor is not None
    )


@server.offer(requires="orders.read", title="Read an order")
def read_order(order_id: Id) -> OrderOut:
    """One order with its lines and payments, by the id that find_order gave."""
    scope = principal().scope
    return OrderOut.of(orders.find_order(order_id, scope=scope), scope=scope)


class SegmentLine(Schema):
    """`count` is of the latest member list; null where there is none, or the caller sees only some stores."""

    id: int
    name: str
    description: str
    sentence: WordsOut
    count: int | None


class SegmentsFound(Schema):
    segments: list[SegmentLine]
    has_more: bool


@server.offer(requires="segments.read", title="List segments")
def list_segments(
    name: Annotated[str, Field(max_length=100, description="Part of the name")] = "", limit: Few = 20
) -> SegmentsFound:
    """Saved segments, newest first, each with its rule in words."""
    scope = principal().scope
    page = keyset_page(segments.list_segments(name), order="-created_at", cursor=None, limit=limit)
    lines = []
    for segment in page.items:
        said = segments.said_of(segment, scope=scope)
        lines.append(
            SegmentLine(
                id=segment.pk,
                name=segment.name,
                description=segment.description,
                sentence=WordsOut(zh=said.zh, en=said.en),
                count=segment.snapshot.count if segment.snapshot is not None and scope.all_stores else None,
            )
        )
    return SegmentsFound(segments=lines, has_more=page.next_cursor is not None)


class ActivityParts(Schema):
    """`sums` and properties may be summed; a property is asked for as `properties.` and its name."""

    verbs: list[str]
    where: dict[str, dict[str, Any]]
    sums: list[str]
    has_properties: bool


class RuleParts(Schema):
    """The words a rule is made of."""

    fields: dict[str, dict[str, Any]]
    bought_measures: dict[str, list[str]]
    bought_where: dict[str, dict[str, Any]]
    activities: dict[str, ActivityParts]
    sequence_units: list[str]
    window_units: list[str]
    calendar_units: list[str]


@server.offer(requires="segments.read", title="What a segment rule may ask")
def describe_rules() -> RuleParts:
    """The fields, operators, purchase measures, activities and windows that a rule for count_segment is made of."""
    return RuleParts(
        fields={
            field.key: {"type": field.type, "ops": list(field.ops), "choices": list(field.choices)}
            for field in segments.catalogue().values()
        },
        bought_measures={
            measure: [op for op in OPERATORS[kind] if op in MEASURED_OPS] for measure, kind in MEASURE_TYPES.items()
        },
        bought_where={
            field.key: {"type": field.type, "ops": list(field.ops), "choices": list(field.choices)}
            for field in WHERE_FIELDS.values()
        },
        activities={
            activity.key: ActivityParts(
                verbs=list(activity.verbs),
                where={
                    detail.key: {"type": detail.type, "ops": list(detail.ops), "choices": list(detail.choices)}
                    for detail in activity.details.values()
                },
                sums=list(activity.sums),
                has_properties=activity.properties is not None,
            )
            for activity in activities().values()
        },
        sequence_units=list(WITHIN_UNITS),
        window_units=list(UNITS),
        calendar_units=list(CALENDAR_UNITS),
    )


class SegmentCount(Schema):
    """`total` is how many customers the caller sees in all; the count is true as of `fresh_at`."""

    count: int
    total: int
    sentence: WordsOut
    fresh_at: datetime | None


@server.offer(requires="segments.read", title="Count a segment")
def count_segment(
    segment_id: Id | None = None,
    rule: RuleDocument | None = None,
) -> SegmentCount:
    """How many customers match a saved segment or a rule, now, within what the caller may see; with the rule in
    plain words, to read back to whoever asked. describe_rules has the words a rule is made of."""
    if (segment_id is None) == (rule is None):
        raise OneOfThem(names=["segment_id", "rule"])
    document = rule if segment_id is None else segments.find_segment(segment_id).rule
    read = segments.accept_rule(document)
    scope = principal().scope
    counted = segments.count_rule(read, scope=scope, branches=False)
    said = segments.sentences(read, scope=scope)
    return SegmentCount(
        count=counted.count,
        total=counted.total,
        sentence=WordsOut(zh=said.zh, en=said.en),
        fresh_at=counted.fresh_at,
    )
