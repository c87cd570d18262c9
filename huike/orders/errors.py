"""What can be wrong with an order."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class OrderInvalid(Invalid):
    """The order cannot be true; `errors` names each part that is wrong."""

    code = "order.invalid"
    title = "The order cannot be taken as it was told"


class PaymentsDoNotAddUp(Invalid):
    code = "order.payments_do_not_add_up"
    title = "The payments do not sum to the net amount of the order"


class RevisionConflict(Conflict):
    code = "order.revision_conflict"
    title = "The order is known under this revision with other content; send it with a higher revision"


class OrderNotFound(NotFound):
    code = "order.not_found"
    title = "There is no such order, or you may not see it"


class SourceUnknown(Invalid):
    code = "order.source_unknown"
    title = "There is no source with this key"


class StoreUnknown(Invalid):
    code = "order.store_unknown"
    title = "There is no store with this code, or you may not sell there"


class AlreadyClaimed(Conflict):
    code = "order.already_claimed"
    title = "The order belongs to another customer already"
