"""Why a card cannot be made, moved, or found by."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound


class BatchNotFound(NotFound):
    code = "card_batch.not_found"
    title = "There is no such batch of cards"


class BatchInvalid(Invalid):
    """`shortest` says the shortest length of number that would do, where length is what is wrong."""

    code = "card_batch.invalid"
    title = "Numbers of this prefix and length cannot be made in this amount"


class CardNotFound(NotFound):
    code = "card.not_found"
    title = "There is no card with this number"


class CardStateRefused(Conflict):
    """`state` is the one the card is in."""

    code = "card.state_refused"
    title = "The card's state does not allow this"


class CardHeld(Conflict):
    code = "card.held"
    title = "She has a card already"


class CardNotBound(Conflict):
    code = "card.not_bound"
    title = "The card is nobody's yet"


class CardBlocked(Conflict):
    code = "card.blocked"
    title = "The card is blocked"


class CardLost(Conflict):
    code = "card.lost"
    title = "The card was reported lost"


class CardReplaced(Conflict):
    code = "card.replaced"
    title = "Another card took this one's place"


class CardClosed(Conflict):
    code = "card.closed"
    title = "The card is out of use"


class CodeUnreadable(Invalid):
    code = "member_code.unreadable"
    title = "This is not a member code of this house"


class CodeTooOld(Conflict):
    code = "member_code.too_old"
    title = "The code's half-minute is over; the phone shows a newer one"


class CodeTooEarly(Conflict):
    code = "member_code.too_early"
    title = "The code's half-minute has not begun: a clock is wrong"


class CodeUsed(Conflict):
    code = "member_code.used"
    title = "The code was used already"


class MemberNotFound(NotFound):
    code = "member.not_found"
    title = "Nobody is known by this"


REFUSALS: dict[str, type[HuikeError]] = {
    "made": CardNotBound,
    "blocked": CardBlocked,
    "lost": CardLost,
    "replaced": CardReplaced,
    "closed": CardClosed,
}
"""Why a card finds nobody, by its state."""
