"""What others are told about campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStarted(DomainEvent):
    """Its messages are on their way."""

    name = "campaigns.campaign_started"
    campaign_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFinished(DomainEvent):
    """Nothing is left to send; `state` is `sent` or `stopped`."""

    name = "campaigns.campaign_finished"
    campaign_id: int
    state: str
