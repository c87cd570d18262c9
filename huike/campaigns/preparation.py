"""From "send" to messages that are due: audience, arms, coupons, messages. Each step may be taken up again after a
crash.

Every step is keyed by campaign and customer in the database, so doing one again adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from django.db import transaction
from pyroaring import BitMap64

from huike.campaigns import services
from huike.campaigns.errors import AudienceEmpty
from huike.campaigns.events import CampaignStarted
from huike.campaigns.models import Arm, Campaign
from huike.experiments import selectors as experiments
from huike.experiments.services import assign
from huike.kernel.errors import HuikeError
from huike.kernel.scope import Scope
from huike.messaging import selectors as messaging
from huike.messaging import services as dispatches
from huike.messaging.delivery import connection_parameters
from huike.messaging.services import Addressee
from huike.platform import clock, jobs
from huike.platform.config import get_config
from huike.platform.jobs import JobCancelled, JobFinished, Progress
from huike.platform.locks import lock_number
from huike.platform.models import Job
from huike.platform.outbox import announce
from huike.promotions import selectors as promotions
from huike.promotions.coupons import issuing as offers
from huike.promotions.offers.selectors import find_offer
from huike.segments.services import freeze_audience

CHUNK = 10_000
_BLINK = timedelta(microseconds=1)


class _NoLongerPreparing(HuikeError):
    code = "campaign.no_longer_preparing"
    title = "The campaign was stopped"


def coupon_reason(campaign_id: int, arm_number: int) -> str:
    """What a campaign's coupons are issued for: by it, promotions tells them apart."""
    return f"campaign:{campaign_id}:{arm_number}"


def prepare(campaign_id: int, *, job_id: int) -> None:
    """Do what is left to do until messages are due. A typed failure is noted on the campaign and on its job."""
    with _alone(campaign_id) as alone:
        if not alone:
            return
        try:
            with jobs.running(job_id) as progress:
                _prepare(campaign_id, progress)
        except JobFinished:
            if Job.objects.filter(pk=job_id, state=Job.State.CANCELLED).exists():
                _end_preparing(campaign_id, "stop")


def _prepare(campaign_id: int, progress: Progress) -> None:
    try:
        _freeze(campaign_id, progress)
        _assign(campaign_id, progress)
        _issue_coupons(campaign_id, progress)
        _write_messages(campaign_id, progress)
        _start(campaign_id)
    except JobCancelled:
        _end_preparing(campaign_id, "stop")
        raise
    except _NoLongerPreparing:
        return
    except HuikeError as error:
        _end_preparing(campaign_id, "fail", failure_code=error.code)
        raise


@contextmanager
def _alone(campaign_id: int) -> Iterator[bool]:
    """Whether nobody else prepares this campaign now. Ends with the process."""
    with psycopg.connect(**connection_parameters(), autocommit=True) as lock:
        row = lock.execute("SELECT pg_try_advisory_lock(%s)", [lock_number("campaign.prepare", campaign_id)]).fetchone()
        yield bool(row and row[0])


def _preparing(campaign_id: int) -> Campaign:
    """The campaign, locked, if it is still to be prepared."""
    campaign = services.locked(campaign_id)
    if campaign.state != Campaign.State.PREPARING:
        raise _NoLongerPreparing
    return campaign


def _end_preparing(campaign_id: int, move: str, *, failure_code: str = "") -> None:
    with transaction.atomic():
        campaign = services.locked(campaign_id)
        if campaign.state == Campaign.State.PREPARING:
            services.move(campaign, move)
            campaign.failure_code = failure_code
            if move == "stop":
                campaign.finished_at = clock.now()
                if campaign.dispatch_id is not None:
                    dispatches.move_dispatch(campaign.dispatch_id, "stop")
                    dispatches.stop_unsent(campaign.dispatch_id)
            campaign.save()


def _freeze(campaign_id: int, progress: Progress) -> None:
    progress.report(done=0, phase="audience", force=True)
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.step != Campaign.Step.NONE:
        return
    scope = scope_of(campaign)
    # Minutes may pass in the engine: no lock is held meanwhile.
    audience = freeze_audience(
        rule=campaign.rule if campaign.segment_id is None else None,
        segment_id=campaign.segment_id,
        exclude_segment_ids=campaign.exclude_segment_ids,
        scope=scope,
    )
    people = audience.ids
    if not people:
        raise AudienceEmpty
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        campaign.audience = people.serialize()
        campaign.audience_count = len(people)
        campaign.step = Campaign.Step.AUDIENCE
        campaign.save()


