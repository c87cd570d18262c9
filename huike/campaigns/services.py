"""Writes: plans, and the moves of a campaign."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huike.campaigns import rules
from huike.campaigns.errors import CampaignIncomplete, CampaignInvalid, CampaignNotFound, CampaignStateWrong
from huike.campaigns.events import CampaignFinished
from huike.campaigns.models import Arm, Campaign
from huike.channels.email import OutgoingMail, check_address
from huike.channels.services import TestResult, domain_of, send_once, sender
from huike.experiments.services import create_experiment
from huike.kernel.errors import FieldError, HuikeError
from huike.kernel.scope import Scope
from huike.messaging import selectors as messaging
from huike.messaging import services as dispatches
from huike.messaging.models import Dispatch
from huike.messaging.rendering import Rendered
from huike.platform import clock, jobs
from huike.platform.audit import Actor, record
from huike.platform.outbox import announce
from huike.platform.signals import tell
from huike.promotions.offers.selectors import find_offer
from huike.segments import selectors as segments


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPlan:
    """One treatment; `share_bp` of those who are treated."""

    name: str
    share_bp: int
    template_id: int
    offer_id: int | None


def create_campaign(actor: Actor, *, user_id: int | None, arms: Sequence[ArmPlan], fields: dict[str, Any]) -> Campaign:
    """A draft. `fields` are the columns a person may set. Raises CampaignInvalid, TemplateNotFound, OfferNotFound,
    RuleInvalid, SegmentNotFound."""
    _check(arms, fields)
    with transaction.atomic():
        campaign = Campaign.objects.create(created_by_id=user_id, **fields)
        _write_arms(campaign, arms)
        record(actor, "create_campaign", subject_kind="campaign", subject_id=campaign.pk)
    return campaign


def change_campaign(
    actor: Actor, campaign_id: int, *, arms: Sequence[ArmPlan] | None, fields: dict[str, Any]
) -> Campaign:
    """Change a campaign that has not been sent. Raises CampaignNotFound, CampaignStateWrong, and as
    `create_campaign`."""
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state not in rules.EDITABLE:
            raise CampaignStateWrong(state=campaign.state)
        _check(arms or [], {"segment_id": campaign.segment_id, "rule": campaign.rule, **fields})
        for name, value in fields.items():
            setattr(campaign, name, value)
        campaign.updated_at = clock.now()
        campaign.save()
        if arms is not None:
            campaign.arms.all().delete()
            _write_arms(campaign, arms)
        record(actor, "change_campaign", subject_kind="campaign", subject_id=campaign_id)
    return campaign


def delete_campaign(actor: Actor, campaign_id: int) -> None:
    """Drafts only. Raises CampaignNotFound, CampaignStateWrong."""
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state != Campaign.State.DRAFT:
            raise CampaignStateWrong(state=campaign.state)
        campaign.delete()
        record(actor, "delete_campaign", subject_kind="campaign", subject_id=campaign_id)


def _check(arms: Sequence[ArmPlan], fields: dict[str, Any]) -> None:
    faults = rules.share_faults([arm.share_bp for arm in arms])
    if fields.get("segment_id") is not None and fields.get("rule") is not None:
        faults.append(FieldError("segment_id", "campaign.two_audiences"))
    if faults:
        raise CampaignInvalid(errors=faults)
    for arm in arms:
        messaging.template(arm.template_id)
        if arm.offer_id is not None:
            find_offer(arm.offer_id)
    if fields.get("rule") is not None:
        segments.read_rule(fields["rule"])
    for segment_id in {fields.get("segment_id"), *(fields.get("exclude_segment_ids") or [])} - {None}:
        segments.find_segment(segment_id)


def _write_arms(campaign: Campaign, arms: Sequence[ArmPlan]) -> None:
    Arm.objects.bulk_create(
        Arm(
            campaign=campaign,
            number=number,
            name=arm.name,
            share_bp=arm.share_bp,
            template_id=arm.template_id,
            offer_id=arm.offer_id,
        )
        for number, arm in enumerate(arms, start=1)
    )


def locked(campaign_id: int) -> Campaign:
    """The campaign, locked for the transaction. Raises CampaignNotFound."""
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None:
        raise CampaignNotFound
    return campaign


def move(campaign: Campaign, name: str) -> None:
    """Make a move on a locked campaign. Raises CampaignStateWrong."""
    state = rules.next_state(campaign.state, name)
    if state is None:
        raise CampaignStateWrong(state=campaign.state, move=name)
    campaign.state = state
    campaign.updated_at = clock.now()
    tell(f"campaign:{campaign.pk}", {"id": campaign.pk, "state": state})


def missing_before_sending(campaign: Campaign) -> list[FieldError]:
    """What a campaign still needs before it can be sent."""
    faults: list[FieldError] = []
    if campaign.segment_id is None and campaign.rule is None:
        faults.append(FieldError("segment_id", "campaign.audience_missing"))
    arms = list(campaign.arms.order_by("number"))
    if not arms:
        faults.append(FieldError("arms", "campaign.arms_missing"))
    for index, arm in enumerate(arms):
        try:
            words = messaging.template(arm.template_id)
        except HuikeError as error:
            faults.append(FieldError(f"arms.{index}.template_id", error.code))
            continue
        needs_offer = any(f"{name}." in text for text in _texts(words.version.contents) for name in ("coupon", "offer"))
        if needs_offer and arm.offer_id is None:
            faults.append(FieldError(f"arms.{index}.offer_id", "campaign.offer_missing"))
        if arm.offer_id is not None and find_offer(arm.offer_id).offer.state != "active":
            faults.append(FieldError(f"arms.{index}.offer_id", "campaign.offer_not_active"))
    return faults


def _texts(contents: dict[str, dict[str, str]]) -> list[str]:
    return [text for words in contents.values() for text in words.values() if "{" in text]


def send(actor: Actor, campaign_id: int, *, scope: Scope, user_id: int | None) -> Campaign:
    """Start a campaign now: its words and shares are fixed here, the rest is a job. Raises CampaignNotFound,
    CampaignStateWrong, CampaignIncomplete."""
    with transaction.atomic():
        campaign = locked(campaign_id)
        start_preparing(campaign, scope=scope, user_id=user_id)
        record(actor, "send_campaign", subject_kind="campaign", subject_id=campaign_id)
    return campaign


def start_preparing(campaign: Campaign, *, scope: Scope, user_id: int | None) -> None:
    """As `send`, on a locked campaign in the caller's transaction."""
    from huike.campaigns.tasks import prepare_campaign

    move(campaign, "send")
    faults = missing_before_sending(campaign)
    if faults:
        raise CampaignIncomplete(errors=faults)
    arms = list(campaign.arms.order_by("number"))
    for arm in arms:
        arm.template_version_id = messaging.template(arm.template_id).version.pk
        arm.save(update_fields=["template_version_id"])
    if campaign.experiment_id is None:
        experiment = create_experiment(
            name=f"campaign:{campaign.pk}",
            control_bp=campaign.control_bp,
            arm_shares_bp=[arm.share_bp for arm in arms],
        )
        campaign.experiment_id = experiment.pk
    job = jobs.create(
        kind="campaign_send", title_params={"campaign_id": campaign.pk, "name": campaign.name}, requested_by_id=user_id
    )
    campaign.job_id = job.pk
    campaign.failure_code = ""
    campaign.created_by_scope = {"all_stores": scope.all_stores, "store_ids": sorted(scope.store_ids)}
    campaign.save()
    prepare_campaign.defer(campaign_id=campaign.pk, job_id=job.pk)


