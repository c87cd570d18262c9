"""What can be wrong with a merchant, or on the way to one."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class ApplicationNotFound(NotFound):
    code = "merchant.application_not_found"
    title = "There is no such application, or its link was replaced"


class ApplicationDecided(Conflict):
    code = "merchant.decided"
    title = "The application was decided; nothing is added to it any more"


class CreditCodeInvalid(Invalid):
    code = "merchant.credit_code_invalid"
    title = "This is not a unified social credit code; its check character does not fit"


class CreditCodeTaken(Conflict):
    code = "merchant.credit_code_taken"
    title = "A merchant with this credit code is admitted already"


class BankAccountInvalid(Invalid):
    code = "merchant.bank_account_invalid"
    title = "A bank account has 8 to 30 digits and letters"


class StoreUnknown(Invalid):
    code = "merchant.store_unknown"
    title = "There is no such store, or you may not see it"


class DocumentNotFound(NotFound):
    code = "merchant.document_not_found"
    title = "There is no such document"


class DocumentInvalid(Invalid):
    """`reason`: `kind`, `size`, `many`, `damaged`."""

    code = "merchant.document_invalid"
    title = "A document is a PDF, JPEG or PNG of at most 5 MB, and there are at most 20"


class DocumentUnreadable(Conflict):
    code = "merchant.document_unreadable"
    title = "The document was sealed under another HUIKE_SECRET_KEY"


class CheckUnknown(NotFound):
    code = "merchant.check_unknown"
    title = "There is no such check, or it is not answered by hand"


class NothingToWaive(Conflict):
    code = "merchant.nothing_to_waive"
    title = "This check neither failed nor warns"


class OwnApplication(Forbidden):
    code = "merchant.own_application"
    title = "Who entered an application does not decide about it"


class NotReady(Conflict):
    """`checks` are in the way; or the score is below `least`."""

    code = "merchant.not_ready"
    title = "Not everything that was asked is there"


class StateMoved(Conflict):
    """`state` is what it is now."""

    code = "merchant.state_moved"
    title = "The merchant is not in a state for this"


class TermsMoved(Conflict):
    """`version` is the newest."""

    code = "merchant.terms_moved"
    title = "Somebody changed these rules in the meantime"