def scope_of(campaign: Campaign) -> Scope:
    """What whoever sent or scheduled the campaign may see."""
    kept = campaign.created_by_scope or {"all_stores": True, "store_ids": []}
    return Scope(all_stores=kept["all_stores"], store_ids=frozenset(kept["store_ids"]))


def audience_of(campaign: Campaign) -> BitMap64:
    return BitMap64.deserialize(bytes(campaign.audience)) if campaign.audience is not None else BitMap64()


def _assign(campaign_id: int, progress: Progress) -> None:
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.step != Campaign.Step.AUDIENCE or campaign.experiment_id is None:
        return
    people = audience_of(campaign)

    def counted() -> Iterator[int]:
        for done, customer_id in enumerate(people):
            if done % CHUNK == 0:
                progress.report(done=done, total=len(people), phase="assignment")
            yield customer_id

    assign(campaign.experiment_id, counted(), people_count=len(people))
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        campaign.control_count = experiments.counts_by_arm(int(campaign.experiment_id or 0)).get(0, 0)
        campaign.step = Campaign.Step.ASSIGNED
        campaign.save()


def _issue_coupons(campaign_id: int, progress: Progress) -> None:
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.step != Campaign.Step.ASSIGNED:
        return
    for arm, chunk, done in _chunks_by_arm(campaign):
        progress.report(done=done, total=_treated_count(campaign), phase="coupons")
        if arm.offer_id is not None:
            with transaction.atomic():
                _preparing(campaign_id)
                offers.issue(arm.offer_id, chunk, reason=coupon_reason(campaign_id, arm.number), now=clock.now())
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        campaign.step = Campaign.Step.COUPONS
        campaign.save()


def _write_messages(campaign_id: int, progress: Progress) -> None:
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.step != Campaign.Step.COUPONS:
        return
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        purpose = messaging.template(campaign.arms.order_by("number")[0].template_id).template.purpose
        dispatch = dispatches.open_dispatch_for(campaign_id, channel="email", purpose=purpose)
        campaign.dispatch_id = dispatch.pk
        campaign.save()
    for arm, chunk, done in _chunks_by_arm(campaign):
        progress.report(done=done, total=_treated_count(campaign), phase="messages")
        with transaction.atomic():
            _preparing(campaign_id)
            dispatches.add_messages(dispatch, _addressees(campaign_id, arm, chunk), now=clock.now())
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        campaign.step = Campaign.Step.MESSAGES
        campaign.save()


def _addressees(campaign_id: int, arm: Arm, chunk: list[int]) -> Iterator[Addressee]:
    offer: dict[str, str] = {}
    coupons: dict[int, promotions.CouponView] = {}
    if arm.offer_id is not None:
        offer = {"name": find_offer(arm.offer_id).offer.name}
        coupons = promotions.coupons_of(
            offer_id=arm.offer_id, customer_ids=chunk, reason=coupon_reason(campaign_id, arm.number)
        )
    for customer_id in chunk:
        yield Addressee(
            customer_id=customer_id,
            arm=arm.number,
            template_version_id=int(arm.template_version_id or 0),
            variables=message_variables(offer, coupons.get(customer_id)),
        )


def message_variables(offer: dict[str, str], coupon: promotions.CouponView | None) -> dict[str, dict[str, str]]:
    """What a message says of its offer and coupon."""
    variables: dict[str, dict[str, str]] = {}
    if offer:
        variables["offer"] = offer
    if coupon is not None:
        variables["coupon"] = {"code": coupon.code}
        if coupon.expires_at is not None:
            # An expiry is the first instant at which the coupon is no longer good; people are told the last day.
            last = coupon.expires_at.astimezone(get_config().zone) - _BLINK
            variables["coupon"]["expires_on"] = last.date().isoformat()
    return variables


def _start(campaign_id: int) -> None:
    now = clock.now()
    with transaction.atomic():
        campaign = _preparing(campaign_id)
        if campaign.step != Campaign.Step.MESSAGES or campaign.dispatch_id is None:
            return
        services.move(campaign, "start")
        campaign.started_at = now
        campaign.save()
        dispatches.move_dispatch(campaign.dispatch_id, "open")
        announce(CampaignStarted(campaign_id=campaign_id, occurred_at=now))


def _treated_count(campaign: Campaign) -> int:
    return int(campaign.audience_count or 0) - int(campaign.control_count or 0)


def _chunks_by_arm(campaign: Campaign) -> Iterator[tuple[Arm, list[int], int]]:
    """The treated, arm by arm, with how many came before."""
    done = 0
    for arm in campaign.arms.order_by("number"):
        for chunk in experiments.people_in_arm(int(campaign.experiment_id or 0), arm.number, chunk=CHUNK):
            yield arm, chunk, done
            done += len(chunk)
