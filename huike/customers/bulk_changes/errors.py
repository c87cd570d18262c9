"""What can be wrong with a change of many files."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class SelectionNotFound(NotFound):
    code = "selection.not_found"
    title = "There is no such selection, it is not yours, or it was kept too long ago"


class NobodySelected(Invalid):
    code = "selection.empty"
    title = "Nobody was selected"


class StoreUnknown(Invalid):
    code = "bulk_change.store_unknown"
    title = "There is no such store, or it is not yours"


class BulkChangeNotFound(NotFound):
    code = "bulk_change.not_found"
    title = "There is no such change, or it is not yours"


class NotUndoable(Conflict):
    code = "bulk_change.not_undoable"
    title = "This change can no longer be undone, or has been"


class StillChanging(Conflict):
    code = "bulk_change.still_running"
    title = "The change is still running; cancel it first, or wait"


class NoLongerAllowed(Forbidden):
    code = "bulk_change.no_longer_allowed"
    title = "Whoever asked for this may no longer do it"
