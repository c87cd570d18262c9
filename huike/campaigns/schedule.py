"""Starts campaigns when their time has come."""

from __future__ import annotations

import logging
from datetime import datetime
from threading import Event

from django.db import transaction

from huike.campaigns import services
from huike.campaigns.errors import CampaignIncomplete
from huike.campaigns.models import Campaign
from huike.campaigns.preparation import scope_of
from huike.platform import clock
from huike.platform.audit import SYSTEM, record

logger = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 5.0


def start_due(*, now: datetime) -> int:
    """Start the scheduled campaigns whose instant has come; how many. One that lacks something by now fails, with the
    first thing it lacks, instead of being sent by surprise later."""
    started = 0
    due = Campaign.objects.filter(state=Campaign.State.SCHEDULED, scheduled_at__lte=now).order_by("scheduled_at", "pk")
    for campaign_id in due.values_list("pk", flat=True):
        try:
            with transaction.atomic():
                campaign = services.locked(campaign_id)
                if campaign.state != Campaign.State.SCHEDULED:
                    continue
                services.start_preparing(campaign, scope=scope_of(campaign), user_id=campaign.created_by_id)
                record(SYSTEM, "send_campaign", subject_kind="campaign", subject_id=campaign_id)
                started += 1
        except CampaignIncomplete as error:
            Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SCHEDULED).update(
                state=Campaign.State.FAILED, failure_code=error.errors[0].code
            )
    return started


def run_forever(stop: Event) -> None:
    """Look every few seconds until `stop` is set."""
    while not stop.is_set():
        start_due(now=clock.now())
        stop.wait(_LOOK_EVERY_SECONDS)
