"""Why stored value is not topped up, spent or paid out."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid


class NoProgramme(Conflict):
    code = "stored_value.no_programme"
    title = "No programme runs, so there are no terms of stored value"


class PlanNotFound(Invalid):
    code = "stored_value.plan_not_found"
    title = "There is no such plan in the terms in effect"


class AmountsDiffer(Invalid):
    """`paid_minor` is what the tenders come to, `asked_minor` what the top-up is of."""

    code = "stored_value.amounts_differ"
    title = "The tenders do not come to what is topped up"


class OnlyByPlan(Invalid):
    code = "stored_value.only_by_plan"
    title = "Stored value is topped up by a plan"


class TooLittle(Invalid):
    code = "stored_value.too_little"
    title = "A top-up is of more than that"


class TooMuch(Invalid):
    code = "stored_value.too_much"
    title = "A top-up is of less than that"


class NeedsId(Conflict):
    code = "stored_value.needs_id"
    title = "A top-up of this size needs an ID number on file"


class CashTooMuch(Conflict):
    code = "stored_value.cash_too_much"
    title = "So much is not taken in cash"


class OverLimit(Conflict):
    """`most_minor` is what she may have, `room_minor` what may still come."""

    code = "stored_value.over_limit"
    title = "She would have more than a card may hold"


class StoreNeeded(Invalid):
    code = "stored_value.store_needed"
    title = "Say at which store this is"


class Nobody(Conflict):
    code = "stored_value.nobody"
    title = "The sale is nobody's, so no stored value can pay for it"


class RefundChanged(Conflict):
    code = "stored_value.refund_changed"
    title = "Something happened meanwhile; the refund is no longer what was shown"


REFUSALS: dict[str, type[HuikeError]] = {
    "too_little": TooLittle,
    "too_much": TooMuch,
    "needs_id": NeedsId,
    "cash_too_much": CashTooMuch,
    "over_limit": OverLimit,
}
"""By the code of `rules.Refusal`."""
