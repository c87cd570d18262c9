"""What can be wrong with a field of the operator's own, or with a value in it."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class CustomFieldNotFound(NotFound):
    code = "customer_field.not_found"
    title = "There is no such customer field"


class CustomFieldInvalid(Invalid):
    code = "customer_field.invalid"
    title = "The field cannot be defined like this"


class CustomFieldKeyTaken(Conflict):
    code = "customer_field.key_taken"
    title = "A field has this key already, perhaps an archived one"


class CustomFieldInUse(Conflict):
    code = "customer_field.in_use"
    title = "Customers have values in this field, so its meaning stays"


class CustomFieldRepeated(Conflict):
    code = "customer_field.repeated"
    title = "Two customers have the same value, so the field cannot be unique"


class ValuesInvalid(Invalid):
    code = "customer_field.values_invalid"
    title = "A field does not take this value"


class ValueTaken(Conflict):
    code = "customer_field.taken"
    title = "Another customer has this value"
