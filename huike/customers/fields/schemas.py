"""Bodies of the endpoints about fields of the operator's own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from huike.customers.fields import selectors
from huike.customers.fields.rules import FILTER_OPS, KEY_PATTERN, PRESENCE_OPS, SORTED_TYPES, Option
from huike.customers.models import CustomField
from huike.platform.schema import Schema

FieldType = Literal["text", "number", "money", "date", "choice", "multi_choice", "reference"]
Target = Literal["customer", "product", "store", "company"]
FieldId = Annotated[int, Field(ge=1, lt=2**63)]
Key = Annotated[str, Field(pattern=KEY_PATTERN)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
FieldValues = Annotated[
    dict[str, Any],
    Field(
        max_length=200,
        description="Values of the operator's own fields by key: text, number, `{amount_minor, currency}`, "
        "`YYYY-MM-DD`, an option's key, a list of those, an id; `null` empties",
    ),
]


class OptionBody(Schema):
    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
    name: Name

    def as_option(self) -> Option:
        return Option(self.key, self.name)


class CustomFieldIn(Schema):
    key: Key
    name: Name
    type: FieldType
    description: Annotated[str, Field(max_length=300)] = ""
    target: Target | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    options: Annotated[list[OptionBody], Field(max_length=200)] = []
    required: bool = False
    unique: bool = False
    default: Any = None


class CustomFieldChange(Schema):
    """Only what is sent changes."""

    name: Name = ""
    type: FieldType = "text"
    description: Annotated[str, Field(max_length=300)] = ""
    target: Target | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    options: Annotated[list[OptionBody], Field(max_length=200)] = []
    required: bool = False
    unique: bool = False
    default: Any = None


class CustomFieldOut(Schema):
    """A definition, and how many customers have a value in it."""

    id: int
    key: str
    name: str
    description: str
    type: FieldType
    target: Target | None
    currency: str | None
    options: list[OptionBody]
    required: bool
    unique: bool
    default: Any = None
    filter_ops: list[str]
    sortable: bool
    archived_at: datetime | None
    customers: int | None = Field(description="How many have a value; null where it was not asked for")


def field_out(row: CustomField, customers: int | None = None) -> CustomFieldOut:
    return CustomFieldOut(
        id=row.pk,
        key=row.key,
        name=row.name,
        description=row.description,
        type=row.type,
        target=row.target,
        currency=row.currency,
        options=[OptionBody(**option) for option in row.options],
        required=row.required,
        unique=row.is_unique,
        default=selectors.default_of(row),
        filter_ops=[*FILTER_OPS[row.type], *PRESENCE_OPS],
        sortable=row.type in SORTED_TYPES,
        archived_at=row.archived_at,
        customers=customers,
    )


class OrderIn(Schema):
    ids: Annotated[list[FieldId], Field(min_length=1, max_length=400)]


class ReferenceOut(Schema):
    id: int
    name: str
