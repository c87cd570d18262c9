"""Why value does not move."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class InsufficientBalance(Conflict):
    code = "ledger.insufficient"
    title = "There is less than that to spend"


class AccountFrozen(Conflict):
    code = "ledger.frozen"
    title = "The account is frozen"


class KeyReused(Invalid):
    code = "ledger.key_reused"
    title = "This key was used for something else"


class HoldNotFound(NotFound):
    code = "ledger.hold_not_found"
    title = "There is no such hold"


class HoldEnded(Conflict):
    code = "ledger.hold_ended"
    title = "What was held was settled or released already"


class HoldTooSmall(Conflict):
    code = "ledger.hold_too_small"
    title = "Less than that is held"


class NothingToReverse(Conflict):
    code = "ledger.nothing_to_reverse"
    title = "Less than that is left to give back"


class UnknownAccount(Invalid):
    code = "ledger.unknown_account"
    title = "The asset has no such account"


class Unbalanced(Invalid):
    code = "ledger.unbalanced"
    title = "What goes out is not what comes in"
