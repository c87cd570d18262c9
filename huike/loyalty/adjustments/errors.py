"""Why value is not given or taken by hand."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class AdjustmentNotFound(NotFound):
    code = "adjustment.not_found"
    title = "There is no such adjustment"


class ReasonUnknown(Invalid):
    code = "adjustment.reason_unknown"
    title = "The terms in effect have no such reason"


class DecidedAlready(Conflict):
    """`state` is what became of it."""

    code = "adjustment.decided_already"
    title = "Somebody decided already, or its time is over"


class OwnAdjustment(Forbidden):
    code = "adjustment.own"
    title = "Whoever proposed it does not approve it"


class NotToUndo(Conflict):
    code = "adjustment.not_to_undo"
    title = "Only what was done, and not undone yet, is undone"
