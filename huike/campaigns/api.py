"""Campaigns over HTTP."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from huike.campaigns import outcome, rules, selectors, services
from huike.campaigns.errors import CampaignInvalid
from huike.campaigns.models import Campaign
from huike.campaigns.schemas import (
    ArmIn,
    ArmOut,
    ArmResult,
    CampaignChange,
    CampaignIn,
    CampaignOut,
    CampaignState,
    CostOut,
    Figure,
    ForecastOut,
    Group,
    GroupResult,
    LiftOut,
    PersonRow,
    PreviewIn,
    PreviewPerson,
    ProgressOut,
    ReasonCount,
    ResultOut,
    ReturnOut,
    ScheduleIn,
    TestSendIn,
    WindowOut,
)
from huike.campaigns.services import ArmPlan
from huike.channels.schemas import TestMailOut
from huike.customers.models import Customer
from huike.customers.selectors import find_customer
from huike.experiments import rules as experiments
from huike.kernel.errors import FieldError
from huike.kernel.scope import Scope
from huike.messaging import selectors as messaging
from huike.messaging.api import words_of
from huike.messaging.schemas import PreviewOut
from huike.platform import clock
from huike.platform.api import problems
from huike.platform.config import get_config
from huike.platform.idempotency import key_of, once, respond
from huike.platform.schema import PageOf
from huike.staff.access import Principal, Requires, principal_of

router = Router(tags=["campaigns"])

Limit = Query(50, ge=1, le=200)
METHOD_DOC = "docs/algorithms/experiments.md"


@router.post(
    "/templates/preview",
    auth=Requires("templates.read"),
    operation_id="preview_template",
    summary="A mail as one person would get it",
    response={200: PreviewOut, **problems(404)},
)
def preview_template(request: HttpRequest, body: PreviewIn) -> PreviewOut:
    if (body.contents is None) == (body.template_id is None):
        raise CampaignInvalid(errors=[FieldError("body.contents", "preview.words_or_template")])
    if body.template_id is not None:
        version = messaging.template(body.template_id).version
        contents, layout = version.contents, version.layout
    else:
        contents, layout = words_of(body.contents or {}), body.layout
    if not contents:
        raise CampaignInvalid(errors=[FieldError("body.contents", "template.language_missing")])
    return _preview(
        selectors.preview(
            contents=contents,
            layout=layout,
            customer=_customer(request, body.customer_id),
            offer_id=body.offer_id,
            language=body.language,
            scope=principal_of(request).scope,
        )
    )


@router.get(
    "/campaigns",
    auth=Requires("campaigns.read"),
    operation_id="list_campaigns",
    summary="Campaigns, newest first",
    response={200: PageOf[CampaignOut], **problems()},
)
def list_campaigns(
    request: HttpRequest,
    q: str = Query("", max_length=200),
    state: CampaignState | None = None,
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[CampaignOut]:
    page = selectors.campaigns(q=q, state=state, cursor=cursor, limit=limit)
    scope = principal_of(request).scope
    counts = messaging.counts_by_campaign([item.pk for item in page.items], scope=scope)
    return PageOf(
        items=[_campaign(item, counts=counts[item.pk], reasons={}, scope=scope) for item in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
    )


@router.post(
    "/campaigns",
    auth=Requires("campaigns.write"),
    operation_id="create_campaign",
    summary="Plan a campaign",
    response={201: CampaignOut, **problems(404)},
)
def create_campaign(request: HttpRequest, body: CampaignIn) -> Status[CampaignOut]:
    principal = principal_of(request)
    fields = body.model_dump(exclude={"arms"})
    fields["currency"] = body.currency or get_config().currency
    campaign = services.create_campaign(
        principal.actor, user_id=principal.user_id, arms=_plans(body.arms), fields=fields
    )
    return Status(201, _one(request, campaign.pk))


@router.get(
    "/campaigns/{int:id}",
    auth=Requires("campaigns.read"),
    operation_id="get_campaign",
    summary="One campaign with its progress",
    response={200: CampaignOut, **problems(404)},
)
def get_campaign(request: HttpRequest, id: int) -> CampaignOut:
    return _one(request, id)


@router.patch(
    "/campaigns/{int:id}",
    auth=Requires("campaigns.write"),
    operation_id="update_campaign",
    summary="Change a campaign that has not been sent",
    response={200: CampaignOut, **problems(404, 409)},
)
def update_campaign(request: HttpRequest, id: int, body: CampaignChange) -> CampaignOut:
    fields = body.model_dump(exclude_unset=True, exclude={"arms"})
    # Only the audience may be set to nothing: choosing a rule instead of a segment does it.
    emptied = sorted(name for name, value in fields.items() if value is None and name not in {"segment_id", "rule"})
    if emptied:
        raise CampaignInvalid(errors=[FieldError(f"body.{name}", "campaign.cannot_be_empty") for name in emptied])
    services.change_campaign(
        principal_of(request).actor,
        id,
        arms=_plans(body.arms) if body.arms is not None else None,
        fields=fields,
    )
    return _one(request, id)


@router.delete(
    "/campaigns/{int:id}",
    auth=Requires("campaigns.write"),
    operation_id="delete_campaign",
    summary="Throw a draft away",
    response={204: None, **problems(404, 409)},
)
def delete_campaign(request: HttpRequest, id: int) -> Status[None]:
    services.delete_campaign(principal_of(request).actor, id)
    return Status(204, None)


@router.post(
    "/campaigns/{int:id}/forecast",
    auth=Requires("campaigns.read"),
    operation_id="forecast_campaign",
    summary="What sending now would do",
    response={200: ForecastOut, **problems(404, 409, 503)},
)
def forecast_campaign(request: HttpRequest, id: int) -> ForecastOut:
    found = selectors.forecast(selectors.campaign(id), scope=principal_of(request).scope)
    return ForecastOut(
        audience=found.audience_count,
        excluded=found.excluded_count,
        control=found.control_count,
        treated=found.treated_count,
        reachable=found.reachable_count,
        not_reachable=_reasons(found.refusals),
    )


@router.get(
    "/campaigns/{int:id}/preview-people",
    auth=Requires("campaigns.read"),
    operation_id="list_preview_people",
    summary="Three real people of the audience, of different languages where there are",
    response={200: list[PreviewPerson], **problems(404, 409, 503)},
)
def list_preview_people(request: HttpRequest, id: int) -> list[PreviewPerson]:
    people = selectors.preview_people(selectors.campaign(id), scope=principal_of(request).scope)
    return [PreviewPerson(id=one.pk, name=one.name, language=one.language) for one in people]


@router.get(
    "/campaigns/{int:id}/preview",
    auth=Requires("campaigns.read"),
    operation_id="preview_campaign",
    summary="The mail as one person would get it",
    response={200: PreviewOut, **problems(404, 409)},
)
def preview_campaign(
    request: HttpRequest,
    id: int,
    customer_id: int = Query(..., ge=1, lt=2**63),
    arm: int = Query(1, ge=1, le=6),
) -> PreviewOut:
    scope = principal_of(request).scope
    customer = find_customer(customer_id, scope=scope)
    return _preview(selectors.arm_preview(selectors.campaign(id), arm_number=arm, customer=customer, scope=scope))


@router.post(
    "/campaigns/{int:id}/test",
    auth=Requires("campaigns.write"),
    operation_id="send_campaign_test",
    summary="Send one copy to a colleague",
    response={200: TestMailOut, **problems(404, 409, 503)},
)
def send_campaign_test(request: HttpRequest, id: int, body: TestSendIn) -> TestMailOut:
    campaign = selectors.campaign(id)
    scope = principal_of(request).scope
    customer = _customer(request, body.customer_id) or selectors.preview_people(campaign, scope=scope, count=1)[0]
    shown = selectors.arm_preview(campaign, arm_number=body.arm, customer=customer, scope=scope, language=body.language)
    result = services.send_test(shown.rendered, to_address=body.to)
    return TestMailOut(ok=result.ok, code=result.code, detail=result.detail)


@router.post(
    "/campaigns/{int:id}/send",
    auth=Requires("campaigns.send"),
    operation_id="send_campaign",
    summary="Send now (Idempotency-Key)",
    response={200: CampaignOut, **problems(404, 409)},
)
def send_campaign(request: HttpRequest, id: int) -> HttpResponse:
    principal = principal_of(request)

    def action() -> tuple[int, CampaignOut]:
        services.send(principal.actor, id, scope=principal.scope, user_id=principal.user_id)
        return 200, _one(request, id)

    return respond(
        once(principal=principal.key, route="send_campaign", key=key_of(request), body={"id": id}, action=action)
    )


@router.post(
    "/campaigns/{int:id}/schedule",
    auth=Requires("campaigns.send"),
    operation_id="schedule_campaign",
    summary="Send later",
    response={200: CampaignOut, **problems(404, 409)},
)
def schedule_campaign(request: HttpRequest, id: int, body: ScheduleIn) -> CampaignOut:
    principal = principal_of(request)
    services.schedule(principal.actor, id, at=body.at, scope=principal.scope)
    return _one(request, id)


@router.post(
    "/campaigns/{int:id}/unschedule",
    auth=Requires("campaigns.send"),
    operation_id="unschedule_campaign",
    summary="Back to a draft",
    response={200: CampaignOut, **problems(404, 409)},
)
def unschedule_campaign(request: HttpRequest, id: int) -> CampaignOut:
    services.unschedule(principal_of(request).actor, id)
    return _one(request, id)


@router.post(
    "/campaigns/{int:id}/pause",
    auth=Requires("campaigns.send"),
    operation_id="pause_campaign",
    summary="Let no further message leave",
    response={200: CampaignOut, **problems(404, 409)},
)
def pause_campaign(request: HttpRequest, id: int) -> CampaignOut:
    services.pause(principal_of(request).actor, id)
    return _one(request, id)


@router.post(
    "/campaigns/{int:id}/resume",
    auth=Requires("campaigns.send"),
    operation_id="resume_campaign",
    summary="Go on sending",
    response={200: CampaignOut, **problems(404, 409)},
)
def resume_campaign(request: HttpRequest, id: int) -> CampaignOut:
    services.resume(principal_of(request).actor, id)
    return _one(request, id)


@router.post(
    "/campaigns/{int:id}/stop",
    auth=Requires("campaigns.send"),
    operation_id="stop_campaign",
    summary="Stop for good: what has not left does not leave",
    response={200: CampaignOut, **problems(404, 409)},
)
def stop_campaign(request: HttpRequest, id: int) -> CampaignOut:
    services.stop(principal_of(request).actor, id)
    return _one(request, id)


@router.get(
    "/campaigns/{int:id}/result",
    auth=Requires("campaigns.read"),
    operation_id="get_campaign_result",
    summary="Treated against control: revenue, lift with its interval, cost and return",
    response={200: ResultOut, **problems(404, 409)},
)
def get_campaign_result(request: HttpRequest, id: int) -> ResultOut:
    campaign = selectors.campaign(id)
    now = clock.now()
    found = outcome.outcome_of(campaign, scope=principal_of(request).scope, now=now)
    earned, currency = found.earned, campaign.currency
    orders_count = sum(arm.orders_count for arm in found.arms)
    return ResultOut(
        as_of=now,
        currency=currency,
        window=WindowOut(starts_at=found.window.starts_at, ends_at=found.window.ends_at, closed=found.window.is_closed),
        treated=GroupResult(**_group(found.treated, orders_count, currency)),
        control=GroupResult(**_group(found.control.group, found.control.orders_count, currency)),
        arms=[
            ArmResult(
                **_group(arm.group, arm.orders_count, currency),
                number=arm.number,
                name=arm.name,
                reached=arm.figures.reached,
                delivered=arm.figures.delivered,
                opened=arm.figures.opened,
                clicked=arm.figures.clicked,
                unsubscribed=arm.figures.unsubscribed,
                bounced=arm.figures.bounced,
                coupons_redeemed=arm.coupons_redeemed,
            )
            for arm in found.arms
        ],
        lift=_lift(earned, currency),
        cost=CostOut(
            sending_minor=earned.sending_cost_minor,
            discount_minor=earned.discount_minor,
            total_minor=earned.sending_cost_minor + earned.discount_minor,
        ),
        earned=ReturnOut(ratio_bp=earned.return_bp, net_minor=earned.net_minor),
        method_doc=METHOD_DOC,
    )


@router.get(
    "/campaigns/{int:id}/people",
    auth=Requires("campaigns.read"),
    operation_id="list_campaign_people",
    summary="The people behind a figure of the result",
    response={200: PageOf[PersonRow], **problems(404, 409)},
)
def list_campaign_people(
    request: HttpRequest,
    id: int,
    group: Group | None = None,
    arm: int | None = Query(None, ge=0, le=6),
    figure: Figure | None = None,
    reason: str | None = Query(None, max_length=80),
    cursor: str | None = None,
    limit: int = Limit,
) -> PageOf[PersonRow]:
    page = outcome.people(
        selectors.campaign(id),
        group=group,
        arm=arm,
        figure=figure,
        reason=reason,
        scope=principal_of(request).scope,
        now=clock.now(),
        cursor=cursor,
        limit=limit,
    )
    return PageOf(items=[_person(one) for one in page.items], next_cursor=page.next_cursor)


def _customer(request: HttpRequest, customer_id: int | None) -> Customer | None:
    if customer_id is None:
        return None
    principal: Principal = principal_of(request)
    return find_customer(customer_id, scope=principal.scope)


def _plans(arms: list[ArmIn]) -> list[ArmPlan]:
    return [
        ArmPlan(name=arm.name, share_bp=arm.share_bp, template_id=arm.template_id, offer_id=arm.offer_id)
        for arm in arms
    ]


def _one(request: HttpRequest, campaign_id: int) -> CampaignOut:
    scope = principal_of(request).scope
    return _campaign(
        selectors.campaign(campaign_id),
        counts=messaging.counts_by_state(campaign_id, scope=scope),
        reasons=messaging.counts_by_reason(campaign_id, scope=scope),
        scope=scope,
    )


def _campaign(campaign: Campaign, *, counts: dict[str, int], reasons: dict[str, int], scope: Scope) -> CampaignOut:
    dispatch = messaging.dispatch(campaign.dispatch_id) if campaign.dispatch_id is not None else None
    return CampaignOut.model_validate(
        {
            "id": campaign.pk,
            "name": campaign.name,
            "objective": campaign.objective,
            "state": campaign.state,
            "failure_code": campaign.failure_code,
            "segment_id": campaign.segment_id,
            "rule": campaign.rule,
            "exclude_segment_ids": campaign.exclude_segment_ids,
            "control_bp": campaign.control_bp,
            "arms": [
                ArmOut(
                    number=arm.number,
                    name=arm.name,
                    share_bp=arm.share_bp,
                    template_id=arm.template_id,
                    offer_id=arm.offer_id,
                )
                for arm in sorted(campaign.arms.all(), key=lambda arm: arm.number)
            ],
            "attribution_days": campaign.attribution_days,
            "cost_per_message_micros": campaign.cost_per_message_micros,
            "currency": campaign.currency,
            "scheduled_at": campaign.scheduled_at,
            # Counts of all stores: whoever sees only some of them is not told.
            "audience_count": campaign.audience_count if scope.all_stores else None,
            "control_count": campaign.control_count if scope.all_stores else None,
            "progress": ProgressOut(
                total=sum(counts.values()),
                sent=counts.get("sent", 0),
                failed=counts.get("failed", 0),
                not_sent=counts.get("not_sent", 0),
                uncertain=counts.get("uncertain", 0),
                waiting=sum(counts.get(state, 0) for state in ("queued", "held", "claimed", "sending")),
                held=counts.get("held", 0),
            ),
            "not_sent_reasons": _reasons(reasons),
            "trouble": dispatch.trouble if dispatch else "",
            "retry_at": dispatch.retry_at if dispatch else None,
            "job_id": campaign.job_id,
            "created_at": campaign.created_at,
            "updated_at": campaign.updated_at,
            "started_at": campaign.started_at,
            "finished_at": campaign.finished_at,
        }
    )


def _reasons(counts: dict[str, int]) -> list[ReasonCount]:
    most_first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [ReasonCount(reason=reason, count=count) for reason, count in most_first]


def _preview(shown: selectors.Preview) -> PreviewOut:
    return PreviewOut(
        language=shown.language,
        subject=shown.rendered.subject,
        html=shown.rendered.html,
        text=shown.rendered.text,
        missing=shown.missing,
        warnings=shown.warnings,
    )


def _group(group: experiments.Group, orders_count: int, currency: str) -> dict[str, int]:
    return {
        "people": group.people_count,
        "buyers": group.buyers_count,
        "orders": orders_count,
        "revenue_minor": group.sum_minor,
        "revenue_per_person_micros": rules.per_person_micros(group.mean_minor, currency=currency),
    }


def _lift(earned: rules.Earned, currency: str) -> LiftOut:
    shown, lacking = earned.comparison, earned.lacking
    if shown is None:
        return LiftOut(
            enough=False,
            reason=lacking.reason if lacking else None,
            params=dict(lacking.params) if lacking else {},
            per_person_micros=None,
            interval_low_micros=None,
            interval_high_micros=None,
            p_value=None,
            degrees_of_freedom=None,
            relative_bp=None,
            incremental_revenue_minor=None,
            incremental_low_minor=None,
            incremental_high_minor=None,
        )
    return LiftOut(
        enough=True,
        reason=None,
        params={},
        per_person_micros=rules.per_person_micros(shown.difference_minor, currency=currency),
        interval_low_micros=rules.per_person_micros(shown.low_minor, currency=currency),
        interval_high_micros=rules.per_person_micros(shown.high_minor, currency=currency),
        p_value=shown.p_value,
        degrees_of_freedom=shown.degrees_of_freedom,
        relative_bp=None if shown.relative is None else round(shown.relative * 10_000),
        incremental_revenue_minor=earned.incremental_minor,
        incremental_low_minor=earned.incremental_low_minor,
        incremental_high_minor=earned.incremental_high_minor,
    )


def _person(one: outcome.Person) -> PersonRow:
    return PersonRow.model_validate(
        {
            "customer_id": one.customer_id,
            "name": one.name,
            "group": "control" if one.arm == experiments.CONTROL else "treated",
            "arm": one.arm,
            "message_id": one.message_id,
            "message_state": one.message_state,
            "reason": one.reason,
            "sent_at": one.sent_at,
            "opened_at": one.opened_at,
            "clicked_at": one.clicked_at,
            "unsubscribed_at": one.unsubscribed_at,
            "bounced_at": one.bounced_at,
            "orders_count": one.orders_count,
            "revenue_minor": one.revenue_minor,
        }
    )
