"""Requests about one's own data over HTTP."""

from __future__ import annotations

from typing import Literal

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from huike.customers import selectors as customers
from huike.customers.models import PrivacyRequest
from huike.customers.privacy import answers, links, selectors, services
from huike.customers.privacy.schemas import (
    AskIn,
    HeldList,
    HeldOut,
    Kind,
    MomentOut,
    OwnLinkOut,
    PrivacyRequestDetail,
    PrivacyRequestOut,
    PrivacyRulesBody,
    RefuseIn,
)
from huike.customers.privacy.services import Asker
from huike.customers.schemas import Id
from huike.platform import audit, clock
from huike.platform.api import keyset_page, problems
from huike.platform.config import get_config
from huike.platform.schema import PageOf
from huike.staff.access import Requires, principal_of

router = Router(tags=["privacy"])

StateFilter = Literal["unanswered", "open", "running", "done", "refused", "withdrawn", "failed"]


@router.get(
    "/privacy/requests",
    auth=Requires("privacy.read"),
    operation_id="list_privacy_requests",
    summary="What people asked about their data, the newest first",
    response={200: PageOf[PrivacyRequestOut], **problems()},
)
def list_privacy_requests(
    request: HttpRequest,
    kind: Kind | None = None,
    state: StateFilter | None = None,
    overdue: bool = False,
    customer_id: Id | None = None,
    cursor: str | None = None,
    limit: int = Query(50, ge=1, le=200),
) -> PageOf[PrivacyRequestOut]:
    today = clock.now().astimezone(get_config().zone).date()
    selectors.notice_ended_jobs()
    found = selectors.list_requests(
        kind=kind,
        state=state,
        customer_id=customer_id,
        overdue_on=today if overdue else None,
        scope=principal_of(request).scope,
    )
    page = keyset_page(found, order="-asked_at", cursor=cursor, limit=limit, with_total=True)
    return PageOf(
        items=[PrivacyRequestOut.of(row, today=today) for row in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/privacy/requests",
    auth=Requires("privacy.manage"),
    operation_id="ask_privacy",
    summary="Write down what a person asked; it is carried out when somebody accepts it",
    response={201: PrivacyRequestOut, **problems(404, 409)},
)
def ask_privacy(request: HttpRequest, body: AskIn) -> Status[PrivacyRequestOut]:
    principal = principal_of(request)
    made = services.ask(
        body.customer_id,
        kind=body.kind,
        asker=Asker.staff(principal.actor),
        note=body.note,
        changes=body.changes,
        scope=principal.scope,
        now=clock.now(),
    )
    return Status(201, _shown(made))


@router.get(
    "/privacy/requests/{id}",
    auth=Requires("privacy.read"),
    operation_id="get_privacy_request",
    summary="One request with its history",
    response={200: PrivacyRequestDetail, **problems(404)},
)
def get_privacy_request(request: HttpRequest, id: Id) -> PrivacyRequestDetail:
    selectors.notice_ended_jobs()
    found = selectors.find_request(id, scope=principal_of(request).scope)
    return PrivacyRequestDetail(
        request=_shown(found), moments=[MomentOut.of(moment) for moment in selectors.moments_of(id)]
    )


@router.post(
    "/privacy/requests/{id}/accept",
    auth=Requires("privacy.manage"),
    operation_id="accept_privacy_request",
    summary="Carry it out, or go on where it failed: an export or an erasure as a job, a correction at once",
    response={200: PrivacyRequestOut, **problems(404, 409)},
)
def accept_privacy_request(request: HttpRequest, id: Id) -> PrivacyRequestOut:
    principal = principal_of(request)
    return _shown(
        services.accept(
            id,
            actor=principal.actor,
            scope=principal.scope,
            now=clock.now(),
            requested_by_id=principal.user_id,
            requested_by_key_id=principal.key_id,
        )
    )


@router.post(
    "/privacy/requests/{id}/refuse",
    auth=Requires("privacy.manage"),
    operation_id="refuse_privacy_request",
    summary="Say no, with the reason",
    response={200: PrivacyRequestOut, **problems(404, 409)},
)
def refuse_privacy_request(request: HttpRequest, id: Id, body: RefuseIn) -> PrivacyRequestOut:
    principal = principal_of(request)
    return _shown(
        services.refuse(id, answer=body.answer, actor=principal.actor, scope=principal.scope, now=clock.now())
    )


@router.post(
    "/privacy/requests/{id}/withdraw",
    auth=Requires("privacy.manage"),
    operation_id="withdraw_privacy_request",
    summary="The person no longer wants it",
    response={200: PrivacyRequestOut, **problems(404, 409)},
)
def withdraw_privacy_request(request: HttpRequest, id: Id) -> PrivacyRequestOut:
    principal = principal_of(request)
    return _shown(services.withdraw(id, actor=principal.actor, scope=principal.scope, now=clock.now()))


@router.get(
    "/privacy/requests/{id}/file",
    auth=Requires("privacy.manage"),
    operation_id="download_privacy_answer",
    summary="Everything held about the person, as a ZIP with JSON and CSV, in clear; audited",
    response={200: None, **problems(404)},
)
def download_privacy_answer(request: HttpRequest, id: Id) -> HttpResponse:
    principal = principal_of(request)
    found = selectors.find_request(id, scope=principal.scope)
    return file_response(found, actor=principal.actor)


def file_response(found: PrivacyRequest, *, actor: audit.Actor) -> HttpResponse:
    """The ZIP, and who took it. Raises AnswerGone."""
    path = answers.find_file(found, now=clock.now())
    audit.record(actor, "download_privacy_answer", subject_kind="privacy_request", subject_id=found.pk)
    response = FileResponse(
        path.open("rb"), as_attachment=True, filename=f"data-{found.pk}.zip", content_type="application/zip"
    )
    response["Cache-Control"] = "no-store, private"
    return response  # type: ignore[return-value]  # a streaming one


@router.get(
    "/customers/{id}/held",
    auth=Requires("privacy.read"),
    operation_id="get_held_about",
    summary="What is held about a person, by kind, and what of it an erasure leaves",
    response={200: HeldList, **problems(404)},
)
def get_held_about(request: HttpRequest, id: Id) -> HeldList:
    scope = principal_of(request).scope
    customer = customers.find_customer(id, scope=scope)
    return HeldList(
        customer_id=id,
        customer_name=customer.name,
        items=[HeldOut.of(held) for held in selectors.held_about(id, scope=scope)],
    )


@router.post(
    "/customers/{id}/own-link",
    auth=Requires("privacy.manage"),
    operation_id="make_own_link",
    summary="A one-time link to the person's own page, to hand over; good for a day",
    response={201: OwnLinkOut, **problems(404)},
)
def make_own_link(request: HttpRequest, id: Id) -> Status[OwnLinkOut]:
    principal = principal_of(request)
    made = links.make(id, actor=principal.actor, scope=principal.scope, good=links.HANDED_LINK_GOOD, now=clock.now())
    return Status(201, OwnLinkOut(address=made.address, expires_at=made.expires_at))


@router.get(
    "/privacy/rules",
    auth=Requires("privacy.read"),
    operation_id="get_privacy_rules",
    summary="How long answers may take, and what needs no colleague",
    response={200: PrivacyRulesBody, **problems()},
)
def get_privacy_rules(request: HttpRequest) -> PrivacyRulesBody:
    return PrivacyRulesBody.of(selectors.privacy_rules())


@router.put(
    "/privacy/rules",
    auth=Requires("privacy.manage"),
    operation_id="set_privacy_rules",
    summary="Set them; due dates of what was asked already stay",
    response={200: PrivacyRulesBody, **problems()},
)
def set_privacy_rules(request: HttpRequest, body: PrivacyRulesBody) -> PrivacyRulesBody:
    return PrivacyRulesBody.of(services.set_rules(**body.model_dump(), actor=principal_of(request).actor))


def _shown(found: PrivacyRequest) -> PrivacyRequestOut:
    return PrivacyRequestOut.of(found, today=clock.now().astimezone(get_config().zone).date())