def schedule(actor: Actor, campaign_id: int, *, at: datetime, scope: Scope) -> Campaign:
    """Send later. What is missing is said now, not then. Raises CampaignNotFound, CampaignStateWrong,
    CampaignIncomplete, CampaignInvalid for an instant that has passed."""
    if at <= clock.now():
        raise CampaignInvalid(errors=[FieldError("at", "campaign.instant_passed")])
    with transaction.atomic():
        campaign = locked(campaign_id)
        move(campaign, "schedule")
        faults = missing_before_sending(campaign)
        if faults:
            raise CampaignIncomplete(errors=faults)
        campaign.scheduled_at = at
        campaign.created_by_scope = {"all_stores": scope.all_stores, "store_ids": sorted(scope.store_ids)}
        campaign.save()
        record(
            actor, "schedule_campaign", subject_kind="campaign", subject_id=campaign_id, details={"at": at.isoformat()}
        )
    return campaign


def unschedule(actor: Actor, campaign_id: int) -> Campaign:
    """Back to a draft. Raises CampaignNotFound, CampaignStateWrong."""
    with transaction.atomic():
        campaign = locked(campaign_id)
        move(campaign, "unschedule")
        campaign.scheduled_at = None
        campaign.save()
        record(actor, "unschedule_campaign", subject_kind="campaign", subject_id=campaign_id)
    return campaign


def pause(actor: Actor, campaign_id: int) -> Campaign:
    """No further message leaves until it is resumed. Raises CampaignNotFound, CampaignStateWrong."""
    return _move_with_dispatch(actor, campaign_id, "pause", "pause")


def resume(actor: Actor, campaign_id: int) -> Campaign:
    """Raises CampaignNotFound, CampaignStateWrong."""
    return _move_with_dispatch(actor, campaign_id, "resume", "open")


def stop(actor: Actor, campaign_id: int) -> Campaign:
    """For good: what has not left does not leave. Raises CampaignNotFound, CampaignStateWrong."""
    return _move_with_dispatch(actor, campaign_id, "stop", "stop")


def _move_with_dispatch(actor: Actor, campaign_id: int, name: str, dispatch_move: str) -> Campaign:
    with transaction.atomic():
        campaign = locked(campaign_id)
        move(campaign, name)
        if campaign.dispatch_id is not None:
            dispatches.move_dispatch(campaign.dispatch_id, dispatch_move)
            if name == "stop":
                dispatches.stop_unsent(campaign.dispatch_id)
        if name == "stop":
            campaign.finished_at = clock.now()
            announce(CampaignFinished(campaign_id=campaign_id, state=campaign.state, occurred_at=clock.now()))
        campaign.save()
        record(actor, f"{name}_campaign", subject_kind="campaign", subject_id=campaign_id)
    return campaign


def finish(campaign_id: int, *, now: datetime) -> None:
    """Nothing is left to send. Does nothing for a campaign that is not sending."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().filter(pk=campaign_id, state=Campaign.State.SENDING).first()
        if campaign is None or campaign.dispatch_id is None:
            return
        if messaging.dispatch(campaign.dispatch_id).state != Dispatch.State.DONE:
            return
        move(campaign, "finish")
        campaign.finished_at = now
        campaign.save()
        announce(CampaignFinished(campaign_id=campaign_id, state=campaign.state, occurred_at=now))


def send_test(rendered: Rendered, *, to_address: str) -> TestResult:
    """One copy to a colleague, outside gate and figures. Raises AddressInvalid."""
    identity = sender()
    return send_once(
        OutgoingMail(
            message_header_id=f"<test.{secrets.token_hex(12)}@{domain_of(identity.from_address)}>",
            to_address=check_address(to_address),
            from_name=identity.from_name,
            from_address=identity.from_address,
            envelope_from=identity.bounce_address or identity.from_address,
            reply_to=identity.reply_to,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            date_at=clock.now(),
        )
    )
