"""Why something about tiers cannot be done."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class NoProgramme(Conflict):
    code = "programme.none_runs"
    title = "No programme with terms in effect runs"


class NotAMember(Conflict):
    code = "tier.not_a_member"
    title = "Only members have tiers"


class TierUnknown(Invalid):
    code = "tier.unknown"
    title = "The ladder in effect has no such tier"


class GrantInThePast(Invalid):
    code = "tier_grant.in_the_past"
    title = "A tier cannot be given until an instant that is over"


class GrantNotFound(NotFound):
    code = "tier_grant.not_found"
    title = "There is no such grant of a tier"


class GrantEnded(Conflict):
    code = "tier_grant.ended"
    title = "The time of this grant is over"
