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
