"""Behaviour over HTTP: tracked sources, check-ins, words. Events themselves come in by `door`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from huike.behaviour import check_ins, interests, selectors, sources, texts
from huike.behaviour.models import InterestTerm
from huike.behaviour.schemas import (
    AddedOut,
    CheckInIn,
    CheckInOut,
    DayOut,
    Id,
    InterestOut,
    PersonIn,
    RotationIn,
    SampleOut,
    SampleOutcome,
    SamplesOut,
    TermIn,
    TermOut,
    TextIn,
    TextOut,
    TrackedSourceDetail,
    TrackedSourceOut,
    TrackingChange,
)
from huike.customers.services import normalise_buyer
from huike.platform import clock
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["behaviour"])

_DAYS_SHOWN = 30


@router.get(
    "/tracked-sources",
    auth=Requires("behaviour.read"),
    operation_id="list_tracked_sources",
    summary="Every source, with its tracking where it is switched on",
    response={200: list[TrackedSourceOut], **problems()},
)
def list_tracked_sources(request: HttpRequest) -> list[TrackedSourceOut]:
    return [TrackedSourceOut.of(one, now=clock.now()) for one in selectors.sources(today=clock.today())]


@router.get(
    "/tracked-sources/{id}",
    auth=Requires("behaviour.read"),
    operation_id="get_tracked_source",
    summary="One source: write keys, settings, events per day",
    response={200: TrackedSourceDetail, **problems(404)},
)
def get_tracked_source(request: HttpRequest, id: Id) -> TrackedSourceDetail:
    return _detail(id)


@router.post(
    "/tracked-sources/{id}/track",
    auth=Requires("behaviour.manage"),
    operation_id="track_source",
    summary="Switch tracking on, with a write key",
    response={201: TrackedSourceDetail, **problems(404, 409)},
)
def track_source(request: HttpRequest, id: Id) -> Status[TrackedSourceDetail]:
    sources.track(id, actor=principal_of(request).actor)
    return Status(201, _detail(id))


@router.patch(
    "/tracked-sources/{id}",
    auth=Requires("behaviour.manage"),
    operation_id="change_tracking",
    summary="Change allowed origins, trust, idle minutes, cool-down, radius",
    response={200: TrackedSourceDetail, **problems(404)},
)
def change_tracking(request: HttpRequest, id: Id, body: TrackingChange) -> TrackedSourceDetail:
    sources.change(id, body.model_dump(exclude_unset=True), actor=principal_of(request).actor)
    return _detail(id)


@router.post(
    "/tracked-sources/{id}/rotate",
    auth=Requires("behaviour.manage"),
    operation_id="rotate_write_key",
    summary="A new write key; the old one is taken for some hours more",
    response={200: TrackedSourceDetail, **problems(404)},
)
def rotate_write_key(request: HttpRequest, id: Id, body: RotationIn) -> TrackedSourceDetail:
    overlap = timedelta(hours=body.overlap_hours)
    sources.rotate_key(id, overlap=overlap, actor=principal_of(request).actor, now=clock.now())
    return _detail(id)


def _detail(source_id: int) -> TrackedSourceDetail:
    today = clock.today()
    out = TrackedSourceOut.of(selectors.source(source_id, today=today), now=clock.now())
    days = selectors.days(source_id, today=today, count=_DAYS_SHOWN)
    return TrackedSourceDetail(
        **out.model_dump(), days=[DayOut.of(day) for day in days], server_url=get_config().base_url
    )


@router.get(
    "/tracked-sources/{id}/samples",
    auth=Requires("behaviour.read"),
    operation_id="list_event_samples",
    summary="The latest events of a source, taken or refused, newest first",
    response={200: SamplesOut, **problems()},
)
def list_event_samples(
    request: HttpRequest, id: Id, outcome: SampleOutcome | None = None, limit: int = Query(50, ge=1, le=200)
) -> SamplesOut:
    found = selectors.samples(id, outcome=outcome, scope=principal_of(request).scope, limit=limit)
    return SamplesOut(items=[SampleOut.of(sample) for sample in found])


@router.get(
    "/interest-terms",
    auth=Requires("behaviour.read"),
    operation_id="list_interest_terms",
    summary="The lexicon: which words show which interest",
    response={200: PageOf[TermOut], **problems()},
)
def list_interest_terms(
    request: HttpRequest,
    q: Annotated[str, Field(max_length=60)] = "",
    cursor: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> PageOf[TermOut]:
    page = keyset_page(selectors.terms(q), order="term", cursor=cursor, limit=limit, with_total=True)
    return PageOf(
        items=[TermOut.model_validate(term) for term in page.items], next_cursor=page.next_cursor, total=page.total
    )


@router.post(
    "/interest-terms",
    auth=Requires("behaviour.manage"),
    operation_id="create_interest_term",
    summary="A new term of the lexicon",
    response={201: TermOut, **problems(409)},
)
def create_interest_term(request: HttpRequest, body: TermIn) -> Status[TermOut]:
    term: InterestTerm = interests.set_term(body.term, body.interest, actor=principal_of(request).actor)
    return Status(201, TermOut.model_validate(term))


@router.post(
    "/interest-terms/from-catalogue",
    auth=Requires("behaviour.manage"),
    operation_id="add_catalogue_terms",
    summary="Add the names of categories and brands that are no terms yet",
    response={200: AddedOut, **problems()},
)
def add_catalogue_terms(request: HttpRequest) -> AddedOut:
    return AddedOut(added=interests.add_terms_of_catalogue(actor=principal_of(request).actor))


@router.delete(
    "/interest-terms/{id}",
    auth=Requires("behaviour.manage"),
    operation_id="delete_interest_term",
    summary="Take a term out of the lexicon; evidence it gave stays",
    response={204: None, **problems(404)},
)
def delete_interest_term(request: HttpRequest, id: Id) -> Status[None]:
    interests.delete_term(id, actor=principal_of(request).actor)
    return Status(204, None)


@router.post(
    "/check-ins",
    auth=Requires("behaviour.write"),
    operation_id="check_in",
    summary="Somebody is at a place; the same id again, or too soon again, notes nothing",
    response={200: CheckInOut, 201: CheckInOut, **problems(404)},
)
def check_in(request: HttpRequest, body: CheckInIn) -> Status[CheckInOut]:
    draft = check_ins.CheckInDraft(
        source_key=body.source,
        external_id=body.external_id,
        known_by=_known_by(body.customer, body.source),
        kind=body.kind,
        checked_in_at=body.checked_in_at,
        store_code=body.store_code,
        latitude_degrees=body.latitude_degrees,
        longitude_degrees=body.longitude_degrees,
        place=body.place,
    )
    row, outcome = check_ins.check_in(draft, scope=principal_of(request).scope, now=clock.now())
    return Status(201 if outcome is check_ins.Outcome.NOTED else 200, CheckInOut.of(row, outcome))


@router.post(
    "/texts",
    auth=Requires("behaviour.write"),
    operation_id="read_text",
    summary="Read a post, review or note of a known customer for interests",
    response={200: TextOut, **problems(404)},
)
def read_text(request: HttpRequest, body: TextIn) -> TextOut:
    customer_id, evidence = texts.read_text(
        source_key=body.source,
        external_id=body.external_id,
        known_by=_known_by(body.customer, body.source),
        kind=body.kind,
        said_at=body.said_at,
        text=body.text,
        scope=principal_of(request).scope,
        now=clock.now(),
    )
    return TextOut(customer_id=customer_id, evidence=evidence)


@router.get(
    "/customers/{id}/interests",
    auth=Requires("customers.read"),
    operation_id="list_interests",
    summary="What a customer is interested in, each with the sentences that show it",
    response={200: list[InterestOut], **problems(404)},
)
def list_interests(request: HttpRequest, id: Id) -> list[InterestOut]:
    found = selectors.interests_of(id, scope=principal_of(request).scope, now=clock.now())
    return [InterestOut.of(shown) for shown in found]


def _known_by(person: PersonIn, source_key: str) -> list[tuple[str, str]]:
    """(kind, normalised value). Raises EmailInvalid, PhoneInvalid, CardInvalid, IdentityOfNobody."""
    told = {
        "id": None if person.id is None else str(person.id),
        "external": person.external_id,
        "wechat_unionid": person.wechat_unionid,
        "wechat_openid": person.wechat_openid,
        "card": person.card_number,
        "phone": person.phone,
        "email": person.email,
        "device": person.device,
    }
    return [(kind, normalise_buyer(kind, text, source=source_key)) for kind, text in told.items() if text is not None]
