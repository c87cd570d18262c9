"""Why a payment or a refund does not go on."""

from __future__ import annotations

from huike.kernel.errors import Conflict, HuikeError, Invalid, NotFound


class PaymentNotFound(NotFound):
    code = "payment.not_found"
    title = "There is no such payment"


class RefundNotFound(NotFound):
    code = "refund.not_found"
    title = "There is no such refund"


class ProviderNotFound(NotFound):
    code = "payment.no_provider"
    title = "No payment provider is set up for this"


class AmountInvalid(Invalid):
    code = "payment.amount_invalid"
    title = "An amount to pay or to refund is more than nothing"


class KeyReused(Invalid):
    code = "payment.key_reused"
    title = "This key was used for another payment or refund"


class PaymentOver(Conflict):
    """It ended without money, or its time to pay is over."""

    code = "payment.over"
    title = "This payment can no longer be made"


class PaymentRefused(Conflict):
    """The provider will not take this payment. `reason` is its code."""

    code = "payment.refused"
    title = "The payment provider refused the payment"


class ProviderSilent(HuikeError):
    """The provider was not reached, or its answer did not arrive. Start again: it is the same payment."""

    code = "payment.provider_silent"
    status = 503
    title = "The payment provider does not answer; try again"


class RefundTooMuch(Conflict):
    """`left_minor` is what may still be given back."""

    code = "refund.too_much"
    title = "Less than that is left of what was paid"


class RefundNotRefused(Conflict):
    code = "refund.not_refused"
    title = "Only a refused refund can be tried again"


class NoticeRefused(HuikeError):
    """A notification whose signature, age or form is wrong. Nothing of it was kept."""

    code = "payment.notice_refused"
    status = 401
    title = "The notification is not signed by this provider"


class ProviderInvalid(Invalid):
    """`reason`: `key` (the name is taken by the sandbox), `keys` (no key of the right form)."""

    code = "payment.provider_invalid"
    title = "The provider's settings cannot be used"


class SecretMissing(Invalid):
    """`name` is the secret that is not there, or was entered for another account."""

    code = "payment.secret_missing"
    title = "A secret of this account has to be entered"


class ProviderInUse(Conflict):
    code = "payment.provider_in_use"
    title = "Payments were made through this provider; turn it off instead"


class FeeTermsTaken(Conflict):
    code = "payment.fee_terms_taken"
    title = "Fees of this account, currency and instant are agreed already"
