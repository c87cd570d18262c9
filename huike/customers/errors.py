"""What can be wrong with a person's file."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class CustomerNotFound(NotFound):
    code = "customer.not_found"
    title = "There is no such customer, or you may not see the file"


class EmailInvalid(Invalid):
    code = "customer.email_invalid"
    title = "This is not an e-mail address"


class PhoneInvalid(Invalid):
    code = "customer.phone_invalid"
    title = "This is not a phone number"


class CardInvalid(Invalid):
    code = "customer.card_invalid"
    title = "This is not a card number"


class IdentityOfNobody(Invalid):
    code = "customer.identity_of_nobody"
    title = "This is what programs send when they know nobody; leave it out"


class IdentityTaken(Conflict):
    code = "customer.identity_taken"
    title = "Another customer is known by this"


class FilterInvalid(Invalid):
    code = "customer.filter_invalid"
    title = "The list cannot be filtered or sorted like this"


class CustomerMerged(NotFound):
    """The file was merged; `merged_into` is the id of the one that stands for it."""

    code = "customer.merged"
    title = "This file was merged into another"


class MergeOfOne(Invalid):
    code = "merge.of_one"
    title = "A file cannot be merged with itself"


class MergeChoiceInvalid(Invalid):
    code = "merge.choice_invalid"
    title = "There is no such file or field to choose in this merge"


class MergeNotFound(NotFound):
    code = "merge.not_found"
    title = "There is no such merge, or you may not see its files"


class MergeLaterFirst(Conflict):
    code = "merge.later_first"
    title = "The file that survived was merged into another since; undo that merge first"


class MergeBusy(Conflict):
    code = "merge.busy"
    title = "One of the files is being written to; try again in a moment"


class BirthdayInvalid(Invalid):
    code = "customer.birthday_invalid"
    title = "There was no such day"


class IdNumberInvalid(Invalid):
    code = "customer.id_number_invalid"
    title = "This is not a number of such a document"


class IdNumberTaken(Conflict):
    code = "customer.id_number_taken"
    title = "Another customer has this document"


class IdNumberUnreadable(Conflict):
    code = "customer.id_number_unreadable"
    title = "The stored number does not open under this house's secret, or was tampered with"


class NoteNotFound(NotFound):
    code = "customer.note_not_found"
    title = "There is no such note, or it is not yours to take back"


class OwnerUnknown(Invalid):
    code = "customer.owner_unknown"
    title = "Nobody who works here has this number"


class ReferrerInvalid(Invalid):
    code = "customer.referrer_invalid"
    title = "A customer is referred by another customer you may see"


class TagInvalid(Invalid):
    code = "tag.invalid"
    title = "A tag needs a name"


class TagNotFound(NotFound):
    code = "tag.not_found"
    title = "No such tag is described or carried"


class TagsNeedAllStores(Forbidden):
    code = "tag.needs_all_stores"
    title = "This changes files of all stores, and you see only some"


class HouseholdNotFound(NotFound):
    code = "household.not_found"
    title = "There is no such household, or you may not see it"


class HouseholdTaken(Conflict):
    code = "household.taken"
    title = "One of them belongs to another household; move her instead"


class HouseholdInvalid(Invalid):
    code = "household.invalid"
    title = "A household has a head, and people are in it once"


class CompanyNotFound(NotFound):
    code = "company.not_found"
    title = "There is no such company, or you may not see it"


class CreditCodeInvalid(Invalid):
    code = "company.credit_code_invalid"
    title = "This is not a unified social credit code"


class CreditCodeTaken(Conflict):
    code = "company.credit_code_taken"
    title = "Another company has this unified social credit code"


class ContactTaken(Conflict):
    code = "company.contact_taken"
    title = "She is a contact of this company already"


class IdentityTooMany(Conflict):
    code = "customer.identity_too_many"
    title = "This file has as many identities of this kind as the limits allow"


class IdentityShared(Conflict):
    code = "customer.identity_shared"
    title = "This is on so many files that it links nobody; lift that first"


class IdentityNotFound(NotFound):
    code = "customer.identity_not_found"
    title = "This customer has no such identity"


class HistoryNotFound(NotFound):
    code = "claim.not_found"
    title = "Nothing is kept under this number"


class HistoryClaimed(Conflict):
    code = "claim.already_claimed"
    title = "What was kept under this number belongs to somebody"


class DuplicateNotFound(NotFound):
    code = "duplicate.not_found"
    title = "There is no such pair, or you may not see both of its files"
