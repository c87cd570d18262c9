"""What others are told about joining."""

from __future__ import annotations

from dataclasses import dataclass

from huike.platform.outbox import DomainEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(DomainEvent):
    """Somebody became a member by a sign-up page. `outcome` is `new` or `became_member`."""

    name = "signup.member_joined"
    page_id: int
    outcome: str
    store_id: int | None = None
    referrer_id: int | None = None
