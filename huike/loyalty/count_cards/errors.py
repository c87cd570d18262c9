"""Why uses are not given, used or paid out."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class CardUnknown(Invalid):
    code = "count_cards.unknown"
    title = "There is no such count card"


class SaleNotFound(NotFound):
    code = "count_cards.sale_not_found"
    title = "The customer bought no such card with this order"


class TooFewLeft(Conflict):
    """`refundable` is how many can be paid out."""

    code = "count_cards.too_few_left"
    title = "So many uses of this sale cannot be paid out"


class RefundChanged(Conflict):
    """`amount_minor` is what it comes to now."""

    code = "count_cards.refund_changed"
    title = "Something happened meanwhile; the refund is no longer what was shown"


class BuyerUnknown(Conflict):
    code = "count_cards.nobody"
    title = "Nobody is known by this, so there are no uses to take"
