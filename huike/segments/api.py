"""Segments over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from huike.customers.built_in import Words
from huike.customers.schemas import CustomerRow, Id, customer_rows
from huike.lake.freshness import topics_of
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.job_schema import JobOut
from huike.platform.schema import PageOf
from huike.platform.signals import DAY
from huike.segments import selectors, services
from huike.segments.activities import TALLY_TYPES, Activity, Detail, Tally, activities
from huike.segments.fields import (
    CALENDAR_UNITS,
    MEASURE_TYPES,
    MEASURED_OPS,
    OPERATORS,
    UNITS,
    WHERE_FIELDS,
    Field,
    FieldType,
    WhereField,
)
from huike.segments.membership import services as memberships
from huike.segments.membership.lists import make_list_of
from huike.segments.models import Segment
from huike.segments.reading import REACH_CHANNELS, REACH_PURPOSES, WITHIN_UNITS
from huike.segments.schemas import (
    ActivityOut,
    BoughtOut,
    BranchCount,
    CatalogueOut,
    ChoiceOut,
    CountIn,
    CountOut,
    ExplainIn,
    ExplainOut,
    Explanation,
    FieldOut,
    FunnelStep,
    ListedIn,
    MeasureOut,
    NodeInWords,
    PreviewIn,
    PreviewOut,
    ReachOut,
    RuleIn,
    RuleInWords,
    SegmentIn,
    SegmentOut,
    SegmentPatch,
    Sentence,
    SequenceOut,
    ValueCount,
    VerbOut,
    WindowsOut,
    WordsOut,
)
from huike.segments.selectors import Explained
from huike.staff.access import Requires, principal_of

router = Router(tags=["segments"])

Limit = Annotated[int, Query(ge=1, le=200)]
Search = Annotated[str, Query(max_length=100)]


@router.get(
    "/segments/fields",
    auth=Requires("segments.read"),
    operation_id="get_segment_catalogue",
    summary="What a rule may ask about",
    response={200: CatalogueOut, **problems()},
)
def get_segment_catalogue(request: HttpRequest) -> CatalogueOut:
    config = get_config()
    return CatalogueOut(
        fields=[_asked_of_people(field) for field in selectors.catalogue().values()],
        archived=[_asked_of_people(field) for field in selectors.archived_fields()],
        bought=BoughtOut(
            measures=[
                MeasureOut(
                    key=measure,
                    type=type,
                    ops=_measured_ops(type),
                )
                for measure, type in MEASURE_TYPES.items()
            ],
            where_fields=[
                _field(field, group="purchase", has_values=field.type is FieldType.CHOICE)
                for field in WHERE_FIELDS.values()
            ],
        ),
        activities=[_activity(activity) for activity in activities().values()],
        sequence=SequenceOut(steps=_steps(), units=list(WITHIN_UNITS)),
        reach=ReachOut(channels=_choices(REACH_CHANNELS) or [], purposes=_choices(REACH_PURPOSES) or []),
        windows=WindowsOut(units=list(UNITS), calendar_units=list(CALENDAR_UNITS)),
        timezone=config.timezone,
        currency=config.currency,
    )


def _asked_of_people(field: Field) -> FieldOut:
    return _field(field, group=field.group, has_values=selectors.has_values(field), currency=field.currency)


def _field(
    field: Field | WhereField | Detail, *, group: str, has_values: bool, currency: str | None = None
) -> FieldOut:
    return FieldOut(
        key=field.key,
        type=field.type,
        group=group,
        ops=list(field.ops),
        value_kind=field.value_kind,
        words=WordsOut.model_validate(field.words),
        choices=_choices(field.choice_words),
        has_values=has_values,
        currency=currency,
        labels=field.labels,
    )


def _steps() -> list[str]:
    return ["bought", *(key for key, activity in activities().items() if activity.may_be_step)]


def _measured_ops(type: FieldType) -> list[str]:
    return [op for op in OPERATORS[type] if op in MEASURED_OPS]


def _activity(activity: Activity) -> ActivityOut:
    return ActivityOut(
        key=activity.key,
        words=WordsOut.model_validate(activity.words),
        verbs=[
            VerbOut(
                key=verb.key,
                words=WordsOut.model_validate(verb.words),
                none=WordsOut.model_validate(verb.none),
                ahead=verb.ahead,
            )
            for verb in activity.verbs.values()
        ],
        measures=[
            MeasureOut(key=tally, type=type, ops=_measured_ops(type))
            for tally, type in TALLY_TYPES.items()
            if tally is not Tally.SUM or activity.sums or activity.properties is not None
        ],
        sums=list(activity.sums),
        has_properties=activity.properties is not None,
        where_fields=[
            _field(
                detail,
                group=activity.key,
                has_values=detail.type in {FieldType.TEXT, FieldType.CHOICE, FieldType.LIST},
            )
            for detail in activity.details.values()
        ],
    )


def _choices(words: Mapping[str, Words]) -> list[ChoiceOut] | None:
    return [ChoiceOut(value=key, words=WordsOut.model_validate(said)) for key, said in words.items()] or None


@router.get(
    "/segments/values",
    auth=Requires("segments.read"),
    operation_id="list_field_values",
    summary="Real values of a field, with how many customers have each",
    response={200: list[ValueCount], **problems(404, 503)},
)
def list_field_values(
    request: HttpRequest, field: Annotated[str, Query(max_length=60)], q: Search = ""
) -> list[ValueCount]:
    found = selectors.values_of(field, q=q, scope=principal_of(request).scope)
    return [ValueCount(value=row.value, label=row.label, count=row.count) for row in found]


@router.post(
    "/segments/count",
    auth=Requires("segments.read"),
    operation_id="count_rule",
    summary="How many customers match a rule, and each of its nodes",
    response={200: CountOut, **problems(503)},
)
def count_rule(request: HttpRequest, body: CountIn) -> CountOut:
    counted = selectors.count_rule(
        selectors.accept_rule(body.rule),
        scope=principal_of(request).scope,
        branches=body.branches,
        funnel=body.funnel,
    )
    return CountOut(
        count=counted.count,
        total=counted.total,
        branches=[BranchCount(path=path, count=count) for path, count in counted.branches],
        funnel=[FunnelStep.model_validate(step) for step in counted.funnel],
        as_of=counted.as_of,
        fresh_at=counted.fresh_at,
        elapsed_ms=counted.elapsed_ms,
        topics=_topics(counted.tables),
    )


@router.post(
    "/segments/preview",
    auth=Requires("segments.read"),
    operation_id="preview_rule",
    summary="A few of the people who match a rule",
    response={200: PreviewOut, **problems(503)},
)
def preview_rule(request: HttpRequest, body: PreviewIn) -> PreviewOut:
    scope = principal_of(request).scope
    sampled = selectors.sample(selectors.accept_rule(body.rule), scope=scope, limit=body.limit)
    items = customer_rows(sampled.customers, scope=scope)
    return PreviewOut(items=items, as_of=sampled.as_of, fresh_at=sampled.fresh_at, topics=_topics(sampled.tables))


@router.post(
    "/segments/explain",
    auth=Requires("segments.read"),
    operation_id="explain_rule",
    summary="Why one customer matches a rule, or why not",
    response={200: ExplainOut, **problems(404, 503)},
)
def explain_rule(request: HttpRequest, body: ExplainIn) -> ExplainOut:
    why = selectors.explain(
        selectors.accept_rule(body.rule), customer_id=body.customer_id, scope=principal_of(request).scope, now=body.now
    )
    return ExplainOut(
        customer_id=body.customer_id,
        holds=why.root.holds,
        root=_explanation(why.root),
        as_of=why.as_of,
        fresh_at=why.fresh_at,
        topics=_topics(why.tables),
    )


def _topics(tables: Collection[str]) -> list[str]:
    """What may make it another answer: news of these tables, and midnight."""
    return [*topics_of(tables), DAY]


def _explanation(told: Explained) -> Explanation:
    return Explanation(
        path=told.path,
        kind=told.kind,
        holds=told.holds,
        value=told.value,
        children=[_explanation(child) for child in told.children],
    )


@router.post(
    "/segments/sentence",
    auth=Requires("segments.read"),
    operation_id="say_rule",
    summary="A rule and each of its conditions in words, in Chinese and in English",
    response={200: RuleInWords, **problems()},
)
def say_rule(request: HttpRequest, body: RuleIn) -> RuleInWords:
    rule = selectors.accept_rule(body.rule)
    whole, nodes = selectors.said_in_parts(rule, scope=principal_of(request).scope)
    return RuleInWords(
        **dict(Sentence.of(whole)),
        nodes=[NodeInWords(path=path, **dict(Sentence.of(said))) for path, said in nodes.items()],
    )


@router.get(
    "/segments",
    auth=Requires("segments.read"),
    operation_id="list_segments",
    summary="Segments, the newest first",
    response={200: PageOf[SegmentOut], **problems()},
)
def list_segments(
    request: HttpRequest, q: Search = "", cursor: str | None = None, limit: Limit = 50
) -> PageOf[SegmentOut]:
    page = keyset_page(selectors.list_segments(q), order="-created_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(items=[_segment(row, request) for row in page.items], next_cursor=page.next_cursor, total=page.total)


@router.post(
    "/segments",
    auth=Requires("segments.write"),
    operation_id="create_segment",
    summary="Keep a rule under a name; its member list is made at once",
    response={201: SegmentOut, **problems(409)},
)
def create_segment(request: HttpRequest, body: SegmentIn) -> Status[SegmentOut]:
    segment = services.create_segment(
        name=body.name, description=body.description, rule=body.rule, actor=principal_of(request).actor
    )
    return Status(201, _segment(segment, request))


@router.post(
    "/segments/listed",
    auth=Requires("segments.write"),
    operation_id="list_people_as_segment",
    summary="Keep people told one by one as a fixed list; numbers that are nobody's you see are left out",
    response={201: SegmentOut, **problems(409)},
)
def list_people_as_segment(request: HttpRequest, body: ListedIn) -> Status[SegmentOut]:
    principal = principal_of(request)
    segment = make_list_of(
        body.customer_ids,
        name=body.name,
        description=body.description,
        actor=principal.actor,
        scope=principal.scope,
    )
    return Status(201, _segment(segment, request))


@router.get(
    "/segments/{int:segment_id}",
    auth=Requires("segments.read"),
    operation_id="get_segment",
    summary="One segment",
    response={200: SegmentOut, **problems(404)},
)
def get_segment(request: HttpRequest, segment_id: Id) -> SegmentOut:
    return _segment(selectors.find_segment(segment_id), request)


@router.patch(
    "/segments/{int:segment_id}",
    auth=Requires("segments.write"),
    operation_id="change_segment",
    summary="Change a segment's name, description or rule",
    response={200: SegmentOut, **problems(404, 409)},
)
def change_segment(request: HttpRequest, segment_id: Id, body: SegmentPatch) -> SegmentOut:
    segment = services.change_segment(
        segment_id,
        name=body.name,
        description=body.description,
        rule=body.rule,
        expected_version=body.version,
        actor=principal_of(request).actor,
    )
    return _segment(segment, request)


@router.delete(
    "/segments/{int:segment_id}",
    auth=Requires("segments.write"),
    operation_id="delete_segment",
    summary="Delete a segment and its member lists",
    response={204: None, **problems(404, 409)},
)
def delete_segment(request: HttpRequest, segment_id: Id) -> Status[None]:
    services.delete_segment(segment_id, actor=principal_of(request).actor)
    return Status(204, None)


@router.post(
    "/segments/{int:segment_id}/refresh",
    auth=Requires("segments.write"),
    operation_id="refresh_segment",
    summary="Make a new member list",
    response={202: JobOut, **problems(404)},
)
def refresh_segment(request: HttpRequest, segment_id: Id) -> Status[JobOut]:
    return Status(202, JobOut.of(memberships.request_refresh(segment_id, actor=principal_of(request).actor)))


@router.get(
    "/segments/{int:segment_id}/members",
    auth=Requires("segments.read"),
    operation_id="list_segment_members",
    summary="The members as of the latest refresh",
    response={200: PageOf[CustomerRow], **problems(404, 409)},
)
def list_segment_members(
    request: HttpRequest,
    segment_id: Id,
    q: Search = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> PageOf[CustomerRow]:
    scope = principal_of(request).scope
    page = selectors.list_members(segment_id, scope=scope, q=q, cursor=cursor, limit=limit)
    return PageOf(items=customer_rows(page.items, scope=scope), next_cursor=page.next_cursor, total=page.total)


def _segment(segment: Segment, request: HttpRequest) -> SegmentOut:
    said = selectors.said_of(segment, scope=principal_of(request).scope)
    snapshot = segment.snapshot
    # The count is of all stores: whoever sees only some of them is not told.
    count = snapshot.count if snapshot is not None and principal_of(request).scope.all_stores else None
    return SegmentOut(
        id=segment.pk,
        name=segment.name,
        description=segment.description,
        rule=segment.rule,
        version=segment.rule_revision,
        sentence=Sentence.of(said),
        count=count,
        kind=Segment.Kind(segment.kind),
        counted_at=segment.as_of,
        refreshed_at=segment.refreshed_at,
        state=Segment.State(segment.state),
        error=segment.error_code or None,
        created_at=segment.created_at,
        updated_at=segment.updated_at,
    )
