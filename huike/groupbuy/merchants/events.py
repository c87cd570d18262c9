"""What others are told about merchants. No names and no addresses."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantApplied(DomainEvent):
    name = "groupbuy.merchant_applied"
    merchant_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantDecided(DomainEvent):
    """`state` is `admitted` or `rejected`."""

    name = "groupbuy.merchant_decided"
    merchant_id: int
    state: str
    score: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantWarned(DomainEvent):
    """Its complaints are above the line of a warning; `rate_bp` is their least share, in hundredths of a percent."""

    name = "groupbuy.merchant_warned"
    merchant_id: int
    rate_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantSuspended(DomainEvent):
    """It opens no groups any more. `reason` is `complaints`, or empty where a person decided so."""

    name = "groupbuy.merchant_suspended"
    merchant_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantReinstated(DomainEvent):
    name = "groupbuy.merchant_reinstated"
    merchant_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantClosed(DomainEvent):
    name = "groupbuy.merchant_closed"
    merchant_id: int
