"""What can be wrong with a person's file."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


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
