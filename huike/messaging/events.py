"""What others are told about messages."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchDone(DomainEvent):
    """Nothing of this dispatch is left to send."""

    name = "messaging.dispatch_done"
    dispatch_id: int
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageBounced(DomainEvent):
    name = "messaging.message_bounced"
    message_id: int
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUnsubscribed(DomainEvent):
    name = "messaging.person_unsubscribed"
    message_id: int
    campaign_id: int | None = None
